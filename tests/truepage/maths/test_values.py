"""Values on pages: what is read as a number, what is held to the code, and what is refused."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown import Markdown

from truepage.checking.function_calls import find_function
from truepage.checking.page_values import Computer, check_values
from truepage.engine.context import BuildContext
from truepage.engine.project import Project, find_project
from truepage.maths.values import (
    ExpressionError,
    Value,
    compute,
    filled,
    find_values,
    read,
    read_number,
    shown,
)

Make = Callable[[Mapping[str, str | bytes]], Path]

SOURCE = """
import os
from pathlib import Path

TABLE = [1, 2, 3.5]
_hidden = 1


def third(x, of=3):
    return x / of


def word():
    return "seven"


def read():
    return int(Path("data.txt").read_text())


def first(function, numbers):
    return function(numbers[0])


class Box:
    size = 4

    def __init__(self, content):
        self.content = content
"""


@pytest.fixture
def root(make: Make, warm_workers: None) -> Path:
    """A project with a module `lib` and a figures' module `numbers`."""
    return make(
        {
            "src/lib.py": SOURCE,
            "src/pack/__init__.py": "def inside(): return 5\n",
            "figures/facts.py": "def answer(): return 42\n",
            "data.txt": "12",
        }
    )


@pytest.fixture
def project(root: Path) -> Project:
    """The project itself."""
    return find_project(root)


def value(text: str) -> Value:
    """The one value in a piece of Markdown."""
    (found,) = find_values(text)
    return found


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("0.0066", Fraction(66, 10000), Fraction(1, 10000)),
        ("−0.5", Fraction(-1, 2), Fraction(1, 10)),
        ("-0.50", Fraction(-1, 2), Fraction(1, 100)),
        ("+3", Fraction(3), Fraction(1)),
        (".25", None, None),
        ("1.2e-5", Fraction(12, 10**6), Fraction(1, 10**6)),
        ("1.2E−5", Fraction(12, 10**6), Fraction(1, 10**6)),
        ("1.2 × 10⁻⁵", Fraction(12, 10**6), Fraction(1, 10**6)),
        ("9e-13", Fraction(9, 10**13), Fraction(1, 10**13)),
        ("95,615", Fraction(95615), Fraction(1)),
        ("9,56", None, None),
        ("25 %", Fraction(1, 4), Fraction(1, 100)),
        ("12.5%", Fraction(1, 8), Fraction(1, 1000)),
        ("½", Fraction(1, 2), Fraction(0)),
        ("−2¾", Fraction(-11, 4), Fraction(0)),
        ("1.5½", None, None),
        ("½e3", None, None),
        ("many", None, None),
        ("", None, None),
        ("1 2", None, None),
        ("٣", None, None),
        ("1e9999", None, None),
    ],
)
def test_what_is_read_as_a_number(
    text: str, number: Fraction | None, unit: Fraction | None
) -> None:
    """Its value, and the unit of its last digit; anything else is not a number."""
    assert read_number(text) == (None if number is None else (number, unit))


@given(st.floats(-1e5, 1e5), st.integers(0, 6))
def test_what_python_rounds_is_right_and_one_more_in_the_last_digit_is_not(
    number: float, places: int
) -> None:
    """Rounding to some places is Python's, which is exact."""
    text = f"{number:.{places}f}"
    assert shown(Value(0, 0, text, "e"), number) == (text, "")
    unit = Decimal(1).scaleb(-places)
    for wrong in (Decimal(text) + unit, Decimal(text) - unit):
        if abs(wrong - Decimal(number)) > unit * Decimal("0.51"):
            _, message = shown(Value(0, 0, f"{wrong:f}", "e"), number)
            right = message.removeprefix("value 'e' is ").split(",")[0].replace("−", "-")
            assert Decimal(right) == Decimal(text)


