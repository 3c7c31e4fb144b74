"""The process that runs tasks: `python -P -m truepage.worker MODULE`, started by the pool.

It has imported the module of one kind of task, such as `truepage.figures.picture`, and nothing of
the author's. Orders come as lines of JSON on standard input; for each it forks a child, which does
the task in that clean state, recorded, and leaves `<name>.result` in the order's folder: a line of
JSON, then the bytes of the product's files. A line of JSON says how the child ended; another one,
before it, asks the builder what a step comes to (`truepage.steps`), whose answer is a line as well.
Where there is no fork, the worker does one task itself and ends.

A task's module has a function `run(request, recorder) -> (files, facts)`: suffix → content, and
what JSON can hold. It may also have

- `set_up(recorder)`, called once when the worker starts;
- `warm_up()`, called after that when many tasks will come;
- `FILES`: files of this package, by their paths in it, beside its modules, that its products
  depend on.
"""

import contextlib
import errno
import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NoReturn, TextIO

import numpy as np
import numpy.random  # warm: numpy imports it only when it is used

from truepage.engine.locations import INSTALLED
from truepage.engine.task import COLD
from truepage.steps import asking
from truepage.tracing import audit_hook, clock, import_hook, kernel, patches
from truepage.tracing.author import RaisedError, RefusedError, author_traceback, flush
from truepage.tracing.preloading import ColdError, Preloaded
from truepage.tracing.questions import Questions
from truepage.tracing.recorder import Recorder, ignored
from truepage.tracing.supervisor import Supervisor

if sys.platform != "win32":
    import resource

SEED = 0

LOOK = 1.0
"""Seconds between looks at whether a task takes too long, and whether it is wanted."""

PULSE = 20
"""Milliseconds between looks at whether a child has ended, where the system does not tell."""

IDLE = 0.05
"""Part of its time that a task must have computed when its limit passes, or else it is stuck."""

_clock = time.perf_counter


def main() -> None:
    """Serve orders until standard input ends."""
    # Ctrl-C reaches every process of a terminal; ours end when the builder says so, by SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _terminate())
    name, *options = sys.argv[1:]
    kernel.adopt()
    module = importlib.import_module(name)
    recorder = prepare(module, warm="cold" not in options)
    follows = "alone" not in options and kernel.is_offered()
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    orders = os.fdopen(os.dup(sys.stdin.fileno()), encoding="utf-8")
    installed = _installed()

    def tell(words: object) -> None:
        try:
            print(json.dumps(words), file=replies, flush=True)
        except BrokenPipeError:
            os._exit(0)  # who asked is gone

    def ask(question: str) -> str:
        tell({"asks": json.loads(question)})
        return orders.readline()

    while line := orders.readline():
        order = json.loads(line)
        forks = hasattr(os, "fork")
        if forks and (_installed() != installed or not _import_ahead(order, recorder, follows)):
            tell({"ended": COLD})
            return
        if order.get("prepares"):
            tell({"ended": "ended"})
            continue
        if forks:
            told = _in_child(module, order, recorder, tell, orders, follows=follows)
        else:
            told = {"ended": do(module, order, recorder, ask)}
        tell(told)
        if not forks:
            return


def prepare(module: ModuleType, *, warm: bool) -> Recorder:
    """Make this process ready for tasks of a module; return what will record one of them."""
    recorder = Recorder()
    # Installed here, not in each child, and before the warming up: so Python learns the ways
    # through them, too, and no child has to.
    recorder.install()
    for watch in (import_hook, patches, clock, audit_hook):
        watch.install(recorder)
    if hasattr(module, "set_up"):
        module.set_up(recorder)
    if warm:
        if hasattr(module, "warm_up"):
            module.warm_up()
        gc.collect()
        gc.freeze()  # the child's collector does not touch, and so not copy, what is here
        gc.set_threshold(50_000, 20, 100)  # a task is short: it seldom needs its collector
    recorder.note_what_is_imported()
    recorder.depend_on(module)
    recorder.depend_on(sys.modules[__name__])  # known as __main__
    return recorder


def _installed() -> list[int]:
    """Return what tells whether something was installed since this process imported it."""
    folders = (Path(folder) for folder in INSTALLED)
    return [folder.stat().st_mtime_ns for folder in folders if folder.is_dir()]


