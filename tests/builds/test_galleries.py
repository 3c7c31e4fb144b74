"""Galleries: folders of plain scripts, on a site that MkDocs builds."""

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from building import build
from markdown import markdown

from truepage.check import examine_notebooks
from truepage.cli import main
from truepage.engine.batch import run_tasks
from truepage.engine.context import BuildContext
from truepage.engine.errors import PageError
from truepage.engine.project import find_project
from truepage.galleries.example import example_from
from truepage.galleries.gallery import find_galleries
from truepage.galleries.gallery_site import GallerySite
from truepage.galleries.restructured import as_markdown
from truepage.galleries.script_blocks import read_example
from truepage.project_tasks import find_scripts

Write = Callable[[Path, Mapping[str, str | bytes]], Path]
Make = Callable[[Mapping[str, str | bytes]], Path]

OPTIONS = '[tool.truepage]\ngalleries = ["examples"]\n'

CONFIG = """\
site_name: Scripts
theme:
  name: material
  font: false
plugins:
  - search
  - truepage
  - mkdocstrings:
      handlers: { python: { paths: [src], options: { show_root_heading: true } } }
markdown_extensions:
  - pymdownx.superfences
nav:
  - index.md
  - examples.md
  - api.md
"""

CURVE = '''\
"""
===========
A *curve*
===========

With :math:`x^2`, ``code`` and :func:`~library.triple`.

.. note:: See `there <https://example.org/>`_.
"""
import matplotlib.pyplot as plt

from library import triple

# %%
# Draw it
# -------
# As it is::
#
#     plt.plot(x)
#
# caption: It rises.
# alt: A line
#   that rises.

# A comment of the code.
fig, ax = plt.subplots(figsize=(2, 1))
ax.plot([0, triple(1)])
plt.show()
print("said", "uniqueword")

####################################
# Two more, one of them without pyplot's window.
# thumbnail: 2

plt.figure(figsize=(2, 1))
plt.plot([2, 1])
plt.figure(figsize=(1, 1))
plt.plot([1, 2])
{"last": triple(2)}
'''

PLAIN = '''\
#!/usr/bin/env python3
"""Values of a script"""

from __future__ import annotations

import sys
from pathlib import Path

import helper
from library import Thing

# %% Where it runs
print(__name__, sys.argv, Path(__file__).name, Path("data.txt").read_text(), helper.VALUE)


def annotated(x: Unknown) -> None: ...


if __name__ == "__main__":
    print(Thing().size(), open)
    sys.exit(0)
'''

FILES = {
    "pyproject.toml": OPTIONS,
    "mkdocs.yml": CONFIG,
    "docs/index.md": "# Start\n\n![](examples:library.triple)\n\n```text\n![](gallery:no)\n```\n",
    "docs/examples.md": "![](gallery:examples)\n",
    "docs/api.md": "# API\n\n::: library\n",
    "src/library.py": '''\
"""A library."""


def triple(x):
    """Return three times x."""
    return 3 * x  # a comment


def unused(x):
    """Return x."""
    return x


class Thing:
    """A thing."""

    def size(self):
        """Return its size."""
        return 7
''',
    "examples/README.rst": "The scripts\n===========\n\nThey are ``plain``.\n",
    "examples/plot_curve.py": CURVE,
    "examples/values.py": PLAIN,
    "examples/helper.py": "VALUE = 5\n",
    "examples/data.txt": "data",
    "examples/more/README.md": "# More of them\n\n![Dots](dots.svg)\n",
    "examples/more/dots.svg": '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "examples/more/meant.py": '"""# Meant, $x$\n\n![](dots.svg)"""\n# expected to fail\n[1][5]\n',
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, write: Write) -> Path:
    """Root of a site with a gallery, built strictly."""
    root = write(tmp_path_factory.mktemp("gallery"), FILES)
    done = build(root)
    assert done.returncode == 0, done.stderr
    assert "3 examples run, 0 fresh" in done.stderr
    assert "2 of 3 pictures of examples have no alt text" in done.stderr
    assert "examples/helper.py: is imported by examples/values.py" in done.stderr
    return root


