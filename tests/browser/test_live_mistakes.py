"""Mistakes under a preview: each is shown where it belongs, and goes when it is mended."""

import pytest
from playwright.sync_api import Browser, expect
from previews import FILES, WAIT, Serve, asked, drawing, listing, opened, until_changed


def test_a_failing_figure_says_so_in_its_place_and_comes_back_by_itself(
    serve: Serve, browser: Browser
) -> None:
    """Message, the author's file and line with two lines around it, the last picture dimmed."""
    preview = serve()
    page = opened(browser, preview.address)
    before = drawing(page, "swept")
    preview.edit("src/shapes.py", "return 0.25 * x", "return nothing * x")
    failure = page.locator("#fig-swept .truepage-failure")
    expect(failure).to_contain_text("NameError: name 'nothing' is not defined", timeout=WAIT)
    expect(failure.locator("li")).to_have_text(
        ["1  def height(x):", "2      return nothing * x", "3  ", "4  "]
    )
    expect(failure.locator("li[aria-current]")).to_contain_text("return nothing")
    assert drawing(page, "swept") == before
    assert (
        page.locator("#fig-swept .truepage-view").evaluate("e => getComputedStyle(e).opacity") < "1"
    )
    expect(page.locator("#fig-plain .truepage-failure")).to_have_count(0)
    # Whoever comes now sees it as well.
    second = opened(browser, preview.address)
    expect(second.locator("#fig-swept .truepage-failure")).to_have_count(1, timeout=WAIT)
    preview.edit("src/shapes.py", "return nothing * x", "return 0.5 * x")
    for each in (page, second):
        expect(each.locator(".truepage-failure")).to_have_count(0, timeout=WAIT)
        until_changed(each, "swept", before)
        each.close()


def test_a_module_that_cannot_be_imported_is_told_once_and_mended(
    serve: Serve, browser: Browser
) -> None:
    """All figures that need it fail, and all come back."""
    preview = serve()
    page = opened(browser, preview.address)
    preview.edit("src/shapes.py", "def other", "def def other")
    expect(page.locator(".truepage-figure .truepage-failure")).to_have_count(2, timeout=WAIT)
    preview.until("SyntaxError")
    assert len([line for line in preview.said if "SyntaxError" in line]) == 1
    preview.edit("src/shapes.py", "def def other", "def other")
    expect(page.locator(".truepage-failure")).to_have_count(0, timeout=WAIT)
    assert page.evaluate("window.mark") == 1
    page.close()


MISTAKES = [
    ("docs/index.md", "Some prose.", "Some $`\\frac{1`$ prose.", "KaTeX cannot set this formula"),
    ("docs/index.md", "Some prose.", "Some @fig-plane.", "@fig-plane refers to a figure"),
    ("docs/index.md", "(figure:plain)", "(figure:plane)", "no figure is named 'plane'"),
    ("docs/index.md", "listing:shapes.height", "listing:shapes.hight", "has no 'hight'"),
    ("mkdocs.yml", "site_name: Live", "site_name: [Live", "parsing the configuration file"),
    ("mkdocs.yml", "site_name: Live", "site_nome: Live", "site_name"),
    ("figures/lines.py", 'alt="Another line."', 'alt=""', "plain() has no alt text"),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "words"), MISTAKES, ids=[words for *_, words in MISTAKES]
)
def test_a_mistake_is_shown_while_everything_goes_on(
    serve: Serve, browser: Browser, file: str, old: str, new: str, words: str
) -> None:
    """In TeX, Markdown, YAML, Python: requests are answered, and mended it goes away."""
    preview = serve()
    page = opened(browser, preview.address)
    preview.edit(file, old, new)
    report = page.locator(".truepage-failure", has_text=words).first
    expect(report).to_be_visible(timeout=WAIT)
    if file == "docs/index.md":  # and in its place, too
        expect(page.locator("article .truepage-problem")).to_contain_text(words, timeout=WAIT)
    assert "truepage-figure" in asked(preview.address)[1]
    before = drawing(page, "swept")
    preview.edit("src/shapes.py", "0.25 * x", "0.5 * x")
    until_changed(page, "swept", before)  # pictures follow all the same
    preview.edit(file, new, old)
    expect(page.locator(".truepage-failure, .truepage-problem")).to_have_count(0, timeout=WAIT)
    assert preview.process.poll() is None
    page.close()


def test_a_first_build_that_fails_is_served_and_recovers(serve: Serve, browser: Browser) -> None:
    """A figure, a page and a theme's file that are wrong from the beginning."""
    wrong = FILES["src/shapes.py"].replace("0.25 * x", "nothing * x")
    index = FILES["docs/index.md"].replace("listing:shapes.height", "listing:shapes.hight")
    preview = serve(before={"src/shapes.py": wrong, "docs/index.md": index})
    page = opened(browser, preview.address)
    expect(page.locator("#fig-swept .truepage-failure")).to_contain_text("NameError")
    expect(page.locator(".truepage-failure", has_text="has no 'hight'")).to_be_visible()
    preview.edit("docs/index.md", "hight", "height")
    preview.edit("src/shapes.py", "nothing * x", "0.5 * x")
    expect(page.locator(".truepage-failure")).to_have_count(0, timeout=WAIT)
    expect(listing(page)).to_contain_text("0.5 * x", timeout=WAIT)
    page.close()


