"""Citations from a BibTeX file: how they read, where they lead, and what stops the build."""

import re
import sys
from pathlib import Path

import markdown
import pytest

from truepage.engine.errors import PageError
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


def test_a_list_has_what_pages_cite() -> None:
    """An exported file may have hundreds of entries. Where no page cites one, all are listed."""
    page = "![](bibliography:r.bib)"

    def listed(**pages: str) -> list[str]:
        found = site(**pages)
        assert found.idle == []
        return [source.key for source in found.choose("docs/r.bib", None)]

    assert listed(a="@maas2013", list=page) == ["maas2013"]
    assert listed(a="@mueller1998 @maas2013", list=page) == ["maas2013", "mueller1998"]
    assert listed(list=page) == ["maas2013", "mueller1998"]


def test_what_is_cited_and_on_no_list_is_an_error() -> None:
    """The line of the BibTeX file is named."""
    assert site(a="@maas2013 @mueller1998", list="![](bibliography:r.bib#units)").idle == [
        "docs/r.bib:9: 'mueller1998' is cited, and on no page's list; expected one of the "
        "keywords that pages list: ['units']."
    ]


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
            "@misc{a, title=jmlr,\n author={A}}\n@misc{b, author={B}, title={T}, note=x}",
            "r.bib:1: the string 'jmlr' is not defined; expected @string{jmlr = {…}} above, or "
            "the words themselves: {jmlr}.\n"
            "r.bib:3: the string 'x' is not defined; expected @string{x = {…}} above, or "
            "the words themselves: {x}.",
        ),
        (
            "@misc{a, author={A}, title={T}, crossref={b}}",
            "r.bib:1: 'a' names the entry 'b' as its crossref, which is not in this file; "
            "expected that entry, or no crossref.",
        ),
        (
            "@misc{a, author={A}, title={T}, title={U}}",
            "r.bib:1: entry with key a has a duplicate title field; expected each field once.",
        ),
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


EXPORTED = r"""% Encoding: UTF-8
@String{cacm = "Communications of the {ACM}"}
@comment{jabref-meta: databaseType:bibtex;}

@inproceedings{DBLP:conf/nips/VaswaniSPUJGKP17,
  author    = {Ashish Vaswani and
               {\L}ukasz Kaiser},
  editor    = {Isabelle Guyon},
  title     = {Attention is All you Need},
  booktitle = {Advances in {NIPS} 30: 2017},
  pages     = {5998--6008},
  year      = {2017},
  url       = {https://proceedings.neurips.cc/paper\_files/a~b},
  timestamp = {Thu, 21 Jan 2021 15:15:21 +0100},
}

@article{2013A&A...558A..33A,
  author = {{Astropy Collaboration} and {Robitaille}, T.~P.},
  title = "{On $L^2$ and \textit{deep} H$_2$O}",
  journal = cacm, volume = {558}, number = {2}, eid = {A33}, pages = {A33},
  year = 2013, month = oct, archivePrefix = {arXiv}, eprint = {1307.6212},
}

@online{web+page,
  title = {A page}, url = {javascript:alert(1)}, date = {2021-03-04}, organization = {Org},
}

@book{smith_2020, author = {Smith, Jr., John}, title = {Nets}, subtitle = {A \& B},
  edition = {2}, publisher = {P}, series = {S}, number = {7}, date = {2020-05/2020-06}}

@incollection{part2020, author = {Doe, J.}, title = {Part}, crossref = {whole2020}, pages = {3}}
@book{whole2020, editor = {{\v S}ev{\v c}{\'\i}k, Anna-Maria}, title = {Whole}, year = {2020},
  publisher = {Q}}
"""
"""As DBLP, ADS, Zotero and JabRef write entries."""


def test_exported_entries_are_read_and_listed(tmp_path: Path) -> None:
    """Keys with signs in them, dates, parents, strings, and what TeX says of titles."""
    keys = list(read_sources(EXPORTED, "r.bib"))
    cited = " ".join(f"[@{key}]" for key in keys)
    html = convert(f"{cited}\n\n![](bibliography:r.bib)\n", tmp_path, EXPORTED)
    shown = re.sub(r"<annotation.*?</annotation>|<span class=.katex-html.*?</a>", "", html)
    text = re.sub("<[^>]+>", "", shown)
    for line in (
        "A. Vaswani and Ł. Kaiser: Attention is All you Need. "
        "Advances in NIPS 30: 2017, pp. 5998–6008 (2017).",
        "Communications of the ACM 558(2), p. A33 (2013).",
        "Org: A page (2021).",
        "J. Smith Jr.: Nets: A &amp; B. S 7, 2nd edition, P (2020).",
        "J. Doe: Part. In: Whole, Q, p. 3 (2020).",
        "A.-M. Ševčík: Whole. Q (2020).",
    ):
        assert line in text
    assert "<em>deep</em> H" in html
    assert html.count('class="katex"') == 2
    assert 'href="https://proceedings.neurips.cc/paper_files/a~b"' in html
    assert 'href="https://arxiv.org/abs/1307.6212"' in html
    assert "javascript" not in html
    assert [html.count(f'id="cite-{key.replace("&", "&amp;")}"') for key in keys] == [1] * 6


def test_keys_with_signs_are_cited_in_running_text(tmp_path: Path) -> None:
    """What ends a sentence is none of theirs, and an escaped sign begins no citation."""
    bib = "@misc{a:b/C.17, author={Ng, A.}, title={T}, year=2017}"
    page = "See @a:b/C.17. And @a:b/C.17: yes; \\@a:b/C.17 and \\@maas2013.\n\n"
    html = convert(f"{page}![](bibliography:r.bib)\n", tmp_path, bib)
    assert html.count('href="#cite-a:b/C.17"') == 2
    assert "Ng (2017)</a>. And" in html
    assert "yes; @a:b/C.17 and @maas2013." in html


def test_a_broken_file_is_told_of_once(tmp_path: Path) -> None:
    """No citation of it is said to have no list."""
    with pytest.raises(PageError) as error:
        convert(PAGE, tmp_path, f"{BIB}@misc{{x, title = jmlr}}\n")
    assert str(error.value).count("\n") == 0
    bib = BIB.replace('{\\"u}', "ü")
    (tmp_path / "r.bib").write_bytes(bib.encode("latin-1"))
    with pytest.raises(PageError, match=r"^r\.bib:10: the byte 0xFC is not utf-8; expected"):
        markdown.markdown(PAGE, extensions=[TruepageExtension(root=str(tmp_path), page="page.md")])
    (tmp_path / "r.bib").write_bytes(f"% Encoding: ISO8859_1\n{bib}".encode("latin-1"))
    markdown.markdown(PAGE, extensions=[TruepageExtension(root=str(tmp_path), page="page.md")])
