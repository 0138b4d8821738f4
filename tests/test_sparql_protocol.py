"""The SPARQL 1.1 Protocol at `/sparql`: how a query may come, how answers and refusals look."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib.compare import isomorphic
from werkzeug.test import TestResponse

from folders.made import write_folder
from folders.served import BASE, SERVED
from kgserver.answers.graph import Graph
from kgserver.answers.opening import opened
from kgserver.answers.served import Served
from kgserver.engine.sinks import INLINE
from kgserver.files.source import quiet
from kgserver.web.app import create_app

ID = f"{BASE}id/"
NS = "https://w3id.org/prok/ns#"
SELECT = f"SELECT ?to {{ <{ID}office> <{NS}accountableTo> ?to }}"
ASK = f"ASK {{ <{ID}office> <{NS}accountableTo> <{ID}president> }}"
CONSTRUCT = f"CONSTRUCT WHERE {{ <{ID}office> <{NS}accountableTo> ?to }}"
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . FILTER(?a != ?l) }"
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
SPARQL_JSON = "application/sparql-results+json"
PARSERS = {
    "text/turtle": "turtle",
    "application/n-triples": "nt",
    "application/ld+json": "json-ld",
    "application/rdf+xml": "xml",
}


def masters(response: TestResponse) -> set[str]:
    """Return the last parts of the IRIs in column `to` of a SPARQL JSON answer."""
    assert response.status_code == 200, response.text
    rows = json.loads(response.data)["results"]["bindings"]
    return {row["to"]["value"].removeprefix(ID) for row in rows}


def problem(response: TestResponse, status: int) -> dict[str, Any]:
    """Return a problem after a look at what every problem must be."""
    assert response.status_code == status, response.text
    assert response.content_type.startswith("application/problem+json")
    body: dict[str, Any] = json.loads(response.data)
    assert {"type", "title", "status", "code"} <= body.keys() and body["status"] == status
    assert not re.search(r"Traceback|\.py\b|/tmp/|site-packages|/home/|pyoxigraph", response.text)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    return body


def get(
    client: FlaskClient, query: str = SELECT, accept: str | None = None, **more: Any
) -> TestResponse:
    """Send a query by GET."""
    headers = {"Accept": accept} if accept else {}
    return client.get("/sparql", query_string={"query": query, **more}, headers=headers)


def test_a_query_comes_by_get_form_or_direct_post(client: FlaskClient) -> None:
    """The three operations of section 2.1 give the same answer."""
    by_get = get(client)
    by_form = client.post("/sparql", data={"query": SELECT})
    direct = client.post("/sparql", data=SELECT, content_type=DIRECT)
    charset = client.post("/sparql", data=SELECT, content_type=f"{DIRECT}; charset=UTF-8")

    assert masters(by_get) == {"president"}
    assert by_get.data == by_form.data == direct.data == charset.data


ROWS = {
    SPARQL_JSON: SPARQL_JSON,
    "application/json": "application/json",
    "application/sparql-results+xml": "application/sparql-results+xml",
    "text/csv": "text/csv; charset=utf-8",
    "text/tab-separated-values": "text/tab-separated-values; charset=utf-8",
    "*/*": SPARQL_JSON,
    "text/csv;q=0.1, application/sparql-results+xml": "application/sparql-results+xml",
    "text/turtle, text/csv;q=0.2": "text/csv; charset=utf-8",
}


@pytest.mark.parametrize("accept", ROWS)
@pytest.mark.parametrize("query", [SELECT, ASK])
def test_rows_and_verdicts_come_as_asked(client: FlaskClient, accept: str, query: str) -> None:
    """Each media type is what it says, and its text holds the answer."""
    response = get(client, query, accept)

    assert response.status_code == 200 and response.content_type == ROWS[accept]
    assert ("president" if query == SELECT else "true") in response.text.lower()
    assert "Accept" in response.vary


@pytest.mark.parametrize("media_type", PARSERS)
def test_graphs_come_as_asked(client: FlaskClient, media_type: str) -> None:
    """Each format of a graph is read by rdflib as the same triple."""
    response = get(client, CONSTRUCT, media_type)

    assert response.content_type.split(";")[0] == media_type
    graph = rdflib.Graph().parse(data=response.data, format=PARSERS[media_type])
    assert [str(o) for o in graph.objects()] == [f"{ID}president"]


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_a_format_can_be_named(client: FlaskClient, name: str) -> None:
    """`format=` stands above the Accept header."""
    assert name in get(client, accept="text/html", format=name).content_type.replace(
        "tab-separated-values", "tsv"
    )


@pytest.mark.parametrize(
    ("query", "name", "listed"),
    [
        (SELECT, "ttl", {"json", "xml", "csv", "tsv"}),
        (CONSTRUCT, "csv", {"ttl", "nt", "jsonld", "rdf"}),
    ],
)
def test_a_format_of_the_other_kind_by_name_is_406(
    client: FlaskClient, query: str, name: str, listed: set[str]
) -> None:
    """The refusal names what the client wrote, and the names that it can write instead."""
    told = problem(client.get("/sparql", query_string={"query": query, "format": name}), 406)

    assert told["where"] == "format"
    assert set(told["hint"].removeprefix("There are ").split(", ")) == listed


@pytest.mark.parametrize("query", ["CONSTRUCT WHERE { ?s ?p ?o }", f"DESCRIBE <{ID}rule-3>"])
def test_a_graph_is_written_with_prefixes(client: FlaskClient, query: str) -> None:
    """In the two formats that people read; they mean what the plain triples mean."""
    written = {
        name: client.get("/sparql", query_string={"query": query, "format": name}).text
        for name in ("ttl", "rdf", "nt")
    }

    assert "@prefix prok: <https://w3id.org/prok/ns#> ." in written["ttl"]
    assert re.search(r"\sprok:accountableBody <", written["ttl"])
    assert "<prok:accountableBody " in written["rdf"]
    readers = {"ttl": "turtle", "rdf": "xml", "nt": "nt"}
    graphs = [
        rdflib.Graph().parse(data=written[name], format=form) for name, form in readers.items()
    ]
    assert len(graphs[2]) > 3 and all(isomorphic(graph, graphs[2]) for graph in graphs)


@pytest.mark.parametrize(
    ("query", "accept", "listed"),
    [
        (SELECT, "image/png", "text/csv"),
        (SELECT, "text/turtle", "text/csv"),
        (CONSTRUCT, "text/csv", "text/turtle"),
        (SELECT, "*/*;q=0", SPARQL_JSON),
    ],
)
def test_a_format_that_nobody_writes_is_406_with_the_list(
    client: FlaskClient, query: str, accept: str, listed: str
) -> None:
    """Nothing is sent that the client said it cannot read; the hint says what there is."""
    assert listed in problem(get(client, query, accept), 406)["hint"]


DEEP = "SELECT * " + "{" * 6000 + "}" * 6000
LARGE = "SELECT * { } #" + "x" * 1_000_000
BAD: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "query twice": ({"query_string": [("query", SELECT), ("query", ASK)]}, 400, "parameter", "2"),
    "two at": ({"query_string": f"query={ASK}&at=2016-01-01&at=all"}, 400, "parameter", "once"),
    "unknown parameter": ({"query_string": "qeury=x"}, 400, "parameter", "query"),
    "at and default-graph-uri": (
        {"query_string": {"query": ASK, "at": "all", "default-graph-uri": f"{BASE}at/all"}},
        400,
        "parameter",
        "both",
    ),
    "at and FROM": (
        {"query_string": {"query": f"SELECT * FROM <{BASE}at/all> {{}}", "at": "all"}},
        400,
        "parameter",
        "both",
    ),
    "unknown graph": (
        {"query_string": {"query": "SELECT * FROM <https://example.org/none> { ?s ?p ?o }"}},
        400,
        "unknown-graph",
        "graph/data/bodies",
    ),
    "unknown named graph": (
        {"query_string": {"query": ASK, "named-graph-uri": "urn:x:none"}},
        400,
        "unknown-graph",
        "graph/data/bodies",
    ),
    "internal graph": (
        {"query_string": {"query": ASK, "default-graph-uri": f"{BASE}graph/view/2026-07-01"}},
        400,
        "unknown-graph",
        "Known",
    ),
    "impossible date": ({"query_string": {"query": ASK, "at": "2026-02-30"}}, 400, "date", "2016"),
    "date in FROM": (
        {"query_string": {"query": f"ASK FROM <{BASE}at/2026-13-01> {{}}"}},
        400,
        "date",
        "2026-13-01",
    ),
    "before all law": ({"query_string": {"query": ASK, "at": "1200-01-01"}}, 400, "date", "first"),
    "syntax": ({"query_string": {"query": "SELECT * {\n  ?s ?p }"}}, 400, "query-syntax", "line 2"),
    "empty query": ({"query_string": {"query": ""}}, 400, "query-syntax", "empty"),
    "unknown prefix": (
        {"query_string": {"query": "SELECT * { ?s skos:prefLabel ?l }"}},
        400,
        "query-syntax",
        "skos",
    ),
    "not UTF-8": ({"query_string": "query=ASK%20%7B%7D%20%23%FF"}, 400, "parameter", "UTF-8"),
    "form not UTF-8": (
        {"method": "POST", "data": b"query=%FF", "content_type": FORM},
        400,
        "parameter",
        "UTF-8",
    ),
    "unknown format": ({"query_string": {"query": ASK, "format": "yaml"}}, 400, "parameter", "xml"),
    "bad timeout": ({"query_string": {"query": ASK, "timeout": "nan"}}, 400, "parameter", "nan"),
    "update by form": (
        {"method": "POST", "data": {"update": "DROP ALL"}},
        400,
        "parameter",
        "updates",
    ),
    "update by body": (
        {"method": "POST", "data": "DROP ALL", "content_type": "application/sparql-update"},
        415,
        "unsupported-media-type",
        "application/sparql-update",
    ),
    "update as query": (
        {"query_string": {"query": "INSERT DATA { <urn:a> <urn:b> <urn:c> }"}},
        403,
        "query-refused",
        "line 1",
    ),
    "another server": (
        {"query_string": {"query": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"}},
        403,
        "query-refused",
        "SERVICE",
    ),
    "no query by POST": (
        {"method": "POST", "data": {}, "content_type": FORM},
        400,
        "parameter",
        "",
    ),
    "no type": ({"method": "POST", "data": ASK}, 415, "unsupported-media-type", "none"),
    "JSON": ({"method": "POST", "json": {"query": ASK}}, 415, "unsupported-media-type", DIRECT),
    "UTF-16": (
        {
            "method": "POST",
            "data": ASK.encode("utf-16"),
            "content_type": f"{DIRECT}; charset=UTF-16",
        },
        415,
        "unsupported-media-type",
        "utf-16",
    ),
    "body that is not UTF-8": (
        {"method": "POST", "data": b"ASK {} #\xff", "content_type": DIRECT},
        415,
        "unsupported-media-type",
        "UTF-8",
    ),
    "compressed": (
        {
            "method": "POST",
            "data": b"x",
            "content_type": DIRECT,
            "headers": {"Content-Encoding": "gzip"},
        },
        415,
        "unsupported-media-type",
        "Encoded",
    ),
    "1 MB": ({"method": "POST", "data": LARGE, "content_type": DIRECT}, 413, "too-large", "KiB"),
    "1 MB form": ({"method": "POST", "data": {"query": LARGE}}, 413, "too-large", "KiB"),
    "a little too large": (
        {"method": "POST", "data": LARGE[:300_000], "content_type": DIRECT},
        413,
        "too-large",
        "KiB",
    ),
    "6,000 groups": (
        {"method": "POST", "data": DEEP, "content_type": DIRECT},
        400,
        "query-too-complex",
        "line 1, column",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_a_clear_word(client: FlaskClient, name: str) -> None:
    """Status, code and words fit the fault; nothing of the inside is shown."""
    request, status, code, word = BAD[name]

    response = client.open("/sparql", **request)

    assert problem(response, status)["code"] == code
    assert word in response.text


def test_a_syntax_error_names_line_and_column(client: FlaskClient) -> None:
    """`where` is a place in the query as it was sent."""
    told = problem(get(client, "SELECT * {\n  ?s ?p }"), 400)

    assert re.fullmatch(r"line 2, column \d+", told["where"])
    assert {"detail", "hint"} <= told.keys() and told["type"].endswith("errors#query-syntax")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_405_with_those_allowed(client: FlaskClient, method: str) -> None:
    """RFC 9110 wants the Allow header."""
    response = client.open("/sparql", method=method)

    problem(response, 405)
    assert {"GET", "HEAD", "OPTIONS", "POST"} <= set(response.headers["Allow"].split(", "))


DAYS = {
    "2016-01-01": {"president"},
    "2017-03-13": {"president"},
    "2017-03-14": {"parliament"},
    "2025-06-01": {"president", "parliament"},
    "2026-07-01": {"president"},
}


@pytest.mark.parametrize("day", DAYS)
def test_a_day_is_asked_in_three_ways(client: FlaskClient, day: str) -> None:
    """`at`, FROM and default-graph-uri mean the same; the protocol wins over FROM (2.1.4)."""
    view = f"{BASE}at/{day}"
    source = SELECT.replace("?to {", f"?to FROM <{view}> {{", 1)
    other = SELECT.replace("?to {", f"?to FROM <{BASE}at/1999-01-01> {{", 1)

    assert masters(get(client, at=day)) == DAYS[day]
    assert masters(get(client, source)) == DAYS[day]
    assert masters(get(client, other, **{"default-graph-uri": view})) == DAYS[day]


def test_all_times_hold_every_assertion(client: FlaskClient) -> None:
    """`at=all` gives each with its interval, and no shortcut: shortcuts are of a day."""
    query = f"SELECT ?to ?from {{ ?rule <{NS}master> ?to ; <{NS}validFrom> ?from }}"

    assert masters(get(client, query, at="all")) == {"president", "parliament"}
    assert masters(get(client, SELECT, at="all")) == set()


def test_a_file_is_a_named_graph(client: FlaskClient) -> None:
    """`GRAPH` reaches what a file asserts, whatever the day."""
    query = (
        f"SELECT ?to {{ GRAPH <{BASE}graph/data/acts/constitution> {{ ?rule <{NS}master> ?to }} }}"
    )

    assert masters(get(client, query)) == {"president", "parliament"}


def test_answers_say_what_they_are(client: FlaskClient) -> None:
    """Day, state, horizon and revision stand in the headers, and scripts may read them."""
    headers = get(client, at="2018-05-05").headers

    assert headers["KG-At"] == "2018-05-05" and headers["KG-State"] == "2017-03-14"
    assert headers["KG-Checked-Until"] == "2026-10-01"
    assert re.fullmatch("[0-9a-f]{16}", headers["KG-Revision"])
    assert "KG-At" in headers["Access-Control-Expose-Headers"]
    assert get(client, at="all").headers["KG-At"] == "all"


@pytest.mark.parametrize("query", [None, SELECT, "SELECT nothing"])
def test_head_is_get_without_a_body(client: FlaskClient, query: str | None) -> None:
    """Status and headers are those of GET, on errors too."""
    values = {"query": query} if query else {}
    head = client.head("/sparql", query_string=values)
    full = client.get("/sparql", query_string=values)

    assert head.data == b"" and head.status_code == full.status_code
    assert dict(head.headers) == dict(full.headers)


def test_options_tell_what_other_sites_may_do(client: FlaskClient) -> None:
    """A browser's preflight for a POST with a query as its body is let through."""
    response = client.options("/sparql", headers={"Access-Control-Request-Method": "POST"})

    assert response.status_code == 200 and not response.data
    assert "POST" in response.headers["Allow"]
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in response.headers["Access-Control-Allow-Headers"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("media_type", PARSERS)
def test_without_a_query_the_service_is_described(client: FlaskClient, media_type: str) -> None:
    """The description is RDF in each format, and its endpoint is where the client came."""
    response = client.get("/sparql", headers={"Accept": media_type}, base_url="https://kg.test/")

    graph = rdflib.Graph().parse(data=response.data, format=PARSERS[media_type])
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    assert [str(o) for o in graph.objects(None, sd.endpoint)] == ["https://kg.test/sparql"]
    assert sd.SPARQL11Query in graph.objects(None, sd.supportedLanguage)
    assert rdflib.URIRef(f"{BASE}graph/data/bodies") in graph.objects(None, sd.name)
    assert {str(o).rsplit("/", 1)[1] for o in graph.objects(None, sd.resultFormat)} >= {"Turtle"}


def test_a_program_gets_the_description_and_a_browser_a_form(client: FlaskClient) -> None:
    """`*/*` is a program's; a browser asks for HTML by name."""
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = client.get("/sparql", headers={"Accept": browser})

    assert client.get("/sparql").mimetype == "text/turtle"
    assert page.mimetype == "text/html" and "<textarea" in page.text
    assert problem(client.get("/sparql", headers={"Accept": "text/csv"}), 406)


def test_a_browser_gets_rows_as_a_page(client: FlaskClient) -> None:
    """The page has the answer with names, the query, and what it needs to be asked again."""
    page = get(client, accept="text/html", at="2018-01-01")
    graph = get(client, CONSTRUCT, "text/html")
    verdict = get(client, ASK, "text/html")

    assert "Parliament" in page.text and "accountableTo" in page.text and "2018-01-01" in page.text
    assert "president" in graph.text and '<p class="state">yes' in verdict.text


def test_a_slow_query_is_stopped_while_others_are_answered(client: FlaskClient) -> None:
    """503 for the one that took too long; meanwhile a lookup takes its usual time."""
    slow: list[TestResponse] = []
    thread = threading.Thread(
        target=lambda: slow.append(get(client.application.test_client(), SLOW, timeout="1.5"))
    )
    thread.start()
    time.sleep(0.3)
    answered = [masters(get(client)) for _ in range(5)]
    assert not slow, "the slow query was to be still under way"
    thread.join(20)

    assert answered == [{"president"}] * 5
    assert problem(slow[0], 503)["code"] == "query-timeout"


def test_csv_is_read_by_a_csv_reader(client: FlaskClient) -> None:
    """The header names the variable, the row holds the bare IRI (SPARQL 1.1 CSV, section 3)."""
    assert list(csv.reader(io.StringIO(get(client, accept="text/csv").text))) == [
        ["to"],
        [f"{ID}president"],
    ]


@pytest.mark.parametrize("how", ["GET", "POST"])
def test_the_server_itself_refuses_a_megabyte_in_our_words(server: str, how: str) -> None:
    """What waitress would cut off reaches the application, so that the client reads why."""
    text = urllib.parse.quote(LARGE)
    request = (
        urllib.request.Request(f"{server}sparql?query={text}")
        if how == "GET"
        else urllib.request.Request(f"{server}sparql", LARGE.encode(), {"Content-Type": DIRECT})
    )

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=20)

    with caught.value as answer:
        assert answer.code == 413 and json.load(answer)["code"] == "too-large"


