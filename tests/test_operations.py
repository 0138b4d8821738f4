"""How a running server tells of itself: live, ready, figures and log."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import urlopen

import pytest

from attacking import DIRECT, PATIENCE, Reply, until
from folders.made import write_folder
from kgserver.answers.graph import Graph
from kgserver.answers.served import Served
from kgserver.web.app import create_app
from kgserver.web.problems import STATUS
from running import ENDLESS, LOOKUP, Running, limited, long

LIMITS = {"workers": 2, "query_seconds": 2, "worker_mib": 64, "query_kib": 64, "result_mib": 1}
PAID = {"client_seconds": 1, "client_seconds_per_minute": 1}
STRANGER = "203.0.113.77"
CSV = {"Accept": "text/csv"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder with limits that a test reaches."""
    return write_folder(tmp_path_factory.mktemp("operated"), limited(**LIMITS, **PAID))


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[Running]:
    """A server on it, behind one proxy; its error stream is no terminal."""
    with Running(place, place / "build/kg", "--trusted-proxies", "1") as server:
        server.whole(2)
        yield server


def sparql(text: str, **values: str) -> str:
    """Return the target of a query."""
    return "/sparql?" + urlencode({"query": text, **values})


def test_live_and_ready_say_so(server: Running) -> None:
    """The process lives; a question is answered, by as many workers as are wanted."""
    live, told = server.send("/-/live"), server.ready()

    assert (live.status, live.text) == (200, "live\n")
    assert told["ready"] is True and "why" not in told
    assert (told["workers"]["wanted"], told["workers"]["ready"]) == (2, 2)
    assert told["revision"] == live.headers["KG-Revision"]
    assert told["reload"]["state"] == "none" and told["reload"]["why"] is None
    assert server.send("/-/ready").headers["Cache-Control"] == "no-store"


def test_without_workers_it_is_not_ready_until_there_are_some(server: Running, place: Path) -> None:
    """Moved away, the store starts no worker; back again, it does, and nobody need see to it.

    Meanwhile the process lives, and gives what it has answered before.
    """
    known = sparql(LOOKUP)
    answer = server.send(known, CSV)
    store = place / "build/kg" / server.ready()["revision"] / "store"
    store.rename(store.with_name("away"))
    try:
        for pid in server.whole(2):
            os.kill(pid, signal.SIGKILL)
        until(lambda: server.state("ready") == 0)
        with ThreadPoolExecutor(2) as others:
            is_ready, is_answered = others.submit(server.ready), others.submit(server.ask, "ASK {}")
            live, again = server.send("/-/live"), server.send(known, CSV)
            told, fresh = is_ready.result(), is_answered.result()
    finally:
        store.with_name("away").rename(store)

    assert told["ready"] is False and told["why"] and told["workers"]["ready"] == 0
    assert live.status == 200
    assert (again.status, again.body) == (200, answer.body)
    assert (fresh.status, fresh.code) == (503, "busy")
    until(lambda: server.ready()["ready"], PATIENCE)
    assert server.ask("ASK {}").status == 200
    server.whole(2)


KINDS = {
    "kgserver_request_seconds": "histogram",
    "kgserver_workers": "gauge",
    "kgserver_workers_replaced_total": "counter",
    "kgserver_queue_waiting": "gauge",
    "kgserver_cache_hits_total": "counter",
    "kgserver_cache_misses_total": "counter",
    "kgserver_cache_bytes": "gauge",
    "kgserver_reloads_total": "counter",
    "kgserver_revision_info": "gauge",
}


