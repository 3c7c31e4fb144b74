"""Pictures that follow the code on the pages of any server: `truepage serve`."""

import threading
from collections.abc import Callable

from truepage.engine.errors import TruepageError
from truepage.engine.project import Project
from truepage.engine.waiting import wait_for
from truepage.preview.board import Board
from truepage.preview.endpoint import Endpoint, loopback_names
from truepage.preview.proxy import Proxy
from truepage.preview.session import Session
from truepage.preview.show import shown


def serve(
    project: Project,
    address: str,
    port: int,
    say: Callable[[str], None],
    stop: threading.Event | None = None,
) -> None:
    """Serve another server's pages until Ctrl-C.

    Parameters
    ----------
    project
        The project whose figures are on those pages.
    address
        Where the pages are served, such as ``http://localhost:8000``.
    port
        Where to serve them with pictures that follow the code.
    say
        Where a line for each event goes.
    stop
        Ends it as well.

    Raises
    ------
    TruepageError
        Somebody else listens at the port, or the address is no server's.
    """
    if not address.startswith("http://"):
        raise TruepageError(
            f"{address!r} is no address of a server on this machine; "
            "expected one such as http://localhost:8000."
        )
    board = Board()
    # Every picture counts as news: nobody knows how old the host's pages are.
    try:
        proxy = Proxy(address.rstrip("/"), port, lambda: endpoint.tag(0))
    except OSError as error:
        raise TruepageError(
            f"port {port}: {error.strerror}; expected a free one: --port {port + 1}."
        ) from None
    session = Session(project, board, show=shown(project, lambda: endpoint.address), say=say)
    endpoint = Endpoint(board, session.file, loopback_names("127.0.0.1", proxy.port))
    try:
        session.start()
        endpoint.start()
        proxy.start()
        say(f"{address} with pictures that follow the code: http://localhost:{proxy.port}/")
        wait_for(stop or threading.Event())
    finally:
        session.close()
        endpoint.close()
        proxy.close()
