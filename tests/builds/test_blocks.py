"""Figures that are written where they stand, as blocks of code on pages."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import markdown
import pytest

from truepage.cli import main
from truepage.engine.errors import DeclarationError
from truepage.engine.project import find_project
from truepage.figures.blocks import with_images
from truepage.figures.discover import discover
from truepage.figures.manifest import Manifest, build

Make = Callable[[Mapping[str, str | bytes]], Path]

PAGE = """\
---
title: Waves
---
# Waves

As @fig-two shows, and @fig-one.

```python figure="one" alt="A." caption="First."
import matplotlib.pyplot as plt
from lines import HEIGHT

seen = [HEIGHT]
plt.plot([0, 1], seen * 2)
```

- In a list:

    ```python figure="two" after="one" alt="B." caption="Second." code="shown"
    seen.append(7)
    fig, ax = plt.subplots()
    ax.plot(seen, "o")
    ax.set_title(f"{len(plt.get_fignums())} open")
    len(seen)
    ```

~~~ {.python figure=three alt='C.' caption='`Code`.' after=one sweep='level=[1, 2, 3]' code=hidden}
level = 2
plt.plot([0, 1], [level] * 2)
~~~

````markdown
```python figure="four" alt="D." caption="No block: an example of one."
```
````
"""


def picture(manifest: Manifest, name: str) -> str:
    """Return a figure's picture."""
    return manifest.renderings[name].content.decode()


def drawn(root: Path) -> Manifest:
    """Build a project."""
    manifest = build(find_project(root))
    manifest.raise_failures()
    return manifest


@pytest.fixture(scope="module")
def waves(tmp_path_factory: pytest.TempPathFactory, write: Callable[..., Path]) -> Path:
    """Root of a project whose figures all stand on a page, built."""
    root = write(
        tmp_path_factory.mktemp("waves"), {"docs/waves.md": PAGE, "src/lines.py": "HEIGHT = 5\n"}
    )
    drawn(root)
    return root


def test_blocks_are_figures(waves: Path) -> None:
    """Each draws its own figure; one goes on with what another one left, and one is swept."""
    manifest = drawn(waves)
    assert not manifest.drawn  # all are fresh
    assert list(manifest.figures) == ["one", "three", "two"]
    assert [figure.place for figure in manifest.figures.values()] == [
        "docs/waves.md:8",
        "docs/waves.md:26",
        "docs/waves.md:18",
    ]
    assert ">1 open</text>" in picture(manifest, "two")
    facts = manifest.renderings["three"].product.facts
    assert facts["sweep"] == {"name": "level", "shown": ["1", "2", "3"], "start": 1}
    rows = manifest.renderings["two"].product.facts["table"]["rows"]
    assert [float(row[-1]) for row in rows] == [5, 7]


