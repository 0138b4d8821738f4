"""What becomes of edits while a server runs: served whole, or refused and told why."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event

import pytest

import kgserver.answers.reloading
from attacking import PATIENCE, Reply, _children, gone, until
from folders.made import BASE, HEAD, write_folder
from folders.served import HEADED
from kgserver.answers.opening import opened
from kgserver.answers.reloading import Reloader
from kgserver.answers.served import Served
from kgserver.files.folder import Folder
from kgserver.files.source import quiet
from kgserver.store.apart import prepare_apart, run_apart
from kgserver.store.build import build
from kgserver.store.locks import locked
from kgserver.store.revision import Revision, current_name
from running import Running, frozen, limited

LABELLED = (
    "{ ?thing a <https://w3id.org/prok/ns#Body> ; rdfs:label ?n FILTER(CONTAINS(?n, 'gen')) }"
)
ASKED = f"PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> SELECT ?n {LABELLED}"
FRESH = ASKED.replace("?n {", "?n (RAND() AS ?r) {")
"""As before, but never remembered: a worker answers."""
GENERATIONS = count(1)
LIMITS = {"workers": 2, "query_seconds": 20, "result_rows": 1_000}


def generation(number: int) -> dict[str, str]:
    """Return the file in which the generations of a folder differ."""
    text = f'{HEAD}:newborn a prok:Body ; rdfs:label "generation {number}"@en .\n'
    return {"data/newborn.ttl": text}


def edit(place: Path) -> int:
    """Make another generation of a folder, and return which."""
    number = next(GENERATIONS)
    write_folder(place, generation(number))
    return number


def told(reply: Reply) -> int:
    """Return the generation that an answer tells."""
    assert reply.status == 200, reply.text
    found = re.search(r"generation (\d+)", reply.text)
    assert found, reply.text
    return int(found[1])


def revision_of(server: Running) -> str:
    """Return the revision that is served."""
    return str(server.send("/-/live").headers["KG-Revision"])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder."""
    place = tmp_path_factory.mktemp("reloaded")
    return write_folder(place, limited(**LIMITS) | generation(0))


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[Running]:
    """A server on it."""
    with Running(place, place / "build/kg") as server:
        yield server


def test_edits_are_served_whole_while_clients_go_on_asking(server: Running, place: Path) -> None:
    """No request fails, and each answer is of the revision that it names: data and pages."""
    ways: list[Callable[[], Reply]] = [
        lambda: server.ask(ASKED, {"Accept": "text/csv"}),
        lambda: server.ask(FRESH),
        lambda: server.post(ASKED),
        lambda: server.send("/id/newborn", {"Accept": "text/html"}),
        lambda: server.send("/data?default", {"Accept": "text/turtle"}),
    ]
    known = {revision_of(server): told(server.ask(FRESH))}
    over = Event()

    def client(number: int) -> list[tuple[str, int]]:
        heard = []
        for turn in count(number):
            reply = ways[turn % len(ways)]()
            heard.append((str(reply.headers["KG-Revision"]), told(reply)))
            if over.is_set():
                break
        return heard

    with ThreadPoolExecutor(4) as clients:
        asking = [clients.submit(client, number) for number in range(4)]
        try:
            for _ in range(3):
                number = edit(place)
                known[Folder(place).digest()] = number
                assert server.reload()["state"] == "served"
                assert (revision_of(server), told(server.ask(FRESH))) == (list(known)[-1], number)
        finally:
            over.set()
        heard = [told for client in asking for told in client.result()]

    assert len(heard) > 50
    assert {revision for revision, _ in heard} == set(known)
    assert [told for told in heard if told[1] != known[told[0]]] == []


def test_who_has_an_old_answer_is_given_the_new_one(server: Running, place: Path) -> None:
    """A tag holds for its revision; as long as that is served, nothing is sent again."""
    ask = {"Accept": "text/csv"}
    tag = server.ask(ASKED, ask).headers["ETag"]
    assert server.ask(ASKED, {**ask, "If-None-Match": tag}).status == 304
    number = edit(place)
    server.reload()

    fresh = server.ask(ASKED, {**ask, "If-None-Match": tag})
    assert told(fresh) == number and fresh.headers["ETag"] != tag


