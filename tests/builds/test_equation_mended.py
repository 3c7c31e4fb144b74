"""A verdict on an equation follows the code, also when the code could not be read."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

GOOD = "def factor(x):\n    return 1 * x\n"
PAGE = "# A\n\n```math\n% check: factor.factor(x)\n% label: eq-f\n1 x\n```\n"


def test_a_mistake_in_the_code_that_is_mended_is_forgotten(make: Callable[..., Path]) -> None:
    """The page is as before: only the module was not valid Python in between."""
    root = make({"src/factor.py": GOOD.replace("1 *", "]] 1 *"), "docs/index.md": PAGE})

    def check() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "truepage", "equations"]
        return subprocess.run(command, cwd=root, capture_output=True, text=True)

    assert "not valid Python" in check().stderr
    (root / "src/factor.py").write_text(GOOD)
    mended = check()
    assert mended.returncode == 0, mended.stderr
