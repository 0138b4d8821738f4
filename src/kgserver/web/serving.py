"""Listen on an address and serve a graph there."""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Callable
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, create_server

from kgserver.answers.graph import Graph
from kgserver.errors import PortInUse
from kgserver.files.config import Settings
from kgserver.web.app import create_app
from kgserver.web.sparql import body_limit

THREADS = 16
"""They wait on workers; each costs little."""

_SLACK = 4
"""How many times the largest request is still read: a client that sends too much reads from us
why it is refused; of more than that, the listener says a bare 413 or 431."""


_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


class _Parser(HTTPRequestParser):
    """Escapes what an address line has beyond ASCII, as the client ought to have done.

    `curl` sends the letters of an IRI as they are typed; without this, "Bad URI" is the answer.
    """

    def parse_header(self, header_plus: bytes) -> None:
        line, end, rest = header_plus.partition(b"\r\n")
        line = _BEYOND_ASCII.sub(lambda byte: b"%%%02X" % byte[0][0], line)
        super().parse_header(line + end + rest)


class _Channel(HTTPChannel):
    parser_class = _Parser


def serve_graph(graph: Graph, settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Raises:
        PortInUse: another program listens there, or the address is not ours to take.
    """
    readable = _SLACK * body_limit(graph)
    listeners: dict[int, Any] = {}  # each puts itself in, by the number of its socket
    try:
        server = create_server(
            create_app(graph),
            listeners,
            host=settings.host,
            port=settings.port,
            threads=THREADS,
            channel_request_lookahead=0,
            max_request_header_size=readable,
            max_request_body_size=readable,
            ident=None,
        )
    except OSError as error:
        raise _refused(error, settings) from None
    except ValueError:  # what the listener says of a host that no name service knows
        raise _no_address(settings) from None
    for listener in listeners.values():
        if isinstance(listener, BaseWSGIServer):
            listener.channel_class = _Channel
    say(
        f"Serving at http://{settings.host}:{_port(server, settings)}/ (end with Ctrl-C). "
        "Edits are served after a restart."
    )
    try:
        server.run()
    finally:
        server.close()


def _refused(error: OSError, settings: Settings) -> PortInUse:
    where = _where(settings)
    if error.errno == errno.EADDRINUSE:
        return PortInUse(
            "Another program listens here", where=where, hint="Choose another with --port"
        )
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return _no_address(settings)
    return PortInUse(f"Cannot listen: {error.strerror}", where=where, hint="Choose another --port")


def _no_address(settings: Settings) -> PortInUse:
    return PortInUse(
        "This machine has no such address",
        where=_where(settings),
        hint="Choose another with --host",
    )


def _where(settings: Settings) -> str:
    return f"{settings.host}:{settings.port}"


def _port(server: object, settings: Settings) -> int:
    """Return the port listened on, which the system chose where 0 was asked."""
    return int(getattr(server, "effective_port", settings.port))