@pytest.mark.parametrize(
    ("text", "number", "right"),
    [
        ("0.0067", 0.006648056670790155, "0.0066"),
        ("0.007", 0.006648056670790155, ""),
        ("0.00664806", 0.006648056670790155, ""),
        ("0.00664805", 0.006648056670790155, "0.00664806"),
        ("−0.50", -0.4952, ""),
        ("0.50", -0.4952, "−0.50"),
        ("-0.51", -0.4952, "-0.50"),
        ("151", 150.4198970495757, "150"),
        ("1.3e-5", 1.24e-5, "1.2e−05"),
        ("9e-13", 0.25**20, ""),
        ("95,614", 95615, "95,615"),
        ("26 %", 0.25, "25 %"),
        ("25 %", 0.25, ""),
        ("½", 0.5, ""),
        ("½", 0.5000001, "0.5"),
        ("⅓", 1 / 3, ""),
        ("¼", 0.5, "½"),
        ("0.1", 0.15000000000000002, ""),  # a tie but for the last bit: both are right
        ("0.2", 0.15000000000000002, ""),
        ("0.1", 0.1501, "0.2"),
        ("2", 2.5, ""),
        ("3", 2.5, ""),
        ("12345678901234567891", 12345678901234567890, "12345678901234567890"),
    ],
)
def test_a_text_is_held_to_the_number(text: str, number: float, right: str) -> None:
    """As many digits as are shown, correctly rounded; a wrong text is told the right one."""
    words, message = shown(Value(0, 0, text, "f(1)"), number)
    assert words == text
    if right:
        assert message.startswith(f"value 'f(1)' is {right}, and the page says {text}.")
    else:
        assert message == ""


def test_what_is_filled_in_has_a_format() -> None:
    """A whole number needs none; a real minus sign is set, and per cent stands apart."""
    assert filled(-0.00664805, ".4f") == "−0.0066"
    assert filled(1e-7, ".1e") == "1.0e−07"
    assert shown(Value(0, 0, "", "f()", ".2f"), 2 / 3) == ("0.67", "")
    assert shown(Value(0, 0, "", "f()"), 7) == ("7", "")
    assert shown(Value(0, 0, "", "f()", ",d"), 95615.0) == ("95,615", "")
    assert "neither a text nor a format" in shown(Value(0, 0, "", "f()"), 0.5)[1]
    assert "a text and a format" in shown(Value(0, 0, "0.5", "f()", ".2f"), 0.5)[1]
    assert "expected a finite number" in shown(Value(0, 0, "0.5", "f()"), float("inf"))[1]
    assert "is not read as a number" in shown(Value(0, 0, "half", "f()"), 0.5)[1]


@pytest.mark.parametrize(
    ("text", "expression", "form"),
    [
        ("[1](value:f(1))", "f(1)", ""),
        ("[1](value:f((1,2)[0]))", "f((1,2)[0])", ""),
        ("[1](<value:f(1, 2) > 0>)", "f(1, 2) > 0", ""),
        ("[](value:f(1):.4f)", "f(1)", ".4f"),
        ("[](value:f(x[1:2])[0]:.1%)", "f(x[1:2])[0]", ".1%"),
        ("[1](value:x[1:2])", "x[1:2]", ""),
        ("[1](value:f(')'))", "f(')')", ""),
        ("[0.5\n](value:f(1)) text)", "f(1)", ""),
    ],
)
def test_where_an_address_ends(text: str, expression: str, form: str) -> None:
    """At the bracket that nothing in it has opened; quotes hide brackets."""
    found = value(text)
    assert (found.expression, found.format, found.fault) == (expression, form, "")


