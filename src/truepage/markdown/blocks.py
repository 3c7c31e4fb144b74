"""Blocks of code that draw a figure where they stand: each becomes an image."""

from markdown import Markdown
from markdown.preprocessors import Preprocessor

from truepage.figures.blocks import with_images

# After snippets (32); before superfences hides code (31.05, 25).
PRIORITY = 31.5


def register(md: Markdown) -> None:
    """Put images in the place of figures' blocks."""
    md.preprocessors.register(BlockPreprocessor(md), "truepage-blocks", PRIORITY)


class BlockPreprocessor(Preprocessor):
    """Replace each block."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with images."""
        fences = type(self.md.preprocessors["fenced_code_block"])
        return with_images(lines, nests=fences.__module__.startswith("pymdownx"))
