"""One request and its whole answer, over a connection that is kept; and what may go wrong."""

from __future__ import annotations

import gzip
import http.client
import importlib
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

__all__ = ["CODINGS", "Broken", "Call", "Hung", "Line", "Reply", "ask_slowly", "connect"]

_MODULES: Final = (
    ("br", "brotli"),
    ("br", "brotlicffi"),
    ("zstd", "compression.zstd"),
    ("zstd", "backports.zstd"),
)


def _decoders() -> dict[str, Callable[[bytes], bytes]]:
    """Return how a body is read in each coding that this Python can read."""
    found: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress}
    for coding, name in _MODULES:
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        found.setdefault(coding, module.decompress)
    return found


CODINGS: Final = _decoders()
IDLE_S: Final = 20.0
"""After so long a connection is not used again: the server may be about to close it."""


class Broken(Exception):
    """The connection ended before the answer did, or what came is no HTTP."""


class Hung(Exception):
    """No answer came in time."""


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def key(self) -> str:
        """What makes two answers to be the same representation, if the data are the same."""
        chosen = ("Accept", "Accept-Language", "Accept-Encoding")
        return "\n".join([self.target, *(self.headers.get(name, "") for name in chosen)])

    def wire(self, host: str) -> bytes:
        """Return the request as it goes over the wire."""
        body = self.body or b""
        headers = {"Host": host, **self.headers}
        if self.body is not None:
            headers["Content-Length"] = str(len(body))
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Reply:
    """One whole answer.

    Args:
        headers: By name in lower case.
        raw: The body as it was sent.
        seconds: From the first byte of the request to the last one of the answer.
    """

    status: int
    headers: Mapping[str, str]
    raw: bytes
    seconds: float

    @property
    def body(self) -> bytes:
        """The body without its coding.

        Raises:
            Broken: it cannot be decoded.
        """
        coding = self.headers.get("content-encoding", "identity")
        if coding == "identity":
            return self.raw
        try:
            return CODINGS[coding](self.raw)
        except Exception as error:  # each library has its own
            raise Broken(f"a body in {coding} that cannot be decoded: {error!r}") from None

    @property
    def media_type(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Line:
    """A connection to a server, opened anew when the server said that it would close it.

    Args:
        seconds: How long an answer may take, the reading of it included.
    """

    def __init__(self, address: str, seconds: float) -> None:
        self.host: Final = str(urlsplit(address).netloc)
        self._seconds = seconds
        self._connection = http.client.HTTPConnection(self.host, timeout=seconds)
        self._used = 0.0

    def ask(self, call: Call) -> Reply:
        """Send a request and read the whole answer.

        Raises:
            Hung: no whole answer in time.
            Broken: the answer is not whole.
        """
        begun = time.monotonic()
        if begun - self._used > IDLE_S:
            self.close()
        self._used = begun
        try:
            self._connection.request(call.method, call.target, call.body, dict(call.headers))
            response = self._connection.getresponse()
            raw = response.read()
        except TimeoutError:
            self.close()
            raise Hung(f"nothing within {self._seconds:g} s") from None
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise Broken(f"{type(error).__name__}: {error}") from None
        return _reply(response, raw, time.monotonic() - begun, self._seconds)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()


def ask_slowly(host: str, call: Call, seconds: float, *, piece: int, pause: float) -> Reply:
    """Read an answer in small pieces with pauses, over a connection with a small window.

    Raises:
        Hung: no whole answer in time.
        Broken: the answer is not whole.
    """
    begun = time.monotonic()
    pieces = []
    try:
        with connect(host, seconds, receive=4 * piece) as bare:
            bare.sendall(call.wire(host))
            response = http.client.HTTPResponse(bare, method=call.method)
            response.begin()
            while part := response.read(piece):
                pieces.append(part)
                time.sleep(pause)
            if response.length:  # `read` finds it an error only where all is read at once
                raise http.client.IncompleteRead(b"".join(pieces), response.length)
    except TimeoutError:
        raise Hung(f"nothing more within {seconds:g} s") from None
    except (http.client.HTTPException, OSError) as error:
        raise Broken(f"{type(error).__name__}: {error}") from None
    return _reply(response, b"".join(pieces), time.monotonic() - begun, seconds)


def connect(host: str, seconds: float, *, receive: int = 0) -> socket.socket:
    """Return a bare connection, with a small window for what it receives if so wanted."""
    name, _, port = host.rpartition(":")
    bare = socket.socket()
    if receive:
        bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    bare.settimeout(seconds)
    bare.connect((name, int(port)))
    return bare


def _reply(response: http.client.HTTPResponse, raw: bytes, seconds: float, most: float) -> Reply:
    if seconds > most:
        raise Hung(f"the answer took {seconds:.1f} s")
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, headers, raw, seconds)
