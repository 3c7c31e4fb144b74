// Figures that answer: a slider for what is swept, a read-out of the drawn values, and a large view.
// A figure is set up when it first comes into view. Without this script it shows its default frame.
(() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";

  const make = (tag, attributes = {}, text = "") => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.textContent = text;
    return element;
  };

  const draw = (parent, tag, attributes) => {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return parent.appendChild(element);
  };

  // A number as a reader wants it: four significant digits, and a real minus.
  const written = (number) => {
    if (number === null || number === undefined) return "–";
    const short = Math.abs(number) < 1e-15 ? "0" : String(Number(number.toPrecision(4)));
    return short.replace(/-/g, "−");
  };

  // ---- Sweeps ------------------------------------------------------------------------------

  // Every frame is stored as what differs from the default one. A slot is [element, attribute,
  // values]: of an attribute ("" is the text, "*" all that the element contains), frame by frame;
  // null stands for what the default frame has, false for no such attribute.
  const sweeping = (figure, svg, sweep, changed) => {
    const elements = [...svg.querySelectorAll("*")];
    const slots = sweep.slots.map(([index, name, values]) => {
      const element = index < 0 ? svg : elements[index];
      const initial =
        name === "*" ? element.innerHTML : name ? element.getAttribute(name) : element.textContent;
      return { element, name, values, initial };
    });
    const input = figure.querySelector(".truepage-sweep input");
    const output = figure.querySelector(".truepage-sweep output");
    const show = () => {
      const frame = Number(input.value);
      for (const { element, name, values, initial } of slots) {
        const value = values[frame] === null ? initial : values[frame];
        if (name === "*") element.innerHTML = value;
        else if (!name) element.textContent = value;
        else if (value === false || value === null) element.removeAttribute(name);
        else element.setAttribute(name, value);
      }
      output.textContent = sweep.shown[frame];
      input.setAttribute("aria-valuetext", `${sweep.name} ${sweep.shown[frame]}`);
      changed(frame);
    };
    input.addEventListener("input", show);
    if (Number(input.value) !== sweep.start) show(); // the browser kept it from an earlier visit
  };

  // ---- Read-out ----------------------------------------------------------------------------

  // Where a value stands in a frame of axes: 0 at its lower end and 1 at its upper.
  const scale = ([from, to, kind]) => {
    const f = kind === "log" ? Math.log10 : (value) => value;
    return {
      at: (value) => (f(value) - f(from)) / (f(to) - f(from)),
      value: (at) => {
        const between = f(from) + at * (f(to) - f(from));
        return kind === "log" ? 10 ** between : between;
      },
    };
  };

  // The numbers of an axis: all of them, or [first, last, count] for even steps.
  const numbers = (x) =>
    Array.isArray(x)
      ? x
      : Array.from({ length: x.count }, (_, i) => {
          const value = x.from + (i * (x.to - x.from)) / (x.count - 1);
          return Number(value.toPrecision(10));
        });

  // The value of a line at x; null where there is none. Between its points a line is straight.
  const valueAt = (line, ys, x) => {
    const { xs } = line;
    if (x < xs[0] || x > xs[xs.length - 1]) return null;
    let low = 0;
    let high = xs.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xs[middle] <= x) low = middle;
      else high = middle;
    }
    if (x === xs[low]) return ys[low];
    if (x === xs[high]) return ys[high];
    if (ys[low] === null || ys[high] === null) return null;
    if (line.kind === "post") return ys[low];
    if (line.kind === "pre") return ys[high];
    if (line.kind === "mid") return ys[x < (xs[low] + xs[high]) / 2 ? low : high];
    return ys[low] + ((ys[high] - ys[low]) * (x - xs[low])) / (xs[high] - xs[low]);
  };

  const reading = (picture, svg, panels, sweep, enlarge, signal) => {
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    for (const panel of panels) {
      panel.across = scale(panel.x);
      panel.up = scale(panel.y);
      panel.lines.forEach((line) => (line.xs = numbers(panel.xs[line.x])));
      // The places the cursor can stand at: wherever a line has a point.
      panel.stops = [...new Set(panel.lines.flatMap((line) => line.xs))].sort((a, b) => a - b);
    }
    let frame = sweep ? sweep.start : 0;
    let panel = panels[0];
    let stop = panel.stops.length >> 1;
    let cursor = null;

    const box = make("div", { class: "truepage-readout", "aria-hidden": "true", hidden: "" });
    const handle = make("div", {
      class: "truepage-handle",
      role: "slider",
      tabindex: "0",
      "aria-roledescription": "read-out",
    });
    picture.append(handle, box);

    const values = (x) =>
      panel.lines.map((line) => {
        const own = sweep && line.frames ? line.frames[frame] : line.y;
        return [line, valueAt(line, own, x)];
      });

    const place = () => {
      const [left, top, across, down] = panel.box;
      Object.assign(handle.style, {
        left: `${(100 * left) / width}%`,
        top: `${(100 * top) / height}%`,
        width: `${(100 * across) / width}%`,
        height: `${(100 * down) / height}%`,
      });
      const x = panel.stops[stop];
      const words = values(x).map(([line, y]) => `${line.name} ${y === null ? "none" : written(y)}`);
      const where = panels.length > 1 && panel.name ? `${panel.name}: ` : "";
      handle.setAttribute("aria-label", `Values along ${panel.label}`);
      handle.setAttribute("aria-valuemin", 0);
      handle.setAttribute("aria-valuemax", panel.stops.length - 1);
      handle.setAttribute("aria-valuenow", stop);
      handle.setAttribute(
        "aria-valuetext",
        `${where}${panel.label} ${written(x)}: ${words.join(", ")}`,
      );
    };

    const hide = () => {
      if (cursor) cursor.remove();
      cursor = null;
      box.hidden = true;
    };

    const show = () => {
      hide();
      place();
      const [left, top, across, down] = panel.box;
      const x = panel.stops[stop];
      const at = left + panel.across.at(x) * across;
      cursor = draw(svg, "g", { class: "truepage-cursor", "aria-hidden": "true" });
      draw(cursor, "path", { d: `M${at} ${top}v${down}` });
      box.replaceChildren(make("div", {}, `${panel.label} = ${written(x)}`));
      for (const [line, y] of values(x)) {
        const row = box.appendChild(make("div"));
        const key = row.appendChild(make("i"));
        key.style.background = line.color;
        row.append(`${line.name} `, make("b", {}, written(y)));
        const high = y === null ? NaN : panel.up.at(y);
        if (high < -1e-6 || high > 1 + 1e-6 || Number.isNaN(high)) continue;
        const dot = draw(cursor, "circle", { cx: at, cy: top + (1 - high) * down, r: 4 });
        dot.style.fill = line.color;
      }
      box.hidden = false;
      // Beside the cursor, on the side where there is more room.
      const right = at > width / 2;
      box.style.left = right ? "" : `${(100 * at) / width}%`;
      box.style.right = right ? `${100 - (100 * at) / width}%` : "";
      box.style.top = `${(100 * top) / height}%`;
    };

    const follow = (event) => {
      const frameOf = svg.getBoundingClientRect();
      const x = ((event.clientX - frameOf.left) / frameOf.width) * width;
      const y = ((event.clientY - frameOf.top) / frameOf.height) * height;
      const over = panels.find(
        ({ box: [left, top, across, down] }) =>
          x >= left - 8 && x <= left + across + 8 && y >= top && y <= top + down,
      );
      if (!over) return document.activeElement === handle ? undefined : hide();
      panel = over;
      const wanted = panel.across.value((x - panel.box[0]) / panel.box[2]);
      const far = (value) => Math.abs(panel.across.at(value) - panel.across.at(wanted));
      stop = panel.stops.reduce((best, value, i) => (far(value) < far(panel.stops[best]) ? i : best), 0);
      show();
    };
    picture.addEventListener("pointermove", follow);
    picture.addEventListener("pointerdown", follow);
    picture.addEventListener("pointerleave", (event) => {
      // A finger that is lifted leaves, too; what it asked for stays until it points elsewhere.
      if (event.pointerType === "mouse" && document.activeElement !== handle) hide();
    });
    document.addEventListener("pointerdown", (event) => picture.contains(event.target) || hide(), {
      signal,
    });

    const goTo = (next) => {
      const x = panel.stops[stop];
      if (next) panel = next;
      if (next) stop = panel.stops.findIndex((value) => value >= x);
      if (stop < 0) stop = panel.stops.length - 1;
    };
    handle.addEventListener("keydown", (event) => {
      const last = panel.stops.length - 1;
      const other = (by) => panels[(panels.indexOf(panel) + by + panels.length) % panels.length];
      const keys = {
        ArrowRight: () => (stop = Math.min(stop + 1, last)),
        ArrowLeft: () => (stop = Math.max(stop - 1, 0)),
        PageUp: () => (stop = Math.min(stop + 10, last)),
        PageDown: () => (stop = Math.max(stop - 10, 0)),
        Home: () => (stop = 0),
        End: () => (stop = last),
        ArrowDown: () => goTo(panels.length > 1 && other(1)),
        ArrowUp: () => goTo(panels.length > 1 && other(-1)),
        Enter: enlarge,
        Escape: hide,
      };
      if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape" && !cursor) return; // it may close the large view
      event.preventDefault();
      event.stopPropagation();
      keys[event.key]();
      if (!["Enter", "Escape"].includes(event.key)) show();
    });
    handle.addEventListener("focus", () => handle.matches(":focus-visible") && show());
    handle.addEventListener("blur", hide);
    place();
    return (now) => {
      frame = now;
      if (cursor) show();
      else place();
    };
  };

  // ---- The large view ------------------------------------------------------------------------

  // The picture itself goes into the dialog, with its slider, and comes back when that is closed.
  const enlarging = (figure, view) => {
    const open = () => {
      if (view.closest("dialog")) return;
      const dialog = make("dialog", { class: "truepage-large", "aria-label": "Enlarged figure" });
      const close = make("button", { type: "button", class: "truepage-button" }, "Close");
      const place = make("div");
      place.style.height = `${view.offsetHeight}px`; // the page does not move
      const focused = document.activeElement;
      view.replaceWith(place);
      close.autofocus = true; // or Escape would first take away a cursor in the picture
      dialog.append(view, close);
      figure.append(dialog);
      close.addEventListener("click", () => dialog.close());
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
      dialog.addEventListener("close", () => {
        place.replaceWith(view);
        dialog.remove();
        if (focused) focused.focus();
      });
      dialog.showModal();
    };
    return open;
  };

  // ---- Setting up ------------------------------------------------------------------------------

  const earlier = new WeakMap(); // what ends the listeners outside of a figure that is set up anew

  const setUp = (figure) => {
    earlier.get(figure)?.abort();
    earlier.set(figure, new AbortController());
    const { signal } = earlier.get(figure);
    const view = figure.querySelector(".truepage-view");
    const picture = figure.querySelector(".truepage-picture");
    const svg = picture.querySelector("svg");
    const enlarge = enlarging(figure, view);
    const tools = figure.nextElementSibling;
    const button = tools && tools.querySelector(".truepage-enlarge");
    if (button) button.addEventListener("click", enlarge, { signal });
    picture.addEventListener("click", (event) => {
      // A finger reads values; and whoever selects text does not ask for more.
      if (event.pointerType === "mouse" && String(getSelection()) === "") enlarge();
    });
    if (!svg) return;
    // The title would hang at the pointer; as a label it is only heard.
    const title = svg.querySelector("title");
    const description = svg.querySelector("desc");
    if (title && title.textContent && description) {
      svg.setAttribute("aria-label", title.textContent);
      svg.removeAttribute("aria-labelledby");
      svg.setAttribute("aria-describedby", description.id);
      title.textContent = "";
    }
    const stored = figure.querySelector(".truepage-stage > template");
    if (!stored) return;
    const { panels, sweep } = JSON.parse(stored.content.textContent);
    const slots = sweep && sweep.slots.length ? sweep : null;
    const changed = panels.length
      ? reading(picture, svg, panels, sweep, enlarge, signal)
      : () => {};
    if (slots) sweeping(figure, svg, slots, changed);
  };

  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        observer.unobserve(entry.target);
        setUp(entry.target);
      }
    },
    { rootMargin: "200px" },
  );
  const observe = () =>
    document.querySelectorAll(".truepage-figure").forEach((figure) => observer.observe(figure));
  // Material's navigation.instant puts another page into this one, and says so.
  if (window.document$) document$.subscribe(observe);
  else observe();
  // A preview puts new pictures into figures, and new figures into pages (preview/live.js).
  document.addEventListener("truepage:new", ({ target }) => {
    for (const figure of [target, ...target.querySelectorAll(".truepage-figure")]) {
      if (!figure.matches(".truepage-figure")) continue;
      observer.unobserve(figure);
      observer.observe(figure);
    }
  });
})();
