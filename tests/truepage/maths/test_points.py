"""Equations are tried where formulas and code go wrong, and nowhere outside their domain."""

from fractions import Fraction
from math import inf, isfinite, nextafter

import numpy as np
import pytest

from truepage.maths.domains import Domain, Interval, read_domain
from truepage.maths.grids import grid, within
from truepage.maths.points import SAMPLES, Sampler
from truepage.maths.tokens import Unreadable
from truepage.maths.tree import tokens

UNIT = Domain(Interval(0, 1))


def domain(tex: str) -> Domain:
    """What an author would write behind ∈."""
    return read_domain(tokens(tex), lambda name: None)


def test_the_grid_has_the_places_where_code_fails():
    """Both zeros, subnormals, powers of two, the ends of e^x, both sides of a branch."""
    found = grid((Fraction(1, 4),), floats=True)
    assert str(found[0]) == "0.0"
    assert str(found[1]) == "-0.0"
    for place in (5e-324, 2.0**-60, 1024.0, 36.7, 709.7, 745.0, 1e300, 0.25):
        assert place in found
        assert -place in found or place == 0.25
    assert nextafter(0.25, inf) in found
    assert nextafter(0.25, -inf) in found
    assert all(map(isfinite, found))
    assert len(grid(floats=True)) == 355
    assert max(grid()) == 256


@pytest.mark.parametrize(
    ("tex", "inside", "outside"),
    [
        (r"(0, 1)", [0.5, 2.0**-60], [0, 1, -0.5]),
        (r"[0, 1]", [0, 1, 0.5], [-1e-9]),
        (r"(0, 1]", [1, 2.0**-30], [0]),
        (r"[0, \infty)", [0, 1e300], [-1]),
        (r"(-\infty, 0)", [-1e300, -5e-324], [0, 1]),
        (r"(-\tfrac{1}{2}, 3)", [1.25], [-0.5, 3, 4]),
    ],
)
def test_points_stay_in_their_interval(tex, inside, outside):
    """Open ends are approached and closed ones reached."""
    found = within(domain(tex).of, floats=True)
    assert len(found) > 200 or tex == r"(-\infty, 0)"
    for place in inside:
        assert place in found
    for place in outside:
        assert place not in found


def test_vectors_and_matrices_have_sizes_that_differ():
    """No index can stand for another; distributions have the sum 1 exactly."""
    variables = {
        "x": domain(r"\mathbb{R}^{n \times d}"),
        "y": domain(r"\{0, 1\}^n"),
        "p": domain(r"\Delta_K"),
        "k": domain(r"\{1, \dots, K\}"),
        "b": Domain(),
    }
    found = list(Sampler(variables, []).points())
    assert len(found) > SAMPLES
    assert max(one["n"] for one in found) > 4
    different = [one for one in found if one["n"] != one["d"]]
    assert len(different) >= SAMPLES / 2
    for one in found:
        assert one["x"].shape == (one["n"], one["d"])
        assert set(np.unique(one["y"])) <= {0, 1}
        assert one["p"].sum() == 1
        assert len(one["p"]) == one["K"]
        assert 1 <= one["k"] <= one["K"]
    again = list(Sampler(variables, []).points())
    assert all(np.array_equal(a["x"], b["x"]) for a, b in zip(found, again, strict=True))


def test_every_number_runs_over_its_domain():
    """The others have values of ordinary size, special ones too; no letter is only sampled."""
    found = list(Sampler({"x": Domain(), "a": Domain(Interval(0, inf)), "p": UNIT}, []).points())
    for name, ends in (("x", {-256.0, 256.0}), ("a", {256.0, 2.0**-10}), ("p", {2.0**-12})):
        assert ends <= {one[name] for one in found}
    assert {1.0, 0.5, 2.0} <= {one["a"] for one in found}


def test_elements_and_numbers_beside_vectors_run_over_their_domains():
    """Code that clips small probabilities in a vector is seen, and a scalar beside one."""
    found = list(Sampler({"p": domain("(0, 1)^n"), "a": UNIT}, []).points())
    assert min(one["p"].min() for one in found) < 0.001
    assert min(one["a"] for one in found) < 0.001


@pytest.mark.parametrize(
    "tex", [r"\mathbb{Q}", r"(1, 0)", r"(1, 2, 3)", r"\{1, \dots\}", r"[x, 1]"]
)
def test_other_domains_are_refused(tex):
    """With words, not with a guess."""
    with pytest.raises(Unreadable):
        domain(tex)
