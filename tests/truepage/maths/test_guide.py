"""What the guide shows as the build's output is the build's output."""

import re
from pathlib import Path

import pytest

from truepage.checking.equations import check
from truepage.checking.findings import messages
from truepage.checking.pages import read_pages
from truepage.engine.context import BuildContext
from truepage.engine.project import find_project

ROOT = Path(__file__).parents[3]
SHOWN = re.compile(r"```` \{ \.markdown \}\n(.*?)````\n\n```text\n(.*?)```", re.DOTALL)
PAIRS = SHOWN.findall((ROOT / "docs" / "guide" / "equations.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("page", "said"), PAIRS)
def test_each_error_is_the_real_one(page: str, said: str) -> None:
    """The page is checked as if it were one of the site."""
    project = find_project(ROOT)
    pages = {path: text for path, text in read_pages(project).items() if "sigmoid" in path}
    found = check(BuildContext(project), {**pages, "docs/page.md": page}, ["docs/page.md"])
    assert "\n".join(messages(found)) == said.rstrip("\n")


def test_the_guide_shows_every_kind_of_error() -> None:
    """Refuted, not understood, undecided."""
    shown = "".join(said for _, said in PAIRS)
    for status in ("is refuted", "is not understood", "is undecided", "It holds"):
        assert status in shown
