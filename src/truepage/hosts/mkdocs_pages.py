"""The pages of a MkDocs site as it converts them: with what hooks, plugins and snippets bring.

MkDocs takes one page after the other through all of its hooks, and numbers and equations are of all
pages. So each page goes through the hooks that change its text once more, before the first one is
converted.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.structure.files import File, Files, get_files, set_exclusions
from mkdocs.structure.nav import Navigation, get_navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import is_markdown_file, meta

from truepage.engine.errors import PageError
from truepage.engine.project import Project
from truepage.markdown.maths import PRIORITY
from truepage.markdown.references import Preprocessing
from truepage.notebooks.notebook_page import NotebookPage
from truepage.pages.source import PageText, find_dollars, page_text

SETS_DOLLARS = re.compile(r"arithmatex|mdx_math|mathjax|katex", re.IGNORECASE)
"""Matches the names of extensions and scripts that set maths between dollar signs."""


class PageReader:
    """What reads the pages of a site.

    Parameters
    ----------
    config
        The site's configuration, after all plugins changed it.
    files
        Its files.
    """

    def __init__(self, config: MkDocsConfig, files: Files) -> None:
        self._config, self._files = config, files
        self._preprocessing = Preprocessing(
            config.markdown_extensions, config.mdx_configs, PRIORITY
        )
        self.failures: dict[str, str] = {}
        """Path of a page → why not all of its text is known."""

    def read(self, nav: Navigation, notebooks: Mapping[str, object]) -> dict[str, str]:
        """Return the texts of all pages: in reading order over the nav, then those outside it.

        Parameters
        ----------
        nav
            The site's navigation.
        notebooks
            Those files that are pages, and no Markdown.
        """
        in_order = [*(page.file for page in nav.pages), *self._files.documentation_pages()]
        with _silence():
            return {
                file.src_uri: self._expanded(file.src_uri, self._with_hooks(file))
                for file in dict.fromkeys(in_order)
                if is_markdown_file(file.src_uri) or file.src_uri in notebooks
            }

    def _with_hooks(self, file: File) -> str:
        """Return a page's text as hooks leave it."""
        before = file.page
        page = before or Page(None, file, self._config)
        try:
            page.read_source(self._config)
            text = self._config.plugins.on_page_markdown(
                page.markdown or "", page=page, config=self._config, files=self._files
            )
        except Exception as error:  # whatever it is, MkDocs tells when it is the page's turn
            self.failures[file.src_uri] = f"{type(error).__name__}: {error}"
            text = meta.get_data(file.content_string)[0]
        file.page = before
        return text

    def _expanded(self, uri: str, text: str) -> str:
        """Return the text that hooks left, with what extensions bring."""
        try:
            return self._preprocessing.run(text)
        except Exception as error:  # told when the page is converted
            self.failures[uri] = f"{type(error).__name__}: {error}"
            return text


@contextmanager
def _silence() -> Iterator[None]:
    """Keep hooks from saying everything twice."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def unset_dollars(
    texts: Mapping[str, str], docs: str, config: MkDocsConfig, files: Files
) -> Iterator[str]:
    """Yield a warning for each page with maths between dollar signs that nothing sets.

    Parameters
    ----------
    texts
        Path of a page, from the folder of the pages → its text.
    docs
        That folder, from the project's root.
    """
    scripts = map(str, config.extra_javascript)
    if any(map(SETS_DOLLARS.search, (*map(str, config.markdown_extensions), *scripts))):
        return
    for uri, text in texts.items():
        file = files.get_file_from_path(uri)
        if not file or not (found := find_dollars(text.split("\n"))):
            continue
        (line, maths), *more = found
        page = page_text(f"{docs}/{uri}", file.content_string, text)
        others = f" and {len(more)} more" if more else ""
        maths = maths if len(maths) <= 40 else f"{maths[:39]}…"
        yield (
            f"{page.places[line - 1]}: {maths}{others} is shown as it is written; expected "
            "$`…`$ in a line, and a ```math fence for a formula by itself, or the extension "
            "pymdownx.arithmatex, which reads dollar signs."
        )


def read_site(project: Project, file: Path) -> dict[str, PageText]:
    """Return the pages of the site of a configuration, by path as messages show it.

    Nothing is drawn, executed, converted or written: plugins are asked up to the navigation.

    Raises
    ------
    PageError
        A page's text cannot be known: the configuration, a plugin or an extension fails.
    """
    where = project.relative(file)
    try:
        config = load_config(str(file))
        plugin: Any = config.plugins.get("truepage")
        if plugin:
            plugin.only_reads = True
        config.plugins.on_startup(command="build", dirty=False)
        try:
            config = config.plugins.on_config(config)
            config.plugins.on_pre_build(config=config)
            files = get_files(config)
            files.add_files_from_theme(config.theme.get_env(), config)
            files = config.plugins.on_files(files, config=config)
            set_exclusions(files, config)
            nav = config.plugins.on_nav(get_navigation(files, config), config=config, files=files)
            notebooks: Mapping[str, NotebookPage] = plugin.made_pages if plugin else {}
            reader = PageReader(config, files)
            texts = reader.read(nav, notebooks)
        finally:
            config.plugins.on_shutdown()
            if plugin:  # MkDocs has one for all builds of a process
                plugin.only_reads = False
    except Abort as error:
        raise PageError(f"{where}: {error}") from None
    except Exception as error:  # a plugin may raise anything
        raise PageError(f"{where}: the pages cannot be read: {error}") from error
    docs = project.relative(Path(config.docs_dir).resolve())
    if reader.failures:
        raise PageError(
            "\n".join(
                f"{docs}/{uri}:1: the text of this page is not known: {words}"
                for uri, words in reader.failures.items()
            )
        )
    return {
        f"{docs}/{uri}": page_text(
            f"{docs}/{uri}",
            found.content_string if (found := files.get_file_from_path(uri)) else "",
            text,
            notebooks[uri].places if uri in notebooks else (),
        )
        for uri, text in texts.items()
    }
