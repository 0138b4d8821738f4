"""The chaos run on the small folder; and it notices what it is there to notice."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from folders.made import write_folder
from folders.served import SERVED
from kgserver.answers.opening import opened, read_library
from kgserver.errors import KgError, QueryFailed
from kgserver.files.source import quiet, read_source
from kgserver.web.problems import STATUS

sys.path.append(str(Path(__file__).resolve().parent.parent))  # the benches are not installed

from bench.soak.clients import Client
from bench.soak.ending import fifths, log_faults
from bench.soak.exchange import Call, Line
from bench.soak.ground import FAULTS, LIMITS, Ground, with_limits
from bench.soak.judge import ERRORS, Judge, Remembered, documented
from bench.soak.known import Known
from bench.soak.ledger import Ledger
from bench.soak.probes import Probe, probes
from bench.soak.run import soak
from bench.soak.server import Server, is_worker, spent, tree
from bench.soak.stage import Options
from bench.soak.trouble import Editor
from bench.soak.watch import health_fault

PROBE = Probe("lookup", "a thing", target="/right", accept="text/csv")
REVISIONS = {"aaaa": 0, "bbbb": 1, "cccc": 2}
ROWS = "o\r\ngeneration-000{}\r\n"
BOUND_S = 1.0


def test_a_short_run_has_no_faults(served_folder: Path, tmp_path: Path) -> None:
    """Every kind of request is asked, workers die, the data change, and nothing is wrong."""
    options = Options(
        folder=served_folder,
        place=tmp_path,
        seconds=6,
        clients=6,
        edit_s=0.5,
        kill_s=1.0,
        judge_memory=False,
    )

    report = soak(options, lambda _: None)

    assert not report.faults, str(report)
    assert {"lookup", "page", "runaway", "at the end"} <= {kind for kind, _ in report.ledger.counts}
    assert min(report.ledger.events[name] for name in ("good edits", "bad edits")) >= 1
    assert report.ledger.events["workers killed"] >= 1
    assert report.ledger.of_outcome("200") > 50


class Told:
    """What a lying server says next."""

    def __init__(self) -> None:
        self.status = 200
        self.body = ROWS.format(2).encode()
        self.headers: dict[str, str] = {"KG-Revision": "cccc", "Content-Type": "text/csv"}
        self.later: bytes | None = None
        self.cut = 0
        self.delay_s = 0.0
        self.over = threading.Event()


@contextmanager
def answering(told: Told) -> Iterator[str]:
    """Yield the address of a real server that answers every request as it is told to."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            told.over.wait(told.delay_s)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(told.body[: len(told.body) - told.cut])
            self.close_connection = bool(told.cut)
            told.body = told.later or told.body

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        told.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def exchanged(text: str, known: int, generation: int) -> str:
    """Return what a text of one generation is in another."""
    return text.replace(f"generation-000{known}", f"generation-000{generation}")


def knowing() -> Known:
    """Return what is known of three generations, of which the last one is served."""
    known = Known(exchanged)
    for revision, generation in REVISIONS.items():
        known.announce(revision, generation)
    for generation in (0, 1):
        row = json.dumps([f"generation-000{generation}"])
        known.learn(PROBE.name, generation, f"o\n{row}")
    known.confirm()
    return known


def asked(change: Callable[[Told], None], times: int = 1) -> Ledger:
    """Return what a client notes that asks a server which lies in some way."""
    told, known, ledger = Told(), knowing(), Ledger()
    change(told)
    judge = Judge(known, ERRORS.read_text("utf-8"))
    chance = random.Random(1)
    with answering(told) as address:
        client = Client(address, [PROBE], judge, known, ledger, told.over, chance, BOUND_S)
        for _ in range(times):
            client.ask(PROBE)
        client.close()
    return ledger


def problem(told: Told, status: int, code: str, **headers: str) -> None:
    """Let a server answer with a problem."""
    told.status = status
    told.headers = {"Content-Type": "application/problem+json", **headers}
    said = {"type": f"errors#{code}", "title": "Wrong", "code": code, "status": status}
    told.body = json.dumps(said).encode()


def test_a_right_answer_is_right() -> None:
    """Without a lie there is no fault, asked in whatever way."""
    ledger = asked(lambda told: None, times=60)

    assert not ledger.faults
    assert ledger.of_outcome("200") > 40 and ledger.of_outcome("HEAD") > 0


