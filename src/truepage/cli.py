"""The command line, `truepage`: each command is a function that returns the exit code."""

import argparse
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

from truepage.check import examine, examine_notebooks
from truepage.engine.batch import run_tasks
from truepage.engine.context import BuildContext, TaskStatus
from truepage.engine.dependencies import in_order, read
from truepage.engine.errors import TruepageError
from truepage.engine.file_access import write
from truepage.engine.progress import Progress, ProgressLine, silent
from truepage.engine.project import Project, find_project
from truepage.figures.manifest import Manifest, build, publish
from truepage.new import make
from truepage.project_tasks import find_executions, find_scripts, find_statuses, find_task


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, or 1 for an error the author can mend."""
    options = _parser().parse_args(arguments)
    try:
        code: int
        if options.run is _new:
            code = _new(options)
        else:
            project = find_project(options.root)
            if getattr(options, "jobs", None):
                project = replace(project, jobs=options.jobs)
            code = options.run(project, options)
        sys.stdout.flush()
        return code
    except TruepageError as error:
        words = str(error)
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        words = f"{f'{error.filename}: ' if error.filename else ''}{error.strerror or error}."
    except KeyboardInterrupt:
        print("truepage: stopped; what was finished is kept.", file=sys.stderr)
        return 130
    if getattr(options, "json", False):
        _print_json({"error": words})
    return _wrong(words)


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

    def command(
        name: str, run: Callable[[Project, argparse.Namespace], int], words: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=words, description=f"{words.capitalize()}.")
        added.add_argument("--json", action="store_true", help="answer as JSON, for programs")
        added.set_defaults(run=run)
        return added

    words = "make a project to begin with, or add to a site what it lacks"
    new = commands.add_parser("new", help=words, description=f"{words.capitalize()}.")
    new.add_argument("folder", type=Path, metavar="FOLDER", help="its name; `.` is this one")
    new.set_defaults(run=_new)

    render = command(
        "render", _render, "draw and execute what is stale; bring figures/rendered/ up to date"
    )
    render.add_argument("names", nargs="*", metavar="NAME", help="only these (default: all)")
    render.add_argument("--force", action="store_true", help="draw what is fresh, too")
    _add_common(render)

    command(
        "list",
        _list,
        "show figures, notebooks, examples and steps, where they are, whether fresh, and why",
    )

    why = command(
        "why",
        _why,
        "show what a figure, notebook, example or step depends on and what made it stale",
    )
    why.add_argument("name", metavar="NAME")

    uses = command(
        "uses",
        _uses,
        "show which figures, notebooks, examples and steps a function, module or file reaches",
    )
    uses.add_argument("target", metavar="TARGET", help="such as neural.losses.entropy, data/x.csv")

    check = command(
        "check", _check, "draw everything anew and compare with figures/rendered/ and the store"
    )
    _add_common(check)

    equations = command(
        "equations",
        _equations,
        "check the equations, claims, values and examples of all pages",
    )
    equations.add_argument("pages", nargs="*", metavar="PAGE", help="only these (default: all)")

    words = "let the pictures on another server's pages follow the code"
    serve = commands.add_parser("serve", help=words, description=f"{words.capitalize()}.")
    serve.set_defaults(run=_serve)
    serve.add_argument(
        "address",
        nargs="?",
        default="http://localhost:8000",
        metavar="ADDRESS",
        help="where the pages are served (default: %(default)s)",
    )
    serve.add_argument(
        "--port", type=_positive, default=8001, metavar="N", help="where to look (%(default)s)"
    )

    command("clean", _clean, "remove the store; the next build draws everything")
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


def _new(options: argparse.Namespace) -> int:
    print(make(options.root / options.folder))
    return 0


def _render(project: Project, options: argparse.Namespace) -> int:
    context = BuildContext(project)
    named = {**find_executions(context), **find_scripts(context)}
    figures = [name for name in options.names if name not in named]
    tasks = [task for name, task in named.items() if not options.names or name in options.names]
    progress = _progress(options)
    if options.names and not figures:
        others = run_tasks(context, tasks, force=options.force, progress=progress)
        manifest = Manifest({}, {}, warnings=others.warnings, said=others.said, others=others)
    else:
        manifest = build(
            project,
            figures,
            force=options.force,
            progress=progress,
            others=tasks,
            context=context,
        )
    changed = publish(project, manifest, whole=not options.names)
    executed = {
        name: manifest.others.done[task.name]
        for name, task in named.items()
        if task.name in manifest.others.done
    }
    failures = (*manifest.failures, *manifest.others.failures)
    for words in () if options.quiet else manifest.said:
        print(f"truepage: {words}", file=sys.stderr)
    for warning in manifest.warnings:
        print(f"truepage: {warning}", file=sys.stderr)
    if options.json:
        _print_json(
            {
                "drawn": {name: list(reasons) for name, reasons in manifest.drawn.items()},
                "fresh": sorted(manifest.renderings.keys() - manifest.drawn.keys()),
                "executed": {name: list(reasons) for name, reasons in executed.items()},
                "failed": {failure.name: failure.message for failure in failures},
                "changed": changed,
                "warnings": list(manifest.warnings),
                "said": list(manifest.said),
            }
        )
    elif not options.quiet:
        for path in changed:
            print(path)
        fresh = len(manifest.renderings) - len(manifest.drawn)
        print(f"{_count(len(manifest.drawn), 'figure')} drawn, {fresh} fresh.")
        for kind, noun, done in (
            ("notebook", "notebook", "executed"),
            ("script", "example", "run"),
        ):
            names = {task.name for task in tasks if task.identity[0] == kind}
            count = len(names & manifest.others.done.keys())
            if names:
                fresh = len(names & manifest.others.products.keys()) - count
                print(f"{_count(count, noun)} {done}, {fresh} fresh.")
    return _wrong(*(failure.message for failure in failures)) if failures else 0


def _list(project: Project, options: argparse.Namespace) -> int:
    context = BuildContext(project)
    statuses = find_statuses(context)
    context.save()
    if options.json:
        _print_json([_status(status) for status in statuses])
        return 0
    if not statuses:
        folders = (project.figures_dir, *project.source_dirs, project.docs_dir)
        print(f"No figure is declared under {', '.join(map(project.relative, folders))}.")
        return 0
    rows = [("NAME", "STATUS", "PLACE", "REASON")]
    for status in statuses:
        more = len(status.reasons) - 1
        reason = f"{status.reasons[0]}{f' and {more} more' * (more > 0)}" if more >= 0 else ""
        if status.product and (size := status.product.facts.get("bytes")):
            reason = f"{status.seconds:.1f} s, {_size(size)}"
        rows.append((status.task.called, status.word, status.task.place, reason))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    return 0


def _status(status: TaskStatus) -> dict[str, object]:
    facts = status.product.facts if status.product else {}
    return {
        "name": status.task.called,
        "status": status.word,
        "reasons": list(status.reasons),
        "place": status.task.place,
        "alt": facts.get("alt"),
        "width": facts.get("width"),
        "height": facts.get("height"),
        "seconds": status.seconds,
        "bytes": facts.get("bytes"),
    }


def _size(size: int) -> str:
    """Return a number of bytes as a person reads it."""
    power = max(0, min(3, (size.bit_length() - 1) // 10))
    return f"{size / 1024**power:.{min(power, 1)}f} {('B', 'KiB', 'MiB', 'GiB')[power]}"


def _why(project: Project, options: argparse.Namespace) -> int:
    context = BuildContext(project)
    task = find_task(context, options.name)
    status = context.status(task)
    labels = sorted(status.trace.parts) if status.trace else []
    context.save()
    if options.json:
        _print_json({**_status(status), "depends_on": labels})
        return 0
    print(f"{task.called} ({task.place}) is {status.word}.")
    for reason in status.reasons:
        print(f"  because {reason}")
    if labels:
        print("It depends on:")
        for words in dict.fromkeys(on.describe(project) for on in in_order(map(read, labels))):
            print(f"  {words}")
    return 0


def _uses(project: Project, options: argparse.Namespace) -> int:
    context = BuildContext(project)
    reached = []
    for status in find_statuses(context):
        trace = status.trace and context.whole(status.trace)
        if trace and any(read(label).is_named(options.target, project) for label in trace.parts):
            reached.append(status.task)
    context.save()
    if options.json:
        _print_json([{"name": task.called, "place": task.place} for task in reached])
        return 0
    for task in reached:
        print(f"{task.called}  {task.place}")
    if not reached:
        print(f"No figure is known to use {options.target}.")
    return 0


def _equations(project: Project, options: argparse.Namespace) -> int:
    # Imported here: no other command needs ball arithmetic.
    from truepage.checking import findings as report
    from truepage.page_checks import check_pages

    findings = check_pages(project, options.root.resolve(), options.pages)
    if options.json:
        _print_json(report.document(findings))
    else:
        for row in report.rows(findings):
            print(row)
        print(f"{report.summary(findings)}.")
    if words := report.messages(findings):
        sys.stdout.flush()
        return _wrong(*words)
    return 0


def _serve(project: Project, options: argparse.Namespace) -> int:
    try:
        from truepage.preview.beside import serve  # other commands need none of it
    except ModuleNotFoundError as error:
        raise TruepageError(
            f"truepage serve needs {error.name}; install it: pip install 'truepage[live]'"
        ) from None

    for name in ("SIGTERM", "SIGHUP"):  # the last, a closed terminal, is not known everywhere
        if number := getattr(signal, name, None):
            signal.signal(number, signal.default_int_handler)
    serve(project, options.address, options.port, lambda words: print(words, flush=True))
    return 0


def _clean(project: Project, options: argparse.Namespace) -> int:
    count = sum(path.is_file() for path in project.cache_dir.rglob("*"))
    shutil.rmtree(project.cache_dir, ignore_errors=True)
    if options.json:
        _print_json({"removed": count})
    else:
        print(f"{project.relative(project.cache_dir)}/: {_count(count, 'file')} removed.")
    return 0


def _check(project: Project, options: argparse.Namespace) -> int:
    report = examine(project, progress=_progress(options))
    progress = _progress(options)
    notebooks, found = examine_notebooks(project, progress)
    scripts, more = examine_notebooks(project, progress, find_scripts)
    report = replace(report, findings=(*report.findings, *found, *more))
    page = project.cache_dir / "check.html"
    if report.findings:
        write(page, report.page().encode())
    if options.json:
        _print_json(
            {
                "checked": report.checked,
                "notebooks": notebooks,
                "steps": report.steps,
                "examples": scripts,
                "findings": [asdict(finding.facts) for finding in report.findings],
            }
        )
    elif not report.findings and not options.quiet:
        print(
            f"{_count(report.checked, 'picture')} drawn anew, twice, in two orders and folders: "
            "all as committed, all as stored."
        )
        if notebooks:
            print(f"{_count(notebooks, 'notebook')} executed anew, twice: all as stored.")
        if report.steps:
            print(f"{_count(report.steps, 'step')} computed anew, twice: all as stored.")
        if scripts:
            print(f"{_count(scripts, 'example')} run anew, twice: all as stored.")
    if report.findings:
        words = [finding.facts.message for finding in report.findings]
        return _wrong(*words, f"Side by side: {project.relative(page)}")
    return 0


def _wrong(*words: str) -> int:
    """Say what is wrong; return the exit code."""
    print("truepage:", "\n".join(words), file=sys.stderr)
    return 1


def _print_json(document: object) -> None:
    print(json.dumps(document, indent=2))


def _progress(options: argparse.Namespace) -> Progress:
    return silent if options.quiet else ProgressLine(sys.stderr)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
