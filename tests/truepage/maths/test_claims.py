"""Claims on pages: tables, errors with page and line, comparisons, refutations."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from markdown import Markdown

from truepage.checking.claims import CLAIMS
from truepage.checking.site import Site
from truepage.cli import main

Make = Callable[[Mapping[str, str | bytes]], Path]

ROOT = Path(__file__).parents[3]

SOURCE = """
import numpy as np


def logistic(x):
    return 1 / (1 + np.exp(-np.abs(x))) * np.where(x < 0, np.exp(-np.abs(x)), 1)


def leaky(x, slope=0.1):
    return np.where(x > 0, x, slope * x)


def softplus(x):
    return np.logaddexp(0, x)
"""

PAGE = r"""
```math
% check: lib.logistic(x)
f(x) = \frac{1}{1 + e^{-x}}
```

```math
% check: lib.leaky(x, slope)
g(x) = \max(0, x) + \text{slope} \cdot \min(0, x)
```

```math
% check: lib.softplus(x)
s(x) = \log(1 + e^x)
```
"""


@pytest.fixture
def root(make: Make, warm_workers: None) -> Path:
    """A project with three functions."""
    return make({"src/lib.py": SOURCE})


def convert(root: Path, text: str) -> tuple[str, list[str]]:
    """A page's HTML, and the problems found on it."""
    problems: list[str] = []
    markdown = Markdown(
        extensions=["truepage", "tables"],
        extension_configs={
            "truepage": {"root": root, "problems": problems, "page": "docs/page.md"}
        },
    )
    return markdown.convert(text), problems


def fence(*lines: str) -> str:
    """A properties fence."""
    return "\n".join(["```properties", *lines, "```"])


def test_a_fence_becomes_a_table_that_says_what_was_found(root: Path) -> None:
    """A row for each claim: proved and tested are told apart, and the points are counted."""
    html, problems = convert(
        root,
        PAGE
        + fence(
            "lib.logistic(x)",
            "range: (0, 1)",
            "range in float64: [0, 1]",
            "monotone: increasing",
            "symmetry: point (0, 1/2)",
        ),
    )
    assert problems == []
    assert "<caption>Properties of <code>lib.logistic(x)</code></caption>" in html
    rows = re.findall(r'<th scope="row">(.*?)</th>.*?title="(.*?)">(.*?)</td>', html, re.DOTALL)
    proved = "Proved from the checked equation, for all numbers in [−50, 50]."
    assert rows[0][0] == "Range"
    assert rows[0][2] == "tested"
    assert rows[1][0] == "Range in float64"
    assert re.fullmatch(r"Holds at all \d{2,3},\d{3} tested floats, by the code\.", rows[1][1])
    assert rows[1][2] == "tested"
    assert rows[2] == ("Monotone", proved, "proved on [−50, 50]")
    assert '<annotation encoding="application/x-tex">(0, 1)</annotation>' in html


def test_a_wrong_claim_names_page_line_claim_place_and_what_holds(root: Path) -> None:
    """Each claim at its own line; the others are shown all the same."""
    text = PAGE + "\nSome words.\n\n" + fence(
        "lib.leaky(x, slope=0.5)", "range: [0, ∞)", "kinks: 0", "derivative range: {slope, 1}",
        "monotone: no", "monotone in float64: decreasing",
    )  # fmt: skip
    line = text.split("\n").index("```properties") + 1
    html, problems = convert(root, text)
    about = "of lib.leaky(x, slope=0.5) is refuted: "
    assert problems == [
        f"docs/page.md:{line + 2}: claim `range: [0, ∞)` {about}at −0.125 the value is −0.0625.",
        f"docs/page.md:{line + 5}: claim `monotone: no` of lib.leaky(x, slope=0.5) is undecided: "
        "it goes only one way between the tested points. "
        "Expected `(assumed)` after it, if you know that it holds.",
        f"docs/page.md:{line + 6}: claim `monotone in float64: decreasing` {about}"
        "the code gives 0 at 0 and 5e−324 at 5e−324.",
    ]
    assert html.count(">proved on [−50, 50]</td>") == 2


