"""What mkdocs-jupyter is told of notebooks, as far as pages can honour it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from truepage.errors import DeclarationError


@dataclass(frozen=True)
class Options:
    """What of a notebook its page shows (the options of mkdocs-jupyter).

    Parameters
    ----------
    code
        Whether code is shown.
    without_cells, without_outputs, without_code
        Tags of the cells that are left out, or whose outputs or code is.
    """

    code: bool = True
    without_cells: frozenset[str] = frozenset()
    without_outputs: frozenset[str] = frozenset()
    without_code: frozenset[str] = frozenset()


# Options of mkdocs-jupyter that can be honoured with one value only, and why.
_ONLY: dict[str, tuple[object, str]] = {
    "execute": (True, "a page's results come from running its code"),
    "execute_ignore": ([], "a page's results come from running its code; use `ignore`"),
    "include_requirejs": (False, "pages load nothing from elsewhere"),
    "custom_mathjax_url": ("", "formulas are set by KaTeX while the site is built"),
    "ignore_h1_titles": (False, "a page's title is its first heading; `title:` in nav is another"),
    "data_files": ({}, "the archive beside a notebook holds the files it reads"),
    "toc_depth": (6, "it is an option of the Markdown extension toc, for all pages"),
}
_TAGS = {
    "remove_cell_tags": "without_cells",
    "remove_all_outputs_tags": "without_outputs",
    "remove_input_tags": "without_code",
}


def read_options(options: Mapping[str, Any]) -> Options:
    """Return what the options of mkdocs-jupyter ask of pages.

    Raises
    ------
    DeclarationError
        One of them cannot be honoured.
    """
    problems = [
        f"mkdocs-jupyter: {name} is {options[name]!r}; expected {value!r}: {why}."
        for name, (value, why) in _ONLY.items()
        if name in options and options[name] != value
    ]
    if options.get("kernel_name", "") not in {"", "python3"}:
        problems.append(
            f"mkdocs-jupyter: kernel_name is {options['kernel_name']!r}; expected 'python3': "
            "notebooks are executed by the Python that builds the site."
        )
    tags = options.get("remove_tag_config", {})
    if unknown := sorted(tags.keys() - _TAGS.keys() - {"enabled"}):
        problems.append(
            f"mkdocs-jupyter: remove_tag_config has {', '.join(unknown)}; expected of it "
            f"{', '.join(_TAGS)}."
        )
    if problems:
        raise DeclarationError("\n".join(problems))
    return Options(
        code=bool(options.get("show_input", True)) and not options.get("no_input", False),
        **{ours: frozenset(tags.get(theirs, ())) for theirs, ours in _TAGS.items()},
    )
