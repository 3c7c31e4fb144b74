"""The colours of pictures: they can be read, told apart, and are all that the style uses."""

import re
from functools import partial

import matplotlib
import pytest

from truepage.figures import palette, picture


def luminance(color: str) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


PAPERS = {"light": ("#ffffff", "#f6f8fa"), "dark": ("#1e2129", "#1e2429", "#0d1117")}


@pytest.mark.parametrize(
    "name", [name for name in palette.PALETTE if name not in {"grid", "paper"}]
)
@pytest.mark.parametrize("scheme", PAPERS)
def test_colors_can_be_read(name: str, scheme: str) -> None:
    """4.5 : 1 as text asks for, on a page's paper and on GitHub's, light and dark."""
    color = palette.PALETTE[name][scheme == "dark"]
    assert min(map(partial(contrast, color), PAPERS[scheme])) >= 4.5


def test_series_differ_in_more_than_color() -> None:
    """Each colour of the cycle has a dash pattern of its own."""
    with matplotlib.rc_context():
        matplotlib.style.use(picture.STYLE)
        cycle = matplotlib.rcParams["axes.prop_cycle"].by_key()
    assert len({str(style) for style in cycle["linestyle"]}) == len(cycle["color"]) == 6


def test_the_style_s_colors_are_the_palette_s() -> None:
    """All of them become variables."""
    text = re.sub(r"^#.*$|\s#.*$", "", picture.STYLE.read_text(), flags=re.MULTILINE)
    used = {f"#{color}" for color in re.findall(r"\b[0-9a-fA-F]{6}\b", text)}
    assert used <= {light for light, _ in palette.PALETTE.values()} and len(used) >= 9


def test_a_page_s_rules_name_every_color_four_times() -> None:
    """Light, dark, light on a dark page, and a reader's own colours."""
    rules = palette.stylesheet()
    for name in palette.PALETTE:
        assert rules.count(f"--truepage-{name}:") == 4