def test_what_is_undecided_stops_the_build_unless_the_author_takes_it_on(root: Path) -> None:
    """The word on the page is then the author's, and not the build's."""
    claim = "range: (−1/2, ∞)"
    _, problems = convert(root, PAGE + fence("lib.softplus(x)", claim))
    assert len(problems) == 1
    assert f"claim `{claim}` of lib.softplus(x) is undecided: " in problems[0]
    assert problems[0].endswith("Expected `(assumed)` after it, if you know that it holds.")
    html, problems = convert(root, PAGE + fence("lib.softplus(x)", f"{claim} (assumed)"))
    assert problems == []
    assert '"Not decided by the build; the author says so.">assumed<' in html
    _, problems = convert(root, PAGE + fence("lib.softplus(x)", "range: (1, ∞) (assumed)"))
    assert "is refuted" in problems[0]


def test_a_claim_in_the_reals_needs_a_checked_equation(root: Path) -> None:
    """And numbers for all of the letters in it."""
    _, problems = convert(root, fence("lib.logistic(x)", "range: (0, 1)"))
    assert "no equation of the site says what lib.logistic is in the reals" in problems[0]
    _, problems = convert(root, PAGE + fence("lib.leaky(x)", "kinks: 0"))
    assert "what slope is in the checked equation is not said" in problems[0]
    _, problems = convert(root, PAGE + fence("lib.leaky(x, slop=1)", "kinks: 0"))
    assert "slop is no letter of the function's checked equation" in problems[0]
    _, problems = convert(
        root, PAGE + fence("lib.leaky(x, slope=0.5)", "range in float64: (−∞, ∞)")
    )
    assert problems == []


def test_a_claim_needs_an_equation_that_holds(root: Path) -> None:
    """What is proved of a formula says nothing of code that gives other values."""
    claim = fence("lib.softplus(x)", "monotone: strictly increasing")
    wrong = "```math\n% check: lib.softplus(x)\ns(x) = x\n```\n\n"
    _, problems = convert(root, wrong + claim)
    words = "the equation that says what lib.softplus is in the reals is refuted"
    assert any(words in problem for problem in problems)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("% where: x \\in (0, 1)", "says it for x in (0, 1); expected a line `domain: (0, 1)`"),
        ("% where: x > 0", "holds under a condition, and not for all real numbers"),
        ("% where: x \\in \\{0, 1\\}", "holds under a condition, and not for all real numbers"),
    ],
)
def test_an_equation_that_holds_under_a_condition_says_nothing_of_all_numbers(
    root: Path, where: str, words: str
) -> None:
    """A claim about all real numbers is then undecided, and never refuted outside."""
    bounded = PAGE.replace("% check: lib.softplus(x)", f"% check: lib.softplus(x)\n{where}")
    _, problems = convert(root, bounded + fence("lib.softplus(x)", "range: (0, 1)"))
    assert words in problems[0]
    assert "is undecided" in problems[0]


def test_an_equation_of_some_numbers_is_enough_for_claims_about_these(root: Path) -> None:
    """Also where another letter has an interval, and its number lies in it."""
    bounded = PAGE.replace(
        "% check: lib.softplus(x)", "% check: lib.softplus(x)\n% where: x \\in (0, 9]"
    )
    claim = fence("lib.softplus(x)", "domain: (0, 9]", "monotone: strictly increasing")
    html, problems = convert(root, bounded + claim)
    assert problems == []
    assert "proved" in html
    _, problems = convert(root, bounded + claim.replace("(0, 9]", "[0, 9]"))
    assert "expected a line `domain: (0, 9]`" in problems[0]


def test_an_end_whose_digits_go_on_is_reached_where_values_turn(root: Path) -> None:
    """The logistic function has no greatest value, whatever its digits are."""
    _, problems = convert(root, PAGE + fence("lib.logistic(x)", "range: (0, 0.999…]"))
    assert "0.999… seems not to be reached" in problems[0]
    _, problems = convert(root, PAGE + fence("lib.logistic(x)", "range: (0, 0.999…)"))
    assert problems == []


def test_a_refuted_claim_shows_the_builds_own_message(root: Path) -> None:
    """And is an error if it is not refuted."""
    refuted = ("% refuted: as the post has it", "lib.logistic(x)")
    html, problems = convert(root, PAGE + fence(*refuted, "domain: [−50, 50]", "range: [0, 1]"))
    assert problems == []
    assert "<del>" in html
    line = PAGE.count("\n") + 5
    assert (
        f"<code>docs/page.md:{line}: claim `range: [0, 1]` of lib.logistic(x) is refuted: "
        "0 is never reached."
    ) in html
    _, problems = convert(root, PAGE + fence(*refuted, "kinks: none"))
    assert problems[0].endswith(
        "claim `kinks: none` of lib.logistic(x) is not refuted, though the page says so: "
        "it is proved."
    )


