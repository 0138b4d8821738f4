"""The query part of the W3C's SPARQL 1.1 Protocol test suite, as its manifest states it.

The suite asks graphs by IRIs of its own. Here a graph is named by its file, so those IRIs are
put in place of the suite's, in requests and data alike.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib.collection import Collection

from folders.made import HEAD, SMALL, write_folder
from kgserver.answers.opening import opened
from kgserver.files.source import quiet
from kgserver.web.app import create_app

ROOT = Path(__file__).resolve().parent.parent
SUITE = ROOT / os.environ.get("W3C_TESTS", "../shared/w3c") / "sparql11" / "protocol"
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT = rdflib.Namespace("http://www.w3.org/2011/http#")
CNT = rdflib.Namespace("http://www.w3.org/2011/content#")
THEIRS = "http://kasei.us/2009/09/sparql/data/"
BASE = "https://example.org/law/"
STATUSES = {"2xx": range(200, 300), "3xx": range(300, 400), "4xx": range(400, 500)}
TYPES = {
    "boolean": r"application/sparql-results\+(json|xml)|text/csv",
    "tabular": r"application/sparql-results\+(json|xml)|text/(csv|tab-separated-values)",
    "RDF": r"text/turtle|application/(rdf\+xml|n-triples|ld\+json)",
}
TOGETHER = {"query_dataset_default_graphs_get", "query_dataset_default_graphs_post"}
"""Two default graphs at once: refused here, as a triple that stands in both would count twice."""

pytestmark = pytest.mark.skipif(
    not SUITE.is_dir(), reason="W3C_TESTS names no folder with the W3C's protocol tests"
)


def manifest() -> rdflib.Graph:
    """Return the suite's manifest, empty where the suite is not."""
    graph = rdflib.Graph()
    return graph.parse(SUITE / "manifest.ttl", format="turtle") if SUITE.is_dir() else graph


MANIFEST = manifest()
NAMES = sorted(
    name
    for entries in MANIFEST.objects(None, MF.entries)
    for entry in Collection(MANIFEST, entries)
    if "update" not in (name := str(entry).rpartition("#")[2])
)


def renamed(text: str) -> str:
    """Return a text with the suite's graphs by the names that they have here, escaped or not."""
    text = re.sub(rf"{re.escape(THEIRS)}(data\d)\.rdf", rf"{BASE}graph/data/\1", text)
    theirs, ours = quote(THEIRS, safe=""), quote(f"{BASE}graph/data/", safe="")
    return re.sub(rf"{re.escape(theirs)}(data\d)\.rdf", rf"{ours}\1", text)


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A folder that holds the suite's data, served."""
    files = {name: text for name, text in SMALL.items() if not name.startswith("queries/")}
    files["data/data0.ttl"] = f"{HEAD}:x a owl:Thing .\n"
    for path in SUITE.glob("data*.nt"):
        files[f"data/{path.stem}.ttl"] = renamed(path.read_text("utf-8"))
    folder = write_folder(tmp_path_factory.mktemp("w3c"), files)
    with opened(folder, None, quiet, workers=1) as graph:
        yield create_app(graph).test_client()


def one(subject: rdflib.term.Node, predicate: rdflib.URIRef) -> str:
    """Return the one text that a node of the manifest has there."""
    return str(MANIFEST.value(subject, predicate, default=""))


def test_the_suite_was_read() -> None:
    """The tests below come from the manifest, not from an empty list."""
    assert len(NAMES) == 20


@pytest.mark.parametrize("name", NAMES)
def test_the_protocol_holds(suite: FlaskClient, name: str) -> None:
    """Status, kind and verdict of the answer are those that the manifest wants."""
    entry = next(s for s in MANIFEST.subjects(MF.name) if str(s).endswith(f"#{name}"))
    action = MANIFEST.value(entry, MF.action)
    (request,) = Collection(MANIFEST, MANIFEST.value(action, HT.requests))
    body = MANIFEST.value(request, HT.body)
    text = renamed(one(body, CNT.chars)) if body else ""
    headers = {
        one(header, HT.fieldName): one(header, HT.fieldValue)
        for header in Collection(MANIFEST, MANIFEST.value(request, HT.headers) or rdflib.RDF.nil)
    }
    encoding = "utf-16" if "UTF-16" in headers.get("content-type", "") else "utf-8"
    response = suite.open(
        renamed(one(request, HT.absolutePath)).replace("/sparql/", "/sparql", 1),
        method=one(request, HT.methodName),
        data=text.encode(encoding) or None,
        headers=headers,
    )

    wanted = MANIFEST.value(request, HT.resp)
    if name in TOGETHER:
        assert response.status_code == 400 and "counted twice" in response.text
        return
    statuses = [
        str(s).rpartition("StatusCode")[2] for s in MANIFEST.objects(wanted, MF.expectedStatus)
    ]
    assert any(response.status_code in STATUSES[s] for s in statuses), response.text
    if kind := one(wanted, MF.expectedFormat):
        assert re.fullmatch(TYPES[kind], response.mimetype)
    verdict = MANIFEST.value(wanted, MF.expectedBoolean)
    if verdict is not None:
        assert json.loads(response.data)["boolean"] == verdict.toPython()
