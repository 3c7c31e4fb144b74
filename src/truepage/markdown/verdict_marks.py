"""What checking a page's equations came to, as the page shows it: a quiet mark, or a refutation."""

from collections.abc import Sequence
from xml.etree import ElementTree as etree  # noqa: N813 (as Python-Markdown calls it)

from markdown.util import AtomicString

from truepage.checking.findings import Finding
from truepage.checking.formulas import Formula, equations
from truepage.markdown.page import Page


def findings(page: Page, formulas: Sequence[Formula]) -> dict[int, Finding]:
    """Return what checking came to, by a formula's ordinal among those of the page.

    A text that is no page (a docstring that another extension converts) is not checked.
    """
    stated = equations(page.path, formulas)
    if not page.lines or not any(equation.notes for equation in stated):
        return {}
    return {finding.ordinal: finding for finding in page.site.equations(page.path, stated)}


def show(element: etree.Element, finding: Finding, place: str, page: Page) -> None:
    """Put what there is to say beside a display formula, which stands at a place of the page."""
    if finding.status == "shown wrong":
        element.set("class", f"{element.get('class', '')} truepage-refuted")
        said = etree.SubElement(
            element,
            "div",
            {"class": "truepage-refutation", "role": "note", "aria-label": "Refuted by the build"},
        )
        etree.SubElement(said, "strong").text = "Refuted by the build"
        code = etree.SubElement(etree.SubElement(said, "pre"), "code")
        code.text = AtomicString(page.site.located(f"{place}: {finding.message}"))
    elif finding.status == "checked":
        element.append(_mark(finding, page))


def inline_mark(finding: Finding | None, page: Page, *, linked: bool) -> etree.Element | None:
    """Return what stands behind an inline formula: nothing, or the mark that it is checked.

    Parameters
    ----------
    linked
        The mark may be a link: the formula is in no other one.
    """
    if not finding or finding.status != "checked":
        return None
    mark = _mark(finding, page, linked=linked)
    mark.set("class", "truepage-checked truepage-inline")
    return mark


def _mark(finding: Finding, page: Page, *, linked: bool = True) -> etree.Element:
    """Return the mark of an equation that is checked; its style has the sign: it is no text."""
    words = sentence(finding)
    attributes = {"class": "truepage-checked", "title": words, "aria-label": words}
    code = None if finding.against == "identity" else page.site.code(finding.against, page.path)
    if code and linked:
        return etree.Element("a", {**attributes, "href": code})
    return etree.Element("span", {**attributes, "role": "img"})


def sentence(finding: Finding) -> str:
    """Return what a checked equation was held to, and how far that went."""
    points = f"{finding.points} point{'' if finding.points == 1 else 's'}"
    points += f", {finding.tried}" if finding.tried else ""
    if finding.against == "identity":
        return f"Checked by the build: both sides are equal at {points}"
    # Its worst error is left to the command: the last bits depend on the processor.
    return f"Checked by the build against {finding.against} at {points}"
