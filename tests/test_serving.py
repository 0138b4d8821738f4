"""The server as a process: its end, clients that leave, wait or do not read, and plain HTTP."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from attacking import DIRECT, FORM, PATIENCE, Reply, gone, until
from folders.made import HEAD, write_folder
from running import ENDLESS, LOOKUP, Running, frozen, limited, long

CSV = {"Accept": "text/csv"}
QUERY = {"Content-Type": DIRECT, **CSV}
FRESH = LOOKUP.replace("?to {", "?to (RAND() AS ?r) {")
"""A look-up that is never remembered."""
SOON = 10.0
"""Seconds for what takes one at most on a machine with nothing else to do."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with one worker, a short queue, and much more patience than any test has."""
    place = tmp_path_factory.mktemp("serving")
    write_folder(place, limited(workers=1, queue=2, query_seconds=30))
    with Running(place, place / "build/kg") as server:
        yield server


def begun(server: Running, query: str) -> socket.socket:
    """Ask, and do not wait for the answer."""
    connection = server.open()
    connection.sendall(server.request("/sparql", QUERY, query.encode(), "POST"))
    return connection


def answer(connection: socket.socket, method: str = "GET") -> http.client.HTTPResponse:
    """Read the head of one answer."""
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    return response


def reply(connection: socket.socket, method: str = "GET") -> Reply:
    """Read one answer, and leave the connection as it then is."""
    response = answer(connection, method)
    return Reply(response.status, response.headers, response.read())


def ended(connection: socket.socket) -> bytes:
    """Return what still comes, and wait for the end of the connection."""
    received = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(1 << 16):
            received += part
    return received


def abandoned(server: Running) -> int:
    """Return how many requests were counted whose clients had gone."""
    return server.counted().get(("sparql.endpoint", "abandoned"), 0)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_end_waits_for_what_is_under_way(tmp_path: Path, how: signal.Signals) -> None:
    """A query and a download are finished whole, new connections refused, no process is left.

    Who says so again, or would have it reload, changes nothing about it.
    """
    place = write_folder(tmp_path, limited(workers=2, query_seconds=20))
    query, size = long(400)
    with Running(place, place / "build/kg") as server, ThreadPoolExecutor(1) as others:
        workers = server.whole(2)
        with begun(server, query) as reading, server.open() as idle:
            download = answer(reading)
            received = len(download.read(1_000))
            with frozen(workers):
                asked = others.submit(server.post, FRESH, CSV)
                until(lambda: server.state("busy") == 1)
                for number in (how, how, signal.SIGHUP, how):
                    server.signal(number)
                until(lambda: not server.accepts())
                assert server.alive and not asked.done()
            assert (asked.result().status, asked.result().headers["KG-Rows"]) == (200, "1")
            assert server.alive
            received += len(download.read())
            assert (received, ended(idle)) == (size, b"")

        assert server.process.wait(PATIENCE) == 0
        until(lambda: all(map(gone, workers)))
    assert b"Traceback" not in b"".join(server.lines)


def test_connections_end_with_the_answer_under_way(tmp_path: Path) -> None:
    """Who goes on asking on one is told that it closes, and does not hold up the end."""
    place = write_folder(tmp_path, limited(workers=2, query_seconds=20))
    with Running(place, place / "build/kg") as server, server.open() as connection:
        workers = server.whole(2)
        asked = server.request(
            "/sparql", {**QUERY, "Connection": "keep-alive"}, FRESH.encode(), "POST"
        )
        connection.sendall(asked)
        assert reply(connection).headers["Connection"] is None
        with frozen(workers):
            connection.sendall(asked)
            until(lambda: server.state("busy") == 1)
            server.signal(signal.SIGTERM)
            until(lambda: not server.accepts())
        last = reply(connection)
        assert (last.status, last.headers["Connection"]) == (200, "close")
        assert ended(connection) == b""
        assert server.process.wait(SOON) == 0


def test_an_end_does_not_wait_for_ever(tmp_path: Path) -> None:
    """Who has waited in the queue, who does not read and who does not go on asking are cut off."""
    place = write_folder(tmp_path, limited(workers=1, query_seconds=2))
    query, _ = long(400)
    with Running(place, place / "build/kg") as server, ExitStack() as connections:
        (worker,) = server.whole(1)
        unread = connections.enter_context(begun(server, query))
        answer(unread)
        half = connections.enter_context(server.open())
        half.sendall(b"GET /-/live HTTP/1.1\r\nHost: ")
        first, second = (connections.enter_context(begun(server, ENDLESS)) for _ in range(2))
        until(lambda: server.state("busy") == server.gauge("kgserver_queue_waiting") == 1)
        server.signal(signal.SIGTERM)

        assert reply(first).code == "query-timeout"
        assert server.process.wait(2 + 1 + SOON) == 0
        assert b" 200 " not in ended(second) and ended(half) == b""
        assert len(ended(unread)) < 10_000_000
        until(lambda: gone(worker))


