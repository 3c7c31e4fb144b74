"""Sites as people have them: one small site with each plugin and theme, built and opened.

What is no part of `requirements.txt` is in `tests/browser/hosts.txt`; `.ci/run` installs it into an
environment of its own. Where a package is not installed its site is skipped, and fails in CI.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest
from building import build
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect
from serving import serve

Write = Callable[[Path, Mapping[str, str | bytes]], Path]

CONFIG = """\
site_name: Matrix
site_url: https://matrix.example/
theme: {theme}
plugins:
{plugins}
  - truepage
markdown_extensions:
  - toc
  - admonition
  - attr_list
  - pymdownx.highlight
  - pymdownx.superfences
  - truepage
{rest}
"""
MATERIAL = "{ name: material, font: false }"
INSTANT = (
    "{ name: material, font: false, features: [navigation.instant, navigation.instant.prefetch, "
    "navigation.instant.progress, content.code.copy] }"
)
PAGE = """\
# Second

![A wave.](figure:wave)

See @fig-wave, @eq-wave and [@ng2013].

```math
% label: eq-wave
% check: waves.double(x)
f(x) = 2 x
```

![](listing:waves.double)

![](bibliography:refs.bib)
"""
FILES: Mapping[str, str] = {
    "pyproject.toml": "",
    "src/waves.py": "def double(x):\n    return 2 * x\n",
    "figures/drawn.py": """\
from matplotlib.figure import Figure
from truepage import figure

import waves


@figure(alt="A line.", sweep={"slope": [1.0, 2.0, 3.0]})
def wave(slope: float = 1.0) -> Figure:
    fig = Figure(figsize=(3, 2))
    axes = fig.subplots()
    axes.plot([0, 0.5, 1], [0, slope, slope * waves.double(1)], label="a line")
    axes.set(xlabel="x", ylim=(0, 6))
    return fig
""",
    "docs/index.md": "# Home\n\nTo the [second page](second.md).\n",
    "docs/second.md": PAGE,
    "docs/refs.bib": "@misc{ng2013, author = {Ng, A.}, title = {T}, year = 2013}\n",
}
ZENSICAL = """\
[project]
site_name = "Matrix"
nav = ["index.md", "second.md"]

[project.theme]
font = false

