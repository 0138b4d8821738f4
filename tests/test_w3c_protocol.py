"""The W3C's tests of the SPARQL 1.1 Protocol and of service descriptions, over real HTTP.

The protocol suite asks graphs by IRIs of its own. Here a graph is named by its file, so those
IRIs are put in place of the suite's, in requests and data alike. Its updates are sent as they
stand: this server is to refuse each, and to stay as it is.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import rdflib

from folders.made import BASE, HEAD, SMALL, write_folder
from w3c import (
    W3C,
    Message,
    ask,
    entries,
    everything,
    fits,
    get,
    manifest,
    messages,
    needs,
    send,
    serving,
)

SUITE = W3C / "sparql11" / "protocol"
MANIFEST = manifest(SUITE / "manifest.ttl")
ENTRIES = entries(MANIFEST)
QUERIES = [name for name in ENTRIES if "update" not in name]
UPDATES = [name for name in ENTRIES if "update" in name]
SERVICE = manifest(W3C / "sparql11" / "service-description" / "manifest.ttl")
THEIRS = "http://kasei.us/2009/09/sparql/data/"
OURS = f"{BASE}graph/data/"
TYPES = {
    "boolean": r"application/sparql-results\+(json|xml)|text/csv",
    "tabular": r"application/sparql-results\+(json|xml)|text/(csv|tab-separated-values)",
    "RDF": r"text/turtle|application/(rdf\+xml|n-triples|ld\+json)",
}
REFUSALS = {
    "update_dataset_default_graph": (415, "unsupported-media-type"),
    "update_dataset_default_graphs": (415, "unsupported-media-type"),
    "update_dataset_named_graphs": (415, "unsupported-media-type"),
    "update_dataset_full": (415, "unsupported-media-type"),
    "update_post_form": (400, "parameter"),
    "update_post_direct": (415, "unsupported-media-type"),
    "update_base_uri": (415, "unsupported-media-type"),
    "bad_update_get": (400, "parameter"),
    "bad_multiple_updates": (400, "parameter"),
    "bad_update_wrong_media_type": (415, "unsupported-media-type"),
    "bad_update_missing_form_type": (415, "unsupported-media-type"),
    "bad_update_non_utf8": (415, "unsupported-media-type"),
    "bad_update_syntax": (400, "parameter"),
    "bad_update_dataset_conflict": (415, "unsupported-media-type"),
}
"""What the manual says of an update: an unread body, or a parameter that is not taken."""


def renamed(text: str) -> str:
    """Return a text with the suite's graphs by the names that they have here, escaped or not."""
    text = re.sub(rf"{re.escape(THEIRS)}(data\d)\.rdf", rf"{OURS}\1", text)
    theirs, ours = quote(THEIRS, safe=""), quote(OURS, safe="")
    return re.sub(rf"{re.escape(theirs)}(data\d)\.rdf", rf"{ours}\1", text)


def at_our_place(message: Message) -> Message:
    """Return a request of the suite for the endpoint and the graphs that are here."""
    path = renamed(message.path).replace("/sparql/", "/sparql", 1)
    body = message.body
    if body is not None and b"\0" not in body:  # UTF-16 goes as it is
        body = renamed(body.decode()).encode()
    return dataclasses.replace(message, path=path, body=body)


def requests(name: str) -> list[Message]:
    """Return the requests of a test."""
    return [at_our_place(message) for message in messages(MANIFEST, ENTRIES[name])]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on a folder that holds the suite's data."""
    files = {name: text for name, text in SMALL.items() if not name.startswith("queries/")}
    files["data/data0.ttl"] = f"{HEAD}:x a owl:Thing .\n"
    for path in SUITE.glob("data*.nt"):
        files[f"data/{path.stem}.ttl"] = renamed(path.read_text("utf-8"))
    with serving(write_folder(tmp_path_factory.mktemp("w3c"), files)) as address:
        yield address


@needs("sparql11/protocol")
def test_the_suite_was_read() -> None:
    """The tests below come from the manifest, not from an empty list."""
    assert (len(QUERIES), len(UPDATES)) == (20, 14)
    assert set(UPDATES) == set(REFUSALS)


