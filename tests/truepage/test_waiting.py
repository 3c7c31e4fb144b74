"""No wait is long: Ctrl-C that comes as one begins is heard when it ends."""

import threading
from concurrent.futures import Future

import pytest

from truepage.engine import waiting


class Impatient(threading.Event):
    """An event that happens during the third wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Note how long somebody would wait."""
        self.waits.append(timeout)
        return len(self.waits) == 3


def test_an_event_is_waited_for_a_second_at_a_time() -> None:
    """Until it happens."""
    event = Impatient()
    waiting.wait_for(event)
    assert event.waits == [waiting.PULSE] * 3


def test_tasks_come_as_they_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, also those that take longer than one wait."""
    monkeypatch.setattr(waiting, "PULSE", 0.01)
    tasks = [Future[int]() for _ in range(3)]
    tasks[1].set_result(1)
    done = waiting.each_when_done(tasks)
    assert next(done) is tasks[1]
    threading.Timer(0.05, tasks[2].set_result, [2]).start()
    assert next(done) is tasks[2]
    tasks[0].set_exception(ValueError())
    assert list(done) == [tasks[0]]
