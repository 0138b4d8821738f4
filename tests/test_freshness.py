"""Entity tags: who has the answer is told so before anything is evaluated, and nobody else is."""

from __future__ import annotations

import http.client
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from attacking import until
from counting import Counting
from folders.made import write_folder
from folders.served import BASE, HEADED
from kgserver.answers.graph import Graph
from kgserver.answers.served import Served
from kgserver.library import Library
from kgserver.terms import LANGUAGES
from kgserver.web import freshness
from kgserver.web.app import create_app

TODAY = date(2026, 11, 22)
NEXT = date(2026, 11, 23)
OTHER_STATE = date(2026, 6, 30)
"""The law changes on 1 July 2026."""

HTML = "text/html"
JSON = "application/json"
ROWS = {"query": f"SELECT ?p ?o {{ <{BASE}id/office> ?p ?o }} ORDER BY ?p ?o"}
GRAPH = {"query": f"DESCRIBE <{BASE}id/office>"}
MASTERS = "/queries/bodies/masters"


APPS: dict[tuple[object, ...], tuple[Graph, FlaskClient, Counting]] = {}


def fresh(graph: Graph, day: date = TODAY, **limits: Any) -> tuple[FlaskClient, Counting]:
    """Return a client of an application that keeps no answers, and what it asks from now on."""
    key = (id(graph), day, *limits.items())
    if key not in APPS:
        counting = Counting(graph.answerer)
        few = replace(graph.settings.limits, **{"cache_mib": 0, **limits})
        changed = replace(graph.settings, limits=few)
        turned = replace(graph, settings=changed, answerer=counting, clock=lambda: day)
        APPS[key] = (graph, create_app(Served(turned)).test_client(), counting)
    _, client, counting = APPS[key]
    counting.asked = 0
    return client, counting


@pytest.fixture(scope="module", autouse=True)
def _apps() -> Iterator[None]:
    """Let go of the applications at the end."""
    yield
    APPS.clear()