def test_a_question_under_way_is_answered_by_the_revision_it_began_with(
    server: Running, place: Path
) -> None:
    """Others are answered by the new one meanwhile; the workers of the old one then end."""
    old, before = server.whole(2), told(server.ask(FRESH))
    named = revision_of(server)
    with ThreadPoolExecutor(1) as others:
        with frozen(old):
            asked = others.submit(server.ask, FRESH)
            until(lambda: server.state("busy") == 1)
            number = edit(place)
            assert server.reload()["state"] == "served"
            assert told(server.ask(FRESH)) == number
            assert not asked.done() and not any(map(gone, old))
        reply = asked.result()

    assert (told(reply), reply.headers["KG-Revision"]) == (before, named)
    until(lambda: all(map(gone, old)))
    assert server.whole(2)


QUERY = (
    HEADED.format(en="Late", ru="Поздно", kk="Кеш", asks="view")
    + "#+ columns: [x]\nSELECT ?x { %s } ORDER BY ?x\n"
)
LATE, ASKS = "data/late.ttl", "queries/bodies/late.rq"
FAULTS: dict[str, tuple[str, str | None, str]] = {
    "no Turtle": (LATE, "<http://x/a>\n:b :c .", rf"{LATE}:2:1: .*`:`"),
    "half a file": (LATE, "<http://x/a> a <http://x/b> ;\n", rf"{LATE}:\d+:\d+: "),
    "an undeclared prefix": (LATE, "\nprok:a a prok:b .", rf"{LATE}:2:1: .*`prok:`"),
    "another meaning of a prefix": (
        "shapes/late.ttl",
        "@prefix prok: <http://x/> . prok:a a prok:b .",
        "shapes/late.ttl:1",
    ),
    "an impossible day": (
        LATE,
        f'{HEAD}:e a prok:ChangeEvent ; prok:takesEffectOn "2017-02-30"^^xsd:date .',
        rf"{LATE}:9: `2017-02-30`",
    ),
    "a query without a head": (ASKS, "SELECT * {}", f"{ASKS}:1: "),
    "no SPARQL": (ASKS, QUERY % "?x", rf"{ASKS}:6:\d+: "),
    "no such function": (ASKS, QUERY % "BIND(<urn:f>(1) AS ?x)", f"{ASKS}:1: .*urn:f"),
    "too many rows": (ASKS, QUERY % "?x ?a ?b . ?c ?d ?e", f"{ASKS}: .* rows; 1,000 are sent"),
    "a limit that is none": ("kg.toml", "base = 'http://x/'\n[limits]\nworker = 1\n", "^kg.toml: "),
    "no TOML": ("kg.toml", "base = \n", "^kg.toml: .*line 1"),
    "no data": ("data", None, "holds no data"),
    "a folder that is called like a query": (f"{ASKS}/", None, ""),
}
"""What is put into the folder (or taken from it), and what is then told."""


@pytest.fixture
def faulty(place: Path) -> Iterator[Callable[[str, str | None], None]]:
    """A function that spoils the folder; afterwards it is whole again."""
    kept = {
        path.relative_to(place).as_posix(): path.read_text("utf-8") for path in Folder(place).files
    }

    def spoil(name: str, text: str | None) -> None:
        if text is not None:
            write_folder(place, {name: text})
        elif name.endswith("/"):
            (place / name).mkdir()
        else:
            shutil.rmtree(place / name)

    yield spoil
    for part in ("data", "shapes", "queries"):
        shutil.rmtree(place / part, ignore_errors=True)
    write_folder(place, kept)


@pytest.mark.parametrize(("name", "text", "why"), FAULTS.values(), ids=FAULTS.keys())
def test_a_faulty_folder_is_refused_and_the_old_one_served_on(
    server: Running,
    place: Path,
    faulty: Callable[[str, str | None], None],
    name: str,
    text: str | None,
    why: str,
) -> None:
    """Also by workers that are started later. Why is told with file and line; nothing is moved."""
    before, named = told(server.ask(FRESH)), revision_of(server)
    pointer = current_name(place / "build/kg")
    edit(place)
    faulty(name, text)
    news = server.reload()

    assert news["state"] == "refused" and re.search(why, news["why"]), news["why"]
    for _ in range(2):
        assert (revision_of(server), told(server.ask(FRESH))) == (named, before)
        os.kill(server.whole(2).pop(), signal.SIGKILL)
    assert told(server.ask(FRESH)) == before
    assert current_name(place / "build/kg") == pointer == named
    assert server.ready()["reload"] == news


def test_what_was_refused_is_served_when_it_is_mended(
    server: Running, place: Path, faulty: Callable[[str, str | None], None]
) -> None:
    """The refusal is forgotten then, and the pointer of the store moves on."""
    number = edit(place)
    faulty("data/late.ttl", "<http://x/a>")
    refused = server.gauge('kgserver_reloads_total{outcome="refused"}')
    assert server.reload()["state"] == "refused"
    assert server.gauge('kgserver_reloads_total{outcome="refused"}') == refused + 1
    (place / "data/late.ttl").unlink()
    news = server.reload()

    assert (news["state"], news["why"]) == ("served", None)
    assert told(server.ask(FRESH)) == number
    assert current_name(place / "build/kg") == revision_of(server) == Folder(place).digest()


