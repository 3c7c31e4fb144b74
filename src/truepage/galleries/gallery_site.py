"""The galleries of a site: the pages of scripts, their index, and which of them ran a function."""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

from truepage.engine.batch import Batch
from truepage.engine.context import BuildContext
from truepage.engine.dependencies.code import Function, Module
from truepage.engine.dependencies.files import File
from truepage.engine.errors import PageError
from truepage.engine.task import TaskResult
from truepage.engine.trace import Trace
from truepage.figures.draw import Rendering
from truepage.galleries.example import Example, plain
from truepage.galleries.gallery import Gallery, find_galleries, script_tasks
from truepage.notebooks.downloads import downloads, packed
from truepage.notebooks.notebook import Notebook
from truepage.notebooks.notebook_page import NotebookPage, notebook_page, renderings
from truepage.notebooks.options import Options
from truepage.pages.listing import find_definition

DOWNLOADS = "assets/galleries"
"""Where on the site the files are that readers may take away."""

FAILED = "This example could not be run."
EARLIER = " What it shows is an earlier result."
EXPECTED = "This example is expected to fail: what it raises is its last output."

_INDEXES = {"index", "README"}
"""Names of pages that stand for their folder."""

_OPTIONS = Options()

_IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<path>(?!\w+:|[/#])[^)\s]+)\)")


class GallerySite:
    """The scripts that become pages.

    Parameters
    ----------
    context
        The project.
    docs
        The folder of the pages.
    refers
        Whether the site has a plugin that links names to where they are documented (autorefs).
    """

    def __init__(self, context: BuildContext, docs: Path, *, refers: bool = False) -> None:
        self._context, self._refers = context, refers
        self._docs = context.project.relative(docs)
        self.galleries = find_galleries(context.project, context.index)
        self.tasks = script_tasks(self.galleries.values())
        self._examples = {
            example.path: example
            for gallery in self.galleries.values()
            for example in gallery.examples
        }
        self._products: dict[str, TaskResult] = {}
        self._traces: dict[str, Trace] = {}
        self.failures: dict[str, str] = {}
        """Path of a script → why nothing came of it."""
        self.pages: dict[str, NotebookPage] = {}
        """Path of a page, from the folder of the pages → the page."""
        self.figures: dict[str, Rendering] = {}
        """The pictures of scripts, by name."""
        self.files: dict[str, bytes] = {}
        """URL relative to the site → a file that readers may take away."""
        self.notes: list[str] = []

    def uri(self, example: Example) -> str:
        """Return the path of a script's page, from the folder of the pages."""
        folder, _, name = self._within(example.path).removesuffix(".py").rpartition("/")
        return posixpath.join(folder, f"{name}{'-py' * (name in _INDEXES)}.md")

    def _within(self, path: str) -> str:
        """Return where a path of the project is on the site."""
        return path.removeprefix(f"{self._docs}/")

    def receive(
        self,
        executed: Batch,
        earlier: "GallerySite | None" = None,
    ) -> None:
        """Take what came of running the scripts.

        Parameters
        ----------
        executed
            The results of the tasks.
        earlier
            The site as it was before, for a preview: its pictures stay where a script fails.
        """
        messages = {failure.name: failure.message for failure in executed.failures}
        for path, example in self._examples.items():
            task = self.tasks[path]
            product = executed.products.get(task.name)
            if product is None:
                self.failures[path] = messages[task.name]
            if product is None and earlier:
                product = earlier._products.get(path)
            if product is not None:
                self._products[path] = product
                self.figures.update(renderings(example.notebook, product))
            if product and path not in self.failures:
                if trace := self._context.status(task).trace:
                    self._traces[path] = trace
                self._add_downloads(example, product)
        for gallery in self.galleries.values():
            self._add(f"{gallery.name}.zip", self._archive(gallery))
        self._count()

    def _count(self) -> None:
        """Note how many pictures nobody described, and which scripts are no examples."""
        counts = dict.fromkeys(("alt", "caption"), 0)
        every = 0
        for path, product in self._products.items():
            for cell in self._examples[path].notebook.code:
                outputs = product.facts["cells"].get(str(cell.number), ())
                drawn = sum(output["kind"] == "figure" for output in outputs)
                every += drawn
                counts["alt"] += max(0, drawn - len(cell.alts))
                counts["caption"] += max(0, drawn - len(cell.captions))
        for key, words in (("alt", "alt text"), ("caption", "caption")):
            if counts[key]:
                self.notes.append(
                    f"{counts[key]} of {every} pictures of examples have no {words} of their own: "
                    f"title and block make it. To write one: a comment `# {key}: …` in the block."
                )
        for gallery in self.galleries.values():
            self.notes += [
                f"{path}: is imported by {by}, and so is no example."
                for path, by in gallery.helpers.items()
            ]

    def write(self, shown: Mapping[str, str]) -> None:
        """Make the pages of all scripts.

        Parameters
        ----------
        shown
            Name of a gallery → path of the page that shows it, from the folder of the pages.
        """
        for gallery in self.galleries.values():
            for section in gallery.sections:  # what their heads show has to be there, too
                self._images(section.text, section.path, lambda alt, url: "")
            examples = list(gallery.examples)
            around = zip([None, *examples], examples, [*examples[1:], None], strict=False)
            for before, example, after in around:
                uri = self.uri(example)
                end = self._end(example, gallery, shown.get(gallery.name), before, after)
                folder = posixpath.dirname(uri) or "."
                page = notebook_page(
                    self._with_images(example, folder),
                    self._products.get(example.path),
                    _OPTIONS,
                    end,
                    note=EXPECTED if example.fails else "",
                    files=posixpath.relpath(f"{DOWNLOADS}/{example.path}", folder),
                )
                message = self.failures.get(example.path)
                words = FAILED + EARLIER * (example.path in self._products)
                self.pages[uri] = page.with_failure(message, words) if message else page

    def _with_images(self, example: Example, folder: str) -> Notebook:
        """Return the blocks of a script, its own images on the site where its prose shows them."""
        cells = tuple(
            replace(
                cell,
                source=self._images(
                    cell.source,
                    posixpath.dirname(example.path),
                    lambda alt, url: f"![{alt}]({posixpath.relpath(url, folder)})",
                ),
            )
            if cell.kind == "markdown"
            else cell
            for cell in example.notebook.cells
        )
        return replace(example.notebook, cells=cells)

    def _images(self, text: str, folder: str, shown: Callable[[str, str], str]) -> str:
        """Return prose with the images that are files beside it taken along.

        Parameters
        ----------
        folder
            Where it stands, from the project's root.
        shown
            Takes an image's alternative text and its URL; returns what shows it.
        """
        root = self._context.project.root

        def found(match: re.Match[str]) -> str:
            path = posixpath.normpath(posixpath.join(folder, match["path"]))
            if path.startswith("..") or not (root / path).is_file():
                return match[0]  # the host says that it is not there
            self._add(path, (root / path).read_bytes())
            return shown(match["alt"], f"{DOWNLOADS}/{path}")

        return _IMAGE.sub(found, text)

    def _end(
        self,
        example: Example,
        gallery: Gallery,
        shown: str | None,
        before: Example | None,
        after: Example | None,
    ) -> str:
        """Return the end of a script's page: what it ran, what to take away, and where to go on."""
        folder = posixpath.dirname(self.uri(example)) or "."
        parts = []
        named, others = self._used(example)
        if named or others:
            called = ", ".join(map(self._reference, named or others))
            parts.append(f"**Used in this example:** {called}")
        if named and others:
            more = ", ".join(self._reference(name) for name in others)
            summary = f"<summary>What these call: {len(others)} more</summary>"
            parts.append(f"<details>{summary}<p>{more}</p></details>")
        stem = posixpath.basename(example.path).removesuffix(".py")
        links = [
            f'[`{stem}.{suffix}`]({posixpath.relpath(url, folder)}){{ download="{stem}.{suffix}" }}'
            for suffix in ("py", "ipynb", "zip")
            if (url := f"{DOWNLOADS}/{example.notebook.name}.{suffix}") in self.files
        ]
        if links:
            parts.append(f"**Download:** {', '.join(links)}")
        ways = []
        if before:
            ways.append(self._way(f"← {before.title}", self.uri(before), folder))
        if shown:
            ways.append(self._way(_title(gallery), shown, folder))
        if after:
            ways.append(self._way(f"{after.title} →", self.uri(after), folder))
        if ways:
            parts.append(" · ".join(ways) + "\n{ .truepage-neighbours }")
        return "\n\n".join(parts)

    def _way(self, words: str, uri: str, folder: str) -> str:
        return f"[{plain(words)}]({posixpath.relpath(uri, folder)})"

    def _reference(self, name: str) -> str:
        if not self._refers:
            return f"<code>{name}</code>"
        return f'<autoref optional identifier="{name}"><code>{name}</code></autoref>'

    def _used(self, example: Example) -> tuple[list[str], list[str]]:
        """Return the public functions of the project's packages that a script ran.

        First those whose names stand in its code, then the others.
        """
        project = self._context.project
        folders = tuple(f"{project.relative(folder)}/" for folder in project.source_dirs)
        names = {
            re.sub(r"\.__\w+__$", "", function.symbol(project))
            for function in self._functions(example.path)
            if function.path.startswith(folders) and "<" not in function.name
        }
        public = sorted(name for name in names if not re.search(r"(?:^|\.)_", name))
        words = set(re.findall(r"\w+", " ".join(cell.python for cell in example.notebook.code)))
        named = [name for name in public if name.rpartition(".")[2] in words]
        return named, [name for name in public if name not in named]

    def _add_downloads(self, example: Example, product: TaskResult) -> None:
        project, trace = self._context.project, self._traces.get(example.path)
        files = downloads(project, example.notebook, product, trace)
        for suffix, content in files.items():
            self._add(f"{example.notebook.name}.{suffix}", content)

    def _archive(self, gallery: Gallery) -> bytes:
        """Return all scripts of a gallery, and what they read of it, as a ZIP file."""
        root, prefix = self._context.project.root, f"{gallery.name}/"
        read = {
            on.path
            for example in gallery.examples
            if example.path in self._traces
            for on in self._traces[example.path].of(File, Module)
            if on.path.startswith(prefix)
        }
        every = {*read, *(example.path for example in gallery.examples), *gallery.helpers}
        files = {
            path.removeprefix(prefix): (root / path).read_bytes()
            for path in every
            if (root / path).is_file()
        }
        return packed(posixpath.basename(gallery.name), files)

    def _add(self, name: str, content: bytes) -> None:
        self.files[f"{DOWNLOADS}/{name}"] = content

    def place(self, message: str) -> str:
        """Return a message with the line of a script that its page's line is from."""
        for uri, page in self.pages.items():
            message = page.placed(message, f"{self._docs}/{uri}")
        return message

    def index(
        self,
        name: str,
        cards: Callable[[Iterable[Example]], str],
        file: Callable[[str], str],
        *,
        titled: bool,
    ) -> list[str] | None:
        """Return the Markdown that shows a gallery, or None if there is none of this name.

        Parameters
        ----------
        cards
            Returns the HTML of links to examples, in one line.
        file
            Returns the address of a file of the site.
        titled
            Whether the page has a title already.
        """
        gallery = self.galleries.get(name.strip("/"))
        if gallery is None:
            return None

        def shown(alt: str, url: str) -> str:
            return f'<img alt="{escape(alt)}" src="{escape(file(url))}">'

        lines: list[str] = []
        for section in gallery.sections:
            if section.depth or not titled:
                lines += ["", f"{'#' * min(section.depth + 1, 6)} {section.title}", ""]
            text = self._images(section.text, section.path, shown)
            lines += [*text.split("\n"), ""]
            if section.examples:
                lines += [cards(section.examples), ""]
        address = file(f"{DOWNLOADS}/{gallery.name}.zip")
        name = posixpath.basename(gallery.name)
        lines += ["", f'<p><a href="{escape(address)}" download="{name}.zip">All scripts of this '
                  f"gallery, as {name}.zip</a></p>", ""]  # fmt: skip
        return lines

    def thumbnail(self, example: Example) -> Rendering | None:
        """Return the picture that stands for an example."""
        drawn = [text for kind, text in self._outputs(example) if kind == "figure"]
        if not drawn:
            return None
        at = example.thumbnail - (example.thumbnail > 0)
        return self.figures[drawn[max(min(at, len(drawn) - 1), -len(drawn))]]

    def said(self, example: Example) -> str:
        """Return what an example prints first, or its code: it stands for one without a picture."""
        said = (text for kind, text in self._outputs(example) if kind in {"stream", "text"})
        code = (cell.source for cell in example.notebook.code)
        return next((text for text in (*said, *code) if text.strip()), "")

    def _outputs(self, example: Example) -> Iterator[tuple[str, str]]:
        product = self._products.get(example.path)
        for outputs in product.facts["cells"].values() if product else ():
            yield from ((output["kind"], output["text"]) for output in outputs)

    def using(self, symbol: str, *, modules: bool = True) -> list[Example]:
        """Return the examples that ran a function, a method, or any method of a class or module.

        Parameters
        ----------
        modules
            Whether a module counts.

        Raises
        ------
        PageError
            The project has none of this name, or one that cannot run.
        """
        found = find_definition(self._context.project, symbol)
        if not (found.name or modules):
            return []
        if not found.runs:
            raise PageError(
                f"{symbol!r} has no code that runs when it is used ({found.path}:{found.line}); "
                "expected a function, or a class or module with functions."
            )
        start = f"{found.name}." if found.name else ""
        return [
            example
            for path, example in self._examples.items()
            if any(
                ran.path == found.path
                and (
                    ran.piece == found.name
                    or (not found.is_function and ran.piece.startswith(start))
                )
                for ran in self._functions(path)
            )
        ]

    def _functions(self, path: str) -> Sequence[Function]:
        """Return the functions that a script ran."""
        return self._traces[path].of(Function) if path in self._traces else ()


def _title(gallery: Gallery) -> str:
    return gallery.sections[0].title if gallery.sections else gallery.name
