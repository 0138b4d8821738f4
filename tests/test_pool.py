"""Workers that answer, are ended, die, and are replaced; on real processes and a real store."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox
import pytest

from kgserver.engine import worker
from kgserver.engine.child import Child
from kgserver.engine.pool import Pool
from kgserver.engine.question import Answer, Asker, Dataset, Question
from kgserver.errors import (
    Abandoned,
    Busy,
    NotAcceptable,
    QueryFailed,
    QuerySyntaxError,
    QueryTimeout,
    ResultTooLarge,
)
from kgserver.formats import GRAPHS, SOLUTIONS

E = "http://example.org/"
VIEW, FILE, OTHER, COPY = f"{E}view", f"{E}file", f"{E}other", f"{E}copy"
THINGS = 2_000
DATASET = Dataset(default=(VIEW,), named=(FILE,))

SOON = 2.0
"""Seconds for what takes a fifth of one on a machine with nothing else to do."""

LOOKUP = f"SELECT ?o {{ <{E}thing/7> <{E}number> ?o }}"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
BOMB = (
    f"SELECT (STRLEN(?c) AS ?n) {{ BIND('{'x' * 50_000}' AS ?a) "
    f"BIND(CONCAT({','.join(['?a'] * 60)}) AS ?b) BIND(CONCAT({','.join(['?b'] * 60)}) AS ?c) }}"
)


@pytest.fixture(scope="module")
def store_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with numbered things in one graph, and one triple in each of two others."""
    directory = tmp_path_factory.mktemp("store")
    store = ox.Store(str(directory))
    number, view = ox.NamedNode(f"{E}number"), ox.NamedNode(VIEW)
    store.bulk_extend(
        ox.Quad(ox.NamedNode(f"{E}thing/{n}"), number, ox.Literal(n), view) for n in range(THINGS)
    )
    for graph in (FILE, OTHER):
        store.add(ox.Quad(ox.NamedNode(graph), number, ox.Literal("one"), ox.NamedNode(graph)))
    store.add(ox.Quad(ox.NamedNode(FILE), number, ox.Literal("one"), ox.NamedNode(COPY)))
    store.flush()
    store.optimize()
    return directory


@pytest.fixture(scope="module")
def pool(store_dir: Path) -> Iterator[Pool]:
    """A pool with limits that a test can reach."""
    with Pool(
        store_dir, workers=2, query_seconds=5, queue=64, worker_mib=128, result_bytes=1_000_000
    ) as pool:
        yield pool


def ask(pool: Pool, text: str, dataset: Dataset = DATASET, **more: object) -> Answer:
    """Ask in JSON and Turtle unless told otherwise."""
    return pool.answer(Question(text, dataset, **more))  # type: ignore[arg-type]


def values(answer: Answer) -> list[str]:
    """Return all values of a JSON answer, sorted."""
    rows = json.loads(answer.body)["results"]["bindings"]
    return sorted(term["value"] for row in rows for term in row.values())


def workers_of(pool: Pool) -> set[int]:
    """Return the process ids of the workers."""
    return {child.process.pid for child in list(pool._children)}


def until(holds: Callable[[], bool], seconds: float = 5.0) -> float:
    """Wait until something holds, and return how long that took; fail if it does not."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds, "it did not come to hold"
        time.sleep(0.005)
    return time.monotonic() - begun


def state(pid: int) -> str:
    """Return the letter for what a process is doing; none where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def gone(pid: int) -> bool:
    """Whether a process has ended (or only waits for its parent to notice)."""
    return state(pid) in ("", "Z")


