"""What formulas cost: beside a bare loop over KaTeX, and beside markdown-katex.

A thousand distinct formulas stand on twenty pages, half of them in fences. The floor is a loop in
this process that gives the same formulas to the same KaTeX in QuickJS and does nothing else.
Ours, cold, is Python-Markdown with truepage's extension over the pages; warm, the same again with
the formulas that were kept, as in another build; the pages without maths have code in each
formula's place. markdown-katex runs its bundled binary, one process a formula, with an empty cache:
over a few formulas only, and counted for all.

Everything is measured page by page in turn, in time of a processor, which others on the machine
change little; the median of the rounds is shown.

    python bench/maths.py [--formulas 1000] [--rounds 3] [--processes 20]
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import markdown
import quickjs

from truepage.engine.file_access import vendored
from truepage.maths.katex import _ours
from truepage.pages import typesetting
from truepage.pages.formula_cache import Formulas

PATTERNS = [
    (r"f_{{{0}}}(x) = \frac{{1}}{{1 + e^{{-{0} x}}}}", True),
    (r"\sigma'(z_{{{0}}}) = \sigma(z_{{{0}}})\,(1 - \sigma(z_{{{0}}}))", True),
    (r"x_{{{0}}}", False),
    (r"\eta = {0}", False),
    (r"L(w) = -\frac{{1}}{{{0}}} \sum_{{i=1}}^{{{0}}} y_i \log \hat y_i", True),
    (r"\frac{{\partial L}}{{\partial w_{{{0}}}}}", False),
    (r"f(x) = \begin{{cases}} x & \text{{if }} x \ge {0} \\ 0 & \text{{else}} \end{{cases}}", True),
    (r"[0, {0})", False),
    (r"\mathbf{{w}}_{{{0}}}^\top \mathbf{{x}} + b", False),
    (r"\begin{{aligned}} a_{{{0}}} &= b + c \\ d &= \sqrt{{{0}}} \end{{aligned}}", True),
]  # fmt: skip

LOOP = """
globalThis.console = {warn() {}, log() {}, error() {}};
%s
globalThis.render = (tex, displayMode) => JSON.stringify(katex.renderToString(tex, {displayMode}));
"""


PAGE = 50
OTHER = "markdown-katex"


class Site:
    """A page's site: it knows formulas and nothing else."""

    def __init__(self, file: Path) -> None:
        self.formulas = Formulas(file)

    def typeset(self, tex: str, *, display: bool) -> typesetting.Typeset:
        """Return a formula."""
        return self.formulas.typeset(tex, display=display)


def page(formulas: list[tuple[str, bool]]) -> str:
    """Return a page of formulas."""
    return "\n\n".join(
        f"Words before.\n\n```math\n{tex}\n```\n\nWords after."
        if display
        else f"Words before $`{tex}`$ and words after it."
        for tex, display in formulas
    )


class Build:
    """Ours: Python-Markdown with truepage's extension, page after page of one build."""

    def __init__(self, file: Path) -> None:
        _ours.__dict__.clear()  # a context of its own, as in a new process
        self.site, self.problems = Site(file), list[str]()

    def convert(self, text: str, formulas: int) -> None:
        """Convert a page; it shows that many formulas."""
        options: dict[str, Any] = {"truepage": {"site": self.site, "problems": self.problems}}
        html = markdown.markdown(text, extensions=["truepage"], extension_configs=options)
        assert html.count("<annotation") == formulas
        assert not self.problems, self.problems[0]


def typeset(kept: Formulas, formulas: list[tuple[str, bool]]) -> None:
    """Ours without Markdown."""
    for tex, display in formulas:
        kept.typeset(tex, display=display)


