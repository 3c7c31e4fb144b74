"""Examples after `>>>` in the page's code: they are run, and what they give must stand there."""

from markdown import Markdown
from markdown.preprocessors import Preprocessor

from truepage.markdown.page import Page

# After snippets (32), whose examples belong to the page; before superfences (25), which hides code.
PRIORITY = 29.5


def register(md: Markdown, page: Page) -> None:
    """Have the examples of pages run."""
    md.preprocessors.register(ExamplePreprocessor(page, md), "truepage-examples", PRIORITY)


class ExamplePreprocessor(Preprocessor):
    """Note each example that gives something else as a problem."""

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
