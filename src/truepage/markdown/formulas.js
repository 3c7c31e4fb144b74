// Formulas: what is copied is their TeX, and only those that scroll are stops of the keyboard.
// Without this script every display formula is a stop, and what is copied is what is seen.
(() => {
  "use strict";

  const whole = (node) => {
    const formula = (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest(".katex");
    return formula?.closest(".katex-display") ?? formula;
  };

  // A selection that begins or ends inside a formula has all of it. A formula alone gives its TeX;
  // in running text it stands between dollar signs.
  document.addEventListener("copy", (event) => {
    const selection = getSelection();
    if (!selection || selection.isCollapsed || !event.clipboardData) return;
    const range = selection.getRangeAt(0).cloneRange();
    const first = whole(range.startContainer);
    const last = whole(range.endContainer);
    if (first) range.setStartBefore(first);
    if (last) range.setEndAfter(last);

    const holder = document.createElement("div");
    holder.append(range.cloneContents());
    const formulas = holder.querySelectorAll(".katex");
    if (!formulas.length) return;
    for (const formula of formulas) {
      const display = formula.closest(".katex-display");
      const tex = formula.querySelector("annotation").textContent.trim();
      const mark = first && first === last ? "" : display ? "$$" : "$";
      (display ?? formula).replaceWith(mark + tex + mark);
    }
    holder.style.cssText = "position: fixed; inset: 0 auto auto 0; opacity: 0; width: 80ch";
    document.body.append(holder); // the text of what is not on the page has no lines
    event.clipboardData.setData("text/plain", holder.innerText.trim());
    holder.remove();
    holder.removeAttribute("style");
    event.clipboardData.setData("text/html", holder.innerHTML);
    event.preventDefault();
  });

  const BOXES = ".truepage-formula, .truepage-wide";
  // All are measured before any is changed: the browser lays the page out once.
  const stop = (some) => {
    const wide = some.map((box) => box.scrollWidth > box.clientWidth);
    some.forEach((box, index) => {
      if (wide[index]) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  };
  const observer = new ResizeObserver((entries) => stop(entries.map((entry) => entry.target)));
  const observe = () => {
    const boxes = [...document.querySelectorAll(BOXES)];
    for (const box of boxes) observer.observe(box);
    document.fonts.ready.then(() => stop(boxes));
  };
  // Material's navigation.instant puts another page into this one, and says so.
  if (window.document$) document$.subscribe(observe);
  else observe();
  // A preview puts new blocks into pages (preview/live.js).
  document.addEventListener("truepage:new", ({ target }) => {
    for (const box of [target, ...target.querySelectorAll(BOXES)]) {
      if (box.matches(BOXES)) observer.observe(box);
    }
  });
})();