def older(told: Told) -> None:
    told.headers["KG-Revision"] = "aaaa"
    told.body = ROWS.format(0).encode()


def garbled(told: Told) -> None:
    told.headers["Content-Encoding"] = "gzip"
    told.body = gzip.compress(told.body)[:-5]


LIES: dict[str, tuple[str, Callable[[Told], None]]] = {
    "another row": ("wrong", lambda told: setattr(told, "body", b"o\r\nx\r\n")),
    "a row less": ("wrong", lambda told: setattr(told, "body", b"o\r\n")),
    "rows of another generation": (
        "wrong",
        lambda told: setattr(told, "body", ROWS.format(1).encode()),
    ),
    "an older generation than is served": ("wrong", older),
    "a revision that is none": ("wrong", lambda told: told.headers.update({"KG-Revision": "dddd"})),
    "another day": ("wrong", lambda told: told.headers.update({"KG-At": "2016-01-01"})),
    "no answer": ("hung", lambda told: setattr(told, "delay_s", 10 * BOUND_S)),
    "half an answer": ("broken", lambda told: setattr(told, "cut", 3)),
    "half a coded body": ("undocumented", garbled),
    "another media type": (
        "undocumented",
        lambda told: told.headers.update({"Content-Type": "application/json"}),
    ),
    "an unknown code": ("undocumented", lambda told: problem(told, 500, "mood")),
    "a code with another status": ("undocumented", lambda told: problem(told, 500, "busy")),
    "an error of another request": ("undocumented", lambda told: problem(told, 404, "not-found")),
    "a fault of the program": ("undocumented", lambda told: problem(told, 500, "internal")),
    "busy until when": ("undocumented", lambda told: problem(told, 503, "busy")),
    "an error that is no problem": ("undocumented", lambda told: setattr(told, "status", 500)),
    "a redirect": ("undocumented", lambda told: setattr(told, "status", 302)),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_noticed(lie: str) -> None:
    """Each fault is counted as what it is, and told with an example."""
    fault, change = LIES[lie]

    ledger = asked(change)

    assert dict(ledger.faults) == {fault: 1}
    assert ledger.examples()[0].startswith(f"{fault}: lookup, a thing")


@pytest.mark.parametrize(
    ("status", "code", "headers"),
    [(503, "query-timeout", {}), (500, "query-failed", {}), (503, "busy", {"Retry-After": "2"})],
)
def test_errors_of_load_are_no_faults(status: int, code: str, headers: dict[str, str]) -> None:
    """They may befall any request, and are counted by their codes."""
    ledger = asked(lambda told: problem(told, status, code, **headers))

    assert not ledger.faults and ledger.of_outcome(code) == 1


def test_entity_tags_are_held_to_their_word() -> None:
    """In one revision one tag and one body; 304 only where nothing changed."""
    told, known = Told(), knowing()
    judge = Judge(known, ERRORS.read_text("utf-8"))
    call = Call("GET", PROBE.target)

    def verdict(kept: Remembered | None = None) -> str:
        return judge.verdict(PROBE, call, line.ask(call), 2, kept).fault

    with answering(told) as address:
        line = Line(address, BOUND_S)
        told.headers["ETag"] = '"one"'
        assert [verdict(), verdict()] == ["", ""]
        told.body = b"o\ngeneration-0002\n"  # the same rows, but not the same bytes
        assert verdict() == "wrong"
        told.headers["ETag"] = '"two"'
        assert verdict() == "wrong"
        told.status, told.body = 304, b""
        assert verdict(Remembered('"two"', "cccc")) == ""
        assert verdict(Remembered('"two"', "bbbb")) == "wrong"
        assert verdict(Remembered('"one"', "cccc")) == "wrong"
        assert verdict() == "undocumented"
        line.close()


def test_what_should_be_refused_is() -> None:
    """An answer to a question that has none is wrong."""
    told = Told()
    judge = Judge(knowing(), ERRORS.read_text("utf-8"))
    runaway = Probe("runaway", "a product", target="/", refusal="query-timeout")
    with answering(told) as address:
        line = Line(address, BOUND_S)
        reply = line.ask(runaway.call())
        line.close()

    assert judge.verdict(runaway, runaway.call(), reply, 2).fault == "wrong"


def test_the_page_of_errors_is_read_whole() -> None:
    """Every kind of error is found there with its status, and the two of HTTP alone."""
    found = documented(ERRORS.read_text("utf-8"))

    assert {(kind.code, status) for kind, status in STATUS.items()} <= found
    assert {("method-not-allowed", 405), ("internal", 500)} <= found


SLEEPER = "import signal, sys, time; {}; print(flush=True); time.sleep(60)"
DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
SORRY = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))"


