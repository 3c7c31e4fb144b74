"""Claims of this repository's own pages: the article's hold, and the guide's fail as it says."""

import re
from functools import cached_property
from pathlib import Path

import pytest
from markdown import Markdown

from truepage.checking.claims import Claims
from truepage.checking.pages import find_fences
from truepage.engine.context import BuildContext
from truepage.engine.project import find_project
from truepage.markdown.project_site import ProjectSite

ROOT = Path(__file__).parents[3]


class WholeSite(ProjectSite):
    """The article's own project, whose pages may be referred to."""

    @cached_property
    def _claims(self) -> Claims:
        paths = sorted((ROOT / "docs").rglob("*.md"))
        pages = {path.relative_to(ROOT).as_posix(): path.read_text() for path in paths}
        claims = Claims(BuildContext(find_project(ROOT)), pages)
        claims.prepare(fence for page in pages.items() for fence in find_fences(*page))
        return claims

    def claims(self) -> Claims:
        """All of the site's."""
        return self._claims


def guide_examples() -> list[tuple[str, str]]:
    """Markdown in the guide, and the text that follows it: what the build says."""
    text = (ROOT / "docs/guide/claims.md").read_text()
    found = re.findall(
        r"^(`{3,}) ?(?:\{ \.)?markdown(?: \})?\n((?:(?!\1$).*\n)*)\1\n\n"
        r"```text\n((?:(?!```).*\n)*)```",
        text,
        re.MULTILINE,
    )
    return [(page, said) for _, page, said in found]


@pytest.fixture(scope="module")
def whole_site() -> WholeSite:
    """The article's site, judged once."""
    return WholeSite(ROOT, "")


@pytest.mark.parametrize("number", range(len(guide_examples())))
def test_what_the_guide_shows_is_what_the_build_says(
    number: int, whole_site: WholeSite, warm_workers: None
) -> None:
    """Each example is built, and each message compared."""
    page, said = guide_examples()[number]
    problems: list[str] = []
    Markdown(
        extensions=["truepage"],
        extension_configs={
            "truepage": {"site": whole_site, "problems": problems, "page": "docs/page.md"}
        },
    ).convert(page)
    assert said == "".join(f"{problem}\n" for problem in problems)


def test_every_claim_of_the_article_holds(warm_workers: None) -> None:
    """And the functions are compared."""
    claims = WholeSite(ROOT, "").claims()
    statuses = [
        (one.answer.status, one.wanted)
        for verdict in claims.verdicts.values()
        for one in verdict.judged
    ]
    assert not any(one.wrong for verdict in claims.verdicts.values() for one in verdict.findings)
    assert statuses.count(("proved", False)) > 30
    assert statuses.count(("tested", False)) >= 4
    assert statuses.count(("refuted", True)) == 2
    assert statuses.count(("undecided", False)) == 2  # the slope of softplus, twice
    told = {status for status, wanted in statuses if not wanted}
    assert told == {"proved", "tested", "undecided"}
