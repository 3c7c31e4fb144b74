"""What is measured of a picture that was drawn from the gallery, beside Agg's picture of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Drawn:
    """A figure that was drawn.

    Parameters
    ----------
    name
        Its name.
    agg
        Agg's picture of it, in the same style, 192 dots to the inch.
    files
        What Truepage made: `svg`; `light.png` and `dark.png` where it is shown as an image; data.
    facts
        What else Truepage knows of it.
    """

    name: str
    agg: Path
    files: Mapping[str, bytes]
    facts: Mapping[str, Any]


def measure(drawn: Drawn) -> dict[str, Any]:
    """Return what is measured of a picture, by name."""
    return {"bytes": len(drawn.files["svg"])}
