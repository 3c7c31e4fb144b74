"""How the package is built: what imports what, and what it offers."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import truepage

PACKAGE = Path(truepage.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


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
            if node.module in {"truepage", "truepage.markdown"}:
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def tops(names: set[str]) -> set[str]:
    """Return the first parts of dotted names."""
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("module", MODULES)
def test_hosts_are_imported_by_their_adapters_alone(module: str) -> None:
    """Only `mkdocs*.py` import MkDocs, only `markdown/` Python-Markdown; nobody imports neural."""
    found = tops(imports(MODULES[module]))
    assert "neural" not in found
    assert ("mkdocs" in found) == module.startswith("truepage.hosts.mkdocs")
    assert ("watchdog" in found) == (module == "truepage.preview.watcher")
    if not module.startswith("truepage.markdown."):
        assert not found & {"markdown", "markdown_katex", "pymdownx"}
    plain = {"likeness", "outside", "palette", "paths", "svg", "sweep", "typefaces"}
    pictures = {name for name in MODULES if name.startswith("truepage.figures.")}
    pictures -= {f"truepage.figures.{name}" for name in plain}
    steps = {f"truepage.steps.{name}" for name in ("asking", "contents", "tables", "task")}
    if module not in {"truepage.tracing.worker", "truepage.notebooks.executing", *pictures, *steps}:
        assert "matplotlib" not in found, "drawing belongs into the worker's process"
        assert module.startswith("truepage.maths.") or "numpy" not in found


def test_the_engine_knows_no_adapter() -> None:
    """`declare ← trace, draw, store ← build ← {markdown, cli} ← mkdocs`, and never back."""
    adapters = {"truepage.cli", "truepage.markdown", "truepage.hosts.mkdocs", "truepage.__main__"}
    adapters.add("truepage.preview")
    for module, path in MODULES.items():
        found = imports(path)
        if not module.startswith(tuple(adapters)):
            assert not [name for name in found if name.startswith(tuple(adapters))], module
        if module.startswith("truepage.markdown"):
            assert not found & {"truepage.cli", "truepage.hosts.mkdocs"}, module
        if module in {"truepage.declare", "truepage.engine.errors"}:
            assert not [name for name in found if name.startswith("truepage.")], module
    for module in ("truepage.engine.trace", "truepage.figures.draw", "truepage.engine.store"):
        assert "truepage.engine.build" not in imports(MODULES[module])


@pytest.mark.parametrize("module", [name for name in MODULES if ".maths" in name])
def test_maths_knows_no_page_and_no_site(module: str) -> None:
    """`maths/` can be used without pages, projects and jobs; `checking/` brings them together."""
    if module.startswith("truepage.maths"):
        others = {name for name in imports(MODULES[module]) if name.startswith("truepage.")}
        others = {name for name in others if not name.startswith("truepage.maths")}
        assert others <= {"truepage.engine.errors", "truepage.engine.files"}


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
