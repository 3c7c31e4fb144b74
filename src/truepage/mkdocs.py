"""The MkDocs plugin: it wires the engine and the Markdown extension into a site.

Pictures and page assets enter the site as generated files; `docs/` is never written to.
"""

import logging
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.config_options import ExtraScriptValue
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from truepage.build import Manifest, build, run_jobs
from truepage.checking.pages import find_fences
from truepage.errors import TruepageError
from truepage.examples.script import find_script
from truepage.files import vendored
from truepage.galleries.gallery import SHOWS
from truepage.galleries.site import GallerySite
from truepage.markdown.dollars import SETS, find_dollars
from truepage.markdown.page import prose_without_code
from truepage.markdown.references import number, unused
from truepage.markdown.whole_site import WholeSite, digest
from truepage.maths.values import find_values
from truepage.mkdocs_pages import PageReader
from truepage.notebooks.page import NotebookPage
from truepage.notebooks.site import NotebookSite
from truepage.pages.assets import page_assets, preloads, stylesheets
from truepage.pages.bibliography import Bibliography
from truepage.pages.bibtex import read_text
from truepage.pages.documented import below_objects
from truepage.pages.facts import PageFacts, last_changes, reading_minutes, with_facts
from truepage.pages.finishing import DROPPED, SCRIPTS, finished, with_terms, without_idle_scripts
from truepage.pages.formulas import with_html
from truepage.pages.styles import StyleSheets
from truepage.pages.uncoloured import with_colours, without_colours
from truepage.pages.unsearched import whole, without
from truepage.progress import Progress, ProgressLine, silent
from truepage.project import HOST, find_project
from truepage.source import numbered, page_text, prose
from truepage.workshop import Workshop