def _import_ahead(order: dict[str, Any], recorder: Recorder, follows: bool) -> bool:
    """Import what the orders of this worker ask for; tell whether that makes no difference."""
    if not order["preload"] or recorder.preloaded:
        return True
    recorder.follows = follows
    recorder.blame.begin()
    _enter(order, recorder)
    try:
        recorder.preloaded = Preloaded(order["preload"], recorder, _drawn)
    except ColdError:
        return False
    del sys.path[: len(order["import_from"])]
    gc.collect()
    gc.freeze()
    return True


def _drawn() -> object:
    return random.getstate(), repr(np.random.get_state(legacy=False))


def _enter(order: dict[str, Any], recorder: Recorder) -> None:
    """Make Python what it is when a task begins."""
    os.chdir(order["root"])
    sys.path[:0] = order["import_from"]
    sys.argv = [order["script"]]
    sys.orig_argv = [sys.executable, order["script"]]
    random.seed(SEED)
    np.random.seed(SEED)
    recorder.start(Path(order["root"]), Path(order["cache"]), order["name"], Path(order["folder"]))


def _in_child(
    module: ModuleType,
    order: dict[str, Any],
    recorder: Recorder,
    tell: Callable[[object], None],
    orders: TextIO,
    *,
    follows: bool,
) -> dict[str, Any]:
    """Fork a child that does a task.

    Parameters
    ----------
    tell, orders
        What a question of the child's goes to, and where its answer comes from.
    follows
        Let the kernel tell what it opens, where that is offered (`truepage.tracing.kernel`).

    Returns
    -------
    dict
        How it `ended`: `ended`, `timeout` or what killed it; and what the kernel has `seen`.
    """
    builder, started, limit = os.getppid(), _clock(), order["timeout"]

    def look(number: int, frame: FrameType | None) -> None:
        # Who was killed could not say that nobody wants the task any more.
        if os.getppid() != builder:
            give_up("")
        waited = _clock() - started - questions.waited()
        used, runs = _processor_time(child, waited)
        if used >= limit:
            give_up("timeout")
        if waited >= limit and used < IDLE * waited and not runs:
            give_up("idle")

    def give_up(why: str) -> NoReturn:
        signal.setitimer(signal.ITIMER_REAL, 0)  # or it comes again amid the clearing up
        raise TimeoutError(why)

    # Who is told to end before it knows its child would leave it running.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    ours, theirs = socket.socketpair()
    asked, asks = socket.socketpair()
    questions = Questions(asked, tell, orders)
    recorder.blame.reset()
    child = os.fork()
    if child == 0:
        kernel.die_with_parent()
        recorder.blame.begin()
        os.setpgid(0, 0)
        for number in (signal.SIGALRM, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        _limit(order)
        ours.close()
        asked.close()
        recorder.follows = follows and kernel.install(theirs)
        ask = partial(asking.by_socket, asks)
        theirs.send(do(module, order, recorder, ask).encode())
        os._exit(0)
    theirs.close()
    asks.close()
    supervisor: Supervisor | None = None
    try:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.setpgid(child, child)  # both set it: whoever is first, it can be killed from now on
        signal.signal(signal.SIGTERM, lambda *_: _terminate(child))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        signal.signal(signal.SIGALRM, look)
        signal.setitimer(signal.ITIMER_REAL, min(limit, LOOK), LOOK)
        listener = kernel.receive(ours) if follows else None
        if listener is not None:
            supervisor = Supervisor(listener, child, order["name"], recorder.blame)
        ended = os.waitstatus_to_exitcode(_attend(child, supervisor, questions))
        ours.setblocking(False)
        said = "ended"  # by the author's code, perhaps, which says nothing
        with contextlib.suppress(BlockingIOError):
            said = ours.recv(1 << 16).decode() or said
    except TimeoutError as error:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return {"ended": str(error)}
    finally:
        ours.close()
        signal.setitimer(signal.ITIMER_REAL, 0)
        questions.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)  # whatever the author's code itself started
        kernel.end_all()
        if supervisor:
            os.close(supervisor.listener)
        signal.signal(signal.SIGTERM, lambda *_: _terminate())
    if ended < 0:
        return {"ended": f"was killed by {signal.Signals(-ended).name}"}
    if ended > 0:
        return {"ended": f"ended the process with code {ended}"}
    seen = supervisor.told(order["root"], ignored(order["cache"])) if supervisor else None
    return {"ended": said, "seen": seen}


