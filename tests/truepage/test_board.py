"""The latest news, for whoever comes and asks; and failures with the lines they speak of."""

import json
from pathlib import Path

from truepage.preview.board import Board, Subscriber
from truepage.preview.excerpt import excerpt


def waiting(reader: Subscriber) -> list[str]:
    """Return the topics of the news that wait."""
    found = []
    while not reader.news.empty():
        news = reader.news.get()
        found.append(" ".join(news.topic) if news else "end")
    return found


def test_a_page_is_told_what_came_since_it_was_made() -> None:
    """Of its own figures, the latest of each, in order."""
    board = Board()
    for name in ("a", "b", "a", "c"):
        board.post("picture", name, {"picture": name})
    with board.reader(["a", "b"], 0) as reader:
        assert waiting(reader) == ["picture b", "picture a"]
    with board.reader(["a", "b"], 2) as reader:
        assert waiting(reader) == ["picture a"]
        board.post("picture", "b", {"picture": "b"})
        board.post("picture", "c", {"picture": "c"})
        assert waiting(reader) == ["picture b"]


def test_a_failure_lasts_until_it_is_mended() -> None:
    """A page made after it is told of it all the same."""
    board = Board()
    board.post("failure", "a", {"failure": "a"}, lasting=True)
    with board.reader(["a"], board.number) as reader:
        assert waiting(reader) == ["failure a"]
    board.post("failure", "a", {"mended": "a"})
    with board.reader(["a"], board.number) as reader:
        assert waiting(reader) == []


def test_problems_are_for_all_pages_or_for_one(tmp_path: Path) -> None:
    """The page is known by its Markdown file."""
    board = Board()
    board.post_problem(tmp_path, "build", "it failed")
    board.post_problem(tmp_path, "page", "docs/a.md:1: wrong", page="docs/a.md")
    with board.reader([], board.number, "docs/a.md") as reader:
        assert waiting(reader) == ["problem build", "page docs/a.md"]
    with board.reader([], board.number, "docs/b.md") as reader:
        assert waiting(reader) == ["problem build"]
    board.post_problem(tmp_path, "build", "")
    with board.reader([], board.number, "docs/b.md") as reader:
        assert waiting(reader) == []


def test_figures_on_open_pages_are_known() -> None:
    """As long as the pages are open; then all are sent home."""
    board = Board()
    with board.reader(["a"], 0), board.reader(["b", "a"], 0):
        assert board.open_figures() == {"a", "b"}
        assert board.readers == 2
    assert board.open_figures() == frozenset()
    with board.reader(["a"], 0) as reader:
        board.close()
        assert waiting(reader) == ["end"]


def test_an_excerpt_shows_the_innermost_place_with_two_lines_around_it(tmp_path: Path) -> None:
    """Of several places in a message the last that is a file of the project."""
    (tmp_path / "a.py").write_text("one\ntwo\nthree\nfour\nfive\nsix\n")
    (tmp_path / "b.py").write_text("only\n")
    message = "b.py:1: figure 'x': ValueError: no\n    a.py:4: four\n    /nowhere/c.py:9: gone"
    assert excerpt(tmp_path, message) == {
        "message": message,
        "place": "a.py:4",
        "lines": [(2, "two"), (3, "three"), (4, "four"), (5, "five"), (6, "six")],
        "line": 4,
    }


def test_an_excerpt_of_a_message_without_a_place_is_the_message(tmp_path: Path) -> None:
    """And what is sent is JSON."""
    found = excerpt(tmp_path, "nothing is known: 12:30")
    assert json.loads(json.dumps(found)) == {
        "message": "nothing is known: 12:30",
        "place": "",
        "lines": [],
        "line": 0,
    }
