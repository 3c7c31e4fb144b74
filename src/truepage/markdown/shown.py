"""A figure as a page shows it: the picture, what answers to the reader, and what lies behind it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from truepage.figures import svg
from truepage.figures.draw import Rendering
from truepage.pages.highlighting import Highlighted


@dataclass(frozen=True)
class PageFigure:
    """A figure as a page shows it.

    Parameters
    ----------
    name
        The figure's name.
    alt
        Alternative text.
    width, height
        Size in CSS pixels.
    drawing
        The picture as SVG, for the page itself.
    follows
        Whether its colours follow the page; else it is light on any.
    answers
        What the page's script reads, as JSON; empty if there is nothing to ask.
    sweep
        Of what is swept: `name`, what is `shown` for each frame, and the `start`.
    table
        `heads`, `rows`, and how many rows there are in all (`of`).
    downloads
        What it is → address, relative to the page's Markdown file, or absolute.
    code
        The function that draws it.
    is_named
        Whether an author named it; else it has no number and needs no caption.
    """

    name: str
    alt: str
    width: int
    height: int
    drawing: str = ""
    follows: bool = True
    answers: str = ""
    sweep: Mapping[str, Any] | None = None
    table: Mapping[str, Any] | None = None
    downloads: Mapping[str, str] = field(default_factory=dict)
    code: Highlighted | None = None
    is_named: bool = True


def page_figure(
    rendering: Rendering, code: Highlighted | None, addresses: Mapping[str, str]
) -> PageFigure:
    """Return what a page shows of a picture.

    Parameters
    ----------
    rendering
        The figure, drawn.
    code
        The function that draws it.
    addresses
        Suffix of a file, such as ``csv`` or ``1.png`` → its address.
    """
    files, facts = rendering.product.files, rendering.product.facts
    return PageFigure(
        name=rendering.name,
        alt=rendering.alt,
        width=rendering.width,
        height=rendering.height,
        drawing=svg.inline(files["svg"], addresses),
        follows=facts["follows"],
        answers=files["json"].decode() if "json" in files else "",
        sweep=facts.get("sweep"),
        table=facts["table"] if facts["table"]["rows"] else None,
        downloads={
            kind: addresses[kind.lower()]
            for kind in ("CSV", "SVG", "PNG", "PDF")
            if kind.lower() in addresses
        },
        code=code,
        is_named=facts.get("named", True),
    )


def view(figure: PageFigure) -> str:
    """Return the HTML of the picture itself, with its slider and what the script reads."""
    kind = "truepage-picture" + ("" if figure.follows else " truepage-light")
    parts = [f'<div class="{kind}" data-search-exclude="">{figure.drawing}</div>']
    if figure.sweep:
        parts.append(_slider(figure.name, figure.sweep))
    parts = [f'<div class="truepage-view">{"".join(parts)}</div>']
    if figure.answers:
        # No script: Material's navigation.instant would run it as one.
        answers = escape(figure.answers, quote=False)
        parts.append(f'<template data-search-exclude="">{answers}</template>')
    return "".join(parts)


def empty(width: int, height: int) -> str:
    """Return the drawing that keeps the space of one that is still to come."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="Not drawn yet"></svg>'
    )


def _slider(name: str, sweep: Mapping[str, Any]) -> str:
    shown, start = sweep["shown"], sweep["start"]
    words, longest = escape(sweep["name"]), max(map(len, shown))
    return (
        f'<div class="truepage-sweep" data-search-exclude=""><label for="{name}--sweep">{words}'
        f'</label><input type="range" id="{name}--sweep" min="0" max="{len(shown) - 1}" step="1" '
        f'value="{start}" aria-valuetext="{words} {escape(shown[start])}" autocomplete="off" />'
        f'<output for="{name}--sweep" style="min-width:{longest}ch" aria-hidden="true">'
        f"{escape(shown[start])}</output></div>"
    )


def tools(figure: PageFigure, words: str) -> str:
    """Return the HTML of what lies behind a picture: data, code, and a large view.

    Parameters
    ----------
    words
        What the page calls the figure: "Figure 3".
    """
    parts = []
    links = ", ".join(
        f'<a href="{escape(address)}" download="{figure.name}.{kind.lower()}">{kind}</a>'
        for kind, address in figure.downloads.items()
    )
    if figure.table or links:
        behind = f"<p>Download: {links}</p>" if links else ""
        if figure.table:
            behind += _table(figure.table, words)
        parts.append(_details("Data", words, behind))
    if figure.code:
        place = f"{figure.code.path}, line {figure.code.line}"
        code = f'<p class="truepage-place">{escape(place)}</p>{figure.code.html}'
        parts.append(_details("Code", words, code))
    parts.append(
        '<button type="button" class="truepage-button truepage-enlarge" data-search-exclude="" '
        f'aria-label="Enlarge {escape(words)}">Enlarge</button>'
    )
    return "".join(parts)


def _details(title: str, words: str, content: str) -> str:
    return (
        # Each says that it is not for the search: Material takes the first end tag of its kind for
        # its own.
        f'<details data-search-exclude=""><summary>{title}'
        f'<span class="truepage-hidden"> of {escape(words)}</span></summary>{content}</details>'
    )


def _table(table: Mapping[str, Any], words: str) -> str:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in table["heads"])
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(_minus(cell))}</td>' for cell in row)}</tr>"
        for row in table["rows"]
    )
    left = table["of"] - len(table["rows"])
    note = f"{len(table['rows'])} of {table['of']} rows" if left else "All rows"
    return (
        f'<div class="truepage-scroll" tabindex="0" role="group" '
        f'aria-label="Table: data of {escape(words)}">'
        f'<table class="truepage-table"><caption>{note}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _minus(cell: str) -> str:
    """Return a cell with real minus signs, and with digits that can be taken in.

    Examples
    --------
    >>> _minus("-0.006692850924"), _minus("1.5e-20"), _minus("x-axis")
    ('−0.0066929', '1.5e−20', 'x-axis')
    """
    if not re.fullmatch(r"-?[\d.]+(?:e[-+]?\d+)?", cell):
        return cell
    return f"{float(cell):.5g}".replace("-", "−")
