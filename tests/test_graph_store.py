"""`/data`: whole graphs by their IRIs, and the requests that name none or too many."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib.compare import isomorphic

from folders.served import BASE

FILE = f"{BASE}graph/data/bodies"
FORMATS = {
    "text/turtle": ("ttl", "turtle"),
    "application/n-triples": ("nt", "nt"),
    "application/ld+json": ("jsonld", "json-ld"),
    "application/rdf+xml": ("rdf", "xml"),
}


def triples(client: FlaskClient, address: str) -> rdflib.Graph:
    """Return the graph at an address."""
    response = client.get(address, headers={"Accept": "application/n-triples"})
    assert response.status_code == 200, response.text
    return rdflib.Graph().parse(data=response.data, format="nt")


def asked(client: FlaskClient, **values: str) -> rdflib.Graph:
    """Return the default graph that `/sparql` sees."""
    query = {"query": "CONSTRUCT WHERE { ?s ?p ?o }", "format": "nt", **values}
    response = client.get("/sparql", query_string=query)
    return rdflib.Graph().parse(data=response.data, format="nt")


@pytest.mark.parametrize(
    ("address", "same", "values"),
    [
        ("/data?default", None, {}),
        ("/data?default=", None, {}),
        ("/data?default&at=", None, {}),
        ("/data?default&at=2016-01-01", "/at/2016-01-01", {"at": "2016-01-01"}),
        ("/data?default&at=all", "/at/all", {"at": "all"}),
        (f"/data?graph={BASE}at/2016-01-01", "/at/2016-01-01", {"at": "2016-01-01"}),
        (f"/data?graph={BASE}at/all", "/at/all", {"at": "all"}),
        (f"/data?graph={FILE}", "/graph/data/bodies", {"default-graph-uri": FILE}),
        (f"/data?graph={quote(FILE, safe='')}", "/graph/data/bodies", {"default-graph-uri": FILE}),
    ],
)
def test_a_graph_is_the_same_wherever_it_is_read(
    client: FlaskClient, address: str, same: str | None, values: dict[str, str]
) -> None:
    """By its IRI inside the address, at its own IRI, and as what `/sparql` sees."""
    graph = triples(client, address)

    assert len(graph) > 3 and isomorphic(graph, asked(client, **values))
    if same:
        assert isomorphic(graph, triples(client, same))


def test_days_and_files_differ(client: FlaskClient) -> None:
    """What the test above compares are five graphs, not one."""
    addresses = ["default", "default&at=2016-01-01", "default&at=all", f"graph={FILE}"]
    graphs = [triples(client, f"/data?{address}") for address in addresses]

    assert len({frozenset(graph) for graph in graphs}) == len(addresses)


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("asks", ["default", f"graph={FILE}"])
def test_a_graph_comes_in_the_format_asked(client: FlaskClient, asks: str, media_type: str) -> None:
    """By the Accept header, and by `format=`, which stands above it."""
    name, form = FORMATS[media_type]
    by_header = client.get(f"/data?{asks}", headers={"Accept": media_type})
    by_name = client.get(f"/data?{asks}&format={name}", headers={"Accept": "text/csv"})

    assert by_header.mimetype == by_name.mimetype == media_type
    assert by_header.data == by_name.data and "Accept" in by_header.vary
    graph = rdflib.Graph().parse(data=by_header.data, format=form)
    assert isomorphic(graph, triples(client, f"/data?{asks}"))


def test_the_day_is_told(client: FlaskClient) -> None:
    """A view says its day and state; a file is of no day."""
    headers = client.get("/data?default&at=2018-05-05").headers
    assert (headers["KG-At"], headers["KG-State"]) == ("2018-05-05", "2017-03-14")
    assert client.get(f"/data?graph={BASE}at/all").headers["KG-At"] == "all"
    assert "KG-At" not in client.get(f"/data?graph={FILE}").headers


BAD = {
    "nothing": ("/data", 400, "parameter", "Neither"),
    "both": (f"/data?default&graph={FILE}", 400, "parameter", "Both"),
    "graph twice": (f"/data?graph={FILE}&graph={FILE}", 400, "parameter", "2 times"),
    "default twice": ("/data?default&default", 400, "parameter", "2 times"),
    "at twice": ("/data?default&at=all&at=all", 400, "parameter", "2 times"),
    "format twice": ("/data?default&format=ttl&format=nt", 400, "parameter", "2 times"),
    "default with a value": ("/data?default=today", 400, "parameter", "takes no value"),
    "unknown parameter": ("/data?default&query=ASK%20%7B%7D", 400, "parameter", "`query`"),
    "a day beside a graph": (f"/data?graph={FILE}&at=all", 400, "parameter", "at/YYYY"),
    "relative IRI": ("/data?graph=graph/data/bodies", 400, "parameter", "absolute"),
    "empty IRI": ("/data?graph=", 400, "parameter", "absolute"),
    "not UTF-8": ("/data?graph=%FF", 400, "parameter", "UTF-8"),
    "no day": ("/data?default&at=2026-02-30", 400, "date", "2026-02-30"),
    "before all law": ("/data?default&at=1200-01-01", 400, "date", "first"),
    "unknown format": ("/data?default&format=csv", 400, "parameter", "ttl"),
    "unknown graph": ("/data?graph=urn:x:none", 404, "not-found", FILE),
    "nearly a graph": (f"/data?graph={FILE}s", 404, "not-found", "Did you mean"),
    "escaped once more": (f"/data?graph={BASE}graph/data/b%256Fdies", 404, "not-found", "bodies"),
    "internal graph": (f"/data?graph={BASE}graph/view/2026-07-01", 404, "not-found", "Known"),
    "graph of no day": (f"/data?graph={BASE}at/2026-02-30", 404, "not-found", "2016-01-01"),
    "graph before all law": (f"/data?graph={BASE}at/1200-01-01", 404, "not-found", "first"),
    "below it": ("/data/x", 404, "not-found", "/data/x"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_names_no_graph_is_refused(client: FlaskClient, name: str, method: str) -> None:
    """400 where the address says nothing or too much, 404 where there is no such graph."""
    address, status, code, word = BAD[name]

    response = client.open(address, method=method)

    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    if method == "GET":
        assert json.loads(response.data)["code"] == code and word in response.text
    else:
        assert not response.data


@pytest.mark.parametrize(
    "asks", ["graph=urn:{}", "default&at={}", "graph={}", "{}", "default&{}=1"]
)
def test_a_long_address_is_not_told_back(client: FlaskClient, asks: str) -> None:
    """A refusal quotes the beginning of what it refuses, and of one that is too long nothing."""
    too_long = client.get("/data?" + asks.format("x" * 50_000))
    assert (too_long.status_code, "xxx" in too_long.text) == (413, False)
    response = client.get("/data?" + asks.format("x" * 20_000))

    assert response.status_code in (400, 404) and "xxx" in response.text
    assert len(response.data) < 2_000


def test_a_graph_is_not_a_table(client: FlaskClient) -> None:
    """406 with the list of formats."""
    response = client.get("/data?default", headers={"Accept": "text/csv"})

    assert response.status_code == 406 and "text/turtle" in json.loads(response.data)["hint"]


def test_head_is_get_without_a_body(client: FlaskClient) -> None:
    """Status and headers are those of GET, its length too."""
    head, full = client.head(f"/data?graph={FILE}"), client.get(f"/data?graph={FILE}")

    assert head.data == b"" and full.data and head.status_code == 200
    assert dict(head.headers) == dict(full.headers)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize(
    "address", ["/data?default", f"/data?graph={FILE}", "/graph/data/bodies", "/at/2016-01-01"]
)
def test_nothing_is_written(client: FlaskClient, address: str, method: str) -> None:
    """Methods that write are 405, and `Allow` lists those that read."""
    body: dict[str, Any] = {"data": "<urn:a> <urn:b> <urn:c> .", "content_type": "text/turtle"}
    before = client.get(address).data

    response = client.open(address, method=method, **body)

    assert response.status_code == 405
    assert json.loads(response.data)["code"] == "method-not-allowed"
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert client.get(address).data == before


def test_a_browser_is_told_on_a_page(client: FlaskClient) -> None:
    """In the language that it asks for."""
    response = client.get("/data?graph=urn:x:none&lang=ru", headers={"Accept": "text/html"})

    assert response.status_code == 404 and response.mimetype == "text/html"
    assert 'lang="ru"' in response.text and "urn:x:none" in response.text


def test_the_addresses_of_the_manual_lead_to_graphs(own_client: FlaskClient) -> None:
    """Each is answered from the project's own folder."""
    manual = (Path(__file__).parent.parent / "docs" / "manual.md").read_text("utf-8")
    addresses = re.findall(r"`(/(?:data\?|graph/|at/)[^`<]*)`", manual)
    assert len(addresses) >= 4

    for address in addresses:
        with own_client.get(address) as response:
            assert response.status_code == 200, address