NUMBERS = "SELECT ?n { VALUES ?n { 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 } }"
LONG_ROWS = f"SELECT ?n ('{'long' * 2_000}' AS ?text) {{ ?a ?b ?c . ?d ?e ?f BIND(1 AS ?n) }}"


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of an application with ten rows to an answer, and three to a page."""
    limits = "[limits]\nresult_rows = 10\npage_rows = 3\nworkers = 1\n"
    files = {**SERVED, "kg.toml": f"{SERVED['kg.toml']}{limits}"}
    with opened(write_folder(tmp_path_factory.mktemp("narrow"), files), None, quiet) as graph:
        yield create_app(Served(graph)).test_client()


def rows_of(response: TestResponse) -> list[int]:
    """Return the numbers in the column `n` of an answer."""
    assert response.status_code == 200, response.text
    body = response.data
    if response.mimetype == "text/csv":
        return [int(row["n"]) for row in csv.DictReader(io.StringIO(body.decode("utf-8-sig")))]
    if response.mimetype == "text/tab-separated-values":
        return [int(line) for line in body.decode().splitlines()[1:]]
    if response.mimetype == SPARQL_JSON:
        return [int(row["n"]["value"]) for row in json.loads(body)["results"]["bindings"]]
    return [int(number) for number in re.findall(">([0-9]+)</(?:literal|td)>", body.decode())]


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv", "spreadsheet"])
def test_rows_are_counted_and_cut_off_if_the_client_likes(narrow: FlaskClient, name: str) -> None:
    """More than the limit is an error, or the first rows with a word on it; never just fewer."""
    told = problem(get(narrow, NUMBERS, format=name), 500)
    assert told["code"] == "result-too-large" and "truncate=yes" in told["hint"]
    assert problem(get(narrow, NUMBERS, format=name, truncate="no"), 500) == told

    cut = get(narrow, NUMBERS, format=name, truncate="yes")
    assert rows_of(cut) == list(range(10))
    assert (cut.headers["KG-Rows"], cut.headers["KG-Truncated"]) == ("10", "rows=10")

    for more in ({}, {"truncate": "yes"}):
        whole = get(narrow, f"{NUMBERS} LIMIT 10", format=name, **more)
        assert rows_of(whole) == list(range(10))
        assert whole.headers["KG-Rows"] == "10" and "KG-Truncated" not in whole.headers


def test_other_sites_may_read_how_many_rows_there_are(narrow: FlaskClient) -> None:
    """By GET, HEAD and POST."""
    values = {"query": NUMBERS, "truncate": "yes"}
    for response in (
        narrow.get("/sparql", query_string=values),
        narrow.head("/sparql", query_string=values),
        narrow.post("/sparql", data=values),
    ):
        assert response.headers["KG-Truncated"] == "rows=10"
        exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"KG-Rows", "KG-Truncated"} <= set(exposed)


@pytest.mark.parametrize("truncate", [None, "yes", "no"])
def test_a_page_shows_the_first_rows(narrow: FlaskClient, truncate: str | None) -> None:
    """As many as fit, with a note that can be seen, however many there are."""
    more = {"truncate": truncate} if truncate else {}
    page = get(narrow, NUMBERS, "text/html", **more)
    whole = get(narrow, f"{NUMBERS} LIMIT 3", "text/html", **more)

    assert rows_of(page) == rows_of(whole) == [0, 1, 2]
    assert page.headers["KG-Truncated"] == "rows=3" and "There is more" in page.text
    assert "KG-Truncated" not in whole.headers and "There is more" not in whole.text


@pytest.mark.parametrize("lines", [1, 2, 3, 4])
def test_a_page_shows_the_first_lines_of_a_graph(narrow: FlaskClient, lines: int) -> None:
    """A graph of as many lines as fit is whole, one of one more is not."""
    objects = " ".join(f"<urn:{number}>" for number in range(lines))
    query = f"CONSTRUCT {{ ?s ?s ?s }} {{ VALUES ?s {{ {objects} }} }}"
    written = len(get(narrow, query, "text/turtle").text.splitlines())
    prefixes = written - lines
    graph = narrow.application.extensions["served"].graph
    limits = replace(graph.settings.limits, page_rows=prefixes + 3)
    wide = replace(graph, settings=replace(graph.settings, limits=limits))
    page = get(create_app(Served(wide)).test_client(), query, "text/html")

    assert prefixes >= 0 and page.text.count("urn:") >= min(lines, 3)
    assert ("KG-Truncated" in page.headers) is (lines > 3) is ("There is more" in page.text)
    assert page.headers.get("KG-Truncated", f"lines={prefixes + 3}") == f"lines={prefixes + 3}"


def test_a_page_of_a_named_question_shows_the_first_rows(narrow: FlaskClient) -> None:
    """Its data have them all, up to the limit of an answer."""
    graph = narrow.application.extensions["served"].graph
    limits = replace(graph.settings.limits, page_rows=2)
    client = create_app(
        Served(replace(graph, settings=replace(graph.settings, limits=limits)))
    ).test_client()
    page = client.get("/queries/bodies/history", headers={"Accept": "text/html"})
    data = client.get("/queries/bodies/history?format=csv")

    assert page.headers["KG-Truncated"] == "rows=2" and "There is more" in page.text
    assert data.headers["KG-Rows"] == "3" and "KG-Truncated" not in data.headers
    assert len(data.text.splitlines()) == 4


@pytest.mark.parametrize("query", [ASK, CONSTRUCT])
def test_what_has_no_rows_is_not_cut_off(narrow: FlaskClient, query: str) -> None:
    """A verdict and a graph are whole whatever is said."""
    response = get(narrow, query, truncate="yes")

    assert response.status_code == 200
    assert not {"KG-Rows", "KG-Truncated"} & set(response.headers.keys())


@pytest.mark.parametrize("value", ["true", "1", "YES", "yes no"])
def test_truncate_is_yes_or_no(client: FlaskClient, value: str) -> None:
    """What might be meant is asked back."""
    told = problem(get(client, truncate=value), 400)

    assert told["where"] == "truncate" and told["hint"] == "Give yes or no"
    twice = client.get("/sparql", query_string=[("query", ASK), *[("truncate", "yes")] * 2])
    assert problem(twice, 400)["where"] == "truncate"
    assert get(client, truncate="").status_code == 200


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_a_long_answer_that_is_cut_off_says_so(served_graph: Graph, name: str) -> None:
    """Also one so long that it comes from a file."""
    limits = replace(served_graph.settings.limits, result_rows=700)
    graph = replace(served_graph, settings=replace(served_graph.settings, limits=limits))
    client = create_app(Served(graph)).test_client()
    with get(client, LONG_ROWS, format=name, truncate="yes") as response:
        body, headers = response.data, response.headers

    assert response.status_code == 200 and body.count(b"long" * 2_000) == 700
    assert len(body) > INLINE, "else it does not come from a file"
    assert (headers["KG-Rows"], headers["KG-Truncated"]) == ("700", "rows=700")
