"""A formula by itself, held to a function that is at hand: no page, no site, no child process."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from truepage.maths.annotation import AnnotationError, Equation, Note, annotation
from truepage.maths.arrays import Meaningless
from truepage.maths.calls import Answer, CodeFunction, answer
from truepage.maths.katex import TexError
from truepage.maths.problem import Context, pose
from truepage.maths.tokens import Unreadable
from truepage.maths.trial import Trial, deep
from truepage.maths.verdict import Verdict

GIVEN = "given"
"""Module, in name only, of a function that is at hand."""


@deep()
def check(
    tex: str,
    function: Callable[..., Any] | None = None,
    call: str = "",
    *,
    where: Iterable[str] = (),
    symbols: Mapping[str, str] | None = None,
    tolerance: float | None = None,
) -> Verdict:
    r"""Hold a formula to a function, or its sides to each other, without a page or a site.

    Parameters
    ----------
    tex
        The formula, in KaTeX's TeX.
    function
        The function that its left side is the value of; None: both sides are equal.
    call
        What it is called with, in the formula's letters: ``f(x, negative_slope)``.
    where
        Declarations, as after ``% where:``: ``p \\in (0, 1)``, ``z = w x + b``.
    symbols
        Symbol → its definition: ``{r"\\sigma": r"\\sigma(u) = \\frac{1}{1 + e^{-u}}"}``.
    tolerance
        Error of the function that is accepted: absolute below 1, relative above.

    Returns
    -------
    Verdict
        Its `status` is ``checked``, ``refuted``, ``not understood`` or ``undecided``; its `words`
        say where and why, its `tried` at which values of the letters.
    """
    notes = [Note("check", f"{GIVEN}.{call}" if function else "identity", 1)]
    notes += [Note("where", text, 1) for text in [*where, *(symbols or {}).values()]]
    if tolerance is not None:
        notes.append(Note("tolerance", str(tolerance), 1))
    equation = Equation("", 1, tex, True, "", tuple(notes), tex)
    context = Context(
        {}, lambda symbol: None, lambda symbol: CodeFunction(symbol, GIVEN, "", "", 1)
    )
    try:
        trial = Trial(pose(equation, annotation(equation.notes), context))
        calls = trial.calls() if function else []
    except (Unreadable, AnnotationError, TexError) as error:
        return Verdict("not understood", words=error.words)
    except (Meaningless, RecursionError) as error:
        return Verdict("not understood", words=str(error))
    answers: list[Answer] = []
    if function:
        answers = [answer(function, arguments, _words) for arguments in calls]
    verdict = trial.verify(answers)
    if verdict.disagreement:
        return replace(verdict, words=verdict.disagreement.said("the code"))
    return verdict


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
