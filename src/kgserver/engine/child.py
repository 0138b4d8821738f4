"""A worker process seen from its parent: start it, ask it, end it.

Only one thread may use a child at a time. Every step has a deadline, kept from this side: what a
worker does or fails to do cannot hold up the parent.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from io import FileIO
from pathlib import Path
from typing import cast

from kgserver.engine import worker
from kgserver.engine.worker import HEAD, TAKEN, Request

__all__ = ["Child", "Died", "Gone", "Late"]


class Died(Exception):
    """The process ended, or broke the rules of the exchange."""


class Gone(Died):
    """The process had ended before it took the question, so the question may be asked again."""


class Late(Exception):
    """The deadline passed."""


class Child:
    """One worker process, started at once; `wait_ready` tells when it can be asked."""

    def __init__(self, store_dir: Path, limit_mib: int, max_bytes: int) -> None:
        # By its path and not as a module: the child needs nothing of this package, and must not
        # depend on how the parent came to find it.
        self.process = subprocess.Popen(
            [sys.executable, "-P", worker.__file__, store_dir, str(limit_mib), str(max_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self.network = "open"
        self._in_use = threading.Lock()
        self._input = cast(FileIO, self.process.stdin)
        self._output = cast(FileIO, self.process.stdout)
        os.set_blocking(self._input.fileno(), False)
        os.set_blocking(self._output.fileno(), False)

    def wait_ready(self, seconds: float) -> None:
        """Wait for the store to be open.

        Raises:
            Died: the store cannot be opened, or the process ended; the message says why.
            Late: not within so many seconds.
        """
        header, _ = self._receive(time.monotonic() + seconds)
        if "error" in header:
            raise Died(str(header["error"]))
        self.network = str(header["network"])

    def ask(
        self, request: Request, text: str, seconds: float
    ) -> tuple[dict[str, object], bytearray]:
        """Return header and body of the worker's reply.

        Raises:
            Gone: the process had ended before.
            Died: the process ended before it had replied.
            Late: the reply was not complete within so many seconds; the process must be ended.
        """
        deadline = time.monotonic() + seconds
        header, body = json.dumps(request).encode(), text.encode()
        with self._in_use:
            try:
                self._send(HEAD.pack(len(header), len(body)) + header + body, deadline)
                self._read(len(TAKEN), deadline)
            except Died as error:
                raise Gone(str(error)) from error
            return self._receive(deadline)

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def end(self) -> None:
        """End the process; it may be ended already."""
        self.process.kill()

    def bury(self) -> None:
        """Wait for the end of the process and let go of its pipes."""
        self.process.wait()
        # Not while `ask` looks at them: a closed number may at once be another child's pipe.
        with self._in_use:
            self._input.close()
            self._output.close()

    def _send(self, data: bytes, deadline: float) -> None:
        rest = memoryview(data)
        while rest:
            self._wait(self._input, select.POLLOUT, deadline)
            try:
                rest = rest[self._input.write(rest) or 0 :]
            except BrokenPipeError as error:
                raise Died("The process no longer listens") from error

    def _receive(self, deadline: float) -> tuple[dict[str, object], bytearray]:
        header_size, body_size = HEAD.unpack(self._read(HEAD.size, deadline))
        header = self._read(header_size, deadline)
        return json.loads(header), self._read(body_size, deadline)

    def _read(self, size: int, deadline: float) -> bytearray:
        data = bytearray(size)
        rest = memoryview(data)
        while rest:
            self._wait(self._output, select.POLLIN, deadline)
            count = self._output.readinto(rest)
            if count == 0:
                raise Died("The process ended")
            rest = rest[count or 0 :]
        return data

    @staticmethod
    def _wait(pipe: FileIO, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise Late
