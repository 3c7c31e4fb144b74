"""A project: its root folder, and the options in `[tool.truepage]` of its `pyproject.toml`."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from truepage.engine.errors import TruepageError

FIGURES = "figures"
"""The folder of the modules that declare figures, where no option names another one."""

RENDERED = "rendered"
"""The folder inside the figures' folder that holds the committed pictures."""


HOST = "mkdocs.yml"
"""The file that says where pages are."""

_COMMAND = re.compile(r"\\(?:[A-Za-z]+|[^A-Za-z\s])")

_OPTION = r"^{}:[ \t]*(?P<quote>[\"']?)(?P<value>[^\n]*?)(?P=quote)[ \t]*(?:[ \t]#[^\n]*)?$"


@dataclass(frozen=True)
class Project:
    """Where things are, and how many drawings run at once.

    Parameters
    ----------
    root
        The folder that holds ``pyproject.toml``, else the host's file; drawings run there.
    figures_dir
        The folder of the modules that declare figures; importable while drawing.
    source_dirs
        Folders of the author's own packages; importable while drawing.
    cache_dir
        Where pictures are kept between builds. May be shared between checkouts.
    jobs
        How many figures are drawn at once.
    symbols
        What a symbol in formulas stands for on all pages: its TeX → a function's dotted name. An
        option of its own, because neither the page nor the code can say it: σ is the sigmoid on
        every page of this site, and on another the standard deviation.
    examples
        Whether what follows ``>>>`` on pages is run: pages that were there before may not mean it.
    macros
        Commands that formulas on all pages may use: name → TeX, with ``#1`` for an argument.
    galleries
        Folders of plain scripts, each of which becomes a page.
    host
        The host's file: the nearest one from the folder that the project was looked for in, or the
        only one in a folder below the root.
    """

    root: Path
    figures_dir: Path
    source_dirs: tuple[Path, ...]
    cache_dir: Path
    jobs: int
    symbols: Mapping[str, str] = field(default_factory=dict)
    macros: Mapping[str, str] = field(default_factory=dict)
    examples: bool = False
    galleries: tuple[Path, ...] = ()
    host: Path = Path(HOST)

    @property
    def rendered_dir(self) -> Path:
        """Folder of the committed pictures."""
        return self.figures_dir / RENDERED

    @property
    def docs_dir(self) -> Path:
        """Folder of the pages: what the host's file says, or ``docs``."""
        return docs_dir(self.host)

    def relative(self, path: Path) -> str:
        """Return a path as messages show it: from the root, with forward slashes."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()


def find_host(project: Project, start: Path) -> Path | None:
    """Return the host's file: in a folder or above it, else in the one folder below that has it.

    Parameters
    ----------
    project
        The project: nothing outside is looked at.
    start
        The folder.

    Raises
    ------
    TruepageError
        Several folders below have one.
    """
    found = _hosts(project.root, start)
    if len(found) > 1:
        names = ", ".join(project.relative(file.parent) for file in found)
        raise TruepageError(f"several folders have a {HOST}: {names}; expected `--root` with one.")
    return found[0] if found else None


def _hosts(root: Path, start: Path) -> list[Path]:
    """Return the nearest host's file in a folder or above it, else all those one folder below."""
    for folder in (start, *start.parents):
        if (folder / HOST).is_file():
            return [folder / HOST]
        if folder == root:
            break
    return [] if (root / "docs").is_dir() else sorted(root.glob(f"*/{HOST}"))


def docs_dir(host: Path) -> Path:
    """Return the folder of the pages that a host's file, or one that it inherits from, names."""
    seen: set[Path] = set()
    while host.is_file() and host not in seen:
        seen.add(host)
        text = host.read_text("utf-8", "replace")
        if named := re.search(_OPTION.format("docs_dir"), text, re.MULTILINE):
            return (host.parent / named["value"]).resolve()
        parent = re.search(_OPTION.format("INHERIT"), text, re.MULTILINE)
        host = (host.parent / parent["value"]).resolve() if parent else host
    return next(iter(seen), host).parent / "docs"


