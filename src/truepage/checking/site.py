"""All equations of a site: what they refer to among each other, and say of the code."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from truepage.checking.function_calls import find_function
from truepage.engine.errors import PageError
from truepage.engine.project import Project
from truepage.maths.annotation import Annotation, AnnotationError, Equation, Note, annotation
from truepage.maths.calls import CodeFunction
from truepage.maths.domains import REAL, Interval
from truepage.maths.katex import TexError, expanded
from truepage.maths.problem import Context, Known, Problem, pose
from truepage.maths.terms import Definition, Symbol, Term
from truepage.maths.tokens import Unreadable


@dataclass(frozen=True)
class Fault:
    """Why an equation is not understood, in which line, and which part of its formula."""

    words: str
    line: int
    part: str = ""


@dataclass(frozen=True)
class Entry:
    """An equation, with what was made of it: a problem to verify, a fault, or nothing to do."""

    equation: Equation
    annotation: Annotation
    problem: Problem | None = None
    fault: Fault | None = None


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
    intervals
        Letter → the numbers for which the equation says it.
    page, ordinal
        Where its equation is.
    """

    term: Term
    variable: str
    letters: tuple[str, ...]
    definitions: Mapping[str, Definition]
    intervals: Mapping[str, Interval]
    page: str = field(repr=False)
    ordinal: int = field(repr=False)


class Site:
    """The equations of all pages, by the page's path, in reading order."""

    def __init__(self, project: Project, pages: Mapping[str, Sequence[Equation]]) -> None:
        self._project = project
        self._pages = {
            page: [_with_macros(equation, project.macros) for equation in equations]
            for page, equations in pages.items()
        }
        self._meanings: dict[str, Known | None] = {}

    def entries(self, page: str) -> list[Entry]:
        """Return the equations of a page, each with what was made of it."""
        context = self._context()
        found = []
        for equation in self._pages[page]:
            entry = self._entry(equation, context)
            if entry.problem and (known := entry.problem.known()):
                context.page[known.name] = known
            found.append(entry)
        return found

    def formula_of(self, function: str) -> CodeFormula | str:
        """Return the checked formula of a function, or a message that says why there is none."""
        words = (
            f"no equation of the site says what {function} is in the reals: "
            f"expected one with `% check: {function}(…)`"
        )
        for page, equations in self._pages.items():
            if not any(function in note.text for one in equations for note in one.notes):
                continue
            for entry in self.entries(page):
                found = _formula(function, entry.problem) if entry.problem else None
                if isinstance(found, CodeFormula):
                    return found
                words = found or words
        return words

    def meaning(self, symbol: str) -> Known | None:
        """Return the first definition on the site whose check is a plain call of some code.

        Plain is a call with letters only, each another. The equation is read by itself: what
        other equations of its page define it cannot use.
        """
        if symbol not in self._meanings:
            self._meanings[symbol] = None  # what leads back to itself defines nothing
            self._meanings[symbol] = next(self._definitions(symbol), None)
        return self._meanings[symbol]

    def _definitions(self, symbol: str) -> Iterator[Known]:
        for equations in self._pages.values():
            for equation in equations:
                if not any(symbol in note.text for note in equation.notes):
                    continue
                problem = self._entry(equation, self._context()).problem
                if problem and _letters(symbol, problem) is not None and (known := problem.known()):
                    yield known

    def _context(self) -> Context:
        return Context(dict(self._project.symbols), self.meaning, self._function)

    def _function(self, symbol: str) -> CodeFunction:
        return find_function(self._project, symbol)

    def _entry(self, equation: Equation, context: Context) -> Entry:
        said = Annotation()
        if equation.fault:
            fault = Fault(equation.fault.rstrip("."), equation.line)
            return Entry(equation, said, fault=fault)
        try:
            said = annotation(equation.notes)
            if said.check is None:
                return Entry(equation, said)
            return Entry(equation, said, problem=pose(equation, said, context))
        except AnnotationError as error:
            line = error.line or next((n.line for n in equation.notes), equation.line)
            fault = Fault(error.words.rstrip("."), line)
        except Unreadable as error:
            start, end = (error.start, error.end) if error.end is not None else (None, 0)
            before = equation.tex[: start or 0]
            line = equation.line + before.count("\n") * equation.display
            part = "" if start is None else equation.tex[start:end]
            fault = Fault(error.words, line, part)
        except (TexError, PageError) as error:
            fault = Fault(error.words if isinstance(error, TexError) else str(error), equation.line)
        except RecursionError:
            words = "it is nested too deeply; expected a formula that a page can show"
            fault = Fault(words, equation.line)
        return Entry(equation, said, fault=fault)


def _with_macros(equation: Equation, macros: Mapping[str, str]) -> Equation:
    """Return an equation as it is checked."""
    macros = {**macros, **dict(equation.macros)}
    if not macros:
        return equation
    notes = (Note(note.key, expanded(note.text, macros), note.line) for note in equation.notes)
    return replace(equation, tex=expanded(equation.tex, macros), notes=tuple(notes))


def _formula(function: str, problem: Problem) -> CodeFormula | str | None:
    """Return the right side of an equation that is checked against a plain call of a function.

    A message, if the equation does not say it for all real numbers; None, if it is not one.
    """
    letters, statement = _letters(function, problem), problem.statements[0]
    if not letters or statement.relations[:1] != ("=",):
        return None
    scope = problem.scope
    domains = {letter: scope.variables.get(letter, REAL) for letter in letters}
    intervals = {
        letter: one.of
        for letter, one in domains.items()
        if isinstance(one.of, Interval) and not one.shape
    }
    if len(intervals) < len(domains) or scope.constraints or statement.conditions:
        return f"{problem.equation.name} holds under a condition, and not for all real numbers"
    first, *others = letters
    equation, definitions = problem.equation, problem.definitions()
    place = equation.page, equation.ordinal
    term = statement.terms[1]
    return CodeFormula(term, first, tuple(others), definitions, intervals, *place)


def _letters(function: str, problem: Problem) -> list[str] | None:
    """Return the letters with which a function is called that an equation is checked against.

    None, if it is another one, called with something else, or with one letter twice; or if the
    equation is said to be refuted.
    """
    code = problem.code
    if code is None or code.function.symbol != function or code.picks:
        return None
    letters = [term.name for _, term in code.arguments if isinstance(term, Symbol)]
    plain = len({*letters}) == len(code.arguments)
    return letters if plain and problem.annotation.refuted is None else None