@needs("sparql11/protocol")
@pytest.mark.parametrize("name", QUERIES)
def test_the_protocol_holds(endpoint: str, name: str) -> None:
    """Status, kind and verdict of each answer are those that the manifest wants."""
    (message,) = requests(name)

    reply = send(endpoint, message)

    assert fits(reply.status, message.statuses), reply.body
    if reply.status >= 400:
        assert reply.code()
    if message.kind:
        assert re.fullmatch(TYPES[message.kind], reply.media_type)
    if message.verdict is not None:
        assert json.loads(reply.body)["boolean"] is message.verdict


@needs("sparql11/protocol")
@pytest.mark.parametrize("name", UPDATES)
def test_an_update_is_refused_and_changes_nothing(endpoint: str, name: str) -> None:
    """The refusal has the status and code of the manual; the data after are those before."""
    update, *checks = requests(name)
    before = everything(endpoint)
    assert any("graph/data/data1" in row and "foaf/0.1/Document" in row for row in before)

    reply = send(endpoint, update)

    assert (reply.status, reply.code()) == REFUSALS[name]
    assert everything(endpoint) == before
    for check in checks:  # it asks whether the update was made
        answered = send(endpoint, check)
        assert check.verdict is True and json.loads(answered.body)["boolean"] is False


INSERT = "INSERT DATA { <urn:a> <urn:b> <urn:c> }"
DIRECT = ("Content-Type", "application/sparql-query")
OTHER_WAYS = {
    "query in the address": (Message("GET", f"/sparql?query={quote(INSERT)}"), 403),
    "query in a body": (Message("POST", "/sparql", (DIRECT,), INSERT.encode()), 403),
    "PUT": (Message("PUT", "/sparql", (DIRECT,), INSERT.encode()), 405),
    "PATCH": (Message("PATCH", "/sparql", (DIRECT,), INSERT.encode()), 405),
    "DELETE": (Message("DELETE", "/sparql"), 405),
}
"""The ways to ask for an update that the suite leaves out and the manual names."""


@pytest.mark.parametrize("way", OTHER_WAYS)
def test_an_update_in_another_way_is_refused(endpoint: str, way: str) -> None:
    """As a query it is refused for what it says, by another method for the method."""
    message, status = OTHER_WAYS[way]
    before = everything(endpoint)

    reply = send(endpoint, message)

    assert reply.status == status
    assert reply.code() == {403: "query-refused", 405: "method-not-allowed"}[status]
    assert status != 405 or {"GET", "HEAD", "POST"} <= set(reply.headers["Allow"].split(", "))
    assert everything(endpoint) == before


def test_a_change_would_be_seen(endpoint: str, tmp_path: Path) -> None:
    """What `everything` returns differs when one triple of one file does."""
    files = {name: text for name, text in SMALL.items() if not name.startswith("queries/")}
    files["data/bodies.ttl"] += ":office prok:partOf :state .\n"
    with serving(write_folder(tmp_path, files)) as address:
        changed = everything(address)

    graph = f"<{BASE}graph/data/bodies>"
    triple = (f"<{BASE}id/office>", "<https://w3id.org/prok/ns#partOf>", f"<{BASE}id/state>")
    assert "\t".join(("all", graph, *triple)) in changed - everything(endpoint)


SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
FORMATS = "http://www.w3.org/ns/formats/"
SCHEMA: dict[rdflib.URIRef, tuple[rdflib.URIRef, rdflib.URIRef | None]] = {
    SD.endpoint: (SD.Service, None),
    SD.feature: (SD.Service, SD.Feature),
    SD.defaultEntailmentRegime: (SD.Service, SD.EntailmentRegime),
    SD.defaultSupportedEntailmentProfile: (SD.Service, SD.EntailmentProfile),
    SD.extensionFunction: (SD.Service, SD.Function),
    SD.extensionAggregate: (SD.Service, SD.Aggregate),
    SD.languageExtension: (SD.Service, SD.Feature),
    SD.supportedLanguage: (SD.Service, SD.Language),
    SD.propertyFeature: (SD.Service, SD.Feature),
    SD.inputFormat: (SD.Service, None),
    SD.resultFormat: (SD.Service, None),
    SD.defaultDataset: (SD.Service, SD.Dataset),
    SD.availableGraphs: (SD.Service, SD.GraphCollection),
    SD.defaultGraph: (SD.Dataset, SD.Graph),
    SD.namedGraph: (SD.GraphCollection, SD.NamedGraph),
    SD.name: (SD.NamedGraph, None),
    SD.graph: (SD.NamedGraph, SD.Graph),
    SD.entailmentRegime: (SD.NamedGraph, SD.EntailmentRegime),
    SD.supportedEntailmentProfile: (SD.NamedGraph, SD.EntailmentProfile),
}
"""Each property of the vocabulary with its domain and range (Service Description, section 3)."""
KNOWN = {SD.SPARQL10Query: SD.Language, SD.SPARQL11Query: SD.Language}
PARTS = {(SD.Dataset, SD.GraphCollection)}
"""A class and one that holds all its members."""


