"""One style sheet for a page in place of many, and what stands in it."""

import pytest

from truepage.pages.finishing import DROPPED
from truepage.pages.styles import StyleSheets, dark_rules

SHEETS = {
    "assets/a.css": '@charset "UTF-8";a{b:url(fonts/x.woff2)}\n/*# sourceMappingURL=a.css.map */',
    "css/b.css": "c{d:url('../img/y.png') url(data:image/png;base64,AA==) url(#z)}",
    "assets/far.css": "@import url(https://x.example/y.css);",
}
PAGE = """<head>
  <link rel="stylesheet" href="../assets/a.css">
  <link rel="stylesheet" href="../css/b.css">
</head><body><link rel="stylesheet" href="../css/b.css"></body>"""


def test_a_page_links_one_style_sheet_with_all_rules_in_order() -> None:
    """The links in the head become one; what is joined has each rule, and addresses still hold."""
    styles = StyleSheets(SHEETS.get)
    html = styles.link(PAGE, "sub/index.html")
    (name,) = styles.files
    assert html.count("stylesheet") == 2  # and the one that is not in the head
    assert f'<link rel="stylesheet" href="../{name}">' in html
    assert styles.files[name] == (
        '@charset "UTF-8";\na{b:url(fonts/x.woff2)}\n'
        "c{d:url('../img/y.png') url(data:image/png;base64,AA==) url(#z)}\n"
    )


def test_addresses_are_seen_from_the_new_place() -> None:
    """A font beside a sheet in another folder is still found."""
    sheets = {"deep/er/a.css": "a{b:url(f.woff2)}", "b.css": 'c{d:url("g.png")}'}
    styles = StyleSheets(sheets.get)
    styles.link(
        '<link rel="stylesheet" href="deep/er/a.css"><link rel="stylesheet" href="b.css"></head>',
        "index.html",
    )
    assert "url(../deep/er/f.woff2)" in next(iter(styles.files.values()))
    assert 'url("../g.png")' in next(iter(styles.files.values()))


def test_the_name_is_that_of_the_content() -> None:
    """Pages with the same sheets share one file; another content has another name."""
    first, second = StyleSheets(SHEETS.get), StyleSheets({**SHEETS, "css/b.css": "e{}"}.get)
    for path in ("sub/index.html", "other/index.html"):
        first.link(PAGE, path)
        second.link(PAGE, path)
    assert len(first.files) == len(second.files) == 1
    assert first.files.keys() != second.files.keys()


def test_a_page_for_any_address_keeps_the_site_s_path() -> None:
    """404.html has links from the root of the host."""
    styles = StyleSheets(SHEETS.get, "/sub/path/")
    html = styles.link(PAGE.replace("../", "/sub/path/"), "404.html")
    (name,) = styles.files
    assert f'<link rel="stylesheet" href="/sub/path/{name}">' in html


@pytest.mark.parametrize("href", ["../assets/far.css", "../assets/none.css"])
def test_what_cannot_be_joined_is_left_as_it_is(href: str) -> None:
    """A sheet that imports another, or that the site has not."""
    styles = StyleSheets(SHEETS.get)
    page = PAGE.replace("../css/b.css", href)
    assert styles.link(page, "sub/index.html") == page
    assert styles.files == {}


def test_sheets_of_other_sites_and_for_other_media_stay() -> None:
    """Only what is the site's own and for all media is joined."""
    other = (
        '<link rel="stylesheet" href="https://x.example/a.css">\n'
        '<link rel="stylesheet" media="print" href="../p.css">\n</head>'
    )
    html = StyleSheets(SHEETS.get).link(PAGE.replace("</head>", other), "sub/index.html")
    assert other in html


def test_the_dark_scheme_has_a_sheet_for_pages_without_scripts() -> None:
    """Its rules hold under the name of the light scheme, in a sheet that scripts make needless."""
    sheets = {
        "a.css": '[data-md-color-scheme="slate"]{--ink:#fff}a{b:c}',
        "b.css": "@media screen{b{c:d}[data-md-color-scheme=slate] img{e:f}}",
    }
    styles = StyleSheets(sheets.get)
    html = styles.link(
        '<link rel="stylesheet" href="a.css"><link rel="stylesheet" href="b.css"></head>',
        "index.html",
    )
    _, dark = styles.files
    assert (
        '<noscript><link rel="stylesheet" media="(prefers-color-scheme: dark)" '
        f'href="{dark}"></noscript>' in html
    )
    assert styles.files[dark] == (
        "[data-md-color-scheme=default]{--ink:#fff}"
        "@media screen{[data-md-color-scheme=default] img{e:f}}"
    )


def test_dark_rules_are_found_among_others() -> None:
    """Of a list of selectors only the dark ones; comments and other rules are not in the way."""
    css = "/* a { */ x{} [data-md-color-scheme=slate] a,b c{d:e} @font-face{f:g}"
    assert list(dark_rules(css)) == ["[data-md-color-scheme=default] a{d:e}"]


def test_rules_can_be_left_out() -> None:
    """What a host's theme is better without is in no joined sheet."""
    sheets = {
        "a.css": "a{b:c}[data-md-color-switching] *,[data-md-color-switching] :after{d:e}f{g:h}",
        "b.css": "i{j:k}",
    }
    styles = StyleSheets(sheets.get, dropped=DROPPED)
    styles.link(
        '<link rel="stylesheet" href="a.css"><link rel="stylesheet" href="b.css"></head>',
        "index.html",
    )
    assert next(iter(styles.files.values())) == '@charset "UTF-8";\na{b:c}f{g:h}\ni{j:k}\n'
