"""Answers compressed as the client likes it best: zstd, br or gzip.

Flask-Compress would do, but it sends gzip to who says `gzip;q=0`.

Source: RFC 9110, sections 8.4 and 12.5.3.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import BinaryIO, Final, Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from werkzeug.datastructures import Accept

__all__ = ["LEAST", "chosen", "compress", "compress_file"]

LEAST: Final = 1_000
"""Bytes; less is sent as it is."""
_TYPES: Final = ("text/", "application/sparql-results+", "application/json", "application/problem+")
_GRAPHS: Final = ("application/n-triples", "application/ld+json", "application/rdf+xml")
_PIECE: Final = 1 << 20

# At levels that take less time than to write the answer did.
_WHOLE: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "zstd": partial(zstd.compress, level=3),
    "br": partial(brotli.compress, quality=4),
    "gzip": partial(gzip.compress, compresslevel=5, mtime=0),
}


class _Stream(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class _Brotli:
    """The library's own, whose method has another name."""

    def __init__(self) -> None:
        self._inner = brotli.Compressor(quality=2)
        self.flush = self._inner.finish

    def compress(self, data: bytes, /) -> bytes:
        compressed: bytes = self._inner.process(data)
        return compressed


_STREAMS: Final[Mapping[str, Callable[[], _Stream]]] = {
    "zstd": partial(zstd.ZstdCompressor, level=1),
    "br": _Brotli,
    "gzip": partial(zlib.compressobj, 1, zlib.DEFLATED, 16 + zlib.MAX_WBITS),
}


def chosen(accepted: Accept, media_type: str) -> str | None:
    """Return how an answer of that type is best compressed for a client; None: not at all."""
    if not media_type.startswith(_TYPES) and media_type not in _GRAPHS:
        return None
    qualities = {name: accepted.quality(name) for name in _WHOLE}
    plain = accepted.quality("identity") if "identity" in accepted.values() else 0.0
    best = max(qualities, key=lambda name: qualities[name])  # the first of equals
    return best if qualities[best] > 0 and qualities[best] >= plain else None


def compress(body: bytes, encoding: str) -> bytes:
    """Return the body compressed."""
    return _WHOLE[encoding](body)


def compress_file(file: BinaryIO, encoding: str) -> tuple[BinaryIO, int]:
    """Return a file with the compressed content of another, which is closed; and its size."""
    stream = _STREAMS[encoding]()
    out = tempfile.TemporaryFile()  # noqa: SIM115 - open until sent
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            out.write(stream.compress(piece))
    out.write(stream.flush())
    size = out.tell()
    out.seek(0)
    return out, size
