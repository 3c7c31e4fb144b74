"""The latest news of everything that a page may show, numbered, for whoever comes and asks."""

import json
import queue
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truepage.preview.excerpt import excerpt

Message = Mapping[str, Any]
"""What a page's script is told; JSON."""


@dataclass(frozen=True)
class News:
    """A numbered message.

    Parameters
    ----------
    number
        Higher than that of all earlier news.
    topic
        Kind and name, such as ``("picture", "sigmoid")``: later news of it takes this one's place.
    text
        The message as JSON.
    lasting
        It holds as long as nothing else is said: a page is told of it whenever it was made.
    """

    number: int
    topic: tuple[str, str]
    text: str
    lasting: bool


@dataclass(eq=False)
class Subscriber:
    """A page that is open: the figures it shows, its Markdown file, what it is to be told."""

    figures: frozenset[str]
    page: str = ""
    news: "queue.SimpleQueue[News | None]" = field(default_factory=queue.SimpleQueue)

    def shows(self, news: News) -> bool:
        """Tell whether news are for this page."""
        kind, name = news.topic
        if kind == "page":
            return name == self.page
        return kind not in {"picture", "failure"} or name in self.figures


class Board:
    """The latest news by topic, and who reads along."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: dict[tuple[str, str], News] = {}
        self._readers: set[Subscriber] = set()
        self._number = 0

    @property
    def number(self) -> int:
        """Number of the latest news: what a page made now need not be told."""
        return self._number

    def post(self, kind: str, name: str, message: Message, *, lasting: bool = False) -> None:
        """Put up news of a topic, in place of what was said of it before."""
        with self._lock:
            self._number += 1
            news = News(self._number, (kind, name), json.dumps(message), lasting)
            self._latest.pop(news.topic, None)  # the latest comes last
            self._latest[news.topic] = news
            for reader in self._readers:
                if reader.shows(news):
                    reader.news.put(news)

    def post_problem(self, root: Path, topic: str, message: str, *, page: str = "") -> None:
        """Put up what is wrong with a page, or with all of them; an empty message takes it away.

        Parameters
        ----------
        root
            The project's root, which the paths in messages are relative to.
        topic
            What it is about: a later message of it takes this one's place.
        message
            What is wrong.
        page
            The page's Markdown file; empty: it concerns all pages.
        """
        shown = excerpt(root, message) if message else {"message": ""}
        self.post(
            "page" if page else "problem",
            page or topic,
            {"problem": topic, **shown},
            lasting=bool(message),
        )

    def open_figures(self) -> frozenset[str]:
        """Return the figures on the pages that are open."""
        with self._lock:
            return frozenset().union(*(reader.figures for reader in self._readers))

    @property
    def readers(self) -> int:
        """How many pages are open."""
        return len(self._readers)

    @contextmanager
    def reader(self, figures: Iterable[str], since: int, page: str = "") -> Iterator[Subscriber]:
        """Read along as a page that was made when the news had some number."""
        reader = Subscriber(frozenset(figures), page)
        with self._lock:
            for news in self._latest.values():
                if reader.shows(news) and (news.lasting or news.number > since):
                    reader.news.put(news)
            self._readers.add(reader)
        try:
            yield reader
        finally:
            with self._lock:
                self._readers.discard(reader)

    def close(self) -> None:
        """Send everybody home."""
        with self._lock:
            for reader in self._readers:
                reader.news.put(None)
