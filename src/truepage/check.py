"""Drawing and executing everything anew, and comparing it with committed and stored results.

Each figure, notebook and script is run twice in fresh processes: once here, and once, in the
opposite order, in a copy of the project that holds its code and, of its other files, only those
that its recording names. This finds results that depend on the folder, on the order, on chance, or
on a file that recording missed.
"""

import base64
import html
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from truepage.engine.context import BuildContext
from truepage.engine.dependencies import read
from truepage.engine.dependencies.files import Entries, Listing
from truepage.engine.pool import run
from truepage.engine.progress import Progress
from truepage.engine.project import HOST, Project
from truepage.engine.step_call import StepCall
from truepage.engine.step_sharing import Steps, digest_of
from truepage.engine.task import Failure, Kept, Run, Task, TaskResult
from truepage.figures.discover import Figure
from truepage.figures.draw import drawing
from truepage.figures.likeness import same
from truepage.figures.manifest import find_figures
from truepage.project_tasks import find_executions

Kind = Literal["failed", "missing", "orphan", "committed", "stored", "repeated"]

LONGEST = 60
"""Characters of an output that a message shows."""


@dataclass(frozen=True)
class Facts:
    """One thing that is not as it should be: the figure, what kind of thing, and in words."""

    name: str
    kind: Kind
    message: str


@dataclass(frozen=True)
class Difference:
    """A fact, with the two pictures that differ, where there are two."""

    facts: Facts
    before: bytes | None = None
    after: bytes | None = None


@dataclass(frozen=True)
class Report:
    """The result of a check: how many were drawn anew, and what was found; so of steps."""

    checked: int
    findings: tuple[Difference, ...]
    steps: int = 0

    def page(self) -> str:
        """Return an HTML page with before, after and difference side by side."""
        rows = "\n".join(_row(finding) for finding in self.findings)
        return _PAGE.format(count=len(self.findings), rows=rows)


def examine(project: Project, progress: Progress) -> Report:
    """Draw every figure of a project twice and compare; what cannot be drawn is a finding."""
    context = BuildContext(project)
    steps = Steps(context, anew=True)
    figures = find_figures(context)
    stored = {
        name: context.status(drawing(project, figure)).product for name, figure in figures.items()
    }
    context.save()
    runs: dict[str, Run] = {}
    findings: list[Difference] = []
    for name, outcome in sorted(_draw_all(project, figures.values(), steps, progress).items()):
        if isinstance(outcome, Failure):
            findings.append(Difference(Facts(name, "failed", outcome.message)))
        else:
            runs[name] = outcome
    drawn_once = [figures[name] for name in runs]
    with tempfile.TemporaryDirectory(prefix="truepage-") as folder:
        root = Path(folder).resolve() / project.root.name
        elsewhere = _copy_project(project, [*runs.values(), *steps.computed.values()], root)
        others = Steps(BuildContext(elsewhere), anew=True)
        again = _draw_all(elsewhere, reversed(drawn_once), others, lambda *_: None)
    findings += _step_findings(steps, others)

    for figure in drawn_once:
        name = figure.name
        new, kept, second = runs[name].product, stored[name], again[name]
        drawn = new.files["svg"]
        if kept and (kept.files, kept.facts) != (new.files, new.facts):
            message = (
                f"{figure.place}: figure {name!r} counts as fresh, and drawn anew it differs: "
                "recording missed something it depends on, or it is left to chance."
            )
            findings.append(Difference(Facts(name, "stored", message), kept.files["svg"], drawn))
        if isinstance(second, Failure):
            message = (
                f"{figure.place}: figure {name!r} cannot be drawn in another folder from the files "
                f"that recording names, so it missed one: {second.message}"
            )
            findings.append(Difference(Facts(name, "repeated", message)))
        elif (second.product.files, second.product.facts) != (new.files, new.facts):
            message = (
                f"{figure.place}: figure {name!r} is not deterministic: drawn again, in another "
                "folder and order, it differs. Give chance a seed, and use no clock, address or "
                "path of this machine."
            )
            findings.append(
                Difference(Facts(name, "repeated", message), drawn, second.product.files["svg"])
            )
        findings += _committed(project, figure, drawn)
    findings += _orphans(project, figures.keys())
    return Report(len(runs), tuple(findings), len(steps.computed))


