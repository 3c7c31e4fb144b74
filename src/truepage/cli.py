"""The command line: `truepage render | list | check`."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from truepage.build import Manifest, Progress, build, publish, status
from truepage.check import differences
from truepage.errors import TruepageError
from truepage.progress import ProgressLine
from truepage.project import Project, find_project


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, or 1 for an error the author can mend."""
    options = _parser().parse_args(arguments)
    try:
        project = find_project(options.root)
        if getattr(options, "jobs", None):
            project = replace(project, jobs=options.jobs)
        code: int = options.run(project, options)
        sys.stdout.flush()
        return code
    except TruepageError as error:
        print(f"truepage: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"truepage: {place}{error.strerror}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("truepage: stopped; what was finished is kept.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="truepage",
        description="Figures that cannot drift from the code that draws them.",
    )
    parser.add_argument("--version", action="version", version=f"truepage {version('truepage')}")
    parser.add_argument(
        "--root",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="a folder of the project (default: the one you are in)",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    render = commands.add_parser(
        "render",
        help="draw what is stale and bring figures/rendered/ up to date",
        description="Draw what is stale and bring figures/rendered/ up to date.",
    )
    render.add_argument("names", nargs="*", metavar="NAME", help="only these (default: all)")
    render.add_argument("--force", action="store_true", help="draw what is fresh, too")
    _add_common(render)
    render.set_defaults(run=_render)

    listing = commands.add_parser(
        "list",
        help="show every figure, where it is declared and whether it is fresh",
        description="Show every figure, where it is declared and whether it is fresh.",
    )
    listing.add_argument("--json", action="store_true", help="as JSON, for programs")
    listing.set_defaults(run=_list)

    check = commands.add_parser(
        "check",
        help="draw everything anew and compare with figures/rendered/",
        description="Draw everything anew and compare with figures/rendered/. "
        "Exit with 1 where they differ.",
    )
    _add_common(check)
    check.set_defaults(run=_check)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="say nothing but what went wrong")
    parser.add_argument(
        "--jobs", type=_positive, metavar="N", help="drawings at once (default: one a processor)"
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def _render(project: Project, options: argparse.Namespace) -> int:
    manifest = build(project, options.names, force=options.force, progress=_progress(options))
    changed = publish(project, manifest, whole=not options.names)
    if not options.quiet:
        for path in changed:
            print(path)
        fresh = len(manifest.renderings) - len(manifest.drawn)
        print(f"{_count(len(manifest.drawn), 'figure')} drawn, {fresh} fresh.")
    manifest.raise_failures()
    return 0


def _list(project: Project, options: argparse.Namespace) -> int:
    rows = [
        {
            "name": figure.name,
            "status": "fresh" if rendering else "stale",
            "place": figure.place,
            "alt": rendering.alt if rendering else None,
            "width": rendering.width if rendering else None,
            "height": rendering.height if rendering else None,
            "seconds": rendering.seconds if rendering else None,
        }
        for figure, rendering in status(project).items()
    ]
    if options.json:
        print(json.dumps(rows, indent=2))
        return 0
    cells = [[str(row[head]) for head in ("name", "status", "place")] for row in rows]
    table = [["NAME", "STATUS", "PLACE"], *cells] if rows else []
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )
    if not rows:
        print(f"No figure is declared under {project.relative(project.figures_dir)}/.")
    return 0


def _check(project: Project, options: argparse.Namespace) -> int:
    manifest: Manifest = build(project, force=True, progress=_progress(options))
    manifest.raise_failures()
    if found := list(differences(project, manifest)):
        raise TruepageError("\n".join(found))
    if not options.quiet:
        print(f"{_count(len(manifest.renderings), 'picture')} drawn anew, all as committed.")
    return 0


def _progress(options: argparse.Namespace) -> Progress:
    return (lambda done, total, outcome: None) if options.quiet else ProgressLine(sys.stderr)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
