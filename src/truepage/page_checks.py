"""Checks of pages: all equations, claims, values and examples, as `truepage equations` reports."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from truepage.checking.claims import check_claims
from truepage.checking.equations import check
from truepage.checking.findings import Finding, placed
from truepage.checking.page_values import Computer, check_values
from truepage.checking.pages import chosen_pages, whole_pages
from truepage.engine.context import BuildContext
from truepage.engine.errors import TruepageError
from truepage.engine.project import Project, find_host
from truepage.examples.examples import Examples
from truepage.pages.source import PageText


def check_pages(project: Project, start: Path, names: Sequence[str]) -> list[Finding]:
    """Check the statements of pages; return a finding for each, at its line of the author's file.

    Parameters
    ----------
    project
        The project.
    start
        The folder where the search for the host's configuration begins.
    names
        The pages that are checked, as the author names them; none: all.

    Raises
    ------
    TruepageError
        There is no page, or none of a name.
    """
    read = read_pages(project, start)
    pages = {path: page.text for path, page in read.items()}
    wanted = chosen_pages(project, names, list(pages)) if names else None
    context = BuildContext(project)
    found = [
        *check(context, pages, wanted),
        *check_claims(context, pages, wanted),
        *check_values(Computer(context), pages, wanted),
        *find_examples(context, pages, wanted),
    ]
    return placed(found, read)


def read_pages(project: Project, start: Path) -> dict[str, PageText]:
    """Return all pages as their host converts them, if it is installed."""
    file = find_host(project, start)
    if file and find_spec("mkdocs"):
        from truepage.hosts.mkdocs_pages import read_site  # only where MkDocs is installed

        pages = read_site(project, file)
    else:
        pages = whole_pages(project)
    if not pages:
        raise TruepageError(
            f"found no page under {project.relative(project.docs_dir)}/; expected Markdown there."
        )
    return pages


def find_examples(
    context: BuildContext, pages: Mapping[str, str], wanted: Iterable[str] | None = None
) -> list[Finding]:
    """Run the examples of pages: a finding for each block of them, and for each that is wrong.

    Parameters
    ----------
    context
        The project, with its store.
    pages
        Path of each page → its Markdown.
    wanted
        The pages whose examples are run; None: all.
    """
    chosen = list(pages) if wanted is None else [page for page in pages if page in set(wanted)]
    examples = Examples(context)
    found = {page: examples.asked(pages[page].split("\n")) for page in chosen}
    scripts = {page: script for page, script in found.items() if script}
    examples.prepare(scripts.items())
    findings = []
    for page, script in scripts.items():
        wrong = examples.wrong(page, script)
        for block in script.blocks:
            here = [(at, words) for at, words in wrong if block.start <= at < block.end]
            for at, words in here or [(block.start, "")]:
                findings.append(
                    Finding(
                        page=page,
                        line=script.lines[at] + 1,
                        name=f"example `{script.example(at)}`",
                        tex=script.example(at),
                        status="refuted" if words else "run",
                        message=words,
                    )
                )
    return findings