def test_a_comparison_is_made_of_claims_that_hold(root: Path) -> None:
    """A missing one is an error; one that the page shows as wrong does not count."""
    claims = "\n\n".join(
        [
            fence("lib.logistic(x)", "range: (0, 1)", "kinks: none"),
            fence("lib.leaky(x, slope=0.5)", "range: (−∞, ∞)"),
            fence("% refuted:", "lib.leaky(x, slope=0.5)", "kinks: none"),
        ]
    )
    table = fence(
        "compare: range, kinks",
        "[Logistic](logistic.md): lib.logistic(z)",
        "lib.leaky(x, slope=1/2)",
    )
    text = PAGE + claims + "\n\n" + table
    html, problems = convert(root, text)
    line = text.split("\n").index("lib.leaky(x, slope=1/2)") + 1
    assert problems == [
        f"docs/page.md:{line}: no page claims a `kinks` of lib.leaky(x, slope=1/2) that holds; "
        "expected one in a properties fence."
    ]
    assert '<th scope="row"><a href="logistic.md">Logistic</a></th>' in html
    assert '<th scope="col">Kinks</th>' in html
    assert (
        "<caption>Entries are tested or proved on [−50, 50]; the pages of the functions say which"
        "</caption>" in html
    )
    assert html.count("<td title=") == 3


@pytest.mark.parametrize("frame", ["{}", "> {}", "- item\n\n    {}", "!!! note\n\n    {}"])
def test_a_fence_may_stand_wherever_a_fence_may(root: Path, frame: str) -> None:
    """In quotes, lists and admonitions; lines in messages stay right."""
    before, _, _ = frame.partition("{}")
    indent = before.rpartition("\n")[2]
    body = fence("lib.logistic(x)", "range: (0, 1)", "kinks: 7").replace("\n", f"\n{indent}")
    text = PAGE + "\n" + before + body
    problems: list[str] = []
    html = Markdown(
        extensions=["truepage", "admonition"],
        extension_configs={"truepage": {"root": root, "problems": problems, "page": "p.md"}},
    ).convert(text)
    assert html.count("<table>") == 1
    line = next(at for at, one in enumerate(text.split("\n"), 1) if "kinks: 7" in one)
    assert problems == [
        f"p.md:{line}: claim `kinks: 7` of lib.logistic(x) is refuted: it has no kink at 7."
    ]


def test_the_same_fence_twice_is_judged_once_and_reported_at_both_places(root: Path) -> None:
    """Its lines are counted from each of its first lines."""
    twice = fence("lib.logistic(x)", "range in float64: (0, 1)", "range: [0, 1)")
    text = f"{PAGE}\n{twice}\n\nWords.\n\n{twice}"
    _, problems = convert(root, text)
    starts = [at for at, line in enumerate(text.split("\n"), 1) if line == "```properties"]
    lines = [int(problem.split(":")[1]) for problem in problems]
    assert sorted(lines) == [start + more for start in starts for more in (2, 3)]


