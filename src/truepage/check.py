"""Drawing everything anew, and comparing it with what is committed and what is stored.

Each figure is drawn twice in fresh processes: once here, and once, in the opposite order, in a copy
of the project that holds its code and nothing but the other files its recording names. So a
picture that depends on the folder, on the order, on chance, or on a file that recording missed,
is found.
"""

import base64
import html
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from truepage.engine.context import BuildContext
from truepage.engine.dependencies import read
from truepage.engine.dependencies.files import Entries, Listing
from truepage.engine.pool import run
from truepage.engine.progress import Progress
from truepage.engine.project import HOST, Project
from truepage.engine.step_call import Call
from truepage.engine.step_sharing import Steps, digest_of
from truepage.engine.task import Failure, Kept, Run, Task
from truepage.figures.discover import Figure
from truepage.figures.draw import drawing
from truepage.figures.likeness import same

Kind = Literal["failed", "missing", "orphan", "committed", "stored", "repeated"]


@dataclass(frozen=True)
class Facts:
    """One thing that is not as it should be: the figure, what kind of thing, and in words."""

    name: str
    kind: Kind
    message: str


@dataclass(frozen=True)
class Finding:
    """A fact, with the two pictures that differ, where there are two."""

    facts: Facts
    before: bytes | None = None
    after: bytes | None = None


@dataclass(frozen=True)
class Report:
    """The result of a check: how many were drawn anew, and what was found; so of steps."""

    checked: int
    findings: tuple[Finding, ...]
    steps: int = 0

    def page(self) -> str:
        """Return an HTML page with before, after and difference side by side."""
        rows = "\n".join(_row(finding) for finding in self.findings)
        return _PAGE.format(count=len(self.findings), rows=rows)


def examine(project: Project, progress: Progress) -> Report:
    """Draw every figure of a project twice and compare; what cannot be drawn is a finding."""
    workshop = BuildContext(project)
    steps = Steps(workshop, anew=True)
    figures = workshop.figures()
    stored = {
        name: workshop.standing(drawing(project, figure)).product
        for name, figure in figures.items()
    }
    workshop.save()
    runs: dict[str, Run] = {}
    findings: list[Finding] = []
    for name, outcome in sorted(_draw_all(project, figures.values(), steps, progress).items()):
        if isinstance(outcome, Failure):
            findings.append(Finding(Facts(name, "failed", outcome.message)))
        else:
            runs[name] = outcome
    drawn_once = [figures[name] for name in runs]
    with tempfile.TemporaryDirectory(prefix="truepage-") as folder:
        root = Path(folder).resolve() / project.root.name
        elsewhere = copy_project(project, [*runs.values(), *steps.computed.values()], root)
        others = Steps(BuildContext(elsewhere), anew=True)
        again = _draw_all(elsewhere, reversed(drawn_once), others, lambda *_: None)
    findings += step_findings(steps, others)

    for figure in drawn_once:
        name = figure.name
        new, kept, second = runs[name].product, stored[name], again[name]
        drawn = new.files["svg"]
        if kept and (kept.files, kept.facts) != (new.files, new.facts):
            message = (
                f"{figure.place}: figure {name!r} counts as fresh, and drawn anew it differs: "
                "recording missed something it depends on, or it is left to chance."
            )
            findings.append(Finding(Facts(name, "stored", message), kept.files["svg"], drawn))
        if isinstance(second, Failure):
            message = (
                f"{figure.place}: figure {name!r} cannot be drawn in another folder from the files "
                f"that recording names, so it missed one: {second.message}"
            )
            findings.append(Finding(Facts(name, "repeated", message)))
        elif (second.product.files, second.product.facts) != (new.files, new.facts):
            message = (
                f"{figure.place}: figure {name!r} is not deterministic: drawn again, in another "
                "folder and order, it differs. Give chance a seed, and use no clock, address or "
                "path of this machine."
            )
            findings.append(
                Finding(Facts(name, "repeated", message), drawn, second.product.files["svg"])
            )
        findings += _committed(project, figure, drawn)
    findings += _orphans(project, figures.keys())
    return Report(len(runs), tuple(findings), len(steps.computed))


def run_anew(
    project: Project, jobs: Iterable[Task], steps: Steps, progress: Progress
) -> dict[str, Run | Failure]:
    """Run jobs in fresh processes; return by their names what came of them."""
    named = {job.name: job for job in jobs}
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
    return run_anew(project, [drawing(project, figure) for figure in figures], steps, progress)


def step_findings(steps: Steps, others: Steps) -> Iterator[Finding]:
    """Yield the steps that came to something else than what is stored, or than in another folder.

    Parameters
    ----------
    steps, others
        What computed them, in the project and in a copy of it.
    """
    for name, once in steps.computed.items():
        job = Call.read(name).job(once.product.facts)
        kept, again = steps.before[name], others.computed.get(name)
        if kept and kept != digest_of(once):
            message = (
                f"{job.place}: {job.words} counts as fresh, and computed anew it differs: "
                "recording missed something it depends on, or it is left to chance."
            )
            yield Finding(Facts(job.called, "stored", message))
        if again and digest_of(again) != digest_of(once):
            message = (
                f"{job.place}: {job.words} is not deterministic: computed again, in another folder "
                "and order, it differs. Give chance a seed, and use no clock, address or path of "
                "this machine."
            )
            yield Finding(Facts(job.called, "repeated", message))


def copy_project(project: Project, runs: Iterable[Run], root: Path) -> Project:
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


def _committed(project: Project, figure: Figure, drawn: bytes) -> Iterator[Finding]:
    remedy = "Run `truepage render`, look at the picture and commit it."
    path = project.rendered_dir / f"{figure.name}.svg"
    shown = project.relative(path)
    try:
        committed = path.read_bytes()
    except FileNotFoundError:
        message = f"{shown}: found no file; expected the figure of {figure.place}. {remedy}"
        yield Finding(Facts(figure.name, "missing", message), None, drawn)
        return
    if not same(committed, drawn):
        message = f"{shown}: differs from what {figure.place} draws now. {remedy}"
        yield Finding(Facts(figure.name, "committed", message), committed, drawn)


def _orphans(project: Project, names: Iterable[str]) -> Iterator[Finding]:
    expected = {f"{name}.svg" for name in names}
    for path in sorted(project.rendered_dir.glob("*")):
        if path.name not in expected:
            message = (
                f"{project.relative(path)}: no figure has this name; expected none. Delete it."
            )
            yield Finding(Facts(path.stem, "orphan", message))


def _row(finding: Finding) -> str:
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