def examine_notebooks(
    project: Project,
    progress: Progress,
    wanted: Callable[[BuildContext], dict[str, Task]] = find_executions,
) -> tuple[int, tuple[Difference, ...]]:
    """Execute every notebook of a project twice; return how many could be, and what was found.

    Parameters
    ----------
    wanted
        What is executed: notebooks, or scripts.
    """
    context = BuildContext(project)
    tasks = wanted(context)
    if not tasks:
        return 0, ()
    stored = {name: context.status(task).product for name, task in tasks.items()}
    context.save()
    steps = Steps(context, anew=True)
    first = _run_anew(project, tasks.values(), steps, progress)
    runs = {name: one for name, one in first.items() if isinstance(one, Run)}
    findings = [
        Difference(Facts(name, "failed", one.message))
        for name, task in tasks.items()
        if isinstance(one := first[task.name], Failure)
    ]
    tasks = {name: task for name, task in tasks.items() if task.name in runs}
    with tempfile.TemporaryDirectory(prefix="truepage-") as folder:
        root = Path(folder).resolve() / project.root.name
        elsewhere = _copy_project(project, [*runs.values(), *steps.computed.values()], root)
        for path in (task.request["path"] for task in tasks.values()):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project.root / path, root / path)
        others = Steps(BuildContext(elsewhere), anew=True)
        again = _run_anew(elsewhere, reversed(tasks.values()), others, lambda *_: None)
    findings += _step_findings(steps, others)
    for name, task in tasks.items():
        new, second = runs[task.name], again[task.name]
        if kept := stored[name]:
            findings += _output_findings(
                name, task, kept, new.product, "stored",
                "counts as fresh, and executed anew it differs: recording missed something it "
                "depends on, or it is left to chance",
            )  # fmt: skip
        if isinstance(second, Failure):
            words = (
                f"{task.place}: {task.words} cannot be executed in another folder from the files "
                f"that recording names, so it missed one: {second.message}"
            )
            findings.append(Difference(Facts(name, "repeated", words)))
        else:
            findings += _output_findings(
                name, task, new.product, second.product, "repeated",
                "is not deterministic: executed again, in another folder and order, it differs. "
                "Give chance a seed, and use no clock, address or path of this machine",
            )  # fmt: skip
    return len(tasks), tuple(findings)


def _output_findings(
    name: str, task: Task, before: TaskResult, after: TaskResult, kind: str, words: str
) -> Iterator[Difference]:
    """Yield a finding if two results differ; it says which outputs do."""
    if (before.files, before.facts) == (after.files, after.facts):
        return
    lines = [f"    {line}" for line in differences(task, before, after)]
    message = "\n".join([f"{task.place}: {task.words} {words}.", *lines])
    yield Difference(Facts(name, "stored" if kind == "stored" else "repeated", message))


def differences(task: Task, before: TaskResult, after: TaskResult) -> Iterator[str]:
    """Yield in words which outputs of two executions differ."""
    kind = "block" if "script" in task.request else "cell"
    for cell in task.request["cells"]:
        number = str(cell["number"])
        one, other = (product.facts["cells"].get(number, []) for product in (before, after))
        if len(one) != len(other):
            yield f"{kind} {number} shows {len(one)} things, and {len(other)} the other time"
        for old, new in zip(one, other, strict=False):
            if old != new:
                yield f"{kind} {number} shows {_excerpts(old['text'], new['text'])}"
        for name in (output["text"] for output in one if output["kind"] == "figure"):
            files = (product.files.get(f"{name}.svg") for product in (before, after))
            if len(set(files)) > 1:
                yield f"{kind} {number} draws the figure {name!r} in another way"


