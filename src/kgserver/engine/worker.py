"""The process that holds a store and answers queries until its parent goes away.

    python -m kgserver.engine.worker STORE_DIR LIMIT_MIB MAX_RESULT_BYTES

It imports the standard library and pyoxigraph alone, so that it starts at once. It reads framed
questions from standard input and writes framed answers to standard output; a frame is `HEAD`
(length of header, length of body), a JSON header, and a body. The first frame says that the store
is open; before each answer comes the byte `TAKEN`, so that the asker knows a death before the
question from a death of it. At the end of input the process ends, in the middle of a query too.

What it cannot do is stop a query: that is done from outside, by ending the process.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import platform
import queue
import re
import resource
import signal
import struct
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO, Final, NoReturn, NotRequired, TypedDict

import pyoxigraph as ox

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

HEAD: Final = struct.Struct(">IQ")
TAKEN: Final = b"!"

SOLUTIONS: Final = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
GRAPHS: Final = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
}
_PREFIXED: Final = frozenset({"ttl", "rdf"})
_STACK_BYTES: Final = 64 << 20
"""The engine recurses over the query; what the guard lets through needs less than half of it."""
_ERROR: Final = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_PADDING: Final = "\n" + " " * 20
"""Longer than any keyword: near the end of a text the parser loses its place (see `_syntax`)."""


class Request(TypedDict):
    """The header of a question; its body is the query."""

    default: list[str]
    named: list[str]
    solutions: str | None
    graph: str | None
    base: str | None
    prefixes: NotRequired[dict[str, str]]


class TooLarge(Exception):
    """The answer is larger than the limit."""


class Sink(io.BytesIO):
    """Takes bytes up to a limit."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._room = limit

    def write(self, data: ReadableBuffer, /) -> int:
        """Take `data`, or raise `TooLarge` if it does not fit."""
        self._room -= memoryview(data).nbytes
        if self._room < 0:
            raise TooLarge
        return super().write(data)


def answer(
    store: ox.Store, request: Request, text: str, limit: int
) -> tuple[dict[str, object], bytes | memoryview]:
    """Evaluate one query, write its answer completely, and return header and body.

    A failure is a header with `error`: syntax, not-acceptable, evaluation, too-large or memory.
    """
    sink = Sink(limit)
    try:
        results = store.query(
            text + _PADDING,
            base_iri=request["base"],
            use_default_graph_as_union=False,
            default_graph=[ox.NamedNode(iri) for iri in request["default"]],
            named_graphs=[ox.NamedNode(iri) for iri in request["named"]],
        )
        header = _write(results, request, sink)
    except SyntaxError as error:
        return _syntax(str(error), text), b""
    except TooLarge:
        return {"error": "too-large"}, b""
    except MemoryError:
        return {"error": "memory"}, b""
    # A panic of the engine is none of these, and ends the process: its state is not to be trusted.
    except (OSError, RuntimeError, ValueError) as error:
        return {"error": "evaluation", "message": str(error)}, b""
    return header, sink.getbuffer()


def _write(
    results: ox.QueryBoolean | ox.QuerySolutions | ox.QueryTriples, request: Request, sink: Sink
) -> dict[str, object]:
    if isinstance(results, ox.QueryTriples):
        name = request["graph"] or ""
        if name not in GRAPHS:
            return {"error": "not-acceptable", "kind": "graph"}
        if name in _PREFIXED:  # the results themselves know no prefixes
            ox.serialize(results, sink, GRAPHS[name], prefixes=request.get("prefixes"))
        else:
            results.serialize(sink, GRAPHS[name])
        return {"kind": "graph", "format": name}
    kind = "ask" if isinstance(results, ox.QueryBoolean) else "select"
    name = request["solutions"] or ""
    if name not in SOLUTIONS:
        return {"error": "not-acceptable", "kind": kind}
    results.serialize(sink, SOLUTIONS[name])
    # TSV alone has a line end nowhere but behind the names and behind each row.
    counted = (kind, name) == ("select", "tsv")
    rows = sink.getvalue().count(b"\n") - 1 if counted else None
    return {"kind": kind, "format": name, "rows": rows}


