"""Asking an endpoint elsewhere; here a small server on this machine plays the endpoint."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl

import pytest

from kgserver.engine.question import Answer, Dataset, Question
from kgserver.engine.remote import Remote
from kgserver.errors import (
    NotAcceptable,
    ParameterError,
    QuerySyntaxError,
    RemoteError,
    ResultTooLarge,
)

JSON = "application/sparql-results+json"
ROWS = b'{"head":{"vars":["x"]},"results":{"bindings":[]}}\n'


class Reply(NamedTuple):
    """What the endpoint says next."""

    status: int = 200
    media_type: str = JSON
    body: bytes = ROWS
    promised: int = 0
    """Bytes that the header promises beyond those that come."""
    pause: float = 0.0
    """Seconds between two bytes."""


class Endpoint:
    """Answers each request with `reply`, and keeps what was asked."""

    def __init__(self) -> None:
        self.reply = Reply()
        self.asked: list[tuple[str, str]] = []
        self.headers: dict[str, str] = {}
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                endpoint.asked = parse_qsl(self.rfile.read(length).decode(), strict_parsing=True)
                endpoint.headers = dict(self.headers)
                reply = endpoint.reply
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.media_type)
                self.send_header("Content-Length", str(len(reply.body) + reply.promised))
                self.end_headers()
                try:
                    for byte in reply.body if reply.pause else [reply.body]:
                        time.sleep(reply.pause)
                        self.wfile.write(bytes([byte]) if isinstance(byte, int) else byte)
                except OSError:
                    self.close_connection = True

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/sparql"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here goes through a proxy that the machine may have."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that answers."""
    endpoint = Endpoint()
    yield endpoint
    endpoint.server.shutdown()
    endpoint.server.server_close()


def ask(endpoint: Endpoint, text: str = "SELECT ?x { }", **more: object) -> Answer:
    """Ask the endpoint without a dataset of one's own, unless told otherwise."""
    more = {"dataset": Dataset(), **more}
    return Remote(endpoint.url, query_seconds=2).answer(Question(text, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "formats", "media_type", "body", "kind", "name"),
    [
        ("SELECT ?x { }", {}, JSON, ROWS, "select", "json"),
        ("ASK { }", {"solutions": "xml"}, "application/sparql-results+xml; charset=utf-8",
         b"<sparql><boolean>true</boolean></sparql>", "ask", "xml"),
        ("SELECT ?x { }", {"solutions": "csv"}, "text/csv", b"x\r\n", "select", "csv"),
        ("# DESCRIBE\nCONSTRUCT WHERE { ?s ?p ?o }", {}, "text/turtle", b"", "graph", "ttl"),
        ("DESCRIBE <http://e/>", {"graph": "nt"}, "text/plain", b"", "graph", "nt"),
        ("SELECT ?x { }", {}, "application/json", ROWS, "select", "json"),
    ],
)  # fmt: skip
def test_answers(
    endpoint: Endpoint,
    text: str,
    formats: dict[str, object],
    media_type: str,
    body: bytes,
    kind: str,
    name: str,
) -> None:
    """The query is sent as it is, the format is asked for, the answer comes back whole."""
    endpoint.reply = Reply(media_type=media_type, body=body)

    answer = ask(endpoint, text, **formats)

    assert answer == Answer(kind, name, body)  # type: ignore[arg-type]
    assert endpoint.asked == [("query", text)]
    assert media_type.partition(";")[0] in endpoint.headers["Accept"]


@pytest.mark.parametrize(
    ("dataset", "sent"),
    [
        (Dataset(), []),
        (Dataset(("urn:i",), ("urn:f",), "2016-01-01", "2015-01-01"), [("at", "2016-01-01")]),
        (Dataset(("urn:i",), ("urn:f",), "all"), [("at", "all")]),
        (Dataset(("urn:f",), ("urn:g", "urn:h")),
         [("default-graph-uri", "urn:f"), ("named-graph-uri", "urn:g"),
          ("named-graph-uri", "urn:h")]),
    ],
)  # fmt: skip
def test_the_dataset_is_sent(
    endpoint: Endpoint, dataset: Dataset, sent: list[tuple[str, str]]
) -> None:
    """A date goes as `at`, graphs by the protocol's parameters, and nothing where nothing is."""
    ask(endpoint, "ASK { ?қала ?p '&=+%' }", dataset=dataset)

    assert endpoint.asked == [("query", "ASK { ?қала ?p '&=+%' }"), *sent]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(400, "application/problem+json", b'{"title":"Not SPARQL","detail":"line 1"}'),
         "answered 400: `Not SPARQL: line 1`"),
        (Reply(503, "text/plain", b"busy\x1b[2J\nvery"), r"answered 503: `busy\x1b[2J\nvery`"),
        (Reply(500, "text/html", b"<!doctype html><html><p>trace</html>"), "500: Internal Server"),
        (Reply(404, "application/json", b"[1]"), "answered 404: `[1]`"),
        (Reply(200, "text/html", b"<html></html>"), "answered in `text/html` where application"),
        (Reply(200, "text/csv", b"x\r\n"), "answered in `text/csv`"),
        (Reply(200, "", ROWS), "answered in ``"),
        (Reply(200, JSON, ROWS[:-4]), "is not complete"),
        (Reply(200, JSON, b""), "is not complete"),
        (Reply(200, JSON, ROWS, promised=7), "broke off"),
        (Reply(200, JSON, ROWS, pause=0.1), "did not answer within 0.5 s"),
    ],
)  # fmt: skip
def test_wrong_answers(endpoint: Endpoint, reply: Reply, message: str) -> None:
    """Each way to answer wrongly is told apart, with the endpoint's own words and address."""
    endpoint.reply = reply
    begun = time.monotonic()
    with pytest.raises(RemoteError) as failure:
        ask(endpoint, timeout_s=0.5)

    assert message in failure.value.message
    assert failure.value.where == endpoint.url
    assert time.monotonic() - begun < 2


def test_nobody_there() -> None:
    """An address where nobody listens, and one where somebody listens and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(RemoteError, match=r"did not answer within 0\.3 s"):
            Remote(url, query_seconds=0.3).answer(Question("ASK {}", Dataset()))
    with pytest.raises(RemoteError, match="cannot be reached"):
        Remote(url).answer(Question("ASK {}", Dataset()))


def test_too_large(endpoint: Endpoint) -> None:
    """An answer over the limit is not taken in."""
    endpoint.reply = Reply(body=ROWS.replace(b"[]", b"[" + b" " * 200_000 + b"]"))
    remote = Remote(endpoint.url, result_bytes=100_000)

    with pytest.raises(ResultTooLarge, match="100,000"):
        remote.answer(Question("SELECT ?x { }", Dataset()))


@pytest.mark.parametrize("url", ["file:///etc/hosts", "ftp://e/", "sparql", "http:///sparql", ""])
def test_addresses(url: str) -> None:
    """Only http and https are asked; no file is ever read."""
    with pytest.raises(ParameterError, match="no address"):
        Remote(url)


def test_questions_that_are_not_sent(endpoint: Endpoint) -> None:
    """What cannot be answered in any format, and what is no query, does not leave."""
    with pytest.raises(NotAcceptable):
        ask(endpoint, solutions=None)
    with pytest.raises(NotAcceptable, match="DESCRIBE"):
        ask(endpoint, "DESCRIBE <http://e/>", graph=None)
    with pytest.raises(ParameterError, match="docx"):
        ask(endpoint, solutions="docx")
    with pytest.raises(QuerySyntaxError):
        ask(endpoint, "DROP ALL")

    assert endpoint.asked == []