def test_the_figures_are_of_the_kinds_that_are_told(server: Running) -> None:
    """Each is there, with a word on what it is; the buckets of a histogram grow to its count."""
    reply, figures = server.send("/-/metrics"), server.figures()
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", reply.text, re.MULTILINE))

    assert reply.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert kinds.items() >= KINDS.items()
    assert set(re.findall(r"^# HELP (\S+) \S+", reply.text, re.MULTILINE)) == set(kinds)
    revision = frozenset({"revision": reply.headers["KG-Revision"]}.items())
    assert figures["kgserver_revision_info", revision] == 1
    for (route, outcome), count in server.counted(figures).items():
        buckets = [
            (float(dict(labels)["le"]), value)
            for (name, labels), value in figures.items()
            if name == "kgserver_request_seconds_bucket"
            and {("route", route), ("outcome", outcome)} <= labels
        ]
        values = [value for _, value in sorted(buckets)]
        assert values == sorted(values) and values[-1] == count


@dataclass(frozen=True)
class Ask:
    """One request, where it is counted, and what is answered."""

    route: str
    outcome: str
    status: int
    target: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


QUERY = "sparql.endpoint"
ASKED = {
    "live": Ask("operations.live", "ok", 200, "/-/live"),
    "a look-up": Ask(QUERY, "ok", 200, sparql(LOOKUP)),
    "a HEAD": Ask(QUERY, "ok", 200, sparql(LOOKUP), "HEAD"),
    "a query as body": Ask(
        QUERY, "ok", 200, "/sparql", "POST", {"Content-Type": DIRECT}, LOOKUP.encode()
    ),
    "what may be asked": Ask(QUERY, "ok", 200, "/sparql", "OPTIONS"),
    "a page": Ask("pages.home", "ok", 200, "/"),
    "a thing": Ask("resources.thing", "ok", 200, "/id/office"),
    "a question": Ask("questions.answered", "ok", 200, "/queries/bodies/masters?format=csv"),
    "a whole graph": Ask("graph_store.stored", "ok", 200, "/data?default"),
    "no SPARQL": Ask(QUERY, "query-syntax", 400, sparql("ASK {")),
    "an update": Ask(QUERY, "query-refused", 403, sparql("DROP ALL")),
    "too deep": Ask(QUERY, "query-too-complex", 400, sparql("ASK " + "{" * 500 + "}" * 500)),
    "no such graph": Ask(QUERY, "unknown-graph", 400, sparql("ASK FROM <urn:x> {}")),
    "no day": Ask(QUERY, "date", 400, sparql("ASK {}", at="soon")),
    "no time": Ask(QUERY, "parameter", 400, sparql("ASK {}", timeout="soon")),
    "too slow": Ask(QUERY, "query-timeout", 503, sparql(ENDLESS, timeout="0.3")),
    "no such function": Ask(QUERY, "query-failed", 500, sparql("SELECT (<urn:f>(1) AS ?x) {}")),
    "too long an answer": Ask(
        QUERY, "result-too-large", 500, "/sparql", "POST", {"Content-Type": DIRECT},
        long(30)[0].encode(),
    ),
    "too long a query": Ask(
        QUERY, "too-large", 413, "/sparql", "POST", {"Content-Type": DIRECT},
        b"ASK {} #" + b"x" * 65_536,
    ),
    "a picture as query": Ask(
        QUERY, "unsupported-media-type", 415, "/sparql", "POST", {"Content-Type": "image/png"}, b"x"
    ),
    "an answer as picture": Ask(
        QUERY, "not-acceptable", 406, sparql(LOOKUP), "GET", {"Accept": "image/png"}
    ),
    "no such question": Ask("questions.answered", "query-not-found", 404, "/queries/bodies/none"),
    "no such thing": Ask("resources.thing", "not-found", 404, "/id/none"),
    "nothing": Ask("none", "not-found", 404, "/nothing"),
    "a method too many": Ask("none", "method-not-allowed", 405, "/-/live", "DELETE"),
}  # fmt: skip


def asked(server: Running, ask: Ask) -> Reply:
    """Send the request."""
    return server.send(ask.target, ask.headers, ask.body, ask.method)


