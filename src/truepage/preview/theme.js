// What Material's script does to a page when it is loaded, done to blocks that come later: code
// gets its button to copy it, tables get what they scroll in. Other themes are left alone.
(() => {
  "use strict";

  const stored = document.getElementById("__config");
  if (!stored) return;
  const { features = [], translations = {} } = JSON.parse(stored.textContent);
  let count = 0; // of buttons: each needs the name of its own code

  const all = (root, selector) =>
    [root, ...root.querySelectorAll(selector)].filter((element) => element.matches(selector));

  // Code that scrolls is a stop of the keyboard, where there is a pointer that can hover.
  const scrolls = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const wide = target.scrollWidth > target.clientWidth;
      if (wide && matchMedia("(hover)").matches) target.setAttribute("tabindex", "0");
      else target.removeAttribute("tabindex");
    }
  });

  const dressCode = (code) => {
    const pre = code.closest("pre");
    scrolls.observe(code);
    if (code.querySelector(":scope > span[id]")) code.classList.add("md-code__content");
    const named = pre.closest("[id]");
    if (named !== pre) pre.id = `__code_${named ? named.id : `live_${count++}`}`;
    const bar = pre.querySelector(".md-code__nav");
    const wanted =
      code.closest(".copy") ||
      (features.includes("content.code.copy") && !code.closest(".no-copy"));
    if (bar || !wanted) return;
    code.id ||= `__copy_live_${count++}`;
    const button = document.createElement("button");
    button.className = "md-code__button";
    button.title = translations["clipboard.copy"] || "Copy to clipboard";
    // Material listens at the body, for whatever has this.
    button.dataset.clipboardTarget = `#${code.id}`;
    button.dataset.mdType = "copy";
    const like = document.querySelector(".md-code__nav")?.localName || "nav";
    code.before(Object.assign(document.createElement(like), { className: "md-code__nav" }));
    code.previousElementSibling.append(button);
  };

  const dressTable = (table) => {
    if (table.closest(".md-typeset__table")) return;
    const wrap = Object.assign(document.createElement("div"), {
      className: "md-typeset__scrollwrap",
    });
    const inner = Object.assign(document.createElement("div"), { className: "md-typeset__table" });
    table.replaceWith(wrap);
    wrap.append(inner);
    inner.append(table);
  };

  // Before anybody else hears of the block.
  addEventListener(
    "truepage:new",
    ({ target }) => {
      all(target, "pre:not(.mermaid) > code").forEach(dressCode);
      all(target, "table:not([class])").forEach(dressTable);
    },
    { capture: true },
  );
})();
