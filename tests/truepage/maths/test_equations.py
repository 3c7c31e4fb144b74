"""Equations are held to code: right ones pass, wrong ones are refuted at the right point."""

import json
from pathlib import Path

import pytest

from truepage.checking.equations import check
from truepage.checking.findings import Finding
from truepage.checking.formulas import find_equations
from truepage.cli import main
from truepage.engine.context import BuildContext
from truepage.engine.project import Project, read_project

CODE = """
import numpy as np


def sigmoid(z):
    return np.where(z >= 0, 1, np.exp(-abs(z))) / (1 + np.exp(-abs(z)))


def sigmoid_derivative(z):
    e = np.exp(-abs(z))
    return e / (1 + e) ** 2


def naive_derivative(z):
    return sigmoid(z) * (1 - sigmoid(z))


def naive_tanh(x):
    return 2 / (1 + np.exp(-2 * x)) - 1


def relu(x):
    return np.maximum(0, x)


def relu_derivative(x):
    return np.where(x > 0, 1.0, 0.0)


def slope(x, *, a=0.25):
    return np.where(x > 0, 1.0, a)


def step(x):
    return np.where(x > 0, 1.0, 0.0)


def square(x):
    return x * x


def root(x):
    if x < 0:
        raise ValueError("no root")
    return np.sqrt(x)


def linear(w, x, b):
    return x @ w + b


def loss(y, w, x, b):
    return np.mean((y - linear(w, x, b)) ** 2)


def products(y, x):
    return np.sum(np.multiply(y, x))


def gradient(y, w, x, b):
    return 2 * (linear(w, x, b) - y) @ x / len(y)


def running(y_0, x):
    found = []
    for one in x:
        y_0 = y_0 / 2 + one
        found.append(y_0)
    return np.array(found)


def wrong_shape(x):
    return np.array([x, x])
"""

HEAD = r"""# Definitions

```math
% label: eq-sigmoid
% check: own.code.sigmoid(z)
\sigma(z) = \frac{1}{1 + e^{-z}}
```

```math
% label: eq-loss
% check: own.code.loss(y, w, x, b)
% where: z_i = \sum_j w_j x_{ij} + b; y \in \mathbb{R}^n
% where: x \in \mathbb{R}^{n \times d}; w \in \mathbb{R}^d
L = \frac{1}{n} \sum_{i=1}^{n} (y_i - z_i)^2
```
"""

GRADIENT = r"""% check: own.code.gradient(y, w, x, b)
\frac{\partial L}{\partial w_j} = """

RELU = r"""% check: own.code.relu_derivative(x)
% where: f(x) = \max(0, x)
f'(x) = """

