"""The scripts of a folder: its sections, their order, and what heads them."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truepage.engine.project import Project
from truepage.engine.stat_cache import StatCache
from truepage.engine.task import Task
from truepage.galleries.example import Example, example_from, running
from truepage.galleries.restructured import as_markdown
from truepage.galleries.script_blocks import READ, read_example
from truepage.notebooks.prose import prose

READMES = ("README.md", "README.rst", "README.txt", "GALLERY_HEADER.rst", "GALLERY_HEADER.md")
"""Files that introduce a folder; the first that exists is used."""

EXAMPLE = "plot_"
"""Prefix of scripts that are examples even if another script imports them."""

SHOWS = re.compile(r"^!\[\]\((?P<kind>gallery|examples):(?P<name>[^)\s]*)\s*\)[ \t]*$")
"""A line of a page that shows a gallery, or the examples that ran something."""


@dataclass(frozen=True)
class Section:
    """A folder of a gallery.

    Parameters
    ----------
    path
        The folder, from the project's root.
    depth
        How many folders of the gallery it is in.
    title
        Its title, in Markdown.
    text
        What else heads it, in Markdown.
    examples
        Its scripts, in order of name.
    """

    path: str
    depth: int
    title: str
    text: str
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Gallery:
    """A folder of scripts.

    Parameters
    ----------
    name
        The folder, from the project's root: what pages call it.
    sections
        It and the folders in it, those with scripts, in order of name.
    helpers
        Scripts that are no examples → the one that imports it.
    """

    name: str
    sections: tuple[Section, ...]
    helpers: Mapping[str, str]

    @property
    def examples(self) -> Iterator[Example]:
        """All of its examples, in order."""
        for section in self.sections:
            yield from section.examples


def find_galleries(project: Project, index: StatCache) -> dict[str, Gallery]:
    """Return the galleries of a project, by name. Runs nothing."""
    return {
        project.relative(folder): _gallery(project, folder, index) for folder in project.galleries
    }


def slugs(galleries: Iterable[Gallery]) -> dict[str, str]:
    """Return what the pictures of each script are called by, by its path; all are different."""
    found: dict[str, str] = {}
    for example in (each for gallery in galleries for each in gallery.examples):
        slug = re.sub(r"[^A-Za-z0-9]+", "-", example.path.removesuffix(".py")).strip("-")
        if not slug or slug in found.values():
            slug += f"-{hashlib.sha256(example.path.encode()).hexdigest()[:8]}"
        found[example.path] = slug.strip("-")
    return found


def script_tasks(galleries: Iterable[Gallery]) -> dict[str, Task]:
    """Return the tasks of running all scripts, by their paths."""
    galleries = list(galleries)
    names = slugs(galleries)
    return {
        example.path: running(example, names[example.path])
        for gallery in galleries
        for example in gallery.examples
    }


def _gallery(project: Project, folder: Path, index: StatCache) -> Gallery:
    sections: list[Section] = []
    helpers: dict[str, str] = {}
    folders = (path for path in folder.rglob("*") if path.is_dir())
    for place in [folder, *sorted(folders, key=_order)]:
        within = place.relative_to(folder).parts
        if any(part.startswith((".", "_")) for part in within):
            continue
        if any(
            (folder / Path(*within[: i + 1]) / "__init__.py").is_file() for i in range(len(within))
        ):
            continue  # a package of the scripts' own
        examples = [
            _example(project, path, index) for path in sorted(place.glob("[!._]*.py"), key=_order)
        ]
        names = {example.path.rpartition("/")[2].removesuffix(".py") for example in examples}
        imported = {
            module: example.path
            for example in examples
            for module in example.imports
            if module in names
            and not module.startswith(EXAMPLE)
            and not example.path.endswith(f"/{module}.py")
        }
        helpers |= {f"{project.relative(place)}/{name}.py": by for name, by in imported.items()}
        shown = [each for each in examples if each.path not in helpers]
        title, text = _head(project, place, index)
        if shown or (text and not within):
            path = project.relative(place)
            sections.append(Section(path, len(within), title, text, tuple(shown)))
    return Gallery(project.relative(folder), tuple(sections), helpers)


def _order(path: Path) -> tuple[list[list[tuple[bool, int, str]]], str]:
    """Return what a path is sorted by: its names, in which numbers count as such, before words."""
    names = [
        [(bool(text), int(number or 0), text) for number, text in re.findall(r"(\d+)|(\D+)", part)]
        for part in path.parts
    ]
    return names, path.name


def _example(project: Project, path: Path, index: StatCache) -> Example:
    shown = project.relative(path)
    found: Mapping[str, Any] = index.derived(
        str(path), f"{READ} {shown}", lambda source: read_example(source, shown)
    )
    return example_from(found)


def _head(project: Project, folder: Path, index: StatCache) -> tuple[str, str]:
    """Return the title of a folder, and what else its README says."""
    words = re.sub(r"[_-]+", " ", folder.name).strip()
    title = words[:1].upper() + words[1:]
    path = next((folder / name for name in READMES if (folder / name).is_file()), None)
    if path is None:
        return title, ""

    def read(source: bytes) -> list[str]:
        lines = source.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")
        if any(SHOWS.match(line) for line in lines):  # it is the page that shows the gallery
            return ["", ""]
        made = [line for line, _ in as_markdown(lines, {})]
        text = "\n".join(line for line, _ in prose("\n".join(made))).strip()
        found = re.match(r"# +(.+)\n*", text)
        return [found[1].strip(), text[found.end() :]] if found else ["", text]

    own, text = index.derived(str(path), f"{READ} head", read)
    return own or title, text