def test_the_command_lists_claims_and_values_and_fails_for_a_wrong_one(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With page, line, status and what it was held to; comparisons are not counted twice."""
    page = root / "docs/page.md"
    page.parent.mkdir()
    claims = fence(
        "lib.logistic(x)", "range: (0, 1)", "range in float64: [0, 1]", "kinks: none (assumed)"
    )
    soft = fence("lib.softplus(x)", "continuous: everywhere (assumed)")
    table = fence("compare: range", "lib.logistic(x)")
    text = f"---\ntitle: x\n---\n{PAGE}\n{claims}\n\n{soft}\n\n{table}\n\n"
    page.write_text(text + "Half is [0.5](value:lib.logistic(0)).\n")
    assert main(["--root", str(root), "equations", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = [(one["line"], one["status"], one["against"]) for one in found if one["name"][0] in "cv"]
    start = text.split("\n").index("```properties") + 1
    assert rows == [
        (start + 2, "tested", "lib.logistic"),
        (start + 3, "tested", "lib.logistic"),
        (start + 4, "proved", "lib.logistic"),
        (start + 9, "proved", "lib.softplus"),
        (text.count("\n") + 1, "computed", "lib.logistic(0)"),
    ]
    page.write_text(text.replace("(0, 1)", "(0, 2)") + "Half is [0.6](value:lib.logistic(0)).\n")
    assert main(["--root", str(root), "equations", "page.md"]) == 1
    said = capsys.readouterr()
    assert f"docs/page.md:{start + 2}: claim `range: (0, 2)` of lib.logistic(x) is und" in said.err
    assert "no page claims a `range` of lib.logistic(x) that holds" in said.err
    assert "value 'lib.logistic(0)' is 0.5, and the page says 0.6." in said.err


def test_a_comparison_says_no_more_than_was_found(root: Path) -> None:
    """What was tested, or assumed by the author, is not called proved."""
    claims = fence(
        "lib.logistic(x)", "range in float64: [0, 1]", "range: (0, 1)", "kinks: none (assumed)"
    )
    soft = fence("lib.softplus(x)", "kinks: none (assumed)")
    tables = [
        fence("compare: range in float64", "lib.logistic(x)"),
        fence("compare: range, range in float64", "lib.logistic(x)"),
        fence("compare: kinks", "lib.logistic(x)", "lib.softplus(x)"),
    ]
    html, problems = convert(root, "\n\n".join([PAGE, claims, soft, *tables]))
    assert problems == []
    assert re.findall(r"<caption>(E.*?)</caption>", html) == [
        "Each entry is tested on the page of its function",
        "Each entry is tested on the page of its function",
        "Each entry is proved on [−50, 50] on the page of its function",
    ]


def test_a_comparison_finds_claims_of_other_pages(root: Path) -> None:
    """Without a host that knows the site: those under docs/."""
    (root / "docs").mkdir()
    claims = fence("lib.logistic(x)", "range: (0, 1)")
    (root / "docs/other.md").write_text(PAGE + claims)
    html, problems = convert(root, fence("compare: range", "lib.logistic(x)"))
    assert problems == []
    assert '<annotation encoding="application/x-tex">(0, 1)</annotation>' in html


def test_a_fence_that_is_no_fence_says_so(root: Path) -> None:
    """Options, and a fence that nothing closes."""
    _, problems = convert(root, '```properties title="x"\nlib.logistic(x)\nkinks: none\n```')
    assert "a properties fence has more than `properties`" in problems[0]
    _, problems = convert(root, "```properties\nlib.logistic(x)\nkinks: none\n")
    assert "a properties fence is never closed" in problems[0]


def test_proofs_are_kept_until_the_claim_or_the_equation_changes(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second build proves nothing, and does not read the equations anew."""
    proved: list[str] = []
    asked: list[str] = []
    from truepage.maths.claims import curve

    prove, formula_of = curve.prove, Site.formula_of
    monkeypatch.setattr(
        curve,
        "prove",
        lambda claims, *rest: (proved.extend(c.text for c in claims), prove(claims, *rest))[1],
    )
    monkeypatch.setattr(
        Site,
        "formula_of",
        lambda self, name: (asked.append(name), formula_of(self, name))[1],
    )

    def build(page: str, *lines: str) -> tuple[list[str], int]:
        proved.clear()
        asked.clear()
        assert convert(root, page + fence(*lines))[1] == []
        return list(proved), len(asked)

    logistic = ("lib.logistic(x)", "range: (0, 1)")
    assert build(PAGE, *logistic) == (["range: (0, 1)"], 2)
    assert build(PAGE, *logistic) == ([], 0)
    assert build(PAGE + "More words.\n\n", *logistic) == ([], 0)
    assert build(PAGE, *logistic, "kinks: none") == (["kinks: none"], 1)
    other = PAGE.replace(r"\log(1 + e^x)", r"\log(e^x + 1)")
    assert build(other, *logistic) == ([], 1)  # another equation: this one is looked at again
    same = PAGE.replace(r"1 + e^{-x}", r"e^{-x} + 1")
    assert build(same, *logistic) == (["range: (0, 1)"], 2)
    (root / ".truepage" / CLAIMS).write_bytes(b"damaged")
    assert build(PAGE, *logistic) == (["range: (0, 1)"], 2)
