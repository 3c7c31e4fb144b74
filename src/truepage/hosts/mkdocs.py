"""The MkDocs plugin: it wires the engine and the Markdown extension into a site.

Pictures and page assets enter the site as generated files; `docs/` is never written to.
"""

import logging
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.config_options import ExtraScriptValue
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from truepage.engine.batch import run_tasks
from truepage.engine.context import BuildContext
from truepage.engine.errors import TruepageError
from truepage.engine.file_access import vendored
from truepage.engine.progress import Progress, ProgressLine, silent
from truepage.engine.project import HOST, find_project
from truepage.figures.manifest import Manifest, build
from truepage.hosts.mkdocs_code_pages import CodePages
from truepage.hosts.mkdocs_finishing import PageFinishing
from truepage.hosts.mkdocs_pages import PageReader, unset_dollars
from truepage.markdown.assets import page_assets, preloads, stylesheets
from truepage.markdown.references import number, unused
from truepage.markdown.whole_site import WholeSite, digest
from truepage.notebooks.notebook_page import NotebookPage
from truepage.pages.bibliography import Bibliography
from truepage.pages.bibtex import read_text
from truepage.pages.documented import below_objects
from truepage.pages.facts import last_changes
from truepage.pages.finishing import DROPPED, SCRIPTS
from truepage.pages.source import numbered
from truepage.pages.styles import StyleSheets

if TYPE_CHECKING:
    from mkdocs.livereload import LiveReloadServer  # it brings watchdog

    from truepage.hosts.mkdocs_serving import Serving

log = get_plugin_logger("truepage")

EXTENSION = "truepage"
SEARCH_OFFLINE = "assets/iframe-worker.js"
COPY_FEATURE = "content.code.copy"
INSTANT = "navigation.instant"
TEMPLATES = Path(__file__).with_name("material")

SHOWS_CODE = re.compile(
    r"\]\(<?(?:listing|value):|%\s*check:|^\s*`{3,}\s*properties|^\s*-+8<-|^:::|^[ \t>]*>>>",
    re.MULTILINE,
)
"""What a page says that shows more of the code than its figures do."""


def _progress() -> Progress:
    """Return what tells a person at a terminal how it goes."""
    if log.isEnabledFor(logging.INFO) and sys.stderr.isatty():
        return ProgressLine(sys.stderr)
    return silent


class TruepageConfig(Config):  # type: ignore[no-untyped-call] # MkDocs leaves it untyped
    """The plugin's options in `mkdocs.yml`."""

    preview = config_options.Type(str, default="")
    """Name of the figure that stands for the site where it is shared."""

    corrections = config_options.Type(str, default="")
    """The page that lists what was wrong; every page links to it."""

    facts = config_options.Type(bool, default=False)
    """Say on each page how long it takes to read, when it changed, and how to cite it."""

    notebooks = config_options.Type(bool, default=True)
    """Make the pages of notebooks; else mkdocs-jupyter makes them, as it does elsewhere."""

    downloads = config_options.Type(bool, default=False)
    """Offer figures as PNG and PDF, too. It makes drawing three times as long, so a preview does
    without."""