@pytest.mark.parametrize("way", ["closes", "resets"])
def test_a_client_that_hangs_up_frees_its_worker(server: Running, way: str) -> None:
    """At once, however long its query would have run; it is counted as abandoned."""
    before = abandoned(server)
    connection = begun(server, ENDLESS)
    until(lambda: server.state("busy") == 1)
    if way == "resets":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()

    until(lambda: server.state("busy") == 0, SOON)
    until(lambda: abandoned(server) == before + 1)
    assert server.post(FRESH).status == 200


def test_a_client_that_hangs_up_in_the_queue_leaves_it(server: Running) -> None:
    """And the one that is answered meanwhile is not disturbed."""
    before = abandoned(server)
    with begun(server, ENDLESS):
        until(lambda: server.state("busy") == 1)
        (worker,) = server.workers()
        begun(server, FRESH).close()
        with begun(server, FRESH) as waits:
            until(lambda: abandoned(server) == before + 1)
            until(lambda: server.gauge("kgserver_queue_waiting") == 1)
            waits.close()
            until(lambda: server.gauge("kgserver_queue_waiting") == 0, SOON)
        until(lambda: abandoned(server) == before + 2)
        assert server.state("busy") == 1 and server.workers() == {worker}
    until(lambda: server.state("busy") == 0, SOON)


def test_a_client_that_has_sent_more_hangs_up_too(server: Running) -> None:
    """An empty line behind the request, or the next one, does not hide that it has gone."""

    def counted() -> tuple[int, int]:
        by_outcome = server.counted()
        return abandoned(server), by_outcome.get(("sparql.endpoint", "query-timeout"), 0)

    before = counted()
    target = "/sparql?" + urlencode({"query": ENDLESS, "timeout": "3"})
    with server.open() as connection:
        connection.sendall(server.request(target))
        until(lambda: server.state("busy") == 1)
        connection.sendall(b"\r\n")
    until(lambda: counted() != before)

    assert counted() == (before[0] + 1, before[1])


def test_more_than_may_wait_are_told_at_once(server: Running) -> None:
    """With a word on when to come again; what needs no worker is answered all the same."""
    known = "/sparql?" + urlencode({"query": LOOKUP})
    tag = server.send(known, CSV).headers["ETag"]
    assert server.post(LOOKUP).status == 200
    with begun(server, ENDLESS) as runs, ExitStack() as connections:
        until(lambda: server.state("busy") == 1)
        waits = [connections.enter_context(begun(server, FRESH)) for _ in range(2)]
        until(lambda: server.gauge("kgserver_queue_waiting") == 2)
        begin = time.monotonic()
        for _ in range(20):
            told = server.post(FRESH)
            assert (told.status, told.code) == (503, "busy")
            assert int(told.headers["Retry-After"]) >= 1
        assert server.send("/-/live").status == 200
        assert server.post(LOOKUP).status == server.send(known, CSV).status == 200
        assert server.send(known, {**CSV, "If-None-Match": tag}).status == 304
        assert time.monotonic() - begin < SOON
        runs.close()
        assert [reply(connection).status for connection in waits] == [200, 200]


def test_who_does_not_read_keeps_nobody_waiting(server: Running) -> None:
    """Twenty long answers lie unread: the worker is free, others are answered; all come whole."""
    query, size = long(100)
    with ExitStack() as connections:
        downloads = []
        for _ in range(20):
            connection = connections.enter_context(begun(server, query))
            downloads.append(answer(connection))
        begin = time.monotonic()
        for _ in range(20):
            assert server.post(FRESH).status == server.send("/-/live").status == 200
        assert time.monotonic() - begin < SOON
        assert server.state("busy") == server.gauge("kgserver_queue_waiting") == 0
        for download in downloads:
            assert (download.status, len(download.read())) == (200, size)


def test_a_connection_is_kept_for_the_next_request(server: Running) -> None:
    """Until the client says that it was the last."""
    kept, last = {"Connection": "keep-alive"}, {"Connection": "close"}
    with server.open() as connection:
        for sent in (kept, kept, {**kept, "Content-Type": DIRECT}):
            body = LOOKUP.encode() if "Content-Type" in sent else None
            method, target = ("POST", "/sparql") if body else ("GET", "/-/live")
            connection.sendall(server.request(target, sent, body, method))
            assert reply(connection).status == 200
        connection.sendall(server.request("/nothing", last))
        assert reply(connection).status == 404
        assert connection.recv(1) == b""


