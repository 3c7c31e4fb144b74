"""The glossary: part of every page, and each of its terms is on one."""

import re
from pathlib import Path

import pytest

from truepage.pages.source import prose_without_code

DOCS = Path(__file__).parents[2] / "docs"
TERMS = re.findall(r"^\*\[(.+?)\]: (.+)$", (DOCS / "glossary.txt").read_text("utf-8"), re.MULTILINE)
PROSE = "\n".join(
    "\n".join(prose_without_code(path.read_text("utf-8").split("\n")))
    for path in sorted(DOCS.rglob("*.md"))
)
HEADING = re.compile(r"^#.*$", re.MULTILINE)


def test_terms_are_in_order_and_explained_in_words() -> None:
    """Sorted without regard to case; an explanation has no full stop and no quotes."""
    names = [name for name, _ in TERMS]
    assert names == sorted(names, key=str.casefold)
    assert len(names) > 10
    for name, words in TERMS:
        assert not words.endswith("."), name
        assert '"' not in words, name


@pytest.mark.parametrize("term", [name for name, _ in TERMS])
def test_a_term_is_on_some_page(term: str) -> None:
    """Nothing is explained that nobody says."""
    assert re.search(rf"(?<!\w){re.escape(term)}(?!\w)", HEADING.sub("", PROSE))