def get(
    client: FlaskClient, path: str, accept: str = "*/*", method: str = "GET", **headers: str
) -> TestResponse:
    """Fetch a path."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(path, method=method, headers={"Accept": accept, **told})


def tag_of(graph: Graph, path: str, accept: str = "*/*", day: date = TODAY, **headers: str) -> str:
    """Return the tag of an answer that is worked out anew."""
    client, _ = fresh(graph, day)
    response = get(client, path, accept, **headers)
    assert response.status_code == 200, response.text
    return response.headers["ETag"]


def sparql(values: dict[str, str], **more: str) -> str:
    """Return the address of an answer."""
    return f"/sparql?{urlencode({**values, **more})}"


ROUTES = {
    "start": ("/", HTML, True),
    "errors": ("/errors", HTML, False),
    "list as page": ("/queries", HTML, False),
    "list as JSON": ("/queries", JSON, False),
    "list as CSV": ("/queries?format=csv", HTML, False),
    **{
        f"named query as {name}": (f"{MASTERS}?at=2018-01-01&format={name}", "*/*", True)
        for name in ("html", "json", "csv", "tsv", "xml", "spreadsheet")
    },
    "named query by header": (MASTERS, "application/sparql-results+json", True),
    "record as page": ("/queries/bodies/history", HTML, True),
    "record as JSON": ("/queries/bodies/history?at=2018-01-01", JSON, True),
    "record as CSV": ("/queries/bodies/history", "text/csv", True),
    "days to choose": ("/changes", HTML, True),
    **{
        f"changes as {name}": (f"/changes?from=2016-01-01&format={name}", "*/*", True)
        for name in ("html", "json", "ttl", "nt", "jsonld", "rdf")
    },
    "thing as page": ("/id/office", HTML, True),
    "thing on a day": ("/id/office?at=2018-01-01", HTML, True),
    "thing of all times": ("/id/office?at=all", HTML, True),
    "thing as RDF": ("/id/rule-1", "text/turtle", True),
    "term as page": ("/ns/Duty", HTML, True),
    "term as RDF": ("/ns/Duty?format=nt", "*/*", True),
    "vocabulary": ("/ns", "text/turtle", True),
    "file": ("/graph/data/bodies", "application/rdf+xml", True),
    "day": ("/at/2016-01-01", "application/n-triples", True),
    "all times": ("/at/all", "text/turtle", True),
    "graph store, default": ("/data?default", "text/turtle", True),
    "graph store, day": ("/data?default&at=2016-01-01", "application/ld+json", True),
    "graph store, file": (f"/data?graph={BASE}graph/data/bodies", "text/turtle", True),
    "empty form": ("/sparql", HTML, False),
    "service": ("/sparql", "text/turtle", False),
    **{
        f"rows as {name}": (sparql(ROWS, format=name), "*/*", True)
        for name in ("html", "json", "csv", "tsv", "xml", "spreadsheet")
    },
    **{
        f"graph as {name}": (sparql(GRAPH, format=name), "*/*", True)
        for name in ("html", "ttl", "nt", "jsonld", "rdf")
    },
    "rows of all times": (sparql(ROWS, at="all"), "*/*", True),
    "rows, cut off": (sparql(ROWS, truncate="yes"), "*/*", True),
    "verdict": (sparql({"query": "ASK { }"}), "*/*", True),
}
"""What is read here: address, what the client likes to read, and whether the graph is asked."""


@pytest.mark.parametrize("name", ROUTES)
def test_who_has_the_answer_is_told_before_anything_is_evaluated(
    served_graph: Graph, name: str
) -> None:
    """304 with all headers of 200 and no body, and no question to the graph; by HEAD as by GET."""
    path, accept, asks = ROUTES[name]
    client, counting = fresh(served_graph)
    full = get(client, path, accept)
    assert full.status_code == 200
    tag = full.headers["ETag"]

    assert re.fullmatch(r'"[0-9a-f]{24}"', tag), "strong, and without a word on compression"
    assert full.headers["Cache-Control"] == "no-cache"
    assert {"Accept", "Accept-Encoding", "Accept-Language"} <= set(full.vary)
    assert (counting.asked > 0) is asks
    for method in ("GET", "HEAD"):
        client, counting = fresh(served_graph)
        same = get(client, path, accept, method, If_None_Match=tag)
        assert (same.status_code, same.data, counting.asked) == (304, b"", 0)
        of_body = {"Content-Type", "Content-Length", "Content-Disposition", "Content-Encoding"}
        of_rows = {"KG-Rows", "KG-Truncated"}
        wanted = {k: v for k, v in full.headers if k not in of_body | of_rows}
        assert dict(same.headers) == wanted


@pytest.mark.parametrize("name", ROUTES)
def test_who_has_another_answer_gets_this_one(
    served_graph: Graph, tags: dict[str, str], name: str
) -> None:
    """The tags of all other routes at once say nothing."""
    path, accept, _ = ROUTES[name]
    tag = tags[name]
    client, _ = fresh(served_graph)
    told = ", ".join(sorted({*tags.values()} - {tag}))

    assert get(client, path, accept, If_None_Match=told).status_code == 200
    assert get(client, path, accept, If_None_Match=f"{told}, {tag}").status_code == 304


@pytest.fixture(scope="module")
def tags(served_graph: Graph) -> dict[str, str]:
    """The tag of each route."""
    return {name: tag_of(served_graph, path, accept) for name, (path, accept, _) in ROUTES.items()}


def test_each_route_has_a_tag_of_its_own(tags: dict[str, str]) -> None:
    """But those that have one answer: here are none."""
    assert len(set(tags.values())) == len(ROUTES) > 40


GIVEN: dict[str, tuple[str, bool]] = {
    "itself": ('"TAG"', True),
    "weak": ('W/"TAG"', True),
    "without quotes": ("TAG", True),
    "first of a list": ('"TAG", "other"', True),
    "last of a list": ('"a","b" ,  "TAG"', True),
    "in a list of weak ones": ('W/"a", W/"TAG", W/"c"', True),
    "after empty elements": (',, "TAG",', True),
    "after a thousand others": (", ".join(f'"{n}"' for n in range(1_000)) + ', "TAG"', True),
    "after garbage": ('"\t<>, \\", %00, "TAG"', True),
    "another": ('"other"', False),
    "longer": ('"TAGa"', False),
    "shorter": ('"TA"', False),
    "empty": ('""', False),
    "one quote": ('"', False),
    "weak without a tag": ("W/", False),
    "commas": (",,,,", False),
    "blanks": ("   ", False),
    "letters beyond ASCII": ("жжж\u00a0", False),
    "long": ("x" * 100_000, False),
    "as if compressed in a way that there is not": ('"TAG.deflate"', False),
    "as if compressed in no way": ('"TAG."', False),
    "compressed as this client cannot read it": ('"TAG.gzip"', False),
    "any": ("*", False),
}
"""Values of If-None-Match, and whether they say that the client has the answer. `*` would be a yes
too, if there is an answer; whether there is one, only its evaluation would tell."""


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("path", [sparql(ROWS, format="csv"), "/id/office"])
def test_what_a_client_says_it_has(served_graph: Graph, path: str, name: str) -> None:
    """Weak tags count as strong ones here (RFC 9110, 13.1.2); garbage says nothing."""
    client, _ = fresh(served_graph)
    full = get(client, path, HTML)
    given_, has_it = GIVEN[name]
    value = given_.replace("TAG", full.headers["ETag"].strip('"')).replace('"TA"', '"T"')
    client, _ = fresh(served_graph)

    told = client.get(
        path,
        headers={"Accept": HTML},
        environ_overrides={"HTTP_IF_NONE_MATCH": value.encode().decode("latin-1")},
    )

    assert told.status_code == (304 if has_it else 200)
    assert told.headers["ETag"] == full.headers["ETag"]
    assert told.data == (b"" if has_it else full.data)


def test_what_is_compressed_is_known_by_who_can_read_it(served_graph: Graph) -> None:
    """A cache that holds it for others is not told to give it to one who cannot."""
    packed = {
        name: tag_of(served_graph, "/", HTML, Accept_Encoding=name) for name in ("gzip", "br")
    }
    plain = tag_of(served_graph, "/", HTML)
    every = ", ".join([*packed.values(), plain])

    for accept, known in (
        ("gzip", packed["gzip"]),
        ("br", packed["br"]),
        ("*", packed["gzip"]),
        ("br;q=0, *", packed["gzip"]),
        ("gzip;q=0", plain),
        ("", plain),
    ):
        client, _ = fresh(served_graph)
        told = get(client, "/", HTML, If_None_Match=every, Accept_Encoding=accept)
        assert (told.status_code, told.headers["ETag"]) == (304, known), accept
        assert "Content-Encoding" not in told.headers
    client, _ = fresh(served_graph)
    told = get(client, "/", HTML, If_None_Match=packed["gzip"], Accept_Encoding="br")
    assert (told.status_code, told.headers["ETag"]) == (200, packed["br"])


@pytest.mark.parametrize("accept", [HTML, "text/csv"])
def test_nothing_is_unchanged_by_post(served_graph: Graph, accept: str) -> None:
    """The answer comes whole, and is not for caches."""
    client, counting = fresh(served_graph)
    tags = ", ".join({tag_of(served_graph, sparql(ROWS), accept), tag_of(served_graph, "/sparql")})
    headers = {"Accept": accept, "If-None-Match": f"{tags}, *"}
    told = client.post("/sparql", data=ROWS, headers=headers)

    assert told.status_code == 200 and told.data and counting.asked
    assert "ETag" not in told.headers and told.headers["Cache-Control"] == "no-store"


VOLATILE = {
    "NOW": "SELECT (NOW() AS ?x) { }",
    "RAND": "SELECT (RAND() AS ?x) { }",
    "UUID": "SELECT (UUID() AS ?x) { }",
    "STRUUID": "SELECT (STRUUID() AS ?x) { }",
    "BNODE": "SELECT (BNODE() AS ?x) { }",
    "within": "SELECT * { ?x ?p ?o FILTER(RAND() < 2) } LIMIT 1",
    "of a graph": f"CONSTRUCT {{ <{BASE}id/x> <{BASE}id/y> ?x }} {{ BIND(UUID() AS ?x) }}",
    "as verdict": "ASK { FILTER(NOW() > 0) }",
}


@pytest.mark.parametrize("name", VOLATILE)
@pytest.mark.parametrize("wanted", ["html", None])
def test_what_may_differ_a_moment_later_has_no_tag(
    served_graph: Graph, name: str, wanted: str | None
) -> None:
    """And is not kept by anyone; it is evaluated each time, whatever the client says it has."""
    had = f'"x", *, {tag_of(served_graph, "/")}'
    client, counting = fresh(served_graph)
    path = sparql({"query": VOLATILE[name]}, **({"format": wanted} if wanted else {}))
    answers = set()
    for count in (1, 2, 3):
        before = counting.asked
        told = get(client, path, If_None_Match=had)
        assert told.status_code == 200 and "ETag" not in told.headers
        assert told.headers["Cache-Control"] == "no-store"
        assert counting.asked > before, count
        answers.add(told.data)

    assert len(answers) == (
        3 if name in ("RAND", "UUID", "STRUUID", "of a graph") else len(answers)
    )


NOW = (
    HEADED.format(en="Now", ru="Сейчас", kk="Қазір", asks="view")
    + "#+ columns: [x]\nSELECT ?x { BIND(STRUUID() AS ?x) } ORDER BY ?x\n"
)


@pytest.mark.parametrize("path", ["/queries/now/now", "/"])
@pytest.mark.parametrize("accept", [HTML, JSON, "text/csv"])
def test_a_named_question_may_be_volatile(
    served_graph: Graph, tmp_path: Path, path: str, accept: str
) -> None:
    """On its page, as data, and on the start page that shows its answer."""
    write_folder(tmp_path, {"queries/now/now.rq": NOW})
    graph = replace(
        served_graph,
        library=Library.load(tmp_path / "queries", languages=LANGUAGES),
        settings=replace(served_graph.settings, first_question="now/now"),
    )
    client, _ = fresh(graph)
    answers = [get(client, path, accept) for _ in range(2)]

    for told in answers:
        assert told.status_code == 200 and "ETag" not in told.headers
        assert told.headers["Cache-Control"] == "no-store"
    assert answers[0].data != answers[1].data


SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . FILTER(?a != ?l) }"
FAULTS = {
    "syntax": sparql({"query": "SELECT"}),
    "refused": sparql({"query": "ASK { SERVICE <urn:x> { } }"}),
    "unknown parameter": "/sparql?qeury=x",
    "format": sparql(GRAPH, format="csv"),
    "day": sparql(ROWS, at="2026-02-30"),
    "graph": sparql(ROWS, **{"default-graph-uri": "urn:none"}),
    "truncate": sparql(ROWS, truncate="perhaps"),
    "timeout": sparql({"query": SLOW}, timeout="0.1"),
    "no thing": "/id/nobody",
    "no term": "/ns/Nothing",
    "no query": "/queries/no/no",
    "wrong value": f"{MASTERS}?since=yesterday",
    "language": "/?lang=de",
    "no graph": "/graph/none",
    "no view": "/at/1200-01-01",
    "no page": "/nothing",
    "no period": "/changes?to=2020-01-01",
    "no graph of the store": "/data?graph=urn:none",
    "neither graph": "/data",
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("accept", [HTML + ", */*;q=0.1", "*/*"])
def test_a_fault_is_nobodys_to_keep(
    served_graph: Graph, tags: dict[str, str], name: str, accept: str
) -> None:
    """No tag, no-store, and never "not modified": what is wrong now may be right in a moment."""
    client, _ = fresh(served_graph)
    every = ", ".join({*tags.values()})
    for headers in ({}, {"If_None_Match": f"{every}, *"}):
        told = get(client, FAULTS[name], accept, **headers)
        assert told.status_code >= 400
        assert "ETag" not in told.headers and told.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/-/live", "/-/ready", "/-/metrics"])
def test_how_the_server_does_is_asked_each_time(client: FlaskClient, path: str) -> None:
    """No tag, and nobody keeps it."""
    until(lambda: client.get("/-/ready").status_code == 200)  # a fault before has cost a worker
    told = client.get(path)

    assert told.status_code == 200
    assert "ETag" not in told.headers and told.headers["Cache-Control"] == "no-store"


def test_other_methods_have_no_tag(client: FlaskClient) -> None:
    """What is refused, and what OPTIONS tells."""
    for method in ("OPTIONS", "PUT", "DELETE"):
        told = client.open("/sparql", method=method, headers={"If-None-Match": "*"})
        assert "ETag" not in told.headers and told.headers["Cache-Control"] == "no-store"


SAME: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "spelling of Accept": (
        (sparql(ROWS), "text/csv"),
        (sparql(ROWS), "Text/CSV ; charset=utf-8;q=0.3, image/png, text/html;q=0.1"),
    ),
    "no Accept": ((sparql(ROWS), "*/*"), (sparql(ROWS), "")),
    "a format by name, for those of one kind": (
        (sparql(ROWS), "text/csv"),
        (sparql(ROWS, format="csv"), HTML),
    ),
    "two names of a parameter": (
        (sparql(ROWS, format="csv"), "*/*"),
        (sparql(ROWS, output="csv", results="tsv"), "*/*"),
    ),
    "order of parameters": (
        (sparql({**ROWS, "at": "2018-01-01", "format": "csv"}), "*/*"),
        (sparql({"format": "csv", "at": "2018-01-01", **ROWS}), "*/*"),
    ),
    "escapes": (
        ("/sparql?query=ASK%20%7B%7D", "*/*"),
        ("/sparql?query=ASK+%7b}&at=", "*/*"),
    ),
    "patience": ((sparql(ROWS), "*/*"), (sparql(ROWS, timeout="3"), "*/*")),
    "two days of one state": (
        (sparql(ROWS, at="2018-01-01"), "*/*"),
        (sparql(ROWS, at="2018-05-05"), "*/*"),
    ),
    "today by name": ((sparql(ROWS), "*/*"), (sparql(ROWS, at=TODAY.isoformat()), "*/*")),
    "no truncation": ((sparql(ROWS), "*/*"), (sparql(ROWS, truncate="no"), "*/*")),
    "language of what has none": (
        (sparql(ROWS, format="csv"), "*/*"),
        (sparql(ROWS, format="csv", lang="ru"), "*/*"),
    ),
    "a day by the protocol, twice": (
        (sparql(ROWS, **{"default-graph-uri": f"{BASE}at/2018-01-01"}), "*/*"),
        (sparql(ROWS, **{"default-graph-uri": f"{BASE}at/2018-05-05"}), "*/*"),
    ),
    "a file by two addresses": (
        ("/graph/data/bodies", "text/turtle"),
        (f"/data?graph={BASE}graph/data/bodies&format=ttl", HTML),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_what_means_the_same_has_one_tag(served_graph: Graph, name: str) -> None:
    """And is the same, byte for byte; so one of them is known by the tag of the other."""
    (path, accept), (other, other_accept) = SAME[name]
    client, _ = fresh(served_graph)
    first, second = get(client, path, accept), get(client, other, other_accept)

    assert first.status_code == second.status_code == 200
    assert first.headers["ETag"] == second.headers["ETag"] and first.data == second.data


DIFFERENT: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "query": ((sparql(ROWS), "*/*"), (sparql({"query": ROWS["query"] + " LIMIT 1"}), "*/*")),
    "day in another state": ((sparql(ROWS, at="2018-01-01"), "*/*"), (sparql(ROWS), "*/*")),
    "all times": ((sparql(ROWS, at="all"), "*/*"), (sparql(ROWS), "*/*")),
    "media type": ((sparql(ROWS), "text/csv"), (sparql(ROWS), "application/sparql-results+xml")),
    "name of a media type": (
        (sparql(ROWS), "application/json"),
        (sparql(ROWS), "application/sparql-results+json"),
    ),
    "page": ((sparql(ROWS, format="html"), "*/*"), (sparql(ROWS), "*/*")),
    "truncation": ((sparql(ROWS, truncate="yes"), "*/*"), (sparql(ROWS), "*/*")),
    "spreadsheet": (
        (sparql(ROWS, format="csv"), "*/*"),
        (sparql(ROWS, format="spreadsheet"), "*/*"),
    ),
    "language of a spreadsheet": (
        (sparql(ROWS, format="spreadsheet", lang="ru"), "*/*"),
        (sparql(ROWS, format="spreadsheet"), "*/*"),
    ),
    "default graph": (
        (sparql(ROWS, **{"default-graph-uri": f"{BASE}graph/data/bodies"}), "*/*"),
        (sparql(ROWS, **{"default-graph-uri": f"{BASE}graph/data/names"}), "*/*"),
    ),
    "named graph": (
        (sparql(ROWS, **{"named-graph-uri": f"{BASE}graph/data/bodies"}), "*/*"),
        (sparql(ROWS, **{"named-graph-uri": f"{BASE}graph/data/names"}), "*/*"),
    ),
    "days that are merged": (
        (sparql(ROWS, **{"default-graph-uri": f"{BASE}at/2018-01-01"}), "*/*"),
        (
            f"{sparql(ROWS, **{'default-graph-uri': f'{BASE}at/2018-01-01'})}"
            f"&default-graph-uri={BASE}at/2018-05-05",
            "*/*",
        ),
    ),
    "page in another language": (("/", HTML), ("/?lang=ru", HTML)),
    "page of another day": (("/id/office", HTML), ("/id/office?at=2018-01-01", HTML)),
    "day that is named": (("/id/office", HTML), (f"/id/office?at={TODAY}", HTML)),
    "thing": (("/id/office", HTML), ("/id/system", HTML)),
    "escaped slash": (("/id/a%2Fb", HTML), ("/id/a/b", HTML)),
    "escaped slash, as RDF": (("/id/a%2Fb", "text/turtle"), ("/id/a/b", "text/turtle")),
    "value of a question": ((MASTERS, HTML), (f"{MASTERS}?since=2018-01-01", HTML)),
    "list": (("/queries", HTML), ("/queries", JSON)),
    "period": (("/changes?from=2016-01-01", HTML), ("/changes?from=2017-01-01", HTML)),
    "subject": (
        ("/changes?from=2016-01-01", HTML),
        (f"/changes?from=2016-01-01&about={BASE}id/office", HTML),
    ),
    "format of a graph": (("/at/2016-01-01", "text/turtle"), ("/at/2016-01-01?format=nt", HTML)),
    "file": (("/graph/data/bodies", "*/*"), ("/graph/data/names", "*/*")),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_has_two_tags(served_graph: Graph, name: str) -> None:
    """Both are answers, and not the same but for chance."""
    (path, accept), (other, other_accept) = DIFFERENT[name]

    assert tag_of(served_graph, path, accept) != tag_of(served_graph, other, other_accept)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_browsers_language_counts_on_pages(served_graph: Graph, language: str) -> None:
    """By what it comes to, not by its letters."""
    tags = [
        tag_of(served_graph, "/", HTML, Accept_Language=told)
        for told in (language, f"de, {language};q=0.4", f"{language}-KZ")
    ]
    assert len(set(tags)) == 1
    other = tag_of(served_graph, "/", HTML, Accept_Language="ru" if language == "kk" else "kk")
    assert other != tags[0]


@pytest.fixture(scope="module")
def other_revision(served_graph: Graph) -> Graph:
    """The same graph, but that it is called another revision."""
    return replace(served_graph, manifest=replace(served_graph.manifest, revision="0" * 16))


@pytest.mark.parametrize("name", ROUTES)
def test_another_revision_has_other_tags(
    served_graph: Graph, other_revision: Graph, tags: dict[str, str], name: str
) -> None:
    """Whatever it says; another program too, as it may write another page."""
    path, accept, _ = ROUTES[name]
    tag = tags[name]

    assert tag_of(other_revision, path, accept) != tag
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(freshness, "_program", lambda: "another")
        assert tag_of(served_graph, path, accept) != tag


def test_every_file_of_the_program_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules at the root and templates too; what is no part of it does not."""
    digest: Callable[[], str] = freshness._program.__wrapped__
    here = Path(freshness.__file__).parents[1]
    copied = Path(shutil.copytree(here, tmp_path / "kgserver"))
    whole = digest()
    monkeypatch.setattr(freshness, "__file__", str(copied / "web" / "freshness.py"))
    assert digest() == whole

    for name in ("terms.py", "law/windows.py", "web/templates/home.html", "engine/rows.py"):
        before = digest()
        with (copied / name).open("a") as file:
            file.write("\n")
        assert digest() != before, name
    before = digest()
    (copied / "notes.txt").write_text("x")
    assert digest() == before


