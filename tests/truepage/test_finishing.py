"""What is mended on a page that Material made. Each text below is Material's own."""

import re

from truepage.pages.finishing import SCRIPTS, finished, with_terms, without_idle_scripts


def test_parts_of_the_navigation_are_named_by_their_titles() -> None:
    """The label that Material refers to holds an icon; the title within has the words."""
    html = finished(
        '<label class="md-nav__link" for="__nav_3" id="__nav_3_label" tabindex=""></label>'
        '<nav class="md-nav" aria-labelledby="__nav_3_label" aria-expanded="true">\n'
        '  <label class="md-nav__title" for="__nav_3">Words</label></nav>'
    )
    named = re.search(r'aria-labelledby="([^"]+)"', html)
    assert named
    assert re.search(rf'id="{named[1]}"[^>]*>Words<', html)
    assert 'tabindex=""' not in html


def test_the_skip_link_is_the_first_stop() -> None:
    """It comes before the boxes of the drawer and the search."""
    html = finished(
        '<body><input class="md-toggle" data-md-toggle="drawer" type="checkbox" id="__drawer">'
        '<input class="md-toggle" data-md-toggle="search" type="checkbox" id="__search">'
        '<div data-md-component="skip"><a href="#x" class="md-skip">Skip</a></div>'
    )
    assert html.index("md-skip") < html.index("__drawer") < html.index("__search")
    assert html.count("aria-label=") == 2


def test_a_title_refers_to_a_box_only_where_there_is_one() -> None:
    """On a section's own page the box of the table of contents is not there."""
    title = '<label class="md-nav__title" for="__toc">'
    assert "__toc" not in finished(title)
    assert title in finished(f'<input id="__toc">{title}')


def test_blank_lines_go_from_the_sidebars_alone() -> None:
    """Between elements they are white space like any other; in the article's code they are code."""
    article = '<div class="md-content" data-md-component="content"><pre>a\n\n\nb</pre></div>'
    nav = '<div class="md-sidebar md-sidebar--primary">\n\n  \n<a> a\n  \n</a>\n<p>b</p></div>'
    assert finished(f"\n\n{nav}{article}") == (
        '\n\n<div class="md-sidebar md-sidebar--primary">\n<a> a\n</a>\n<p>b</p></div>' + article
    )


def test_code_gets_copy_buttons_that_lead_to_it() -> None:
    """Each button names the code behind it; without the feature nothing is added."""
    code = '<pre id="p"><span></span><code>a</code></pre><pre><span></span><code>b</code></pre>'
    html = finished(code, copy=True)
    targets = re.findall(r'data-clipboard-target="#([^"]+)"', html)
    assert [re.search(rf'<code id="{target}">(.)', html)[1] for target in targets] == ["a", "b"]  # type: ignore[index]
    assert finished(code) == code


def test_pages_of_other_makers_stay_as_they_are() -> None:
    """Where there is nothing of Material's, nothing is mended."""
    html = '<body><nav aria-labelledby="a"><label for="b">c</label></nav></body>'
    assert finished(html) == html


def test_a_term_is_explained_where_it_comes_first() -> None:
    """Not in headings, links and summaries, and not a second time."""
    term = '<abbr title="T">x</abbr>'
    html = with_terms(
        f"<title>x</title><article><h1>{term}</h1><a>{term}</a> {term} {term}</article>"
    )
    assert html.count("<abbr") == 1
    assert html.endswith(
        '<h1>x</h1><a>x</a> <abbr class="truepage-term" tabindex="0" title="T">x</abbr> x</article>'
    )


def test_a_script_is_loaded_only_where_it_has_something_to_do() -> None:
    """A page without figures, formulas and references loads none of ours, and keeps the others."""
    tags = "".join(f'<script src="../assets/{name}" defer></script>' for name in SCRIPTS)
    other = '<script src="../assets/other.js"></script>'
    assert without_idle_scripts(tags + other) == other
    page = f'<span class="katex"></span>{tags}'
    assert re.findall(r"assets/(\w+)\.js", without_idle_scripts(page)) == ["formulas"]


def test_a_long_name_of_a_function_is_broken_at_its_words() -> None:
    """After an underscore between letters, and nowhere else."""
    html = finished('<h2><span class="doc doc-function-name">__call_it__</span></h2>')
    assert ">__call_<wbr>it__</span>" in html
