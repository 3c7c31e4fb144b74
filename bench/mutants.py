"""Mutation test of the checker: every checked equation of the article, with every single edit.

    python bench/mutants.py [--sample N] [--seed N]

Each edit that `truepage.maths.repair` can think of is made of each equation that holds: a sign
flipped, a term dropped, a factor 2, max for min, ≤ for <, a bound or an index off by one, a prime
lost, arguments swapped. The edited equation is verified against the same code. It must be refuted,
or not be understood; if it is checked, it is a survivor. A survivor whose sides are the same
numbers as before is equivalent, and no checker could tell; whether they are is looked at with other
points than the checker's. An inequality may have become weaker and still be true. All other
survivors are holes, and the exit code is 1.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from truepage.checking.formulas import find_equations
from truepage.checking.function_calls import answers, calling
from truepage.checking.pages import read_pages
from truepage.checking.site import Site
from truepage.engine.batch import run_tasks
from truepage.engine.context import BuildContext
from truepage.engine.project import find_project
from truepage.maths.arrays import Meaningless
from truepage.maths.calls import Answer
from truepage.maths.domains import Finite, Interval, SampleDistribution
from truepage.maths.environment import Definitions, numbers
from truepage.maths.evaluation import Evaluation
from truepage.maths.functions import Undefined
from truepage.maths.jets import precision
from truepage.maths.problem import Problem
from truepage.maths.repair import Edit, edits
from truepage.maths.terms import Term
from truepage.maths.trial import Trial

TRIES = 60


@dataclass(frozen=True)
class Mutant:
    """An edited equation, and what the checker says of it."""

    place: str
    words: str
    status: str
    equivalent: bool
    still_true: bool = False

    @property
    def harmless(self) -> bool:
        """Whether it says the same as before, or less that is still true."""
        return self.equivalent or self.still_true


def trials() -> Iterator[tuple[str, Trial, list[Answer]]]:
    """Every equation of the article that holds, with what the code answers."""
    project = find_project(Path(__file__).parent)
    context = BuildContext(project)
    pages = {path: find_equations(path, text) for path, text in read_pages(project).items()}
    site = Site(project, pages)
    waiting = []
    for page in pages:
        for entry in site.entries(page):
            if entry.problem and entry.annotation.refuted is None:
                trial = Trial(entry.problem)
                code = entry.problem.code
                place = f"{entry.equation.page}:{entry.equation.line}"
                task = code and calling(project, code.function, trial.calls(), place)
                waiting.append((place, trial, task))
    tasks = {task.name: task for _, _, task in waiting if task}
    products = run_tasks(context, tasks.values()).products
    for place, trial, task in waiting:
        yield place, trial, answers(products[task.name]) if task else []


def mutants(sample: int, seed: int) -> Iterator[Mutant]:
    """Every edit of every equation, or so many of all drawn at random."""
    every = [
        (place, trial, found, edit)
        for place, trial, found in trials()
        for edit in edits(trial.problem)
    ]
    if sample:
        every = random.Random(seed).sample(every, min(sample, len(every)))
    for place, trial, found, edit in every:
        verdict = Trial(edit.problem, trial.points).verify(found)
        survives = verdict.status == "checked"
        same = survives and equivalent(trial.problem, edit)
        true = survives and not same and still_true(trial.problem, edit)
        yield Mutant(place, edit.words, verdict.status, same, true)


def equivalent(problem: Problem, edit: Edit) -> bool:
    """Whether an edit changes no side's value, at points that the checker does not use."""
    generator = random.Random(0)
    for _ in range(TRIES):
        point = _point(problem, generator)
        for before, after in zip(problem.statements, edit.problem.statements, strict=True):
            if before.relations != after.relations or before.conditions != after.conditions:
                return False
            for old, new in zip(before.terms, after.terms, strict=True):
                if old != new and _differ(problem, edit.problem, old, new, point):
                    return False
    return True


