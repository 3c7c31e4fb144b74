"""How long claims and values take: `python bench/claims.py`. Processor time, this machine.

A claim in the reals is proved from its formula; nothing is kept between the runs. For the article
as a whole: everything judged and computed anew (with an empty store), then again with nothing
changed.
"""

import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from truepage.checking.claims import check_claims
from truepage.checking.formulas import find_equations
from truepage.checking.page_values import Computer, check_values
from truepage.checking.pages import find_fences, read_pages
from truepage.checking.site import CodeFormula, Site
from truepage.engine.context import BuildContext
from truepage.engine.project import find_project
from truepage.maths.claims.curve import prove
from truepage.maths.claims.fence import is_comparing, read_properties
from truepage.maths.scope import spellings

ROUNDS = 5


def main() -> None:
    """Measure and print."""
    project = find_project(Path(__file__).parent)
    pages = read_pages(project)
    site = Site(project, {page: find_equations(page, text) for page, text in pages.items()})
    times: list[float] = []
    for page, text in pages.items():
        for fence in find_fences(page, text):
            if is_comparing(fence.lines):
                continue
            properties = read_properties(fence.lines)
            formula = site.formula_of(properties.subject.function)
            if not isinstance(formula, CodeFormula):
                continue
            numbers = {
                next(one for one in spellings(name) if one in formula.letters): Fraction(n.key())
                for name, n in properties.subject.arguments.items()
            }
            for claim in (claim for claim in properties.claims if not claim.floats):
                best = float("inf")
                for _ in range(ROUNDS):
                    started = time.process_time()
                    prove([claim], formula.term, formula.variable, numbers, formula.definitions)
                    best = min(best, time.process_time() - started)
                times.append(best)
    print(
        f"{len(times)} claims in the reals: median {statistics.median(times) * 1e3:.1f} ms, "
        f"longest {max(times) * 1e3:.1f} ms"
    )
    store = Path(tempfile.mkdtemp(prefix="claims-"))
    try:
        fresh = replace(project, cache_dir=store)
        for words in ("cold", "warm", "warm"):
            started = time.perf_counter()
            computer = Computer(BuildContext(fresh))
            found = [*check_claims(computer.context, pages), *check_values(computer, pages)]
            seconds = time.perf_counter() - started
            print(f"{len(found)} claims and values of the article, {words}: {seconds * 1e3:.0f} ms")
    finally:
        shutil.rmtree(store)


if __name__ == "__main__":
    main()
