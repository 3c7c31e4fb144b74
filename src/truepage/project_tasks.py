"""The tasks of a project (figures, notebooks, scripts of galleries, steps) and their status."""

import re

from truepage.engine.context import BuildContext, TaskStatus
from truepage.engine.errors import DrawingError
from truepage.engine.task import Task
from truepage.figures.discover import unknown_figure
from truepage.figures.manifest import find_drawings, find_figures
from truepage.galleries.gallery import find_galleries, script_tasks
from truepage.notebooks.notebook import execution, find_notebooks, read_notebooks

EXECUTES = re.compile(r"\bexecute:[ \t]*(?:true|!ENV)", re.IGNORECASE)
"""Matches the configuration of a host that executes notebooks."""

LEAVES = re.compile(r"\bnotebooks:[ \t]*false", re.IGNORECASE)
"""Matches the configuration of a host that leaves them to mkdocs-jupyter."""


def find_executions(context: BuildContext) -> dict[str, Task]:
    """Return the tasks that execute notebooks, by the names that commands use.

    There are none where the site does not execute its notebooks.
    """
    host, docs = context.project.host, context.project.docs_dir
    said = host.read_text("utf-8", "replace") if host.is_file() else ""
    if "mkdocs-jupyter" not in said or not EXECUTES.search(said) or LEAVES.search(said):
        return {}
    paths = find_notebooks(docs)
    found = read_notebooks(context.project, paths, docs, find_figures(context), context.index)
    return {name: execution(one) for name, one in found.items() if one.language == "python"}


def find_scripts(context: BuildContext) -> dict[str, Task]:
    """Return the tasks that run the scripts of galleries, by the names that commands use."""
    return script_tasks(find_galleries(context.project, context.index).values())


def find_tasks(context: BuildContext) -> dict[str, Task]:
    """Return the tasks of all figures, notebooks and scripts, by the names that commands use."""
    return {**find_drawings(context), **find_executions(context), **find_scripts(context)}


def find_statuses(context: BuildContext) -> list[TaskStatus]:
    """Return the status of each task of a project, and of each step that any task has called."""
    statuses = [context.status(task) for task in find_tasks(context).values()]
    traces = [status.trace for status in statuses]
    for key, digest in context.index.last.items():  # values, equations, examples
        identity = tuple(key.split("\0"))
        if identity[0] not in {"figure", "notebook", "step"} and len(identity) > 1:
            last = context.store.last(identity, digest)
            traces.append(last[0] if last else None)
    return [*statuses, *map(context.status, context.steps(traces).values())]


def find_task(context: BuildContext, name: str) -> Task:
    """Return the task of a figure, a notebook, a script or a step.

    Raises
    ------
    DrawingError
        No task has this name.
    """
    tasks = find_tasks(context)
    if name not in tasks:
        tasks |= {status.task.called: status.task for status in find_statuses(context)}
    if name not in tasks:
        raise DrawingError(unknown_figure(name, tasks))
    return tasks[name]
