"""What came of checking equations, and what is kept of it between builds.

Two things are kept in one file of the project's cache: what all equations came to the last time,
which stands as long as no equation, no symbol and no code that they name has changed; and the
verdict on each single equation, under a digest of everything that it depends on.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from truepage.build import Batch
from truepage.files import read_checked, write_checked
from truepage.job import Job
from truepage.pages.assets import vendored
from truepage.workshop import Workshop

FILE = "equations"
"""The file's name in a project's cache."""

MOST = 5000
"""How many verdicts are kept."""

MOST_STATES = 20
"""Of how many states of the site everything is kept: of each page by itself, say."""


@dataclass(frozen=True)
class Finding:
    """An equation and what came of checking it.

    Parameters
    ----------
    page, line
        Where it stands.
    name
        What messages call it.
    label
        Its label, if it has one.
    tex
        Its TeX.
    display
        Whether it stands by itself.
    status
        ``checked``, ``refuted``, ``not understood``, ``undecided`` or ``unchecked``; ``shown
        wrong`` where the author says that it is refuted, and it is.
    against
        What it was held to: a dotted name, or ``identity``.
    points, left_out, undecided
        At how many points it was decided, at how many a side has no value, and how many stay
        undecided.
    ulps
        The largest error of the code in units in the last place; None: there is none to compare.
    warnings
        What the code warned of.
    ordinal
        Which of the page's formulas it is, from 0; -1: it is no formula.
    tried
        The values of the letters that were tried.
    message
        What is wrong, as a message without its place; for `unchecked` the author's reason.
    """

    page: str
    line: int
    name: str
    label: str
    tex: str
    display: bool
    status: str
    against: str = ""
    points: int = 0
    left_out: int = 0
    undecided: int = 0
    ulps: float | None = None
    warnings: tuple[str, ...] = ()
    ordinal: int = -1
    tried: str = ""
    message: str = ""

    @property
    def wrong(self) -> bool:
        """Whether it stops the build."""
        return self.status in ("refuted", "not understood", "undecided")

    @property
    def place(self) -> str:
        """Where it stands, as messages begin."""
        return f"{self.page}:{self.line}"


class Memory:
    """What was found before.

    A file that is damaged, or that another version of this package made, is no file: everything is
    verified again.

    Parameters
    ----------
    file
        Where it is kept between builds.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._made_by = made_by()
        self._whole: dict[str, Any] = {}
        self._verdicts: dict[str, Any] = {}
        self._used: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            content = json.loads(read_checked(file))
            if content["made_by"] == self._made_by:
                self._whole, self._verdicts = content["whole"], content["verdicts"]

    def stands(self, state: str, workshop: Workshop) -> list[Finding] | None:
        """Return all findings of the last time, if nothing that they depend on has changed."""
        kept = self._whole.get(state)
        if kept is None:
            return None
        for name, identity, content in kept["jobs"]:
            job = Job(name, tuple(identity), "", "", "", {})
            product = workshop.standing(job).product
            if product is None or digest_of(product.files["json"]) != content:
                return None
        return [Finding(**{**one, "warnings": tuple(one["warnings"])}) for one in kept["findings"]]

    def keep(
        self, state: str, findings: Sequence[Finding], jobs: Iterable[Job], batch: Batch
    ) -> None:
        """Keep what all equations came to; a job without a product is to be tried again.

        What was not understood may be so for a mistake in the code, of which no job tells.
        """
        jobs = list(jobs)
        self._whole.pop(state, None)
        understood = all(finding.status != "not understood" for finding in findings)
        if understood and all(job.name in batch.products for job in jobs):
            self._whole[state] = {
                "jobs": [
                    [job.name, job.identity, digest_of(batch.products[job.name].files["json"])]
                    for job in jobs
                ],
                "findings": [asdict(finding) for finding in findings],
            }
        content = {
            "made_by": self._made_by,
            "whole": dict(list(self._whole.items())[-MOST_STATES:]),
            "verdicts": dict(list({**self._verdicts, **self._used}.items())[-MOST:]),
        }
        write_checked(self._file, json.dumps(content).encode())

    def verdict(self, key: str) -> Any:
        """Return the verdict under a digest as it was given to `remember`, or None."""
        found = self._verdicts.pop(key, None)
        if found is not None:
            self._used[key] = found
        return found

    def remember(self, key: str, verdict: Mapping[str, Any]) -> None:
        """Keep a verdict; JSON."""
        self._used[key] = verdict


def digest(document: object) -> str:
    """Return the digest of what JSON can hold."""
    return digest_of(json.dumps(document, sort_keys=True).encode())


def digest_of(content: bytes) -> str:
    """Return the digest of bytes."""
    return hashlib.sha256(content).hexdigest()


def made_by() -> str:
    """Return what verdicts depend on besides the author's equations and code: our own."""
    state = hashlib.sha256(version("python-flint").encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        state.update(path.read_bytes())
    state.update(vendored("katex/katex.min.js").read_bytes())
    return state.hexdigest()
