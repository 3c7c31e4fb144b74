"""Is what stands on a page KaTeX's own output, byte for byte?

KaTeX's developers keep a list of formulas of which they take screenshots; each shows what KaTeX can
do. Here every one of them is put into a paragraph, a table cell, a list item, an admonition, a
heading and a fence, and what comes out is compared with `katex.renderToString` of its TeX. The list
is part of KaTeX's repository (test/screenshotter/ss_data.yaml), not of this one.

    python bench/katex_list.py path/to/ss_data.yaml
"""

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path

import markdown
import yaml

from truepage.maths.katex import context
from truepage.pages import typesetting
from truepage.pages.formula_cache import Formulas

PLACES = {
    "paragraph": "Before {0} and after.",
    "table cell": "| a | b |\n|---|---|\n| {0} | after |",
    "list item": "- before {0}\n- after",
    "admonition": "!!! note\n    Before {0}\n",
    "heading": "## Before {0}\n\nAfter.",
    "fence": "Before.\n\n```math\n{1}\n```\n\nAfter.",
    "fence in a list": "1. before\n\n    ```math\n{2}\n    ```\n",
}


class Site:
    """A page's site: it knows formulas and nothing else."""

    formulas = Formulas()

    def typeset(self, tex: str, *, display: bool) -> typesetting.Typeset:
        """Return a formula."""
        return self.formulas.typeset(tex, display=display)


def convert(text: str) -> tuple[str, list[str]]:
    """Return a page's HTML, and its problems."""
    problems: list[str] = []
    html = markdown.markdown(
        text,
        extensions=["truepage", "admonition", "tables", "toc", "pymdownx.superfences"],
        extension_configs={"truepage": {"site": Site(), "problems": problems}},
    )
    return html, problems


def own(tex: str, *, display: bool) -> str:
    """Return KaTeX's own output, with its default options."""
    call = f"katex.renderToString({json.dumps(tex)}, {{displayMode: {json.dumps(display)}}})"
    html: str = json.loads(context().eval(f"JSON.stringify({call})"))
    return html


def inline(tex: str) -> str:
    """Return a formula as it stands in running text."""
    longest = max((len(ticks) for ticks in re.findall("`+", tex)), default=0)
    ticks = "`" * (longest + 1)
    return f"${ticks}{tex}{ticks}$"


def main() -> int:
    """Compare, and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("list", type=Path)
    entries = yaml.safe_load(parser.parse_args().list.read_text(encoding="utf-8"))
    equal: Counter[str] = Counter()
    different, refused = [], {}
    for name, entry in entries.items():
        entry = entry if isinstance(entry, dict) else {"tex": entry}
        tex = entry["tex"].strip("\n")
        written = re.sub(r"\n[ \t]*\n", "\n", tex)  # a paragraph ends at an empty line
        lines = [line for line in tex.split("\n") if not line.lstrip().startswith("%")]
        indented = "\n".join(f"    {line}" for line in tex.split("\n"))
        for place, pattern in PLACES.items():
            display = "fence" in place
            source = "\n".join(lines) if display else written
            html, problems = convert(pattern.format(inline(written), tex, indented))
            if problems:
                refused.setdefault(name, []).append((place, problems[0].split("\n")[0]))
                continue
            if own(source, display=display) in html:
                equal[place] += 1
            else:
                different.append(f"{name}, {place}: {source!r}")
    print(f"{len(entries)} formulas, {sum(equal.values())} times equal byte for byte:")
    for place, count in equal.items():
        print(f"  {place:18}{count}")
    print(f"{len(different)} different")
    for line in different:
        print(f"  {line}")
    print(f"{len(refused)} refused in some place")
    for name, places in refused.items():
        words = sorted({re.sub(r"^\S+ ", "", problem) for _, problem in places})
        where = "everywhere" if len(places) == len(PLACES) else ", ".join(at for at, _ in places)
        print(f"  {name} ({where}): {'; '.join(words)}")
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