def test_a_first_build_that_gives_no_page_at_all_is_served_and_recovers(
    serve: Serve, browser: Browser
) -> None:
    """Two figures of one name and a snippet that is not there: the only page says why."""
    yml = FILES["mkdocs.yml"].replace(
        "[pymdownx.superfences,", "[{pymdownx.snippets: {check_paths: true}}, pymdownx.superfences,"
    )
    preview = serve(before={"mkdocs.yml": yml, "docs/second.md": '--8<-- "nowhere.md"\n'})
    page = browser.new_page()
    page.goto(preview.address)
    expect(page.locator("pre")).to_contain_text("nowhere.md")
    preview.edit("docs/second.md", '--8<-- "nowhere.md"', "# Second")
    expect(page.locator("#fig-swept")).to_be_visible(timeout=WAIT)
    page.close()


def test_a_file_that_is_deleted_comes_back(serve: Serve, browser: Browser) -> None:
    """Its figures fail, and are as they were when it is restored."""
    preview = serve()
    page = opened(browser, preview.address)
    before = drawing(page, "swept")
    path = preview.root / "src/shapes.py"
    text = path.read_text()
    path.unlink()
    expect(page.locator(".truepage-figure .truepage-failure")).to_have_count(2, timeout=WAIT)
    path.write_text(text)
    expect(page.locator(".truepage-failure")).to_have_count(0, timeout=WAIT)
    assert drawing(page, "swept") == before
    page.close()


CHECKED = """\
# Live

Some prose.

```math
% check: shapes.height(x)
% label: eq-height
h(x) = \\frac{x}{4}
```

And at 2 it is [0.50](value:shapes.height(2)), at 3 it is [](value:shapes.height(3):.2f).

![A line.](figure:swept)

![Another.](figure:plain)
"""


def test_an_equation_and_a_value_are_held_to_the_code_when_it_changes(
    serve: Serve, browser: Browser
) -> None:
    """The mark goes, in the place there is what refutes it; mended, both are as they were."""
    preview = serve(before={"docs/index.md": CHECKED})
    page = opened(browser, preview.address)
    mark = page.locator("article .truepage-checked")
    expect(mark).to_have_count(1)
    preview.edit("src/shapes.py", "0.25 * x", "0.5 * x")
    expect(page.locator("#eq-height")).to_contain_text("eq-height is refuted", timeout=WAIT)
    expect(page.locator(".truepage-failure")).to_contain_text("is 1.00, and the page says 0.50")
    expect(page.locator("article")).to_contain_text("at 3 it is 1.50")
    expect(mark).to_have_count(0)
    preview.edit("src/shapes.py", "0.5 * x", "0.25 * x")
    expect(mark).to_have_count(1, timeout=WAIT)
    expect(page.locator(".truepage-failure, .truepage-problem")).to_have_count(0)
    expect(page.locator("article")).to_contain_text("at 3 it is 0.75")
    assert page.evaluate("window.mark") == 1, "the page was reloaded"
    page.close()


NOTEBOOK = """\
# %% [markdown]
# # A notebook
#
# $$
# % check: shapes.height(x)
# % label: eq-notebook
# \\frac{x}{4}
# $$

# %%
import shapes

assert shapes.height(4) == 1, "the height has changed"
print("height", shapes.height(8))
"""


def test_a_notebook_that_fails_says_so_and_comes_back(serve: Serve, browser: Browser) -> None:
    """Cell and line of the assert, while the last result stays; so for an equation in it."""
    config = FILES["mkdocs.yml"].replace(
        "[truepage]", '\n  - truepage\n  - mkdocs-jupyter: {include: ["*.py"], execute: true}'
    )
    preview = serve(before={"mkdocs.yml": config, "docs/notes.py": NOTEBOOK})
    page = opened(browser, preview.address + "notes/")
    article = page.locator("article")
    expect(article).to_contain_text("height 2.0")
    expect(article.locator("#eq-notebook .truepage-checked")).to_have_count(1)
    preview.edit("src/shapes.py", "0.25 * x", "0.5 * x")
    report = article.locator(".admonition.failure")
    expect(report).to_contain_text("docs/notes.py:13: assert", timeout=WAIT)
    expect(article.locator("#eq-notebook")).to_contain_text("docs/notes.py:7: equation")
    expect(article).to_contain_text("height 2.0")
    preview.edit("src/shapes.py", "0.5 * x", "0.25 * x")
    expect(report).to_have_count(0, timeout=WAIT)
    expect(page.locator(".truepage-failure, .truepage-problem")).to_have_count(0, timeout=WAIT)
    preview.edit("docs/notes.py", "{x}{4}", "{x}{5}")
    expect(article.locator("#eq-notebook")).to_contain_text("is refuted", timeout=WAIT)
    preview.edit("docs/notes.py", "{x}{5}", "{x}{4}")
    expect(article.locator("#eq-notebook .truepage-checked")).to_have_count(1, timeout=WAIT)
    preview.edit("docs/notes.py", '"height"', '"twice"')
    expect(article).to_contain_text("twice 2.0", timeout=WAIT)
    assert page.evaluate("window.mark") == 1, "the page was reloaded"
    page.close()
