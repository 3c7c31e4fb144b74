"""Save, and see it: a preview in a real browser."""

import re
import subprocess
import time

import psutil
from playwright.sync_api import Browser, expect
from previews import WAIT, Serve, asked, drawing, listing, opened, until_changed


def test_a_saved_change_is_in_the_open_page_without_a_reload(
    serve: Serve, browser: Browser
) -> None:
    """Scroll position, slider and focus stay; listings follow."""
    preview = serve()
    page = opened(browser, preview.address)
    slider = page.locator("#fig-swept input")
    slider.focus()
    slider.press("End")
    expect(slider).to_have_value("2")
    page.evaluate("scrollTo(0, 150)")
    before, other = drawing(page, "swept"), drawing(page, "plain")
    preview.edit("src/shapes.py", "0.25 * x", "0.75 * x * x")
    until_changed(page, "swept", before)
    expect(slider).to_have_value("2")
    expect(slider).to_be_focused()
    assert page.evaluate("scrollY") == 150
    assert drawing(page, "plain") == other
    expect(listing(page)).to_contain_text("0.75 * x * x", timeout=WAIT)
    assert page.evaluate("window.mark") == 1
    assert page.evaluate("scrollY") == 150
    line = preview.until("swept drawn")
    assert re.search(
        r"src/shapes.py changed: swept drawn, because function `shapes.height` changed "
        r"\(\d+\.\d\d s",
        line,
    )
    page.close()


def test_prose_follows_without_a_reload(serve: Serve, browser: Browser) -> None:
    """Only the block that changed is another one."""
    preview = serve()
    page = opened(browser, preview.address)
    page.evaluate("document.querySelectorAll('article p').forEach(p => p.mark = 1)")
    preview.edit("docs/index.md", "Some prose.", "Some better prose.")
    expect(page.get_by_text("Some better prose.")).to_be_visible(timeout=WAIT)
    assert page.evaluate("window.mark") == 1
    marks = page.evaluate("[...document.querySelectorAll('article p')].filter(p => !p.mark).length")
    assert marks <= 2  # it, and Material's line of the source, where there is one
    page.close()


def test_the_newest_save_wins(serve: Serve, browser: Browser) -> None:
    """A save during a drawing that takes long, and one that never ends: neither is waited for."""
    preview = serve()
    page = opened(browser, preview.address)
    before = drawing(page, "plain")
    preview.edit("src/shapes.py", "def other():", "def other():\n    while True: pass")
    time.sleep(1)
    preview.edit("src/shapes.py", "    while True: pass", "    sum(range(10**10))")
    time.sleep(0.5)
    preview.edit("src/shapes.py", "    sum(range(10**10))\n    return 0.5", "    return 0.125")
    until_changed(page, "plain", before)  # long before either would have ended
    preview.until("plain drawn")
    assert len([line for line in preview.said if "drawn" in line]) == 1
    page.close()


def test_two_browsers_and_a_server_that_is_started_again(serve: Serve, browser: Browser) -> None:
    """Both are told; after a restart, at another endpoint, both go on without being reloaded."""
    preview = serve()
    context = browser.new_context()
    pages = [opened(browser, preview.address), context.new_page()]
    pages[1].goto(preview.address)
    expect(pages[1].locator("html[data-truepage=live]")).to_have_count(1)
    for page in pages:
        page.evaluate("window.first = true")  # it would not outlive a reload
    before = drawing(pages[0], "swept")
    preview.edit("src/shapes.py", "0.25 * x", "0.5 * x")
    for page in pages:
        page.wait_for_function(
            "before => document.querySelector('#fig-swept svg').outerHTML !== before", arg=before
        )
    preview.stop()
    preview.edit("src/shapes.py", "0.5 * x", "0.25 * x")
    again = serve(port=preview.port)
    for page in pages:
        page.wait_for_function(
            "before => document.querySelector('#fig-swept svg').outerHTML === before",
            arg=before,
            timeout=WAIT,
        )
    again.edit("src/shapes.py", "0.25 * x", "0.125 * x")
    for page in pages:
        page.wait_for_function(
            "before => document.querySelector('#fig-swept svg').outerHTML !== before",
            arg=before,
            timeout=WAIT,
        )
        assert page.evaluate("window.first")
    pages[0].close()
    context.close()


def test_another_branch_is_checked_out_under_the_preview(serve: Serve, browser: Browser) -> None:
    """One line for all its files; going back draws nothing."""
    preview = serve()

    def git(*words: str) -> None:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@a", *words]
        subprocess.run(command, cwd=preview.root, check=True, capture_output=True)

    git("init", "-b", "main")
    git("add", "src", "figures", "docs")
    git("commit", "-m", "one")
    page = opened(browser, preview.address)
    first = drawing(page, "swept"), drawing(page, "plain")
    git("checkout", "-b", "other")
    preview.edit("src/shapes.py", "0.25 * x", "0.5 * x")
    until_changed(page, "swept", first[0])
    preview.edit("src/shapes.py", "return 0.5\n", "return 0.75\n")
    until_changed(page, "plain", first[1])
    git("commit", "-am", "two")
    said = len(preview.said)
    git("checkout", "main")
    page.wait_for_function(
        "first => ['swept', 'plain'].every((name, i) =>"
        " document.querySelector(`#fig-${name} svg`).outerHTML === first[i])",
        arg=first,
        timeout=WAIT,
    )
    line = preview.until("as kept", said)
    assert "plain, swept as kept" in line or "swept, plain as kept" in line
    assert not [line for line in preview.said[said:] if "drawn" in line]
    page.close()


def test_the_endpoint_answers_its_own_pages_alone(serve: Serve) -> None:
    """No token, another origin, another host's name, a path that climbs: all refused."""
    preview = serve()
    _, html = asked(preview.address)
    address = re.search(r'src="(http://127\.0\.0\.1:\d+/[^"/]+)/live\.js"', html)
    assert address

    def status(path: str, **headers: str) -> int:
        return asked(path, **headers)[0]

    own, origin = address[1], preview.address.rstrip("/")
    base = own.rpartition("/")[0]
    assert status(f"{own}/live.js") == 200
    assert status(f"{own}/news?figures=swept", Origin=origin) == 200
    assert status(f"{own}/news", Origin=origin.replace("127.0.0.1", "localhost")) == 200
    assert status(f"{own}/news", Origin="http://evil.example") == 403
    assert status(f"{own}/news", Origin="null") == 403
    assert status(f"{own}/live.js", Host="evil.example") == 403
    assert status(f"{base}/{'x' * 32}/news", Origin=origin) == 403
    assert status(f"{base}/live.js") == 403
    assert status(f"{own}/figures/swept.svg") == 200
    for path in ("../../pyproject.toml", "..%2f..%2fpyproject.toml", "swept.py", "swept.json", ""):
        assert status(f"{own}/figures/{path}") in {403, 404}
    assert own.startswith("http://127.0.0.1:")
    port = int(base.rpartition(":")[2])
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(preview.process.pid).net_connections()
        if connection.status == "LISTEN" and connection.laddr.port == port
    ]
    assert listening == ["127.0.0.1"]