def test_each_kind_in_each_format(pool: Pool) -> None:
    """SELECT, ASK, CONSTRUCT and DESCRIBE are written as asked."""
    for format_ in SOLUTIONS:
        rows = ask(pool, LOOKUP, solutions=format_.name)
        truth = ask(pool, "ASK { ?s ?p 7 }", solutions=format_.name)
        assert (rows.kind, rows.format, truth.kind) == ("select", format_.name, "ask")
        assert b"7" in rows.body
        assert b"true" in truth.body
    for format_ in GRAPHS:
        for text in (f"DESCRIBE <{E}thing/7>", "CONSTRUCT WHERE { ?s ?p 7 }"):
            graph = ask(pool, text, graph=format_.name)
            assert (graph.kind, graph.format) == ("graph", format_.name)
            read = ox.parse(graph.body, ox.RdfFormat.from_media_type(format_.media_type))
            assert [quad.object.value for quad in read] == ["7"]


def test_formats_of_worker_and_server_agree() -> None:
    """The worker writes each format that can be negotiated."""
    assert set(worker.SOLUTIONS) == {format_.name for format_ in SOLUTIONS}
    assert set(worker.GRAPHS) == {format_.name for format_ in GRAPHS}


def test_rows_are_counted_in_each_format(pool: Pool) -> None:
    """Whatever stands in the values, and however long the answer is."""
    text = 'SELECT * { VALUES (?a ?b) { ("1\\n2" 3) ("4},{" UNDEF) (UNDEF "<result>") } }'
    many = "SELECT (STR(?p) AS ?x) ('},{' AS ?y) { ?s ?p ?o . ?a ?b ?c }"

    for format_ in SOLUTIONS:
        assert ask(pool, text, solutions=format_.name).rows == 3
        assert ask(pool, f"{many} LIMIT 5000", solutions=format_.name).rows == 5_000


def test_the_limit_of_rows_is_exact(store_dir: Path) -> None:
    """As many rows as the limit come, one more does not; in a file as in memory."""
    pairs = "SELECT (STR(?s) AS ?x) (STR(?a) AS ?y) ('},{' AS ?z) { ?s ?p ?o . ?a ?b ?c }"
    for rows in (1_000, 80_000):
        with Pool(store_dir, workers=1, result_rows=rows) as pool:
            for format_ in SOLUTIONS:
                whole = ask(pool, f"{pairs} LIMIT {rows}", solutions=format_.name)
                assert isinstance(whole.body, bytes) is (rows == 1_000)
                assert whole.rows in (rows, None)
                assert len(whole.whole()) > rows
                with pytest.raises(ResultTooLarge, match=f"{rows + 1:,} rows"):
                    ask(pool, f"{pairs} LIMIT {rows + 1}", solutions=format_.name)


def test_a_question_can_have_rows_cut_off(pool: Pool) -> None:
    """The first rows come, in their order and of their types, and it is said there were more."""
    text = f"SELECT ?s ?o ('a\\nb'@en AS ?l) {{ ?s <{E}number> ?o }} ORDER BY ?o"
    first = ask(pool, f"{text} LIMIT 3")

    cut = ask(pool, text, cut=3)
    assert (cut.body, cut.rows, cut.cut) == (first.body, 3, True)
    fits = ask(pool, f"{text} LIMIT 3", cut=3)
    assert (fits.body, fits.rows, fits.cut) == (first.body, 3, False)
    assert ask(pool, text, solutions="csv", cut=0).body == b"s,o,l\r\n"
    assert ask(pool, "ASK { ?s ?p ?o }", cut=3).cut is False


def test_a_long_answer_is_a_file(store_dir: Path) -> None:
    """It is the same answer, and a worker lets go of it when it is asked again."""
    text = "SELECT ?s ?a { ?s ?p ?o . ?a ?b ?c } LIMIT 100000"
    with Pool(store_dir, workers=1) as pool:
        (pid,) = workers_of(pool)
        descriptors = len(os.listdir(f"/proc/{pid}/fd"))
        long = ask(pool, text, solutions="tsv")
        assert not isinstance(long.body, bytes)
        assert values(ask(pool, LOOKUP)) == ["7"]
        lines = long.whole().split(b"\n")
        assert len(lines) == 100_002
        assert lines[1].startswith(f"<{E}thing/".encode())
        assert len(os.listdir(f"/proc/{pid}/fd")) == descriptors


