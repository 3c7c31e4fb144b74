"""Equations are checked again exactly when their text, their symbols or their code changed."""

import time
from pathlib import Path

import pytest

from truepage.checking import equations, verifying
from truepage.checking.equations import EQUATIONS, check
from truepage.engine.context import BuildContext
from truepage.engine.project import Project, read_project
from truepage.maths.trial import Trial

CODE = "def square(x):\n    return x * x\n\n\ndef cube(x):\n    return x * x * x\n"
PAGE = """
```math
% check: own.code.square(x)
f(x) = x^2
```

```math
% check: identity
% where: x \\in \\mathbb{R}
f'(x) = 2x
```

```math
% check: own.code.cube(x)
g(x) = x^3
```
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with two functions."""
    (tmp_path / "pyproject.toml").write_text("[tool.truepage]\njobs = 1\n")
    (tmp_path / "src" / "own").mkdir(parents=True)
    (tmp_path / "src" / "own" / "__init__.py").write_text("")
    (tmp_path / "src" / "own" / "code.py").write_text(CODE)
    return read_project(tmp_path)


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The TeX of equations that are verified from here on."""
    found: list[str] = []
    original = Trial.verify

    def verify(self: Trial, *arguments: object, **named: object) -> object:
        found.append(self.problem.equation.tex)
        return original(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Trial, "verify", verify)
    return found


def statuses(project: Project, page: str = PAGE) -> list[str]:
    """Check a page in a new context, as a new process would."""
    return [one.status for one in check(BuildContext(project), {"docs/page.md": page})]


def test_what_has_not_changed_is_not_even_read(
    project: Project, verified: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time nothing is verified, and nothing read into terms."""
    first = statuses(project)
    assert first == ["checked"] * 3
    assert len(verified) == 3
    verified.clear()
    monkeypatch.setattr(verifying, "verify", None)
    assert statuses(project) == first
    assert not verified


def test_an_edit_of_one_equation_verifies_that_one(project: Project, verified: list[str]) -> None:
    """And those that use what it defines."""
    statuses(project)
    verified.clear()
    assert statuses(project, PAGE.replace("g(x) = x^3", "g(x) = x x^2")) == ["checked"] * 3
    assert verified == ["g(x) = x x^2"]
    verified.clear()
    assert statuses(project, PAGE.replace("f(x) = x^2", "f(x) = x x")) == ["checked"] * 3
    assert verified == ["f(x) = x x", "f'(x) = 2x"]


def test_one_page_is_held_to_the_definitions_of_others(project: Project) -> None:
    """Where they are refuted nothing that uses them is checked, whichever page is asked for."""
    file = project.root / "pyproject.toml"
    file.write_text(f"{file.read_text()}symbols = {{ h = 'own.code.square' }}\n")
    pages = {
        "docs/a.md": "```math\n% check: own.code.square(x)\nh(x) = x^2 + 1\n```\n",
        "docs/b.md": "$`h(1) = 2 % check: identity`$\n",
    }
    for text, status in (("x^2 + 1", "undecided"), ("x^2", "refuted")):
        pages["docs/a.md"] = pages["docs/a.md"].replace("x^2 + 1", text)
        context = BuildContext(read_project(project.root))
        assert [one.status for one in check(context, pages, ["docs/b.md"])] == [status]


def test_a_tolerance_that_is_taken_back_is_accepted_no_more(project: Project) -> None:
    """What the author accepts is part of what was asked, in both directions."""
    page = "```math\n% check: own.code.square(x)\n{}f(x) = x^2 + 10^{{-6}}\n```\n"
    for note, status in (("% tolerance: 1e-3\n", "checked"), ("", "refuted")) * 2:
        assert statuses(project, page.format(note)) == [status]


def test_an_edit_of_the_code_verifies_what_calls_it(project: Project, verified: list[str]) -> None:
    """A wrong one is refuted at once; a comment changes nothing."""
    statuses(project)
    verified.clear()
    path = project.root / "src/own/code.py"
    path.write_text(f"# Squares.\n{CODE}")
    assert statuses(project) == ["checked"] * 3
    assert not verified
    path.write_text(CODE.replace("x * x * x", "x * x + x"))
    assert statuses(project) == ["checked", "checked", "refuted"]
    assert set(verified) == {"g(x) = x^3"}
    path.write_text(CODE)
    verified.clear()
    assert statuses(project) == ["checked"] * 3
    assert not verified  # it is as it was before


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"0" * 64 + b"\n{}"])
def test_a_damaged_memory_is_none(project: Project, verified: list[str], damage: bytes) -> None:
    """Everything is verified again, and is what it was."""
    first = statuses(project)
    verified.clear()
    (project.cache_dir / EQUATIONS).write_bytes(damage)
    assert statuses(project) == first
    assert len(verified) == 3


def test_another_version_of_the_checker_verifies_again(
    project: Project, verified: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Verdicts depend on our own code, too."""
    statuses(project)
    verified.clear()
    monkeypatch.setattr("truepage.checking.function_calls.made_by", lambda: "another")
    assert statuses(project) == ["checked"] * 3
    assert len(verified) == 3


def test_code_that_cannot_be_run_is_told(project: Project) -> None:
    """An error in the module is no verdict: it is a message, and the next build tries again."""
    path = project.root / "src/own/code.py"
    path.write_text(f"import nothing_of_the_kind\n{CODE}")
    findings = equations.check(BuildContext(project), {"docs/page.md": PAGE})
    assert [one.status for one in findings] == ["undecided", "undecided", "undecided"]
    assert "ModuleNotFoundError" in findings[0].message
    path.write_text(CODE)
    assert statuses(project) == ["checked"] * 3


HOSTILE = {
    "deep": "(" * 3000 + "x" + ")" * 3000,
    "deeper": r"\frac{1}{" * 900 + "x" + "}" * 900,
    "long sum": r"\sum_{i=1}^{10^{12}} x",
    "nested sums": r"\sum_{i=1}^{9999} \sum_{j=1}^{9999} x",
    "tower": r"9^{9^{9^{9^{9}}}} x",
    "long": " + ".join(["x"] * 20_000),
    "unbalanced": r"\begin{cases} x",
    "nothing": " ",
    "macro": r"\def\a{\a\a}\a",
    "link": r"\href{javascript:alert(1)}{x}",
    "control": "x\0",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_formulas_are_errors_in_bounded_time(project: Project, name: str) -> None:
    """None is taken for true, none takes long, none brings the checker down."""
    page = (
        f"```math\n% check: identity\n% where: x \\in \\mathbb{{R}}\n{HOSTILE[name]} = x + 1\n```\n"
    )
    started = time.process_time()
    (found,) = check(BuildContext(project), {"docs/page.md": page})
    assert found.wrong
    assert time.process_time() - started < 10