def page(root: Path, name: str) -> str:
    """Return the article of a built page, without what lies behind pictures."""
    text = (root / "site" / name / "index.html").read_text(encoding="utf-8")
    article = text[text.index("<article") : text.index("</article>")]
    return re.sub(r"<svg.*?</svg>|<template.*?</template>", "", article, flags=re.DOTALL)


def words(html: str) -> str:
    """Return the words of HTML in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_script_is_a_page(site: Path) -> None:
    """Its docstring heads it, prose and code take turns, and each block's figures follow it."""
    text = page(site, "examples/plot_curve")
    assert re.search(r"<h1[^>]*>A <em>curve</em></h1>", text)
    assert 'class="katex"' in text
    assert "<code>triple</code>" in text
    assert '<a href="https://example.org/">there</a>' in text
    assert re.search(r"<h2[^>]*>Draw it</h2>", text)
    shown = words(text)
    assert "As it is: plt . plot ( x )" in shown
    assert "# A comment of the code." in shown
    assert "that rises." not in shown.partition("Figure 1.")[0]
    order = [
        "Draw it",
        "Figure 1. It rises.",
        "said uniqueword",
        "Two more",
        "Figure 2.",
        "Figure 3.",
    ]
    places = [shown.index(each) for each in [*order, "'last': 6"]]
    assert places == sorted(places), shown
    whole = (site / "site/examples/plot_curve/index.html").read_text(encoding="utf-8")
    assert 'aria-label="A line that rises."' in whole or ">A line that rises.<" in whole
    assert "<title>A curve - Scripts</title>" in whole
    assert "#" * 20 not in shown
    assert "thumbnail" not in shown


def test_it_runs_as_a_script_runs(site: Path) -> None:
    """Python itself prints the same, run in the script's folder."""
    folder = site / "examples"
    run = subprocess.run(
        [sys.executable, "values.py"],
        cwd=folder,
        env={"PYTHONPATH": str(site / "src"), "PATH": ""},
        capture_output=True,
        text=True,
    )
    product = next(
        context.status(task).product
        for context in [BuildContext(find_project(site))]
        for name, task in find_scripts(context).items()
        if name == "examples/values.py"
    )
    assert product
    printed = "".join(
        output["text"] for outputs in product.facts["cells"].values() for output in outputs
    )
    assert run.stdout == printed
    assert "__main__ ['values.py'] values.py data 5" in printed


def test_the_index_shows_pictures_titles_and_sections(site: Path) -> None:
    """Each link leads to a page; the picture is the one that a comment chose."""
    text = page(site, "examples")
    assert "The scripts" in text
    assert "<code>plain</code>" in text
    assert re.search(r"<h2[^>]*>More of them</h2>", text)
    links = re.findall(r'class="truepage-example" href="([^"]+)"', text)
    assert links == ["plot_curve/", "values/", "more/meant/"]
    assert all((site / "site/examples" / link / "index.html").is_file() for link in links)
    (picture,) = re.findall(r'<img src="([^"]+)"', text)
    assert "examples-plot-curve--3-" not in picture, "the second of all: the first of block 3"
    assert "/examples-plot-curve--3." in picture
    assert (site / "site/examples" / picture).is_file()
    assert 'title="With x^2, code and triple."' in text
    assert words(text).count("Meant, $x$") == 1


def test_images_beside_a_script_are_taken_along(site: Path) -> None:
    """Those that a README shows, and those that a script's prose does."""
    for name in ("examples", "examples/more/meant"):
        (source,) = re.findall(r'src="([^"]+dots[^"]*)"', page(site, name))
        assert (site / "site" / name / source).is_file()


def test_pages_lead_on(site: Path) -> None:
    """To the one before, the gallery and the next; and to what was run, on the API's page."""
    text = page(site, "examples/values")
    assert '<a href="../plot_curve/">← A curve</a>' in text
    assert '<a href="../">The scripts</a>' in text
    assert '<a href="../more/meant/">Meant, $x$ →</a>' in text
    assert 'href="../../api/#library.Thing.size"' in text
    assert "library.triple" not in text
    index = json.loads((site / "site/search/search_index.json").read_text(encoding="utf-8"))
    assert any("uniqueword" in entry["text"] for entry in index["docs"])


