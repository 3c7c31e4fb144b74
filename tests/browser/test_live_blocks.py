"""A page that took what was pushed, beside the same page freshly loaded."""

from playwright.sync_api import Browser, Page, expect
from previews import FILES, WAIT, Serve, opened

CONFIG = """\
site_name: Live
theme:
  name: material
  font: false
  features: [content.code.copy]
plugins: [truepage]
markdown_extensions:
  - abbr
  - admonition
  - pymdownx.superfences
  - pymdownx.highlight: {anchor_linenums: true, line_spans: __span}
"""

LINES = (
    FILES["figures/lines.py"]
    .replace("np.array([0.0, 1.0])", "np.linspace(-5, 5, 51)")
    .replace(
        "fig.subplots().plot(x, slope",
        'axes = fig.subplots(subplot_kw={"xlabel": "x", "ylim": (-9, 9)})\n    axes.plot(x, slope',
    )
)

WIDE = " + ".join(f"x_{{{n}}}^{{{n}}}" for n in range(80))
COLUMNS = "|".join(f" column {n} " for n in range(30))

PAGE = f"""\
# Live

One: prose with `code` and $`x`$.

```python
first = 1
long = {"1 + " * 80}1
```

![](listing:shapes.height)

```math
% check: shapes.height(x)
% label: eq-height
h(x) = \\frac{{x}}{{4}}
```

```math
% label: eq-wide
{WIDE}
```

|{COLUMNS}|
|{"---|" * 30}
|{" One |" * 30}

!!! note
    One: a note, see @eq-height.

- `One` *item*
- `two` *items*

![A line.](figure:swept)

![Another.](figure:plain)
"""

# Numbers of buttons are given as they come; a cursor and what is remembered of a visit are not DOM.
DOM = """
() => {
  const article = document.querySelector("article").cloneNode(true);
  for (const script of article.querySelectorAll(":scope > script")) script.remove();
  for (const node of article.querySelectorAll("*")) {
    for (const { name, value } of [...node.attributes])
      node.setAttribute(name, value
        .replace(/__(code|copy)_(live_)?\\d+/g, "__code")
        .replace(/https?:\\/\\/[^ "]*\\/figures\\//g, "FIGURES/")
        .replace(/(assets\\/)?figures\\/([\\w-]+)\\.[0-9a-f]+\\./g, "FIGURES/$2."));
  }
  return article.outerHTML.replace(/>\\s+/g, ">").replace(/\\s+</g, "<").split(/(?=<)/);
}
"""


def all_in_view(page: Page) -> None:
    """Scroll past everything, so that all figures are set up; and back."""
    page.evaluate(
        "async () => { for (let y = 0; y < document.body.scrollHeight; y += 300) {"
        " scrollTo(0, y); await new Promise(requestAnimationFrame); } scrollTo(0, 0); }"
    )
    page.wait_for_function(
        "() => [...document.querySelectorAll('.truepage-figure')]"
        ".every(e => e.querySelector('svg[aria-label]'))"
    )
    page.wait_for_timeout(200)  # observers of sizes answer after the frame


def test_a_page_that_took_pushes_is_as_one_freshly_loaded(serve: Serve, browser: Browser) -> None:
    """Code with its buttons, formulas and tables that scroll, figures that answer: all the DOM."""
    preview = serve(before={"mkdocs.yml": CONFIG, "docs/index.md": PAGE, "figures/lines.py": LINES})
    page = opened(browser, preview.address)
    all_in_view(page)
    text = PAGE.replace("One", "Another").replace("first = 1", "first = 2")
    text = text.replace("x_{1}", "y_{1}").replace("\\frac{x}{4}", "\\frac{x}{2}")
    (preview.root / "docs/index.md").write_text(text)
    expect(page.get_by_text("Another: prose")).to_be_visible(timeout=WAIT)
    preview.edit("src/shapes.py", "0.25 * x", "0.5 * x")
    expect(page.locator("article > .highlight", has_text="0.5 * x")).to_be_visible(timeout=WAIT)
    expect(page.locator("#eq-height .truepage-checked")).to_have_count(1, timeout=WAIT)
    preview.until("swept drawn")
    assert page.evaluate("window.mark") == 1, "the page was reloaded"
    fresh = opened(browser, preview.address)
    for each in (page, fresh):
        all_in_view(each)
    assert page.evaluate(DOM) == fresh.evaluate(DOM)
    for each in (page, fresh):
        answers(each)
        each.close()


def answers(page: Page) -> None:
    """Use what is on a page."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#fig-swept + div summary", has_text="Code").click()
    for place, text in (
        ("article > .highlight", "first = 2"),
        ("article > .highlight", "0.5 * x"),
        ("#fig-swept + div .highlight", "def swept"),
    ):
        code = page.locator(place, has_text=text)
        code.hover()
        code.locator(".md-code__nav button").click()
        page.wait_for_function(
            "text => navigator.clipboard.readText().then(copied => copied.includes(text))", arg=text
        )
    code = page.locator("article > .highlight", has_text="first = 2")
    assert code.locator("pre > code").get_attribute("tabindex") == "0"
    assert page.locator(".truepage-formula", has_text="y").last.get_attribute("tabindex") == "0"
    assert page.locator(".md-typeset__scrollwrap").get_attribute("tabindex") == "0"
    page.locator("a.truepage-reference").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".truepage-preview")).to_contain_text("2")
    slider = page.locator("#fig-swept input")
    before = page.locator("#fig-swept svg").evaluate("e => e.outerHTML")
    slider.press("End")
    assert page.locator("#fig-swept svg").evaluate("e => e.outerHTML") != before
    handle = page.locator("#fig-swept .truepage-handle")
    handle.press("End")
    expect(page.locator("#fig-swept .truepage-readout")).to_be_visible()
    handle.press("Enter")
    expect(page.locator("dialog.truepage-large")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.truepage-large")).to_have_count(0)
