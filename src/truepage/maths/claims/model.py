"""A claim about a function: its kind, what it says, and the answer to it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from truepage.maths.claims.reals import REALS, ClaimedDomain, ClaimedNumber, ClaimError, Names


@dataclass(frozen=True)
class ClaimAnswer:
    """The answer to a claim.

    Parameters
    ----------
    status
        ``proved``, ``tested``, ``refuted`` or ``undecided``.
    words
        Why it is refuted or undecided.
    right
        The claim of this kind that holds instead, if it is known.
    points
        At how many points it was tested.
    interval
        The interval that a proof is for; "" if points prove it.
    """

    status: str
    words: str = ""
    right: str = ""
    points: int = 0
    interval: str = ""

    @property
    def holds(self) -> bool:
        """Whether the claim is proved, or holds at all points."""
        return self.status in ("proved", "tested")


def refuted(words: str, right: str = "") -> ClaimAnswer:
    """Return the answer to a claim that is false."""
    return ClaimAnswer("refuted", words, right)


def undecided(words: str) -> ClaimAnswer:
    """Return the answer to a claim about which too little is known."""
    return ClaimAnswer("undecided", words)


class Property(ABC):
    """A kind of claim, and what one claim of it says.

    Attributes
    ----------
    name
        The word for it in a fence.
    title
        The name of its row or column on a page.
    in_floats, in_reals
        Whether it can be claimed in float64, and in the reals.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    in_floats: ClassVar[bool] = False
    in_reals: ClassVar[bool] = True

    @classmethod
    @abstractmethod
    def read(cls, text: str, names: Names, variable: str) -> Self:
        """Read what follows the colon, or raise a `ClaimError`."""

    @abstractmethod
    def shown(self, x: str) -> str:
        """Return the words on a page, as Markdown; `x` is the variable as TeX."""

    def places(self) -> tuple[ClaimedNumber, ...]:
        """Return the places in the domain at which something is claimed."""
        return ()

    def fits(self, domain: ClaimedDomain, *, floats: bool) -> None:
        """Raise a `ClaimError` if one of the places is no exact number in the domain."""
        for place in self.places():
            if place.value is None or place.unit:
                raise ClaimError(f"{place.text!r} is no place; expected an exact, finite number")
            if not domain.holds(place.value):
                raise ClaimError(
                    f"{place.text} is not in the domain {domain.text}; expected a place in it"
                )

    def hold(self, curve: Any) -> ClaimAnswer:
        """Hold it to a function in the reals (`truepage.maths.claims.curve`), if it can be."""
        raise NotImplementedError

    def sweep(self, sweep: Any) -> ClaimAnswer:
        """Hold it to code in float64 (`truepage.maths.claims.floats`), if it can be."""
        raise NotImplementedError


@dataclass(frozen=True)
class Claim:
    """One claim, as the author wrote it and as it is read.

    Parameters
    ----------
    floats
        It is about float64 and not about the reals.
    assumed
        The author says that it may stay undecided.
    line
        Number of its line in the fence; the opening line has 0.
    domain
        The numbers that it is about.
    """

    text: str
    property: Property
    floats: bool
    assumed: bool
    line: int
    domain: ClaimedDomain = REALS