def test_a_hang_up_without_a_change_changes_nothing(server: Running) -> None:
    """The same workers go on; it is said that there was nothing to do."""
    server.reload()
    since, before, named = len(server.lines), server.whole(2), revision_of(server)
    news = server.reload()

    assert news["state"] == "served"
    assert revision_of(server) == named and server.workers() == before
    until(lambda: b"Nothing has changed" in b"".join(server.lines[since:]))


def test_many_hang_ups_end_in_what_the_folder_says_last(server: Running, place: Path) -> None:
    """However fast they come one upon another, and while a reload is under way."""
    for _ in range(3):
        number = edit(place)
        for _ in range(200):
            server.signal(signal.SIGHUP)
        time.sleep(0.2)

    until(lambda: told(server.ask(FRESH)) == number, PATIENCE)
    until(lambda: server.ready()["reload"]["state"] == "served", PATIENCE)
    assert server.alive and server.whole(2)


def test_a_revision_is_kept_as_long_as_it_is_served(server: Running, place: Path) -> None:
    """Whoever builds newer ones in the same place; afterwards it is swept away."""
    root, before, named = place / "build/kg", told(server.ask(FRESH)), revision_of(server)
    newer = []
    for _ in range(3):
        number = edit(place)
        newer.append(build(Folder(place), root).path.name)
    assert current_name(root) == newer[-1] and not (root / newer[0]).exists()
    for pid in server.whole(2):
        os.kill(pid, signal.SIGKILL)

    assert (revision_of(server), told(server.ask(FRESH))) == (named, before)
    assert server.whole(2) and (root / named / "store").is_dir()
    server.reload()
    assert (revision_of(server), told(server.ask(FRESH))) == (newer[-1], number)
    edit(place)
    server.reload()
    assert not (root / named).exists() and not (root / newer[1]).exists()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_what_changes_while_it_is_read_is_not_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Queries of one moment never answer beside data of another; a moment later all is served."""
    place = write_folder(tmp_path, limited(workers=1) | generation(0))
    late = QUERY % "VALUES ?x { 1 }"
    said: list[str] = []

    def meddle(folder: Folder, store: Path | None) -> Revision:
        if moment == "before":
            write_folder(place, {"queries/bodies/late.rq": late})
        revision = prepare_apart(folder, store)
        if moment == "after":
            write_folder(place, {"queries/bodies/late.rq": late})
        return revision

    with opened(place, None, quiet) as graph:
        served = Served(graph)
        reloader = Reloader(served, place, None, said.append)
        edit(place)
        monkeypatch.setattr(kgserver.answers.reloading, "prepare_apart", meddle)
        reloader.reload()
        assert served.news.state == "refused" and "changed" in (served.news.why or "")
        assert served.graph is graph and current_name(place / "build/kg") == graph.manifest.revision
        monkeypatch.undo()
        reloader.reload()
        assert served.news.state == "served"
        assert served.graph is not graph and served.graph.library.get("bodies/late")
        assert served.graph.pool
        served.graph.pool.close()


def test_a_watched_folder_is_served_when_it_is_at_rest(tmp_path: Path) -> None:
    """Without a signal; and nothing that stood there for less than a second."""
    place = write_folder(tmp_path, limited(workers=1) | generation(0))
    with Running(place, place / "build/kg", "--watch") as server:
        number = edit(place)
        until(lambda: told(server.ask(FRESH)) == number, PATIENCE)

        seen, halves = {revision_of(server)}, set()
        whole = HEAD
        for number in range(3):
            whole += f":piece-{number} a prok:Body .\n"
            write_folder(place, {"data/pieces.ttl": whole})
            halves.add(Folder(place).digest())
            until_then = time.monotonic() + 0.3
            while time.monotonic() < until_then:
                seen.add(revision_of(server))
        until(lambda: revision_of(server) == Folder(place).digest(), PATIENCE)

        assert len(halves) == 3 and not seen & halves
        assert server.gauge('kgserver_reloads_total{outcome="served"}') == 2
        link = place / "data/.#pieces.ttl"  # as editors leave it; it is no part of the graph
        link.symlink_to("nobody@nowhere")
        (place / "data/pieces.ttl").unlink()
        until(lambda: revision_of(server) == Folder(place).digest(), PATIENCE)


SHAPE = (
    "@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix own: <https://example.org/law/ns#> .\n"
)
NAMED = 'rdfs:label "%s"@en , "вещь"@ru , "зат"@kk'
CHECKED = {
    "kg.toml": f'base = "{BASE}"\n[limits]\nworkers = 1\n',
    "ontology/own.ttl": HEAD
    + SHAPE
    + f"skos:definition a owl:AnnotationProperty .\nown:Thing a owl:Class ; {NAMED % 'thing'} ;\n"
    '    skos:definition "What there is."@en , "Что есть."@ru , "Бар нәрсе."@kk .\n',
    "data/things.ttl": f"{HEAD}{SHAPE}:a a own:Thing ; {NAMED % 'a'} .\n",
    "shapes/thing.ttl": f"""{HEAD}{SHAPE}
