"""The front gives answered requests again: the same bytes, and only as long as they hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import TestResponse

from counting import Counting
from folders.served import BASE
from kgserver.answers.graph import Graph
from kgserver.answers.served import Served
from kgserver.files.config import Limits
from kgserver.web.app import create_app

PAGE = {"Accept": "text/html"}
LOOKUP = f"SELECT ?to {{ <{BASE}id/office> <https://w3id.org/prok/ns#accountableTo> ?to }}"


@pytest.fixture
def counting(served_graph: Graph) -> Counting:
    """What answers, counted."""
    return Counting(served_graph.pool)


@pytest.fixture
def served(served_graph: Graph, counting: Counting) -> Served:
    """The small folder, whose pool stays open whatever replaces it."""
    return Served(replace(served_graph, answerer=counting, pool=None, memory=None))


@pytest.fixture
def app(served: Served) -> Flask:
    """The application with a front that is empty."""
    return create_app(served)


def same(first: TestResponse, second: TestResponse) -> bool:
    """Whether two answers are the same in all that a client sees."""
    return (first.status, first.data, list(first.headers)) == (
        second.status,
        second.data,
        list(second.headers),
    )


REQUESTS = {
    "rows": ("/sparql", {"query": LOOKUP}, {"Accept": "text/csv"}),
    "a page of an answer": ("/sparql", {"query": LOOKUP, "lang": "kk"}, PAGE),
    "the start page": ("/", {}, PAGE),
    "a thing": ("/id/office", {"at": "2016-01-01"}, PAGE),
    "a thing as data": ("/id/office", {}, {"Accept": "text/turtle"}),
    "a named query": ("/queries/bodies/masters", {"format": "json"}, {}),
    "changes": ("/changes", {"from": "2016-01-01", "to": "2018-01-01"}, PAGE),
    "compressed": ("/", {}, {**PAGE, "Accept-Encoding": "gzip"}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_the_same_request_is_answered_once(app: Flask, counting: Counting, name: str) -> None:
    """Again it is the same answer to the byte, for HEAD and for "not modified" too, for nothing."""
    path, query, headers = REQUESTS[name]
    client = app.test_client()

    first = client.get(path, query_string=query, headers=headers)
    assert first.status_code == 200 and first.data
    asked = counting.asked
    assert asked > 0

    assert same(first, client.get(path, query_string=query, headers=headers))
    head = client.head(path, query_string=query, headers=headers)
    assert (head.data, list(head.headers)) == (b"", list(first.headers))
    unchanged = client.get(
        path, query_string=query, headers={**headers, "If-None-Match": first.headers["ETag"]}
    )
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert unchanged.headers["ETag"] == first.headers["ETag"]
    assert unchanged.headers["Vary"] == first.headers["Vary"]
    assert "Content-Type" not in unchanged.headers
    assert counting.asked == asked


@pytest.mark.parametrize(
    "more",
    [
        {"Accept": "application/sparql-results+json"},
        {"Accept": "text/csv", "Accept-Language": "ru"},
        {"Accept": "text/csv", "Accept-Encoding": "br"},
        {"Accept": "text/csv", "Host": "other.example"},
    ],
)
def test_another_request_is_another_one(
    app: Flask, counting: Counting, more: dict[str, str]
) -> None:
    """Whatever an answer can depend on parts requests."""
    client = app.test_client()
    client.get("/sparql", query_string={"query": LOOKUP}, headers={"Accept": "text/csv"})
    asked = counting.asked

    client.get("/sparql", query_string={"query": LOOKUP}, headers=more)
    assert counting.asked == asked + 1


def test_what_may_differ_is_asked_again(app: Flask, counting: Counting) -> None:
    """What has NOW in it, what is sent by POST, and what went wrong."""
    client = app.test_client()
    for _ in range(2):
        client.get("/sparql", query_string={"query": "SELECT (NOW() AS ?now) { }"})
        client.post("/sparql", data={"query": LOOKUP})
        wrong = client.get("/sparql", query_string={"query": "SELECT * { ?s ?p"})
        assert wrong.status_code == 400
    assert counting.asked == 6


def test_a_new_revision_is_asked(app: Flask, served: Served, counting: Counting) -> None:
    """When another graph is served, nothing of the old one is given."""
    client = app.test_client()
    assert "President" in client.get("/id/office", headers=PAGE).text
    asked = counting.asked
    graph = served.graph
    served.replace(replace(graph, manifest=replace(graph.manifest, revision="next"))).join(5)

    response = client.get("/id/office", headers=PAGE)
    assert response.headers["KG-Revision"] == "next"
    assert counting.asked > asked


def test_today_ends_at_midnight(app: Flask, served: Served, counting: Counting) -> None:
    """What was asked of today is asked anew on the next day."""
    client = app.test_client()
    assert client.get("/id/office", headers=PAGE).headers["KG-At"] == "2026-11-22"
    asked = counting.asked
    served.replace(replace(served.graph, clock=lambda: date(2026, 11, 23))).join(5)

    assert client.get("/id/office", headers=PAGE).headers["KG-At"] == "2026-11-23"
    assert counting.asked > asked


def test_memory_is_bounded(served_graph: Graph, counting: Counting) -> None:
    """With no room nothing is kept, and all is answered."""
    settings = replace(served_graph.settings, limits=Limits(cache_mib=0))
    graph = replace(served_graph, settings=settings, answerer=counting, pool=None, memory=None)
    client = create_app(Served(graph)).test_client()
    for _ in range(3):
        assert client.get("/sparql", query_string={"query": LOOKUP}).status_code == 200
    assert counting.asked == 3


def test_figures_count_what_the_front_answers(app: Flask) -> None:
    """As any other request, under its route and outcome."""
    client = app.test_client()
    tag = client.get("/id/office", headers=PAGE).headers["ETag"]
    client.get("/id/office", headers=PAGE)
    client.get("/id/office", headers={**PAGE, "If-None-Match": tag})

    counted = {
        (sample.labels["route"], sample.labels["outcome"]): sample.value
        for family in text_string_to_metric_families(client.get("/-/metrics").text)
        for sample in family.samples
        if sample.name == "kgserver_request_seconds_count"
    }
    assert counted["resources.thing", "ok"] == 2
    assert counted["resources.thing", "not-modified"] == 1