DAILY = [
    *("/", "/errors", "/queries", MASTERS, "/id/office", "/ns/Duty", "/changes", "/sparql"),
    "/changes?from=2016-01-01",
    "/queries/bodies/history",
    "/id/office?at=all",
    f"/id/office?at={TODAY}",
    f"{MASTERS}?format=json",
    sparql(ROWS, format="html"),
]
LASTING = [
    *("/?at=2018-01-01", "/id/office?at=2018-01-01", f"{MASTERS}?at=2018-01-01"),
    f"{MASTERS}?at=2018-01-01&format=json",
    "/id/office?at=2030-01-01",
    "/at/2016-01-01",
    "/graph/data/bodies",
    "/data?default&at=2016-01-01",
    "/id/office?format=ttl",
    sparql(ROWS),
    sparql(ROWS, at="2018-01-01"),
    sparql(GRAPH),
]


@pytest.mark.parametrize("path", DAILY)
def test_a_page_that_says_which_day_it_is_changes_at_midnight(
    served_graph: Graph, path: str
) -> None:
    """Where the day is not named, or the page compares a day with today."""
    client, _ = fresh(served_graph, NEXT)
    tag = tag_of(served_graph, path, HTML)
    told = get(client, path, HTML, If_None_Match=tag)

    assert told.status_code == 200 and told.headers["ETag"] != tag


