// What makes an open page follow the code while it is served: pictures, failures and whatever a
// build changed are put in place, without a reload. No published page has this script.
(() => {
  "use strict";

  const tag = document.getElementById("truepage-live");
  let address = tag.src.replace(/\/live\.js$/, "");
  let build = Number(tag.dataset.build || 0);
  let since = tag.dataset.since;
  const { page = "" } = tag.dataset;

  document.head.append(
    Object.assign(document.createElement("style"), {
      textContent: `
        .truepage-failed { position: relative; }
        .truepage-failed .truepage-view { opacity: 0.25; }
        .truepage-failed .truepage-failure { position: absolute; inset: 0 0 auto; z-index: 1; }
        .truepage-failure, .truepage-problem {
          display: block; margin: 0.5em 0; padding: 0.6em 0.8em; text-align: start;
          color: #3b0d0c; background: #fdeceaf2; border-inline-start: 4px solid #b3261e;
          font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
        }
        .truepage-failure ol { list-style: none; margin: 0.5em 0 0; padding: 0; }
        .truepage-failure li { margin: 0; padding: 0 0.4em; white-space: pre-wrap; }
        .truepage-failure li[aria-current] { background: #b3261e26; font-weight: 600; }
        @media print { .truepage-failure { position: static !important; } }`,
    }),
  );

  const parsed = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  };

  // ---- Pictures --------------------------------------------------------------------------------

  const figureOf = (name) => document.getElementById(`fig-${name}`);

  // The words that a page calls a figure by: the number is the page's, the rest is the picture's.
  const wordsOf = (figure) => {
    const number = figure.querySelector(".truepage-number");
    return number ? number.textContent.replace(/\.$/, "") : "this figure";
  };

  // Put new content into a figure; where the slider stands, what is unfolded and what has the
  // focus stay as they are.
  const fill = (figure, view, tools) => {
    const old = figure.querySelector(".truepage-view");
    const stage = figure.querySelector(".truepage-stage");
    const fresh = view.querySelector(".truepage-view");
    if (!old || !stage || !fresh) return;
    const before = figure.querySelector(".truepage-sweep input");
    const focused = figure.contains(document.activeElement) && document.activeElement;
    const focus = focused && (focused.matches("input") ? "input" : ".truepage-handle");
    const answers = view.querySelector(".truepage-view ~ template");

    old.replaceChildren(...fresh.childNodes);
    for (const stored of stage.querySelectorAll(":scope > template")) stored.remove();
    if (answers) stage.append(answers);
    const after = figure.querySelector(".truepage-sweep input");
    if (before && after && before.max === after.max) after.value = before.value;

    const behind = figure.nextElementSibling && figure.nextElementSibling.matches("div")
      && figure.nextElementSibling.querySelector(".truepage-tools");
    if (behind && tools) {
      const open = [...behind.querySelectorAll("details")].map((details) => details.open);
      const inside = document.activeElement && behind.contains(document.activeElement)
        && [...behind.querySelectorAll("summary, a, button")].indexOf(document.activeElement);
      behind.replaceChildren(...tools.childNodes);
      tell(behind);
      behind.querySelectorAll("details").forEach((details, i) => (details.open = Boolean(open[i])));
      if (typeof inside === "number" && inside >= 0) {
        const next = behind.querySelectorAll("summary, a, button")[inside];
        if (next) next.focus({ preventScroll: true });
      }
    }
    tell(figure);
    if (focus) {
      requestAnimationFrame(() => requestAnimationFrame(() => {
        const next = figure.querySelector(focus);
        if (next && !figure.contains(document.activeElement)) next.focus({ preventScroll: true });
      }));
    }
  };

  const mended = (name) => {
    const figure = figureOf(name);
    if (!figure) return;
    figure.classList.remove("truepage-failed");
    for (const failure of figure.querySelectorAll(".truepage-failure")) failure.remove();
  };

  const pushed = new Set(); // names of figures that are not as the server's page had them

  const picture = (news) => {
    const figure = figureOf(news.picture);
    if (!figure) return;
    pushed.add(news.picture);
    const tools = parsed(news.tools.replaceAll("⟪figure⟫", wordsOf(figure)));
    fill(figure, parsed(news.view), tools.querySelector(".truepage-tools"));
  };

  // ---- Failures --------------------------------------------------------------------------------

  const report = (news) => {
    const box = document.createElement("div");
    box.className = "truepage-failure";
    box.setAttribute("role", "status");
    box.append(news.message);
    if (news.lines && news.lines.length) {
      const list = document.createElement("ol");
      list.setAttribute("aria-label", news.place);
      const wide = String(news.lines[news.lines.length - 1][0]).length;
      for (const [number, text] of news.lines) {
        const line = list.appendChild(document.createElement("li"));
        line.textContent = `${String(number).padStart(wide)}  ${text}`;
        if (number === news.line) line.setAttribute("aria-current", "true");
      }
      box.append(list);
    }
    return box;
  };

  const failure = (news) => {
    mended(news.failure);
    const figure = figureOf(news.failure);
    if (!figure) return;
    figure.classList.add("truepage-failed");
    (figure.querySelector(".truepage-stage") || figure).prepend(report(news));
  };

  // What is no figure's failure stands above the page's text: one box for each topic.
  const boxes = new Map();
  const problem = (news) => {
    const { problem: topic } = news;
    if (boxes.has(topic)) boxes.get(topic).remove();
    boxes.delete(topic);
    if (!news.message) return;
    const box = report(news);
    boxes.set(topic, box);
    const main = articleOf(document) || document.body;
    main.parentNode.insertBefore(box, main);
  };

  // ---- Builds ----------------------------------------------------------------------------------

  const articleOf = (root) =>
    root.querySelector("article") || root.querySelector("[role=main], main");

  // What differs in every answer of a server that is the same page.
  const calm = (html) => {
    const root = new DOMParser().parseFromString(html, "text/html");
    const live = root.getElementById("truepage-live");
    if (live) live.remove();
    for (const date of root.querySelectorAll("meta[name=build_date_utc]")) date.remove();
    return { root, live };
  };

  const fetched = async () => {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    return calm(await answer.text());
  };

  let baseline = fetched().catch(() => null);

  // The rest of a page without its text.
  const frame = (root) => {
    const copy = root.documentElement.cloneNode(true);
    const article = articleOf(copy);
    if (article) article.replaceChildren();
    return copy.outerHTML;
  };

  // Blocks that are equal in two lists, as pairs of places: a longest common subsequence.
  const common = (a, b) => {
    const best = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
    for (let i = a.length - 1; i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) {
        best[i][j] =
          a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
      }
    }
    const pairs = [];
    for (let i = 0, j = 0; i < a.length && j < b.length; ) {
      if (a[i] === b[j]) pairs.push([i++, j++]);
      else if (best[i + 1][j] >= best[i][j + 1]) i++;
      else j++;
    }
    return pairs;
  };

  // Whether an element is nothing but its blocks, which can be looked at one by one.
  const isContainer = (element) =>
    element.children.length > 0 &&
    !element.matches("pre, table, p, figure, svg, .katex") &&
    [...element.childNodes].every(({ nodeType, data }) => nodeType !== 3 || !data.trim());

  // Whatever sets up what is on a page when it is loaded does so for a block that came later.
  const tell = (block) => {
    block.dispatchEvent(new CustomEvent("truepage:new", { bubbles: true }));
    needsTheme ||= [block, ...block.querySelectorAll(THEME)].some((part) => part.matches(THEME));
  };

  // What only a theme's own script can set up: a page that gets such a block is loaded anew.
  const THEME = ".tabbed-set, .mermaid, .annotate";
  let needsTheme = false;

  const shell = (element) => element.cloneNode(false).outerHTML;

  const isFigure = (element) => element.matches("figure.truepage-figure");

  // Bring an element of the page from one answer of the server to the next, block by block, so
  // that what did not change stays as the reader has it; false: another script rearranged it.
  const merge = (shown, was, now) => {
    const [before, after, live] = [was, now, shown].map(({ children }) => [...children]);
    if (live.length !== before.length) return false;
    const [old, fresh] = [before, after].map((blocks) => blocks.map((block) => block.outerHTML));
    const wanted = [];
    const replaced = (from, to, until, end) => {
      // Between two blocks that stay: what stands there in the same order belongs together.
      for (let i = from, j = to; j < end; i++, j++) {
        const [node, past, block] = [i < until && live[i], before[i], after[j]];
        if (node && isFigure(node) && node.id === block.id && isFigure(block)) {
          // Its slider stays where it is; caption and number may be new.
          const copy = document.importNode(block, true);
          node.querySelector("figcaption").replaceWith(copy.querySelector("figcaption"));
          fill(node, copy, null);
          wanted.push(node);
        } else if (
          node && shell(past) === shell(block) && [past, block].every(isContainer) &&
          merge(node, past, block)
        ) {
          wanted.push(node);
        } else {
          const copy = document.importNode(block, true);
          if (node) node.replaceWith(copy); // the space around it stays
          wanted.push(copy);
        }
      }
    };
    let [i, j] = [0, 0];
    for (const [nextI, nextJ] of [...common(old, fresh), [old.length, fresh.length]]) {
      replaced(i, j, nextI, nextJ);
      if (nextI < live.length) wanted.push(live[nextI]);
      [i, j] = [nextI + 1, nextJ + 1];
    }
    const stays = new Set(wanted);
    for (const node of live) if (!stays.has(node)) node.remove();
    let place = shown.firstElementChild;
    for (const node of wanted) {
      if (node === place) place = place.nextElementSibling;
      else {
        shown.insertBefore(node, place);
        shown.insertBefore(document.createTextNode("\n"), place);
      }
    }
    for (const node of wanted) if (!live.includes(node)) tell(node);
    return true;
  };

  const update = (from, to) => {
    const articles = [document, from, to].map(articleOf);
    needsTheme = false;
    return (
      articles.every(Boolean) && frame(from) === frame(to) && merge(...articles) && !needsTheme
    );
  };

  // Another server knows nothing of what the last one pushed: its page is the truth.
  const asServed = (root) => {
    for (const name of pushed) {
      const [figure, served] = [figureOf(name), root.getElementById(`fig-${name}`)];
      if (!figure || !served) continue;
      mended(name);
      const copy = document.importNode(served, true);
      const tools = served.nextElementSibling?.querySelector(".truepage-tools");
      fill(figure, copy, tools && document.importNode(tools, true));
    }
    pushed.clear();
  };

  let updating = Promise.resolve();
  const rebuilt = () => {
    updating = updating.then(async () => {
      const [from, to] = [await baseline, await fetched().catch(() => null)];
      if (!to) return;
      baseline = Promise.resolve(to);
      if (!from || !to.live || !update(from.root, to.root)) {
        location.reload();
        return;
      }
      const next = to.live.src.replace(/\/live\.js$/, "");
      if (next !== address) asServed(to.root);
      document.title = to.root.title;
      document.dispatchEvent(new CustomEvent("truepage:built"));
      build = Number(to.live.dataset.build || 0);
      // The server's page may be older than what was pushed since, or know other figures.
      address = next;
      since = to.live.dataset.since;
      connect();
    });
  };

  // ---- News ------------------------------------------------------------------------------------

  const hear = (event) => {
    if (event.lastEventId) since = event.lastEventId;
    const news = JSON.parse(event.data);
    if ("picture" in news) picture(news);
    else if ("failure" in news) failure(news);
    else if ("mended" in news) mended(news.mended);
    else if ("problem" in news) problem(news);
    else if (news.built > build) rebuilt();
  };

  let source = null;
  let lost = 0;
  const connect = () => {
    if (source) source.close();
    if (document.visibilityState === "hidden") return;
    const figures = [...document.querySelectorAll(".truepage-figure[id^=fig-]")];
    const names = figures.map((figure) => figure.id.slice(4)).join(",");
    const query = new URLSearchParams({ since, figures: names, page });
    const opened = new EventSource(`${address}/news?${query}`);
    source = opened;
    opened.onmessage = hear;
    opened.onopen = () => {
      document.documentElement.dataset.truepage = "live";
    };
    opened.onerror = () => {
      if (opened !== source) return;
      delete document.documentElement.dataset.truepage;
      lost ||= setTimeout(found, 1000);
    };
  };

  // The server may have been started again, at another address: its pages know which.
  const found = async () => {
    lost = 0;
    if (document.documentElement.dataset.truepage) return;
    const now = await fetched().catch(() => null);
    if (now && now.live && now.live.src !== `${address}/live.js`) rebuilt();
    else lost ||= setTimeout(found, 1000);
  };

  document.addEventListener("visibilitychange", () => {
    // Browsers allow a server few connections: a page that nobody sees does without.
    if (document.visibilityState === "visible") connect();
    else if (source) source.close();
  });
  connect();
})();
