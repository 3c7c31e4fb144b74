"""Citations from a BibTeX file: how they read, where they lead, and what stops the build."""

import re
import sys
from pathlib import Path

import markdown
import pytest

from truepage.errors import PageError
from truepage.markdown import TruepageExtension
from truepage.pages import bibtex
from truepage.pages.bibliography import Bibliography, cited_keys
from truepage.pages.bibtex import BibTeX, read_sources

BIB = r"""
@article{maas2013,
  author = {Maas, Andrew L. and Hannun, Awni Y. and Ng, Andrew Y.},
  title = {Rectifier {Nonlinearities}},
  journal = {Journal of Units}, volume = 3,
  year = {2013}, doi = {10.1000/182}, keywords = {units},
}

@book{mueller1998,
  author = {M{\"u}ller, Klaus-Robert},
  title = {Centring}, publisher = {Springer}, year = 1998, note = {On values.}, keywords = {books},
}
"""
PAGE = "See @maas2013 and [@mueller1998, chapter 2; -@maas2013].\n\n![](bibliography:r.bib)\n"


def convert(text: str, root: Path, bib: str = BIB) -> str:
    """Give the HTML of a page that stands beside a bibliography."""
    (root / "r.bib").write_text(bib, encoding="utf-8")
    extension = TruepageExtension(root=str(root), page="page.md")
    return markdown.markdown(text, extensions=[extension])


def site(bib: str = BIB, **pages: str) -> Bibliography:
    """Give the bibliography of a site whose pages are `docs/NAME.md`."""
    texts = {f"docs/{name}.md": text for name, text in pages.items()}
    return Bibliography(texts, {"docs/r.bib": bib}.get)


def test_citations_name_authors_and_year_and_lead_to_the_list(tmp_path: Path) -> None:
    """In running text the authors are named; in brackets all of it is in parentheses."""
    html = convert(PAGE, tmp_path)
    text = re.sub("<[^>]+>", "", html)
    assert "See Maas, Hannun and Ng (2013) and (Müller 1998, chapter 2; 2013)." in text
    assert html.count('href="#cite-maas2013"') == 2
    assert html.count('id="cite-maas2013"') == 1


def test_the_list_has_initials_title_place_year_link_and_note(tmp_path: Path) -> None:
    """An entry reads as in a paper; braces and TeX's accents are gone."""
    html = convert(PAGE, tmp_path)
    text = re.sub("<[^>]+>", "", html)
    assert "A. L. Maas, A. Y. Hannun and A. Y. Ng: Rectifier Nonlinearities. " in text
    assert "Journal of Units 3 (2013)." in text
    assert "K.-R. Müller: Centring. Springer (1998). On values." in text
    assert '<a href="https://doi.org/10.1000/182">' in html


def test_a_list_has_the_entries_with_its_keyword_alone(tmp_path: Path) -> None:
    """The part after # chooses."""
    html = convert("@mueller1998\n\n![](bibliography:r.bib#books)\n", tmp_path)
    assert 'id="cite-mueller1998"' in html
    assert 'id="cite-maas2013"' not in html


@pytest.mark.parametrize(
    "text", ["`@maas2013`", "    @maas2013", "a@maas2013.org", "```\n[@maas2013]\n```", "@someone"]
)
def test_what_is_no_citation(text: str, tmp_path: Path) -> None:
    """Code, addresses and names without a year are left alone."""
    assert cited_keys(text.strip("` \n")) == [] or "`" in text or text.startswith(" ")
    html = convert(f"{text}\n\n![](bibliography:r.bib)\n", tmp_path)
    assert "truepage-citation" not in html


def test_an_unknown_key_is_an_error_with_place_and_suggestion(tmp_path: Path) -> None:
    """The line of the page is named, and the nearest key."""
    with pytest.raises(PageError) as error:
        convert(f"{PAGE}\nNow @maas2012.\n", tmp_path)
    assert str(error.value) == "page.md:5: @maas2012 is in no bibliography; did you mean @maas2013?"
    with pytest.raises(PageError, match=r"page\.md:5: @nobody is in no bibliography"):
        convert(f"{PAGE}\nNow [@nobody].\n", tmp_path)