@pytest.mark.parametrize("path", LASTING)
def test_what_holds_whatever_the_day_has_one_tag(served_graph: Graph, path: str) -> None:
    """Where the day is named, and data of a legal state while it lasts: the same bytes."""
    answers = []
    for day in (TODAY, NEXT):
        client, _ = fresh(served_graph, day)
        answers.append(get(client, path, HTML if "format" not in path else "*/*;q=0.5"))

    first, second = answers
    if first.status_code == 406:  # nothing of it is a page
        assert tag_of(served_graph, path) == tag_of(served_graph, path, day=NEXT)
        return
    assert first.status_code == second.status_code == 200
    if path.startswith("/sparql") and first.mimetype == HTML:
        assert tag_of(served_graph, path) == tag_of(served_graph, path, day=NEXT)
        return
    assert first.headers["ETag"] == second.headers["ETag"] and first.data == second.data


def test_the_law_changes_with_its_state(served_graph: Graph) -> None:
    """The same words ask another graph from the day on which the law changes."""
    paths = (sparql(ROWS), "/data?default", "/id/office?format=ttl")
    for path in paths:
        days = (OTHER_STATE - timedelta(1), OTHER_STATE, OTHER_STATE + timedelta(1))
        tags = [tag_of(served_graph, path, day=day) for day in days]
        assert tags[1] != tags[2], path
        assert (tags[0] == tags[1]) is (path != "/data?default"), path