def test_the_dataset_is_the_one_given(pool: Pool) -> None:
    """The default graph is what the dataset says, FROM or not, and GRAPH reaches no other."""
    every = "SELECT (COUNT(*) AS ?n) %s { ?s ?p ?o }"
    names = "SELECT ?g { GRAPH ?g { ?s ?p ?o } }"

    assert values(ask(pool, every % "")) == [str(THINGS)]
    assert values(ask(pool, every % f"FROM <{OTHER}> FROM NAMED <{OTHER}>")) == [str(THINGS)]
    assert values(ask(pool, every % "", Dataset((VIEW, FILE)))) == [str(THINGS + 1)]
    twice = Dataset((VIEW, FILE, COPY), (FILE, COPY), overlapping=True)
    assert values(ask(pool, every % "", twice)) == [str(THINGS + 1)]
    assert values(ask(pool, names, twice)) == [COPY, FILE]
    assert values(ask(pool, every % "", Dataset(()))) == ["0"]
    assert values(ask(pool, names)) == [FILE]
    assert values(ask(pool, names, Dataset((VIEW,)))) == []
    assert values(ask(pool, f"SELECT ?s {{ GRAPH <{OTHER}> {{ ?s ?p ?o }} }}")) == []


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("SELECT * {\n  ?s ?p ?o FOO\n}", "line 2, column 12", "`FOO` cannot stand here"),
        ("SELECT * { ?s ?p ?o", "line 1, column 20", "ends too early"),
        ("ASK { ?s <p> ?o }", "line 1, column 7", "`?s <p> ?o }` cannot stand here"),
        ("ASK { FILTER ?x = 1 }", "line 1, column 14", "`?x = 1 }`"),
        ("SELECT * { ?s ?p ?o }}", "line 1, column 21", "`}}` cannot"),
        ("SELECT * { }\n\nLIMIT 5 6", "line 3, column 9", "`6`"),
        ("SELECT ?x ?x (1 AS ?x) { }", "line 1, column 27", "Duplicated variable name"),
        ("ASK { 'жж' ?p ?? }", "line 1, column 16", "`? }`"),
    ],
)
def test_syntax_errors(pool: Pool, text: str, where: str, message: str) -> None:
    """What is not SPARQL is told with its place and what stands there."""
    with pytest.raises(QuerySyntaxError) as fault:
        ask(pool, text)

    assert fault.value.where == where
    assert message in fault.value.message


def test_other_errors(pool: Pool) -> None:
    """A format that the kind does not have, a function that does not exist, a large answer."""
    with pytest.raises(NotAcceptable, match="kind") as refusal:
        ask(pool, LOOKUP, solutions=None)
    assert "text/csv" in (refusal.value.hint or "")
    with pytest.raises(NotAcceptable) as refusal:
        ask(pool, "CONSTRUCT WHERE { ?s ?p 7 }", graph=None)
    assert "text/turtle" in (refusal.value.hint or "")
    with pytest.raises(QueryFailed, match="not supported"):
        ask(pool, "SELECT (<http://example.org/f>(1) AS ?x) { }")
    with pytest.raises(ResultTooLarge, match="1,000,000"):
        ask(pool, "SELECT * { ?s ?p ?o . ?a ?b ?c }")
    assert pool.status().replaced == 0


def test_the_limit_of_a_result_is_exact(store_dir: Path) -> None:
    """An answer as large as the limit comes whole, one byte more does not."""
    text = f"SELECT (STR('{'x' * 93}') AS ?x) {{ }}"  # `x`, line end, 93 characters, line end
    with Pool(store_dir, workers=1, result_bytes=98) as pool:
        assert len(ask(pool, text, solutions="csv").body) == 98
    with Pool(store_dir, workers=1, result_bytes=97) as pool, pytest.raises(ResultTooLarge):
        ask(pool, text, solutions="csv")


def test_start_is_quick(store_dir: Path) -> None:
    """The first answer comes soon after the start, and all workers soon after that."""
    begun = time.monotonic()
    with Pool(store_dir, workers=3) as pool:
        ask(pool, LOOKUP)
        assert time.monotonic() - begun < SOON
        until(lambda: pool.status().ready == 3)


