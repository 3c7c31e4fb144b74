"""What functions of the code are in the reals: the site's checked equations say so."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from truepage.checking.formulas import find_equations
from truepage.engine.project import Project
from truepage.maths.annotation import Equation
from truepage.maths.domains import REAL
from truepage.maths.terms import Definition, Symbol, Term

if TYPE_CHECKING:
    from truepage.maths.problem import Problem


@dataclass(frozen=True)
class CodeFormula:
    """The checked formula of a function of the code.

    Parameters
    ----------
    variable
        Its variable: what the function's first argument is called in it.
    letters
        Its other letters that stand for nothing: the function's other arguments.
    definitions
        What symbols in it are defined as.
    """

    term: Term
    variable: str
    letters: tuple[str, ...]
    definitions: Mapping[str, Definition]


class FormulaSource(Protocol):
    """Whoever knows the site's checked equations."""

    @property
    def state(self) -> str:
        """What all answers depend on: another state, and they may be others."""

    def formula_of(self, function: str) -> CodeFormula | str:
        """Return the checked formula of a function, or a message that says why there is none."""


class SiteFormulas:
    """The formulas of a site.

    Parameters
    ----------
    pages
        Path of each page → its Markdown, in reading order.
    """

    def __init__(self, project: Project, pages: Mapping[str, str]) -> None:
        self._project = project
        self._pages = pages

    @cached_property
    def _equations(self) -> dict[str, list[Equation]]:
        return {path: find_equations(path, text) for path, text in self._pages.items()}

    @cached_property
    def state(self) -> str:
        """What all answers depend on: the equations that are checked, and the site's symbols."""
        said = [
            (one.tex, [(note.key, note.text) for note in one.notes])
            for equations in self._equations.values()
            for one in equations
            if any(note.key == "check" for note in one.notes)
        ]
        options = [sorted(some.items()) for some in (self._project.symbols, self._project.macros)]
        return hashlib.sha256(repr((said, options)).encode()).hexdigest()

    def formula_of(self, function: str) -> CodeFormula | str:
        """Return the checked formula of a function, or a message that says why there is none."""
        # Here, not above: when nothing has changed nobody asks, and KaTeX is not needed.
        from truepage.checking.site import Site

        site = Site(self._project, self._equations)
        words = (
            f"no equation of the site says what {function} is in the reals: "
            f"expected one with `% check: {function}(…)`"
        )
        for page, equations in self._equations.items():
            if not any(function in note.text for one in equations for note in one.notes):
                continue
            for entry in site.entries(page):
                found = _of(function, entry.problem) if entry.problem else None
                if isinstance(found, str):
                    words = found
                elif found:
                    return found
        return words


def _of(function: str, problem: "Problem") -> CodeFormula | str | None:
    """Return the right side of an equation that is checked against a plain call of a function.

    A message, if the equation does not say it for all real numbers; None, if it is not one.
    """
    code, statement = problem.code, problem.statements[0]
    if code is None or code.function.symbol != function or code.picks:
        return None
    if statement.relations[:1] != ("=",) or problem.annotation.refuted is not None:
        return None
    letters = [term.name for _, term in code.arguments if isinstance(term, Symbol)]
    if len(letters) < len(code.arguments) or len(set(letters)) < len(letters):
        return None
    scope = problem.scope
    bounded = any(scope.variables.get(letter, REAL) != REAL for letter in letters)
    if bounded or scope.constraints or statement.conditions:
        return f"{problem.equation.name} holds under a condition, and not for all real numbers"
    first, *others = letters
    return CodeFormula(statement.terms[1], first, tuple(others), problem.definitions())
