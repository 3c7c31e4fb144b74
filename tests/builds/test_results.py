"""What a figure's function may return, how often it is called, and what it says meanwhile."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from truepage.cli import main
from truepage.engine.project import find_project
from truepage.figures.manifest import Manifest, build

Make = Callable[[Mapping[str, str | bytes]], Path]
Write = Callable[[Path, Mapping[str, str | bytes]], Path]

HEAD = """
import io, logging, runpy, sys, warnings
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from PIL import Image
from truepage import figure

"""

TAKEN = {
    "axes": "return plt.subplots()[1]",
    "pair": "return plt.subplots(1, 2)",
    "array": "return plt.subplots(2, 2)[1]",
    "mosaic": "return plt.figure().subplot_mosaic('ab')",
    "part": "return plt.figure().subfigures(1, 2)[0]",
    "in a part": "return plt.figure().subfigures(1, 2)[0].subplots()",
    "lines": "return plt.plot([1, 2])",
    "bars": "return plt.bar([1, 2], [3, 4])",
    "boxes": "return plt.boxplot([1, 2, 3])",
    "contours": "return plt.contour(np.eye(3))",
    "grid": "return type('FacetGrid', (), {'figure': plt.figure()})()",
    "series": (  # as pandas has them of axes, for each group one
        "axes = plt.subplots(2)[1]; return type('Series', (), "
        "{'dtype': axes.dtype, '__array__': lambda *_, **options: axes})()"
    ),
    "nothing": "plt.plot([1, 2])",
    "shown": "plt.plot([1, 2]); plt.show()",
    "on one that was there": "canvas[1].plot([1, 2])",
}
REFUSED = {
    "several": ("plt.figure(); plt.figure()", "returned nothing and left open 2 figures"),
    "two": ("return [plt.figure(), plt.figure()]", "returned list of 2 figures; expected one"),
    "values": ("return np.eye(2)", "returned ndarray; expected a matplotlib Figure or Axes"),
    "words": ("return 'x.png'", "returned str that is no SVG ('x.png'); expected"),
    "broken svg": ("return '<svg'", "returned text that is no SVG: "),
    "page": ("return '<html/>'", "returned text that is no SVG: its root is <html>"),
    "sizeless": ("return '<svg/>'", "returned SVG without a size; expected <svg width="),
    "entities": (
        "return '<!DOCTYPE svg [<!ENTITY a \"b\">]><svg/>'",
        "returned SVG that declares entities",
    ),
    "broken png": (r"return b'\x89PNG\r\n\x1a\n'", "returned a PNG that cannot be read"),
    "film": (
        "return FuncAnimation(plt.figure(), print, frames=3)",
        "returned FuncAnimation; a page shows no animation. Return the Figure of one frame",
    ),
    "plotly": (
        "return type('Figure', (), {'__module__': 'plotly.graph_objs'})()",
        "returned Figure, which a browser draws with plotly's own script",
    ),
    "mute": ("return type('Any', (), {'__getattr__': lambda *_: print})()", "returned Any; "),
}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="3cm" height="30"><g id="mark"/></svg>'
DISPLAYED = {
    "svg text": (f"return '''{SVG}'''", (113, 30)),
    "svg bytes": (f"return b'''{SVG}'''", (113, 30)),
    "svg": (f"return type('D', (), {{'_repr_svg_': lambda s: '''{SVG}'''}})()", (113, 30)),
    "bundle": (
        "return type('D', (), {'_repr_mimebundle_': lambda s, include, exclude=None: "
        f"({{'image/svg+xml': '''{SVG}'''}}, {{}})}})()",
        (113, 30),
    ),
    "image": ("return Image.new('RGBA', (20, 10), (255, 0, 0, 128))", (20, 10)),
    "png": (
        "out = io.BytesIO(); Image.new('L', (20, 10)).save(out, 'PNG'); return out.getvalue()",
        (20, 10),
    ),
}


def functions(bodies: Mapping[str, str], **options: str) -> str:
    """Return the text of a module with a figure for each body."""
    return "".join(
        f'@figure(alt="A.")\ndef {name.replace(" ", "_")}():\n    {body}\n\n\n'
        for name, body in bodies.items()
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, write: Write) -> Manifest:
    """Figures that return everything there is."""
    refused = {name: body for name, (body, _) in REFUSED.items()}
    displayed = {f"displayed {name}": body for name, (body, _) in DISPLAYED.items()}
    taken = {f"taken {name}": body for name, body in TAKEN.items()}
    files = {
        "figures/a.py": HEAD + functions({**refused, **displayed}),
        "figures/b.py": HEAD + "canvas = plt.subplots(num='there')\n" + functions(taken),
    }
    return build(find_project(write(tmp_path_factory.mktemp("results"), files)))


def test_what_holds_a_figure_stands_for_it(results: Manifest) -> None:
    """Axes, arrays and dictionaries of them, artists, parts, grids, and what pyplot has open."""
    names = {f"taken-{name.replace(' ', '-')}" for name in TAKEN}
    assert names <= results.renderings.keys()
    assert not results.said and not results.warnings  # `plt.show()` has nobody to show it to


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_picture_is_refused_in_one_line(results: Manifest, name: str) -> None:
    """The line names what was returned and what is expected."""
    own = name.replace(" ", "-")
    (message,) = [failure.message for failure in results.failures if failure.name == own]
    assert "\n" not in message
    assert f"{name.replace(' ', '_')}() {REFUSED[name][1]}" in message


@pytest.mark.parametrize("name", DISPLAYED)
def test_what_displays_itself_is_an_image_on_a_light_ground(results: Manifest, name: str) -> None:
    """It is in the SVG as it was, in its own size, with the alternative text around it."""
    rendering = results.renderings[f"displayed-{name.replace(' ', '-')}"]
    width, height = DISPLAYED[name][1]
    assert (rendering.width, rendering.height) == (width, height)
    root = ElementTree.fromstring(rendering.content)  # noqa: S314 (ours)
    _, words, ground, image = root
    assert words.text == "A." and ground.get("fill") == "#fff"
    assert root.get("viewBox") == f"0 0 {width} {height}"
    kind, _, data = str(image.get("href")).partition(";base64,")
    content = base64.b64decode(data)
    if kind == "data:image/svg+xml":
        assert b'id="mark"' in content
    else:
        assert kind == "data:image/png" and content.startswith(b"\x89PNG")


CLEAN = """
rng = np.random.default_rng(0)
drawn = []

