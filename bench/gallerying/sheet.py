"""A contact sheet: each picture in light and in dark, beside Agg's."""

import base64
import html
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gallerying.measuring import GROUNDS, Drawn

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The gallery</title>
<style>
  body {{ font: 14px/1.4 system-ui, sans-serif; margin: 1rem; }}
  section {{ display: grid; grid-template-columns: repeat(3, 1fr); gap: .5rem; }}
  h2 {{ font-size: 1em; grid-column: 1 / -1; margin: 1rem 0 0; }}
  img {{ width: 100%; }}
</style>
{rows}
</html>
"""


def write_sheet(
    path: Path, drawn: Iterable[Drawn], measured: Mapping[str, Mapping[str, Any]], shots: Path
) -> None:
    """Write a page with Agg's picture, the light one and the dark one of each figure."""
    path.write_text(
        PAGE.format(rows="\n".join(_row(each, measured[each.name], shots) for each in drawn))
    )


def _row(drawn: Drawn, measured: Mapping[str, Any], shots: Path) -> str:
    words = ", ".join(f"{name} {value}" for name, value in measured.items())
    cells = _image(drawn.agg) + "".join(
        _image(shots / f"{drawn.name}.{scheme}.png") for scheme in GROUNDS
    )
    return f"<section><h2>{html.escape(drawn.name)}: {html.escape(words)}</h2>{cells}</section>"


def _image(path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    return f'<img alt="" src="data:image/png;base64,{data}">'
