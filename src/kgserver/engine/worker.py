"""The process that holds a store and answers queries until its parent goes away.

It imports the standard library, pyoxigraph and what stands beside it here alone, so that it starts
at once. Standard input is a socket to the parent: framed questions come in by it, framed answers
go out; the first frame says that the store is open. In memory shared with the parent the worker
counts the questions it has taken: thus a death before a question is known from a death of it. When
the parent goes the process ends, in the middle of a query too.

What it cannot do is stop a query: that is done from outside, by ending the process.
"""

from __future__ import annotations

import json
import mmap
import os
import re
import signal
import socket
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import BinaryIO, Final, NoReturn, TypedDict

import pyoxigraph as ox

from kgserver.engine.confine import limit_memory, own_network, refuse_sockets
from kgserver.engine.frames import COUNT, Header, Line
from kgserver.engine.rows import at_most, count_rows
from kgserver.engine.sinks import Enough, RowSink, Sink, TooLarge

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

Results = ox.QueryBoolean | ox.QuerySolutions | ox.QueryTriples


class Config(TypedDict):
    """What a worker is told at its start; `shared` is the descriptor of the shared memory."""

    store: str
    shared: int
    memory_mib: int
    max_bytes: int
    max_rows: int
    prefixes: dict[str, str]


class Request(TypedDict):
    """The header of a question; its body is the query.

    `merge`: the default graphs may share triples. `cut`: rows after which a SELECT is cut off.
    """

    default: Sequence[str]
    named: Sequence[str]
    merge: bool
    solutions: str | None
    graph: str | None
    base: str | None
    cut: int | None


class TooManyRows(Exception):
    """The answer has more rows than the limit."""


class Engine:
    """A store that is asked within limits.

    Args:
        max_bytes: Size of one answer.
        max_rows: Rows of one answer.
        prefixes: Names that graphs are written with.
    """

    def __init__(
        self,
        store: ox.Store,
        *,
        max_bytes: int,
        max_rows: int,
        prefixes: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._max_bytes = max_bytes
        self._max_rows = max_rows
        self._prefixes = dict(prefixes or {})

    def answer(self, request: Request, text: str) -> tuple[Header, bytes | BinaryIO]:
        """Evaluate one query, write its answer completely, and return header and body.

        A failure is a header with `error`: syntax, not-acceptable, evaluation, too-large,
        too-many-rows or memory.
        """
        try:
            return self._write(self._evaluate(request, text), request)
        except SyntaxError as error:
            return _syntax(str(error), text), b""
        except TooLarge:
            return {"error": "too-large"}, b""
        except TooManyRows as error:
            return {"error": "too-many-rows", "rows": error.args[0]}, b""
        except MemoryError:
            return {"error": "memory"}, b""
        # A panic of the engine is none of these, and ends the process: its state is not to be
        # trusted.
        except (OSError, RuntimeError, ValueError) as error:
            return {"error": "evaluation", "message": str(error)}, b""

    def _evaluate(self, request: Request, text: str) -> Results:
        store = self._store
        graphs = _nodes(tuple(request["default"]))
        named = _nodes(tuple(request["named"]))
        default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [*graphs]
        if request["merge"]:
            store, default = _merged(store, graphs, named), [ox.DefaultGraph()]
        return store.query(
            text + _PADDING,
            base_iri=request["base"],
            use_default_graph_as_union=False,
            default_graph=default,
            named_graphs=[*named],
        )

    def _write(self, results: Results, request: Request) -> tuple[Header, bytes | BinaryIO]:
        sink = Sink(self._max_bytes)
        if isinstance(results, ox.QueryTriples):
            name = request["graph"] or ""
            if name not in GRAPHS:
                return {"error": "not-acceptable", "kind": "graph"}, b""
            if name in _PREFIXED:  # the results themselves know no prefixes
                ox.serialize(results, sink, GRAPHS[name], prefixes=self._prefixes)
            else:
                results.serialize(sink, GRAPHS[name])
            return {"kind": "graph", "format": name}, sink.take()
        kind = "ask" if isinstance(results, ox.QueryBoolean) else "select"
        name = request["solutions"] or ""
        if name not in SOLUTIONS:
            return {"error": "not-acceptable", "kind": kind}, b""
        header: Header = {"kind": kind, "format": name}
        if isinstance(results, ox.QuerySolutions) and request["cut"] is not None:
            results, header["cut"] = _cut(results, request["cut"], self._max_bytes)
        results.serialize(sink, SOLUTIONS[name])
        body = sink.take()
        if kind == "select":
            header["rows"] = _counted(body, name, self._max_rows)
        return header, body


def _counted(body: bytes | BinaryIO, format_name: str, most: int) -> int | None:
    """Return the rows of an answer; None where there are many, but surely not more than `most`.

    Raises:
        TooManyRows: there are more.
    """
    if not isinstance(body, bytes) and at_most(body, format_name) <= most:
        return None
    rows = count_rows(body, format_name)
    if rows > most:
        raise TooManyRows(rows)
    return rows


def _cut(results: ox.QuerySolutions, rows: int, limit: int) -> tuple[ox.QuerySolutions, bool]:
    """Return the first rows, and whether there were more.

    By way of TSV, which alone has a line end nowhere but behind the names and behind each row.
    """
    sink = RowSink(rows + 1, limit)
    more = False
    try:
        results.serialize(sink, ox.QueryResultsFormat.TSV)
    except Enough:
        more = True
    read = ox.parse_query_results(sink.getvalue(), ox.QueryResultsFormat.TSV)
    assert isinstance(read, ox.QuerySolutions)
    return read, more


@lru_cache(maxsize=64)
def _nodes(iris: tuple[str, ...]) -> list[ox.NamedNode]:
    return [ox.NamedNode(iri) for iri in iris]


def _merged(
    store: ox.Store, default: Sequence[ox.NamedNode], named: Sequence[ox.NamedNode]
) -> ox.Store:
    """Return a store whose default graph has each triple of the given ones once.

    The engine would count a triple as often as it stands in them (SPARQL 1.1, 13.2 wants once).
    """
    whole = ox.Store()
    for graph in default:
        quads = store.quads_for_pattern(None, None, None, graph)
        whole.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    for graph in named:
        whole.extend(store.quads_for_pattern(None, None, None, graph))
    return whole


def _syntax(message: str, text: str) -> Header:
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


def main(config: Config) -> None:
    """Open the store and answer until the parent goes."""
    # Ctrl-C reaches the whole group; when to end is the parent's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line = Line(socket.socket(fileno=os.dup(0)))
    taken = mmap.mmap(config["shared"], mmap.PAGESIZE)
    network = "namespace" if own_network() else "filter" if refuse_sockets() else "open"
    try:
        engine = Engine(
            ox.Store.read_only(config["store"]),
            max_bytes=config["max_bytes"],
            max_rows=config["max_rows"],
            prefixes=config["prefixes"],
        )
    except OSError as error:
        line.send({"error": str(error)})
        return

    def serve() -> NoReturn:
        number = 0
        try:
            while (frame := line.receive()) is not None:
                header, text = frame
                number += 1
                taken[: COUNT.size] = COUNT.pack(number)
                line.send(*engine.answer(json.loads(header), text.decode()))
        finally:
            os._exit(1)

    threading.stack_size(_STACK_BYTES)
    threading.Thread(target=serve, daemon=True).start()
    limit_memory(config["memory_mib"])
    line.send({"network": network})
    line.wait_for_end()  # in this thread, for the other may be in a query then
    os._exit(0)