class Stub(Server):
    """A process that serves nothing, with whatever address answers for it."""

    def __init__(self, program: str = "signal.signal(signal.SIGHUP, signal.SIG_IGN)", **at: str):
        command = [sys.executable, "-c", SLEEPER.format(program)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.process.stdout.readline()
        self.process.stdout.close()
        self.address = at.get("address", "http://127.0.0.1:9")


@pytest.mark.parametrize(("program", "status"), [(DEAF, None), (SORRY, 3), ("pass", -15)])
def test_a_bad_end_is_noticed(program: str, status: int | None) -> None:
    """One that does not end is killed; of one that ends badly the status is told."""
    server = Stub(program)

    assert server.end(2) == status
    assert server.process.poll() is not None


def test_the_tree_of_a_process_is_measured() -> None:
    """What a process started belongs to it, and no other process does."""
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    sleeper = SLEEPER.format("name = 'engine.worker'; x = bytearray(40 << 20)")
    with subprocess.Popen(
        [sys.executable, "-c", child, sleeper], stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        members = list(tree(process.pid))
        costs = spent(process.pid)
        for member in members:
            os.kill(member.pid, signal.SIGKILL)

    assert [member.pid for member in members if member.parent == os.getpid()] == [process.pid]
    assert [is_worker(member) for member in members].count(True) >= 1
    assert len(members) == 2 and costs.workers + costs.server > 40 and costs.files >= 3


READY = {"ready": True, "revision": "", "workers": {}}
EDITS: dict[str, tuple[str, set[str], str, dict[str, str]]] = {
    "served": ("better", set(), "1", {"state": "served"}),
    "never served": ("better", {"hung"}, "0", {"state": "building"}),
    "another one served": ("better", {"hung"}, "0", {"state": "served"}),
    "a good one refused": ("better", {"wrong", "hung"}, "0", {"state": "refused", "why": "mood"}),
    "refused": ("worsen", set(), "0", {"state": "refused", "why": "no Turtle"}),
    "refused in silence": ("worsen", {"undocumented"}, "0", {"state": "refused"}),
    "a fault served": ("worsen", {"wrong"}, "1", {"state": "served"}),
    "a fault passed over": ("worsen", {"hung"}, "0", {"state": "served"}),
}


@pytest.mark.parametrize("case", EDITS)
def test_a_reload_that_goes_wrong_is_noticed(case: str, tmp_path: Path) -> None:
    """A good edit is served under its own name; a bad one is refused with a reason."""
    edit, faults, generation, reload = EDITS[case]
    ground = Ground(write_folder(tmp_path / "source", SERVED), tmp_path / "copy")
    revisions = {"0": ground.folder.digest(), "1": ground.write(1)}
    known, ledger, told = Known(ground.told_of), Ledger(), Told()
    known.announce(revisions["0"], 0)
    known.confirm()
    told.body = json.dumps(
        {**READY, "revision": revisions["0"], "reload": {"state": "none"}}
    ).encode()
    told.later = json.dumps({**READY, "revision": revisions[generation], "reload": reload}).encode()
    with answering(told) as address:
        server = Stub(address=address)
        editor = Editor(
            server,
            ground,
            known,
            ledger,
            threading.Event(),
            random.Random(1),
            pause_s=0,
            bound_s=BOUND_S,
            patience_s=1.0,
        )
        editor.better() if edit == "better" else editor.worsen("turtle")
        editor.close()
        server.kill()
        told.over.set()

    assert set(ledger.faults) == faults, ledger.examples()


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/-/live", 500, b"no"),
        ("/-/ready", 200, b"yes"),
        ("/-/ready", 200, b'{"ready": false, "revision": "a", "reload": {"state": "none"}}'),
        ("/-/ready", 500, b'{"ready": false, "revision": "a", "reload": {"state": "none"}}'),
        ("/-/metrics", 200, b"kgserver_queue_waiting many words\n"),
        ("/-/metrics", 200, b""),
    ],
)
def test_ill_health_is_noticed(path: str, status: int, body: bytes) -> None:
    """Another status, another form, and a word that is not the status."""
    assert health_fault(path, status, body)