def test_what_is_no_value_is_left_alone() -> None:
    """Images, escaped brackets, other links."""
    assert not list(find_values(r"![1](value:f) \[1](value:f) [value:f](x) [1](values.md)"))
    assert "has no end" in value("[1](value:f(1\nand more)").fault
    assert "expected <…> around it: ](<value:f(1, 2)>)" in value("[1](value:f(1, 2))").fault


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("lib.third(1)", 1 / 3),
        ("lib.third(1, of=4) + 2**3 // 3", 2.25),
        ("lib.TABLE[2]", 3.5),
        ("sum(lib.TABLE[0:2])", 3),
        ("len([1, 2, 3]) * -1", -3),
        ("max(1, 2) % 2", 0),
        ("pack.inside()", 5),
        ("facts.answer()", 42),
        ("lib.first(lib.third, [9])", 3.0),
        ("lib.Box.size", 4),
        ("round(53 * math.log(2), 4)", 36.7368),
        ("lib.read()", 12),
        ("(2 < 3 <= 3) * 1", 1),
    ],
)
def test_what_is_computed(project: Project, expression: str, expected: float) -> None:
    """Names of the project's modules, numbers, lists, arithmetic, and a few functions."""
    outcome = Computer(BuildContext(project)).outcome(expression)
    assert (outcome.number, outcome.message) == (expected, "")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("", "not an expression"),
        ("1 +", "not an expression"),
        ("\0", "not an expression"),
        ("(" * 300 + ")" * 300, "characters"),
        ("lambda: 1", "may not stand in it"),
        ("[x for x in (1, 2)]", "may not stand in it"),
        ("f'{1}'", "may not stand in it"),
        ("(x := 1)", "may not stand in it"),
        ("1 if 2 else 3", "may not stand in it"),
        ("1 and 2", "may not stand in it"),
        ("{1: 2}", "may not stand in it"),
        ("b'x'", "may not stand in it"),
        ("1j", "may not stand in it"),
        ("1 @ 2", "may not stand in it"),
        ("1 << 99999", "may not stand in it"),
        ("lib.third(*[1])", "may not stand in it"),
        ("lib.third(**lib.TABLE)", "may not stand in it"),
        ("lib.third(1).real", "may not stand in it"),
        ("(1).__class__", "may not stand in it"),
        ("[].append(1)", "may not stand in it"),
        ("lib.third(1)(2)", "may not stand in it"),
        ("lib.__dict__", "underscore"),
        ("lib.third.__globals__", "underscore"),
        ("lib._hidden", "underscore"),
        ("__import__('os')", "underscore"),
        ("eval('1')", "'eval' is not known"),
        ("open('data.txt')", "'open' is not known"),
        ("getattr(lib, 'os')", "'getattr' is not known"),
        ("x", "'x' is not known"),
        ("os.getcwd()", "no module of the symbol 'os.getcwd'"),
        ("lib.os.getcwd()", "has no 'os'"),
        ("lib.Path", "is imported as 'pathlib.Path'"),
        ("lib.third.x", "has no 'x'"),
        ("lib", "'lib' is not known"),
        ("math.nothing", "math has no 'nothing'"),
        ("math.e.real", "math has no"),
        ("nowhere.f(1)", "no module of the symbol"),
    ],
)
def test_what_is_refused_before_anything_is_imported(
    project: Project, expression: str, words: str
) -> None:
    """No way leads from an expression to what the project does not define."""
    with pytest.raises(ExpressionError, match="(?s)" + ".*".join(words.split("|"))) as caught:
        read(expression, partial(find_function, project))
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "expression",
    ["9**9**9", "[0] * 10**9", "'a' * 10**9", "(-2)**99999", "'%d' % 1", "[1] + [2]"],
)
def test_arithmetic_that_would_fill_the_memory_is_refused(expression: str) -> None:
    """Powers of whole numbers have a limit; lists and texts are not added or repeated."""
    with pytest.raises(ExpressionError):
        compute(expression, {})


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("lib.word()", "its value is of type str; expected one real number"),
        ("lib.TABLE", "its value is of type list"),
        ("lib.third", "its value is of type function"),
        ("1 < 2", "its value is of type bool"),
        ("lib.third(1, of=0)", "ZeroDivisionError: division by zero\n    src/lib.py:10:"),
        ("lib.TABLE[9]", "IndexError: list index out of range"),
        ("10.0**999", "OverflowError"),
    ],
)
def test_what_has_no_number_says_so(project: Project, expression: str, words: str) -> None:
    """The author's own frames are shown; ours are not."""
    outcome = Computer(BuildContext(project)).outcome(expression)
    assert outcome.number is None
    assert outcome.message.startswith(words)
    assert "truepage" not in outcome.message