def test_requests_that_come_together_are_answered_in_their_order(server: Running) -> None:
    """Whatever each of them costs, and whether it has a body."""
    kept = {"Connection": "keep-alive"}
    asked = [
        server.request("/sparql", {**kept, **QUERY}, FRESH.encode(), "POST"),
        server.request("/nothing", kept),
        server.request("/sparql", {**kept, "Content-Type": FORM}, b"query=ASK", "POST"),
        server.request("/-/live", {"Connection": "close"}),
    ]
    with server.open() as connection:
        connection.sendall(b"".join(asked))
        received = ended(connection)

    assert re.findall(rb"HTTP/1\.1 (\d+) ", received) == [b"200", b"404", b"400", b"200"]
    assert received.endswith(b"\r\n\r\nlive\n")


@pytest.mark.parametrize("query", [LOOKUP, FRESH, long(100)[0]], ids=["known", "fresh", "long"])
def test_a_head_is_the_answer_without_its_body(server: Running, query: str) -> None:
    """On one connection with the answer itself; a long one is no exception."""
    target, kept = "/sparql?" + urlencode({"query": query}), {**CSV, "Connection": "keep-alive"}
    with server.open() as connection:
        connection.sendall(server.request(target, kept, method="HEAD"))
        head = reply(connection, "HEAD")
        connection.sendall(server.request(target, kept))
        whole = reply(connection)

    assert (head.status, head.body) == (whole.status, b"")
    changing = {"Date", "Content-Length"} if query == FRESH else {"Date"}
    assert set(head.headers.items()) ^ set(whole.headers.items()) <= {
        (name, value)
        for headers in (head.headers, whole.headers)
        for name, value in headers.items()
        if name in changing
    }
    assert int(whole.headers["Content-Length"]) == len(whole.body)


def test_a_client_may_ask_before_it_sends_a_body(server: Running) -> None:
    """`Expect: 100-continue` is answered at once, as curl waits for it before a long query."""
    query = FRESH.encode()
    sent = {**QUERY, "Content-Length": str(len(query)), "Expect": "100-continue"}
    with server.open() as connection:
        connection.sendall(server.request("/sparql", sent, None, "POST"))
        assert connection.recv(1 << 10) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(query)
        assert reply(connection).status == 200


def test_a_body_may_come_in_pieces(server: Running) -> None:
    """As chunks of a size that is told before each, and slowly."""
    with server.open() as connection:
        sent = {**QUERY, "Transfer-Encoding": "chunked"}
        connection.sendall(server.request("/sparql", sent, None, "POST"))
        for piece in (FRESH[:9].encode(), FRESH[9:].encode(), b""):
            time.sleep(0.05)
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        assert reply(connection).status == 200


def test_old_clients_are_answered(server: Running) -> None:
    """By HTTP/1.0: no chunks, and the end of the connection unless they ask to keep it."""
    target = ("/sparql?" + urlencode({"query": FRESH})).encode()
    with server.open() as connection:
        kept = b"GET %s HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" % target
        for _ in range(2):
            connection.sendall(kept)
            again = answer(connection)
            assert (again.status, again.headers["Transfer-Encoding"]) == (200, None)
            assert again.headers["Connection"].lower() == "keep-alive"
            again.read()
        connection.sendall(b"GET %s HTTP/1.0\r\n\r\n" % target)
        received = ended(connection)

    head, _, body = received.partition(b"\r\n\r\n")
    assert head.split()[1] == b"200" and b"chunked" not in head and b'"bindings"' in body


def test_a_log_that_nobody_reads_keeps_nobody_from_an_answer(tmp_path: Path) -> None:
    """When the other end of the error stream has gone, requests and reloads go on."""
    place = write_folder(tmp_path, limited(workers=1))
    command = [sys.executable, "-c", "from kgserver.cli import main; main()", "serve"]
    process = subprocess.Popen(
        [*command, str(place), "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        with closing(process.stderr) as said:
            line = next(line for line in said if line.startswith("Serving at "))
        address = line.split()[2]
        old = urlopen(f"{address}-/live", timeout=PATIENCE).headers["KG-Revision"]
        write_folder(place, {"data/late.ttl": f"{HEAD}:late a prok:Body .\n"})
        process.send_signal(signal.SIGHUP)

        def is_new() -> bool:
            reply = urlopen(f"{address}-/ready", timeout=PATIENCE)
            return bool(reply.status == 200 and reply.headers["KG-Revision"] != old)

        until(is_new, PATIENCE)
    finally:
        process.terminate()
    assert process.wait(PATIENCE) == 0
