"""Formulas as KaTeX sets them, remembered between builds, and as text for the search.

KaTeX needs about three milliseconds a formula, and an article has hundreds. What it makes of one
depends on its TeX and on whether it is displayed.
"""

import json
import re
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path

from truepage.engine.cache import Memo, digest
from truepage.pages import typesetting
from truepage.pages.typesetting import Typeset

FILE = "formulas"
"""The name of their file in a project's cache."""


class Formulas:
    """KaTeX with a memory.

    Parameters
    ----------
    file
        Where formulas are kept between builds; None: nowhere.
    macros
        Commands that all formulas may use.
    """

    def __init__(self, file: Path | None = None, macros: Mapping[str, str] | None = None) -> None:
        self._macros = dict(macros or {})
        made_by = digest(typesetting.digest(), Path(__file__).read_bytes()) if file else ""
        self._memo = Memo(file, made_by)
        self._used: dict[str, Typeset] = {}
        self.shown: dict[str, dict[str, str]] = {}
        """TeX → HTML → plain text of the formulas that were asked for."""

    def typeset(
        self, tex: str, *, display: bool, macros: Mapping[str, str] | None = None
    ) -> Typeset:
        """Return a formula as KaTeX sets it, set now or before.

        Raises
        ------
        TexError
            KaTeX does not accept it.
        """
        macros = {**self._macros, **(macros or {})}
        key = digest(f"{display:d}", tex, json.dumps(macros, sort_keys=True))
        formula = self._used.get(key)
        if formula is None:
            formula = self._used[key] = self._find(key) or self._make(key, tex, display, macros)
            self.shown.setdefault(tex, {})[formula.html] = formula.text
        return formula

    def _find(self, key: str) -> Typeset | None:
        kept = self._memo.find(key)
        return kept and Typeset(*kept)

    def _make(self, key: str, tex: str, display: bool, macros: Mapping[str, str]) -> Typeset:
        formula = typesetting.typeset(tex, display=display, macros=macros)
        self._memo.note(key, [formula.html, formula.text, formula.width, formula.part])
        return formula

    def save(self) -> None:
        """Keep them for the next build."""
        self._memo.save()

    def with_text(self, html: str) -> tuple[str, list[str]]:
        """Return a page with plain text in each formula's place, and the formulas' HTML.

        The text of formula n stands in `<span data-truepage-formula="n">…</span>`.
        """
        out: list[str] = []
        formulas: list[str] = []
        done = 0
        while (at := html.find('<span class="katex', done)) >= 0:
            out.append(html[done:at])
            done = at
            begin = html.find(SOURCE, at)
            tex = unescape(html[begin + len(SOURCE) : html.find("</annotation>", begin)])
            for formula, text in self.shown.get(tex, {}).items():
                if html.startswith(formula, at):
                    out.append(f'<span data-truepage-formula="{len(formulas)}">')
                    out.append(text.replace("&", "&amp;").replace("<", "&lt;") + "</span>")
                    formulas.append(formula)
                    done += len(formula)
                    break
            else:
                out.append(html[done : at + 1])
                done = at + 1
        return "".join([*out, html[done:]]), formulas


SOURCE = '<annotation encoding="application/x-tex">'
PLACE = re.compile(r'<span data-truepage-formula="(\d+)">[^<]*</span>')


def with_html(html: str, formulas: Sequence[str]) -> str:
    """Return a page of `Formulas.with_text` with the formulas' HTML in its place again."""
    return PLACE.sub(lambda place: formulas[int(place[1])], html)
