"""Zensical as a host: it knows no plugins of Python's, but runs this extension on each page.

What it tells an extension is the page and the configuration, by a preprocessor of its own. What a
page needs beside itself, the order of pages and their texts, is read from there. Pictures, styles
and scripts are written into the built site, and each page that needs them links to them.
"""

import copy
import threading
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from markdown import Markdown

from truepage.engine.context import BuildContext
from truepage.engine.errors import PageError
from truepage.engine.file_access import keep
from truepage.engine.project import find_project
from truepage.figures.manifest import Manifest, build
from truepage.markdown.assets import page_assets, stylesheets
from truepage.markdown.maths import PRIORITY
from truepage.markdown.references import Preprocessing, number, unused
from truepage.markdown.whole_site import WholeSite, relative_url
from truepage.pages.bibliography import Bibliography
from truepage.pages.bibtex import read_text
from truepage.pages.finishing import SCRIPTS

CONTEXT = "rendering_context"
"""The name of Zensical's preprocessor."""


class Sites:
    """The sites of this process: one for each state of the pages, as a preview has many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._site: WholeSite | None = None
        self._state: object = None

    def of(self, context: Any) -> WholeSite:
        """Return the site as a page is on it."""
        config = context.config
        docs = Path(config["root_dir"], config["docs_dir"])
        files = sorted(docs.rglob("*.md"))
        state = (docs, [(file, file.stat().st_mtime_ns) for file in files])
        with self._lock:  # pages are converted side by side
            if self._site is None or state != self._state:
                self._site, self._state = _site(config, docs, files), state
            own = copy.copy(self._site)
        own.url = context.page.path  # Zensical takes links within HTML for the file's, too
        return own


def context(md: Markdown) -> Any:
    """Return what Zensical tells of the page; None with another host."""
    return md.preprocessors[CONTEXT] if CONTEXT in md.preprocessors else None  # noqa: SIM401


def _site(config: Mapping[str, Any], docs: Path, files: Sequence[Path]) -> WholeSite:
    """Make a site: draw what is stale, number what is on it, and write what pages link to."""
    project = find_project(docs.parent)
    context = BuildContext(project)
    manifest = build(project, context=context)
    manifest.raise_failures()
    site = WholeSite(context, manifest, Manifest({}, {}))
    site.docs = project.relative(docs)
    there = {file.relative_to(docs).as_posix(): file for file in files}
    in_order = [uri for uri in _in_order(config["nav"]) if uri in there]
    extensions = [one for one in config["markdown_extensions"] if isinstance(one, str)]
    preprocessing = Preprocessing(extensions, config["mdx_configs"], PRIORITY)
    texts = {
        uri: preprocessing.run(there[uri].read_text(encoding="utf-8-sig"))
        for uri in dict.fromkeys([*in_order, *there])
    }
    site.numbers = number(texts)
    site.pages = {f"{site.docs}/{uri}": text for uri, text in texts.items()}
    site.sources = Bibliography(
        site.pages, lambda file: read_text(project.root / file, file), site.bibtex
    )
    problems = [*site.sources.idle, *unused(site.pages)]
    if problems:
        raise PageError("\n".join(problems))
    site.share()
    folder = Path(config["root_dir"], config["site_dir"])
    for url, content in {**page_assets(), **site.pictures()}.items():
        if isinstance(content, Path):
            content = content.read_bytes()
        keep(folder / url, content.encode() if isinstance(content, str) else content)
    return site


def _in_order(nav: Any) -> Iterator[str]:
    """Yield the files of a navigation, in reading order."""
    for item in nav:
        if isinstance(item, list):
            yield from _in_order(item)
        else:
            if item["url"]:
                yield item["url"]
            yield from _in_order(item["children"])


def assets(html: str, page: str) -> str:
    """Return the links to styles and scripts that a page needs, to be put before its text."""
    if "truepage-" not in html and 'class="katex' not in html:
        return ""
    links = [
        f'<link rel="stylesheet" href="{escape(relative_url(sheet, page))}">'
        for sheet in stylesheets()
    ]
    scripts = [
        f'<script src="{escape(relative_url(f"assets/{name}", page))}" defer></script>'
        for name, needed in SCRIPTS.items()
        if any(part in html for part in needed)
    ]
    return "\n".join([*links, *scripts, ""])
