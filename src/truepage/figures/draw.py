"""Drawing a figure as a task, and the picture that comes of it."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from truepage.engine.project import Project
from truepage.engine.task import Task, TaskResult
from truepage.figures.discover import Figure

Kind = Literal["svg", "png"]
"""What a figure is drawn as: `svg` for pages; `png`, opaque, for those that cannot show SVG."""


@dataclass(frozen=True)
class Rendering:
    """A figure, drawn.

    Parameters
    ----------
    name
        The figure's name.
    kind
        Its picture's format.
    product
        What came of drawing it (`truepage.figures.picture`).
    """

    name: str
    kind: Kind
    product: TaskResult

    @property
    def content(self) -> bytes:
        """The picture."""
        return self.product.files[self.kind]

    @property
    def alt(self) -> str:
        """Its alternative text."""
        return str(self.product.facts["alt"])

    @property
    def width(self) -> int:
        """Its width in CSS pixels."""
        return int(self.product.facts["width"])

    @property
    def height(self) -> int:
        """Its height in CSS pixels."""
        return int(self.product.facts["height"])

    @property
    def seconds(self) -> float:
        """How long the drawing took."""
        return self.product.seconds


def drawing(project: Project, figure: Figure, kind: Kind = "svg") -> Task:
    """Return the task of drawing a figure."""
    code: tuple[Path | str, ...] = (project.root / figure.path,)
    request: dict[str, object] = {
        "name": figure.name,
        "kind": kind,
        "path": str(project.root / figure.path),
    }
    identity = ["figure", figure.name, figure.path, figure.function, kind]
    if figure.block:
        request["block"] = figure.block
        code = tuple(part["code"] for part in figure.block["parts"])
        # Where on its page a block stands makes no difference.
        held = [[part["code"] for part in figure.block["parts"]], {**figure.block, "parts": []}]
        identity.append(sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()[:24])
    else:
        request |= {"module": figure.module, "function": figure.function}
    return Task(
        name=figure.name,
        identity=tuple(identity),
        place=figure.place,
        words=f"figure {figure.name!r}",
        module="truepage.figures.picture",
        request=request,
        code=code,
        inputs=figure.inputs,
        timeout=figure.timeout,
        done="drawn",
        result="picture",
        holds="its block" if figure.block else "",
    )
