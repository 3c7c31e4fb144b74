"""The architecture: the parts of the package, the imports between them, and the public names."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import truepage

PACKAGE = Path(truepage.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path
    for path in sorted(PACKAGE.rglob("*.py"))
}

ORDER = [
    # part, parts that it imports, content
    ("declare", "", "`@figure` and `@step`, as authors import them"),
    ("engine", "", "incremental builds of tasks with recorded dependencies"),
    ("tracing", "engine", "recording what a task touches, inside the process that runs it"),
    ("steps", "declare engine tracing", "calls of `@step`, in the process that makes them"),
    ("worker", "engine steps tracing", "the process that runs tasks, one forked child for each"),
    ("maths", "engine", "TeX to terms, ball arithmetic, equations, claims, values; knows no page"),
    ("pages", "engine maths", "the material of pages: sources, listings, citations, styles"),
    ("figures", "declare engine pages tracing", "declared figures, and their drawings as SVG"),
    ("checking", "engine maths pages tracing", "the formulas, claims and values of pages, judged"),
    ("examples", "engine pages tracing", "the `>>>` examples of pages, run"),
    ("notebooks", "engine figures tracing", "notebooks, executed and made into pages"),
    ("galleries", "engine figures notebooks pages", "folders of scripts, made into pages"),
    ("project_tasks", "engine figures galleries notebooks", "all tasks of a project, by name"),
    ("check", "engine figures project_tasks", "everything run anew, and compared"),
    (
        "markdown",
        "checking engine examples figures galleries maths notebooks pages",
        "the Python-Markdown extension",
    ),
    ("preview", "engine figures markdown", "the watcher, the session and the browser's side"),
    (
        "hosts",
        "engine figures galleries markdown notebooks pages preview",
        "the MkDocs plugin",
    ),
    (
        "page_checks",
        "checking engine examples hosts pages",
        "all statements of all pages, checked for the command line",
    ),
    ("new", "engine", "the first files of a project"),
    (
        "cli",
        "check checking engine figures new page_checks preview project_tasks",
        "the commands",
    ),
]
"""The parts of `truepage`, each importing only parts above it."""

ALLOWED = {part: set(imported.split()) for part, imported, _ in ORDER}

LIBRARIES = {
    "mkdocs": ("hosts.mkdocs",),
    "watchdog": ("preview.watcher",),
    "markdown": ("markdown.",),
    "markdown_katex": ("markdown.",),
    "pymdownx": ("markdown.",),
    # Drawing belongs into the process of a task: builds and sites must start without either.
    "matplotlib": ("figures.", "notebooks.executing", "notebooks.cell_execution"),
    "numpy": ("figures.", "maths.", "notebooks.executing", "steps.", "worker"),
    "flint": ("maths.",),
    "quickjs": ("maths.katex",),
    "IPython": ("notebooks.",),
    "neural": (),  # the article's subject, which the generator must not know
}
"""Library → the only modules, by the beginning of their names, that import it."""


def imports(path: Path) -> set[str]:
    """Return the dotted names that a module imports, each as deep as the statement says."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            assert node.module
            found.add(node.module)
            found |= {
                name for alias in node.names if (name := f"{node.module}.{alias.name}") in MODULES
            }
    return found


def tops(names: set[str]) -> set[str]:
    """Return the first parts of dotted names."""
    return {name.partition(".")[0] for name in names}


def parts(module: str) -> set[str]:
    """Return the parts of `truepage` that a module imports."""
    names = imports(MODULES[module])
    return {name.split(".")[1] for name in names if name.startswith("truepage.")}


def part(module: str) -> str:
    """Return the part that a module belongs to."""
    return module.removeprefix("truepage.").partition(".")[0]


def test_each_part_imports_only_parts_above_it() -> None:
    """The rows of the table are in an order without circles, and every part has one row."""
    above: set[str] = set()
    for row, allowed in ALLOWED.items():
        assert allowed <= above, row
        above.add(row)
    assert len(above) == len(ORDER)
    assert above == {part(module) for module in MODULES} - {"__init__", "__main__"}


@pytest.mark.parametrize("row", ALLOWED)
def test_the_table_lists_what_each_part_imports(row: str) -> None:
    """It lists each import between parts, and no other: it is the documentation."""
    inside = [module for module in MODULES if part(module) == row]
    assert set().union(*map(parts, inside)) - {row} == ALLOWED[row]


def test_small_modules_are_shared() -> None:
    """A module of under 60 lines with a single importer belongs into that one."""
    imported = {module: imports(path) for module, path in MODULES.items()}
    importers = {
        module: [other for other, found in imported.items() if module in found]
        for module, path in MODULES.items()
        if len(path.read_text(encoding="utf-8").splitlines()) < 60
    }
    alone = {module: found[0] for module, found in importers.items() if len(found) == 1}
    assert {module for module in alone if not module.endswith("__init__")} == set()


def test_no_two_classes_and_no_two_modules_share_a_name() -> None:
    """A name means one thing."""
    names = [path.stem for path in MODULES.values() if path.stem != "__init__"]
    for path in MODULES.values():
        tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        names += [node.name for node in tree if isinstance(node, ast.ClassDef)]
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_libraries_are_imported_by_their_adapters_alone() -> None:
    """Hosts, the browser's parser and whatever is slow to import stay where they are listed."""
    for module, path in MODULES.items():
        for library in tops(imports(path)) & LIBRARIES.keys():
            assert module.removeprefix("truepage.").startswith(LIBRARIES[library]), (
                module,
                library,
            )


def test_figures_are_found_without_matplotlib() -> None:
    """The modules of `figures/` that builds import leave matplotlib to the process of a task."""
    program = "import sys, truepage.figures.manifest, truepage.markdown.shown; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert not tops(set(run.stdout.split())) & {"matplotlib", "numpy"}


def test_imports_have_no_cycle() -> None:
    """Modules can be put in an order in which each imports only earlier ones."""
    left = {
        module: {name for name in imports(path) if name in MODULES and name != module}
        for module, path in MODULES.items()
    }
    while left:
        free = [module for module, needed in left.items() if not needed & left.keys()]
        assert free, f"a cycle among {sorted(left)}"
        for module in free:
            del left[module]


def test_what_truepage_offers_is_exact() -> None:
    """Two names are public: `figure` and `step`."""
    assert truepage.__all__ == ["figure", "step"]
    assert callable(truepage.figure)
    assert callable(truepage.step)


@pytest.mark.parametrize(
    ("module", "large"),
    [
        ("truepage", {"matplotlib", "markdown", "mkdocs", "numpy", "flint", "quickjs"}),
        ("truepage.hosts.mkdocs", {"matplotlib", "numpy", "flint", "quickjs"}),
    ],
)
def test_importing_truepage_imports_nothing_large(module: str, large: set[str]) -> None:
    """Modules that declare figures pay nothing for it, and sites without maths neither."""
    program = f"import sys, {module}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert not tops(set(run.stdout.split())) & large
