"""Frames between a pool and its workers: `HEAD`, a JSON header, a body.

A long body stands in a file that has no name; the frame then has an empty body and carries the
file's descriptor, so that nobody copies it.
"""

from __future__ import annotations

import json
import select
import socket
import struct
from collections.abc import Mapping
from typing import BinaryIO, Final

__all__ = ["COUNT", "HEAD", "Header", "Line"]

HEAD: Final = struct.Struct(">IQ")
"""The lengths of header and body."""
COUNT: Final = struct.Struct("=Q")
"""How many questions a worker has taken, as it stands at the start of the shared memory."""

Header = dict[str, object]


class Line:
    """The worker's end: a socket to the parent."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def receive(self) -> tuple[bytes, bytes] | None:
        """Return the header and the body of the next frame, or None at the end."""
        head = self._exactly(HEAD.size)
        if head is None:
            return None
        header_size, body_size = HEAD.unpack(head)
        rest = self._exactly(header_size + body_size)
        return None if rest is None else (rest[:header_size], rest[header_size:])

    def send(self, header: Mapping[str, object], body: bytes | BinaryIO = b"") -> None:
        """Send a frame; a file goes as its descriptor."""
        data = json.dumps(header).encode()
        if isinstance(body, bytes):
            self._connection.sendall(HEAD.pack(len(data), len(body)) + data + body)
            return
        frame = HEAD.pack(len(data), 0) + data
        sent = socket.send_fds(self._connection, [frame], [body.fileno()])
        self._connection.sendall(frame[sent:])
        body.close()

    def wait_for_end(self) -> None:
        """Wait until the parent has gone, without taking anything it sent."""
        poll = select.poll()
        poll.register(self._connection, 0)
        while not any(event & (select.POLLHUP | select.POLLERR) for _, event in poll.poll()):
            pass

    def _exactly(self, size: int) -> bytes | None:
        data = bytearray(size)
        rest = memoryview(data)
        while rest:
            count = self._connection.recv_into(rest)
            if not count:
                return None
            rest = rest[count:]
        return bytes(data)
