"""SVG from elsewhere: what could run, load or lead out of it is taken out, the rest stays."""

import re

import pytest

from truepage.figures.outside import LARGEST, framed, read_svg
from truepage.tracing.author import RefusedError

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
SIZE = 'width="10" height="20"'


@pytest.mark.parametrize(
    "inside",
    [
        "<script>run()</script>",
        "<g><script href='https://x.y/z.js'/></g>",
        '<rect onclick="run()"/>',
        '<a xlink:href="javascript:run()"><rect/></a>',
        '<a href="https://x.y"><text>words</text></a>',
        '<image href="https://x.y/z.png"/>',
        '<image xlink:href="file:///etc/passwd"/>',
        '<image href="data:image/svg+xml;base64,PHN2Zy8+"/>',
        '<use href="https://x.y/z.svg#a"/>',
        '<rect fill="url(https://x.y#a)"/>',
        "<rect style=\"fill: url( 'https://x.y' )\"/>",
        "<style>@import 'https://x.y/z.css'; rect { fill: url(https://x.y) }</style>",
        "<style>@font-face { font-family: F; src: url(https://x.y/f.woff2) }</style>",
        '<set attributeName="href" to="javascript:run()"/>',
        '<animate xlink:href="#a" attributeName="onclick" to="run()"/>',
        "<style>@\\69mport 'https://x.y/z.css'; rect { fill: u\\72l(https://x.y) }</style>",
        "<style>rect { cursor: image-set('https://x.y' 1x) }</style>",
        "<?xml-stylesheet href='https://x.y'?>",
    ],
)
def test_nothing_runs_and_nothing_leads_out(inside: str) -> None:
    """Neither as it is nor by another spelling."""
    content = read_svg(f"{HEAD}{SIZE} onload='run()'>{inside}<rect/></svg>".encode()).content
    assert not re.search(rb"run|x\.y|file:|svg\+xml|script", content)
    assert b"rect" in content


@pytest.mark.parametrize(
    "inside",
    [
        '<use href="#a"/>',
        '<image href="data:image/png;base64,AAAA"/>',
        '<rect fill="url(#a)"/>',
        "<style>rect { fill: url(#a) }</style>",
        '<animate attributeName="x" to="3"/>',
    ],
)
def test_what_stays_within_it_is_kept(inside: str) -> None:
    """References to itself, pixels it holds, its own style, movement without a script."""
    found = read_svg(f"{HEAD}{SIZE}>{inside}</svg>".encode()).content.decode()
    assert re.sub(r"\s|/>", "", inside) in re.sub(r"\s|/>", "", found)


def test_html_in_it_is_left_out_with_a_warning() -> None:
    """It may be what the picture is about, so its loss is said."""
    with pytest.warns(UserWarning, match="<foreignObject> in its SVG cannot be shown"):
        read_svg(f"{HEAD}{SIZE}><foreignObject><p>words</p></foreignObject></svg>".encode())


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="3cm" height="30"', (113, 30)),
        ('width="72pt" height="1in"', (96, 96)),
        ('viewBox="0 0 50 40"', (50, 40)),
        ('width="100%" viewBox="-5 -5 50,40"', (50, 40)),
    ],
)
def test_its_size_is_what_it_says_or_its_box(attributes: str, size: tuple[int, int]) -> None:
    """In CSS pixels."""
    picture = read_svg(f"<svg {attributes}><rect/></svg>".encode())  # as HTML has it
    assert (picture.width, picture.height) == size
    assert b'xmlns="http://www.w3.org/2000/svg"' in picture.content
    assert f'viewBox="0 0 {size[0]} {size[1]}"'.encode() in framed(picture, "a-b", "Words.")


def test_what_is_written_in_another_encoding_is_refused() -> None:
    """It would hide what is looked for."""
    with pytest.raises(RefusedError, match="UTF-8"):
        read_svg(f"<svg {SIZE}><script/></svg>".encode("utf-16"))


def test_a_large_one_is_refused() -> None:
    """The line says how large it may be."""
    with pytest.raises(RefusedError, match=r"picture of 2\.0 MB; expected at most 2 MB"):
        read_svg(b"<svg " + b" " * LARGEST)
