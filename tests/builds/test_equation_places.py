"""`truepage equations` and the build read the same pages, and mean the same formula."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from building import build

Make = Callable[[Mapping[str, str | bytes]], Path]

HOST = """\
site_name: Places
plugins: [truepage]
markdown_extensions:
  - pymdownx.superfences
  - pymdownx.snippets: { base_path: [parts], check_paths: true }
"""
FENCE = "```math\n% check: own.code.square(x)\n{}\n```\n"
WRONG, RIGHT = FENCE.format("x^3"), FENCE.format("x^2")
HOOK = """\
def on_page_markdown(markdown, **others):
    return markdown.replace("HERE", {0!r})
"""

CASES = {
    "the pages' folder": ({"mkdocs.yml": f"{HOST}docs_dir: content/pages\n"}, "# A\n\n{}"),
    "a snippet": ({}, '# A\n\n--8<-- "part.md"\n'),
    "a block of snippets": ({}, "# A\n\n--8<--\npart.md\n--8<--\n"),
    "a snippet behind front matter": ({}, '---\na: b\n---\n\n# A\n\n--8<-- "part.md"\n'),
    "a snippet of a snippet": ({"parts/all.md": '--8<-- "part.md"\n'}, '# A\n\n--8<-- "all.md"\n'),
    "a text that is put behind all pages": (
        {"mkdocs.yml": HOST.replace("true }", "true, auto_append: [part.md] }")},
        "# A\n\nB.\n",
    ),
    "a hook": ({"mkdocs.yml": f"{HOST}hooks: [hook.py]\n"}, "# A\n\nHERE\n"),
    "a hook, behind front matter": (
        {"mkdocs.yml": f"{HOST}hooks: [hook.py]\n"},
        "---\na: b\n---\n\n# A\n\nHERE\n\nB.\n",
    ),
}


def site(make: Make, files: Mapping[str, str], page: str, formula: str) -> tuple[Path, str]:
    """Write a site whose page has a formula, or gets it; return its root and the page's path."""
    folder = "content/pages" if "docs_dir" in files.get("mkdocs.yml", "") else "docs"
    path = f"{folder}/index.md"
    root = make(
        {
            "mkdocs.yml": HOST,
            "pyproject.toml": "[tool.truepage]\njobs = 1\n",
            "src/own/code.py": "def square(x):\n    return x * x\n",
            "figures/none.py": "",
            "parts/part.md": formula,
            "hook.py": HOOK.format(formula),
            **files,
            path: page.replace("{}", formula),
        }
    )
    return root, path


def equations(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command."""
    return subprocess.run(
        [sys.executable, "-m", "truepage", "equations", *arguments],
        cwd=root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("case", CASES)
def test_the_command_finds_what_the_build_finds(make: Make, case: str) -> None:
    """Wherever the page has it from; in the same line, which is one of the author's page."""
    files, page = CASES[case]
    root, path = site(make, files, page, WRONG)
    said, done = equations(root), build(root)
    assert (said.returncode, done.returncode) == (1, 1)
    place = re.search(rf"{path}:(\d+): the formula `x\^3` is refuted", said.stderr)
    assert place, said.stderr
    assert "the formula `x^3` is refuted" in done.stderr
    lines = (root / path).read_text("utf-8").split("\n")
    meant = lines[int(place[1]) - 1]
    if "behind all" not in case:
        assert re.search(rf"{path}:{place[1]}:\d+: the formula", done.stderr), done.stderr
        assert re.search(r"8<|part\.md|HERE|x\^3", meant), meant


@pytest.mark.parametrize("case", CASES)
def test_a_right_formula_is_checked_wherever_it_comes_from(make: Make, case: str) -> None:
    """The command counts one, the page shows one mark."""
    files, page = CASES[case]
    root, _ = site(make, files, page, RIGHT)
    said, done = equations(root), build(root)
    assert "1 checked." in said.stdout, said.stderr
    assert done.returncode == 0, done.stderr
    assert (root / "site" / "index.html").read_text("utf-8").count("truepage-checked") == 1


def test_a_label_that_a_hook_brings_has_a_number_on_all_pages(make: Make) -> None:
    """Also on pages that are converted before the one that it is on."""
    formula = "```math\n% label: eq-hook\nh = 1\n```\n"
    files = {"mkdocs.yml": f"{HOST}hooks: [hook.py]\n", "docs/last.md": "# B\n\nHERE\n"}
    root, _ = site(make, files, "# A\n\nSee @eq-hook.\n", formula)
    done = build(root)
    assert done.returncode == 0, done.stderr
    assert "Equation 1" in (root / "site" / "index.html").read_text("utf-8")


def test_what_a_hook_says_otherwise_each_time_is_checked_as_it_is_shown(make: Make) -> None:
    """The page that is converted counts, and not what was read before."""
    hook = (
        "count = 0\n"
        "def on_page_markdown(markdown, **others):\n"
        "    global count\n"
        "    count += 1\n"
        f"    return markdown.replace('HERE', ({RIGHT!r}, {WRONG!r})[count - 1])\n"
    )
    files = {"mkdocs.yml": f"{HOST}hooks: [hook.py]\n", "hook.py": hook}
    root, path = site(make, files, "# A\n\nHERE\n", "")
    done = build(root)
    assert done.returncode == 1
    assert f"{path}:3:1: the formula `x^3` is refuted" in done.stderr


def test_a_missing_snippet_ends_the_command_with_the_page(make: Make) -> None:
    """Nobody knows what would be on the page: that is not `no equation`."""
    root, path = site(make, {}, '# A\n\n--8<-- "lost.md"\n', "")
    said = equations(root)
    assert said.returncode == 1
    assert path in said.stderr
    assert "lost.md" in said.stderr
    assert "no equation" not in said.stdout


def test_without_a_host_an_included_text_is_not_passed_over(make: Make) -> None:
    """The page's line is named."""
    root, path = site(make, {}, '# A\n\n--8<-- "part.md"\n', WRONG)
    (root / "mkdocs.yml").unlink()
    said = equations(root)
    assert said.returncode == 1
    assert f'{path}:3: `--8<-- "part.md"` may bring equations' in said.stderr


def test_a_site_in_a_folder_of_the_project_is_found(make: Make) -> None:
    """Its pages have the folder in their paths."""
    root = make(
        {
            "src/own/code.py": "def square(x):\n    return x * x\n",
            "figures/none.py": "",
            "web/mkdocs.yml": HOST,
            "web/docs/index.md": f"# A\n\n{WRONG}",
        }
    )
    for arguments in ((), ("index.md",), ("web/docs/index.md",)):
        said = equations(root, *arguments)
        assert "web/docs/index.md:5: the formula `x^3` is refuted" in said.stderr
    found = json.loads(equations(root, "--json").stdout)
    assert [(one["page"], one["line"], one["status"]) for one in found] == [
        ("web/docs/index.md", 5, "refuted")
    ]