def test_a_list_of_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Page, line, and the file that was looked for."""
    with pytest.raises(PageError, match=r"page\.md:1: 'x\.bib' is not found; expected x\.bib"):
        convert("![](bibliography:x.bib)\n", tmp_path)
    with pytest.raises(PageError, match=r"page\.md:1: no entry of r\.bib has the keyword 'cats'"):
        convert("![](bibliography:r.bib#cats)\n", tmp_path)


def test_an_entry_that_no_page_cites_or_lists_is_an_error() -> None:
    """The line of the BibTeX file is named."""
    idle = site(a="@maas2013", list="![](bibliography:r.bib)").idle
    assert idle == [
        "docs/r.bib:9: 'mueller1998' is never cited; expected @mueller1998 on some page, "
        "or no such entry."
    ]
    idle = site(a="@maas2013 @mueller1998", list="![](bibliography:r.bib#units)").idle
    assert idle == [
        "docs/r.bib:9: 'mueller1998' is on no page's list; expected one of the keywords that "
        "pages list: ['units']."
    ]
    assert site(a="@maas2013 @mueller1998", list="![](bibliography:r.bib)").idle == []


def test_citations_lead_to_the_page_with_the_list() -> None:
    """Each key has one page that lists it, and the pages that cite it are known."""
    found = site(a="@maas2013", b="[@maas2013]", list="![](bibliography:r.bib)")
    assert found.listed_on["maas2013"] == "docs/list.md"
    assert found.cited_on["maas2013"] == ["docs/a.md", "docs/b.md"]


@pytest.mark.parametrize(
    ("bib", "message"),
    [
        ("\n@book{a2000, title = {A}, year = 1}", "r.bib:2: 'a2000' has no author."),
        ("@book{a2000, author = {A}}", "r.bib:1: 'a2000' has no title and no year."),
        ("@book{a2000, author = {A}", "r.bib:1: this is no BibTeX: premature end of file."),
        (
            "@misc{a, author={A}, title={T}}\n@misc{A, author={A}, title={T}}",
            "r.bib:2: repeated bibliography entry: A; expected each key once.",
        ),
    ],
)
def test_what_is_wrong_with_a_file_has_its_line(bib: str, message: str) -> None:
    """A broken file or entry names the file and the line."""
    with pytest.raises(PageError) as error:
        read_sources(bib, "r.bib")
    assert str(error.value) == message


def test_sources_that_would_read_alike_are_told_apart() -> None:
    """The same people and year get letters; other people of the same name get initials."""
    entry = "@misc{%s, author = {%s}, title = {%s}, year = 2000}\n"
    same = read_sources(entry % ("b", "Ng, A.", "B") + entry % ("a", "Ng, A.", "A"), "r.bib")
    assert (same["a"].cited, same["b"].cited) == ("Ng (2000a)", "Ng (2000b)")
    other = read_sources(entry % ("a", "Ng, A.", "A") + entry % ("b", "Ng, B.", "A"), "r.bib")
    assert (other["a"].cited, other["b"].cited) == ("A. Ng (2000)", "B. Ng (2000)")


def read(file: Path, bib: str = BIB, name: str = "r.bib") -> dict[str, bibtex.Source]:
    """Give the entries of a file, as one build reads them."""
    reader = BibTeX(file)
    found = reader.read(bib, name)
    reader.save()
    return found


def test_a_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next build finds the same entries, in order, without pybtex; what changed is read."""
    entry = "@misc{%s, author = {%s}, title = {%s}, year = 2020, keywords = {b, a}}"
    bib = BIB + entry % ("x", "Ng, A. and {The Group}", "B") + entry % ("y", "Ng, B.", "A")
    expected = read_sources(bib, "r.bib")
    assert read(tmp_path / "kept", bib) == expected
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "pybtex.database", None)
        found = read(tmp_path / "kept", bib)
        assert list(found.items()) == list(expected.items())
        for change in ({"bib": bib + "\n"}, {"bib": bib, "name": "s.bib"}, {}):
            with pytest.raises(ImportError):
                read(tmp_path / "kept", **change)
    moved = read(tmp_path / "kept", f"\n{bib}")
    assert moved["x"].place == f"r.bib:{int(expected['x'].place.split(':')[1]) + 1}"


def test_another_pybtex_reads_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may read an entry in another way. A file that is wrong is wrong each time."""
    read(tmp_path / "kept")
    monkeypatch.setattr(bibtex, "version", lambda package: "another")
    monkeypatch.setattr(bibtex, "read_sources", lambda text, file: {})
    assert read(tmp_path / "kept") == {}
    monkeypatch.undo()
    for _ in range(2):
        with pytest.raises(PageError, match=r"^r.bib:1: .* has no author"):
            read(tmp_path / "kept", "@misc{x, title = {A}, year = 2020}")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,a", " JavaScript:a"])
def test_links_that_act_are_refused(url: str) -> None:
    """With the entry's place."""
    entry = f"\n@misc{{a, author = {{B}}, title = {{C}}, year = 2000, url = {{{url}}}}}"
    with pytest.raises(PageError, match=r"r\.bib:2: 'a' links to .*; expected https://"):
        read_sources(entry, "r.bib")