# --- No two answers under one tag -----------------------------------------------------------------


FILES = [f"{BASE}graph/data/bodies", f"{BASE}graph/data/names", f"{BASE}graph/ontology/own"]
VIEWS = [f"{BASE}at/2018-01-01", f"{BASE}at/2018-05-05", f"{BASE}at/2000-01-01", f"{BASE}at/all"]
QUERIES = [
    ROWS["query"],
    "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 40",
    "SELECT ?g ?s { GRAPH ?g { ?s ?p 'office'@en } }",
    "SELECT (<x> AS ?i) (STR(?p) AS ?q) { ?s ?p ?o } LIMIT 2",
    f"SELECT ?p ?o FROM <{VIEWS[0]}> {{ <{BASE}id/office> ?p ?o }}",
    f"SELECT ?o FROM <{FILES[0]}> FROM <{VIEWS[2]}> {{ <{BASE}id/office> ?p ?o }}",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT * { VALUES ?x { 1 2 3 4 5 } }",
    GRAPH["query"],
    "CONSTRUCT WHERE { ?s ?p ?o }",
    "ASK { ?s ?p 'office'@en }",
]
DAYS = [OTHER_STATE - timedelta(1), OTHER_STATE, TODAY, NEXT]
AT = [None, "2018-01-01", "2018-05-05", "2026-06-29", "2026-11-22", "2026-11-23", "all"]
LANG = [None, "en", "ru", "kk"]
ACCEPT = ["*/*", HTML, "text/csv", "text/turtle, text/html;q=0.5", JSON]

