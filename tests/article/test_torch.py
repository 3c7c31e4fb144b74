"""What the pages say about PyTorch, and that their PyTorch tabs compute what the NumPy tabs do.

Skipped where PyTorch is not installed, unless the environment variable REQUIRE_TORCH is set.
"""

import ast
import os
import re
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

if os.environ.get("REQUIRE_TORCH"):
    import torch
else:
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed: the PyTorch tabs of the pages are not run"
    )
from torch.nn import functional as F  # noqa: N812  # the name that all of PyTorch's users know

from neural.modern import gelu

DOCS = Path(__file__).parents[2] / "docs"
PYTHON = re.compile(
    r"^(?P<indent>[ ]*)```python\n(?P<code>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)


def listings(page: Path) -> list[str]:
    """Give the Python code in the fences of a page, but not the examples after `>>>`."""
    text = page.read_text(encoding="utf-8")
    codes = [textwrap.dedent(match["code"]) for match in PYTHON.finditer(text)]
    return [code for code in codes if ">>>" not in code]


def uses_torch(code: str) -> bool:
    """Tell whether code is for PyTorch."""
    return re.search(r"\btorch\b", code) is not None


TORCH_LISTINGS = [
    pytest.param(page, code, id=f"{page.relative_to(DOCS)}-{number}")
    for page in sorted(DOCS.rglob("*.md"))
    for number, code in enumerate(filter(uses_torch, listings(page)), start=1)
]


def run(code: str) -> dict[str, Any]:
    """Run a listing and give its names."""
    names: dict[str, Any] = {}
    exec(compile(code, "a listing", "exec"), names)  # noqa: S102  # the listing is ours
    return names


def test_every_activation_has_both_tabs() -> None:
    """Each page of an activation function has a listing for NumPy and one for PyTorch."""
    overviews = {"index.md", "compare.md"}
    pages = [page for page in sorted(DOCS.glob("activations/*.md")) if page.name not in overviews]
    assert len(pages) == 8
    for page in pages:
        kinds = {uses_torch(code) for code in listings(page)}
        assert kinds == {True, False}, page.name


@pytest.mark.parametrize(("page", "code"), TORCH_LISTINGS)
def test_both_tabs_compute_the_same(page: Path, code: str) -> None:
    """The `y` of a PyTorch tab is that of the NumPy tab before it, for the same `x`."""
    theirs = run(code)
    before = listings(page)[: listings(page).index(code)]
    numpy_code = [other for other in before if not uses_torch(other)][-1]
    ours = run(numpy_code)
    assert np.allclose(ours["x"], theirs["x"].numpy(), atol=1e-6)  # float64 and float32
    # The last statement of the NumPy tab, y = f(x), once more, for exactly PyTorch's x.
    last = ast.unparse(ast.parse(numpy_code).body[-1])
    assert last.startswith("y = ")
    ours["x"] = theirs["x"].numpy()
    exec(last, ours)  # noqa: S102  # the listing is ours
    eps = float(np.finfo(np.float32).eps)
    assert ours["y"].dtype == np.float32
    np.testing.assert_allclose(ours["y"], theirs["y"].numpy(), rtol=8 * eps, atol=8 * eps)


def test_functional_sigmoid_and_tanh_are_not_deprecated() -> None:
    """F.sigmoid and F.tanh warn of nothing, and are torch.sigmoid and torch.tanh.

    A warning would be an error here, as everywhere in these tests.
    """
    x = torch.arange(-5, 5, 0.1)
    assert torch.equal(F.sigmoid(x), torch.sigmoid(x))
    assert torch.equal(F.tanh(x), torch.tanh(x))
    for function in (F.sigmoid, F.tanh):
        assert "deprecat" not in str(function.__doc__).lower()


def test_parametric_relu_learns_its_slope_and_leaky_relu_does_not() -> None:
    """Leaky ReLU has no parameter. Parametric ReLU has one, which starts at 0.25."""
    assert list(torch.nn.LeakyReLU().parameters()) == []
    assert torch.nn.LeakyReLU().negative_slope == 0.01
    (weight,) = torch.nn.PReLU().parameters()
    assert weight.requires_grad
    assert weight.item() == 0.25


def test_a_weight_given_as_a_plain_tensor_is_a_constant() -> None:
    """F.prelu with torch.tensor(0.25) has no gradient to give the weight."""
    x, weight = torch.arange(-5, 5, 0.1), torch.tensor(0.25)
    assert not weight.requires_grad
    assert not F.prelu(x, weight).requires_grad


def test_softplus_of_pytorch_leaves_out_the_exponential_from_20_on() -> None:
    """The page of softplus says so, and how much that is."""
    x = torch.tensor([19.9, 20.1], dtype=torch.float64)
    exact = x + torch.log1p(torch.exp(-x))
    assert (F.softplus(x) == x).tolist() == [False, True]
    assert torch.equal(F.softplus(x, threshold=100), exact)
    assert round(float(exact[1] - x[1]), 10) == 1.9e-9


def test_gelu_of_pytorch_loses_digits_in_float32() -> None:
    """At −5 it is off by several per cent, as the page says; ours is not."""
    exact = F.gelu(torch.tensor(-5.0, dtype=torch.float64)).item()
    assert abs(F.gelu(torch.tensor(-5.0)).item() / exact - 1) > 0.02
    assert gelu(np.float32(-5)) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("function", [F.gelu, F.silu, F.mish])
def test_gelu_silu_and_mish_are_not_monotonic(function: Any) -> None:
    """Each of them falls and then rises, on the negative side."""
    left, dip, right = function(torch.tensor([-5.0, -1.0, 0.0], dtype=torch.float64))
    assert dip < left
    assert dip < right


@pytest.mark.parametrize(
    ("function", "slope_at_0"),
    [(F.relu, 0.0), (F.leaky_relu, 0.01), (torch.nn.PReLU(dtype=torch.float64), 0.25)],
    ids=["relu", "leaky_relu", "prelu"],
)
def test_slopes_at_the_kink(function: Any, slope_at_0: float) -> None:
    """At 0 PyTorch takes the slope of the negative side."""
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    function(x).sum().backward()
    assert x.grad is not None
    assert x.grad.item() == slope_at_0