def test_an_endless_query_is_stopped_while_others_are_answered(store_dir: Path) -> None:
    """The deadline holds; meanwhile look-ups go on; afterwards the pool is whole again."""
    with Pool(store_dir, workers=2, query_seconds=1.5) as pool:
        until(lambda: pool.status().ready == 2)
        before = workers_of(pool)
        with ThreadPoolExecutor(1) as others:
            begun = time.monotonic()
            endless = others.submit(ask, pool, ENDLESS)
            until(lambda: pool.status().busy == 1)
            lookups = 0
            while not endless.done():
                asked = time.monotonic()
                assert values(ask(pool, LOOKUP)) == ["7"]
                assert time.monotonic() - asked < 1.2
                lookups += 1
            took = time.monotonic() - begun
        with pytest.raises(QueryTimeout, match=r"longer than 1\.5 s"):
            endless.result()
        assert 1.5 <= took < 1.5 + SOON
        assert lookups > 20
        assert until(lambda: pool.status().ready == 2) < SOON
        until(lambda: len(workers_of(pool) - before) == 1)
        (stopped,) = before - workers_of(pool)
        until(lambda: gone(stopped))


def test_a_question_can_only_lower_the_limit(store_dir: Path) -> None:
    """A shorter time is kept, a longer one is not given."""
    with Pool(store_dir, workers=1, query_seconds=0.6) as pool:
        for asked, given in ((0.3, "0.3"), (60.0, "0.6")):
            begun = time.monotonic()
            with pytest.raises(QueryTimeout, match=f"longer than {given} s"):
                ask(pool, ENDLESS, timeout_s=asked)
            assert time.monotonic() - begun < asked + SOON
            until(lambda: pool.status().ready == 1)


def test_an_asker_who_leaves_frees_the_worker(store_dir: Path) -> None:
    """In the middle of a query and in the queue; the time is charged all the same."""

    class Leaving(Asker):
        def __init__(self) -> None:
            self.left = threading.Event()
            self.charged: list[float] = []

        def gone(self) -> bool:
            return self.left.is_set()

        def charge(self, seconds: float) -> None:
            self.charged.append(seconds)

    with Pool(store_dir, workers=1, query_seconds=30) as pool, ThreadPoolExecutor(2) as others:
        askers = [Leaving(), Leaving()]
        asked = others.submit(pool.answer, Question(ENDLESS, DATASET), askers[0])
        until(lambda: pool.status().busy == 1)
        waits = others.submit(pool.answer, Question(LOOKUP, DATASET), askers[1])
        until(lambda: pool.status().waiting == 1)
        for asker, left in zip(reversed(askers), (waits, asked), strict=True):
            asker.left.set()
            with pytest.raises(Abandoned):
                left.result(timeout=5)
        assert values(ask(pool, LOOKUP)) == ["7"]
        assert len(askers[0].charged) == 1
        assert 0 < askers[0].charged[0] < 30
        assert askers[1].charged == []


def test_a_memory_bomb_ends_only_its_worker(pool: Pool) -> None:
    """The asker is told; the next question is answered; the pool is whole again."""
    replaced = pool.status().replaced
    with pytest.raises(QueryFailed, match="brought its worker down") as failure:
        ask(pool, BOMB)

    assert "128 MiB" in (failure.value.hint or "")
    assert values(ask(pool, LOOKUP)) == ["7"]
    assert until(lambda: pool.status().ready == 2 and pool.status().replaced > replaced) < SOON


def test_workers_killed_from_outside(pool: Pool) -> None:
    """Idle workers that are killed are replaced, and no question is lost over it."""
    until(lambda: pool.status().ready == 2)
    for _ in range(5):
        for pid in workers_of(pool):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert values(ask(pool, LOOKUP)) == ["7"]
    assert until(lambda: pool.status().ready == 2) < SOON