def test_good_health_is_no_fault() -> None:
    """What the manual promises passes."""
    ready = b'{"ready": true, "revision": "a", "reload": {"state": "none"}}'
    metrics = b'# HELP x\nx_bucket{route="/",le="0.1"} 3\nx_sum 1.5e-3\n'

    assert not health_fault("/-/live", 200, b"ok")
    assert not health_fault("/-/ready", 200, ready)
    assert not health_fault("/-/ready", 503, ready.replace(b"true", b"false"))
    assert not health_fault("/-/metrics", 200, metrics)


def test_faults_in_the_log_are_noticed() -> None:
    """A traceback, a line cut in two, and a fault of the program."""
    good = 'Serving at http://127.0.0.1:1/\n{"outcome": "ok"}\nmemory allocation failed\n'

    assert not log_faults(good)
    lines = ("Traceback (most recent call last):", '{"outcome"')
    for bad in (*lines, '{"outcome": "internal"}', '{"level": "error", "trace": "…"}'):
        assert len(log_faults(good + bad)) == 1


def test_growth_is_noticed() -> None:
    """Medians of fifths tell growth from warming up, and are not moved by a peak."""
    level = [10.0] * 10 + [50.0] * 40

    assert fifths(level, 5) == fifths([*level[:-1], 900.0], 5) == [10.0, 50.0, 50.0, 50.0, 50.0]
    assert fifths(list(map(float, range(52))), 5) == [4.5, 14.5, 25.0, 35.5, 46.0]
    assert fifths([50.0, *[900.0] * 9] * 5, 1)[0] < 500 < fifths([50.0, *[900.0] * 9] * 5, 5)[0]


def test_limits_are_written_where_they_stand() -> None:
    """All else of the settings stays, remarks too; another way of writing limits is refused."""
    text = '# Remark\nbase = "x"\n[limits] # more\nqueue = 64   # many\nquery_kib = 1\n'
    text += "[other]\na = 1\n"

    written = with_limits(text, {"queue": 2, "workers": 1})

    table = tomllib.loads(written)
    assert table["limits"] == {"queue": 2, "workers": 1, "query_kib": 1}
    assert table["other"] == {"a": 1} and written.startswith("# Remark\n")
    assert tomllib.loads(with_limits('base = "x"\n', {"queue": 2}))["limits"] == {"queue": 2}
    with pytest.raises(ValueError, match="limits"):
        with_limits("limits = { queue = 64 }\n", {"queue": 2})


def test_generations_differ_as_they_should(tmp_path: Path) -> None:
    """Each has a revision of its own; number and day are all that differs from the last but one."""
    ground = Ground(write_folder(tmp_path / "source", SERVED), tmp_path / "copy")
    names = {ground.write(generation) for generation in range(4)}

    assert len(names) == 4
    assert ground.told_of(ground.text(1), 1, 3) == ground.text(3) != ground.text(1)
    assert ground.told_of(ground.text(0), 0, 1) != ground.text(1)
    assert ground.folder.settings.limits.workers == LIMITS["workers"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_edit_is_bad_and_can_be_mended(fault: str, tmp_path: Path) -> None:
    """The folder cannot be read, or a question of its library has no answer."""
    ground = Ground(write_folder(tmp_path / "source", SERVED), tmp_path / "copy")
    before = ground.folder.digest()

    ground.spoil(fault)

    if fault == "query that fails":
        with opened(ground.path, tmp_path / "store", quiet, workers=1) as graph:
            failing = graph.library.get("soak/failing")
            with pytest.raises(QueryFailed):
                graph.select(failing.text, graph.dataset_of(failing, None))
    else:
        with pytest.raises(KgError):
            read_library(ground.folder)
            read_source(ground.folder)
    ground.mend()
    assert ground.write(0) == before


def test_every_kind_of_request_is_among_the_questions(tmp_path: Path) -> None:
    """Names are unique, and each way of the protocol asks the same."""
    ground = Ground(write_folder(tmp_path / "source", SERVED), tmp_path / "copy")
    found = probes(ground)

    assert len({probe.kind for probe in found}) >= 12
    (probe, *_) = [probe for probe in found if probe.kind == "dated"]
    ways = [probe.call(how, nonce="1") for how in ("get", "form", "direct")]
    assert [call.method for call in ways] == ["GET", "POST", "POST"]
    assert all(probe.at in call.target + str(call.body) for call in ways)