# Name → what stands in the fence, the status, and words of the message.
CASES: dict[str, tuple[str, str, list[str]]] = {
    "derivative": (
        "% check: own.code.sigmoid_derivative(z)\n\\sigma'(z) = \\sigma(z) (1 - \\sigma(z))",
        "checked", [],
    ),
    "derivative-sign": (
        "% check: own.code.sigmoid_derivative(z)\n\\sigma'(z) = -\\sigma(z) (1 - \\sigma(z))",
        "refuted",
        ["at z = 0 ", "is 0.25", "is −0.25", "It holds without the minus sign"],
    ),
    "derivative-factor": (
        "% check: own.code.sigmoid_derivative(z)\n\\sigma'(z) = 2 \\sigma(z) (1 - \\sigma(z))",
        "refuted", ["It holds without the factor `2`"],
    ),
    "vectors-by-their-sum": (
        # Nothing says that y and x are vectors but the sum that runs over their elements.
        "% check: own.code.products(y, x)\n% where: a = 1\nS = a \\sum_{i=1}^{n} y_i x_i",
        "checked", [],
    ),
    "vectors-by-their-sum-wrong": (
        "% check: own.code.products(y, x)\nS = \\sum_{i=1}^{n} y_i x_i^2",
        "refuted", ["at n = "],
    ),
    "no-vector-without-its-sum": (
        "% check: own.code.products(y, x)\nS = \\sum_{i=2}^{n} y_i x_i",
        "not understood", ["n stands for nothing here"],
    ),
    "prime-lost": (
        "% check: own.code.sigmoid_derivative(z)\n\\sigma(z) = \\sigma(z) (1 - \\sigma(z))",
        "refuted", ["It holds with `\\sigma'(z)` in place of `\\sigma(z)`"],
    ),
    "code-loses-digits": (
        # s (1 − s) keeps 9 digits up to z = 16 or so; at 36.7 it is off by 10 %.
        "% check: own.code.naive_derivative(z)\n\\sigma'(z) = \\sigma(z) (1 - \\sigma(z))",
        "refuted", ["own.code.naive_derivative gives"],
    ),
    "code-cancels": (
        # Near 0 it loses all digits: beyond what data reach, so an accuracy asks for it.
        "% check: own.code.naive_tanh(x)\n% accuracy: 9 ulp\n"
        "\\tanh(x) = \\frac{2}{1 + e^{-2x}} - 1",
        "refuted", ["own.code.naive_tanh gives 0", "at x = "],
    ),
    "identity": ("% check: identity\n\\sigma(-z) = 1 - \\sigma(z) \\quad \\text{for } z < 99\n"
                 "% where: z \\in \\mathbb{R}", "checked", []),
    "identity-wrong": (
        "% check: identity\n% where: z \\in \\mathbb{R}\n\\sigma(-z) = 1 + \\sigma(z)",
        "refuted", ["at z = 0 `\\sigma(-z)` is 0.5, `1 + \\sigma(z)` is 1.5",
                    "It holds with a minus sign before `\\sigma(z)`"],
    ),
    "gradient": (GRADIENT + r"-\frac{2}{n} \sum_{i=1}^{n} (y_i - z_i) x_{ij}", "checked", []),
    "gradient-sign": (
        GRADIENT + r"\frac{2}{n} \sum_{i=1}^{n} (y_i - z_i) x_{ij}",
        "refuted", ["It holds with a minus sign before"],
    ),
    "gradient-index": (
        GRADIENT + r"-\frac{2}{n} \sum_{i=1}^{n} (y_i - z_i) x_{ji}",
        "refuted", ["It holds with `x_{ij}` in place of `x_{ji}`"],
    ),
    "gradient-bound": (
        GRADIENT + r"-\frac{2}{n} \sum_{i=2}^{n} (y_i - z_i) x_{ij}",
        "refuted", ["It holds with the bound `2 - 1`"],
    ),
    "kink": (
        RELU + r"\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{if } x < 0 \end{cases}",
        "checked", [],
    ),
    "kink-included": (
        RELU + r"\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{if } x \le 0 \end{cases}",
        "refuted", ["at x = 0 ", "undefined: the slope is 0 from the left and 1 from the right",
                    "It holds with `x < 0` in place of"],
    ),
    "gap": (
        RELU + r"\begin{cases} 1 & \text{if } x > 1 \\ 0 & \text{if } x < 0 \end{cases}",
        "refuted", ["no case applies"],
    ),
    "jump": (
        "% check: own.code.step(x)\n% where: s(x) = \\begin{cases} 1 & x > 0 \\\\ 0 & x \\le 0 "
        "\\end{cases}\ns'(x) = 0", "refuted", ["undefined: there is a jump"],
    ),
    "keyword": (
        "% check: own.code.slope(x, a=0.25)\n\\begin{cases} 1 & \\text{if } x > 0 \\\\ \\frac{1}{4}"
        " & \\text{otherwise} \\end{cases}", "checked", [],
    ),
    "matrix": (
        "% check: own.code.linear(w, x, b)\n% where: X \\in \\mathbb{R}^{n \\times d}; "
        "x = X; w \\in \\mathbb{R}^d\nX \\mathbf{w} + b", "checked", [],
    ),
    "recurrence": (
        "% check: own.code.running(y_0, x)\n% where: x \\in \\mathbb{R}^T\n"
        "y_t = \\tfrac{1}{2} y_{t-1} + x_t", "checked", [],
    ),
    "recurrence-later": (
        "% check: own.code.running(y_0, x)[2]\n% where: x \\in \\mathbb{R}^3\n"
        "y_3 = \\frac{y_0}{8} + \\frac{x_1}{4} + \\frac{x_2}{2} + x_3", "checked", [],
    ),
    "recurrence-wrong": (
        "% check: own.code.running(y_0, x)\n% where: x \\in \\mathbb{R}^T\n"
        "y_t = \\tfrac{1}{2} y_{t-1} + x_{t-1}", "refuted", ["array of shape (2,)"],
    ),
    "inequality": (
        "% check: identity\n% where: t \\in (0, \\infty)\n\\log t \\le t - 1", "checked", [],
    ),
    "inequality-wrong": (
        "% check: identity\n% where: t \\in (0, \\infty)\n\\log t < t - 1", "refuted",
        ["at t = 1 ", "`\\log(t)` is 0, `t - 1` is 0", "It holds with `\\le` in place of `<`"],
    ),
    "digits": ("% check: identity\n54 \\log 2 \\approx 37.43", "checked", []),
    "digits-wrong": (
        "% check: identity\n54 \\log 2 \\approx 37.44", "refuted", ["is 37.4299"],
    ),
    "domain-missing": (
        "% check: own.code.root(x)\n\\sqrt{|x|}", "refuted",
        ["own.code.root raises ValueError: no root"],
    ),
    "domain": ("% check: own.code.root(x)\n% where: x \\in [0, \\infty)\n\\sqrt{x}", "checked", []),
    "overflow": ("% check: own.code.square(x)\nx^2", "checked", []),
    "shape": ("% check: own.code.wrong_shape(x)\nx", "not understood", ["shape (2,)"]),
    "nowhere": (
        "% check: identity\n% where: x \\in \\mathbb{R}\n\\log(-x^2 - 1) = \\log(-x^2 - 2)",
        "undecided", ["only 0 points"],
    ),
    "undeclared": (
        "% check: own.code.square(x)\nx \\cdot q", "not understood",
        ["q stands for nothing here", "`% where: q \\in \\mathbb{R}`", "at `q`"],
    ),
    "not-a-function": (
        "% check: own.code.square(x)\nx + g(x)", "not understood",
        ["g stands for nothing here", "g(u) = …"],
    ),
    "word": ("% check: own.code.square(x)\n\\operatorname{square}(x) = x^2", "checked", []),
    "word-wrong": (
        "% check: own.code.square(x)\n\\operatorname{square}(x) = -x^2", "refuted", ["square"],
    ),
    "word-of-nothing": (
        "% check: own.code.square(x)\nx + \\operatorname{cube}(x)", "not understood",
        ["cube stands for nothing here", "`% where: \\operatorname{cube}(u) = …`, at `cube`"],
    ),
    "word-declared": (
        "% check: own.code.square(x)\n% where: \\operatorname{cube}(u) = u^3\n"
        "\\operatorname{cube}(x) / x", "checked", [],
    ),
    "no-such-code": (
        "% check: own.code.cube(x)\nx^3", "not understood", ["src/own/code.py has no 'cube'"],
    ),
    "forbidden-code": ("% check: os.system(x)\nx", "not understood", ["no module of the symbol"]),
    "unknown-argument": (
        "% check: own.code.square(q)\nx^2", "not understood",
        ["the argument 'q' of own.code.square is no letter of this formula"],
    ),
    "typo": ("% chek: identity\nx = x", "not understood", ["`% chek:` is no annotation"]),
    "two-checks": (
        "% check: identity\n% check: identity\nx = x", "not understood", ["two lines 'check'"],
    ),
    "no-check": ("x = x", "unchecked", []),
    "reason": ("% unchecked: only a name\nx = x", "unchecked", ["only a name"]),
    "no-reason": ("% unchecked:\nx = x", "not understood", ["gives no reason"]),
    "shown-wrong": (
        "% check: own.code.square(x)\n% refuted: as an example\nx^3", "shown wrong",
        ["is refuted", "It holds with `2` in place of `3`"],
    ),
    "not-wrong": (
        "% check: own.code.square(x)\n% refuted: as an example\nx^2", "refuted",
        ["said to be refuted, and it holds"],
    ),
    "accuracy": (
        "% check: own.code.sigmoid(z)\n% accuracy: 0.1 ulp\n\\frac{1}{1 + e^{-z}}", "refuted",
        ["0.1 are declared"],
    ),
    "set": (
        "% check: identity\n% where: k \\in \\{1, \\dots, K\\}; v \\in \\mathbb{R}^K\n"
        "\\max(v_k, -v_k) = |v_k|", "checked", [],
    ),
    "distribution": (
        "% check: identity\n% where: p \\in \\Delta_X\n\\sum_{x \\in X} p(x) = 1", "checked", [],
    ),
    "where-wrong": (
        "% check: identity\n% where: x \\in \\mathbb{Q}\nx = x", "not understood",
        ["`% where: x \\in \\mathbb{Q}` is not understood: the domain \\mathbb{Q} is not known"],
    ),
    "conflict": (
        "% check: identity\n% where: z = 3\nL = L", "not understood",
        ["z is declared here in one way"],
    ),
    "circle": (
        "% check: identity\n% where: u = v + 1; v = u - 1\nu = u", "not understood",
        ["leads back to itself"],
    ),
    "wrong-definition": ("% check: own.code.square(x)\ng(x) = x^3", "refuted", ["x^{3}"]),
    "by-a-wrong-definition": (
        "% check: identity\ng(2) = 8", "undecided", ["g is as", "and that is refuted"],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose one page has all the cases."""
    root: Path = tmp_path_factory.mktemp("equations")
    (root / "pyproject.toml").write_text(
        "[tool.truepage]\njobs = 2\n[tool.truepage.symbols]\n'\\sigma' = \"own.code.sigmoid\"\n"
    )
    (root / "src" / "own").mkdir(parents=True)
    (root / "src" / "own" / "__init__.py").write_text("")
    (root / "src" / "own" / "code.py").write_text(CODE)
    (root / "docs").mkdir()
    fences = [
        f"```math\n% label: case-{name}\n{inside}\n```\n" for name, (inside, _, _) in CASES.items()
    ]
    (root / "docs" / "page.md").write_text(HEAD + "\n" + "\n".join(fences))
    return read_project(root)


@pytest.fixture(scope="module")
def findings(project: Project) -> dict[str, Finding]:
    """What checking came to, by label."""
    text = (project.root / "docs" / "page.md").read_text()
    return {one.label: one for one in check(BuildContext(project), {"docs/page.md": text})}


@pytest.mark.parametrize("name", CASES)
def test_verdict(findings: dict[str, Finding], name: str):
    """Each case has its status, and its message says what, where, both values and the edit."""
    _, status, words = CASES[name]
    finding = findings[f"case-{name}"]
    assert finding.status == status, finding.message
    for part in words:
        assert part in finding.message


def test_definitions_of_the_page_are_checked_first(findings: dict[str, Finding]):
    """They have the points that the design promises, and errors of about a unit."""
    sigmoid = findings["eq-sigmoid"]
    assert (sigmoid.status, sigmoid.points) == ("checked", 220)
    assert sigmoid.ulps is not None
    assert sigmoid.ulps < 4
    assert findings["eq-loss"].status == "checked"
    assert findings["case-overflow"].points > 200
    assert findings["case-kink"].left_out >= 1  # 0 itself


def test_the_command_lists_all_and_fails(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line an equation, the messages with their places, exit code 1; the same as JSON."""
    assert main(["--root", str(project.root), "equations"]) == 1
    out, err = capsys.readouterr()
    assert "220     " in out
    assert "only a name" in out
    text = (project.root / "docs" / "page.md").read_text().split("\n")
    line = text.index("% label: case-derivative-sign") + 3
    assert f"docs/page.md:{line}: equation case-derivative-sign is refuted: at z = 0" in err
    assert main(["--root", str(project.root), "equations", "--json", "page.md"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert {one["status"] for one in document} >= {"checked", "refuted", "unchecked"}
    assert main(["--root", str(project.root), "equations", "nopage.md"]) == 1
    assert "there is no page 'nopage.md'" in capsys.readouterr().err


def test_equations_are_found_where_markdown_has_them():
    """In lists, quotes and admonitions; not in code, comments or other fences."""
    text = """
> ```math
> % label: eq-a
> a = b
> ```

- $`c = d % check: identity; where: c, d > 0; x = 1`$ and $`plain`$

<!-- $`no % check: identity`$ -->

````markdown
```math
no
```
````
"""
    first, second = find_equations("p.md", text)
    assert (first.label, first.tex, first.line) == ("eq-a", "a = b", 4)
    assert second.tex == "c = d"
    assert [(note.key, note.text) for note in second.notes] == [
        ("check", "identity"),
        ("where", "c, d > 0; x = 1"),
    ]