class TruepagePlugin(BasePlugin[TruepageConfig]):  # type: ignore[no-untyped-call]
    """Draw what is stale, put pictures into the site, and give pages what they ask for."""

    _preview: "Serving | None" = None
    code_pages: CodePages

    only_reads = False
    """Whether pages are read, and not built: see `truepage.hosts.mkdocs_pages`."""

    def __init__(self) -> None:
        self._finishing = PageFinishing()

    @property
    def made_pages(self) -> dict[str, NotebookPage]:
        """The pages that are notebooks or scripts, by path from the folder of the pages."""
        return self.code_pages.pages

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Set up a preview. MkDocs keeps this object between its builds then."""
        if command == "serve":
            from truepage.hosts.mkdocs_serving import Serving  # a build does without

            self._preview = Serving()

    def on_shutdown(self) -> None:
        """End the preview."""
        if self._preview:
            self._preview.close()

    def on_config(self, config: MkDocsConfig) -> None:
        """Bring the pictures up to date and set up the Markdown extension."""
        if self.only_reads:
            self._project = find_project(Path(config.config_file_path or HOST).parent)
            context = BuildContext(self._project)
            self.code_pages = CodePages(context, config, notebooks=self.config.notebooks)
            self.code_pages.read()
            return
        started = time.perf_counter()
        try:
            self._project = find_project(Path(config.config_file_path or HOST).parent)
            context = BuildContext(self._project)
            earlier = getattr(self, "code_pages", None)
            made = self.code_pages = CodePages(context, config, notebooks=self.config.notebooks)
            if self._preview:
                manifest = self._preview.manifest(config, self._project)
                executed = run_tasks(context, made.tasks)
            else:
                manifest = build(
                    self._project, others=made.tasks, context=context, progress=_progress()
                )
                manifest.raise_failures()
                executed = manifest.others
            made.receive(executed, (earlier or made) if self._preview else None)
            for failure in executed.failures:
                log.error(failure.message)
            downloads = Manifest({}, {})
            if self.config.downloads and not self._preview:
                downloads = build(self._project, kind="png", context=context)
                downloads.raise_failures()
            self._assets = page_assets()
            # Without addresses that end in a slash, pages are to be opened from the disk.
            offline = not config.use_directory_urls
            styles = stylesheets(offline=offline)
            config.extra["preloads"] = [] if offline else preloads()
            if offline and "polyfills" in config.extra:
                # Material's plugin for this has the search's help from elsewhere; ours is here.
                config.extra["polyfills"] = [SEARCH_OFFLINE]
                self._assets[SEARCH_OFFLINE] = vendored("iframe-worker.js")
            if self.config.preview and not self._preview:
                self._add_preview(config)
        except TruepageError as error:
            raise PluginError(str(error)) from None
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise PluginError(f"{place}{error.strerror}.") from None
        for words in manifest.said:
            log.info(words)
        for warning in manifest.warnings:
            log.warning(warning)
        if not self._preview:  # it has said so already
            fresh = len(manifest.renderings) - len(manifest.drawn)
            seconds = time.perf_counter() - started
            log.info(f"{len(manifest.drawn)} figures drawn, {fresh} fresh ({seconds:.2f} s)")

        self._site = WholeSite(context, manifest, downloads)
        self._site.add(made.notebooks, made.galleries)
        for words in made.report(executed):
            log.info(words)
        if made:
            for name in ("admonition", "attr_list", "pymdownx.details"):  # what they use
                if name not in config.markdown_extensions:
                    config.markdown_extensions.append(name)
        self._problems: list[str] = []
        if EXTENSION not in config.markdown_extensions:
            config.markdown_extensions.append(EXTENSION)
        self._options = config.mdx_configs.setdefault(EXTENSION, {})
        self._options.update(
            site=self._site, problems=self._problems, preview=self._preview is not None
        )
        self._add_to_pages(config, styles)

    def _add_to_pages(self, config: MkDocsConfig, styles: list[str]) -> None:
        """Add styles, scripts and templates to the configuration, once.

        A plugin may build more than one site of it: i18n does, one for each language.
        """
        is_material = config.theme.name == "material"
        styles = [*styles, *(["assets/truepage-material.css"] if is_material else ())]
        config.extra_css[:] = [*styles, *(one for one in config.extra_css if one not in styles)]
        there = {str(script) for script in config.extra_javascript}
        for name in SCRIPTS:
            if f"assets/{name}" in there:
                continue
            script = ExtraScriptValue(f"assets/{name}")
            script.defer = True
            config.extra_javascript.append(script)
        if is_material:
            # Behind the author's own templates (custom_dir), before Material's.
            if str(TEMPLATES) not in config.theme.dirs:
                config.theme.dirs.insert(1 if config.theme.custom_dir else 0, str(TEMPLATES))
            features = config.theme.get("features") or []
            self._finishing.copies = self._finishing.copies or COPY_FEATURE in features
            # A preview's page is told of by its address, so each is loaded whole.
            dropped = (COPY_FEATURE, *([INSTANT] if self._preview else ()))
            config.theme["features"] = [name for name in features if not name.startswith(dropped)]
            self._finishing.is_instant = INSTANT in config.theme["features"]

    def _add_preview(self, config: MkDocsConfig) -> None:
        manifest = build(self._project, [self.config.preview], kind="png")
        manifest.raise_failures()
        content = manifest.renderings[self.config.preview].content
        url = f"assets/figures/{self.config.preview}.{digest(content)}.png"
        self._assets[url] = content
        config.extra["preview"] = url

    # After mkdocs-jupyter, which makes notebooks pages, and after i18n (-100), which takes every
    # file for one of the author's.
    @event_priority(-110)
    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Add the pictures and the page assets to the site, and give notebooks their Markdown."""
        made = self.code_pages
        urls, unshown = made.add_to(files, config)
        if self.only_reads:
            return files
        self._site.urls = urls
        for name in unshown:
            log.info(f"no page shows the gallery {name!r}; expected ![](gallery:{name}) on one")
        for url, content in {**self._site.pictures(), **self._assets, **made.files}.items():
            if isinstance(content, Path):
                files.append(File.generated(config, url, abs_src_path=str(content)))
            else:
                files.append(File.generated(config, url, content=content))

        def read(uri: str) -> str | None:
            if file := files.get_file_from_path(uri):
                return file.content_string
            path = Path(config.site_dir, uri)  # some plugins write there, and tell nobody
            return path.read_text(encoding="utf-8") if path.is_file() else None

        self._finishing.styles = StyleSheets(read, urlsplit(config.site_url or "/").path, DROPPED)
        return files

    @event_priority(-100)  # last: after plugins that make the nav, or that pages need
    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> None:
        """Give numbers: in reading order over the nav, then pages outside it."""
        if self.only_reads:
            return
        self.only_reads = True  # all hooks are asked, ours too
        try:
            texts = PageReader(config, files).read(nav, self.made_pages)
        finally:
            self.only_reads = False
        self._site.numbers = number(texts)
        corrections = files.get_file_from_path(self.config.corrections)
        if self.config.corrections and not corrections:
            raise PluginError(
                f"truepage: corrections: no page {self.config.corrections!r}; expected one in docs."
            )
        if self._preview:
            self._preview.depends_on_code(
                "mkdocs-jupyter" in config.plugins
                or self.code_pages.galleries is not None
                or any(map(SHOWS_CODE.search, texts.values()))
            )
        docs = self._site.docs = self._project.relative(Path(config.docs_dir).resolve())
        self._finishing.corrections = corrections
        self._finishing.changes = (
            last_changes(self._project.root, docs) if self.config.facts else {}
        )
        self._site.pages = {f"{docs}/{uri}": text for uri, text in texts.items()}
        self._site.sources = Bibliography(self._site.pages, self._read, self._site.bibtex)
        known = [uri for uri in texts if uri not in self.made_pages]
        for words in unset_dollars({uri: texts[uri] for uri in known}, docs, config, files):
            log.warning(words)
        if there := self._site.prepare():
            log.info(
                f"What follows `>>>` is not run ({there[0]}{', …' if there[1:] else ''}); "
                "`examples = true` under [tool.truepage] in pyproject.toml has it run."
            )
        for warning in self._site.examples().warnings:
            log.warning(warning)

    @event_priority(-100)  # last: after plugins that change the text
    def on_page_markdown(
        self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files
    ) -> None:
        """Tell the extension which page comes next."""
        if self.only_reads:
            return
        source = page.file.content_string
        start = max(source.find(markdown), 0)
        self._site.docs = self._project.relative(Path(config.docs_dir).resolve())
        self._site.url = page.url
        path = f"{self._site.docs}/{page.file.src_uri}"
        self._options.update(
            page=path,
            first_line=source.count("\n", 0, start) + 1,
            numbers=""
            if markdown in source
            else numbered(source.split("\n"), markdown.split("\n")),
            text=markdown,
        )

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Say below each object that mkdocstrings documents which examples ran it."""
        return html if self.code_pages.galleries is None else below_objects(html, self._site.uses)

    @event_priority(-100)  # last: what other plugins put on the page is mended, too
    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Mend what the theme made."""
        output = self._finishing.page(output, page, config, self._site, all_facts=self.config.facts)
        if self._preview:
            output = self._preview.connected(output, f"{self._site.docs}/{page.file.src_uri}")
        return output

    @event_priority(-100)
    def on_post_template(
        self, output: str, *, template_name: str, config: MkDocsConfig
    ) -> str | None:
        """Mend the page for what is not found."""
        if not template_name.endswith(".html"):
            return None
        return self._finishing.html(output, template_name, config)

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Write the style sheets that pages ask for."""
        for uri, text in self._finishing.styles.files.items():
            path = Path(config.site_dir, uri)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    @event_priority(100)  # before the search reads the page
    def _for_the_search(
        self, context: Any, *, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> None:
        """Let the search find each formula once, as text: its HTML says everything three times."""
        self._finishing.set_aside(page, self._site)

    @event_priority(-100)  # after it
    def _for_the_page(
        self, context: Any, *, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> None:
        """Put the formulas and the rest back."""
        self._finishing.put_back(page)

    on_page_context = CombinedEvent(_for_the_search, _for_the_page)

    def _read(self, file: str) -> str | None:
        """Return the text of a bibliography of the project."""
        return read_text(self._project.root / file, file)

    def on_env(self, env: Any, *, config: MkDocsConfig, files: Files) -> None:
        """Stop when a page asked for something that cannot be had."""
        self._site.save()
        problems = [*self._problems, *self._site.sources.idle]
        problems += map(self._site.located, unused(self._site.pages))
        if self._preview:
            self._preview.problems(problems)
        elif problems:
            raise PluginError("\n".join(problems))

    def on_serve(
        self, server: "LiveReloadServer", *, config: MkDocsConfig, builder: Any
    ) -> "LiveReloadServer":
        """Let the preview watch the code: MkDocs watches the pages."""
        if self._preview:
            self._preview.on_serve(server)
        return server
