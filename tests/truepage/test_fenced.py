"""Fenced code is what `pymdownx` makes of it, and is kept between builds."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import markdown
import pymdownx.highlight
import pytest
from material.plugins.search.plugin import Parser
from standins import StandIn

from truepage.pages.highlighting import FILE, Highlighting
from truepage.pages.search import with_colours, without_colours

BLOCKS = [
    "```python\ndef f(x):\n    return x < 1 & 2  # 'a'\n```",
    '```python\n\nf"""{x!r} &amp; <b>"""\n\n```',
    '``` { .python title="A *title*" }\nx = 1\n```',
    '``` { .python linenums="7" hl_lines="1 2" .more #name data-x="a>b" }\nx = 1\n\ny = 2\n```',
    "``` { .text .truepage-output .no-copy }\n<b> 1\n```",
    '``` { .python title="<i>T</i>" title_mode="html" }\nx = 1\n```',
    "```sh\ncd a && b\n```",
    "```diff\n- a\n+ b\n```",
    "```nothing-of-this-name\na < b\n```",
    "```\nplain\n```",
    "``` { .python }\n```",
    "``` { .html }\n<p class='a'> a <!-- b --></p>\n```",
    '!!! note\n\n    ```json\n    {"a": [1, null]}\n    ```',
]
PAGE = "\n\n".join(["# A page", *BLOCKS, "## More", *reversed(BLOCKS)])

OPTIONS: dict[str, dict[str, Any]] = {
    "none": {},
    "a table of numbers": {"linenums": True},
    "numbers within": {"linenums": True, "linenums_style": "inline"},
    "anchors": {"linenums": True, "linenums_style": "pymdownx-inline", "anchor_linenums": True},
    "addresses of lines": {"line_spans": "__span", "pygments_lang_class": True},
    "titles": {"auto_title": True, "stripnl": False},
    "titles of HTML": {
        "auto_title": True,
        "auto_title_map": {"Python": {"result": "<b>Py</b>", "mode": "html"}},
    },
    "no classes": {"noclasses": True},
    "guessed": {"guess_lang": True},
    "another name": {"extend_pygments_lang": [{"name": "sh", "lang": "python", "options": {}}]},
    "none of Pygments": {"use_pygments": False},
}


class Site(StandIn):
    """A site that keeps code in a file."""

    def __init__(self, file: Path) -> None:
        super().__init__({})
        self.kept = Highlighting(file)

    def highlighting(self) -> Highlighting:
        """Return what keeps it."""
        return self.kept


def convert(text: str, options: dict[str, Any], *ours: str, **configs: Any) -> str:
    """Convert a page, by the extensions of a site and perhaps ours."""
    highlight = "pymdownx.highlight"
    return markdown.markdown(
        text,
        extensions=[*ours, "admonition", "attr_list", highlight, "pymdownx.superfences"],
        extension_configs={highlight: options, **configs},
    )


def build(file: Path, text: str, options: dict[str, Any]) -> str:
    """Convert a page as one build does."""
    site = Site(file)
    html = convert(text, options, "truepage", truepage={"site": site})
    site.kept.save()
    return html


@pytest.mark.parametrize("options", OPTIONS.values(), ids=list(OPTIONS))
def test_code_is_as_it_is_without_us(tmp_path: Path, options: dict[str, Any]) -> None:
    """When it is made, and when it is found; whatever was asked for in a build before."""
    expected = convert(PAGE, options)
    for other in OPTIONS.values():
        build(tmp_path / FILE, PAGE, other)
    for _ in range(2):
        assert build(tmp_path / FILE, PAGE, options) == expected
    moved = f"```text\nfirst\n```\n\n{PAGE}"
    assert build(tmp_path / FILE, moved, options) == convert(moved, options)


def test_code_is_set_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next build asks Pygments for what is new, wherever the rest is by then."""
    known = [b for b in BLOCKS if "nothing-of-this-name" not in b and "title_mode" not in b]
    build(tmp_path / FILE, "\n\n".join(known), {})
    asked: list[str] = []
    plain = pymdownx.highlight.highlight

    def noted(code: str, *rest: Any) -> str:
        asked.append(code)
        return str(plain(code, *rest))

    monkeypatch.setattr(pymdownx.highlight, "highlight", noted)
    text = "\n\n".join(["```python\nnew\n```", *reversed(known)])
    assert build(tmp_path / FILE, text, {}) == convert(text, {})
    assert asked[0] == "new"
    assert asked.count("new") == 2, "in our build, and in the one that ours is compared with"
    assert len(asked) == 1 + 1 + len(known)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=list(OPTIONS))
def test_the_search_finds_the_same_without_colours(options: dict[str, Any]) -> None:
    """What Material's search makes of a page; and the page has its colours again."""
    html = convert(PAGE, options)
    page, blocks = without_colours(html)
    assert with_colours(page, blocks) == html
    assert searched(page) == searched(html)
    if options.get("use_pygments", True):
        assert blocks
        assert 'class="k"' not in page


def searched(html: str) -> list[tuple[str | None, str, str]]:
    """Return what Material's search finds: section, title, text."""
    parser = Parser()
    parser.feed(html)
    parser.close()
    return [(each.id, "".join(each.title), "".join(each.text)) for each in parser.data]


def test_code_with_more_than_colours_stays() -> None:
    """An element that the search may see otherwise, such as a button, is not taken out."""
    html = "<pre><span></span><code><b data-search-exclude>a</b></code></pre>"
    assert without_colours(html) == (html, [])
    shown = re.sub(r"<[^>]+>", "", without_colours(convert(BLOCKS[0], {}))[0])
    assert unescape(shown).strip() == BLOCKS[0].strip("`").removeprefix("python").strip()