def _attend(child: int, supervisor: Supervisor | None, questions: Questions) -> int:
    """Answer what a child asks for, of the kernel and of the builder; return how it ended."""
    ended = os.pidfd_open(child) if hasattr(os, "pidfd_open") else None
    channel, orders = questions.channel.fileno(), questions.orders.fileno()
    poll = select.poll()
    listener = supervisor.listener if supervisor else None
    for descriptor in (ended, listener, channel, orders):
        if descriptor is not None:
            poll.register(descriptor, select.POLLIN)
    try:
        while True:
            for descriptor, event in poll.poll(None if ended is not None else PULSE):
                if supervisor and descriptor == listener:
                    if event & select.POLLIN:
                        supervisor.answer()
                elif descriptor == channel and not questions.receive():
                    poll.unregister(channel)
                elif descriptor == orders and not questions.answer():
                    poll.unregister(orders)
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                return status
    finally:
        if ended is not None:
            os.close(ended)


def _processor_time(group: int, waited: float) -> tuple[float, bool]:
    """Return the seconds that a group of processes has computed, and whether one would go on.

    Where nobody tells, the time that it has taken counts.
    """
    try:
        processes = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    except OSError:
        return waited, True
    ticks, runs = 0, False
    for process in processes:
        with contextlib.suppress(OSError, IndexError):
            stat = (process / "stat").read_bytes().rpartition(b")")[2].split()
            if int(stat[2]) == group:
                ticks += sum(map(int, stat[11:15]))  # its own, and that of children that ended
                runs = runs or stat[0] in {b"R", b"D"}
    return ticks / os.sysconf("SC_CLK_TCK"), runs


def _limit(order: dict[str, Any]) -> None:
    """Bound the memory and the files of this process: a task must not take the machine."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (order["memory"],) * 2)
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["files"], most))  # lifted to keep arrays


def _terminate(child: int | None = None) -> None:
    """End at once, with the child that runs and all that it started; an exception may get lost."""
    if child:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        kernel.end_all()
    os._exit(128 + signal.SIGTERM)


def do(module: ModuleType, order: dict[str, Any], recorder: Recorder, ask: asking.Send) -> str:
    """Do one task in this process, leave what came of it in a folder, and say how it ended."""
    try:
        _do(module, order, recorder, ask)
    except OSError as error:  # which need not say where the disk is full
        return f"could not write {error.filename or order['folder']} ({error.strerror})"
    return COLD if recorder.preloaded and recorder.preloaded.awaited else "ended"


def _do(module: ModuleType, order: dict[str, Any], recorder: Recorder, ask: asking.Send) -> None:
    folder, name, root = Path(order["folder"]), order["name"], Path(order["root"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # input() ends at once, and takes no order
    log = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    started = _clock()
    result: dict[str, Any]
    files: dict[str, bytes] = {}
    try:
        _enter(order, recorder)
        asker = asking.install(recorder, ask)
        files, facts = module.run(order["request"], recorder)
        seconds = _clock() - started - asker.waited
        recorder.stop()
        result = {
            "sizes": {suffix: len(content) for suffix, content in files.items()},
            "facts": facts,
            "seconds": seconds,
            "parts": recorder.parts,
            "installed": recorder.installed,
            "ours": recorder.ours,
            "untracked": recorder.untracked,
            "wrote": recorder.wrote,
        }
    except RefusedError as error:
        result = {"refused": str(error)}
    except RaisedError as error:
        result = {"raised": error.args[0]}
    except MemoryError:
        result = {"refused": f"needs more than {order['memory'] >> 20} MiB of memory"}
    except BaseException as error:  # SystemExit too: the author's code must not end ours
        if isinstance(error, OSError) and error.errno == errno.EFBIG:
            result = {"refused": f"prints or writes more than {order['files'] >> 20} MiB"}
        else:
            result = {"raised": author_traceback(error, root)}
    if "sizes" not in result:
        files = {}
    flush()
    temporary = folder / f"{name}.part"
    temporary.write_bytes(b"".join([json.dumps(result).encode(), b"\n", *files.values()]))
    temporary.rename(folder / f"{name}.result")


if __name__ == "__main__":
    main()