def test_a_worker_killed_while_it_answers(pool: Pool) -> None:
    """Only the one who asked it is told."""
    until(lambda: pool.status().ready == 2)
    with ThreadPoolExecutor(1) as others:
        endless = others.submit(ask, pool, ENDLESS)
        until(lambda: pool.status().busy == 1)
        idle = {child.process.pid for child in list(pool._idle)}
        (busy,) = workers_of(pool) - idle
        time.sleep(0.3)
        os.kill(busy, signal.SIGKILL)
        with pytest.raises(QueryFailed):
            endless.result(timeout=2)
    assert values(ask(pool, LOOKUP)) == ["7"]


def test_a_frozen_worker(store_dir: Path) -> None:
    """A worker that takes nothing in is past its deadline like any other."""
    with Pool(store_dir, workers=1, query_seconds=0.5) as pool:
        (pid,) = workers_of(pool)
        os.kill(pid, signal.SIGSTOP)
        until(lambda: state(pid) == "T")
        with pytest.raises(QueryTimeout):
            ask(pool, LOOKUP + " #" + "x" * 200_000)
        until(lambda: gone(pid))
        assert values(ask(pool, LOOKUP)) == ["7"]


def test_fifty_clients_lose_nothing(pool: Pool) -> None:
    """Fifty threads at once: each gets its own answer, each time."""
    together = threading.Barrier(50)

    def client(number: int) -> list[list[str]]:
        together.wait()
        text = f"SELECT ?o {{ <{E}thing/{number}> <{E}number> ?o }}"
        return [values(ask(pool, text)) for _ in range(20)]

    with ThreadPoolExecutor(50) as clients:
        answers = list(clients.map(client, range(50)))

    assert answers == [[[str(number)]] * 20 for number in range(50)]


def test_the_queue_is_bounded(store_dir: Path) -> None:
    """Who would be one too many is turned away at once; who waited too long, after that time."""
    with (
        Pool(store_dir, workers=1, query_seconds=0.8, queue=1) as pool,
        ThreadPoolExecutor(2) as others,
    ):
        endless = others.submit(ask, pool, ENDLESS)
        until(lambda: pool.status().busy == 1)
        waits = others.submit(ask, pool, LOOKUP)
        until(lambda: pool.status().waiting == 1)
        begun = time.monotonic()
        with pytest.raises(Busy, match="1 queries wait"):
            ask(pool, LOOKUP)
        assert time.monotonic() - begun < 0.5
        with pytest.raises(QueryTimeout):
            endless.result()
        # The deadline of the one and the patience of the other end within moments of each other.
        try:
            assert values(waits.result()) == ["7"]
        except Busy as busy:
            assert "stayed busy" in busy.message


def test_close(store_dir: Path) -> None:
    """Closing ends all workers, a busy one too, and whoever asks then is told to come back."""
    pool = Pool(store_dir, workers=2, query_seconds=10)
    until(lambda: pool.status().ready == 2)
    pids = workers_of(pool)
    with ThreadPoolExecutor(1) as others:
        endless = others.submit(ask, pool, ENDLESS)
        until(lambda: pool.status().busy == 1)
        begun = time.monotonic()
        pool.close()
        assert time.monotonic() - begun < SOON
        with pytest.raises(Busy, match="being stopped"):
            endless.result()
    assert all(gone(pid) for pid in pids)
    with pytest.raises(Busy, match="being stopped"):
        ask(pool, LOOKUP)


def test_close_can_wait_for_answers(store_dir: Path) -> None:
    """A draining pool takes no new question, and lets those under way finish."""
    pool = Pool(store_dir, workers=1, query_seconds=0.5)
    with ThreadPoolExecutor(1) as others:
        endless = others.submit(ask, pool, ENDLESS)
        until(lambda: pool.status().busy == 1)
        pool.close(drain_s=5)
        with pytest.raises(QueryTimeout):
            endless.result()


