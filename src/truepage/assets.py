"""What pages load besides pictures: KaTeX, typefaces, our own style. All of it served by the site.

`vendor/` is filled by `make` from the packages in `package-lock.json`; a built wheel carries it.
"""

import re
from pathlib import Path

from truepage.errors import TruepageError
from truepage.palette import stylesheet

PACKAGE = Path(__file__).parent
VENDOR = PACKAGE / "vendor"

_OLD_FONT = re.compile(r',\s*url\([^)]+\.(?:woff|ttf)\) format\("\w+"\)')


def vendored(name: str) -> Path:
    """Return a vendored file or folder.

    Raises
    ------
    TruepageError
        It is not there: a checkout in which `make` has not run.
    """
    path = VENDOR / name
    if not path.exists():
        raise TruepageError(
            f"src/truepage/vendor/{name}: not found; expected what package-lock.json lists. "
            "In a checkout of this repository run `make .venv`; elsewhere install truepage's wheel."
        )
    return path


def page_assets() -> dict[str, str | bytes | Path]:
    """Return what every page needs: URL relative to the site → text, or the file to copy."""
    katex = vendored("katex")
    style = _OLD_FONT.sub("", (katex / "katex.min.css").read_text(encoding="utf-8"))
    assets: dict[str, str | bytes | Path] = {
        "assets/katex/katex.min.css": style,
        "assets/truepage.css": stylesheet()
        + (PACKAGE / "truepage.css").read_text(encoding="utf-8"),
        "assets/truepage.js": PACKAGE / "truepage.js",
    }
    for font in sorted((katex / "fonts").glob("*.woff2")):
        assets[f"assets/katex/fonts/{font.name}"] = font
    fonts = vendored("fonts")
    for file in sorted(fonts.rglob("*.woff2")):
        assets[f"assets/fonts/{file.relative_to(fonts).as_posix()}"] = file
    for file in sorted(fonts.rglob("*.css")):
        # A font that comes late is for the next page: nothing moves on this one.
        rules = file.read_text(encoding="utf-8").replace("display: swap", "display: optional")
        assets[f"assets/fonts/{file.relative_to(fonts).as_posix()}"] = rules
    for file in sorted(vendored("page-fonts").iterdir()):
        assets[f"assets/fonts/{file.name}"] = file
    return assets


def stylesheets() -> list[str]:
    """Return the URLs of the style sheets among `page_assets`, in the order to load them."""
    fonts = vendored("fonts")
    return [
        *(
            f"assets/fonts/{file.relative_to(fonts).as_posix()}"
            for file in sorted(fonts.rglob("*.css"))
        ),
        "assets/katex/katex.min.css",
        "assets/fonts/page-fonts.css",  # where both have a letter, the later rule is taken
        "assets/truepage.css",
    ]
