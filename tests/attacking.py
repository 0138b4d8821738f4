"""A server in a process of its own as an attacker meets it: raw requests, and a look from outside.

Requests are written by hand, so that no client library mends what is wrong with them.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

PAGE = {"Accept": "text/html"}
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
PATIENCE = 30.0
"""Seconds that a client waits; on a machine with nothing else to do nothing takes a third of it."""
_LINKS = ("action", "data", "formaction", "href", "poster", "src", "srcset", "xlink:href")


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def code(self) -> str | None:
        """The code of the problem that the body tells, if it is one."""
        if not (self.headers["Content-Type"] or "").startswith("application/problem+json"):
            return None
        return str(json.loads(self.body)["code"])

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of a SPARQL JSON answer."""
        assert self.status == 200, self.text
        found: list[dict[str, Any]] = json.loads(self.body)["results"]["bindings"]
        return found


class Attacked:
    """`kgserver serve` on a folder, in a process of its own."""

    def __init__(self, folder: Path, store: Path, *options: str) -> None:
        command = [sys.executable, "-c", "from kgserver.cli import main; main()", "serve"]
        self.process = subprocess.Popen(
            [*command, str(folder), "--port", "0", "--store", str(store), *options],
            stderr=subprocess.PIPE,
        )
        self.lines: list[bytes] = []
        """What it has said on its error stream since it serves."""
        self._address = ""
        self._serves = threading.Event()
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()
        assert self._serves.wait(PATIENCE) and self._address, b"".join(self.lines).decode()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if not self._address and (found := re.search(rb"Serving at (http://[^/]+)/", line)):
                self._address = found[1].decode()
                self.lines.clear()
                self._serves.set()
        self._serves.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self.process.stderr is not None
        self.process.stderr.close()

    @property
    def address(self) -> str:
        """Where it listens: `http://host:port`."""
        return self._address

    @property
    def host(self) -> str:
        """What an honest client writes into the Host header."""
        return self._address.removeprefix("http://")

    @property
    def alive(self) -> bool:
        """Whether the process that listens still runs."""
        return self.process.poll() is None

    def open(self, seconds: float = PATIENCE) -> socket.socket:
        """Return a connection to it."""
        parts = urlsplit(self._address)
        return socket.create_connection((parts.hostname or "", parts.port or 0), seconds)

    def raw(self, data: bytes) -> bytes:
        """Send bytes as they are, and return all bytes until the server closes."""
        with self.open() as connection:
            connection.sendall(data)
            received = b""
            while part := connection.recv(1 << 16):
                received += part
        return received

    def send(
        self,
        target: str | bytes,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        method: str = "GET",
        seconds: float = PATIENCE,
    ) -> Reply:
        """Send one request with the target as it is written, and read the whole answer."""
        with self.open(seconds) as connection:
            connection.sendall(self.request(target, headers, body, method))
            response = http.client.HTTPResponse(connection, method=method)
            response.begin()
            return Reply(response.status, response.headers, response.read())

    def request(
        self,
        target: str | bytes,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        method: str = "GET",
    ) -> bytes:
        """Return the bytes of a request; a header that is given takes the place of ours."""
        sent = {"Host": self.host, "Connection": "close"}
        if body is not None:
            sent["Content-Length"] = str(len(body))
        sent |= headers or {}
        target = target.encode() if isinstance(target, str) else target
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items()).encode("utf-8")
        return method.encode() + b" " + target + b" HTTP/1.1\r\n" + lines + b"\r\n" + (body or b"")

    def ask(self, query: str, headers: Mapping[str, str] | None = None, **values: str) -> Reply:
        """Send a query by GET."""
        return self.send("/sparql?" + urlencode({"query": query, **values}), headers)

    def post(self, query: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Send a query, of whatever size, as the body."""
        sent = {"Content-Type": DIRECT, **(headers or {})}
        return self.send("/sparql", sent, query.encode(), "POST")

    def workers(self) -> set[int]:
        """Return the process ids of its workers."""
        return {
            pid
            for pid in _children(self.process.pid)
            if re.search(rb"engine[./]worker", _command(pid))
        }

    def whole(self, count: int) -> set[int]:
        """Wait until there are so many workers that can answer, and return their process ids."""
        until(lambda: self.gauge('kgserver_workers{state="ready"}') == count)
        until(lambda: len(self.workers()) == count)
        return self.workers()

    def gauge(self, name: str) -> float:
        """Return a number that the server tells of itself."""
        text = self.send("/-/metrics").text
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        assert found, f"{name} is not in:\n{text}"
        return float(found[1])

    def memory_mib(self) -> float:
        """Return the memory that the process which listens has in use."""
        return resident_mib(self.process.pid)


@dataclass
class Markup(HTMLParser):
    """The tags of a page, and where it leads."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a page."""
        page = cls()
        page.feed(text)
        page.close()
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))

    @property
    def links(self) -> list[str]:
        """Every address that a reader or the browser could follow from here."""
        return [
            value
            for _, attributes in self.tags
            for name, value in attributes.items()
            if name in _LINKS and value is not None
        ]


def until(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until something holds; fail if it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.01)


def gone(pid: int) -> bool:
    """Whether a process has ended (or only waits for its parent to notice)."""
    return _state(pid) in (None, "Z")


def resident_mib(pid: int) -> float:
    """Return the memory that a process has in use."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _children(parent: int) -> Iterable[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _state(int(entry.name), parent) not in (None, "Z"):
            yield int(entry.name)


def _state(pid: int, parent: int | None = None) -> str | None:
    """Return the state of a process; None where it is gone, or not a child of `parent`."""
    try:
        state, its_parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return state if parent in (None, int(its_parent)) else None


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
