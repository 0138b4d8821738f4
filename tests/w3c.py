"""The W3C's test suites: where they lie, what their manifests say, and a server to hold to it.

The suites are no part of this project. `W3C_TESTS` names the folder that holds `sparql11/`.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import rdflib
from rdflib.collection import Collection

ROOT = Path(__file__).resolve().parent.parent
W3C = ROOT / os.environ.get("W3C_TESTS", "../shared/w3c")
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
HT = rdflib.Namespace("http://www.w3.org/2011/http#")
CNT = rdflib.Namespace("http://www.w3.org/2011/content#")
STARTED_S = 60
ANSWERED_S = 60


def needs(suite: str) -> pytest.MarkDecorator:
    """Skip a test, and say so, where a suite is not on this machine."""
    reason = f"W3C_TESTS names no folder with the W3C's {suite} tests"
    return pytest.mark.skipif(not (W3C / suite).is_dir(), reason=reason)


@dataclass(frozen=True)
class Message:
    """One request of a manifest, and what it wants to read back.

    Args:
        body: None where the manifest states none.
        statuses: Last parts of IRIs: `StatusCode2xx`, `OK`, `NoContent`.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    statuses: frozenset[str] = frozenset()
    kind: str = ""
    verdict: bool | None = None
    wanted_headers: Mapping[str, str] = field(default_factory=dict)
    wanted_body: str | None = None


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters."""
        return str(self.headers.get_content_type())

    def code(self) -> str:
        """Return the code of a problem, after a look at what each problem must be."""
        assert self.media_type == "application/problem+json", self.body
        told = json.loads(self.body)
        assert told["status"] == self.status and told["title"] and told["type"]
        return str(told["code"])


@cache
def manifest(path: Path) -> rdflib.Graph:
    """Return a manifest, empty where it is not on this machine."""
    graph = rdflib.Graph()
    return graph.parse(path, format="turtle") if path.exists() else graph


def entries(graph: rdflib.Graph) -> dict[str, rdflib.term.Node]:
    """Return the tests of a manifest by the last parts of their IRIs.

    All that it describes: one of the W3C's lists forgets a test.
    """
    nodes = set(graph.subjects(MF.name))
    for listed in graph.objects(None, MF.entries):
        assert nodes >= set(Collection(graph, listed)), "the manifest lists what it does not tell"
    return {_last(node): node for node in sorted(nodes)}


def messages(graph: rdflib.Graph, entry: rdflib.term.Node) -> list[Message]:
    """Return the requests of an entry, in order."""
    action = graph.value(entry, MF.action)
    return [_message(graph, node) for node in _listed(graph, action, HT.requests)]


def _message(graph: rdflib.Graph, node: rdflib.term.Node) -> Message:
    def text(subject: Any, predicate: rdflib.URIRef) -> str:
        return str(graph.value(subject, predicate, default=""))

    def headers(of: Any) -> Iterator[tuple[str, str]]:
        for header in _listed(graph, of, HT.headers):
            yield text(header, HT.fieldName), text(header, HT.fieldValue)

    body, wanted = graph.value(node, HT.body), graph.value(node, HT.resp)
    wanted_body = graph.value(wanted, HT.body)
    verdict = graph.value(wanted, MF.expectedBoolean)
    encoding = text(body, CNT.characterEncoding) if body else ""
    return Message(
        text(node, HT.methodName),
        text(node, HT.absolutePath),
        tuple(headers(node)),
        text(body, CNT.chars).encode(encoding) if body else None,
        frozenset(_last(status) for status in graph.objects(wanted, MF.expectedStatus)),
        text(wanted, MF.expectedFormat),
        None if verdict is None else bool(verdict.toPython()),
        dict(headers(wanted)),
        text(wanted_body, CNT.chars) if wanted_body else None,
    )


def _listed(graph: rdflib.Graph, subject: Any, predicate: rdflib.URIRef) -> Collection:
    return Collection(graph, graph.value(subject, predicate) or rdflib.RDF.nil)


def _last(iri: rdflib.term.Node) -> str:
    return str(iri).rpartition("#")[2]


CLASSES = {"StatusCode2xx": 2, "StatusCode3xx": 3, "StatusCode4xx": 4}
CODES = {"OK": 200, "Created": 201, "NoContent": 204, "NotFound": 404}


def fits(status: int, names: frozenset[str]) -> bool:
    """Tell whether a status is one of those that a manifest names, alone or by class."""
    assert names and names <= CLASSES.keys() | CODES.keys(), f"not understood: {names}"
    return any(CODES.get(name) == status or CLASSES.get(name) == status // 100 for name in names)


def send(address: str, message: Message) -> Reply:
    """Send a request with the headers that it states, and what HTTP itself cannot do without."""
    where = urlsplit(address)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=ANSWERED_S)
    try:
        connection.putrequest(
            message.method, message.path, skip_host=True, skip_accept_encoding=True
        )
        connection.putheader("Host", "www.example")
        for name, value in message.headers:
            connection.putheader(name, value)
        if message.body is not None:
            connection.putheader("Content-Length", str(len(message.body)))
        connection.endheaders(message.body)
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def get(address: str, path: str, accept: str = "*/*") -> Reply:
    """Ask by GET."""
    return send(address, Message("GET", path, (("Accept", accept),)))


def ask(address: str, query: str, accept: str, **more: str) -> Reply:
    """Ask `/sparql` by GET."""
    values = {"query": query, **{name.replace("_", "-"): value for name, value in more.items()}}
    query_part = "&".join(f"{name}={quote(value, safe='')}" for name, value in values.items())
    return get(address, f"/sparql?{query_part}", accept)


EVERYTHING = "SELECT ?g ?s ?p ?o { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"


def everything(address: str) -> frozenset[str]:
    """Return all that a server holds, as rows: of today, of all times, of each file."""
    rows: set[str] = set()
    for at in ("", "all"):
        reply = ask(address, EVERYTHING, "text/tab-separated-values", at=at)
        assert reply.status == 200, reply.body
        rows |= {f"{at}\t{row}" for row in reply.body.decode().splitlines()}
    return frozenset(rows)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Run `kgserver serve` on a folder, in a process of its own; give its address."""
    command = [sys.executable, "-c", "from kgserver.cli import main; main()"]
    command += ["serve", str(folder), "--port", "0"]
    told = folder / "stderr.txt"
    with told.open("wb") as stderr:
        process = subprocess.Popen(command, stderr=stderr, cwd=folder)
    try:
        yield _address(process, told)
    finally:
        process.terminate()
        try:
            process.wait(timeout=STARTED_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _address(process: subprocess.Popen[bytes], told: Path) -> str:
    deadline = time.monotonic() + STARTED_S
    while time.monotonic() < deadline and process.poll() is None:
        for line in told.read_text("utf-8").splitlines(keepends=True):
            if line.startswith("Serving at ") and line.endswith("\n"):
                return line.split()[2]
        time.sleep(0.05)
    pytest.fail(f"no server: {told.read_text('utf-8')}")
