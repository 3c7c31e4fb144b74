"""A contact sheet: each picture in light and in dark, beside Agg's."""

import base64
import html
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gallerying.measuring import Drawn

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The gallery</title>
<style>
  body {{ font: 14px/1.4 system-ui, sans-serif; margin: 1rem; }}
  section {{ display: grid; grid-template-columns: repeat(3, 1fr); gap: .5rem; }}
  h2 {{ font-size: 1em; grid-column: 1 / -1; margin: 1rem 0 0; }}
  img {{ width: 100%; }}
  .light {{ background: #fff; color-scheme: light; }}
  .dark {{ background: #1e2129; color-scheme: dark; }}
</style>
{rows}
</html>
"""


def write_sheet(
    path: Path, drawn: Iterable[Drawn], measured: Mapping[str, Mapping[str, Any]]
) -> None:
    """Write a page with Agg's picture, the light one and the dark one of each figure."""
    path.write_text(PAGE.format(rows="\n".join(_row(each, measured[each.name]) for each in drawn)))


def _row(drawn: Drawn, measured: Mapping[str, Any]) -> str:
    words = ", ".join(f"{name} {value}" for name, value in measured.items())
    cells = _image("light", "png", drawn.agg.read_bytes())
    for scheme in ("light", "dark"):
        if raster := drawn.files.get(f"{scheme}.png"):
            cells += _image(scheme, "png", raster)
        else:
            cells += _image(scheme, "svg+xml", drawn.files["svg"])
    return f"<section><h2>{html.escape(drawn.name)}: {html.escape(words)}</h2>{cells}</section>"


def _image(scheme: str, kind: str, content: bytes) -> str:
    data = base64.b64encode(content).decode()
    return f'<img class="{scheme}" alt="" src="data:image/{kind};base64,{data}">'