def test_no_store(tmp_path: Path) -> None:
    """A folder that is no store is told at once, with its name."""
    begun = time.monotonic()
    with pytest.raises(QueryFailed, match="cannot be asked") as failure:
        Pool(tmp_path / "none", workers=2)

    assert failure.value.where == str(tmp_path / "none")
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("query", [LOOKUP, ENDLESS], ids=["idle", "busy"])
def test_workers_do_not_outlive_their_parent(store_dir: Path, query: str) -> None:
    """When the server is killed, its workers end, in the middle of a query too."""
    program = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from kgserver.engine.pool import Pool\n"
        "from kgserver.engine.question import Dataset, Question\n"
        "pool = Pool(Path(sys.argv[1]), workers=1, query_seconds=60)\n"
        f"question = Question(sys.argv[2], Dataset(({VIEW!r},)))\n"
        "threading.Thread(target=pool.answer, args=[question], daemon=True).start()\n"
        "print(*[child.process.pid for child in pool._children], flush=True)\n"
        "threading.Event().wait()\n"
    )
    source = str(Path(worker.__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", program, str(store_dir), query],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": source},
    ) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        time.sleep(0.2)
        assert pids
        assert not any(gone(pid) for pid in pids)
        parent.kill()

    until(lambda: all(gone(pid) for pid in pids), seconds=2)


def test_what_the_guard_lets_through_does_not_overflow(pool: Pool) -> None:
    """The deepest and longest queries that pass the guard end in an answer, not in a crash."""
    many = range(1_990)
    for text in (
        "ASK { FILTER(" + " || ".join("?x" for _ in many) + ") }",
        "SELECT " + " ".join(f"(1 AS ?x{n})" for n in many) + " { }",
        "ASK {" + " ".join(f"BIND(1 AS ?x{n})" for n in many) + "}",
        "ASK {" + "{ } MINUS " * 1_990 + "{ } }",
        "ASK {" + "FILTER EXISTS {" * 63 + "}" * 63 + "}",
        "ASK { FILTER(" + "IF(true," * 60 + "true" + ",false)" * 60 + ") }",
    ):
        assert ask(pool, text).kind in ("ask", "select")


def test_the_network_is_closed(store_dir: Path) -> None:
    """Should a SERVICE pass the guard, the worker cannot reach anyone: two ways to see to it."""
    with Pool(store_dir, workers=1) as pool:
        network = pool.status().network
        if network == "open":
            pytest.skip("this system lets no process cut itself off")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(0.3)
            address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            with pytest.raises(QueryFailed, match=r"unreachable|denied"):
                ask(pool, f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}")
            with pytest.raises(TimeoutError):
                listener.accept()


@pytest.mark.parametrize("means", ["own_network", "refuse_sockets"])
def test_each_means_against_the_network(means: str) -> None:
    """Each of the two, where the system has it, keeps a process from calling even this machine."""
    program = (
        "import socket, sys\n"
        f"sys.path.insert(0, {str(Path(worker.__file__).parents[2])!r})\n"
        "from kgserver.engine import confine\n"
        f"print(confine.{means}())\n"
        "socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2)\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        ran = subprocess.run(
            [sys.executable, "-c", program, port], capture_output=True, text=True, check=False
        )
    if ran.stdout.strip() == "False":
        pytest.skip(f"this system does not allow {means}")

    assert ran.returncode == 1
    assert "unreachable" in ran.stderr or "Permission denied" in ran.stderr


def test_a_limit_of_memory_that_the_store_accepts(store_dir: Path) -> None:
    """The limit counts from an open store, so even a small one lets small queries run."""
    with Pool(store_dir, workers=1, worker_mib=32) as pool:
        assert values(ask(pool, LOOKUP)) == ["7"]


def test_a_worker_ends_with_its_line(store_dir: Path) -> None:
    """A worker ends by itself when its parent has gone, and has written nothing but frames."""
    child = Child(store_dir, memory_mib=128, max_bytes=1_000_000, max_rows=1_000, prefixes={})
    child.wait_ready(5)
    child._line.shutdown(socket.SHUT_WR)

    until(lambda: not child.alive, seconds=2)
    assert child.process.returncode == 1
    assert child._line.recv(1) == b""
    child.bury()