Option = date | str | tuple[str, ...] | None
"""A day of the clock, or a value of a part; several values of a parameter, or none."""

HEADERS: dict[str, list[Option]] = {
    "Accept": [*ACCEPT],
    "Accept-Language": [None, "ru", "kk, en;q=0.5"],
    "Accept-Encoding": [None, "gzip", "br, gzip"],
    "Host": ["localhost", "other.example"],
}
KINDS: list[dict[str, list[Option]]] = [
    {
        "path": ["/sparql"],
        "query": [*QUERIES],
        "at": [None, None, *AT],
        "format": [None, "csv", "json", "html", "spreadsheet", "ttl", "xml"],
        "truncate": [None, "yes", "no"],
        "lang": [*LANG],
    },
    {
        "path": ["/sparql"],
        "query": [*QUERIES],
        "default-graph-uri": [
            (),
            *((iri,) for iri in VIEWS + FILES),
            (VIEWS[0], VIEWS[1]),
            (VIEWS[0], FILES[0]),
        ],
        "named-graph-uri": [(), *((iri,) for iri in FILES), (FILES[0], FILES[1])],
        "format": [None, "csv", "html", "ttl"],
    },
    {
        "path": ["/", "/errors", "/queries", MASTERS, "/queries/bodies/history", "/id/office"],
        "at": [*AT],
        "lang": [*LANG],
        "format": [None, "html", "json", "csv", "spreadsheet"],
    },
    {
        "path": ["/id/office", "/id/a%2Fb", "/id/a/b", "/id/rule-2", "/ns/Duty", "/sparql"],
        "at": [*AT],
        "lang": [*LANG],
        "format": [None, "html", "ttl", "nt"],
    },
    {
        "path": ["/ns", "/graph/data/bodies", "/graph/data/names", "/at/2018-01-01", "/at/all"],
        "format": [None, "ttl", "nt", "rdf"],
    },
    {
        "path": ["/changes"],
        "from": [None, "2016-01-01", "2017-01-01", "2026-06-30"],
        "to": [None, "2018-01-01", "2026-11-22"],
        "about": [None, f"{BASE}id/office"],
        "lang": [*LANG],
        "format": [None, "html", "json", "ttl"],
    },
    {
        "path": ["/data"],
        "default": [None, ""],
        "graph": [None, *FILES, *VIEWS],
        "at": [*AT],
        "format": [None, "ttl", "nt"],
    },
]
Request = dict[str, Option]


