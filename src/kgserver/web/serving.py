"""Listen on an address and serve a graph there."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable

from waitress.server import create_server

from kgserver.config import Settings
from kgserver.errors import PortInUse
from kgserver.graph import Graph
from kgserver.web.app import create_app

THREADS = 16
"""They wait on workers; each costs little."""


def serve_graph(graph: Graph, settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Raises:
        PortInUse: another program listens there, or the address is not ours to take.
    """
    try:
        server = create_server(
            create_app(graph),
            host=settings.host,
            port=settings.port,
            threads=THREADS,
            channel_request_lookahead=0,
            ident=None,
        )
    except OSError as error:
        raise _refused(error, settings) from None
    say(f"Serving at http://{settings.host}:{_port(server, settings)}/ (end with Ctrl-C)")
    try:
        server.run()
    finally:
        server.close()


def _refused(error: OSError, settings: Settings) -> PortInUse:
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return PortInUse(
            "Another program listens here", where=where, hint="Choose another with --port"
        )
    if isinstance(error, socket.gaierror):
        return PortInUse("There is no such address", where=where, hint="Choose another with --host")
    return PortInUse(f"Cannot listen: {error.strerror}", where=where, hint="Choose another --port")


def _port(server: object, settings: Settings) -> int:
    """Return the port listened on, which the system chose where 0 was asked."""
    return int(getattr(server, "effective_port", settings.port))
