"""`[0.0066](value:neural.activations.sigmoid_derivative(5))`: a number that the build computes."""

import re
from xml.etree import ElementTree as etree  # noqa: N813 (as Python-Markdown calls it)

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.util import AtomicString

from truepage.markdown.page import Page, prose_without_code
from truepage.maths.values import BEGIN, find_values, value_at


def register(md: Markdown, page: Page) -> None:
    """Add values to a converter."""
    # After snippets (32), so that values in an included file are computed with the others.
    md.preprocessors.register(ValuePreprocessor(page, md), "truepage-values", 26.5)
    # After code (190) and escapes (180), before links (160).
    md.inlinePatterns.register(ValueProcessor(page, md), "truepage-value", 165)


class ValuePreprocessor(Preprocessor):
    """Have all values of the page computed together."""

    def __init__(self, page: Page, md: Markdown) -> None:
        super().__init__(md)
        self._page = page

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines as they are."""
        text = "\n".join(prose_without_code(lines))
        expressions = [value.expression for value in find_values(text) if not value.fault]
        if expressions:
            self._page.site.computer().prepare(expressions)
        return lines


class ValueProcessor(InlineProcessor):
    """A value in running text."""

    def __init__(self, page: Page, md: Markdown) -> None:
        super().__init__(BEGIN.pattern, md)
        self._page = page

    def handleMatch(  # type: ignore[override] # noqa: N802 (Python-Markdown's names and types)
        self, m: re.Match[str], data: str
    ) -> tuple[etree.Element, int, int]:
        """Return the number as plain text, which knows how it was computed."""
        value = value_at(data, m)
        computer = self._page.site.computer()
        text, message = computer.judge(value)
        if message:
            near = data[value.start : value.end].rpartition("\n")[2]
            self._page.problem(message, near if value.expression in near else m[0])
        element = etree.Element("data", {"class": "truepage-value"})
        element.text = AtomicString(text)
        if not message:
            element.set("value", repr(computer.outcome(value.expression).number))
            element.set("title", f"computed by {value.expression}")
        return element, value.start, value.end