def described(endpoint: str, media_type: str = "text/turtle", form: str = "turtle") -> rdflib.Graph:
    """Return what a GET of the endpoint without a query says."""
    reply = get(endpoint, "/sparql", media_type)
    assert reply.status == 200 and reply.media_type == media_type
    return rdflib.Graph().parse(data=reply.body, format=form)


def faults(graph: rdflib.Graph) -> list[str]:
    """Return where a description breaks the schema of the vocabulary."""

    def is_a(node: rdflib.term.Node, wanted: rdflib.URIRef) -> bool:
        said = {*graph.objects(node, rdflib.RDF.type), KNOWN.get(node)}
        return wanted in said or any((one, wanted) in PARTS for one in said)

    found = [
        f"{predicate} from {subject} to {value}"
        for subject, predicate, value in graph
        if predicate in SD
        and (
            predicate not in SCHEMA
            or not is_a(subject, SCHEMA[predicate][0])
            or ((wanted := SCHEMA[predicate][1]) is not None and not is_a(value, wanted))
        )
    ]
    found += [
        f"{node} has {count} {predicate}"
        for kind, predicate in [
            (SD.Service, SD.endpoint),
            (SD.Service, SD.defaultDataset),
            (SD.Dataset, SD.defaultGraph),
            (SD.NamedGraph, SD.name),
        ]
        for node in graph.subjects(rdflib.RDF.type, kind)
        if (count := len(list(graph.objects(node, predicate)))) != 1
    ]
    return found


@needs("sparql11/service-description")
def test_the_service_suite_was_read() -> None:
    """Each of its three tests, which are prose, is one of the tests below."""
    assert set(entries(SERVICE)) == {"returns-rdf", "has-endpoint-triple", "conforms-to-schema"}


@pytest.mark.parametrize(
    ("media_type", "form"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/ld+json", "json-ld"),
        ("application/rdf+xml", "xml"),
    ],
)
def test_returns_rdf(endpoint: str, media_type: str, form: str) -> None:
    """`returns-rdf`: a GET of the endpoint gives RDF, in each format that the client may name."""
    assert (None, rdflib.RDF.type, SD.Service) in described(endpoint, media_type, form)
    assert get(endpoint, "/sparql").media_type == "text/turtle"


def test_has_endpoint_triple(endpoint: str) -> None:
    """`has-endpoint-triple`: its one object is the address at which the client asked."""
    graph = described(endpoint)

    assert list(graph.objects(None, SD.endpoint)) == [rdflib.URIRef("http://www.example/sparql")]


def test_conforms_to_schema(endpoint: str) -> None:
    """`conforms-to-schema`: terms of the vocabulary alone, with their domains and ranges."""
    graph = described(endpoint)

    assert not faults(graph)
    assert len(list(graph.subjects(rdflib.RDF.type, SD.Service))) == 1
    assert all(str(o).startswith(FORMATS) for o in graph.objects(None, SD.resultFormat))


def test_a_fault_of_schema_is_found(endpoint: str) -> None:
    """A wrong domain, a wrong range, an unknown term and a second name are each told."""
    for triple in [
        (SD.NamedGraph, SD.endpoint, rdflib.URIRef("urn:x")),
        (next(described(endpoint).subjects(SD.endpoint)), SD.defaultDataset, SD.Service),
        (SD.Service, SD.nmae, rdflib.URIRef("urn:x")),
    ]:
        graph = described(endpoint)
        assert not faults(graph)
        graph.add(triple)
        assert faults(graph)


def test_what_is_described_is_there(endpoint: str) -> None:
    """Each named graph of the description can be asked, and has triples."""
    names = list(described(endpoint).objects(None, SD.name))
    assert len(names) >= 4
    for name in names:
        reply = ask(endpoint, "ASK { ?s ?p ?o }", "application/json", default_graph_uri=str(name))
        assert json.loads(reply.body)["boolean"] is True, name