@pytest.mark.parametrize(
    ("old", "new", "stale"),
    [
        ("# Waves", "# Waves\n\nMore.", set()),  # it moves down
        ("seen * 2", "seen * 2  # twice", {"one", "two", "three"}),
        ('caption="Second."', 'caption="Another."', set()),
        ("seen.append(7)", "seen.append(8)", {"two"}),
        ("[1, 2, 3]", "[1, 2, 4]", {"three"}),
        ('alt="B."', 'alt="Bee."', {"two"}),
    ],
)
def test_a_block_is_drawn_again_when_its_code_changed(
    waves: Path, old: str, new: str, stale: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Not when it moves, and with those that go on after it."""
    page = waves / "docs/waves.md"
    try:
        page.write_text(PAGE.replace(old, new))
        main(["--root", str(waves), "list", "--json"])
    finally:
        page.write_text(PAGE)
    listed = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert {name for name, each in listed.items() if each["status"] != "fresh"} == stale
    assert all(listed[name]["reasons"] == ["its block changed"] for name in stale)


def test_a_block_is_drawn_again_when_the_code_that_it_uses_changed(waves: Path) -> None:
    """It is recorded like any other figure."""
    module = waves / "src/lines.py"
    try:
        module.write_text("HEIGHT = 6\n")
        manifest = drawn(waves)
        assert set(manifest.drawn) == {"one", "two", "three"}
        assert manifest.drawn["one"] == ("module `lines` changed",)
    finally:
        module.write_text("HEIGHT = 5\n")


def test_a_page_shows_the_picture_and_the_code_as_it_is_told(waves: Path) -> None:
    """Behind the picture, above it, or nowhere; and the numbers are those of reading."""
    html = markdown.markdown(
        PAGE.partition("---\n# ")[2],
        extensions=["truepage", "pymdownx.superfences", "pymdownx.highlight"],
        extension_configs={"truepage": {"root": str(waves), "page": "docs/waves.md"}},
    )
    assert 'href="#fig-two">Figure 2</a>' in html.replace(' class="truepage-reference"', "")
    first, second, third = html.split('<figure class="truepage-figure"')[1:]
    assert "docs/waves.md, line 9" in first
    assert "line 27" not in third
    before = html.partition('id="fig-two"')[0]
    assert "append" in before.rpartition("</figure>")[2]
    assert "append" not in second.partition("</figcaption>")[2].partition("</li>")[0]
    assert "<code>Code</code>." in third
    assert 'figure="four"' in html.replace("&quot;", '"')


def test_lines_stay_where_they_are() -> None:
    """As far as no code is shown: places in messages stay right."""
    lines = PAGE.replace(' code="shown"', "").split("\n")
    made = with_images(lines)
    assert len(made) == len(lines)
    assert made[15:19] == [*lines[15:17], "", ""]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('alt="B."', "", "docs/waves.md:18: the figure 'two' has no alt text; expected"),
        ('caption="Second."', "", "docs/waves.md:18: the figure 'two' has no caption; expected"),
        ('figure="two"', 'figure="t_o"', "docs/waves.md:18: a figure cannot be named 't_o'"),
        ('figure="two"', 'figure="one"', "a second figure is named 'one'; the first is at docs/wa"),
        ('figure="two" after="one"', 'figure="two" after="three"', "is no figure of a block above"),
        ("code=hidden", "code=hide", "docs/waves.md:26: the block of figure 'three' has code='hi"),
        ("code=hidden", "timeout=-1", "the timeout of figure 'three' is '-1'; expected seconds"),
        ("sweep='", "swep='", "has no option 'swep'; did you mean sweep?"),
        ('"First."', '"`x`"', "docs/waves.md:8: a block's first line holds a backtick"),
    ],
)
def test_what_is_wrong_with_the_first_line_is_said(
    make: Make, old: str, new: str, message: str
) -> None:
    """With page and line, before anything is drawn."""
    root = make({"docs/waves.md": PAGE.replace(old, new)})
    with pytest.raises(DeclarationError) as caught:
        discover(find_project(root))
    assert message in str(caught.value)


FAILS = {
    "raises": ("import os\n\nos.stat('no file')", "\n    docs/a.md:4: os.stat('no file')"),
    "syntax": ("x = 1\nx = = 2", "\n    docs/a.md:9: x = = 2"),
    "value": ("1 + 1", "its code returned int; expected a matplotlib Figure or Axes"),
    "unswept": ("y = 1", "its sweep is over 'x', and no line of the block assigns a number to it"),
    "values": ("x = 1", "the values of its sweep, '[nothing]', raise NameError"),
}


def test_what_a_block_raises_is_said_with_its_line(make: Make) -> None:
    """The page's own, and the line's text."""
    sweeps = {"unswept": "sweep='x=[1, 2]'", "values": "sweep='x=[nothing]'"}
    page = "".join(
        f"```python figure='{name}' alt='A.' caption='A.' {sweeps.get(name, '')}\n{code}\n```\n\n"
        for name, (code, _) in FAILS.items()
    )
    manifest = build(find_project(make({"docs/a.md": page})))
    failures = {failure.name: failure.message for failure in manifest.failures}
    assert failures.keys() == FAILS.keys()
    for name, (_, words) in FAILS.items():
        assert words in failures[name]


def test_a_block_goes_on_after_all_of_another(make: Make) -> None:
    """Also after the expression that it ends with."""
    fence = "```python figure='{}' alt='A.' caption='A.' {}\n{}\n```\n\n"
    begun = "import matplotlib.pyplot as plt\nseen = [1]\nplt.plot(seen)\nseen.append(2)"
    page = fence.format("a", "", begun) + fence.format("b", "after='a'", "plt.plot(seen)")
    manifest = drawn(make({"docs/a.md": page}))
    tables = {name: each.product.facts["table"] for name, each in manifest.renderings.items()}
    assert [len(tables[name]["rows"]) for name in "ab"] == [1, 2]


def test_functions_in_packages_are_figures(make: Make, head: str) -> None:
    """Those of `source_dirs`, by their full names; other modules there may be anything."""
    code = head + '@figure(alt="A.")\ndef flat() -> Figure:\n    return level(0.5)\n'
    root = make(
        {
            "src/package/__init__.py": "",
            "src/package/plots.py": code,
            "src/package/template.py": "{{ no Python }}",
            "src/.hidden/plots.py": code,
            "src/venv/pyvenv.cfg": "",
            "src/venv/plots.py": code,
        }
    )
    manifest = drawn(root)
    assert [figure.module for figure in manifest.figures.values()] == ["package.plots"]
