"""MkDocs' preview: it outlives every mistake, and its open pages follow the code.

Of MkDocs 1.6, which has no hook for this, four inner parts are used, all of them here:

- `mkdocs.commands.serve.build`, the name by which its preview builds, is taken over: a first
  build that fails must not end the preview;
- a build goes into a folder of its own and takes the place of the last one when it is whole;
- the numbers by which requests wait for a build (`_wanted_epoch`): nobody waits, since what is
  served is whole;
- the script that reloads pages (`_inject_js_into_html`) is left out: ours brings them up to date.
"""

import html
import logging
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import mkdocs.commands.serve
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import get_plugin_logger

from truepage.engine.errors import TruepageError
from truepage.engine.project import Project
from truepage.engine.waiting import PULSE
from truepage.figures.manifest import Manifest
from truepage.preview.board import Board
from truepage.preview.endpoint import Endpoint, loopback_names
from truepage.preview.session import Session
from truepage.preview.show import shown

log = get_plugin_logger("truepage")

QUIET = 0.4
"""Seconds without a save after which the site is built again: pictures come first."""

INSIST = 2.0
"""Seconds after Ctrl-C after which the process ends without further ceremony."""

ENDS = tuple(
    number
    for name in ("SIGINT", "SIGTERM", "SIGHUP")  # the last is not known everywhere
    if (number := getattr(signal, name, None))
)
"""Signals that end the preview, with all that it started."""

NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="1"><title>Not built</title>
<body style="font: 1rem/1.5 system-ui; max-width: 60rem; margin: 2rem auto; padding: 0 1rem">
<h1>The site could not be built</h1>
<pre style="white-space: pre-wrap; border-left: 4px solid #b3261e; padding: 0 1em">{}</pre>
<p>It is built again when a file is saved, and this page shows it then.</p>
"""


class Serving:
    """What a plugin has while MkDocs serves: a session, an endpoint, and builds that may fail."""

    def __init__(self) -> None:
        self._board: Board | None = None
        self._session: Session | None = None
        self._endpoint: Endpoint | None = None
        self._project: Project | None = None
        self._server: LiveReloadServer | None = None
        self._since = 0
        self._build = 0
        self._built_once = False
        self._needs_code = True
        self._pages_with_problems: set[str] = set()
        self._timer: threading.Timer | None = None
        self._root = Path()
        self._interrupted: threading.Timer | None = None
        self._heard = {number: signal.signal(number, self._interrupt) for number in ENDS}
        self._original = vars(mkdocs.commands.serve)["build"]
        vars(mkdocs.commands.serve)["build"] = self._build_safely

    # What the plugin asks for.

    def manifest(self, config: MkDocsConfig, project: Project) -> Manifest:
        """Return the pictures as they are now. The first time, those that are stale are drawn."""
        self._root = project.root
        if self._session is None or project != self._project:
            self._begin(config, project)
        assert self._session and self._board  # noqa: S101 (just begun)
        while not self._built_once and not self._session.wait(PULSE):
            pass
        self._since = self._board.number
        return self._session.manifest()

    def problems(self, problems: Sequence[str]) -> None:
        """Show what is wrong with pages; a build would fail."""
        assert self._board  # noqa: S101 (the manifest was asked for first)
        found: dict[str, list[str]] = {}
        for problem in problems:
            log.error(problem)
            found.setdefault(problem.partition(":")[0], []).append(problem)
        for page in self._pages_with_problems - found.keys():
            self._board.post_problem(self._root, "page", "", page=page)
        for page, messages in found.items():
            self._board.post_problem(self._root, "page", "\n".join(messages), page=page)
        self._pages_with_problems = set(found)

    def depends_on_code(self, needed: bool) -> None:
        """Note whether pages show more of the code than its figures."""
        self._needs_code = needed

    def connected(self, page: str, source: str) -> str:
        """Return a page's HTML with the script that keeps it up to date."""
        if not self._endpoint:
            return page
        tag = self._endpoint.tag(self._since, build=self._build, page=source)
        head, body, tail = page.rpartition("</body>")
        return f"{head}{tag}{body}{tail}" if body else page + tag

    def on_serve(self, server: LiveReloadServer) -> None:
        """Take care of MkDocs' server."""
        self._server = server
        vars(server)["_inject_js_into_html"] = lambda content, epoch: content
        server.builder = self._rebuild_safely(server.builder)
        vars(server)["server_bind"] = partial(_bind, server)

    def close(self) -> None:
        """End everything that was started."""
        vars(mkdocs.commands.serve)["build"] = self._original
        for number, heard in self._heard.items():
            signal.signal(number, heard)
        for timer in (self._timer, self._interrupted):
            if timer:
                timer.cancel()
        if self._session:
            self._session.close()
        if self._endpoint:
            self._endpoint.close()

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        """End by Ctrl-C, by `kill`, or with the terminal."""
        # Python drops an exception that is raised while it tidies up, say: so insist.
        if self._interrupted is None:
            self._interrupted = threading.Timer(INSIST, self._insist)
            self._interrupted.daemon = True
            self._interrupted.start()
        raise KeyboardInterrupt

    def _insist(self) -> None:
        if self._session:
            self._session.close()
        os._exit(130)

    # Builds.

    def _begin(self, config: MkDocsConfig, project: Project) -> None:
        """Begin a session, or another one when the project has other folders now."""
        if self._session:
            self._session.close()
        self._project = project
        self._board = self._board or Board()
        self._session = Session(
            project,
            self._board,
            show=shown(project, lambda: self._endpoint.address if self._endpoint else ""),
            say=log.info,
            settled=self._settled,
        )
        if self._endpoint is None:
            host, port = config.dev_addr
            self._endpoint = Endpoint(self._board, self._file, loopback_names(host, port))
            self._endpoint.start()
        self._session.start()

    def _file(self, name: str, suffix: str) -> bytes | None:
        return self._session.file(name, suffix) if self._session else None

    def _build_safely(self, config: MkDocsConfig, **options: Any) -> None:
        """Build into a folder of its own; a mistake leaves the last site where it is."""
        config.strict = False  # what a build fails for is shown here
        served = Path(config.site_dir)
        folder = Path(tempfile.mkdtemp(prefix="truepage_", dir=served.parent))
        if options.get("dirty"):  # it builds on the last one
            shutil.copytree(served, folder, dirs_exist_ok=True)
        config.site_dir = str(folder)
        self._build += 1
        try:
            with _Errors() as errors:
                self._original(config, **options)
        except (Exception, SystemExit) as error:
            self._failed(served, errors.text() or _words(error))
            if not errors.lines:
                log.error(_words(error), exc_info=log.isEnabledFor(logging.DEBUG))
            shutil.rmtree(folder, ignore_errors=True)
            return
        except BaseException:  # Ctrl-C
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            config.site_dir = str(served)
        _replace(served, folder)
        self._built_once = True
        if self._board:
            self._board.post_problem(self._root, "build", "")
            self._board.post("built", "", {"built": self._build})

    def _failed(self, served: Path, message: str) -> None:
        """Show why a build failed, on all pages, or on the only one if none was ever built."""
        if self._board:
            self._board.post_problem(self._root, "build", message)
        if not self._built_once:
            served.mkdir(exist_ok=True)
            for name in ("index.html", "404.html"):
                (served / name).write_text(NOT_BUILT.format(html.escape(message)), "utf-8")

    def _rebuild_safely(self, builder: Callable[[], None]) -> Callable[[], None]:
        """Return what MkDocs' server calls to build again: it never raises, and nobody waits."""

        def build() -> None:
            assert self._server  # noqa: S101 (it is the one that calls)
            with self._server._epoch_cond:
                self._server._wanted_epoch = self._server._visible_epoch
                self._server._epoch_cond.notify_all()
            try:
                with _Errors() as errors:
                    builder()
            except (Exception, SystemExit) as error:  # the configuration cannot be read
                message = errors.text() or _words(error)
                log.error(f"{message}\nThe site stays as it was.")
                if self._board:
                    self._board.post_problem(self._root, "build", message)

        return build

    def _settled(self, paths: frozenset[str]) -> None:
        """Build again when no more is saved for a moment, if pages show what was changed."""
        project = self._project
        if not project or not self._needs(paths, project):
            return
        if self._timer:
            self._timer.cancel()
        self._timer = threading.Timer(QUIET, self._want_build)
        self._timer.daemon = True
        self._timer.start()

    def _needs(self, paths: Iterable[str], project: Project) -> bool:
        folders = (project.figures_dir, *project.source_dirs, *project.galleries)
        return any(
            path == str(project.root / "pyproject.toml")
            or not self._built_once
            or (
                self._needs_code
                and any(Path(path).is_relative_to(folder) for folder in folders)
                and not path.endswith(("~", ".swp", ".swx", ".tmp"))
                and not Path(path).is_dir()
            )
            for path in paths
        )

    def _want_build(self) -> None:
        if server := self._server:
            with server._rebuild_cond:
                server._want_rebuild = True
                server._rebuild_cond.notify_all()


class _Errors(logging.Handler):
    """What MkDocs says is wrong, while a build goes on."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self.lines.append(record.getMessage())

    def text(self) -> str:
        """Return all messages."""
        return "\n".join(self.lines)

    def __enter__(self) -> "_Errors":
        logging.getLogger("mkdocs").addHandler(self)
        return self

    def __exit__(self, *error: object) -> None:
        logging.getLogger("mkdocs").removeHandler(self)


def _bind(server: LiveReloadServer) -> None:
    """Listen where the author says, or say in one line why not."""
    try:
        type(server).server_bind(server)
    except OSError as error:
        host, port = str(server.server_address[0]), server.server_address[1]
        raise Abort(
            f"{host}:{port}: {error.strerror}; expected a free port: --dev-addr {host}:{port + 1}"
        ) from None


def _words(error: BaseException) -> str:
    if isinstance(error, TruepageError) or not str(error):
        return str(error) or type(error).__name__
    return f"{type(error).__name__}: {error}"


def _replace(served: Path, folder: Path) -> None:
    """Put a finished folder in the place of the one that is served."""
    old = folder.with_name(f"{folder.name}_old")
    if served.exists():
        served.rename(old)
    folder.rename(served)
    shutil.rmtree(old, ignore_errors=True)