def test_each_request_is_counted_under_its_route_and_outcome(server: Running) -> None:
    """Once, there and nowhere else, whatever becomes of it."""
    before = server.counted()
    for name, ask in ASKED.items():
        reply, after = asked(server, ask), server.counted()
        grown = {key: n - before.get(key, 0) for key, n in after.items() if n != before.get(key, 0)}

        assert reply.status == ask.status, f"{name}: {reply.text}"
        assert grown == {(ask.route, ask.outcome): 1, ("operations.metrics", "ok"): 1}, name
        before = after


@pytest.mark.parametrize("target", [sparql(LOOKUP), sparql(LOOKUP, format="html"), "/id/office"])
def test_an_answer_that_has_not_changed_is_counted_as_such(server: Running, target: str) -> None:
    """Under the same route as the answer itself."""
    tag = server.send(target).headers["ETag"]
    before = server.counted()
    reply = server.send(target, {"If-None-Match": tag})
    after = server.counted()

    route = "resources.thing" if target.startswith("/id") else QUERY
    assert (reply.status, reply.body) == (304, b"")
    assert after[route, "not-modified"] == before.get((route, "not-modified"), 0) + 1
    assert after[route, "ok"] == before[route, "ok"]


def test_a_client_that_has_used_up_its_share_is_counted(server: Running) -> None:
    """And is told when to come again; other clients are not."""
    from_there = {"X-Forwarded-For": STRANGER}
    server.send(sparql(ENDLESS, timeout="1.8"), from_there)
    before = server.counted().get((QUERY, "over-budget"), 0)
    reply = server.send(sparql("ASK { ?p ?o ?s }"), from_there)

    assert (reply.status, reply.code) == (429, "over-budget")
    assert int(reply.headers["Retry-After"]) >= 1
    assert server.counted()[QUERY, "over-budget"] == before + 1
    assert server.send(sparql("ASK { ?p ?o ?s }")).status == 200


def test_what_is_remembered_is_counted(server: Running) -> None:
    """First a miss, then a hit and no evaluation; what may change is neither."""
    names = [f"kgserver_cache_{name}" for name in ("hits_total", "misses_total", "bytes")]
    text = "SELECT ('remembered' AS ?x) { }"
    seen = [[server.gauge(name) for name in names]]
    for query in (text, text, text.replace("'remembered'", "RAND()")):
        assert server.post(query).status == 200
        seen.append([server.gauge(name) for name in names])

    begin, missed, hit, volatile = seen
    assert [missed[0] - begin[0], missed[1] - begin[1]] == [0, 1]
    assert missed[2] > begin[2]
    assert [hit[0] - missed[0], hit[1] - missed[1]] == [1, 0]
    assert volatile == hit


def test_a_worker_that_is_replaced_is_counted(server: Running) -> None:
    """Killed or ended after its time; soon all are there again."""
    before = server.gauge("kgserver_workers_replaced_total")
    os.kill(server.whole(2).pop(), signal.SIGKILL)
    until(lambda: server.gauge("kgserver_workers_replaced_total") == before + 1)
    server.whole(2)
    assert server.ask(ENDLESS, timeout="0.2").code == "query-timeout"
    until(lambda: server.gauge("kgserver_workers_replaced_total") == before + 2)
    server.whole(2)


def test_no_label_holds_what_a_client_sent(server: Running, served_graph: Graph) -> None:
    """Routes and outcomes are of our own words, so strangers cannot make more of them."""
    canary = "canary-9c1e44"

    def send(number: int) -> None:
        for target in (
            f"/{canary}/{number}",
            f"/id/{canary}/{number}",
            f"/queries/{canary}/{number}",
            sparql(f"ASK {{ # {canary} {number}"),
            sparql(LOOKUP, at=f"{canary}{number}"),
        ):
            server.send(target, {"Host": f"{canary}{number}", "User-Agent": canary})
        for target in (f"/{canary}", "/sparql"):
            server.send(target, method=f"{canary.upper()}{number}")

    send(0)
    before = server.figures()
    for number in range(1, 6):
        send(number)
    after = server.figures()

    assert after.keys() == before.keys()
    assert canary not in str(after).lower()
    routes, outcomes = map(set, zip(*server.counted(after), strict=True))
    assert routes <= {
        rule.endpoint for rule in create_app(Served(served_graph)).url_map.iter_rules()
    } | {"none"}
    assert outcomes <= {kind.code for kind in STATUS} | {"ok", "not-modified", "method-not-allowed"}


