"""Whole sites, built by MkDocs from the folders in `tests/sites`."""

import html
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urldefrag

import pytest
from building import build

SITES = Path(__file__).parents[1] / "sites"
Write = Callable[[Path, Mapping[str, str | bytes]], Path]


def tree(folder: Path) -> dict[str, bytes]:
    """Return a folder's files with their content."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root of the site `plain`, built."""
    root = tmp_path_factory.mktemp("plain") / "site"
    shutil.copytree(SITES / "plain", root)
    done = build(root)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return root


def page(root: Path, name: str) -> str:
    """Return a built page."""
    return (root / "site" / name).read_text(encoding="utf-8")


def test_a_build_writes_into_no_folder_of_the_authors(plain: Path) -> None:
    """docs/, figures/ and src/ are what they were; only site/ and the cache are new."""
    for folder in ("docs", "figures", "src", "theme"):
        assert tree(plain / folder) == tree(SITES / "plain" / folder)
    names = {path.name for path in plain.iterdir()} - {
        path.name for path in (SITES / "plain").iterdir()
    }
    assert names == {"site", ".truepage"}


def test_figures_are_numbered_in_the_order_of_the_navigation(plain: Path) -> None:
    """Pages outside the navigation come last."""
    numbers = {
        name: re.findall(
            r'id="fig-([a-z]+)".*?truepage-number">Figure (\d)\.', page(plain, name), re.DOTALL
        )
        for name in ("index.html", "sub/deep/page/index.html", "outside/index.html")
    }
    assert numbers == {
        "index.html": [("low", "1")],
        "sub/deep/page/index.html": [("high", "2")],
        "outside/index.html": [("middle", "3")],
    }


def test_references_lead_from_any_page_to_the_figure(plain: Path) -> None:
    """Addresses are relative, and right from nested pages."""
    links = {
        name: re.findall(r'reference" href="([^"]*)">(Figure \d)<', page(plain, name))
        for name in ("index.html", "sub/deep/page/index.html", "second/index.html")
    }
    assert links == {
        "index.html": [("#fig-low", "Figure 1"), ("sub/deep/page/#fig-high", "Figure 2")],
        "sub/deep/page/index.html": [("../../../#fig-low", "Figure 1")],
        "second/index.html": [
            ("../sub/deep/page/#fig-high", "Figure 2"),
            ("../#fig-low", "Figure 1"),
        ],
    }


def test_every_picture_is_there_under_a_name_with_its_digest(plain: Path) -> None:
    """And is what the page's address leads to."""
    for name in ("index.html", "sub/deep/page/index.html", "outside/index.html"):
        (src,) = re.findall(r'<a href="([^"]*)" download="[a-z]+\.svg">', page(plain, name))
        assert re.fullmatch(r"(\.\./)*assets/figures/[a-z]+\.[0-9a-f]{10}\.svg", src)
        picture = (plain / "site" / name).parent / src
        assert picture.read_bytes().startswith(b"<svg ")
    assert len(list((plain / "site/assets/figures").iterdir())) == 3


def test_maths_listings_and_snippets_are_on_the_page(plain: Path) -> None:
    """A formula in an included file is set as well; the listing says where it is from."""
    assert page(plain, "index.html").count('class="katex"') == 2
    assert page(plain, "second/index.html").count('class="katex"') == 1
    text = html.unescape(re.sub(r"<[^>]+>", "", page(plain, "sub/deep/page/index.html")))
    assert "src/shapes/__init__.py, line 4" in text
    assert '    """Return the height of a line."""\n    return share\n' in text


def test_nothing_is_loaded_from_elsewhere_and_all_that_is_loaded_is_there(plain: Path) -> None:
    """Every src, every href of a resource, every url() of every style sheet."""
    site, seen = plain / "site", 0
    for file in site.rglob("*"):
        if file.suffix == ".html":
            text = file.read_text(encoding="utf-8")
            targets = re.findall(r'<(?:img|script|link)[^>]* (?:src|href)="([^"]*)"', text)
        elif file.suffix == ".css":
            text = file.read_text(encoding="utf-8")
            targets = re.findall(r"""url\(["']?([^"')]*)""", text)
            assert "@import" not in text
        else:
            continue
        for target in targets:
            if target.startswith("data:"):
                continue  # it stands in the file itself
            assert not re.match(r"[a-z]+:|//", target), f"{file}: {target}"
            assert (file.parent / urldefrag(target).url).resolve().is_file(), f"{file}: {target}"
            seen += 1
    assert seen > 50
    assert list(site.glob("assets/katex/fonts/*.woff2"))
    assert list(site.glob("assets/fonts/**/*.woff2"))


def test_a_second_build_draws_nothing_and_a_change_leaves_no_old_picture(
    plain: Path, tmp_path: Path
) -> None:
    """Only the changed picture has a new address; the old file is gone from site/."""
    root = tmp_path / "moved"
    shutil.copytree(plain, root)
    before = {path.name for path in (root / "site/assets/figures").iterdir()}
    source = root / "figures/lines.py"
    source.write_text(source.read_text().replace("_line(0.5)", "_line(0.6)"))
    done = build(root)
    assert done.returncode == 0, done.stderr
    assert "1 figures drawn, 2 fresh" in done.stderr
    after = {path.name for path in (root / "site/assets/figures").iterdir()}
    assert {name.split(".")[0] for name in before ^ after} == {"middle"}
    assert len(after) == 3


def test_a_project_under_a_symbolic_link_builds(plain: Path, tmp_path: Path) -> None:
    """The root and docs_dir may be spelt differently; pages without directory URLs work, too."""
    (tmp_path / "link").symlink_to(plain)
    done = build(tmp_path / "link", "--no-directory-urls", "--site-dir", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert 'href="sub/deep/page.html#fig-high"' in (tmp_path / "out/index.html").read_text()


def test_all_problems_of_all_pages_fail_the_build_in_one_message(tmp_path: Path) -> None:
    """Exit code 1, file and line of each, front matter counted, no traceback."""
    shutil.copytree(SITES / "broken", tmp_path / "site")
    done = build(tmp_path / "site")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for words in (
        "docs/index.md:6: no figure is named 'lo'; did you mean 'low'?",
        "docs/index.md:8:10: KaTeX cannot set this formula: ",
        "docs/sub/page.md:3: @fig-nowhere refers to a figure that is on no page;",
        "docs/sub/page.md:5: no module of the symbol 'nowhere.f' is found under src/;",
    ):
        assert done.stderr.count(words) == 1, done.stderr


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("figures/lines.py", "return ", "return 1 / 0, "), "ZeroDivisionError: division by"),
        (("figures/lines.py", 'alt="Nothing."', ""), "figures/lines.py:9: the figure low() has no"),
        (("mkdocs.yml", "[truepage]", "[{truepage: {preview: lou}}]"), "did you mean 'low'?"),
    ],
    ids=["raises", "no alt text", "preview"],
)
def test_a_figure_that_cannot_be_had_fails_the_build(
    tmp_path: Path, change: tuple[str, str, str], words: str
) -> None:
    """Before any page is built: exit code 1, one message, no traceback."""
    root = tmp_path / "site"
    shutil.copytree(SITES / "broken", root)
    name, old, new = change
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new))
    done = build(root)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (root / "site").exists()