@st.composite
def families(draw: st.DrawFn) -> list[Request]:
    """Draw requests that differ in one or two of their parts, in every way that these can."""
    parts: dict[str, list[Option]] = {"day": [*DAYS], **draw(st.sampled_from(KINDS)), **HEADERS}
    vary = draw(st.lists(st.sampled_from(sorted(parts)), min_size=1, max_size=2, unique=True))
    chosen = {
        name: options if name in vary else [draw(st.sampled_from(options))]
        for name, options in parts.items()
    }
    return [dict(zip(chosen, values, strict=True)) for values in product(*chosen.values())]


def send(graph: Graph, request: Request) -> TestResponse:
    """Send a request on its day, to an application that works out each answer anew."""
    day = request["day"]
    assert isinstance(day, date)
    client, _ = fresh(graph, day, page_rows=3, result_rows=20)
    parameters = {name: value for name, value in request.items() if name not in HEADERS}
    pairs = [
        (name, value)
        for name, given_ in parameters.items()
        if name not in ("day", "path") and given_ is not None
        for value in (given_ if isinstance(given_, tuple) else [given_])
    ]
    headers = {name: request[name] for name in HEADERS if request[name] is not None}
    path = f"{request['path']}?{urlencode(pairs)}" if pairs else str(request["path"])
    return client.get(path, headers=headers)


@given(families())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_one_tag_stands_for_one_answer(served_graph: Graph, requests: list[Request]) -> None:
    """Whatever two requests differ in: under an equal tag both get the same bytes and type."""
    seen: dict[str, tuple[Request, str, bytes]] = {}
    for request in requests:
        response = send(served_graph, request)
        assert response.status_code in (200, 400, 404, 406), request
        if response.status_code != 200:
            assert "ETag" not in response.headers
            continue
        tag = response.headers["ETag"]
        known, type_, body = seen.setdefault(tag, (request, response.content_type, response.data))
        assert (response.content_type, response.data) == (type_, body), (known, request)


def test_the_requests_above_share_tags_where_they_may(served_graph: Graph) -> None:
    """Else the property would hold of requests that never meet."""
    client, _ = fresh(served_graph, page_rows=3, result_rows=20)
    tags = {
        client.get(sparql({"query": query}, at=at, lang=lang, format="csv")).headers["ETag"]
        for at in ("2018-01-01", "2018-05-05")
        for lang in ("en", "ru")
        for query in QUERIES[:2]
    }

    assert len(tags) == 2


# --- For how long -----------------------------------------------------------------------------


class Now:
    """What time it is, in the place of `datetime` of a module."""

    def __init__(self, *moments: datetime) -> None:
        self._moments = list(moments)

    def now(self, zone: tzinfo) -> datetime:
        """Return the next moment; the last one for ever."""
        moment = self._moments.pop(0) if len(self._moments) > 1 else self._moments[0]
        return moment.astimezone(zone)

    combine = datetime.combine


ALMATY = timedelta(hours=5)
"""What clocks there are ahead of UTC since March 2024."""
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC) - ALMATY


