"""Maths on a page: markdown-katex's extension with KaTeX in this process as its renderer.

What is changed, and why: the extension starts a process for each formula, for its options as
well, and takes options from the page; ours renders by `truepage.katex` and takes none. A formula
that KaTeX refuses, an unclosed fence or a formula over two lines becomes a problem of the page.
"""

import re

from markdown import Extension, Markdown
from markdown_katex.extension import (
    KatexExtension,
    KatexPostprocessor,
    KatexPreprocessor,
    iter_inline_katex,
)

from truepage import katex
from truepage.markdown.page import Page, fences, prose

# After snippets (32), so that maths in an included file is set too; before superfences (25).
PRIORITY = 28

COMMENT = re.compile(r"^[ \t]*%[^\n]*(?:\n|$)", re.MULTILINE)
LABEL = re.compile(r"^[ \t]*%[ \t]*label:[ \t]*(?P<label>eq-[A-Za-z0-9-]+)[ \t]*$", re.MULTILINE)
UNFINISHED = re.compile(r"\$`[^`]*$")


class Maths(KatexExtension):  # type: ignore[misc] # markdown-katex has no types
    """markdown-katex's extension, rendering in process."""

    def __init__(self, page: Page) -> None:
        # Not KatexExtension's own __init__: it runs `katex --help` to learn its options.
        Extension.__init__(self)
        self.options = {"insert_fonts_css": False}
        self.math_html: dict[str, str] = {}
        self.page = page

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Python-Markdown's name)
        """Register the two halves: formulas become marks, and the marks HTML."""
        md.preprocessors.register(MathsPreprocessor(md, self), "truepage-maths", PRIORITY)
        md.postprocessors.register(KatexPostprocessor(md, self), "truepage-maths", 0)
        md.registerExtension(self)


class MathsPreprocessor(KatexPreprocessor):  # type: ignore[misc] # markdown-katex has no types
    """Replace each formula by a mark."""

    ext: Maths

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with a mark in each formula's place."""
        out = [self._inline(line, shown) for line, shown in zip(lines, prose(lines), strict=True)]
        for start, end, info in reversed(list(fences(lines))):
            if info.split(" ", 1)[0] != "math":
                continue
            if end > len(lines):
                self.ext.page.problem(
                    "a math fence is opened and never closed; expected a line of ``` after it.",
                    lines[start],
                )
            elif info != "math":
                self.ext.page.problem(
                    f"a math fence has more in its first line than `math`: {info!r}; "
                    "expected no options there.",
                    lines[start],
                )
            else:
                out[start:end] = [self._block(lines[start:end])]
        return out

    def _block(self, lines: list[str]) -> str:
        indent = lines[0][: len(lines[0]) - len(lines[0].lstrip(" \t"))]
        tex = "\n".join(line.removeprefix(indent) for line in lines[1:-1])
        label = LABEL.search(tex)
        anchor = f' id="{label["label"]}"' if label else ""
        html = self._render(COMMENT.sub("", tex), display=True)
        return indent + self._mark(
            "block",
            f'<div class="truepage-equation"{anchor} role="group" aria-label="Equation" '
            f'tabindex="0">{html}</div>',
        )

    def _inline(self, line: str, shown: str) -> str:
        if "$`" not in shown:
            return line
        # markdown-katex looks one character past the formula, also at the end of a line.
        formulas = list(iter_inline_katex(f"{shown} "))
        for formula in reversed(formulas):
            tex = formula.inline_text.strip("$").strip("`")
            mark = self._mark("inline", self._render(tex, display=False))
            line = line[: formula.start] + mark + line[formula.end :]
        if UNFINISHED.search(line):
            self.ext.page.problem(
                "inline maths does not end on the line it begins on; expected $`…`$ on one line.",
                shown,
            )
        return line

    def _mark(self, kind: str, html: str) -> str:
        """Return a mark, in the form that markdown-katex's postprocessor looks for."""
        number = len(self.ext.math_html)
        mark = f"tmp_{kind}_md_katex_{number}x"
        self.ext.math_html[mark] = html
        return mark

    def _render(self, tex: str, *, display: bool) -> str:
        try:
            return katex.render(tex, display=display)
        except katex.TexError as error:
            first = next((line for line in tex.splitlines() if line.strip()), tex)
            self.ext.page.problem(f"KaTeX cannot set this formula: {error}", first)
            return ""