def test_what_is_expected_to_fail_is_shown(site: Path) -> None:
    """The error is its last output, and a note says that it is meant."""
    text = words(page(site, "examples/more/meant"))
    assert "is expected to fail" in text
    assert "IndexError: list index out of range" in text


def test_readers_take_scripts_away(site: Path) -> None:
    """As a script, as a notebook with outputs, and all with what they read."""
    folder = site / "site/assets/galleries"
    assert (folder / "examples/values.py").read_text(encoding="utf-8") == PLAIN
    document = json.loads((folder / "examples/plot_curve.ipynb").read_text(encoding="utf-8"))
    assert [cell["cell_type"] for cell in document["cells"]].count("code") == 3
    with zipfile.ZipFile(io.BytesIO((folder / "examples.zip").read_bytes())) as packed:
        assert sorted(packed.namelist()) == [
            "examples/data.txt",
            "examples/helper.py",
            "examples/more/meant.py",
            "examples/plot_curve.py",
            "examples/values.py",
        ]


def test_examples_of_a_function_are_those_that_ran_it(site: Path) -> None:
    """What a page asks for is answered by the traces."""
    text = page(site, "")
    assert re.findall(r'class="truepage-example" href="([^"]+)"', text) == ["examples/plot_curve/"]
    assert "![](gallery:no)" in text


def test_an_api_page_says_which_examples_ran_an_object(site: Path) -> None:
    """Below each object that mkdocstrings documents, without a word in its docstring."""
    found = {}
    for part in re.split(r'<h\d id="', page(site, "api"))[1:]:
        name = part.partition('"')[0]
        found[name] = re.findall(r'class="truepage-example" href="([^"]+)"', part)
    assert found == {
        "api": [],
        "library": [],
        "library.triple": ["../examples/plot_curve/"],
        "library.unused": [],
        "library.Thing": ["../examples/values/"],
        "library.Thing.size": ["../examples/values/"],
    }


PACKAGE = {
    "src/package/__init__.py": "import inspect\nfrom package.core import *\n",
    "src/package/core.py": """\
def f0(x):
    return x + 1

def f1(x):
    return [f0(each) for each in range(x)]

def f2(x):
    yield from map(lambda each: each + 1, f1(x))

def _hidden(function):
    def inside(x):
        return function(x)
    return inside

@_hidden
def f3(x):
    return x

class Base:
    def __init__(self, x=0):
        self.x = x

    def method(self):
        return f3(self.x)

    @property
    def size(self):
        return self.x

    @classmethod
    def make(cls):
        return cls(3)

class Sub(Base):
    def other(self):
        return self.size

    @staticmethod
    def still(x):
        return x
""",
}
SCRIPTS = [
    "p.f0(1)", "p.f1(2)", "list(p.f2(2))", "p.f2", "p.f3(1)", "p.Base()", "p.Sub.make().method()",
    "p.Sub(2).size", "p.Sub.still(1)", "p.Sub(1).other()", "p.inspect.signature(p.f0)",
    "p.inspect.isgeneratorfunction(p.f2)", "p.Base.method", "from package import f1",
]  # fmt: skip

TRACER = """\
import json, runpy, sys
seen = set()
def note(frame, event, argument):
    if event == "call" and frame.f_code.co_filename.endswith("core.py"):
        seen.add(frame.f_code.co_qualname.replace("<locals>.", ""))
sys.setprofile(note)
runpy.run_path(sys.argv[1], run_name="__main__")
sys.setprofile(None)
print(json.dumps(sorted(seen)))
"""


