"""A site that pages are converted for, without a project behind it."""

from collections.abc import Mapping, Sequence

from truepage.checking.findings import Finding
from truepage.examples.examples import Examples
from truepage.markdown.page import Target
from truepage.markdown.references import Numbered, find, number
from truepage.maths.annotation import Equation
from truepage.pages import typesetting
from truepage.pages.highlighting import Highlighting


class StandIn:
    """What is the same for all such sites.

    Parameters
    ----------
    pages
        Path → Markdown of the site's pages, in reading order.
    """

    def __init__(self, pages: Mapping[str, str]) -> None:
        self.numbers: Mapping[str, Numbered] = number(pages)
        self.labels: dict[str, str] = {}
        self.asked: list[str] = []

    def equations(self, page: str, found: Sequence[Equation]) -> list[Finding]:
        """Return nothing: no equation is held to any code here."""
        return []

    def located(self, message: str) -> str:
        """Return the message as it is."""
        return message

    def examples(self) -> Examples:
        """Return what runs nothing: no page that is converted for it has an example."""
        raise AssertionError

    def highlighting(self) -> Highlighting:
        """Return what remembers nothing."""
        return Highlighting()

    def target(self, label: str, page: str) -> Target | str:
        """Return the link to what a label names."""
        found = find(self.numbers, label)
        if isinstance(found, str):
            return found
        return Target(found.word, found.number, f"{found.page}#{label}")

    def give_label(self, label: str, place: str) -> str | None:
        """Return where the label was given before."""
        before = self.labels.setdefault(label, place)
        return None if before == place else before

    def typeset(
        self, tex: str, *, display: bool, macros: Mapping[str, str] | None = None
    ) -> typesetting.Typeset:
        """Return a formula, and note that it was asked for."""
        self.asked.append(tex)
        return typesetting.typeset(tex, display=display, macros=macros)
