"""What stands around a page's text: how long it is, when it changed, how to cite it."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path

from truepage.pages.source import fences, prose_without_code

WORDS_A_MINUTE = 200
FORMULA = 15
"""A display formula takes as long as so many words."""

_MATHS = re.compile(r"\$`.*?`\$")
_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")


def reading_minutes(text: str) -> int:
    r"""Return how many minutes it takes to read a page; its code is not counted.

    Examples
    --------
    >>> reading_minutes("word " * 500), reading_minutes("```math\nx\n```\n" * 80)
    (2, 6)
    """
    lines = text.split("\n")
    prose = _MATHS.sub("x", "\n".join(prose_without_code(lines)))
    formulas = sum(info == "math" for _, _, info in fences(lines))
    return max(1, round((len(_WORD.findall(prose)) + FORMULA * formulas) / WORDS_A_MINUTE))


def last_changes(root: Path, folder: str) -> Mapping[str, date]:
    """Return when files were last changed, by their last commit: path relative to the root → day.

    Empty without git, and where the history is cut off: then the last commit is not known.
    """
    shallow = _git(root, "rev-parse", "--is-shallow-repository")
    if shallow is None or shallow.strip() != "false":
        return {}
    # By the author's clock, as the day is in the author's calendar. One process for all files.
    log = _git(root, "log", "--format=%x00%as", "--name-only", "--relative", "--", folder)
    changes: dict[str, date] = {}
    for commit in (log or "").split("\0")[1:]:
        day, *files = commit.strip("\n").split("\n")
        for file in filter(None, files):
            changes.setdefault(file, date.fromisoformat(day))
    return changes


def _git(root: Path, *arguments: str) -> str | None:
    command = ["git", "-c", "core.quotePath=false", *arguments]
    try:
        done = subprocess.run(  # noqa: S603 (fixed words, and a folder of the project)
            command, cwd=root, capture_output=True, text=True, encoding="utf-8"
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


@dataclass(frozen=True)
class PageFacts:
    """What is known of a page.

    Parameters
    ----------
    title, site, author, url
        As the page and its site are called, and where it is published (empty: nowhere yet).
    minutes
        To read it.
    changed
        Day of its last change, if that is known.
    corrections
        Address of the page that lists what was wrong, if there is one.
    """

    title: str
    site: str
    author: str
    url: str
    minutes: int
    changed: date | None = None
    corrections: str = ""

    def lead(self, *, all_of_them: bool = True) -> str:
        """Return what stands under the title: all that is known, or where corrections are."""
        parts = []
        if all_of_them:
            parts.append(f"{self.minutes} minute{'s' if self.minutes > 1 else ''} to read")
        if self.changed:
            day = f"{self.changed.day} {self.changed:%B %Y}"
            parts.append(f'last changed on <time datetime="{self.changed}">{day}</time>')
        if self.corrections:
            parts.append(f'<a href="{escape(self.corrections)}">corrections</a>')
        return f'<p class="truepage-facts">{"&nbsp;· ".join(parts)}</p>' if parts else ""

    def citation(self) -> str:
        """Return the page as an entry of a BibTeX file."""
        year = str(self.changed.year) if self.changed else ""
        slug = "-".join(_WORD.findall(self.title.lower()))
        fields = {
            "author": f"{{{self.author}}}" if self.author else "",
            "title": self.title,
            "organization": self.site if self.site != self.title else "",
            "year": year,
            "url": self.url,
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        return "\n".join([f"@online{{{slug}{year},", *lines, "}"])

    def end(self) -> str:
        """Return what stands at the page's end."""
        return (
            '<details class="truepage-cite"><summary>Cite this page</summary>'
            '<div class="highlight"><pre><span></span><code>'
            f"{escape(self.citation(), quote=False)}\n</code></pre></div></details>"
        )


def with_facts(html: str, facts: PageFacts, *, all_of_them: bool = True) -> str:
    """Return a page with its facts: under its title, and at the end of its article."""
    html = html.replace("</h1>", f"</h1>\n{facts.lead(all_of_them=all_of_them)}", 1)
    if not all_of_them:
        return html
    before, end, after = html.rpartition("</article>")
    return f"{before}{facts.end()}\n{end}{after}" if end else html
