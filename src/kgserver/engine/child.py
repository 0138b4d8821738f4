"""A worker process seen from its parent: start it, ask it, end it.

Only one thread may use a child at a time. Every step has a deadline, kept from this side: what a
worker does or fails to do cannot hold up the parent.
"""

from __future__ import annotations

import json
import mmap
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from kgserver.engine.frames import COUNT, HEAD, Header
from kgserver.engine.worker import Config, Request
from kgserver.spawn import command

__all__ = ["Child", "Died", "Gone", "Late", "Left"]

_PROGRAM: Final = (
    "import json; from kgserver.engine.worker import main; main(json.loads(sys.argv[1]))"
)
_LOOK_SECONDS: Final = 0.2
"""How often a parent that waits looks whether the asker is still there."""
_PIECE: Final = 1 << 16
_LAST_WORDS: Final = 2_000
"""Bytes of what a process said that are worth telling."""
T = TypeVar("T")


class Died(Exception):
    """The process ended, or broke the rules of the exchange."""


class Gone(Died):
    """The process had ended before it took the question, so the question may be asked again."""


class Late(Exception):
    """The deadline passed."""


class Left(Exception):
    """The asker has gone; the process is still at work and must be ended."""


class Child:
    """One worker process, started at once; `wait_ready` tells when it can be asked.

    Started and not forked: it has nothing of the parent's memory, threads and descriptors.
    """

    def __init__(
        self,
        store_dir: Path,
        *,
        memory_mib: int,
        max_bytes: int,
        max_rows: int,
        prefixes: dict[str, str],
    ) -> None:
        self._line, theirs = socket.socketpair()
        # What an engine says when it dies is many lines, and must not get among those of a log.
        self._talk = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `bury`
        with theirs, tempfile.TemporaryFile() as shared:
            shared.truncate(mmap.PAGESIZE)
            self._taken = mmap.mmap(shared.fileno(), mmap.PAGESIZE)
            config = Config(
                store=str(store_dir),
                shared=shared.fileno(),
                memory_mib=memory_mib,
                max_bytes=max_bytes,
                max_rows=max_rows,
                prefixes=prefixes,
            )
            self.process = subprocess.Popen(
                command(_PROGRAM, json.dumps(config)),
                stdin=theirs.fileno(),
                stdout=self._talk,
                stderr=self._talk,
                pass_fds=[shared.fileno()],
            )
        self.network = "open"
        self._asked = 0
        self._in_use = threading.Lock()

    def wait_ready(self, seconds: float) -> None:
        """Wait for the store to be open.

        Raises:
            Died: the store cannot be opened, or the process ended; the message says why.
            Late: not within so many seconds.
        """
        header, _ = self._receive(time.monotonic() + seconds, _stays)
        if "error" in header:
            raise Died(str(header["error"]))
        self.network = str(header["network"])

    def ask(
        self, request: Request, text: str, seconds: float, gone: Callable[[], bool]
    ) -> tuple[Header, bytes | BinaryIO]:
        """Return header and body of the worker's reply; a long body is a file to be closed.

        Args:
            gone: Tells whether the asker has left meanwhile.

        Raises:
            Gone: the process had ended before.
            Died: the process ended before it had replied.
            Late: the reply was not complete within so many seconds; the process must be ended.
            Left: the asker did not wait for it.
        """
        deadline = time.monotonic() + seconds
        header, body = json.dumps(request).encode(), text.encode()
        with self._in_use:
            self._asked += 1
            try:
                self._send(HEAD.pack(len(header), len(body)) + header + body, deadline)
                return self._receive(deadline, gone)
            except Died as error:
                taken = COUNT.unpack_from(self._taken)[0] == self._asked
                raise error if taken else Gone(str(error)) from error

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def end(self) -> None:
        """End the process; it may be ended already."""
        self.process.kill()

    def bury(self) -> str:
        """Wait for the end of the process, let go of what was shared, and return its last words."""
        self.process.wait()
        with self._talk as talk:
            talk.seek(max(0, talk.seek(0, os.SEEK_END) - _LAST_WORDS))
            words = talk.read().decode(errors="replace").strip()
        # Not while `ask` looks at them: a closed number may at once be another child's socket.
        with self._in_use:
            self._line.close()
            self._taken.close()
        return words

    def _send(self, data: bytes, deadline: float) -> None:
        self._line.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            self._line.sendall(data)
        except TimeoutError:
            raise Late from None
        except OSError as error:
            raise Died("The process no longer listens") from error

    def _receive(
        self, deadline: float, gone: Callable[[], bool]
    ) -> tuple[Header, bytes | BinaryIO]:
        """Take in one frame; all but long ones come whole with the first look."""
        data, descriptors = self._look(self._first, deadline, gone)
        file = os.fdopen(descriptors[0], "rb") if descriptors else None
        try:
            frame = bytearray(data)
            while len(frame) < HEAD.size or len(frame) < _size(frame):
                frame += self._look(self._more, deadline, gone)
            header_size, _ = HEAD.unpack_from(frame)
            start = HEAD.size + header_size
            return json.loads(frame[HEAD.size : start]), file or bytes(memoryview(frame)[start:])
        except BaseException:
            if file:
                file.close()
            raise

    def _first(self) -> tuple[bytes, list[int]]:
        data, descriptors, _, _ = socket.recv_fds(self._line, _PIECE, 1)
        if not data:
            raise Died("The process ended")
        return data, descriptors

    def _more(self) -> bytes:
        if not (data := self._line.recv(_PIECE)):
            raise Died("The process ended")
        return data

    def _look(self, read: Callable[[], T], deadline: float, gone: Callable[[], bool]) -> T:
        """Read when there is something; look now and then whether anybody still waits for it."""
        while (rest := deadline - time.monotonic()) > 0:
            self._line.settimeout(min(rest, _LOOK_SECONDS))
            try:
                return read()
            except TimeoutError:
                if gone():
                    raise Left from None
            except OSError as error:
                raise Died("The process ended") from error
        raise Late


def _size(frame: bytearray) -> int:
    """Return the size of the frame that begins so."""
    header_size, body_size = HEAD.unpack_from(frame)
    return HEAD.size + int(header_size) + int(body_size)


def _stays() -> bool:
    return False
