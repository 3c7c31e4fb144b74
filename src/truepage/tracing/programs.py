"""Programs that a task starts, and what they find out without opening a file.

A program reads the clock without a system call, and knows its own number. Nobody sees it. So
programs that tell of such things are known by name, and scripts by what they say.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

_TELLING = re.compile(
    "cal|date|df|free|hostname(ctl)?|id|last|lscpu|nproc|ps|timedatectl|top|tty|uname|uptime|users"
    "|uuidgen|vmstat|w|who|whoami"
)
_SHELL = re.compile(r"(?:ba|da|k|z|fi)?sh")
_INTERPRETER = re.compile(
    r"(?:g|m)?awk|julia|lua|node|octave|perl|php|pypy|python|r|rscript|ruby|tclsh"
)
_OF_SHELL = re.compile(
    rb"\$\$|\$\{?(?:BASHPID|EPOCH|E?UID|HOSTNAME|PPID|S?RANDOM|SECONDS)|%\([^)]*\)T"
)
_OF_SCRIPT = re.compile(
    rb"\btime\.\w+\(|\bfrom time import|\.(?:utc)?now\b|\.today\(|\bnew Date|\bDate\.|\bTime\b"
    rb"|\bSys\.(?:time|Date|getpid)|\b(?:local|gm|sys)time\b|\bstrftime\b|\bsrand\b|\bgetpid\b"
    rb"|\bprocess\.pid|\$\$|\buuid1\b|\bgethostname\b|\bos\.(?:time|date|clock)\b"
)
_LARGEST = 1 << 18
"""Bytes of the largest script that is read."""


def telling(program: str, arguments: Sequence[bytes]) -> str:
    """Return what a program may tell that nobody sees; nothing, if it is not known to.

    Parameters
    ----------
    program
        Its file.
    arguments
        What it is started with: the texts of scripts, or their files.
    """
    name = Path(program).name
    if _TELLING.fullmatch(name):
        return f"starts {name}, which tells of the time or the machine"
    words = _words_of(name)
    if not words:
        return ""
    texts = [*arguments, *(_text(os.fsdecode(argument)) for argument in arguments[1:])]
    if any(words.search(text) for text in texts):
        return f"starts {name} with a script that asks for the time, or for what is the machine's"
    return ""


def told_by_script(path: str) -> str:
    """Return what a script that a program reads may tell, and nobody sees."""
    words = {".sh": _OF_SHELL}.get(suffix := Path(path).suffix.lower(), _OF_SCRIPT)
    if suffix in {".awk", ".jl", ".js", ".lua", ".pl", ".py", ".r", ".rb", ".sh"} and (
        words.search(_text(path))
    ):
        return "starts a script that asks for the time, or for what is the machine's"
    return ""


def _words_of(name: str) -> re.Pattern[bytes] | None:
    stem = re.sub(r"[\d.]+$", "", name.lower())
    if _SHELL.fullmatch(stem):
        return _OF_SHELL
    return _OF_SCRIPT if _INTERPRETER.fullmatch(stem) else None


def _text(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (it may be no path at all)
            return file.read(_LARGEST)
    except (OSError, ValueError):
        return b""
