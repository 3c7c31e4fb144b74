"""A page shows what checking its equations came to, and a wrong one stops it."""

import re
from pathlib import Path

import pytest
from markdown import Markdown

from truepage.engine.errors import PageError
from truepage.markdown import TruepageExtension
from truepage.markdown.project_site import ProjectSite

CODE = "def square(x):\n    return x * x\n"


@pytest.fixture
def convert(tmp_path: Path):
    """Convert a page of a project that has a function `own.code.square`."""
    (tmp_path / "pyproject.toml").write_text("[tool.truepage]\njobs = 1\n")
    (tmp_path / "src" / "own").mkdir(parents=True)
    (tmp_path / "src" / "own" / "code.py").write_text(CODE)

    def convert(text: str) -> str:
        extension = TruepageExtension(root=str(tmp_path), page="docs/page.md")
        return Markdown(extensions=[extension]).convert(text)

    return convert


def test_a_checked_equation_has_a_quiet_mark_that_says_what_was_done(convert):
    """Its name is a sentence; the notes are neither shown nor copied."""
    html = convert(
        "Twice $`x + x = 2x % check: identity; where: x \\in \\mathbb{R}`$.\n\n"
        "```math\n% label: eq-square\n% check: own.code.square(x)\nf(x) = x^2\n```\n"
    )
    words = "Checked by the build against own.code.square at 229 points, x from −256 to 256"
    assert f'aria-label="{words}"' in html
    assert 'class="truepage-checked truepage-inline"' in html
    assert "Checked by the build: both sides are equal at 229 points, x from −256 to 256" in html
    assert html.count("truepage-checked") == 2
    assert "✓" not in html  # it comes from the style: nobody copies it
    assert 'role="img"' in html  # no link: this page knows of no page about the code
    assert "check:" not in html
    assert "where" not in html
    assert '<annotation encoding="application/x-tex">x + x = 2x</annotation>' in html


SAME = "|x| = x"
HELD = "```math\n% check: identity\n% where: x \\in (0, 1)\n|x| = x\n```\n"


@pytest.mark.parametrize(
    ("text", "checked"),
    [
        (f"For every number $`{SAME}`$.\n\n{HELD}", [1]),
        (f"{HELD}\nFor every number $`{SAME}`$.\n", [0]),
        (f"```math\n{SAME}\n```\n\n{HELD}\n$`{SAME}`$\n", [1]),
        (f"$`{SAME}`$ and $`{SAME} % check: identity; where: x > 0`$\n", [1]),
        (f"    $`{SAME}`$\n\n<!-- $`{SAME}`$ -->\n\n`$` $`{SAME}`$\n\n{HELD}", [1]),
    ],
)
def test_the_mark_is_at_the_formula_that_was_checked(convert, text, checked):
    """Not at another that says the same."""
    html = convert(text)
    formulas = re.split(r'application/x-tex">', html)[1:]
    assert [at for at, rest in enumerate(formulas) if "truepage-checked" in rest] == checked
    assert html.count("truepage-checked") == 1


def test_a_refutation_names_the_line_of_its_own_formula(convert):
    """The same TeX stands above, in a sentence, and is held to nothing."""
    with pytest.raises(PageError) as error:
        convert("Not always: $`x^3`$.\n\n```math\n% check: own.code.square(x)\nx^3\n```\n")
    assert str(error.value).startswith("docs/page.md:5:1: the formula `x^3` is refuted")


def test_a_mark_in_a_heading_or_a_link_is_no_link(convert, monkeypatch):
    """Others make links of them, and a link may not stand in a link."""
    monkeypatch.setattr(ProjectSite, "code", lambda *_: "api.md#square")
    formula = "$`x^2 % check: own.code.square(x)`$"
    html = convert(f"# Of {formula}\n\nA [link {formula}](#a). And {formula}.\n")
    assert html.count('<span class="truepage-checked truepage-inline"') == 2
    assert html.count('class="truepage-checked truepage-inline" href="api.md#square"') == 1


def test_a_wrong_equation_stops_the_page_at_its_line(convert):
    """Display and inline, with line and column, both values and the edit."""
    with pytest.raises(PageError) as error:
        convert(
            "Text.\n\nInline $`y^2 = 2y % check: identity; where: y > 1`$.\n\n"
            "- Item:\n\n    ```math\n    % check: own.code.square(x)\n    x^3\n    ```\n"
        )
    message = str(error.value)
    assert "docs/page.md:3:10: the formula `y^2 = 2y` is refuted: at y = " in message
    assert "docs/page.md:9:5: the formula `x^3` is refuted: at x = " in message
    assert "own.code.square gives" in message
    assert "It holds with `2` in place of `3`." in message


def test_an_equation_that_is_not_understood_stops_the_page(convert):
    """The part is shown."""
    with pytest.raises(PageError, match=r"docs/page.md:3:1: .* is not understood: q stands for"):
        convert("```math\n% check: own.code.square(x)\nx + q\n```\n")


def test_a_formula_that_is_shown_because_it_is_wrong_carries_its_refutation(convert):
    """And it is an error if it holds."""
    fence = "```math\n% check: own.code.square(x)\n% refuted: an old mistake\n{}\n```\n"
    html = convert(fence.format("x^3"))
    assert 'class="truepage-equation truepage-refuted"' in html
    assert "docs/page.md:4:1: the formula `x^3` is refuted: at x = " in html
    assert "It holds with `2` in place of `3`." in html
    assert "truepage-checked" not in html
    with pytest.raises(PageError, match="said to be refuted, and it holds"):
        convert(fence.format("x^2"))


def test_definitions_of_other_pages_give_symbols_their_meaning(convert, tmp_path: Path):
    """A symbol of the site's table is what the page under docs/ says that its code is."""
    (tmp_path / "pyproject.toml").write_text(
        '[tool.truepage]\njobs = 1\n[tool.truepage.symbols]\ns = "own.code.square"\n'
    )
    page = (
        "```math\n% check: identity\n% where: x \\in \\mathbb{R}\ns(x + 1) = s(x) + 2x + 1\n```\n"
    )
    with pytest.raises(PageError, match="no equation defines that"):
        convert(page)
    (tmp_path / "docs").mkdir()
    definition = "```math\n% check: own.code.square(u)\ns(u) = u^2\n```\n"
    (tmp_path / "docs" / "other.md").write_text(definition)
    assert "truepage-checked" in convert(page)


def test_commands_of_the_project_and_of_the_page_are_set_and_checked(convert, tmp_path: Path):
    r"""Those in `pyproject.toml` everywhere; what `\gdef` defines after it on its page."""
    (tmp_path / "pyproject.toml").write_text(
        "[tool.truepage.macros]\n'\\twice' = '2 #1'\n'\\own' = 'f\\ofx'\n'\\ofx' = '(x)'\n"
    )
    html = convert(
        "Twice $`x + x = \\twice{x} % check: identity; where: x \\in \\mathbb{R}`$.\n\n"
        "```math\n\\gdef\\squared{^2}\n\\own\n```\n\n"
        "```math\n% check: own.code.square(x)\n\\own = x\\squared\n```\n"
    )
    assert html.count("truepage-checked") == 2
    assert "<mi>f</mi><mo stretchy" in html
    with pytest.raises(PageError, match=r"Undefined control sequence: \\squared"):
        convert("$`x\\squared`$\n\n$`\\gdef\\squared{^2}`$\n")
    with pytest.raises(PageError, match="refuted"):
        convert("$`x + x = \\twice{x} + 1 % check: identity; where: x > 0`$\n")
