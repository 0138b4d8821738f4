"""Where a worker writes an answer to: bytes within a limit, or just the first rows."""

from __future__ import annotations

import io
import tempfile
from typing import TYPE_CHECKING, BinaryIO, Final, cast

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["INLINE", "Enough", "RowSink", "Sink", "TooLarge"]

INLINE: Final = 4 << 20
"""Bytes of an answer that are kept in memory; a longer one stands in a file."""
_BUFFER: Final = 256 << 10


class TooLarge(Exception):
    """The answer is larger than the limit."""


class Enough(Exception):
    """As many rows have been written as are wanted."""


class Sink(io.BytesIO):
    """Takes bytes up to a limit: a few in memory, many in a file without a name."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._room = limit
        self._size = 0
        self._file: BinaryIO | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """Take `data`, or raise `TooLarge` if it does not fit."""
        size = memoryview(data).nbytes
        self._size += size
        if self._size > self._room:
            if self._file is not None:
                self._file.close()
            raise TooLarge
        if self._file is None and self._size > INLINE:
            # Open until it has been sent.
            self._file = cast(BinaryIO, tempfile.TemporaryFile(buffering=_BUFFER))  # noqa: SIM115
            self._file.write(self.getbuffer())
        return super().write(data) if self._file is None else self._file.write(data)

    def take(self) -> bytes | BinaryIO:
        """Return what was written: its bytes, or the file that holds them."""
        if self._file is None:
            return self.getvalue()
        self._file.flush()
        return self._file


class RowSink(io.BytesIO):
    """Takes lines until there are enough of them."""

    def __init__(self, lines: int, limit: int) -> None:
        super().__init__()
        self._left = lines
        self._room = limit

    def write(self, data: ReadableBuffer, /) -> int:
        """Take `data`, or raise `Enough` if there is a line more than wanted in it."""
        if self._left < 0:  # a writer that is stopped tries once more to write what it has
            raise Enough
        chunk = bytes(data)
        lines = chunk.count(b"\n")
        begins_one_more = lines == self._left and chunk[-1:] not in (b"", b"\n")
        if lines > self._left or begins_one_more:
            kept = chunk.split(b"\n", self._left)[: self._left]
            super().write(b"".join(line + b"\n" for line in kept))
            self._left = -1
            raise Enough
        self._left -= lines
        if self.tell() + len(chunk) > self._room:
            raise TooLarge
        return super().write(chunk)
