"""Source by symbol."""

import ast
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from truepage.engine.errors import PageError
from truepage.engine.project import find_project
from truepage.pages.listing import find_listing

Make = Callable[[Mapping[str, str | bytes]], Path]

SOURCE = '''"""Module."""

import functools

HALF: float = 0.5
TABLE = [
    1,
    2,
]


@functools.cache
@functools.wraps(print)
def decorated(x):
    """Return it.

    Parameters
    ----------
    x
        Anything.
    """
    # a comment
    return x


async def later(): return 1


class Thing:
    """A thing.

    With more to say.
    """

    size = 3

    def method(self):
        r"""
        Return \\sigma.

        At length.
        """
        if self:

            return 1

    class Inner:
        def deep(self): ...


def short():
    \'\'\'One line.\'\'\'
    text = """

    not a docstring"""
    return text
'''


@pytest.fixture
def root(make: Make) -> Path:
    """Root of a project with one package."""
    return make(
        {
            "src/package/module.py": SOURCE,
            "src/package/__init__.py": "def top(): ...\n",
            "src/package/broken.py": "x = 1\ndef (\n",
            "src/package/nulls.py": "x = 1\0\n",
            "src/package/latin.py": b"x = '\xe9'\n",
            "src/package/feed.py": "a = '\u2028\x85'\n\x0c\nb = 2\n",
            "figures/picture.py": "def draw(): ...\n",
        }
    )


def code(root: Path, symbol: str) -> str:
    """Return a symbol's listing."""
    return find_listing(find_project(root), f"package.{symbol}").code


def test_functions_come_with_decorators_and_the_docstring_s_first_paragraph(root: Path) -> None:
    """The rest of the docstring goes; comments stay. The place is the first line shown."""
    listing = find_listing(find_project(root), "package.module.decorated")
    assert (listing.path, listing.line) == ("src/package/module.py", 12)
    assert listing.code == (
        "@functools.cache\n@functools.wraps(print)\ndef decorated(x):\n"
        '    """Return it."""\n    # a comment\n    return x'
    )


def test_constants_methods_and_nested_classes_are_found(root: Path) -> None:
    """A method is shown without the indentation of its class."""
    assert code(root, "module.HALF") == "HALF: float = 0.5"
    assert code(root, "module.TABLE") == "TABLE = [\n    1,\n    2,\n]"
    assert code(root, "module.later") == "async def later(): return 1"
    assert code(root, "module.Thing.size") == "size = 3"
    assert code(root, "module.Thing.Inner.deep") == "def deep(self): ..."
    assert code(root, "module.Thing.method") == (
        'def method(self):\n    r"""\n    Return \\sigma."""\n    if self:\n\n        return 1'
    )
    assert code(root, "top") == "def top(): ..."
    assert find_listing(find_project(root), "picture.draw").path == "figures/picture.py"


def test_a_class_has_all_its_docstrings_cut(root: Path) -> None:
    """Of the class and of its methods; what is left is Python that means the same."""
    text = code(root, "module.Thing")
    assert '"""A thing."""' in text
    assert "With more" not in text
    assert "At length" not in text
    assert ast.parse(text)


def test_a_string_that_is_no_docstring_is_left_alone(root: Path) -> None:
    """Empty lines inside it stay."""
    assert "\n\n    not a docstring" in code(root, "module.short")


def test_lines_are_counted_as_python_counts_them(root: Path) -> None:
    """Form feeds and Unicode's line separators end no line."""
    listing = find_listing(find_project(root), "package.feed.b")
    assert (listing.line, listing.code) == (3, "b = 2")


@pytest.mark.parametrize(
    ("symbol", "words"),
    [
        ("nowhere.relu", "no module of the symbol 'nowhere.relu' is found under src/;"),
        ("relu", "no module of the symbol 'relu' is found"),
        ("package.module.relu", "src/package/module.py has no 'relu'"),
        ("package.module.Thing.relu", "it has: size, method, Inner."),
        ("package.module.HALF.relu", "has no 'relu'"),
        ("package.broken.x", "src/package/broken.py:2: not valid Python: "),
        ("package.nulls.x", "src/package/nulls.py:1: not valid Python: "),
        ("package.latin.x", "src/package/latin.py:1: not valid Python: "),
    ],
)
def test_what_is_not_there_is_an_error_that_says_what_is(
    root: Path, symbol: str, words: str
) -> None:
    """The module, or the names it has."""
    with pytest.raises(PageError) as caught:
        find_listing(find_project(root), symbol)
    assert words in str(caught.value)