def _excerpts(one: str, other: str) -> str:
    """Return two texts from where they begin to differ."""
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    start = max(0, same - LONGEST // 3)
    texts = (repr(text[start : start + LONGEST]) for text in (one, other))
    return " and the other time ".join(texts)


def _run_anew(
    project: Project, tasks: Iterable[Task], steps: Steps, progress: Progress
) -> dict[str, Run | Failure]:
    """Run tasks in fresh processes; return by their names what came of them."""
    named = {task.name: task for task in tasks}
    found = {}
    outcomes = run(project, list(named.values()), steps, fresh=True)
    for done, outcome in enumerate(outcomes, start=1):
        if not isinstance(outcome, Kept):
            found[outcome.name] = outcome
            progress(done, len(named), replace(outcome, name=named[outcome.name].called))
    return found


def _draw_all(
    project: Project, figures: Iterable[Figure], steps: Steps, progress: Progress
) -> dict[str, Run | Failure]:
    return _run_anew(project, [drawing(project, figure) for figure in figures], steps, progress)


def _step_findings(steps: Steps, others: Steps) -> Iterator[Difference]:
    """Yield the steps that came to something else than what is stored, or than in another folder.

    Parameters
    ----------
    steps, others
        What computed them, in the project and in a copy of it.
    """
    for name, once in steps.computed.items():
        task = StepCall.read(name).task(once.product.facts)
        kept, again = steps.before[name], others.computed.get(name)
        if kept and kept != digest_of(once):
            message = (
                f"{task.place}: {task.words} counts as fresh, and computed anew it differs: "
                "recording missed something it depends on, or it is left to chance."
            )
            yield Difference(Facts(task.called, "stored", message))
        if again and digest_of(again) != digest_of(once):
            message = (
                f"{task.place}: {task.words} is not deterministic: computed again, in another "
                "folder and order, it differs. Give chance a seed, and use no clock, address or "
                "path of this machine."
            )
            yield Difference(Facts(task.called, "repeated", message))


def _copy_project(project: Project, runs: Iterable[Run], root: Path) -> Project:
    """Copy a project's code, and of its other files those that the drawings read."""

    def there(path: Path) -> Path:
        return root / path.relative_to(project.root) if path.is_relative_to(project.root) else path

    ignore = shutil.ignore_patterns("__pycache__", project.rendered_dir.name)
    for folder in (project.figures_dir, *project.source_dirs):
        if folder.is_dir() and folder.is_relative_to(project.root):
            shutil.copytree(folder, there(folder), ignore=ignore, dirs_exist_ok=True)
    root.mkdir(parents=True, exist_ok=True)
    for name in ("pyproject.toml", HOST):
        if (project.root / name).is_file():
            shutil.copy(project.root / name, root)
    for on in {read(label) for drawn in runs for label in drawn.parts}:
        path = project.root / on.path
        if path.is_dir() and path != project.root and isinstance(on, Entries | Listing):
            shutil.copytree(path, there(path), ignore=ignore, dirs_exist_ok=True)
        elif path.is_file():
            there(path).parent.mkdir(parents=True, exist_ok=True)
            if there(path) != path:
                shutil.copy2(path, there(path))
    return replace(
        project,
        root=root,
        figures_dir=there(project.figures_dir),
        source_dirs=tuple(there(folder) for folder in project.source_dirs),
        cache_dir=root / ".truepage",
    )


def _committed(project: Project, figure: Figure, drawn: bytes) -> Iterator[Difference]:
    remedy = "Run `truepage render`, look at the picture and commit it."
    path = project.rendered_dir / f"{figure.name}.svg"
    shown = project.relative(path)
    try:
        committed = path.read_bytes()
    except FileNotFoundError:
        message = f"{shown}: found no file; expected the figure of {figure.place}. {remedy}"
        yield Difference(Facts(figure.name, "missing", message), None, drawn)
        return
    if not same(committed, drawn):
        message = f"{shown}: differs from what {figure.place} draws now. {remedy}"
        yield Difference(Facts(figure.name, "committed", message), committed, drawn)


def _orphans(project: Project, names: Iterable[str]) -> Iterator[Difference]:
    expected = {f"{name}.svg" for name in names}
    for path in sorted(project.rendered_dir.glob("*")):
        if path.name not in expected:
            message = (
                f"{project.relative(path)}: no figure has this name; expected none. Delete it."
            )
            yield Difference(Facts(path.stem, "orphan", message))


def _row(finding: Difference) -> str:
    cells = ""
    if finding.before is not None or finding.after is not None:
        before, after = _image(finding.before), _image(finding.after)
        cells = (
            f"<figure>{before}<figcaption>before</figcaption></figure>"
            f"<figure>{after}<figcaption>after</figcaption></figure>"
            f'<figure><div class="difference">{before}{after}</div>'
            "<figcaption>difference: what is equal is black</figcaption></figure>"
        )
    facts = finding.facts
    return (
        f"<section><h2>{html.escape(facts.name)}</h2><p>{html.escape(facts.message)}</p>"
        f"<div>{cells}</div></section>"
    )


def _image(svg: bytes | None) -> str:
    if svg is None:
        return "<p>none</p>"
    data = base64.b64encode(svg).decode()
    return f'<img alt="" src="data:image/svg+xml;base64,{data}">'


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>truepage check: {count} found</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; }}
  section > div {{ display: grid; grid-template-columns: repeat(3, 1fr); gap: 1rem; }}
  figure {{ margin: 0; }}
  img {{ background: #fff; width: 100%; }}
  .difference {{ display: grid; isolation: isolate; }}
  .difference > * {{ grid-area: 1 / 1; }}
  .difference > :last-child {{ mix-blend-mode: difference; }}
</style>
<h1>{count} found</h1>
{rows}
</html>
"""
