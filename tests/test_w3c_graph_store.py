"""The W3C's tests of the SPARQL 1.1 Graph Store HTTP Protocol, over real HTTP.

They write and then read. Here nothing is written, so for each request the graphs that the
requests before it would have made lie in the folder from the start: a GET or HEAD must read what
the manifest wants, and each other request must be refused and leave everything as it was.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
import rdflib
from rdflib.compare import isomorphic

from folders.made import BASE, SMALL, write_folder
from w3c import (
    W3C,
    Message,
    Reply,
    entries,
    everything,
    fits,
    manifest,
    messages,
    needs,
    send,
    serving,
)

SUITE = "sparql11/graph-store-protocol"
MANIFESTS = [manifest(W3C / SUITE / f"manifest-{way}.ttl") for way in ("direct", "indirect")]
STEPS = {
    name: messages(graph, entry) for graph in MANIFESTS for name, entry in entries(graph).items()
}
THEIRS = "http://www.example/gsp/person/"
MADE = f"{THEIRS}made.ttl"
"""The graph that a server would name which makes graphs by POST."""
DEFAULT = ""
READS = ("GET", "HEAD")

State = dict[str, tuple[str, ...]]
"""Graphs by their IRI (`DEFAULT` has none): the texts in Turtle that each is made of."""


def target(message: Message) -> str:
    """Return the graph that a request of the suite is about."""
    parts = urlsplit(message.path)
    if parts.path != "/gsp":
        return THEIRS + unquote(parts.path.removeprefix("/gsp/person/"))
    query = parse_qs(parts.query, keep_blank_values=True)
    if "default" in query:
        return DEFAULT
    return query["graph"][0].replace("$LOCATION$", MADE) if "graph" in query else MADE


def texts(message: Message) -> tuple[str, ...]:
    """Return the Turtle in the body of a request, of each part if there are several."""
    assert message.body is not None
    head = "".join(f"{name}: {value}\r\n" for name, value in message.headers)
    read = message_from_bytes(head.encode() + b"\r\n" + message.body)
    parts = [part for part in read.walk() if not part.is_multipart()]
    assert all(part.get_content_type() == "text/turtle" for part in parts)
    return tuple(part.get_payload(decode=True).decode() for part in parts)


def after(state: State, message: Message) -> State:
    """Return what a graph store holds after a request that it carries out."""
    graph = target(message)
    if message.method in READS:
        return state
    if message.method == "DELETE":
        return {name: text for name, text in state.items() if name != graph}
    kept = state.get(graph, ()) if message.method == "POST" else ()
    return {**state, graph: (*kept, *texts(message))}


def before_each(name: str) -> list[State]:
    """Return what a store that is written to would hold before each request of a test."""
    states: list[State] = [{}]
    for message in STEPS[name]:
        states.append(after(states[-1], message))
    return states[:-1]


def place(name: str, step: int) -> str:
    """Return where the graphs lie that a request of a test is to find."""
    return f"data/gsp/{name.replace('_', '-')}/{step}"


def file_of(name: str, step: int, graph: str) -> str:
    """Return the file of one of those graphs."""
    return f"{place(name, step)}/{graph.removeprefix(THEIRS) or 'default.ttl'}"


def at_our_place(name: str, step: int) -> Message:
    """Return a request of the suite for the address and the graphs that are here."""
    message, ours = STEPS[name][step], f"graph/{place(name, step)}/"
    path = message.path.replace("$LOCATION$", MADE).removesuffix(".ttl")
    if path.startswith("/gsp/"):
        path = path.replace("/gsp/person/", f"/{ours}", 1)
    else:  # a `%` in the name of a file is `%25` in the IRI, and escaped once more in an address
        path = path.replace("/gsp", "/data", 1).replace("%25", "%2525")
        path = path.replace(THEIRS, BASE + ours)
        path = path.replace(quote(THEIRS, safe=""), quote(BASE + ours, safe=""))
    return dataclasses.replace(message, path=path)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on a folder with the graphs of every step."""
    files = {name: text for name, text in SMALL.items() if not name.startswith("queries/")}
    for name in STEPS:
        for step, state in enumerate(before_each(name)):
            files |= {file_of(name, step, graph): "\n".join(t) for graph, t in state.items()}
    with serving(write_folder(tmp_path_factory.mktemp("gsp"), files)) as address:
        yield address


def read(reply: Reply | str) -> rdflib.Graph:
    """Return the triples of an answer, or of a text."""
    text = reply.body if isinstance(reply, Reply) else reply
    return rdflib.Graph().parse(data=text, format="turtle")


def holds(whole: rdflib.Graph, part: rdflib.Graph) -> bool:
    """Tell whether a graph holds another one, blank nodes standing for anything."""
    pattern = " . ".join(
        " ".join(f"?{n}" if isinstance(n, rdflib.BNode) else n.n3() for n in triple)
        for triple in part
    )
    return bool(whole.query(f"ASK {{ {pattern} }}").askAnswer)


@needs(SUITE)
def test_the_suite_was_read() -> None:
    """The tests below come from the manifests, with requests of each method."""
    assert [len(entries(graph)) for graph in MANIFESTS] == [5, 9]
    methods = Counter(message.method for steps in STEPS.values() for message in steps)
    assert methods == {"GET": 15, "HEAD": 4, "PUT": 12, "POST": 5, "DELETE": 4}


@needs(SUITE)
@pytest.mark.parametrize("name", STEPS)
def test_what_is_written_elsewhere_is_read_here(store: str, name: str) -> None:
    """Each GET and HEAD has the status, type and triples that the manifest wants."""
    for step, said in enumerate(STEPS[name]):
        if said.method not in READS:
            continue
        message = at_our_place(name, step)
        reply = send(store, message)
        assert fits(reply.status, message.statuses), (step, reply.body)
        for header, value in message.wanted_headers.items():
            assert reply.headers[header] == value
        if message.method == "HEAD":
            full = send(store, dataclasses.replace(message, method="GET"))
            assert (reply.status, reply.body) == (full.status, b"") and full.body
        if message.wanted_body is not None:
            wanted, got = read(message.wanted_body), read(reply)
            # The default graph is the law of today: more than what one client would put there.
            same = holds(got, wanted) if target(said) == DEFAULT else isomorphic(got, wanted)
            assert same, reply.body.decode()


@needs(SUITE)
@pytest.mark.parametrize("name", STEPS)
def test_nothing_is_written(store: str, name: str) -> None:
    """Each PUT, POST and DELETE is 405 with the methods that there are, and changes nothing."""
    before = everything(store)
    assert any("Jane Doe" in row for row in before) and any("Alice" in row for row in before)

    for step, said in enumerate(STEPS[name]):
        if said.method in READS:
            continue
        reply = send(store, at_our_place(name, step))
        assert (reply.status, reply.code()) == (405, "method-not-allowed")
        assert str(reply.headers["Allow"]).split(", ") == ["GET", "HEAD", "OPTIONS"]
        assert "Location" not in reply.headers
        assert everything(store) == before


@needs(SUITE)
def test_each_step_has_graphs_of_its_own(store: str) -> None:
    """What the first reading of a test wants is not what its second one finds."""
    first, second = (at_our_place("put_get_repeat_indirect", step) for step in (1, 3))
    assert first.path != second.path and first.wanted_body is not None
    wanted = read(first.wanted_body)

    assert isomorphic(read(send(store, first)), wanted)
    assert not isomorphic(read(send(store, second)), wanted)
    assert not holds(read(send(store, second)), wanted)