if TYPE_CHECKING:
    from mkdocs.livereload import LiveReloadServer  # it brings watchdog

    from truepage.mkdocs_serving import Serving

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
    _notebooks: NotebookSite | None = None
    _galleries: GallerySite | None = None

    _copy = False
    _is_instant = False

    only_reads = False
    """Whether pages are read, and not built: see `truepage.mkdocs_pages`."""

    @property
    def made_pages(self) -> dict[str, NotebookPage]:
        """The pages that are notebooks or scripts, by path from the folder of the pages."""
        made = (self._notebooks, self._galleries)
        return {uri: page for each in made if each for uri, page in each.pages.items()}

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Set up a preview. MkDocs keeps this object between its builds then."""
        if command == "serve":
            from truepage.mkdocs_serving import Serving  # a build does without

            self._preview = Serving()

    def on_shutdown(self) -> None:
        """End the preview."""
        if self._preview:
            self._preview.close()

    def on_config(self, config: MkDocsConfig) -> None:
        """Bring the pictures up to date and set up the Markdown extension."""
        if self.only_reads:
            self._project = find_project(Path(config.config_file_path or HOST).parent)
            self._notebooks = self._find_notebooks(Workshop(self._project), config)
            self._galleries = self._find_galleries(Workshop(self._project), config)
            if self._notebooks:
                self._notebooks.read()
            return
        started = time.perf_counter()
        try:
            self._project = find_project(Path(config.config_file_path or HOST).parent)
            workshop = Workshop(self._project)
            earlier, self._notebooks = self._notebooks, self._find_notebooks(workshop, config)
            ran, self._galleries = self._galleries, self._find_galleries(workshop, config)
            jobs = [
                job
                for made in (self._notebooks, self._galleries)
                if made
                for job in made.jobs.values()
            ]
            if self._preview:
                manifest = self._preview.manifest(config, self._project)
                executed = run_jobs(workshop, jobs)
            else:
                manifest = build(
                    self._project, others=jobs, workshop=workshop, progress=_progress()
                )
                manifest.raise_failures()
                executed = manifest.others
            if self._notebooks:
                before = (earlier or self._notebooks) if self._preview else None
                self._notebooks.receive(executed.products, executed.failures, before)
            if self._galleries:
                self._galleries.receive(
                    executed.products, executed.failures, ran if self._preview else None
                )
            for failure in executed.failures:
                log.error(failure.message)
            downloads = Manifest({}, {})
            if self.config.downloads and not self._preview:
                downloads = build(self._project, kind="png", workshop=workshop)
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

        self._site = WholeSite(workshop, manifest, downloads)
        self._site.add(self._notebooks, self._galleries)
        if self._notebooks or self._galleries:
            for made, words in (
                (self._notebooks, "notebooks executed"),
                (self._galleries, "examples run"),
            ):
                names = {job.name for job in made.jobs.values()} if made else set()
                done = len(names & executed.done.keys())
                if made:
                    fresh = len(names & executed.products.keys()) - done
                    log.info(f"{done} {words}, {fresh} fresh")
                for note in made.notes if made else ():
                    log.info(note)
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
            self._copy = self._copy or COPY_FEATURE in features
            # A preview's page is told of by its address, so each is loaded whole.
            dropped = (COPY_FEATURE, *([INSTANT] if self._preview else ()))
            config.theme["features"] = [name for name in features if not name.startswith(dropped)]
            self._is_instant = INSTANT in config.theme["features"]

    def _find_notebooks(self, workshop: Workshop, config: MkDocsConfig) -> NotebookSite | None:
        """Return the notebooks that mkdocs-jupyter is told of."""
        if "mkdocs-jupyter" not in config.plugins or not self.config.notebooks:
            return None
        options = dict(config.plugins["mkdocs-jupyter"].config)
        return NotebookSite(workshop, Path(config.docs_dir).resolve(), options)

    def _find_galleries(self, workshop: Workshop, config: MkDocsConfig) -> GallerySite | None:
        """Return the galleries of the project."""
        if not workshop.project.galleries:
            return None
        docs = Path(config.docs_dir).resolve()
        return GallerySite(
            workshop, docs, refers="autorefs" in config.plugins or "mkdocstrings" in config.plugins
        )

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
        for uri, page in (self._notebooks.pages if self._notebooks else {}).items():
            if file := files.get_file_from_path(uri):
                # Without a file behind it, it is a page like others: mkdocs-jupyter lets it be.
                file.content_string = page.text
        if self._galleries:
            self._add_scripts(self._galleries, files, config)
        if self.made_pages:
            self._refuse_twins(files, self._project.relative(Path(config.docs_dir).resolve()))
        if self.only_reads:
            return files
        made = (self._notebooks, self._galleries)
        taken = {url: file for each in made if each for url, file in each.files.items()}
        for url, content in {**self._site.pictures(), **self._assets, **taken}.items():
            if isinstance(content, Path):
                files.append(File.generated(config, url, abs_src_path=str(content)))
            else:
                files.append(File.generated(config, url, content=content))

        def read(uri: str) -> str | None:
            if file := files.get_file_from_path(uri):
                return file.content_string
            path = Path(config.site_dir, uri)  # some plugins write there, and tell nobody
            return path.read_text(encoding="utf-8") if path.is_file() else None

        self._styles = StyleSheets(read, urlsplit(config.site_url or "/").path, DROPPED)
        return files

    def _add_scripts(self, galleries: GallerySite, files: Files, config: MkDocsConfig) -> None:
        """Make pages of the scripts of galleries, and find out which pages show these."""
        shown: dict[str, str] = {}
        for file in files.documentation_pages():
            for line in prose(file.content_string.split("\n")):
                found = SHOWS.match(line)
                if found and found["kind"] == "gallery":
                    shown.setdefault(found["name"].strip("/"), file.src_uri)
        galleries.write(shown)
        urls = {}
        for uri, page in galleries.pages.items():
            if there := files.get_file_from_path(uri):
                raise PluginError(
                    f"{there.abs_src_path or uri}: is a page where the gallery has one of its own; "
                    "rename one of them."
                )
            # Hundreds of them are no navigation: readers come from the page that shows them.
            file = File.generated(
                config, uri, content=page.text, inclusion=InclusionLevel.NOT_IN_NAV
            )
            files.append(file)
            urls[uri] = file.url
        if not self.only_reads:
            self._site.urls = urls
            for name in galleries.galleries.keys() - shown.keys():
                log.info(f"no page shows the gallery {name!r}; expected ![](gallery:{name}) on one")

    def _refuse_twins(self, files: Files, docs: str) -> None:
        """Stop where a notebook and a page become one page, of which the site would have either."""
        seen: dict[str, str] = {}
        for file in files.documentation_pages():
            other = seen.setdefault(file.url, file.src_uri)
            if other != file.src_uri and {other, file.src_uri} & self.made_pages.keys():
                raise PluginError(
                    f"{docs}/{file.src_uri}: becomes the same page as {docs}/{other}; rename one, "
                    "or leave one out by `ignore` of mkdocs-jupyter or `exclude_docs`."
                )

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
        self._corrections = files.get_file_from_path(self.config.corrections)
        if self.config.corrections and not self._corrections:
            raise PluginError(
                f"truepage: corrections: no page {self.config.corrections!r}; expected one in docs."
            )
        if self._preview:
            self._preview.depends_on_code(
                "mkdocs-jupyter" in config.plugins
                or self._galleries is not None
                or any(map(SHOWS_CODE.search, texts.values()))
            )
        docs = self._site.docs = self._project.relative(Path(config.docs_dir).resolve())
        self._changes = last_changes(self._project.root, docs) if self.config.facts else {}
        self._site.pages = {f"{docs}/{uri}": text for uri, text in texts.items()}
        self._site.sources = Bibliography(self._site.pages, self._read, self._site.bibtex)
        self._hint_at_dollars(texts, config, files)
        fences = [one for both in self._site.pages.items() for one in find_fences(*both)]
        if fences:  # what judges them is slow to import
            self._site.claims().prepare(fences)
        examples = self._site.examples()
        scripts = {path: find_script(text.split("\n")) for path, text in self._site.pages.items()}
        if self._project.examples:
            examples.prepare((path, script) for path, script in scripts.items() if script)
        elif there := [path for path, script in scripts.items() if script]:
            log.info(
                f"What follows `>>>` is not run ({there[0]}{', …' if there[1:] else ''}); "
                "`examples = true` under [tool.truepage] in pyproject.toml has it run."
            )
        for warning in examples.warnings:
            log.warning(warning)
        self._site.computer().prepare(
            value.expression
            for text in texts.values()
            for value in find_values("\n".join(prose_without_code(text.split("\n"))))
            if not value.fault
        )

    def _hint_at_dollars(
        self, texts: Mapping[str, str], config: MkDocsConfig, files: Files
    ) -> None:
        """Warn of maths that pages show as it is written."""
        scripts = map(str, config.extra_javascript)
        if any(map(SETS.search, (*map(str, config.markdown_extensions), *scripts))):
            return
        for uri, text in texts.items():
            file = files.get_file_from_path(uri)
            if uri in self.made_pages or not file or not (found := find_dollars(text.split("\n"))):
                continue
            (line, maths), *more = found
            page = page_text(f"{self._site.docs}/{uri}", file.content_string, text)
            others = f" and {len(more)} more" if more else ""
            maths = maths if len(maths) <= 40 else f"{maths[:39]}…"
            log.warning(
                f"{page.places[line - 1]}: {maths}{others} is shown as it is written; expected "
                "$`…`$ in a line, and a ```math fence for a formula by itself, or the extension "
                "pymdownx.arithmatex, which reads dollar signs."
            )

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
        return html if self._galleries is None else below_objects(html, self._site.uses)

    @event_priority(-100)  # last: what other plugins put on the page is mended, too
    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Mend what the theme made."""
        output = with_terms(output)
        if self.config.facts or self._corrections:
            output = with_facts(output, self._facts(page, config), all_of_them=self.config.facts)
        output = self._finished(output, page.file.dest_uri, config)
        if self._preview:
            output = self._preview.connected(output, f"{self._site.docs}/{page.file.src_uri}")
        return output

    def _facts(self, page: Page, config: MkDocsConfig) -> PageFacts:
        path = f"{self._site.docs}/{page.file.src_uri}"
        corrections = self._corrections
        return PageFacts(
            title=str(page.title),
            site=config.site_name,
            author=config.site_author or "",
            url=page.canonical_url or "",
            minutes=reading_minutes(self._site.pages.get(path, page.markdown or "")),
            changed=self._changes.get(path),
            corrections=get_relative_url(corrections.url, page.url)
            if corrections and corrections.src_uri != page.file.src_uri
            else "",
        )

    @event_priority(-100)
    def on_post_template(
        self, output: str, *, template_name: str, config: MkDocsConfig
    ) -> str | None:
        """Mend the page for what is not found."""
        if not template_name.endswith(".html"):
            return None
        return self._finished(output, template_name, config)

    def _finished(self, html: str, page: str, config: MkDocsConfig) -> str:
        if config.theme.name == "material":
            html = finished(html, copy=self._copy)
        if not self._is_instant:  # else the next page, which may need them, comes into this one
            html = without_idle_scripts(html)
        return self._styles.link(html, page)

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Write the style sheets that pages ask for."""
        for uri, text in self._styles.files.items():
            path = Path(config.site_dir, uri)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    @event_priority(100)  # before the search reads the page
    def _for_the_search(
        self, context: Any, *, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> None:
        """Let the search find each formula once, as text: its HTML says everything three times."""
        content, self._unsearched = without(page.content or "")
        content, self._code = without_colours(content)
        page.content, self._formulas = self._site.formulas.with_text(content)

    @event_priority(-100)  # after it
    def _for_the_page(
        self, context: Any, *, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> None:
        """Put the formulas and the rest back."""
        content = with_html(page.content or "", self._formulas)
        page.content = whole(with_colours(content, self._code), self._unsearched)

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