[project.markdown_extensions.attr_list]
[project.markdown_extensions.pymdownx.highlight]
[project.markdown_extensions.pymdownx.superfences]
[project.markdown_extensions.truepage]
"""
SNIPPET = PAGE.partition("\n")[2]

SITES: Mapping[str, Mapping[str, object]] = {
    "material": {},
    "instant": {"theme": INSTANT},
    "mkdocs": {"theme": "{ name: mkdocs, highlightjs: false }"},
    "readthedocs": {"theme": "{ name: readthedocs, highlightjs: false }"},
    "blog": {
        "plugins": ["search", "blog", "tags", "meta"],
        "files": {
            "docs/blog/index.md": "# Blog\n",
            "docs/blog/posts/one.md": "---\ndate: 2024-01-31\ntags: [a]\n---\n"
            + PAGE.replace("refs.bib", "../../refs.bib"),
            "docs/index.md": "# Home\n\nTo the [second page](blog/posts/one.md).\n",
        },
        "without": ["docs/second.md"],
    },
    "i18n": {
        "needs": "mkdocs_static_i18n",
        "plugins": [
            "search",
            "i18n: {docs_structure: suffix, languages: ["
            "{locale: en, default: true, name: English, build: true}, "
            "{locale: fr, name: Français, build: true}]}",
        ],
        "files": {
            "docs/index.fr.md": "# Accueil\n\n[La deuxième](second.md).\n",
            "docs/second.fr.md": PAGE.replace("# Second", "# Deuxième"),
        },
    },
    "macros": {
        "needs": "mkdocs_macros",
        "plugins": ["search", "macros: {include_dir: parts}"],
        "files": {
            "docs/second.md": "# {{ 'Sec' ~ 'ond' }}\n\n{% include 'part.md' %}\n",
            "parts/part.md": SNIPPET,
        },
    },
    "include-markdown": {
        "needs": "mkdocs_include_markdown_plugin",
        "plugins": ["search", "include-markdown"],
        "files": {
            "docs/second.md": "# Second\n\n{% include-markdown '../parts/part.md' %}\n",
            "parts/part.md": SNIPPET,
        },
    },
    "hook": {
        "files": {
            "docs/second.md": "# Second\n\nHERE\n",
            "parts/part.md": SNIPPET,
            "hook.py": "from pathlib import Path\n\n\n"
            "def on_page_markdown(markdown, **kwargs):\n"
            "    return markdown.replace('HERE', Path('parts/part.md').read_text())\n",
        },
        "rest": "hooks: [hook.py]",
    },
    "awesome-nav": {
        "needs": "mkdocs_awesome_nav",
        "plugins": ["search", "awesome-nav"],
        "files": {"docs/.nav.yml": "nav:\n  - index.md\n  - '*'\n"},
    },
    "literate-nav": {
        "needs": "mkdocs_literate_nav",
        "plugins": ["search", "literate-nav: {nav_file: SUMMARY.md}", "section-index"],
        "files": {"docs/SUMMARY.md": "* [Home](index.md)\n* [Second](second.md)\n"},
    },
    "redirects": {
        "needs": "mkdocs_redirects",
        "plugins": ["search", "redirects: {redirect_maps: {old.md: second.md}}"],
    },
    "minify": {
        "needs": "mkdocs_minify_plugin",
        "plugins": ["search", "minify: {minify_html: true}"],
    },
    "glightbox": {"needs": "mkdocs_glightbox", "plugins": ["search", "glightbox"]},
    "markdown-exec": {
        "needs": "markdown_exec",
        "plugins": ["search", "markdown-exec"],
        "files": {
            "docs/second.md": f"{PAGE}\n```python exec=\"true\"\nprint('**done**')\n```\n",
        },
    },
    "arithmatex": {
        "extensions": ["pymdownx.arithmatex: {generic: true}"],
        "files": {"docs/second.md": f"{PAGE}\nWith $y^2$.\n"},
    },
    "below": {"below": "site-src"},
    "docs-dir": {"rest": "docs_dir: content", "docs": "content"},
    "inherit": {"inherit": True},
    "properdocs": {
        "needs": "properdocs",
        "command": ["properdocs", "build", "--strict"],
        "theme": "{ name: mkdocs, highlightjs: false }",
    },
    "zensical": {
        "needs": "zensical",
        "command": ["zensical", "build"],
        "files": {"zensical.toml": ZENSICAL},
        "without": ["mkdocs.yml"],
    },
    "zensical-mkdocs": {"needs": "zensical", "command": ["zensical", "build"]},
}


def site(root: Path, write: Write, name: str) -> Path:
    """Write the site of a name; return the folder with its configuration."""
    said = SITES[name]
    needs = said.get("needs")
    if needs and not find_spec(str(needs)):
        if os.environ.get("REQUIRE_HOSTS"):
            pytest.fail(f"{needs} is not installed: see tests/browser/hosts.txt")
        pytest.skip(f"{needs} is not installed: see tests/browser/hosts.txt")
    plugins = said.get("plugins", ["search"])
    config = CONFIG.format(
        theme=said.get("theme", MATERIAL),
        plugins="\n".join(f"  - {plugin}" for plugin in plugins),  # type: ignore[attr-defined]
        rest="\n".join(
            [*(f"  - {one}" for one in said.get("extensions", ())), str(said.get("rest", ""))]  # type: ignore[attr-defined]
        ),
    )
    files = {**FILES, "mkdocs.yml": config, **said.get("files", {})}  # type: ignore[dict-item]
    for path in said.get("without", ()):  # type: ignore[attr-defined]
        del files[path]
    if said.get("inherit"):
        files["base.yml"], files["mkdocs.yml"] = config, "INHERIT: base.yml\n"
    if docs := said.get("docs"):
        files = {re.sub("^docs/", f"{docs}/", path): text for path, text in files.items()}
    below = str(said.get("below", ""))
    if below:
        moved = re.compile("^(?=docs/|figures/|mkdocs.yml)")
        files = {moved.sub(f"{below}/", path): text for path, text in files.items()}
    write(root, files)
    return root / below


def second(page: Page) -> None:
    """Follow the link to the second page."""
    page.get_by_role("link", name="second page").click()
    expect(page.locator(".truepage-figure")).to_be_visible()


@pytest.mark.parametrize("name", SITES)
def test_a_site_is_built_and_answers(
    name: str, tmp_path: Path, write: Write, browser: Browser
) -> None:
    """Numbers, references, sources and formulas are there; the slider moves; nothing is asked of
    others, and the console is silent.
    """
    folder = site(tmp_path, write, name)
    if command := SITES[name].get("command"):
        done = subprocess.run(
            [sys.executable, "-m", *command],  # type: ignore[misc]
            cwd=folder,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
            capture_output=True,
            text=True,
        )
    else:
        done = build(folder)
    assert done.returncode == 0, done.stderr
    with serve(folder / "site", "/") as address:
        page = browser.new_page()
        said: list[str] = []
        asked: list[str] = []

        def note(message: ConsoleMessage) -> None:
            told = message.text.startswith("Failed to load resource")  # below, with its address
            if message.type in {"error", "warning"} and not told:
                said.append(message.text)

        def answered(response: Response) -> None:
            # Material asks for the sitemaps of other languages, which i18n writes into one.
            if response.status >= 400 and not response.url.endswith("/sitemap.xml"):
                said.append(f"{response.status} {response.url}")

        page.on("console", note)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.on("response", answered)
        page.goto(address)
        second(page)
        figure = page.locator(".truepage-figure")
        assert figure.locator(".truepage-number").inner_text() == "Figure 1."
        text = page.locator("body").inner_text()
        for words in (
            "See Figure 1, Equation 1 and (Ng 2013).",
            "def double(x):",
            "A. Ng: T (2013)",
        ):
            assert words in text
        assert page.locator(".katex-display .katex-html").count() == 1
        assert page.locator("a.truepage-checked, span.truepage-checked").count() == 1
        before = figure.locator("svg").inner_html()
        figure.locator("input[type=range]").press("ArrowRight")
        expect(figure.locator("output")).to_have_text("2")
        assert figure.locator("svg").inner_html() != before
        assert figure.locator(".truepage-handle").count() == 1
        assert page.evaluate("getComputedStyle(document.querySelector('.truepage-figure')).margin")
        with page.expect_download() as download:
            page.locator("summary", has_text="Data").click()
            page.get_by_role("link", name="CSV").click()
        assert download.value.suggested_filename == "wave.csv"
        shots = os.environ.get("SCREENSHOTS")
        if shots:
            page.screenshot(path=Path(shots) / f"{name}.png", full_page=True)
        page.close()
    assert said == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
