"""A formula by itself, held to a function that is at hand: no page, no site, no child process.

Apart from `truepage.maths`, since who imports that alone needs no ball arithmetic.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from truepage.maths.annotation import AnnotationError, Equation, Note, annotation
from truepage.maths.arrays import Meaningless
from truepage.maths.calls import Answer, Function, answer
from truepage.maths.katex import TexError
from truepage.maths.problem import Context, pose
from truepage.maths.tokens import Unreadable
from truepage.maths.trial import Trial, deep
from truepage.maths.verdict import Verdict

GIVEN = "given"
"""Module, in name only, of a function that is at hand."""


@deep()
def check_alone(
    tex: str,
    function: Callable[..., Any] | None,
    call: str,
    declared: Sequence[str],
    tolerance: float | None,
) -> Verdict:
    """Hold a formula to a function; the parameters are those of `truepage.maths.check`."""
    notes = [Note("check", f"{GIVEN}.{call}" if function else "identity", 1)]
    notes += [Note("where", text, 1) for text in declared]
    if tolerance is not None:
        notes.append(Note("tolerance", str(tolerance), 1))
    equation = Equation("", 1, tex, True, "", tuple(notes), tex)
    context = Context({}, lambda symbol: None, lambda symbol: Function(symbol, GIVEN, "", "", 1))
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