def still_true(problem: Problem, edit: Edit) -> bool:
    """Whether an edit leaves an inequality true, though weaker, at points of other origin."""
    generator = random.Random(0)
    inequality = False
    for _ in range(TRIES):
        point = _point(problem, generator)
        for statement in edit.problem.statements:
            for at, relation in enumerate(statement.relations):
                pair = statement.terms[at : at + 2]
                if relation in ("<", ">", "\\le", "\\ge") and at >= len(edit.problem.defines):
                    inequality = True
                    if not _ordered(edit.problem, relation, pair, point):
                        return False
                elif at >= len(edit.problem.defines) and _differ(
                    problem, edit.problem, pair[0], pair[1], point
                ):
                    return False
    return inequality


def _ordered(
    problem: Problem, relation: str, pair: tuple[Term, ...], point: dict[str, object]
) -> bool:
    try:
        with precision(400):
            evaluation = Evaluation(Definitions(problem.definitions()), numbers(point))
            left, right = (evaluation.value(term) for term in pair)
    except (Undefined, Meaningless):
        return True
    difference = float((left - right).mid())
    return difference <= 1e-12 if relation in ("<", "\\le") else difference >= -1e-12


def _differ(
    problem: Problem, edited: Problem, old: Term, new: Term, point: dict[str, object]
) -> bool:
    values = []
    for definitions, term in ((problem.definitions(), old), (edited.definitions(), new)):
        try:
            with precision(400):
                evaluation = Evaluation(Definitions(definitions), numbers(point))
                indices = dict.fromkeys(problem.free_indices(), numbers({"i": 1.0})["i"])
                values.append(evaluation.value(term, indices))
        except (Undefined, Meaningless):
            values.append(None)
    if None in [value if value is None else 0 for value in values]:
        return values[0] is not values[1]
    left, right = (np.ravel(np.asarray(value, dtype=object)) for value in values)
    return len(left) != len(right) or any(
        not a.overlaps(b) for a, b in zip(left, right, strict=True)
    )


def _point(problem: Problem, generator: random.Random) -> dict[str, object]:
    variables = problem.scope.variables
    sizes = {name: generator.randint(2, 4) for name in sorted(problem.scope.sizes)}
    point: dict[str, object] = {name: float(size) for name, size in sizes.items()}

    def number(domain: object) -> float:
        if isinstance(domain, Finite):
            return float(generator.choice(domain.values))
        if isinstance(domain, Interval):
            low, high = max(float(domain.low), -7.0), min(float(domain.high), 7.0)
            return generator.uniform(low, high)
        return 1.0

    for name, domain in variables.items():
        if name in sizes:
            continue
        if isinstance(domain.of, SampleDistribution):
            size = sizes[domain.of.size.name]
            cuts = sorted(generator.sample(range(1, 1 << 16), size - 1))
            ends = [0, *cuts, 1 << 16]
            point[name] = np.diff(ends) / (1 << 16)  # sums to 1 exactly
        elif domain.shape:
            shape = [sizes.get(getattr(one, "name", ""), 3) for one in domain.shape]
            shape = [
                int(one.value) if hasattr(one, "value") else size
                for one, size in zip(domain.shape, shape, strict=True)
            ]
            array = np.empty(shape)
            for place in np.ndindex(*shape):
                array[place] = number(domain.of)
            point[name] = array
        else:
            point[name] = number(domain.of)
    return point


def main() -> int:
    """Make the mutants, count them, and list those that survive."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, default=0, help="so many, at random (default: all)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    holes = 0
    for mutant in mutants(options.sample, options.seed):
        kind = mutant.status
        if mutant.status == "checked":
            kind = "SURVIVES"
            if mutant.harmless:
                kind = "equivalent" if mutant.equivalent else "weaker, and true"
            print(f"{kind}: {mutant.place}: {mutant.words}", flush=True)
            holes += kind == "SURVIVES"
        counts[kind] += 1
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    print(f"{sum(counts.values())} mutants, {holes} holes.")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main())