class Loop:
    """The floor: give formulas to KaTeX, and do nothing else."""

    def __init__(self) -> None:
        self.context = quickjs.Context()
        self.context.eval(LOOP % vendored("katex/katex.min.js").read_text(encoding="utf-8"))

    def render(self, formulas: list[tuple[str, bool]]) -> None:
        """Have them set."""
        for tex, display in formulas:
            json.loads(self.context.eval(f"render({json.dumps(tex)}, {json.dumps(display)})"))


def other(formulas: list[tuple[str, bool]], folder: Path) -> None:
    """Give the formulas to markdown-katex, with its bundled binary and an empty cache."""
    from markdown_katex import wrapper

    wrapper.CACHE_DIR = folder
    wrapper.LOCAL_CMD_CACHE = folder / "local_katex_cmd.txt"
    wrapper._get_usr_parts = lambda: None  # no katex and no npx of this machine
    texts = [f"$`{tex}`$" if not display else f"```math\n{tex}\n```" for tex, display in formulas]
    markdown.markdown("\n\n".join(texts), extensions=["markdown_katex"])


def processor_time() -> float:
    """Return the seconds of a processor that this process and those it started have used."""
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


def measure(formulas: list[tuple[str, bool]], few: int, folder: Path) -> dict[str, float]:
    """Return seconds of processor time: in one round, page by page in turn."""
    times: dict[str, float] = {}

    def timed(row: str, work: Callable[..., object], *arguments: object) -> Any:
        started = processor_time()
        result = work(*arguments)
        times[row] = times.get(row, 0.0) + processor_time() - started
        return result

    loop = timed("bare loop", Loop)
    alone = timed("truepage without pages, cold", Build, folder / "alone").site.formulas
    cold = timed("truepage, cold", Build, folder / "formulas")
    parts = [formulas[at : at + PAGE] for at in range(0, len(formulas), PAGE)]
    texts = [page(part) for part in parts]
    for part, text in zip(parts, texts, strict=True):
        timed("bare loop", loop.render, part)
        timed("truepage without pages, cold", typeset, alone, part)
        timed("truepage, cold", cold.convert, text, len(part))
    timed("truepage without pages, cold", alone.save)
    timed("truepage, cold", cold.site.formulas.save)
    warm = timed("truepage, warm", Build, folder / "formulas")
    plain = Build(folder / "plain")
    for part, text in zip(parts, texts, strict=True):
        timed("truepage, warm", warm.convert, text, len(part))
        code = text.replace("```math", "```text").replace("$`", "`").replace("`$", "`")
        timed("the pages without maths", plain.convert, code, 0)
    timed("truepage, warm", warm.site.formulas.save)
    timed(OTHER, other, formulas[:few], folder / "other")
    times[OTHER] *= len(formulas) / few
    return times


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--formulas", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=20)
    options = parser.parse_args()
    formulas = [
        (PATTERNS[n % len(PATTERNS)][0].format(n), PATTERNS[n % len(PATTERNS)][1])
        for n in range(options.formulas)
    ]
    rounds = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(measure(formulas, options.processes, Path(folder)))
            size = (Path(folder) / "formulas").stat().st_size
    found = {row: statistics.median(times[row] for times in rounds) for row in rounds[0]}
    print(f"{len(formulas)} distinct formulas, {os.cpu_count()} processors")
    for row, seconds in found.items():
        print(f"  {row:42}{seconds:9.3f} s{1000 * seconds / len(formulas):9.3f} ms a formula")
    for row in ("truepage without pages, cold", "truepage, cold"):
        ratio = statistics.median(times[row] / times["bare loop"] for times in rounds)
        print(f"  {row}: {ratio:.2f} × the bare loop")
    print(
        f"  {OTHER} takes {found[OTHER] / found['truepage, cold']:.0f} × as long as truepage, cold,"
    )
    print(f"    measured on {options.processes} formulas and counted for all")
    more = found["truepage, warm"] - found["the pages without maths"]
    print(f"  warm is {1000 * more:.0f} ms more than the pages without maths")
    print(f"  {size / 1e6:.1f} MB are kept")


if __name__ == "__main__":
    main()
