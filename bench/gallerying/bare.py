"""Runs scripts bare, in Truepage's style: `python bare.py OUT fork|loop SCRIPT …`.

With `fork` each has a process of its own, and leaves Agg's picture of each of its figures, 192 dots
to the inch, and how many there were or why there is none. One that fails is tried again in
matplotlib's own style, which says whether ours is to blame. With `loop` they run one after the
other in this process, and each figure is saved as SVG: what drawing costs at the least.
"""

import contextlib
import json
import os
import random
import re
import resource
import runpy
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from matplotlib.transforms import Bbox

import truepage
from truepage.figures.frame import frame_of
from truepage.figures.layout import watch_style
from truepage.figures.returned import take_off_screen

TIMEOUT = 120
PACKAGE = Path(truepage.__file__).parent
FONTS = sorted(PACKAGE.glob("vendor/figure-fonts/*.ttf"))


def run(script: Path, *, styled: bool = True) -> list[plt.Figure]:
    """Run a script and return the figures that it leaves open."""
    plt.close("all")
    plt.rcdefaults()
    plt.switch_backend("agg")
    if styled:
        plt.style.use(PACKAGE / "figures" / "truepage.mplstyle")
    random.seed(0)
    np.random.seed(0)
    sys.path.insert(0, str(script.parent))
    try:
        runpy.run_path(str(script), run_name="__main__")
    finally:
        sys.path.pop(0)
    return [plt.figure(number) for number in plt.get_fignums()]


def save(figure: plt.Figure, path: Path) -> None:
    """Save Agg's pictures of a figure, laid out as Truepage lays it out.

    Beside that of 192 dots to the inch there is one of 72, and one of nothing but what stands for
    values, where there is such.
    """
    width, height = 72 * figure.get_size_inches()
    part = Bbox([(0, 0), (width, height)])
    take_off_screen(figure)
    with contextlib.suppress(Exception):  # the build will say so
        part = frame_of(figure).part
        figure.set_layout_engine("none")  # Agg measures text in pixels
    if figure.get_layout_engine() is None:  # without one, axes that place themselves fail
        engine = PlaceHolderLayoutEngine(adjust_compatible=True, colorbar_gridspec=True)
        figure.set_layout_engine(engine)
    part = Bbox(part.get_points() / 72)
    for dpi, name in ((192, path), (72, path.with_suffix(".72.png"))):
        figure.savefig(name, dpi=dpi, bbox_inches=part)
    data = [
        artist
        for artist in figure.findobj()
        if isinstance(artist, ScalarMappable)
        and artist.get_array() is not None
        and artist.get_alpha() is None
    ]
    if data:
        owners = (Figure, SubFigure, Axes)
        for artist in figure.findobj():
            if not isinstance(artist, owners) and artist not in data:
                artist.set_visible(False)
        figure.savefig(path.with_suffix(".data.png"), dpi=192, bbox_inches=part, transparent=True)


def in_fork(script: Path, out: Path) -> None:
    """Draw a script with Agg, in a process of its own; write what came of it."""
    name = re.sub(r"[^a-z0-9]+", "-", f"{script.parent.name}-{script.stem}".lower()).strip("-")
    if script.stem.endswith("sgskip"):  # so are they named that its documentation skips
        found = {"figures": 0, "why": "not drawn in matplotlib's own documentation"}
        (out / f"{name}.json").write_text(json.dumps(found))
        return
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (TIMEOUT, TIMEOUT))
        try:
            figures = run(script)
            for index, figure in enumerate(figures):
                save(figure, out / f"{name}.{index}.png")
            found = {"figures": len(figures), "why": "it leaves no figure open"}
        except BaseException as error:
            found = {"figures": 0, "why": f"{type(error).__name__}: {str(error)[:200]}"}
            with contextlib.suppress(BaseException):
                found["ours"] = bool(run(script, styled=False))
        (out / f"{name}.json").write_text(json.dumps(found))
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        found = {"figures": 0, "why": "it was killed, or took too long"}
        (out / f"{name}.json").write_text(json.dumps(found))


def main() -> None:
    """Run them all."""
    out, how, *scripts = sys.argv[1:]
    del sys.argv[1:]
    for font in FONTS:
        font_manager.fontManager.addfont(font)
    if how == "fork":
        watch_style()
    for script in map(Path, scripts):
        if how == "fork":
            in_fork(script, Path(out))
        else:
            for index, figure in enumerate(run(script)):
                # What some connect with drawing fails once the file is written.
                with contextlib.suppress(Exception):
                    figure.savefig(Path(out, f"{script.stem}.{index}.svg"))


if __name__ == "__main__":
    main()
