"""The language of `properties` fences: what is read, what is refused, and how it is shown."""

from fractions import Fraction

import pytest

from truepage.maths.claims.derivatives import ZeroGradient
from truepage.maths.claims.fence import read_comparing, read_properties, shown, title
from truepage.maths.claims.ranges import Range
from truepage.maths.claims.reals import ClaimError
from truepage.maths.claims.symmetry import Symmetry


def read(*lines: str) -> list[str]:
    """What a page shows of claims about f(z) with the parameter a = 0.01."""
    fence = read_properties(["neural.f(z, a=0.01)", *lines])
    return [shown(claim, fence.subject) for claim in fence.claims]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("range: (0, 1)", "$`(0, 1)`$"),
        ("range: [0, ∞)", "$`[0, \\infty)`$"),
        ("range: (-\\infty, inf)", "$`(-\\infty, \\infty)`$"),
        ("range: {0, 1}", "$`\\{0, 1\\}`$"),
        ("range: [−0.278…, ∞)", "$`[-0.278\\ldots, \\infty)`$"),
        ("derivative range: {a, 1}", "$`\\{0.01, 1\\}`$"),
        ("derivative range: (0, 1/4]", "$`(0, \\tfrac{1}{4}]`$"),
        ("derivative range: (0, ¼]", "$`(0, \\tfrac{1}{4}]`$"),
        (
            "limits: 0 at −∞, 1 at ∞",
            "$`0`$ as $`z \\to -\\infty`$, $`1`$ as $`z \\to \\infty`$",
        ),
        ("monotone: strictly increasing", "strictly increasing"),
        ("symmetry: odd", "odd: about the origin"),
        ("symmetry: point (0, 1/2)", "about $`(0, \\tfrac{1}{2})`$"),
        ("symmetry: point (0, ½) except at 0", "about $`(0, \\tfrac{1}{2})`$, but for $`z = 0`$"),
        ("symmetry: none", "none about $`z = 0`$"),
        ("continuous: everywhere", "everywhere"),
        ("continuous: except at 0, 1", "everywhere, but for $`z = 0, 1`$"),
        ("kinks: none", "none"),
        ("kinks: 0", "at $`z = 0`$"),
        ("derivative: >= 0", "never negative where it exists"),
        ("zero gradient: for z <= 0", "for $`z \\le 0`$"),
        ("zero gradient: nowhere", "nowhere"),
        (
            "saturates in float64: 0 up to −745.13, 1 from 36.74",
            "$`0`$ up to $`z = -745.13`$, $`1`$ from $`z = 36.74`$ on",
        ),
    ],
)
def test_what_is_read_and_how_a_page_shows_it(line: str, words: str) -> None:
    """ASCII and real signs say the same."""
    assert read(line) == [words]


def test_what_the_parts_of_a_claim_are() -> None:
    """Numbers are exact; digits that go on have a width; a parameter stands for its number."""
    fence = read_properties(
        [
            "% a comment",
            "neural.losses.f(z, a=0.01, b=-2)",
            "",
            "range: [−0.278…, a)",
            "range in float64: {0.1, 1/3}  (assumed)",
            "symmetry: even except at 2",
            "zero gradient: at z = 1",
        ]
    )
    assert fence.subject.function == "neural.losses.f"
    assert {name: n.value for name, n in fence.subject.arguments.items()} == {
        "a": Fraction(1, 100),
        "b": Fraction(-2),
    }
    first, second, third, fourth = fence.claims
    assert isinstance(first.property, Range)
    assert first.property.interval
    interval = first.property.interval
    low, high = interval.low, interval.high
    assert (low.value, low.unit) == (Fraction(-278, 1000), Fraction(1, 1000))
    assert (high.value, high.unit) == (Fraction(1, 100), 0)
    assert (interval.low_closed, interval.high_closed) == (
        True,
        False,
    )
    assert (first.floats, first.assumed, first.line) == (False, False, 4)
    assert (second.floats, second.assumed) == (True, True)
    assert isinstance(second.property, Range)
    assert [n.value for n in second.property.values] == [Fraction(1, 10), Fraction(1, 3)]
    assert isinstance(third.property, Symmetry)
    assert third.property.excepted[0].value == 2
    assert isinstance(fourth.property, ZeroGradient)
    assert fourth.property.relation == "="


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("rnge: (0, 1)", "no property is named 'rnge'; did you mean 'range'?"),
        ("colour: red", "there are: range, limits,"),
        ("range (0, 1)", "is not a claim; expected one like"),
        ("range: 0 to 1", "is not a set of numbers"),
        ("range: (1, 0)", "is empty"),
        ("range: [0, 0]", "is empty"),
        ("range: [0, ∞]", "has ∞ for an element"),
        ("range: (0, 1", "is not a set of numbers"),
        ("range: (0, one)", "'one' is not a number"),
        ("range: (0, 1/0)", "'1/0' is not a number"),
        ("range: (0, 1, 2)", "is not a set of numbers"),
        ("range: (0, __import__)", "is not a number"),
        ("limits: 0", "is not a limit"),
        ("limits: 0 at nowhere", "'nowhere' is not a number"),
        ("monotone: rising", "'rising' is unknown; expected one of increasing"),
        ("symmetry: mirror", "is no symmetry"),
        ("symmetry: point 0, 1", "is no symmetry"),
        ("continuous: yes", "expected `everywhere`"),
        ("kinks: some", "'some' is not a number"),
        ("derivative: (0, 1)", "is no sign"),
        ("zero gradient: for x < 0", "is no part of the line"),
        ("zero gradient: for z << 0", "is no part of the line"),
        ("saturates: 1 from 36", "expected `saturates in float64"),
        ("saturates in float64: 36", "is no saturation"),
        ("kinks in float64: none", "'kinks' cannot be claimed in float64"),
    ],
)
def test_what_is_not_understood_is_an_error_that_says_what_is(line: str, words: str) -> None:
    """Never a guess."""
    with pytest.raises(ClaimError) as caught:
        read("kinks: none" if "kinks" not in line else "range: (0, 1)", line)
    assert words in str(caught.value)
    assert caught.value.line == 3


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "it is empty"),
        (["% only a comment"], "it is empty"),
        (["neural.f(z)"], "it claims nothing"),
        (["f(z)", "kinks: none"], "is not a function with its variable"),
        (["neural.f", "kinks: none"], "is not a function with its variable"),
        (["neural.f(z, 3)", "kinks: none"], "is not a function with its variable"),
        (["neural.f(z, a=big)", "kinks: none"], "'big' is not a number"),
        (["neural.f(z, a=∞)", "kinks: none"], "expected a finite number"),
        (["neural.f(z)", "kinks: none", "kinks: 0"], "a second claim of its kind"),
        (["neural.f(z)", "range: (0, 1)" + " " * 99_999 + "x"], "expected 400 at most"),
    ],
)
def test_a_fence_says_whom_it_is_about_and_claims_something_once(
    lines: list[str], words: str
) -> None:
    """The function first, then claims."""
    with pytest.raises(ClaimError) as caught:
        read_properties(lines)
    assert words in str(caught.value)


