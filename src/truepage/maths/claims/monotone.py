"""Whether a function rises or falls: `monotone`."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Self

from truepage.maths.claims.derivative import Derivative
from truepage.maths.claims.model import Answer, ClaimError, Names, Property, refuted, undecided

if TYPE_CHECKING:
    from truepage.maths.claims.curve import Curve
    from truepage.maths.claims.floats import Sweep

WAYS = (
    "increasing", "strictly increasing", "decreasing", "strictly decreasing", "constant", "no",
)  # fmt: skip


@dataclass(frozen=True)
class Monotone(Property):
    """Increasing, decreasing, constant, or none of them."""

    way: str

    name: ClassVar[str] = "monotone"
    title: ClassVar[str] = "Monotone"
    in_floats: ClassVar[bool] = True

    @classmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        """Read one of the words."""
        if text not in WAYS:
            raise ClaimError(f"{text!r} is unknown; expected one of {', '.join(WAYS)}")
        return cls(text)

    def shown(self, x: str) -> str:
        """Return the word."""
        return self.way

    @property
    def _kind(self) -> str:
        return self.way.removeprefix("strictly ")

    def hold(self, curve: "Curve") -> Answer:
        """Compare values at points, then the sign of the derivative, and steps at places."""
        from truepage.maths.claims import reals
        from truepage.maths.claims.points import simplicity

        known = {one.place: one.value for one in curve.points if one.value is not None}
        simple = sorted(place for place in known if not simplicity(place)[0])
        steps = sorted(pairwise(simple), key=lambda two: min(map(abs, two)))
        steps += pairwise(sorted(known))  # last: messages prefer simple places
        signs = [((a, b), reals.order(known[a], known[b])) for a, b in steps]

        def found(wanted: int) -> tuple[Fraction, Fraction] | None:
            fitting = [two for two, sign in signs if sign == wanted]
            for a, b in fitting:
                first, second = reals.apart(known[a], known[b])
                if first != second and reals.at(a) != reals.at(b):
                    return a, b
            return fitting[0] if fitting else None

        up, down = found(1), found(-1)
        if self.way == "no":
            if up and down:
                return Answer("proved")
            return undecided("it goes only one way between the tested points")
        wrong = {"increasing": down, "decreasing": up, "constant": up or down}[self._kind]
        if wrong is None and self.way != self._kind:
            wrong = next((two for two, sign in signs if sign == 0), None)
        if wrong:
            first, second = reals.apart(known[wrong[0]], known[wrong[1]])
            words = f"it is {first} {reals.at(wrong[0])} and {second} {reals.at(wrong[1])}"
            return refuted(words, "no" if up and down else "")
        way = {"increasing": 1, "decreasing": -1, "constant": 0}[self._kind]
        answer = Derivative({1: "≥", -1: "≤", 0: "="}[way]).hold(curve)
        if answer.status not in ("proved", "tested"):
            return answer
        for place in curve.places:
            for _, _, sign in curve.steps(place):
                if sign is None:
                    return undecided(f"the values {reals.at(place)} cannot be told apart")
                if sign not in (0, way):
                    return refuted(f"it goes the other way {reals.at(place)}")
        if self.way != self._kind and not curve.changes():
            return undecided("it is not certain that it is level nowhere")
        return answer

    def sweep(self, sweep: "Sweep") -> Answer:
        """Compare the code's values at neighbouring points."""
        x, y = sweep.x, sweep.y
        up, down = y[1:] > y[:-1], y[1:] < y[:-1]
        if self.way == "no":
            both = up.any() and down.any()
            return sweep.tested() if both else refuted("it goes one way only")
        wrong = {"increasing": down, "decreasing": up, "constant": up | down}[self._kind]
        weaker = ""
        if self.way != self._kind:
            weaker = "" if wrong.any() else self._kind
            wrong = wrong | (y[1:] == y[:-1])
        if not wrong.any():
            return sweep.tested()
        at = sweep.first(wrong)
        words = f"the code gives {sweep.text(y[at])} at {sweep.text(x[at])} and "
        return refuted(f"{words}{sweep.text(y[at + 1])} at {sweep.text(x[at + 1])}", weaker)
