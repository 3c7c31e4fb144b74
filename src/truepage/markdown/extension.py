"""The extension itself: it makes the page, hands it to its parts, and reports at the end."""

from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from truepage.figures.blocks import with_images
from truepage.markdown import (
    captions,
    citations,
    fenced,
    figures,
    galleries,
    listings,
    properties,
    references,
    shown_values,
    zensical,
)
from truepage.markdown.maths import Maths
from truepage.markdown.page import Page
from truepage.markdown.project_site import ProjectSite
from truepage.markdown.whole_site import WholeSite

SITES = zensical.Sites()

# After snippets (32); before superfences hides code (31.05, 25).
BLOCKS = 31.5
# After snippets (32), whose examples belong to the page; before superfences (25), which hides code.
EXAMPLES = 29.5


class TruepageExtension(Extension):
    """Figures, cross-references, listings by symbol and maths."""

    def __init__(self, **kwargs: Any) -> None:
        # "" stands for unset: Python-Markdown turns what replaces None into a bool.
        self.config = {
            "site": ["", "The site a page is on; a host sets it. Default: the project at `root`"],
            "page": ["page", "The page's file, as messages show it; a host sets it"],
            "text": ["", "The page's whole text, if the extension is given other texts, too"],
            "first_line": [1, "Number of the text's first line in that file; a host sets it"],
            "numbers": ["", "Numbers of the text's lines in that file, where a hook changed it"],
            "problems": ["", "List to add problems to instead of raising them; a host sets it"],
            "preview": [False, "Whether problems are shown on the page, too; a host sets it"],
            "root": ["", "A folder of the project, where no host sets the site. Default: here"],
            "pictures": [
                "figures/rendered/{name}.svg",
                "Address of a picture, where no host sets the site",
            ],
        }
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (Python-Markdown's name)
        """Register all parts, around one page that they share."""
        site, problems = self.getConfig("site"), self.getConfig("problems")
        own, path, told = None, self.getConfig("page"), zensical.context(md)
        if site == "" and told:
            site = SITES.of(told)
            path = f"{site.docs}/{told.page.path}"
            md.postprocessors.register(Linked(site, md), "truepage-linked", -100)
        elif site == "":
            site = own = ProjectSite(Path(self.getConfig("root")), self.getConfig("pictures"))
        page = Page(
            site=site,
            path=path,
            first_line=self.getConfig("first_line"),
            numbers=self.getConfig("numbers") or (),
            preview=bool(self.getConfig("preview")),
            problems=None if problems == "" else problems,
        )
        md.ESCAPED_CHARS = [*md.ESCAPED_CHARS, "@"]  # \@ begins no reference and no citation
        text = self.getConfig("text")
        md.preprocessors.register(Begin(page, text, md), "truepage-begin", 100)
        if own is not None:
            # After snippets (32), whose labels count; before maths (28), which is replaced.
            md.preprocessors.register(BeginNumbers(own, md), "truepage-numbers", 29)
        maths = Maths(page)
        maths.extendMarkdown(md)
        properties.register(md, page, maths.marks)
        if "fenced_code_block" not in md.preprocessors:  # by this name superfences comes, too
            md.registerExtensions(["fenced_code"], {})
        fenced.register(md, page)
        md.preprocessors.register(Blocks(md), "truepage-blocks", BLOCKS)
        galleries.register(md, page)
        figures.register(md, page)
        references.register(md, page)
        captions.register(md, page)
        citations.register(md, page)
        listings.register(md, page)
        shown_values.register(md, page)
        md.preprocessors.register(PageExamples(page, md), "truepage-examples", EXAMPLES)
        # The last treeprocessor: all that finds problems ran. Postprocessors run more than once.
        md.treeprocessors.register(End(page, own, md), "truepage-end", -100)


class Linked(Postprocessor):
    """Put links to styles and scripts before a page's text, where the host's head has none."""

    def __init__(self, site: WholeSite, md: Markdown) -> None:
        super().__init__(md)
        self._site = site

    def run(self, text: str) -> str:
        """Return the page with them."""
        self._site.save()
        return zensical.assets(text, self._site.url) + text


class Begin(Preprocessor):
    """Keep the page's lines as the author wrote them, for the places in messages."""

    def __init__(self, page: Page, text: str, md: Markdown) -> None:
        super().__init__(md)
        self._page, self._text = page, text

    def run(self, lines: list[str]) -> list[str]:
        """Start a page."""
        # What is not the page (a docstring that another extension converts) has no line in it.
        is_page = not self._text or self._text.rstrip() == "\n".join(lines).rstrip()
        self._page.lines = tuple(lines) if is_page else ()
        self._page.brought = ((), ())
        self._page.found.clear()
        self._page.shown.clear()
        return lines


class BeginNumbers(Preprocessor):
    """Number what is on the page, where no host numbers what is on the site."""

    def __init__(self, own: ProjectSite, md: Markdown) -> None:
        super().__init__(md)
        self._own = own

    def run(self, lines: list[str]) -> list[str]:
        """Start a page."""
        self._own.begin("\n".join(lines))
        return lines


class Blocks(Preprocessor):
    """Replace each block of code that draws a figure by an image."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with images."""
        fences = type(self.md.preprocessors["fenced_code_block"])
        return with_images(lines, nests=fences.__module__.startswith("pymdownx"))


class PageExamples(Preprocessor):
    """Run the examples after `>>>` in the page's code, and note wrong results as problems."""

    def __init__(self, page: Page, md: Markdown) -> None:
        super().__init__(md)
        self._page = page

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines as they are."""
        page = self._page
        if any(">>>" in line for line in lines) and (script := page.site.examples().asked(lines)):
            origins = page.origins(lines)
            for at, words in page.site.examples().wrong(page.path, script):
                line = script.lines[at]
                page.problem_at(words, page.place(origins[line], max(lines[line].find(">>>"), 0)))
        return lines


class End(Treeprocessor):
    """Report what was found."""

    def __init__(self, page: Page, own: ProjectSite | None, md: Markdown) -> None:
        super().__init__(md)
        self._page, self._own = page, own

    def run(self, root: Element) -> None:
        """Finish a page."""
        if self._own is not None:
            self._own.end()
        self._page.finish()


def makeExtension(**kwargs: Any) -> TruepageExtension:  # noqa: N802 (Python-Markdown's name)
    """Return the extension; Python-Markdown calls this."""
    return TruepageExtension(**kwargs)
