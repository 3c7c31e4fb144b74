"""`truepage new`: a project to begin with, or what a site that is there still lacks."""

import os
from pathlib import Path

from truepage.engine.errors import TruepageError
from truepage.engine.file_access import write
from truepage.engine.project import HOST, docs_dir

TEMPLATE = Path(__file__).with_name("template")
"""Its Python files end in `-tpl`: they are no modules of ours."""

PAGE = "docs/index.md"
IGNORED = "gitignore"

ALSO = "truepage.md"
"""What the page is called on a site that has a first page."""


def make(folder: Path) -> str:
    """Write the template into a folder; return what to do next.

    In a folder with a `mkdocs.yml` only what that lacks is added, and no file that is there is
    touched.

    Raises
    ------
    TruepageError
        A file is there that would be overwritten; nothing is written then.
    """
    has_host = (folder / HOST).is_file()
    if folder.exists() and not folder.is_dir():
        raise TruepageError(f"{folder}: is a file; expected a folder, or a name that is free.")
    docs = docs_dir(folder / HOST)
    title = f": {folder.resolve().name}\n"
    files: dict[Path, str] = {}
    for name, text in _template().items():
        target = folder / name
        if name.startswith("docs/"):
            target = docs / name.removeprefix("docs/")
        if name == PAGE and target.exists():
            target = target.with_name(ALSO)
        if not (name in {HOST, ".gitignore"} and target.exists()):
            files[target] = text.replace(": NAME\n", title)
    if there := [path for path in files if path.exists()]:
        raise TruepageError(
            "\n".join(
                f"{_shown(path)}: is there, and `truepage new` overwrites nothing; expected a "
                "folder without it. Nothing was written."
                for path in there
            )
        )
    for path, text in files.items():
        write(path, text.encode())
    lines = [f"Wrote {', '.join(_shown(path) for path in files)}."]
    if has_host:
        lines += [f"Add to {_shown(folder / HOST)} what is not there yet:", "", _wanted(), ""]
    step = "" if folder.resolve() == Path.cwd() else f"cd {_shown(folder)} && "
    lines.append(f"Now: {step}mkdocs serve")
    return "\n".join(lines)


def _template() -> dict[str, str]:
    """Return the template's files: name → content."""
    return {
        path.relative_to(TEMPLATE)
        .as_posix()
        .removesuffix("-tpl")
        .replace(IGNORED, f".{IGNORED}"): path.read_text(encoding="utf-8")
        for path in sorted(TEMPLATE.rglob("*"))
        if path.is_file()
    }


def _wanted() -> str:
    """Return what the host's file needs, as the template has it."""
    text = _template()[HOST]
    return "    " + text[text.index("plugins:") :].strip().replace("\n", "\n    ")


def _shown(path: Path) -> str:
    return Path(os.path.relpath(path)).as_posix()
