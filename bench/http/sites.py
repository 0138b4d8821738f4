"""Server processes on this machine: start one, wait until it answers, end it."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final, Self

from bench.http.client import Client
from bench.http.tree import Spent

HOST: Final = "127.0.0.1"
_START_S: Final = 60.0
_END_S: Final = 30.0


class NotServed(Exception):
    """A server did not start, or gave another answer than 200."""


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with closing(socket.create_server((HOST, 0))) as listener:
        port: int = listener.getsockname()[1]
        return port


class Site:
    """One server process that listens on a port of its own; what it says goes to a file.

    Args:
        command: What starts it.
        port: Where it will listen.
        log: The file for what it says.
        probe: An address that answers 200 once it serves.
    """

    def __init__(
        self,
        command: Sequence[str],
        port: int,
        log: Path,
        probe: str,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.port = port
        self.log = log
        with log.open("wb") as said:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd=cwd,
                env={**os.environ, **(environ or {})},
            )
        with ExitStack() as undo:
            undo.callback(self.close)
            self._wait(probe)
            undo.pop_all()

    @property
    def pid(self) -> int:
        """The process at the top of the server's tree."""
        return self.process.pid

    def spent(self) -> Spent:
        """Return the CPU seconds of its tree."""
        return Spent.of(self.pid)

    def client(self, timeout_s: float = 120.0) -> Client:
        """Return a client with a connection of its own."""
        return Client(HOST, self.port, timeout_s)

    def close(self) -> None:
        """End the process; it may be ended already."""
        self.process.terminate()
        try:
            self.process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _wait(self, probe: str) -> None:
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with self.client(5.0) as client:
                    if client.get(probe).status == http.client.OK:
                        return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.1)
        last = self.log.read_text("utf-8", "replace")[-2000:]
        raise NotServed(f"{self.process.args!r} does not serve:\n{last}")
