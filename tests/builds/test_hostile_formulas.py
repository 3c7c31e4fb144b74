"""Formulas made to do harm: an error or HTML, in bounded time and memory."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from truepage.maths.katex import TexError
from truepage.pages.typesetting import render

HOSTILE = {
    "recursion": r"\def\a{\a\a}\a",
    "newcommand": r"\newcommand{\a}[1]{\a{#1#1}}\a{x}",
    "edef": r"\def\a{xxxxxxxxxx}" + r"\edef\a{\a\a\a\a}" * 40 + r"\a",
    "let": r"\let\a=\b\let\b=\a\a",
    "expandafter": r"\def\a{\expandafter\a\a}\a",
    "futurelet": r"\def\a{\futurelet\b\a}\a",
    "bomb": r"\def\a{xxxxxxxxxx}\def\b{\a\a\a\a\a\a\a\a\a\a}\def\c{\b\b\b\b\b\b\b\b\b\b}"
    r"\def\d{\c\c\c\c\c\c\c\c\c\c}\d\d\d\d\d\d\d\d\d\d",
    "1 MB of braces": "{" * 1_000_000,
    "many braces": "{" * 20_000,
    "deep": "{" * 10_000 + "}" * 10_000,
    "deep fractions": r"\frac{1}{" * 1_500 + "x" + "}" * 1_500,
    "deep roots": r"\sqrt{" * 300 + "x" + "}" * 300,
    "deep scripts": "x^{" * 3_000 + "x" + "}" * 3_000,
    "deep environments": r"\begin{matrix}" * 1_300,
    "wide matrix": r"\begin{matrix}" + "&" * 19_000 + r"\end{matrix}",
    "long": "x" * 20_000,
    "NUL": "x\0y",
    "escape": "x\x1b[31my",
    "backslashes": "\\" * 3,
    "surrogate": "\ud800",
    "surrogates turned": "\udc00\ud800",
    "line separator": "x\u2028y",
    "no character": "x\uffffy",
    "size": r"\rule{1000000em}{1000000em}",
    "kern": r"\kern{9999999999999999999em}",
    "quotes": "');globalThis.katex=null;//\"`${x}",
    "percent": "x % y",
}


@pytest.mark.parametrize("tex", HOSTILE.values(), ids=HOSTILE)
def test_hostile_formulas_end_soon_and_harm_no_later_one(tex: str) -> None:
    """An error or HTML, within seconds; the next formula is set as ever; the message is short."""
    before = render("x^2", display=False)
    started = time.thread_time()  # of this thread: others may use the machine
    try:
        assert "<math" in render(tex, display=False)
    except TexError as error:
        assert len(str(error)) < 1000
        str(error).encode()
    assert time.thread_time() - started < 6
    assert render("x^2", display=False) == before


def test_hostile_formulas_have_a_limit_of_memory() -> None:
    """The largest, one after the other, in one process."""
    program = """
import resource
import sys
sys.path.insert(0, sys.argv[1])
from test_hostile_formulas import HOSTILE
from truepage.pages.typesetting import TexError, render
for tex in map(HOSTILE.get, ["bomb", "deep", "wide matrix"]):
    try:
        render(tex, display=True)
    except TexError:
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    run = subprocess.run(
        [sys.executable, "-c", program, Path(__file__).parent],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(run.stdout) < 1024 * 1024  # KiB; KaTeX may have a quarter of that