def _syntax(message: str, text: str) -> dict[str, object]:
    """Take a message of the parser apart: where, and what it says in words, if anything.

    For a keyword that is not there the parser reports the place behind as many characters as the
    keyword has; the place meant is before them. What it "expected" is one thing out of many that
    would do, which misleads; a phrase ("Duplicated variable name in SELECT") is passed on.
    """
    found = _ERROR.fullmatch(message)
    if found is None:
        return {"error": "syntax", "message": message}
    expected = found[3].split(", ")
    behind = min(len(item) if item.isidentifier() else 0 for item in expected)
    lines = (text + _PADDING).split("\n")[: int(found[1]) - 1]
    offset = sum(len(line) + 1 for line in lines) + int(found[2]) - 1 - behind
    before = text[: max(0, offset)]
    return {
        "error": "syntax",
        "line": before.count("\n") + 1,
        "column": len(before) - before.rfind("\n"),
        "message": next((item for item in expected if item[0].isupper() and " " in item), ""),
    }


def read_frame(stream: BinaryIO) -> tuple[bytes, bytes] | None:
    """Return the header and the body of the next frame, or None at the end of input."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    header_size, body_size = HEAD.unpack(head)
    header, body = stream.read(header_size), stream.read(body_size)
    return (header, body) if len(body) == body_size else None


def write_frame(
    stream: BinaryIO, header: dict[str, object], body: bytes | memoryview = b""
) -> None:
    """Write a frame and flush it."""
    data = json.dumps(header).encode()
    stream.write(HEAD.pack(len(data), len(body)) + data)
    stream.write(body)
    stream.flush()


def own_network() -> bool:
    """Move this process to a network of its own with nothing in it; tell whether it worked.

    Needs Linux, and root or leave to make user namespaces.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None)
    new_network, new_user = 0x40000000, 0x10000000
    return any(libc.unshare(flags) == 0 for flags in (new_network, new_network | new_user))


def refuse_sockets() -> bool:
    """Make the system call `socket` fail in this process; tell whether it worked.

    Needs Linux on a processor named here, and no privilege: it holds in containers too.
    """
    calls = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
    if sys.platform != "linux" or platform.machine() not in calls:
        return False
    architecture, socket_call = calls[platform.machine()]
    load, jump_if, end = 0x20, 0x15, 0x06
    allow, permission_denied = 0x7FFF0000, 0x00050000 | 13
    steps = (
        (load, 0, 0, 4),  # the architecture; another than this one may do as it likes
        (jump_if, 0, 3, architecture),
        (load, 0, 0, 0),  # the number of the call
        (jump_if, 0, 1, socket_call),
        (end, 0, 0, permission_denied),
        (end, 0, 0, allow),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None)
    no_new_privileges, set_filter, by_program = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(set_filter, by_program, program, 0, 0) == 0)


def limit_memory(mebibytes: int) -> None:
    """Let this process grow by so much from now on.

    The limit is on address space, of which the store maps some 600 MiB that it hardly touches:
    counted from here, it means what queries may use.
    """
    mapped = 1 << 30
    with contextlib.suppress(OSError), open("/proc/self/statm", "rb") as statm:
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    size = mapped + (mebibytes << 20)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def main(directory: str, limit_mib: int, max_bytes: int) -> None:
    """Open the store and answer until the input ends."""
    # Ctrl-C reaches the whole group; when to end is the parent's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # stray prints go where they cannot break a frame
    network = "namespace" if own_network() else "filter" if refuse_sockets() else "open"
    try:
        store = ox.Store.read_only(directory)
    except OSError as error:
        write_frame(replies, {"error": str(error)})
        return
    work: queue.SimpleQueue[tuple[bytes, bytes]] = queue.SimpleQueue()

    def serve() -> NoReturn:
        try:
            while True:
                header, text = work.get()
                replies.write(TAKEN)
                replies.flush()
                reply = answer(store, json.loads(header), text.decode(), max_bytes)
                write_frame(replies, *reply)
        finally:
            os._exit(1)

    threading.stack_size(_STACK_BYTES)
    threading.Thread(target=serve, daemon=True).start()
    limit_memory(limit_mib)
    write_frame(replies, {"network": network})
    # This thread does nothing but read, so that it sees the parent go while a query runs.
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        work.put(frame)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