<{BASE}rule#ThingHasName> a sh:NodeShape ; sh:targetClass own:Thing ; sh:property [
    sh:path rdfs:label ; sh:minCount 1 ;
    sh:message "Name the thing."@en , "Назовите вещь."@ru , "Затты атаңыз."@kk ] .
""",
}
"""A folder that keeps every rule, and has one of its own."""


def test_a_checked_server_refuses_what_breaks_a_rule(tmp_path: Path) -> None:
    """Each violation is told with rule, file and line; what keeps the rules is served."""
    place = write_folder(tmp_path, CHECKED)
    with Running(place, place / "build/kg", "--checked") as server:
        first = revision_of(server)
        write_folder(
            place,
            {"data/late.ttl": f"{HEAD}{SHAPE}:b a own:Thing .\n:c a own:Thang ; {NAMED % 'c'} .\n"},
        )
        news = server.reload()
        assert news["state"] == "refused"
        assert "data/late.ttl:11:6: violation ThingHasName: Name the thing." in news["why"]
        assert re.search(r"data/late\.ttl:12:\d+: violation UndeclaredExternalTerm", news["why"])
        assert revision_of(server) == first
        write_folder(place, {"data/late.ttl": f"{HEAD}{SHAPE}:b a own:Thing ; {NAMED % 'b'} .\n"})
        news = server.reload()
        assert news["state"] == "served", news["why"]
        assert revision_of(server) == current_name(place / "build/kg") != first


def test_a_check_moves_no_pointer(tmp_path: Path) -> None:
    """It judges the folder; which revision is the current one is for others to say."""
    place = write_folder(tmp_path, CHECKED)
    first = build(Folder(place)).path.name
    write_folder(place, {"data/late.ttl": f"{HEAD}{SHAPE}:b a own:Thing .\n"})
    done = run_apart(
        "from kgserver.cli import main; main(['check', *sys.argv[1:]], 'kgserver')", str(place)
    )

    assert done.returncode == 1 and b"ThingHasName" in done.stdout
    assert current_name(place / "build/kg") == first


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_build_does_not_outlive_the_server(tmp_path: Path, how: signal.Signals) -> None:
    """Ended or killed in the middle of a reload, it leaves no process behind."""
    place = write_folder(tmp_path, limited(workers=1) | generation(0))
    root = place / "build/kg"
    with Running(place, root) as server:
        edit(place)
        with locked(root / ".lock", lambda: None):
            server.signal(signal.SIGHUP)
            until(lambda: len(set(_children(server.process.pid))) == 2)
            both = set(_children(server.process.pid))
            assert server.ready()["reload"]["state"] == "building"
            server.signal(how)
            server.process.wait(PATIENCE)
            until(lambda: all(map(gone, both)))


def test_a_hang_up_before_it_serves_is_a_reload_afterwards(tmp_path: Path) -> None:
    """Who edits and hangs up while the server starts finds the edit served."""
    place = write_folder(tmp_path, limited(workers=1) | generation(0))
    (place / "build/kg").mkdir(parents=True)
    command = [sys.executable, "-c", "from kgserver.cli import main; main()", "serve"]
    with locked(place / "build/kg/.lock", lambda: None):
        process = subprocess.Popen(
            [*command, str(place), "--port", "0", "--log", "off"], stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Waiting")
        process.send_signal(signal.SIGHUP)
    said: list[str] = []
    for line in process.stderr:
        said.append(line)
        if line.startswith(("Nothing has changed", "Serving revision")):
            break
    process.terminate()

    assert process.wait(PATIENCE) == 0, said
    assert any(line.startswith("Serving at ") for line in said)
    assert said[-1].startswith("Nothing has changed")
    process.stderr.close()
