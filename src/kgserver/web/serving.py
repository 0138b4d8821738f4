"""Listen on an address and serve there, until told to end.

waitress was chosen by measurement (bench/README.md): it tells when a client has hung up, keeps
nobody waiting for slow readers, and costs little more than the fastest.
"""

from __future__ import annotations

import errno
import re
import select
import socket
import time
from typing import TYPE_CHECKING, Any, Final, cast

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ErrorTask, Task, ThreadedTaskDispatcher, WSGITask

from kgserver.answers.graph import Graph
from kgserver.errors import PortInUse
from kgserver.files.config import Settings
from kgserver.web.sparql import body_limit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = ["Listener"]

_BESIDE: Final = 8
"""Threads beside those that a full queue takes: they answer what needs no worker."""
_SLACK: Final = 4
"""How many times the largest request is still read: a client that sends too much reads from us
why it is refused; of more than that, the listener says a bare 413 or 431."""
_CONNECTIONS: Final = 1_000
_IDLE_SECONDS: Final = 60
"""How long a connection may stay without a byte in either direction."""
_LOOK_SECONDS: Final = 0.5

_CLOSED: Final = getattr(select, "POLLRDHUP", 0)
"""The event of a connection whose other end has closed, where the system has it."""
_ENDING: Final = "kgserver_ending"
"""Name of the mark on a listener whose connections end with the answer under way."""
_BEYOND_ASCII: Final = re.compile(rb"[\x80-\xff]")


class _Parser(HTTPRequestParser):
    """Escapes what an address line has beyond ASCII, as the client ought to have done.

    `curl` sends the letters of an IRI as they are typed; without this, "Bad URI" is the answer.
    """

    def parse_header(self, header_plus: bytes) -> None:
        line, end, rest = header_plus.partition(b"\r\n")
        line = _BEYOND_ASCII.sub(lambda byte: b"%%%02X" % byte[0][0], line)
        super().parse_header(line + end + rest)


class _Refusal(ErrorTask):
    """What the listener itself says to what is no request."""

    def execute(self) -> None:
        self.response_headers = [*self.response_headers, ("X-Content-Type-Options", "nosniff")]
        super().execute()


class _Request(WSGITask):
    """Tells an application that asks whether the client has hung up.

    waitress can tell so itself if it reads ahead, which has it wake for each answer in vain.
    """

    def get_environment(self) -> WSGIEnvironment:
        environ: WSGIEnvironment = super().get_environment()
        connection = self.channel.socket
        environ["waitress.client_disconnected"] = lambda: _has_hung_up(connection)
        return environ

    def build_response_header(self) -> bytes:
        if hasattr(self.channel.server, _ENDING):
            cast(Any, self.request).headers["CONNECTION"] = "close"
        header: bytes = super().build_response_header()
        return header


class _Channel(HTTPChannel):
    parser_class = _Parser
    task_class = _Request
    error_task_class = _Refusal


def _has_hung_up(connection: socket.socket | None) -> bool:
    """Tell whether the other end has closed; what it sent before that may still be unread."""
    if connection is None or connection.fileno() < 0:
        return True
    try:
        if _CLOSED:
            poll = select.poll()
            poll.register(connection, _CLOSED)
            return bool(poll.poll(0))
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except (OSError, ValueError):
        return True


class _Threads(ThreadedTaskDispatcher):
    """As many threads as are wanted at once, up to a number: each idle one makes the others slower.

    Args:
        most: Threads at the most.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def add_task(self, task: Task) -> None:
        """Have a thread serve the task, a new one if all others are busy."""
        with self.lock:
            idle = len(self.threads) - self.active_count
            running = len(self.threads)
        if idle <= len(self.queue) and running < self._most:
            self.set_thread_count(running + 1)
        super().add_task(task)


class Listener:
    """An address that is listened on from now on; `run` answers.

    Raises:
        PortInUse: another program listens there, or the address is not ours to take.
    """

    def __init__(self, app: Flask, graph: Graph, settings: Settings) -> None:
        limits = graph.settings.limits
        readable = _SLACK * body_limit(graph)
        self._map: dict[int, Any] = {}  # each listener and connection, by the number of its socket
        try:
            self._server = create_server(
                app,
                self._map,
                # The queue must fill before threads run out, or nobody would be told to wait.
                _dispatcher=_Threads(limits.workers + limits.queue + _BESIDE),
                host=settings.host,
                port=settings.port,
                connection_limit=_CONNECTIONS,
                backlog=_CONNECTIONS,
                channel_timeout=_IDLE_SECONDS,
                asyncore_use_poll=True,
                # A slow reader holds a buffer, never a thread.
                outbuf_high_watermark=2 * (limits.result_mib << 20),
                max_request_header_size=readable // 2,
                max_request_body_size=readable,
                ident=None,
                # Whom to believe is decided behind (`behind_proxies`).
                clear_untrusted_proxy_headers=False,
            )
        except OSError as error:
            raise _refused(error, settings) from None
        except ValueError:  # what the listener says of a host that no name service knows
            raise _no_address(settings) from None
        self._listeners = [s for s in self._map.values() if isinstance(s, BaseWSGIServer)]
        for listener in self._listeners:
            listener.channel_class = _Channel
        port = getattr(self._server, "effective_port", settings.port)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.address = f"http://{host}:{port}/"
        self._ending = False

    def end(self) -> None:
        """Have `run` return; safe in a signal handler."""
        self._ending = True

    def run(self, drain_s: float) -> None:
        """Answer until told to end, and then finish what is under way, for so many seconds."""
        while not self._ending:
            self._turn()
        for listener in self._listeners:
            listener.accepting = False
            setattr(listener, _ENDING, True)
            listener.del_channel(self._map)
            if listener.socket:
                listener.socket.close()
        deadline = time.monotonic() + drain_s
        while self._under_way() and time.monotonic() < deadline:
            self._turn()
        self._server.task_dispatcher.shutdown(timeout=1)
        for channel in self._channels():
            channel.handle_close()

    def close(self) -> None:
        """Let go of what is left."""
        wasyncore.close_all(self._map, ignore_all=True)

    def _turn(self) -> None:
        wasyncore.loop(timeout=_LOOK_SECONDS, use_poll=True, map=self._map, count=1)

    def _channels(self) -> list[HTTPChannel]:
        return [channel for channel in self._map.values() if isinstance(channel, HTTPChannel)]

    def _under_way(self) -> bool:
        return any(c.requests or c.request or c.total_outbufs_len for c in self._channels())


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