@figure(alt="A.", sweep={"k": [1, 2, 3]})
def swept(k=2):
    import helper
    drawn.append(k)
    helper.times += 1
    matplotlib.rcParams["lines.linewidth"] += 1
    plt.plot([0, 1], [0, k], label=f"{len(drawn)} {helper.times}")
    words = [rng.random(), np.random.random(), matplotlib.rcParams["lines.linewidth"]]
    plt.title(str(words))
    plt.ylim(0, 3)
    print("as every frame")
    print("frame", k // 3)
    warnings.warn(f"odd {k // 3}")
"""


def test_a_frame_knows_nothing_of_another(make: Make) -> None:
    """Each has one curve; settings, chance and modules' variables are as at the first call.

    What a frame reads counts, in whatever frame that is.
    """
    text = CLEAN.replace("import helper", 'import helper\n    open(f"{k}.txt").close()')
    files = {f"{k}.txt": "" for k in (1, 2, 3)}
    root = make({"figures/a.py": HEAD + text, "src/helper.py": "times = 0\n", **files})
    manifest = build(find_project(root))
    manifest.raise_failures()
    product = manifest.renderings["swept"].product
    answers = json.loads(product.files["json"])
    moving = [slot for slot in answers["sweep"]["slots"] if slot[1] != "d"]
    assert moving == []  # neither text nor width of anything, nor more of it
    assert product.files["csv"].decode().splitlines()[0] == "k,x,1 1"
    assert [words.partition("says:\n")[2] for words in manifest.said] == [
        "    as every frame\n    frame 0\n    as every frame\n    frame 1"
    ]
    assert [re.sub(r".*'swept': ", "", words) for words in manifest.warnings] == [
        "UserWarning: odd 0 (figures/a.py:27)",
        "UserWarning: odd 1 (figures/a.py:27)",
    ]
    assert not build(find_project(root)).drawn
    (root / "3.txt").write_text("x")
    assert list(build(find_project(root)).drawn) == ["swept"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("1 / (k - 3)", "ZeroDivisionError: division by zero\n    figures/a.py:13: 1 / (k - 3)"),
        ("sys.exit(k)", "SystemExit: 1"),
        ("k == 3 and __import__('os')._exit(k)", "ended the process with code 3 before"),
        ("k == 3 and __import__('os').abort()", "was killed by SIGABRT before"),
        ("k == 3 and plt.close()", "returned nothing, and pyplot has no"),
        ("return '<svg/>'", "returned SVG without a size"),
    ],
)
def test_a_frame_that_fails_fails_the_figure(make: Make, body: str, expected: str) -> None:
    """As the default one does: its error, its end and its refusal are the figure's."""
    text = '@figure(alt="A.", sweep={"k": [1, 2, 3]})\ndef swept(k=2):\n    plt.plot(k)\n    '
    (failure,) = build(find_project(make({"figures/a.py": HEAD + text + body}))).failures
    assert expected in failure.message


SAYS = """
@figure(alt="A.")
def says():
    print("three curves")
    logging.getLogger("me").warning("careful: %d", 5)
    logging.getLogger("me").info("nothing")
    warnings.warn("old", DeprecationWarning)
    plt.title("温")

@figure(alt="A.")
def script():
    plt.title(repr(sys.argv))

@figure(alt="A.")
def runs():
    print("before")
    runpy.run_path("scripts/bad.py", run_name="__main__")

@figure(alt="A.")
def executes():
    exec("x = 1\\n1 / 0")

@figure(alt="A.", timeout=0.5)
def computes():
    while True: pass

@figure(alt="A.", timeout=0.5)
def waits():
    import time
    time.sleep(1000)
"""


def test_what_a_figure_says_is_heard_once(
    make: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prints, warnings and log records; errors with the author's own line; a figure's own limit."""
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    bad = "def inner():\n    return 1 / 0\ninner()\n"
    root = make({"figures/a.py": HEAD + SAYS, "scripts/bad.py": bad})
    assert main(["--root", str(root), "render", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["said"] == [
        "figures/a.py:12: figure 'says' says:\n    three curves",
        "figures/a.py:24: figure 'runs' says:\n    before",
    ]
    (careful, glyph) = told["warnings"]
    assert careful == "figures/a.py:12: figure 'says': me: careful: 5 (figures/a.py:14)"
    assert glyph.startswith("figures/a.py:12: figure 'says': ") and "no font at hand has" in glyph
    failed = {name: words.partition("': ")[2] for name, words in told["failed"].items()}
    assert failed["runs"].splitlines() == [
        "ZeroDivisionError: division by zero",
        '    figures/a.py:26: runpy.run_path("scripts/bad.py", run_name="__main__")',
        "    scripts/bad.py:3: inner()",
        "    scripts/bad.py:2: return 1 / 0",
    ]
    assert failed["executes"].splitlines()[1:] == [
        '    figures/a.py:30: exec("x = 1\\n1 / 0")',
        "    <string>:2",
    ]
    assert failed["computes"].startswith("was not done after 0.5 s of processor time; ")
    assert failed["waits"] == (
        "was not done after 0.5 s, and computes nothing; expected it to end. "
        "Give it more by @figure(timeout=…)"
    )
    drawn = (root / "figures/rendered/script.svg").read_text()
    assert "['figures/a.py']" in drawn

    assert main(["--root", str(root), "render", "--json", "says", "script"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["said"], told["warnings"]) == ([], [])


def test_check_answers_in_json_whatever_happens(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    """A figure that fails is a finding beside the others; no project at all is an error."""
    text = functions({"good": "plt.plot([1, 2])", "bad": "1 / 0"})
    root = make({"figures/a.py": HEAD + text})
    assert main(["--root", str(root), "check", "--json", "--quiet"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["checked"] == 1
    assert [(found["name"], found["kind"]) for found in told["findings"]] == [
        ("bad", "failed"),
        ("good", "missing"),
    ]
    (root / "pyproject.toml").unlink()
    assert main(["--root", str(root), "check", "--json"]) == 1
    out, err = capsys.readouterr()
    assert "found no pyproject.toml" in json.loads(out)["error"] and err.startswith("truepage: ")
