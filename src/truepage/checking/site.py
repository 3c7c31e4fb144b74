"""All equations of a site, and what they refer to among each other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from truepage.checking.calls import find_function
from truepage.engine.errors import PageError
from truepage.engine.project import Project
from truepage.maths.annotation import Annotation, AnnotationError, Code, Equation, Note, annotation
from truepage.maths.calls import Function
from truepage.maths.katex import TexError, expanded
from truepage.maths.problem import Context, Known, Problem, pose
from truepage.maths.terms import Symbol
from truepage.maths.tokens import Unreadable


@dataclass(frozen=True)
class Fault:
    """Why an equation is not understood.

    Parameters
    ----------
    words
        What is wrong.
    line
        The line that is meant.
    part
        The part of the formula that is not understood.
    """

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


class Site:
    """The equations of all pages.

    Parameters
    ----------
    project
        The project whose code they are held to.
    pages
        Path of each page → its equations, in reading order.
    """

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
                entry = self._entry(equation, self._context())
                check = entry.annotation.check
                if not (isinstance(check, Code) and check.symbol == symbol) or check.picks:
                    continue
                if entry.annotation.refuted is not None or entry.problem is None:
                    continue
                code, known = entry.problem.code, entry.problem.known()
                if code and known and all(isinstance(one, Symbol) for _, one in code.arguments):
                    yield known

    def _context(self) -> Context:
        return Context(dict(self._project.symbols), self.meaning, self._function)

    def _function(self, symbol: str) -> Function:
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
            return Entry(equation, said, fault=Fault(error.words.rstrip("."), line))
        except Unreadable as error:
            return Entry(equation, said, fault=_unreadable(equation, error))
        except TexError as error:
            return Entry(equation, said, fault=Fault(error.words, equation.line))
        except PageError as error:
            return Entry(equation, said, fault=Fault(str(error), equation.line))
        except RecursionError:
            words = "it is nested too deeply; expected a formula that a page can show"
            return Entry(equation, said, fault=Fault(words, equation.line))


def _unreadable(equation: Equation, error: Unreadable) -> Fault:
    if error.start is None or error.end is None:
        return Fault(error.words, equation.line)
    line = equation.line + equation.tex[: error.start].count("\n") * equation.display
    return Fault(error.words, line, equation.tex[error.start : error.end])


def _with_macros(equation: Equation, macros: Mapping[str, str]) -> Equation:
    """Return an equation as it is checked."""
    macros = {**macros, **dict(equation.macros)}
    if not macros:
        return equation
    notes = (Note(note.key, expanded(note.text, macros), note.line) for note in equation.notes)
    return replace(equation, tex=expanded(equation.tex, macros), notes=tuple(notes))
