"""Maths on a page: markdown-katex's extension with KaTeX in this process as its renderer.

What is changed, and why: the extension starts a process for each formula, for its options as
well, and takes options from the page; ours renders by `truepage.katex` and takes none. A formula
that KaTeX refuses, an unclosed fence or a formula over two lines becomes a problem of the page.
"""

import re
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.postprocessors import Postprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString
from markdown_katex.extension import (
    KatexExtension,
    KatexPreprocessor,
    iter_inline_katex,
)

from truepage import katex
from truepage.markdown.page import FENCE, Page, fences, prose

# After snippets (32), so that maths in an included file is set too; before superfences (25).
PRIORITY = 28

COMMENT = re.compile(r"^[ \t]*%[^\n]*(?:\n|$)", re.MULTILINE)
LABEL = re.compile(r"^[ \t]*%[ \t]*label:[ \t]*(?P<label>eq-[A-Za-z0-9-]+)[ \t]*$", re.MULTILINE)
MARK = re.compile(r"tmp_(?:inline|block)_md_katex_\d+x")
PARAGRAPH = re.compile(r"<p>(tmp_block_md_katex_\d+x)</p>")
UNFINISHED = re.compile(r"\$`[^`]*$")


class Maths(KatexExtension):  # type: ignore[misc] # markdown-katex has no types
    """markdown-katex's extension, rendering in process."""

    def __init__(self, page: Page) -> None:
        # Not KatexExtension's own __init__: it runs `katex --help` to learn its options.
        Extension.__init__(self)
        self.options = {"insert_fonts_css": False}
        self.math_html: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        self.page = page

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Python-Markdown's name)
        """Register the two halves: formulas become marks, and the marks HTML."""
        md.preprocessors.register(MathsPreprocessor(md, self), "truepage-maths", PRIORITY)
        # Before indented code is highlighted (30) and hidden.
        md.treeprocessors.register(MarksInCode(md, self), "truepage-maths-in-code", 40)
        md.postprocessors.register(MathsPostprocessor(md, self), "truepage-maths", 0)
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
        opening = FENCE.match(lines[0])
        assert opening  # noqa: S101 (fences() said so)
        indent = opening["indent"]  # in a block quote with its >
        short = indent.rstrip()
        tex = "\n".join(line.removeprefix(indent).removeprefix(short) for line in lines[1:-1])
        label = LABEL.search(tex)
        anchor = f' id="{label["label"]}"' if label else ""
        html = self._render(COMMENT.sub("", tex), "\n".join(lines), display=True)
        return indent + self._mark(
            "block",
            f'<div class="truepage-equation"{anchor} role="group" aria-label="Equation" '
            f'tabindex="0">{html}</div>',
            "\n".join(lines),
        )

    def _inline(self, line: str, shown: str) -> str:
        if "$`" not in shown:
            return line
        # markdown-katex looks one character past the formula, also at the end of a line.
        formulas = list(iter_inline_katex(f"{shown} "))
        for formula in reversed(formulas):
            tex = formula.inline_text.strip("$").strip("`")
            mark = self._mark(
                "inline", self._render(tex, shown, display=False), formula.inline_text
            )
            line = line[: formula.start] + mark + line[formula.end :]
        if UNFINISHED.search(line):
            self.ext.page.problem(
                "inline maths does not end on the line it begins on; expected $`…`$ on one line.",
                shown,
            )
        return line

    def _mark(self, kind: str, html: str, source: str) -> str:
        """Return a mark in the form that markdown-katex uses."""
        number = len(self.ext.math_html)
        mark = f"tmp_{kind}_md_katex_{number}x"
        self.ext.math_html[mark] = html
        self.ext.sources[mark] = source
        return mark

    def _render(self, tex: str, near: str, *, display: bool) -> str:
        try:
            return katex.render(tex, display=display)
        except katex.TexError as error:
            self.ext.page.problem(f"KaTeX cannot set this formula: {error}", near)
            return ""


class MarksInCode(Treeprocessor):
    """Give indented code its formulas back as they were written: only here is it known as code."""

    def __init__(self, md: Markdown, ext: Maths) -> None:
        super().__init__(md)
        self._sources = ext.sources

    def run(self, root: Element) -> None:
        """Put the source in each mark's place."""
        for code in root.iter("code"):
            text = MARK.sub(lambda match: self._sources.get(match[0], match[0]), code.text or "")
            code.text = AtomicString(text)


class MathsPostprocessor(Postprocessor):
    """Put the HTML of each formula in its mark's place.

    Not markdown-katex's: that one asks for every mark in every text (in each heading, for one),
    warns of those that are elsewhere, and never ends when a formula spells a mark.
    """

    def __init__(self, md: Markdown, ext: Maths) -> None:
        super().__init__(md)
        self._html = ext.math_html

    def run(self, text: str) -> str:
        """Return the text with all formulas in it."""
        text = PARAGRAPH.sub(r"\1", text)  # a display formula stands for a paragraph of its own
        return MARK.sub(lambda match: self._html.get(match[0], match[0]), text)
