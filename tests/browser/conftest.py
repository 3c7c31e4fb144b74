"""The built site, served on this machine under a sub-path, and a Chromium to look at it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from building import build
from playwright.sync_api import Browser, sync_playwright
from previews import FILES, Preview, Serve, free_port, write
from serving import FLAGS, find_chromium, serve

ROOT = Path(__file__).parents[2]
SUB_PATH = "/sub/path/"


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium; without one the tests are skipped, in CI they fail."""
    if path := find_chromium():
        return path
    message = "no Chromium on this machine: install the package `chromium` to run browser tests"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for all the tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the site, built strictly."""
    folder = tmp_path_factory.mktemp("served")
    site = folder.joinpath(*SUB_PATH.strip("/").split("/"))
    url = f"https://truepage.example{SUB_PATH}"  # 404.html asks from there
    built = build(ROOT, "--site-dir", str(site), SITE_URL=url)
    assert built.returncode == 0, built.stderr
    return site


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Address of the site: a sub-path, as GitHub Pages has it."""
    with serve(site.parents[len(SUB_PATH.strip("/").split("/")) - 1], SUB_PATH) as address:
        yield address


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose figures were drawn, to be copied."""
    root = tmp_path_factory.mktemp("live") / "site"
    write(root, FILES)
    subprocess.run([sys.executable, "-m", "truepage", "render", "--quiet"], cwd=root, check=True)
    return root


@pytest.fixture(name="serve")
def serve_preview(drawn: Path, tmp_path: Path) -> Iterator[Serve]:
    """Start previews of a copy of the site."""
    running: list[Preview] = []
    root = tmp_path / "site"
    shutil.copytree(drawn, root)

    def start(port: int = 0, before: Mapping[str, str] | None = None) -> Preview:
        write(root, before or {})
        preview = Preview(root, port or free_port())
        running.append(preview)
        preview.until("Serving on")
        return preview

    yield start
    for preview in running:
        if preview.process.poll() is None:
            preview.stop()