def test_back_references_are_exact(make: Make) -> None:
    """The interpreter's own profiling hook names the same functions for each script."""
    scripts = {
        f"examples/e{at:02}.py": f'"""Script {at}"""\nimport package as p\n{code}\n'
        for at, code in enumerate(SCRIPTS)
    }
    root = make({"pyproject.toml": OPTIONS, **PACKAGE, **scripts})
    found = galleries(root)
    truth: dict[str, set[str]] = {}
    for path in scripts:
        run = subprocess.run(
            [sys.executable, "-c", TRACER, path],
            cwd=root,
            env={"PYTHONPATH": "src"},
            capture_output=True,
            text=True,
            check=True,
        )
        for name in json.loads(run.stdout.splitlines()[-1]):
            truth.setdefault(name, set()).add(path)
    names = ["f0", "f1", "f2", "f3", "_hidden", "Base.__init__", "Base.method", "Base.size"]
    names += ["Base.make", "Sub.other", "Sub.still"]
    for name in names:
        users = {example.path for example in found.using(f"package.core.{name}")}
        assert users == truth.get(name, set()), name
    for name in ("Base", "Sub"):
        users = {example.path for example in found.using(f"package.{name}")}
        every = (paths for other, paths in truth.items() if other.startswith(f"{name}."))
        assert users == set().union(*every), name
    inherited = {example.path for example in found.using("package.Sub.method")}
    assert inherited == truth["Base.method"]


def galleries(root: Path) -> GallerySite:
    """Return the galleries of a project, run."""
    context = BuildContext(find_project(root))
    found = GallerySite(context, root / "docs")
    batch = run_tasks(context, found.tasks.values())
    found.receive(batch)
    found.write({})
    return found


def ran(root: Path) -> list[str]:
    """Bring the scripts of a project up to date; return which were run."""
    context = BuildContext(find_project(root))
    tasks = find_scripts(context)
    batch = run_tasks(context, tasks.values())
    assert batch.failures == ()
    return [
        path.removeprefix("examples/") for path, task in tasks.items() if task.name in batch.done
    ]


def edit(path: Path, before: str, after: str) -> None:
    """Change a file."""
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_exactly_the_users_of_what_changed_are_run(make: Make) -> None:
    """A comment runs none, a function its users, data and siblings theirs, prose none."""
    root = make({name: text for name, text in FILES.items() if not name.startswith("docs/")})
    assert len(ran(root)) == 3
    assert ran(root) == []
    edit(root / "src/library.py", "# a comment", "# another")
    assert ran(root) == []
    edit(root / "src/library.py", "3 * x", "x * 3")
    assert ran(root) == ["plot_curve.py"]
    edit(root / "src/library.py", "    return x\n", "    return +x\n")
    assert ran(root) == []
    edit(root / "examples/data.txt", "data", "other")
    assert ran(root) == ["values.py"]
    edit(root / "examples/helper.py", "5", "6")
    assert ran(root) == ["values.py"]
    edit(root / "examples/values.py", "# %% Where it runs", "# %% Where it runs\n# In prose.")
    assert ran(root) == []
    edit(root / "examples/more/meant.py", "[5]", "[6]")
    assert ran(root) == ["more/meant.py"]


