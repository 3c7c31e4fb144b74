"""Executing every notebook, or every script, anew, twice, and comparing output by output.

As with figures (`truepage.check`) the second time is in a copy of the project that holds its code
and nothing but the other files that the recordings name, in another folder and order.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from truepage.check import Facts, Finding, copy_project, run_anew, step_findings
from truepage.engine.context import BuildContext
from truepage.engine.progress import Progress
from truepage.engine.project import Project
from truepage.engine.step_sharing import Steps
from truepage.engine.task import Failure, Run, Task, TaskResult

LONGEST = 60
"""Characters of an output that a message shows."""


def examine_notebooks(
    project: Project,
    progress: Progress,
    wanted: Callable[[BuildContext], dict[str, Task]] = BuildContext.executions,
) -> tuple[int, tuple[Finding, ...]]:
    """Execute every notebook of a project twice; return how many could be, and what was found.

    Parameters
    ----------
    wanted
        What is executed: notebooks, or scripts.
    """
    workshop = BuildContext(project)
    jobs = wanted(workshop)
    if not jobs:
        return 0, ()
    stored = {name: workshop.standing(job).product for name, job in jobs.items()}
    workshop.save()
    steps = Steps(workshop, anew=True)
    first = run_anew(project, jobs.values(), steps, progress)
    runs = {name: one for name, one in first.items() if isinstance(one, Run)}
    findings = [
        Finding(Facts(name, "failed", one.message))
        for name, job in jobs.items()
        if isinstance(one := first[job.name], Failure)
    ]
    jobs = {name: job for name, job in jobs.items() if job.name in runs}
    with tempfile.TemporaryDirectory(prefix="truepage-") as folder:
        root = Path(folder).resolve() / project.root.name
        elsewhere = copy_project(project, [*runs.values(), *steps.computed.values()], root)
        for path in (job.request["path"] for job in jobs.values()):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project.root / path, root / path)
        others = Steps(BuildContext(elsewhere), anew=True)
        again = run_anew(elsewhere, reversed(jobs.values()), others, lambda *_: None)
    findings += step_findings(steps, others)
    for name, job in jobs.items():
        new, second = runs[job.name], again[job.name]
        if kept := stored[name]:
            findings += _findings(
                name, job, kept, new.product, "stored",
                "counts as fresh, and executed anew it differs: recording missed something it "
                "depends on, or it is left to chance",
            )  # fmt: skip
        if isinstance(second, Failure):
            words = (
                f"{job.place}: {job.words} cannot be executed in another folder from the files "
                f"that recording names, so it missed one: {second.message}"
            )
            findings.append(Finding(Facts(name, "repeated", words)))
        else:
            findings += _findings(
                name, job, new.product, second.product, "repeated",
                "is not deterministic: executed again, in another folder and order, it differs. "
                "Give chance a seed, and use no clock, address or path of this machine",
            )  # fmt: skip
    return len(jobs), tuple(findings)


def _findings(
    name: str, job: Task, before: TaskResult, after: TaskResult, kind: str, words: str
) -> Iterator[Finding]:
    """Yield a finding if two results differ; it says which outputs do."""
    if (before.files, before.facts) == (after.files, after.facts):
        return
    lines = [f"    {line}" for line in differences(job, before, after)]
    message = "\n".join([f"{job.place}: {job.words} {words}.", *lines])
    yield Finding(Facts(name, "stored" if kind == "stored" else "repeated", message))


def differences(job: Task, before: TaskResult, after: TaskResult) -> Iterator[str]:
    """Yield in words which outputs of two executions differ."""
    kind = "block" if "script" in job.request else "cell"
    for cell in job.request["cells"]:
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
