"""Formulas that were set before: kept in the project's cache, in one file.

KaTeX needs about three milliseconds a formula, and an article has hundreds. What it makes of a
formula depends on its TeX and on whether it is displayed, whose digest names an entry, and on KaTeX
and our own code around it, whose digest says who made the file.

    the digest of the rest (see `truepage.files`)
    {"made_by": digest, "entries": {digest: [day it was last used, offset, length]}}
    entry entry entry …     each a JSON list: html, text, width, part

Entries are read where they are asked for. A file that is damaged, or was made by another KaTeX, is
no file: its formulas are set again.
"""

import contextlib
import hashlib
import json
import re
import time
from collections.abc import Sequence
from html import unescape
from pathlib import Path

from truepage.files import read_checked, write_checked
from truepage.pages import katex
from truepage.pages.katex import Typeset

FILE = "formulas"
"""The file's name in a project's cache."""

LIMIT = 64 * 1024 * 1024
"""Bytes that the file may grow to; beyond, what was not used for longest goes."""

DAYS = 30
"""Days for which an entry is kept that nothing uses."""


class Formulas:
    """KaTeX with a memory.

    Parameters
    ----------
    file
        Where formulas are kept between builds; None: nowhere.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._today = int(time.time() // 86_400)
        self._made_by = ""
        self._entries: dict[str, tuple[int, int, int]] = {}
        self._kept = b""
        self._new: dict[str, bytes] = {}
        self._used: dict[str, Typeset] = {}
        self.shown: dict[str, dict[str, str]] = {}
        """TeX → HTML → plain text of the formulas that were asked for."""
        if file is not None:
            made_by = katex.digest().encode() + Path(__file__).read_bytes()
            self._made_by = hashlib.sha256(made_by).hexdigest()
            with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
                self._read(file)

    def _read(self, file: Path) -> None:
        head, _, kept = read_checked(file).partition(b"\n")
        contents = json.loads(head)
        if contents["made_by"] == self._made_by:
            self._entries = {key: tuple(entry) for key, entry in contents["entries"].items()}
            self._kept = kept

    def typeset(self, tex: str, *, display: bool) -> Typeset:
        """Return a formula as KaTeX sets it, set now or before.

        Raises
        ------
        TexError
            KaTeX does not accept it.
        """
        key = hashlib.sha256(
            f"{display:d}{tex}".encode("utf-8", errors="surrogatepass")
        ).hexdigest()
        formula = self._used.get(key)
        if formula is None:
            formula = self._used[key] = self._find(key) or self._make(key, tex, display)
            self.shown.setdefault(tex, {})[formula.html] = formula.text
        return formula

    def _find(self, key: str) -> Typeset | None:
        if key not in self._entries:
            return None
        _, offset, length = self._entries[key]
        return Typeset(*json.loads(self._kept[offset : offset + length]))

    def _make(self, key: str, tex: str, display: bool) -> Typeset:
        formula = katex.typeset(tex, display=display)
        if self._file is not None:
            parts = [formula.html, formula.text, formula.width, formula.part]
            self._new[key] = json.dumps(parts).encode()
        return formula

    def save(self) -> None:
        """Keep what is new, for the next build; forget what was not used for long.

        A folder that cannot be written to makes the next build slower, and nothing else.
        """
        if self._file is None:
            return
        days = {key: day for key, (day, _, _) in self._entries.items()}
        old = [key for key, day in days.items() if day < self._today - DAYS]
        late = [key for key in self._used if days.get(key, self._today) < self._today - DAYS // 4]
        if not self._new and not late and not set(old) - self._used.keys():
            return
        bodies = dict(self._new)
        for key, (_, offset, length) in self._entries.items():
            if key in self._used or key not in old:
                bodies[key] = self._kept[offset : offset + length]
        entries: dict[str, tuple[int, int, int]] = {}
        kept: list[bytes] = []
        size = 0
        for key in sorted(bodies, key=lambda key: -self._day(key)):
            body = bodies[key]
            if size + len(body) > LIMIT:
                break
            entries[key] = (self._day(key), size, len(body))
            kept.append(body)
            size += len(body)
        head = json.dumps({"made_by": self._made_by, "entries": entries}).encode()
        self._entries, self._kept, self._new = entries, b"".join(kept), {}
        with contextlib.suppress(OSError):
            write_checked(self._file, head + b"\n" + self._kept)

    def _day(self, key: str) -> int:
        """Return the day on which an entry was last used."""
        if key in self._used or key not in self._entries:
            return self._today
        return self._entries[key][0]

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