def test_a_claim_may_be_made_in_the_reals_and_in_float64() -> None:
    """Both are shown, under names of their own."""
    fence = read_properties(["neural.f(z)", "range: (0, 1)", "range in float64: [0, 1]"])
    assert [title(type(c.property), floats=c.floats) for c in fence.claims] == [
        "Range",
        "Range in float64",
    ]


def test_a_comparison_names_columns_and_functions() -> None:
    """A row has a title, which may be a link; arguments tell functions apart."""
    table = read_comparing(
        [
            "compare: range, saturates in float64",
            "[Sigmoid](sigmoid.md): neural.sigmoid(x)",
            "neural.prelu(z, a=0.25)",
        ]
    )
    assert [(c.property.name, c.floats) for c in table.columns] == [
        ("range", False),
        ("saturates", True),
    ]
    assert [(row.title, row.subject.key) for row in table.rows] == [
        ("[Sigmoid](sigmoid.md)", "neural.sigmoid()"),
        ("neural.prelu(z, a=0.25)", "neural.prelu(a=1/4)"),
    ]
    for wrong in (["compare: colour", "neural.f(x)"], ["compare: range"], ["compare: range", "f"]):
        with pytest.raises(ClaimError):
            read_comparing(wrong)


@pytest.mark.parametrize(
    ("domain", "line", "words"),
    [
        ("(0, ∞)", "kinks: −1", "−1 is not in the domain (0, ∞)"),
        ("(0, ∞)", "continuous: except at 0", "0 is not in the domain"),
        ("(0, ∞)", "zero gradient: for z < −1", "−1 is not in the domain"),
        ("(0, ∞)", "symmetry: odd", "is not symmetric about 0"),
        ("(0, ∞)", "symmetry in float64: even", "is not symmetric about 0"),
        ("(0, 1)", "limits: 0 at ∞", "∞ is not at the domain"),
        ("(0, 1)", "limits: 0 at 2", "2 is not at the domain"),
        ("(0, 2) ∪ [1, 3]", "kinks: none", "(0, 2) and [1, 3] meet"),
        ("", "kinks: ∞", "'∞' is no place"),
        ("", "kinks: 1.4…", "'1.4…' is no place"),
        ("", "symmetry: point (∞, 0)", "is no point"),
        ("", "limits in float64: 0 at 0", "expected one at −∞ or ∞"),
    ],
)
def test_places_must_be_numbers_in_the_domain(domain: str, line: str, words: str) -> None:
    """Where nothing is claimed nothing can be found."""
    with pytest.raises(ClaimError) as caught:
        read_properties(["neural.f(z)", *[f"domain: {domain}"] * bool(domain), line])
    assert words in str(caught.value)


def test_a_domain_may_be_a_union() -> None:
    """As the hints for 1/x say."""
    fence = read_properties(["neural.f(z)", "domain: (0, ∞) ∪ (−∞, 0)", "limits: 0 at ∞"])
    assert shown(fence.claims[0], fence.subject).endswith(
        "for $`z \\in (-\\infty, 0) \\cup (0, \\infty)`$"
    )
