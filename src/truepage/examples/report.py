"""What `truepage equations` says of examples, beside the equations."""

from collections.abc import Iterable, Mapping

from truepage.checking.findings import Finding
from truepage.examples.examples import Examples
from truepage.workshop import Workshop


def find_examples(
    workshop: Workshop, pages: Mapping[str, str], wanted: Iterable[str] | None = None
) -> list[Finding]:
    """Run the examples of pages: a finding for each block of them, and for each that is wrong.

    Parameters
    ----------
    workshop
        The project, with its store.
    pages
        Path of each page → its Markdown.
    wanted
        The pages whose examples are run; None: all.
    """
    chosen = list(pages) if wanted is None else [page for page in pages if page in set(wanted)]
    examples = Examples(workshop)
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
