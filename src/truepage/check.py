"""Comparing the committed pictures with fresh drawings."""

import re
from collections.abc import Iterator

from truepage.build import Manifest
from truepage.project import Project

NUMBER = re.compile(rb"(?<![\w#.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])")
"""A coordinate; digits inside a colour (`#1e0005`) or an id are none: they compare as they are."""

TOLERANCE = 0.01
"""How far a coordinate may be off, in points: processors differ in the last bits of exp()."""


def differences(project: Project, manifest: Manifest) -> Iterator[str]:
    """Yield one message for each committed picture that is not what its function draws now."""
    remedy = "Run `truepage render`, look at the picture and commit it."
    for name, rendering in manifest.renderings.items():
        path = project.rendered_dir / f"{name}.svg"
        shown = project.relative(path)
        try:
            committed = path.read_bytes()
        except FileNotFoundError:
            place = manifest.figures[name].place
            yield f"{shown}: found no file; expected the figure of {place}. {remedy}"
            continue
        if not same_picture(committed, rendering.content):
            place = manifest.figures[name].place
            yield f"{shown}: differs from what {place} draws now. {remedy}"
    for path in sorted(project.rendered_dir.glob("*")):
        if path.suffix != ".svg" or path.stem not in manifest.figures:
            yield f"{project.relative(path)}: no figure has this name; expected none. Delete it."


def same_picture(one: bytes, other: bytes) -> bool:
    """Tell whether two SVGs are equal but for coordinates within `TOLERANCE`."""
    if one == other:
        return True
    if NUMBER.sub(b"0", one) != NUMBER.sub(b"0", other):
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(abs(float(a) - float(b)) <= TOLERANCE for a, b in pairs)
