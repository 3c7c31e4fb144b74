// References: what a link leads to is shown where the link is, by pointer and by keyboard.
// Tables that scroll are stops of the keyboard. Without this script links are links.
(() => {
  "use strict";

  const LINKS = "a.truepage-reference, a.truepage-citation, abbr.truepage-term";
  const pages = new Map(); // address → document
  let open = null; // {link, box}
  let waiting = 0;

  const documentOf = (url) => {
    const address = url.origin + url.pathname;
    if (address === location.origin + location.pathname) return Promise.resolve(document);
    if (location.protocol === "file:") return Promise.reject(); // browsers do not allow it
    if (!pages.has(address)) {
      const asked = fetch(address)
        .then((answer) => (answer.ok ? answer.text() : Promise.reject()))
        .then((text) => new DOMParser().parseFromString(text, "text/html"));
      pages.set(address, asked);
    }
    return pages.get(address);
  };

  // What the preview shows: of a figure its picture and caption, of a section its beginning.
  const content = (target, own) => {
    const parts = [];
    if (/^H[1-6]$/.test(target.tagName)) {
      parts.push(target);
      for (let next = target.nextElementSibling; next && parts.length < 3; next = next.nextElementSibling) {
        if (/^H[1-6]$/.test(next.tagName)) break;
        parts.push(next);
      }
    } else {
      parts.push(target);
    }
    return parts.map((part) => {
      const copy = document.importNode(part, true);
      copy.removeAttribute("tabindex");
      for (const extra of copy.querySelectorAll(
        ".headerlink, .truepage-sweep, .truepage-tools, .truepage-check, details, button, input, script",
      )) {
        extra.remove();
      }
      if (own) for (const named of [copy, ...copy.querySelectorAll("[id]")]) named.removeAttribute("id");
      return copy;
    });
  };

  const close = () => {
    clearTimeout(waiting);
    if (!open) return;
    open.box.remove();
    open.link.removeAttribute("aria-describedby");
    open = null;
  };

  const place = (link, box) => {
    const at = link.getClientRects()[0];
    const width = document.documentElement.clientWidth;
    const left = Math.max(8, Math.min(at.left, width - box.offsetWidth - 8));
    const below = at.bottom + box.offsetHeight + 12 < innerHeight || at.top < innerHeight / 2;
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${(below ? at.bottom + 4 : at.top - box.offsetHeight - 4) + scrollY}px`;
  };

  // What a link leads to; of a term, its words.
  const wanted = async (link) => {
    if (!link.href) return link.dataset.words ? [link.dataset.words] : [];
    const url = new URL(link.href);
    const found = await documentOf(url).catch(() => null);
    const target = found?.getElementById(decodeURIComponent(url.hash.slice(1)));
    return target ? content(target, found === document) : [];
  };

  const show = async (link) => {
    close();
    // The title is for those without this script; two boxes would be one too many.
    if (!link.href) link.dataset.words ||= link.title;
    if (!link.href || location.protocol !== "file:") link.removeAttribute("title");
    const parts = await wanted(link);
    const asked = link.matches(":hover") || link === document.activeElement;
    if (!parts.length || !asked || open) return;
    const box = document.createElement("div");
    box.className = "truepage-preview md-typeset";
    box.id = "__preview";
    box.setAttribute("role", "tooltip");
    box.append(...parts);
    for (const part of box.querySelectorAll("[href], img[src]")) {
      const name = part.hasAttribute("href") ? "href" : "src";
      if (!part.closest("svg")) part.setAttribute(name, new URL(part.getAttribute(name), link.href).href);
      part.tabIndex = -1;
    }
    box.addEventListener("pointerleave", later);
    box.addEventListener("pointerenter", () => clearTimeout(waiting));
    document.body.append(box);
    link.setAttribute("aria-describedby", box.id);
    open = { link, box };
    place(link, box);
  };

  // The pointer may travel from the link to what it shows.
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (open && open.link !== document.activeElement && !open.box.matches(":hover")) close();
    }, 250);
  };

  // One listener for all links: a page is not slower for what nobody may point at.
  const heard = (name, answer) =>
    document.addEventListener(name, (event) => {
      const link = event.target.closest?.(LINKS);
      if (!link || link.closest(".truepage-preview") || link.contains(event.relatedTarget)) return;
      answer(link, event);
    });
  heard("pointerover", (link, event) => {
    if (event.pointerType === "touch") return;
    clearTimeout(waiting);
    if (open?.link !== link) waiting = setTimeout(show, 150, link);
  });
  heard("pointerout", later);
  heard("focusin", (link) => link.matches(":focus-visible") && show(link));
  heard("focusout", close);
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());

  // Material wraps tables when it starts; a wrap is asked again when its width changes.
  const scrolls = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const wide = target.scrollWidth > target.clientWidth;
      for (const [name, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", "Table"]]) {
        if (wide) target.setAttribute(name, value);
        else target.removeAttribute(name);
      }
    }
  });
  const wraps = () => {
    for (const wrap of document.querySelectorAll(".md-typeset__scrollwrap")) scrolls.observe(wrap);
  };
  addEventListener("load", () => (window.requestIdleCallback ?? setTimeout)(wraps));
  // Material's navigation.instant puts another page into this one, and says so.
  window.document$?.subscribe(() => {
    close();
    (window.requestIdleCallback ?? setTimeout)(wraps);
  });
  // A preview puts new blocks into pages, and builds the others anew (preview/live.js).
  document.addEventListener("truepage:new", wraps);
  document.addEventListener("truepage:built", () => pages.clear());
})();
