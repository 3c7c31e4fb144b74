"""What mkdocs-jupyter is told of notebooks, as far as it says something of their pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any


@dataclass(frozen=True)
class Options:
    """What of a notebook its page shows (the options of mkdocs-jupyter).

    Parameters
    ----------
    code
        Whether code is shown.
    without_cells, without_outputs, without_code
        Tags of the cells that are left out, or whose outputs or code is.
    execute, execute_ignore
        Whether notebooks are run, and patterns of those that are not.
    """

    code: bool = True
    without_cells: frozenset[str] = frozenset()
    without_outputs: frozenset[str] = frozenset()
    without_code: frozenset[str] = frozenset()
    execute: bool = True
    execute_ignore: tuple[str, ...] = ()

    def runs(self, path: Path) -> bool:
        """Tell whether a notebook is to be run; else its page shows what is stored in it."""
        ignored = any(PurePath(path).match(pattern) for pattern in self.execute_ignore)
        return self.execute and not ignored


# Options of mkdocs-jupyter that make no difference here, and why.
_ONLY: dict[str, tuple[object, str]] = {
    "include_requirejs": (False, "pages load nothing from elsewhere"),
    "custom_mathjax_url": ("", "formulas are set by KaTeX while the site is built"),
    "ignore_h1_titles": (False, "a page's title is its first heading; `title:` in nav is another"),
    "data_files": ({}, "the archive beside a notebook holds the files it reads"),
    "include_source": (False, "each page ends with its notebook, to be taken away"),
    "toc_depth": (6, "it is an option of the extension toc, for all pages"),
    "kernel_name": ("", "notebooks are run by the Python that builds the site"),
}
_TAGS = {
    "remove_cell_tags": "without_cells",
    "remove_all_outputs_tags": "without_outputs",
    "remove_input_tags": "without_code",
}


def read_options(options: Mapping[str, Any]) -> tuple[Options, list[str]]:
    """Return what the options of mkdocs-jupyter ask of pages, and notes on those that do nothing.

    Examples
    --------
    >>> read_options({"toc_depth": 3})[1]
    ['mkdocs-jupyter: toc_depth does nothing: it is an option of the extension toc, for all pages.']
    """
    notes = [
        f"mkdocs-jupyter: {name} does nothing: {why}."
        for name, (value, why) in _ONLY.items()
        if name in options and options[name] != value
    ]
    tags = options.get("remove_tag_config", {})
    if unknown := sorted(tags.keys() - _TAGS.keys() - {"enabled"}):
        notes.append(
            f"mkdocs-jupyter: of remove_tag_config {', '.join(unknown)} does nothing; it is read "
            f"for {', '.join(_TAGS)}."
        )
    found = Options(
        code=bool(options.get("show_input", True)) and not options.get("no_input", False),
        execute=bool(options.get("execute", True)),
        execute_ignore=tuple(options.get("execute_ignore", ())),
        **{ours: frozenset(tags.get(theirs, ())) for theirs, ours in _TAGS.items()},
    )
    return found, notes