def find_project(start: Path) -> Project:
    """Return the project that a folder belongs to.

    Its root is the nearest folder with a `pyproject.toml`, or else with the host's file.

    Raises
    ------
    TruepageError
        No ``pyproject.toml`` and no host's file in the folder or above it, or an option that makes
        no sense.
    """
    start = start.resolve()
    for name in ("pyproject.toml", HOST):
        for folder in (start, *start.parents):
            if (folder / name).is_file():
                return read_project(folder, start)
    raise TruepageError(
        f"{start}: found no pyproject.toml and no {HOST} here or in a folder above; expected one "
        "at the root of the project. `truepage new .` makes what a project needs."
    )


def read_project(root: Path, start: Path | None = None) -> Project:
    """Read the options in a root folder's `pyproject.toml`; all of them have defaults.

    Parameters
    ----------
    root
        The folder.
    start
        The folder in it that the project was looked for in.
    """
    file = root / "pyproject.toml"
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8") if file.is_file() else "")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TruepageError(f"{file}: not valid TOML: {error}.") from None
    options = document.get("tool", {}).get("truepage", {})
    known = {"figures_dir", "source_dirs", "cache_dir", "jobs", "symbols", "macros", "examples"}
    known.add("galleries")
    if not isinstance(options, dict) or (unknown := sorted(options.keys() - known)):
        found = ", ".join(unknown) if isinstance(options, dict) else repr(options)
        raise TruepageError(
            f"{file}: [tool.truepage] has no option {found}; it has {', '.join(sorted(known))}."
        )

    def folder(option: str, value: object) -> Path:
        if not isinstance(value, str) or not value:
            raise TruepageError(
                f"{file}: [tool.truepage] {option} is {value!r}; expected a folder's name."
            )
        return (root / Path(value).expanduser()).resolve()

    sources = options.get("source_dirs", ["src"])
    if not isinstance(sources, list):
        raise TruepageError(
            f'{file}: [tool.truepage] source_dirs is {sources!r}; expected a list, such as ["src"].'
        )
    jobs = options.get("jobs", _processors())
    if type(jobs) is not int or jobs < 1:
        raise TruepageError(
            f"{file}: [tool.truepage] jobs is {jobs!r}; expected a whole number from 1 up."
        )
    symbols = options.get("symbols", {})
    if not isinstance(symbols, dict) or not all(isinstance(code, str) for code in symbols.values()):
        raise TruepageError(
            f"{file}: [tool.truepage] symbols is {symbols!r}; expected a table such as "
            "'\\sigma' = \"package.module.sigmoid\"."
        )
    macros = options.get("macros", {})
    if not isinstance(macros, dict) or not all(
        isinstance(tex, str) and _COMMAND.fullmatch(name) for name, tex in macros.items()
    ):
        raise TruepageError(
            f"{file}: [tool.truepage] macros is {macros!r}; expected a table such as "
            "'\\E' = '\\mathbb{E}'."
        )
    examples = options.get("examples", False)
    if not isinstance(examples, bool):
        raise TruepageError(
            f"{file}: [tool.truepage] examples is {examples!r}; expected true or false."
        )
    galleries = options.get("galleries", [])
    if not isinstance(galleries, list):
        raise TruepageError(
            f"{file}: [tool.truepage] galleries is {galleries!r}; expected a list of folders, such "
            'as ["examples"].'
        )
    scripts = tuple(folder("galleries", gallery) for gallery in galleries)
    for path, name in zip(scripts, galleries, strict=True):
        if not (path.is_dir() and path.is_relative_to(root)) or path == root:
            raise TruepageError(
                f"{file}: [tool.truepage] galleries names {name!r}; expected a folder within "
                f"{root.name}/ that holds scripts."
            )
    hosts = _hosts(root, start or root)
    host = hosts[0] if len(hosts) == 1 else root / HOST
    # A site in a folder of its own may have its figures beside it.
    beside = host.parent if not (root / FIGURES).is_dir() else root
    figures_dir = folder("figures_dir", options.get("figures_dir", str(beside / FIGURES)))
    return Project(
        root=root,
        figures_dir=figures_dir,
        source_dirs=tuple(folder("source_dirs", source) for source in sources),
        cache_dir=folder("cache_dir", options.get("cache_dir", ".truepage")),
        jobs=jobs,
        symbols=symbols,
        macros=macros,
        examples=examples,
        galleries=scripts,
        host=host,
    )


def _processors() -> int:
    """Return the number of processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