@pytest.mark.parametrize(
    ("zone", "moment", "limit", "age"),
    [
        ("Asia/Almaty", MIDNIGHT - timedelta(hours=10), 60, 60),
        ("Asia/Almaty", MIDNIGHT - timedelta(seconds=61), 60, 60),
        ("Asia/Almaty", MIDNIGHT - timedelta(seconds=59), 60, 59),
        ("Asia/Almaty", MIDNIGHT - timedelta(seconds=0.5), 60, 0),
        ("Asia/Almaty", MIDNIGHT, 60, 60),
        ("Asia/Almaty", MIDNIGHT, 10**6, 86_400),
        ("UTC", MIDNIGHT - timedelta(seconds=5), 60, 60),
        ("UTC", MIDNIGHT - timedelta(seconds=5), 10**6, 5 * 3_600 + 5),
        ("Europe/Paris", datetime(2026, 10, 24, 22, tzinfo=UTC), 10**6, 25 * 3_600),
        ("Europe/Paris", datetime(2027, 3, 27, 23, tzinfo=UTC), 10**6, 23 * 3_600),
        ("Africa/Cairo", datetime(2026, 4, 23, 12, tzinfo=UTC), 10**6, 10 * 3_600),
        ("Pacific/Kiritimati", datetime(2026, 11, 22, 9, tzinfo=UTC), 10**6, 3_600),
    ],
)
def test_an_answer_may_be_kept_until_midnight(
    served_graph: Graph,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    moment: datetime,
    limit: int,
    age: int,
) -> None:
    """Where days end in the folder's time zone, and no longer than the folder says."""
    monkeypatch.setattr(freshness, "datetime", Now(moment))
    graph = replace(served_graph, settings=replace(served_graph.settings, time_zone=zone))
    for path, accept in (
        ("/", HTML),
        (sparql(ROWS), "*/*"),
        (sparql(ROWS, at="2018-01-01"), "*/*"),
    ):
        client, _ = fresh(graph, fresh_seconds=limit)
        told = get(client, path, accept)
        client, _ = fresh(graph, fresh_seconds=limit)
        same = get(client, path, accept, If_None_Match=told.headers["ETag"])
        for response in (told, same):
            assert response.headers["Cache-Control"] == f"public, max-age={age}"
        assert same.status_code == 304


def test_midnight_may_pass_while_an_answer_is_worked_out(
    served_graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is true of yesterday is not kept today."""
    before, after = MIDNIGHT - timedelta(seconds=3), MIDNIGHT + timedelta(seconds=3)
    monkeypatch.setattr(freshness, "datetime", Now(before, after))
    client, _ = fresh(served_graph, fresh_seconds=600)

    assert get(client, sparql(ROWS)).headers["Cache-Control"] == "public, max-age=0"


def test_an_answer_that_is_given_again_is_as_old_as_the_day(
    served_graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was worked out at noon may not be kept beyond midnight when it is asked again."""
    client, _ = fresh(served_graph, fresh_seconds=3_600, cache_mib=1)
    monkeypatch.setattr(freshness, "datetime", Now(MIDNIGHT - timedelta(hours=12)))
    assert get(client, sparql(ROWS)).headers["Cache-Control"] == "public, max-age=3600"

    monkeypatch.setattr(freshness, "datetime", Now(MIDNIGHT - timedelta(seconds=10)))
    assert get(client, sparql(ROWS)).headers["Cache-Control"] == "public, max-age=10"


def test_what_may_not_be_kept_may_not_be_kept_for_a_while_either(served_graph: Graph) -> None:
    """Volatile answers, errors and those by POST are no-store whatever the folder says."""
    client, _ = fresh(served_graph, fresh_seconds=600)

    for path in (sparql({"query": VOLATILE["NOW"]}), "/nothing", sparql({"query": "SELECT"})):
        assert get(client, path).headers["Cache-Control"] == "no-store"
    assert client.post("/sparql", data=ROWS).headers["Cache-Control"] == "no-store"
    assert get(client, sparql(ROWS)).headers["Cache-Control"].startswith("public, max-age=")


@pytest.mark.parametrize("path", ["/", "/id/office", sparql(ROWS), "/static/style.css"])
def test_over_a_real_connection(server: str, path: str) -> None:
    """One connection, again and again: nothing follows the head of a 304."""
    address = urlsplit(server)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)

    def ask(method: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection.request(method, path, headers={"Accept": "text/html, */*;q=0.5", **headers})
        response = connection.getresponse()
        return response, response.read()

    full, body = ask("GET")
    tag = full.headers["ETag"]
    assert full.status == 200 and body
    for method in ("GET", "HEAD", "GET"):
        same, nothing = ask(method, **{"If-None-Match": f'"x", {tag}'})
        assert (same.status, nothing, same.headers["ETag"]) == (304, b"", tag)
        assert same.headers["Cache-Control"] == full.headers["Cache-Control"]
        assert same.headers.get("Content-Length", "0") in ("0", full.headers["Content-Length"])
    again, whole = ask("GET", **{"If-None-Match": '"x"'})
    assert (again.status, whole) == (200, body)
    connection.close()