def logged(server: Running, since: int, count: int) -> list[dict[str, Any]]:
    """Return the lines on so many requests since then; every line is one JSON object."""

    def told() -> list[dict[str, Any]]:
        read = [json.loads(line) for line in server.lines[since:]]
        return [line for line in read if "route" in line]

    until(lambda: len(told()) >= count)
    assert len(told()) == count
    return told()


def test_a_request_is_one_line_of_json(server: Running) -> None:
    """It says when, what became of it, how large it was and how long it took; nothing personal."""
    since = len(server.lines)
    replies = [asked(server, ask) for ask in ASKED.values()]
    lines = logged(server, since, len(ASKED))

    for reply, ask, line in zip(replies, ASKED.values(), lines, strict=True):
        assert (line["route"], line["outcome"]) == (ask.route, ask.outcome)
        assert (line["method"], line["status"]) == (ask.method, ask.status)
        assert line["revision"] == reply.headers["KG-Revision"]
        assert line.get("at") == reply.headers["KG-At"]
        assert ask.method == "HEAD" or (line["bytes"] or 0) == len(reply.body)
        assert 0 <= line["evaluation_ms"] <= line["ms"] + 1
        assert datetime.fromisoformat(line["time"]).tzinfo
    slow = lines[list(ASKED).index("too slow")]
    assert 250 <= slow["evaluation_ms"] <= slow["ms"] + 1


def test_the_log_tells_whether_two_asked_the_same_and_not_what(server: Running) -> None:
    """A query goes in by a hash of its text, however it was sent; no text, no address."""
    secret = "confidential-51d0"
    text = f"SELECT ('{secret}' AS ?x) {{ }}"
    since = len(server.lines)
    there = {"X-Forwarded-For": STRANGER.replace("77", "78"), "User-Agent": secret}
    server.send(sparql(text), {**there, "Referer": f"https://example.net/{secret}"})
    server.send(sparql(text), there)
    server.post(text, there)
    server.send(sparql(text + " "), there)
    server.send(sparql(f"ASK {{ {secret}"), there)
    server.send(f"/queries/bodies/masters?body={secret}", there)
    lines = logged(server, since, 6)

    same, again, posted, other, wrong, named = (line.get("query") for line in lines)
    assert same == again == posted and len({same, other, wrong}) == 3 and named is None
    assert all(re.fullmatch("[0-9a-f]{12}", name) for name in (same, other, wrong))
    said = b"".join(server.lines[since:]).decode()
    assert secret not in said and quote(secret) not in said
    assert STRANGER[:-2] not in said and "127.0.0.1" not in said


CONTROL = "".join(map(chr, (*range(1, 32), 127, 133, 0x2028, 0x2029, 0x202E, 0xFEFF)))


def test_control_characters_stay_within_their_line(server: Running) -> None:
    """Of a path, of a query, and of what fails and is told besides."""
    since = len(server.lines)
    forged = quote(CONTROL + '"}\r\n{"level": "forged"}\n')
    for target in (
        f"/{forged}",
        f"/id/{forged}",
        f"/queries/{forged}/{forged}",
        f"/data?graph={forged}",
        sparql(f"ASK {{}} # {CONTROL}"),
        sparql(f"ASK {{ {CONTROL}"),
        sparql(f"SELECT (<urn:f>(1) AS ?x) {{}} # {CONTROL}"),
        sparql(ENDLESS, timeout="0.2") + f"&{forged}=1",
    ):
        server.send(target)
    logged(server, since, 8)
    said = b"".join(server.lines[since:]).decode()

    assert '"level": "forged"' not in said
    assert not set(CONTROL + "\r") & set(said) - {"\n"}


