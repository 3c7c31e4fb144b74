"""What came of checking equations and claims, kept between builds.

Two things are kept of equations: what all of them came to the last time, which stands as long as no
equation, no symbol and no code that they name has changed; and the verdict on each single one,
under a digest of everything that it depends on.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path

from truepage.checking.finding import Finding
from truepage.engine.batch import Batch
from truepage.engine.cache import Memo
from truepage.engine.context import BuildContext
from truepage.engine.files import vendored
from truepage.engine.project import Project
from truepage.engine.task import Task

EQUATIONS, CLAIMS = "equations", "claims"
"""Names of their files in a project's cache."""


def opened(project: Project, file: str) -> Memo:
    """Return what is kept in a file; what other code of ours found out is not."""
    return Memo(project.cache_dir / file, made_by())


def kept_findings(memo: Memo, state: str, workshop: BuildContext) -> list[Finding] | None:
    """Return all findings of the last time, if nothing that they depend on has changed."""
    kept = memo.find(state)
    if kept is None:
        return None
    for name, identity, content in kept["jobs"]:
        job = Task(name, tuple(identity), "", "", "", {})
        product = workshop.standing(job).product
        if product is None or digest_of(product.files["json"]) != content:
            return None
    return [Finding(**{**one, "warnings": tuple(one["warnings"])}) for one in kept["findings"]]


def keep_findings(
    memo: Memo, state: str, findings: Sequence[Finding], jobs: Iterable[Task], batch: Batch
) -> None:
    """Keep what all equations came to; a job without a product is to be tried again.

    What was not understood may be so for a mistake in the code, of which no job tells.
    """
    jobs = list(jobs)
    understood = all(finding.status != "not understood" for finding in findings)
    if understood and all(job.name in batch.products for job in jobs):
        products = [batch.products[job.name].files["json"] for job in jobs]
        memo.note(
            state,
            {
                "jobs": [
                    [job.name, job.identity, digest_of(product)]
                    for job, product in zip(jobs, products, strict=True)
                ],
                "findings": [asdict(finding) for finding in findings],
            },
        )
    memo.save()


def digest(document: object) -> str:
    """Return the digest of what JSON can hold."""
    return digest_of(json.dumps(document, sort_keys=True).encode())


def digest_of(content: bytes) -> str:
    """Return the digest of bytes."""
    return hashlib.sha256(content).hexdigest()


@cache
def made_by() -> str:
    """Return what verdicts depend on besides the author's equations and code: our own."""
    state = hashlib.sha256(version("python-flint").encode())
    for folder in ("checking", "maths"):
        for path in sorted((Path(__file__).parents[1] / folder).rglob("*.py")):
            state.update(path.read_bytes())
    state.update(vendored("katex/katex.min.js").read_bytes())
    return state.hexdigest()