def test_the_others_are_built_where_one_fails(make: Make) -> None:
    """Each failure has its own line of the script; a strict build fails, and another goes on."""
    root = make(
        {
            **FILES,
            "mkdocs.yml": "site_name: S\nplugins: [truepage]\n",
            "docs/api.md": "# API\n",
            "examples/bad.py": '"""Bad"""\nimport library\n\n\n# %%\n# Prose.\n1 / 0\n',
            "examples/broken.py": '"""Broken"""\n\nx = (\n',
            "examples/fine.py": '"""Fine"""\n# expected to fail\nprint("it does not")\n',
        }
    )
    done = build(root)
    assert done.returncode == 1
    for line in (
        "examples/bad.py: the example: block 2: ZeroDivisionError: division by zero",
        "    examples/bad.py:7: 1 / 0",
        "    examples/broken.py:3: x = (",
        "examples/fine.py: the example: raised nothing, and examples/fine.py:2 says that it is "
        "expected to fail",
    ):
        assert line in done.stderr
    context = BuildContext(find_project(root))
    site = GallerySite(context, root / "docs")
    batch = run_tasks(context, site.tasks.values())
    assert batch.done.keys() <= {site.tasks[f"examples/{name}.py"].name for name in ()}
    site.receive(batch)
    site.write({"examples": "examples.md"})
    assert len(batch.products) == 3
    bad = site.pages["examples/bad.md"].text
    assert bad.index("# Bad") < bad.index('!!! failure "This example could not be run."')
    assert "1 / 0" in bad.partition("Prose.")[2]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "![](gallery:exmples)",
            "docs/index.md:3: there is no gallery 'exmples'; expected one of those that "
            "[tool.truepage] in pyproject.toml names: examples.",
        ),
        (
            "![](examples:library.tripel)",
            "docs/index.md:3: src/library.py has no 'tripel' for the symbol 'library.tripel'; "
            "did you mean library.triple?",
        ),
        ("A ![](gallery:examples)", "docs/index.md:3: 'gallery:examples' is not shown; expected"),
        (
            "- ![](examples:library.triple)",
            "docs/index.md:3: 'examples:library.triple' is not shown; expected "
            "![](examples:library.triple) alone in its line, with nothing in its brackets, and "
            "neither indented nor within a list",
        ),
    ],
)
def test_what_cannot_be_shown_is_said(make: Make, line: str, message: str) -> None:
    """With the page, its line, and what there is."""
    root = make(
        {
            "pyproject.toml": OPTIONS,
            "mkdocs.yml": "site_name: S\nplugins: [truepage]\n",
            "docs/index.md": f"# Start\n\n{line}\n",
            "src/library.py": FILES["src/library.py"],
            "examples/a.py": '"""A"""\n',
        }
    )
    assert message in build(root).stderr


def test_what_never_runs_has_no_examples(make: Make) -> None:
    """A class without functions of its own would have an empty list in silence."""
    root = make(
        {
            "pyproject.toml": OPTIONS,
            "src/p.py": "class Empty:\n    x = 1\n\n\nLIMIT = 3\n",
            "examples/a.py": '"""A"""\nimport p\np.Empty()\n',
        }
    )
    found = galleries(root)
    for name in ("p.Empty", "p.LIMIT"):
        with pytest.raises(PageError, match="has no code that runs"):
            found.using(name)


def test_commands_know_scripts(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`list`, `why`, `uses` and `check` treat them as figures and notebooks."""

    def said(*arguments: str) -> str:
        assert main(["--root", str(site), *arguments]) == 0
        return capsys.readouterr().out

    assert re.search(r"^examples/values\.py +fresh", said("list"), re.MULTILINE)
    assert "function `library.Thing.size`" in said("why", "examples/values.py")
    assert said("uses", "library.triple") == "examples/plot_curve.py  examples/plot_curve.py\n"
    project = find_project(site)
    count, findings = examine_notebooks(project, lambda *_: None, find_scripts)
    assert (count, findings) == (3, ())


def test_galleries_are_folders(make: Make) -> None:
    """Another value is refused with the file that says it."""
    root = make({"pyproject.toml": '[tool.truepage]\ngalleries = ["nowhere"]\n'})
    with pytest.raises(Exception, match=r"pyproject.toml: .*galleries names 'nowhere'"):
        find_project(root)


def parts(source: str) -> list[tuple[str, str]]:
    """Return the blocks of a script: what each is, and its text."""
    example = example_from(read_example(source.encode(), "examples/a.py"))
    return [(cell.kind, cell.source.strip()) for cell in example.notebook.cells]


@pytest.mark.parametrize(
    ("source", "title", "blocks"),
    [
        ("x = 1\n", "A", [("code", "x = 1")]),
        ('"""Title only."""\n', "Title only", []),
        (
            '"""\nTitle\n-----\n"""\n#%%\n# Prose\nx\n',
            "Title",
            [("markdown", "Prose"), ("code", "x")],
        ),
        (
            '"""# T"""\ntext = """\n# %%\n# no prose\n"""\n',
            "T",
            [("code", 'text = """\n# %%\n# no prose\n"""')],
        ),
        (
            '"""T"""\n# %% [markdown]\n# # Head\n# more\n# %% tags=["x"]\nx\n',
            "T",
            [("markdown", "## Head\nmore"), ("code", "x")],
        ),
        (
            '"""T"""\n# sphinx_gallery_thumbnail_number = 2\nx  # kept\n# caption: C\n',
            "T",
            [("code", "x  # kept")],
        ),
    ],
)
def test_blocks_of_a_script(source: str, title: str, blocks: list[tuple[str, str]]) -> None:
    """The first is the head; then prose and code, as comments at the margin part them."""
    (kind, head), *rest = parts(source)
    assert (kind, head.partition("\n")[0]) == ("markdown", f"# {title}")
    assert rest == blocks


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("* a\n* b\n\n  - c\n\n1. d\n", "<ul>a b<ul>c</ul></ul><ol>d</ol>"),
        ("- a\n  more ``x``\n\n  Second.\n- b\n", "<ul>a more x Second. b</ul>"),
        ("- a\n    - b\n- c\n", "<ul>a<ul>b</ul>c</ul>"),
        ("#. a\n\n   - b\n#. c\n", "<ol>a<ul>b</ul>c</ol>"),
        ("(1) a\n    lazy\n(2) b\n\nAfter\n", "<ol>a lazy b</ol>After"),
        ("in all\n10. not an item\n\n- - -\n", "in all 10. not an item"),
    ],
)
def test_lists_of_restructured_text(source: str, expected: str) -> None:
    """What is nested there, by two or three spaces, is nested on pages; kinds are kept apart."""
    made = "\n".join(line for line, _ in as_markdown(source.split("\n"), {}))
    html = re.sub(r"<!-- -->|</?(?:li|p|code)>|<hr />", " ", markdown(made))
    shown = re.sub(r"\s*(</?[uo]l>)\s*", r"\1", " ".join(html.split()))
    assert shown == expected


