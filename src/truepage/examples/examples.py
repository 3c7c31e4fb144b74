"""What came of the examples of pages; they are run again exactly when what they touched changed."""

import hashlib
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from truepage.engine.batch import run_tasks
from truepage.engine.context import BuildContext
from truepage.engine.task import Task
from truepage.examples.script import Script, find_script

LONGEST = 2000
"""How many characters a message shows of what an example gives."""


class Examples:
    """What runs the examples of pages.

    Parameters
    ----------
    context
        The project, with its store.
    """

    def __init__(self, context: BuildContext) -> None:
        self._context = context
        self._wrong: dict[str, list[Mapping[str, Any]]] = {}
        self.warnings: list[str] = []
        """What could not be followed while they ran."""

    def asked(self, lines: Sequence[str]) -> Script | None:
        """Return the examples of a page, if the project has those run and the page has any."""
        return find_script(lines) if self._context.project.examples else None

    def prepare(self, scripts: Iterable[tuple[str, Script]]) -> None:
        """Run the examples of some pages together: a page's path, and its script."""
        tasks = {task.name: task for page, script in scripts if (task := _task(page, script))}
        new = [task for name, task in tasks.items() if name not in self._wrong]
        if not new:
            return
        batch = run_tasks(self._context, new)
        self.warnings += batch.warnings
        for name, product in batch.products.items():
            self._wrong[name] = product.facts["wrong"]
        for failure in batch.failures:
            words = failure.message.removeprefix(f"{tasks[failure.name].place}: ")
            self._wrong[failure.name] = [{"failed": words}]

    def wrong(self, page: str, script: Script) -> list[tuple[int, str]]:
        """Return what is wrong with a page's examples: a line of the script, and a message."""
        self.prepare([(page, script)])
        first = script.blocks[0].start  # where the task itself failed, no line is known
        found = self._wrong[_task(page, script).name]
        return [(one.get("line", first), _message(one)) for one in found]


def _task(page: str, script: Script) -> Task:
    digest = hashlib.sha256(f"{page}\0{script.text}".encode()).hexdigest()[:24]
    return Task(
        name=f"examples-{digest}",
        identity=("examples", page, digest),
        place=page,
        words="what follows `>>>`",
        module="truepage.examples.running",
        request={"text": script.text, "page": page},
    )


def _message(wrong: Mapping[str, Any]) -> str:
    """Return the message of what one example gave."""
    if "failed" in wrong:
        return str(wrong["failed"])
    if "fault" in wrong:
        return f"an example cannot be read: {wrong['fault']}."
    source = " ".join(wrong["source"].split())
    if "raised" in wrong:
        raised = wrong["raised"]
        frames = [f"    {path}:{line}: {code}" for path, line, code in raised["frames"]]
        return "\n".join([f"the example `{source}` raises {raised['message']}", *frames])
    got, want = (wrong[name].rstrip("\n")[:LONGEST] for name in ("got", "want"))
    if "\n" in got + want:
        shown = [textwrap.indent(text or "(nothing)", "    ") for text in (got, want)]
        return f"the example `{source}` gives\n{shown[0]}\nand the page says\n{shown[1]}"
    return (
        f"the example `{source}` gives {got or 'nothing'}, and the page says {want or 'nothing'}."
    )
