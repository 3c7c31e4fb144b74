"""The colours that figures are drawn in, and what each is in the dark.

A figure is drawn once, with the light colours. In its SVG each of them becomes a CSS variable, so
that the page decides: `#0069a6` is written `var(--truepage-1,#0069a6)`. A colour that is not one of
these stays as its author gave it, in either scheme.
"""

from collections.abc import Iterable, Mapping

PALETTE: Mapping[str, tuple[str, str]] = {
    # What authors call black.
    "black": ("#000000", "#ffffff"),
    # Text, frames, and the lines of what holds for all.
    "ink": ("#1f2328", "#e6e9ed"),
    "muted": ("#59636e", "#9ba7b4"),
    "grid": ("#d8dde2", "#3d444d"),
    "paper": ("#ffffff", "#1e2129"),
    # Series: Okabe and Ito's hues, darker on white and lighter on black, so that text in them has
    # a contrast of 4.5 : 1 on either.
    "1": ("#0069a6", "#58b4f0"),
    "2": ("#c04a00", "#ff9a5c"),
    "3": ("#007f5c", "#3ecb9f"),
    "4": ("#9c4a80", "#e794c8"),
    "5": ("#806000", "#dcc24a"),
    "6": ("#5b5fc7", "#a9adff"),
}
"""Name → (light, dark). `truepage.mplstyle` beside it has the same light ones."""

_NAMES: dict[str, str] = {light: name for name, (light, _) in PALETTE.items()}


def _beside(color: str) -> str:
    """Return the colour next to one in its last level, which no eye tells from it."""
    level = int(color[-2:], 16)
    return f"{color[:-2]}{level + (1 if level < 255 else -1):02x}"


KEPT = {light: _beside(light) for light, _ in PALETTE.values()}
"""How a palette's colour is drawn where it must not follow the page: `themed` gives it back."""

BLACK = "#010000"
"""How black is drawn: matplotlib does not write it, since SVG fills with it by default."""
_NAMES[BLACK] = "black"

_KEPT = {BLACK: "#000000"} | {beside: light for light, beside in KEPT.items()}

# A reader's own colours: few, so dashes tell the series apart, and text stands beside its line.
_FORCED = {
    "black": "CanvasText",
    "ink": "CanvasText",
    "muted": "CanvasText",
    "grid": "GrayText",
    "paper": "Canvas",
    "1": "LinkText",
    "2": "CanvasText",
    "3": "LinkText",
    "4": "CanvasText",
    "5": "LinkText",
    "6": "CanvasText",
}


def themed(color: str) -> str:
    """Return a colour as it is written into an SVG that follows the page.

    Examples
    --------
    >>> themed("#0069A6"), themed("#123456"), themed(KEPT["#0069a6"])
    ('var(--truepage-1,#0069a6)', '#123456', '#0069a6')
    """
    color = color.lower()
    name = _NAMES.get(color)
    return f"var(--truepage-{name},{PALETTE[name][0]})" if name else literal(color)


def literal(color: str) -> str:
    """Return a colour as it is written into an SVG that stays as it is."""
    color = color.lower()
    return _KEPT.get(color, color)


def dark(names: Iterable[str]) -> str:
    """Return the rule that gives some colours their dark values where the reader prefers dark."""
    declared = ";".join(f"--truepage-{name}:{PALETTE[name][1]}" for name in sorted(names))
    return f"@media (prefers-color-scheme:dark){{:root{{{declared}}}}}"


def stylesheet() -> str:
    """Return the rules for a page: its scheme decides, and paper is always light."""

    def rule(selector: str, values: Mapping[str, str], indent: str = "") -> str:
        lines = [f"{indent}  --truepage-{name}: {value};" for name, value in values.items()]
        return "\n".join([f"{indent}{selector} {{", *lines, f"{indent}}}"])

    light = {name: value for name, (value, _) in PALETTE.items()}
    night = {name: value for name, (_, value) in PALETTE.items()}
    return (
        f"{rule(':root', light)}\n\n"
        f"@media screen {{\n{rule('[data-md-color-scheme=slate]', night, '  ')}\n}}\n\n"
        f"{rule('[data-md-color-scheme] .truepage-light', light)}\n\n"
        f"@media (forced-colors: active) {{\n"
        f"{rule(':root, [data-md-color-scheme]', _FORCED, '  ')}\n}}\n"
    )