def test_a_reload_is_told_in_the_same_form(server: Running, place: Path) -> None:
    """What is said while it serves is JSON too, the refusal of a faulty folder among it."""
    since = len(server.lines)
    server.reload()
    write_folder(place, {"data/broken.ttl": "<http://x/a>"})
    try:
        server.reload()
    finally:
        (place / "data/broken.ttl").unlink()
    lines = [json.loads(line) for line in server.lines[since:]]

    said = [line["message"] for line in lines if line.get("level") == "info"]
    assert said[0] == "Nothing has changed"
    assert "Not reloaded" in said[1] and "data/broken.ttl:1:" in said[1]


FAULT = r"""
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
import logging
from kgserver.answers.opening import opened
from kgserver.answers.served import Served
from kgserver.files.config import Settings
from kgserver.web.app import create_app
from kgserver.web.record import log_as_json

class Broken:
    def answer(self, *_):
        raise ValueError("broken\nat heart")

logging.basicConfig()
log_as_json()
with opened(Path(sys.argv[1]), None, lambda _: None, workers=1) as graph:
    client = create_app(
        Served(replace(graph, answerer=Broken())), Settings(log="json")
    ).test_client()
    reply = client.get("/sparql?query=ASK{}")
    assert (reply.status_code, reply.json["code"]) == (500, "internal"), reply.text
    assert "heart" not in reply.text
    figures = client.get("/-/metrics").text
    assert 'seconds_count{outcome="internal",route="sparql.endpoint"} 1.0' in figures, figures
"""


def test_a_fault_of_ours_is_logged_whole_and_shown_to_nobody(served_folder: Path) -> None:
    """With its trace, in one line; it counts as `internal`."""
    done = subprocess.run(
        [sys.executable, "-c", FAULT, str(served_folder)], capture_output=True, text=True
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]

    assert done.returncode == 0, done.stderr
    (fault,) = [line for line in lines if "trace" in line]
    assert "ValueError: broken\nat heart" in fault["trace"] and fault["level"] == "error"
    assert [line["outcome"] for line in lines if "route" in line] == ["internal", "ok"]


def test_without_a_log_nothing_is_said(served_folder: Path, tmp_path: Path) -> None:
    """Whatever is asked, and whatever becomes of it."""
    with Running(served_folder, tmp_path, "--log", "off") as server:
        for ask in (ASKED["live"], ASKED["a look-up"], ASKED["nothing"], ASKED["no SPARQL"]):
            assert asked(server, ask).status == ask.status
    assert server.lines == []


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="terminals of POSIX")
def test_at_a_terminal_there_is_no_log(served_folder: Path, tmp_path: Path) -> None:
    """Unless it is asked for: who sits there wants to read what else is said."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-c", "from kgserver.cli import main; main()", "serve"]
    process = subprocess.Popen(
        [*command, str(served_folder), "--port", "0", "--store", str(tmp_path)], stderr=theirs
    )
    os.close(theirs)
    said = b""
    try:
        while b"(end with Ctrl-C)" not in said:
            said += os.read(ours, 4096)
        address = said.split(b"Serving at ")[1].split()[0].decode()
        for _ in range(3):
            assert urlopen(f"{address}-/live", timeout=PATIENCE).status == 200
    finally:
        process.terminate()
        with suppress(OSError):  # what a terminal says when its last program has gone
            while more := os.read(ours, 4096):
                said += more
        process.wait(PATIENCE)
        os.close(ours)

    assert b"route" not in said and said.decode().splitlines()[-1].startswith("Serving at ")