def test_a_script_says_how_long_it_may_take(make: Make) -> None:
    """In a comment that is not shown; where it takes longer, that comment is named."""
    root = make(
        {
            "pyproject.toml": OPTIONS,
            "examples/slow.py": '"""Slow"""\n# timeout: 1 s\nwhile True:\n    pass\n',
        }
    )
    context = BuildContext(find_project(root))
    (task,) = GallerySite(context, root / "docs").tasks.values()
    (failure,) = run_tasks(context, [task]).failures
    assert failure.message.splitlines() == [
        "examples/slow.py: the example: block 1 was not done after 1 s of processor time; expected "
        "it to end. Give it more by a comment in it: `# timeout: 600`",
        "    examples/slow.py:3: while True:",
    ]
    assert task.request["cells"][0]["line"] == 3


def test_a_sibling_that_python_would_take_is_not_passed_over(make: Make) -> None:
    """A module of its name is here already; what comes to stand there later is noticed, too."""
    root = make(
        {
            "pyproject.toml": OPTIONS,
            "examples/a.py": '"""A"""\nimport random\n\nprint(random.Random(1).random())\n',
        }
    )
    assert ran(root) == ["a.py"]
    assert ran(root) == []
    (root / "examples/random.py").write_text("Random = None\n", encoding="utf-8")
    context = BuildContext(find_project(root))
    tasks = GallerySite(context, root / "docs").tasks
    (failure,) = run_tasks(context, [tasks["examples/a.py"]]).failures
    assert "Python takes random.py beside the script; expected another name" in failure.message
    assert failure.message.endswith("\n    examples/a.py:2: import random")


def test_scripts_are_in_the_order_of_their_numbers(make: Make) -> None:
    """And of their names, where no numbers are."""
    names = ["1_z", "9_b", "10_a", "b2/1_a", "b10/1_a", "plot", "plot_2", "plot_10"]
    root = make(
        {
            "pyproject.toml": OPTIONS,
            **{f"examples/{name}.py": f'"""{name}"""\n' for name in sorted(names)},
        }
    )
    context = BuildContext(find_project(root))
    found = find_galleries(context.project, context.index)["examples"]
    top, *within = [[example.title for example in section.examples] for section in found.sections]
    assert [*top, *within] == [*names[:3], *names[5:], ["b2/1_a"], ["b10/1_a"]]
