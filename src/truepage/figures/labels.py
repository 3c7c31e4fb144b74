"""Labels of matplotlib's as plain text: for tables, and for those who hear a picture."""

import re

from matplotlib._mathtext_data import tex2uni


def plain(label: str) -> str:
    r"""Return a label of matplotlib's as plain text: mathematical text is read out.

    Examples
    --------
    >>> plain(r"derivative $\sigma'(x)$"), plain("$w^{-1} x_0$"), plain(r"$-\log p$")
    ('derivative σ′(x)', 'w⁻¹ x₀', '−log p')
    >>> plain(r"$\mathrm{ReLU}(x) \leq \frac{1}{2}$")
    'ReLU(x) ≤ 1/2'
    """
    parts = re.split(r"(?<!\\)\$", label)
    if len(parts) % 2 == 0:  # an odd number of dollars: no mathematical text
        parts = [label]
    words = [
        _formula(part) if at % 2 else part.replace(r"\$", "$") for at, part in enumerate(parts)
    ]
    return " ".join("".join(words).split())


_RAISED = str.maketrans("0123456789+-−=()nixT*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱˣᵀ*")
_LOWERED = str.maketrans("0123456789+-−=()aeoxhklmnpstij", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼ")


def _formula(tex: str) -> str:
    tex = re.sub(r"\\d?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"\1/\2", tex)
    tex = re.sub(
        r"\\sqrt\s*\{([^{}]*)\}", lambda m: f"√{m[1]}" if len(m[1]) == 1 else f"√({m[1]})", tex
    )
    tex = re.sub(r"\\(?:math\w+|operatorname|text)\s*\{([^{}]*)\}", r"\1", tex)
    tex = re.sub(r"\\[,;:! ]|\\q?quad|~", " ", tex)
    tex = re.sub(
        r"\\([A-Za-z]+)(\s*)",
        lambda m: chr(tex2uni[m[1]]) + m[2] if m[1] in tex2uni else m[0][1:],
        tex,
    )
    tex = re.sub(r"\^(?:\{([^{}]*)\}|(.))", lambda m: (m[1] or m[2]).translate(_RAISED), tex)
    tex = re.sub(r"_(?:\{([^{}]*)\}|(.))", lambda m: (m[1] or m[2]).translate(_LOWERED), tex)
    return re.sub(r"[{}\\]", "", tex).replace("-", "−").replace("'", "′")
