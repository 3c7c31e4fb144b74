"""A notebook's page as the rest of the site has it: the same code blocks, maths and fonts.

mkdocs-jupyter gives a page JupyterLab's own style (575 KB of it), scripts, and MathJax without an
address. From what it gives, the content is taken and nothing else.
"""

import base64
import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from truepage import katex

ALT = re.compile(r"^# alt: (?P<alt>.+)\n", re.MULTILINE)
MATHS = re.compile(r"\$\$(?P<display>.+?)\$\$|\$(?P<inline>[^$\n]+?)\$", re.DOTALL)
SIZE = re.compile(r'\s(?P<name>width|height)="(?P<points>[\d.]+)pt"')
PIXELS_A_POINT = 4 / 3
NO_ALT = "No description has been provided for this image"  # nbconvert's words


def is_notebook(html: str) -> bool:
    """Tell whether a page's content is what mkdocs-jupyter makes of a notebook."""
    return 'class="jupyter-wrapper"' in html


def notebook_page(html: str) -> tuple[str, list[str]]:
    """Return a notebook's content as a page has it, and what is to be mended in the notebook.

    Parameters
    ----------
    html
        What mkdocs-jupyter made of it.
    """
    soup = BeautifulSoup(html, "html.parser")
    problems: list[str] = []
    content = [part for cell in _cells(soup) for part in _cell(cell, problems)]
    return "\n".join(content), problems


def _cells(soup: BeautifulSoup) -> Iterator[Tag]:
    """Yield the cells; a cell with code is wrapped in another, without an id."""
    yield from soup.select(".jp-Cell[id]")


def _cell(cell: Tag, problems: list[str]) -> Iterator[str]:
    """Yield the parts of a cell: its text, or its code and what that gave."""
    if text := cell.select_one(".jp-RenderedMarkdown"):
        for link in text.select(".anchor-link"):
            link["class"], link["title"] = "headerlink", "Permanent link"
        _set_maths(text, problems)
        yield text.decode_contents().strip()
        return
    code = cell.select_one(".jp-InputArea pre")
    alt = ""
    if code:
        if described := ALT.search(code.get_text()):
            alt = described["alt"].strip()
            _drop_line(code, described[0].rstrip("\n"))
        yield (
            '<div class="language-python highlight"><pre><span></span>'
            f"<code>{code.decode_contents().strip().removeprefix('<span></span>')}\n</code></pre></div>"
        )
    for output in cell.select(".jp-OutputArea-output"):
        if image := output.find("img"):
            _describe(image, alt, code, problems)
            yield f'<p class="truepage-notebook-picture">{image.decode()}</p>'
        elif given := output.find("pre"):
            yield (
                '<div class="truepage-output highlight no-copy">'
                f"<pre><code>{given.decode_contents().strip()}\n</code></pre></div>"
            )
        else:
            yield f'<div class="truepage-output">{output.decode_contents().strip()}</div>'


def _drop_line(code: Tag, line: str) -> None:
    """Take a comment out of highlighted code, with its line's end."""
    for comment in code.find_all("span", string=line):
        after = comment.next_sibling
        if isinstance(after, NavigableString):
            after.replace_with(after.removeprefix("\n"))
        comment.decompose()


def _describe(image: Tag, alt: str, code: Tag | None, problems: list[str]) -> None:
    """Give a picture its description and its size, so that the page does not move under it."""
    if alt or image.get("alt") == NO_ALT:
        image["alt"] = alt
    if not image.get("alt"):
        line = code.get_text().strip().splitlines()[0] if code else ""
        problems.append(
            f"the picture of the cell that begins with {line!r} has no description; "
            "expected a line `# alt: …` in that cell."
        )
    source = str(image.get("src", ""))
    if source.startswith("data:image/svg+xml;base64,"):
        svg = base64.b64decode(source.partition(",")[2]).decode()
        head = svg[: svg.find(">", svg.find("<svg")) + 1]
        for size in SIZE.finditer(head):
            image[size["name"]] = str(round(float(size["points"]) * PIXELS_A_POINT))


def _set_maths(text: Tag, problems: list[str]) -> None:
    """Set the formulas between dollar signs, as everywhere on the site."""
    for words in text.find_all(string=MATHS):
        if words.find_parent(["code", "pre", "a"]):
            continue
        try:
            html = MATHS.sub(_formula, str(words).replace("&", "&amp;").replace("<", "&lt;"))
        except katex.TexError as error:
            problems.append(f"KaTeX cannot set this formula: {error}")
            continue
        words.replace_with(BeautifulSoup(html, "html.parser"))


def _formula(match: re.Match[str]) -> str:
    """Return the HTML of a formula."""
    tex = match["display"] or match["inline"]
    tex = tex.replace("&lt;", "<").replace("&amp;", "&").strip()
    html = katex.render(tex, display=bool(match["display"]))
    return f'<span class="truepage-equation">{html}</span>' if match["display"] else html
