"""How long checking equations takes: each equation of the article, and all of them.

    python bench/equations.py

*Each* is the time to read an equation, find out what its letters stand for, choose its points and
verify it, given what the code answers there; times are of the processor, since other work may run
on the machine. *Cold* is all of the article with an empty cache: reading the pages, starting a
worker, calling the code in recorded children, verifying, keeping. *Warm* is the same again, in a
new process's place, with everything imported.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from truepage.checking.equations import check
from truepage.checking.formulas import find_equations
from truepage.checking.function_calls import answers, calling
from truepage.checking.pages import read_pages
from truepage.checking.site import Site
from truepage.engine.batch import run_tasks
from truepage.engine.context import BuildContext
from truepage.engine.project import Project, find_project
from truepage.maths.tree import tokens
from truepage.maths.trial import Trial

ROUNDS = 5


def each(project: Project) -> dict[str, float]:
    """Processor seconds of each equation, the best of some rounds."""
    context = BuildContext(project)
    pages = {path: find_equations(path, text) for path, text in read_pages(project).items()}
    found: dict[str, float] = {}
    for _ in range(ROUNDS):
        tokens.cache_clear()
        site = Site(project, pages)
        for page in pages:
            begun = time.process_time()
            for entry in site.entries(page):
                name = f"{entry.equation.page}:{entry.equation.line}"
                spent = time.process_time() - begun
                if entry.problem:
                    begun = time.process_time()
                    trial = Trial(entry.problem)
                    calls = trial.calls()
                    spent += time.process_time() - begun
                    code = entry.problem.code
                    task = code and calling(project, code.function, calls, name)
                    products = run_tasks(context, [task] if task else []).products
                    content = answers(products[task.name]) if task else []
                    begun = time.process_time()
                    trial.verify(content)
                    spent += time.process_time() - begun
                    found[name] = min(spent, found.get(name, spent))
                begun = time.process_time()
    return found


def timed(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the clock and of this process."""
    clock, process = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - clock, time.process_time() - process


def main() -> None:
    """Measure and print."""
    project = find_project(Path(__file__).parent)
    seconds = each(project)
    slowest = max(seconds, key=lambda name: seconds[name])
    print(
        f"each: {len(seconds)} equations, median {1e3 * statistics.median(seconds.values()):.1f} "
        f"ms, slowest {1e3 * seconds[slowest]:.0f} ms ({slowest})"
    )
    pages = read_pages(project)
    with tempfile.TemporaryDirectory() as folder:
        fresh = replace(project, cache_dir=Path(folder))
        clock, process = timed(lambda: check(BuildContext(fresh), pages))
        print(f"cold: {clock:.2f} s, of which {process:.2f} s in this process")
        rounds = [timed(lambda: check(BuildContext(fresh), pages)) for _ in range(ROUNDS)]
        clock, process = (min(times) for times in zip(*rounds, strict=True))
        print(f"warm: {1e3 * clock:.0f} ms, of the processor {1e3 * process:.0f} ms")


if __name__ == "__main__":
    main()