def test_a_value_is_computed_again_when_what_it_touched_changes_and_only_then(root: Path) -> None:
    """The promise that figures have."""
    texts = ["lib.third(9)", "lib.read()"]

    def numbers() -> list[float | None]:
        computer = Computer(BuildContext(find_project(root)))
        computer.prepare(texts)
        return [computer.outcome(text).number for text in texts]

    def traces() -> int:
        return sum(path.is_file() for path in (root / ".truepage/traces").rglob("*"))

    assert (numbers(), traces()) == ([3.0, 12], 2)
    assert (numbers(), traces()) == ([3.0, 12], 2)
    (root / "data.txt").write_text("13")
    assert (numbers(), traces()) == ([3.0, 13], 3)
    (root / "src/lib.py").write_text(SOURCE.replace("of=3", "of=1"))
    assert numbers() == [9.0, 13]
    (root / "src/lib.py").write_text(SOURCE.replace("return x / of", "return x / of  # same"))
    assert numbers() == [3.0, 13]


def test_a_page_shows_plain_numbers(root: Path) -> None:
    """No link, in headings, tables and lists; code is left alone; the search sees the number."""
    text = (
        "# Up [42](value:facts.answer())\n\n"
        "About [0.33](value:lib.third(1)), [](value:lib.third(2):.3f). `[1](value:lib.x)`\n\n"
        "    [1](value:lib.code)\n\n"
        "- [½](<value:lib.third(1, 2)>)\n\n"
        "| a |\n|---|\n| [3.50](value:lib.TABLE[2]) |\n"
    )
    markdown = Markdown(
        extensions=["truepage", "tables", "toc"], extension_configs={"truepage": {"root": root}}
    )
    html = markdown.convert(text)
    assert "<code>[1](value:lib.x)</code>" in html
    assert "[1](value:lib.code)" in html
    number = '<data class="truepage-value" title="computed by {}" value="{}">{}</data>'
    for parts in [
        ("facts.answer()", "42", "42"),
        ("lib.third(1)", "0.3333333333333333", "0.33"),
        ("lib.third(2)", "0.6666666666666666", "0.667"),
        ("lib.third(1, 2)", "0.5", "½"),
        ("lib.TABLE[2]", "3.5", "3.50"),
    ]:
        assert number.format(*parts) in html
    assert "<a " not in html
    assert markdown.toc_tokens[0]["name"] == "Up 42"  # type: ignore[attr-defined]


def test_a_wrong_text_stops_the_build_with_page_and_line(root: Path) -> None:
    """All of the page's problems at once, each with what is right."""
    text = (
        "Right [0.33](value:lib.third(1)).\n\nWrong [0.34](value:lib.third(1)).\n"
        "And [1](value:lib.gone()) and [2](value:lib.third(1, 2)).\n"
    )
    problems: list[str] = []
    Markdown(
        extensions=["truepage"],
        extension_configs={"truepage": {"root": root, "problems": problems, "page": "docs/a.md"}},
    ).convert(text)
    assert problems == [
        "docs/a.md:3: value 'lib.third(1)' is 0.33, and the page says 0.34. "
        "(More exactly: 0.333333333333.)",
        "docs/a.md:4: value 'lib.gone()': src/lib.py has no 'gone' for the symbol 'lib.gone'; "
        "it has: TABLE, _hidden, third, word, read, first, Box.",
        "docs/a.md:4: a value cannot be read: its address has a space in it, so that others who "
        "read Markdown see no link; expected <…> around it: ](<value:lib.third(1, 2)>).",
    ]


def test_the_command_and_the_page_find_the_same(project: Project) -> None:
    """`check_values` reads prose without Python-Markdown."""
    text = "\nOne [0.33](value:lib.third(1)), wrong [8](value:lib.read())\n[](value:1/4:.1%)"
    findings = check_values(Computer(BuildContext(project)), {"docs/a.md": text})
    assert [(finding.line, finding.tex, finding.message) for finding in findings] == [
        (2, "0.33", ""),
        (2, "8", "value 'lib.read()' is 12, and the page says 8. (More exactly: 12.)"),
        (3, "25.0 %", ""),
    ]
