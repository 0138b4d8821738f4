"""Pages: in three languages, safe whatever the data hold, true of the day, and cheap to make."""

from __future__ import annotations

import csv
import http.client
import io
import json
import re
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import rdflib
from flask.testing import FlaskClient

import kgserver.web
from counting import Counting
from folders.served import BASE
from kgserver.answers.graph import Graph
from kgserver.answers.served import Served
from kgserver.web.app import create_app
from kgserver.web.messages import MESSAGES, translator
from kgserver.web.words import heading

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
LANGUAGES = ("en", "ru", "kk")
PATHS = [
    "/",
    "/queries",
    "/queries/bodies/masters",
    "/queries/bodies/history",
    "/sparql",
    "/errors",
    "/id/office",
    "/id/rule-2",
    "/id/art-83-v1",
    "/ns/Duty",
]
TEMPLATES = Path(kgserver.web.__file__).parent / "templates"
FORMATS = {"text/turtle": "turtle", "application/n-triples": "nt", "application/rdf+xml": "xml"}
FORMATS["application/ld+json"] = "json-ld"


class Page(HTMLParser):
    """What a test asks of a page: its tags with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of each element of a kind."""
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def links(self) -> list[str]:
        """Return where its links lead."""
        return [attrs["href"] or "" for attrs in self.all("a") if "href" in attrs]


def page(client: FlaskClient, path: str, status: int = 200, **query: Any) -> Page:
    """Return a page as a browser gets it."""
    response = client.get(path, query_string=query or None, headers=HTML)
    assert response.status_code == status, response.text
    assert response.mimetype == "text/html"
    return Page(response.text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
def test_each_page_is_there_in_each_language(client: FlaskClient, path: str, language: str) -> None:
    """The document says its language; nothing on it runs, is styled inline, or comes from away."""
    found = page(client, path, 404 if path == "/nothing" else 200, lang=language)

    assert found.all("html") == [{"lang": language}]
    assert not found.all("script") and not found.all("iframe") and not found.all("img")
    for _, attrs in found.tags:
        assert "style" not in attrs and not any(name.startswith("on") for name in attrs)
    assert [link["href"] for link in found.all("link")] == ["/static/style.css"]
    assert len(found.all("h1")) == 1 and "None" not in re.sub(r"<pre.*?</pre>", "", found.text)


def test_the_style_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    """The style sheet is ours alone."""
    with client.get("/static/style.css") as style:
        assert style.status_code == 200 and not re.search(r"url\(|@import|https?:", style.text)


@pytest.mark.parametrize("path", [*PATHS, "/nothing", "/static/style.css"])
def test_each_answer_forbids_scripts(client: FlaskClient, path: str) -> None:
    """The policy lets nothing run even if an escape were forgotten."""
    with client.get(path, headers=HTML) as answer:
        headers = answer.headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_browser_chooses_the_language(client: FlaskClient) -> None:
    """`lang=` stands above Accept-Language, and that above the first language of the graph."""
    liked = {**HTML, "Accept-Language": "de, kk;q=0.9, ru;q=0.8"}

    assert '<html lang="kk">' in client.get("/", headers=liked).text
    assert '<html lang="ru">' in client.get("/?lang=ru", headers=liked).text
    assert '<html lang="en">' in client.get("/", headers=HTML).text
    assert page(client, "/", 400, lang="de").all("html")
    assert client.get("/queries?lang=ru&lang=kk").status_code == 400


def test_every_text_of_the_pages_is_in_every_language() -> None:
    """What a template or the code gives to `_` is translated, and nothing else is kept."""
    used = {
        text
        for template in TEMPLATES.glob("*.html")
        for _, text in re.findall(r"""_\((["'])(.+?)\1\)""", template.read_text("utf-8"))
    }

    assert len(used) > 30
    assert used == set(MESSAGES["ru"]) == set(MESSAGES["kk"])
    assert all(text.strip() for words in MESSAGES.values() for text in words.values())


def test_every_heading_of_our_own_queries_is_a_word(own_graph: Graph) -> None:
    """Columns and topics of the library are told in each language, not as names of variables."""
    names = {name for query in own_graph.library for name in (*query.columns, query.topic)}
    known = {name for name in names if not name.endswith("Label")} | {"kindLabel"}

    lost = [n for n in sorted(known) if re.search("[A-Za-z]", heading(n, "ru") + heading(n, "kk"))]
    assert len(known) > 50 and not lost


@pytest.mark.parametrize(
    ("language", "name"), [("en", "Parliament"), ("ru", "Парламент"), ("kk", "Парламент")]
)
def test_labels_come_in_the_readers_language(client: FlaskClient, language: str, name: str) -> None:
    """On a thing's page and in an answer; what has no label in it falls back to another."""
    on = {"lang": language, "at": "2018-01-01"}

    assert f">{name}</a>" in page(client, "/queries/bodies/masters", **on).text
    assert f">{name}</a>" in page(client, "/id/rule-2", **on).text
    assert "<h1>office</h1>" in page(client, "/id/office", lang="kk").text


def test_a_thing_shows_the_law_of_the_day_with_its_source(client: FlaskClient) -> None:
    """Assertions in force, what follows with its reason, the provision, and the other times."""
    text = page(client, "/id/office", at="2018-01-01").text
    now, others = text.split("At other times")

    assert "rule of 2017" in now and "Art. 83, version of 2017" in now
    assert 'because of <a href="/id/rule-2?at=2018-01-01">rule of 2017</a>' in now
    assert "rule of 1995" not in now and "rule of 1995" in others and "rule of 2025" in others
    assert "data/bodies.ttl" in others
    assert "The office answers to the President." in others


def test_what_has_ended_is_still_there(client: FlaskClient) -> None:
    """200, with the first and the last day; not "not found"."""
    ended = page(client, "/id/rule-1").text
    then = page(client, "/id/rule-1", at="2000-01-01").text
    early = page(client, "/id/rule-2", at="2000-01-01").text
    unknown = page(client, "/id/rule-4").text

    assert re.search(r'state ended">in force from <time datetime="1995-08-30">', ended)
    assert 'until <time datetime="2017-03-14">2017-03-14</time> (first day without effect)' in ended
    assert "in force since" in then and "state ended" not in then
    assert "comes into force on" in early
    assert "the first day of effect is not known" in unknown


@pytest.mark.parametrize("path", ["/", "/id/office", "/queries", "/queries/bodies/masters"])
def test_the_day_and_the_language_stay_on_links(client: FlaskClient, path: str) -> None:
    """Every link to a page of ours carries them on, but those that change them."""
    found = page(client, path, at="2018-01-01", lang="ru")
    inner = [link for link in found.links if link.startswith("/")]

    kept = [parse_qs(urlsplit(link).query) for link in inner]
    assert len(inner) > 5
    assert all("lang" in values for values in kept)
    other = [values.get("at") for values in kept if values.get("at") != ["2018-01-01"]]
    assert sorted(other, key=str) == [None, ["all"]] or sorted(other, key=str) == [["all"], None]


def test_the_form_of_a_question_keeps_day_and_language(client: FlaskClient) -> None:
    """What is hidden in the form is sent along; choices are named, the chosen one is chosen."""
    body = f"{BASE}id/office"
    found = page(client, "/queries/bodies/masters", at="2018-01-01", lang="ru", body=body)

    hidden = {(f["name"], f["value"]) for f in found.all("input") if f.get("type") == "hidden"}
    chosen = [option["value"] for option in found.all("option") if "selected" in option]
    assert {("at", "2018-01-01"), ("lang", "ru")} <= hidden
    assert chosen == [body] and ">ведомство</option>" in found.text
    assert [f["value"] for f in found.all("input") if f.get("type") == "date"] == ["2018-01-01"]


ODD = {
    "орган/прокуратура": "Cyrillic",
    "a%2Fb": "escaped slash",
    "a/b": "plain slash",
    "it's": "quote",
    "two%20words": "blank",
}


@pytest.mark.parametrize("tail", ODD)
@pytest.mark.parametrize("escaped", [False, True])
def test_odd_iris_are_found_over_http(server: str, tail: str, escaped: bool) -> None:
    """Letters beyond ASCII come escaped or raw, `%2F` is no `/`, quotes are plain characters."""
    address = urlsplit(server)
    path = "/id/" + (quote(tail, safe="%/'") if escaped else tail)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    connection.putrequest("GET", "/", skip_accept_encoding=True)
    connection._buffer[0] = f"GET {path} HTTP/1.1".encode()  # type: ignore[attr-defined]
    connection.putheader("Accept", "text/html")
    connection.endheaders()
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()

    assert response.status == 200, text
    assert f"<h1>{ODD[tail]}</h1>" in text and f"{BASE}id/{tail}".replace("'", "&#39;") in text


def test_languages_of_an_odd_iri_lead_back_to_it(client: FlaskClient) -> None:
    """The address keeps its escapes when a parameter is added."""
    found = page(client, "/id/a%2Fb")

    assert "/id/a%2Fb?lang=ru" in found.links


@pytest.mark.parametrize(
    "path",
    ["/id/<script>alert(1)</script>", '/id/"onload="x', "/id/%3Cscript%3E", "/id/a b", "/id/%FF"],
)
def test_what_is_no_iri_is_not_found_and_never_markup(client: FlaskClient, path: str) -> None:
    """404, with the text shown as text."""
    found = page(client, quote(path, safe="/%"), 404)

    assert not found.all("script") and "onload=" not in str([attrs for _, attrs in found.tags])


def test_markup_in_data_is_text_and_odd_schemes_are_no_links(client: FlaskClient) -> None:
    """A label with a script tag, and IRIs that would run something when followed."""
    found = page(client, "/id/danger")

    assert not found.all("script") and "&lt;script&gt;alert(1)&lt;/script&gt;" in found.text
    assert "javascript:alert(1)" in found.text
    assert not [link for link in found.links if link.startswith(("javascript:", "data:"))]
    assert "https://example.net/x" in found.links
    rows = page(client, "/sparql", query=f"SELECT ?x {{ <{BASE}id/danger> ?p ?x }}", format="html")
    assert not rows.all("script") and not [x for x in rows.links if x.startswith("javascript:")]


@pytest.mark.parametrize("path", ["/id/nobody", "/ns/Nothing", "/nothing", "/queries/a/b"])
def test_what_is_unknown_is_404_for_people_and_programs(client: FlaskClient, path: str) -> None:
    """A page for a browser, a problem for a program."""
    told = client.get(path, headers={"Accept": "application/json, */*;q=0.1"})

    assert "404" in page(client, path, 404).text
    assert told.status_code == 404 and told.mimetype == "application/problem+json"
    assert client.get(path, headers={"Accept": "text/turtle"}).status_code == 404


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize(
    "path", ["/id/rule-1", "/ns/Duty", "/graph/data/bodies", "/at/2018-01-01", "/ns"]
)
def test_every_iri_is_negotiated(client: FlaskClient, path: str, media_type: str) -> None:
    """Each format of a graph is read by rdflib; what nobody writes is 406."""
    response = client.get(path, headers={"Accept": media_type})
    refused = client.get(path, headers={"Accept": "image/png"})

    assert response.status_code == 200 and response.mimetype == media_type
    graph = rdflib.Graph().parse(data=response.data, format=FORMATS[media_type])
    assert len(graph) > 3
    assert refused.status_code == 406 and "text/turtle" in refused.get_json(force=True)["hint"]


def test_a_thing_as_rdf_says_what_the_page_says(client: FlaskClient) -> None:
    """The interval is there though it has ended; what names the thing is there too."""
    data = client.get("/id/rule-1", headers={"Accept": "text/turtle"}).data
    graph = rdflib.Graph().parse(data=data, format="turtle")
    rule, ns = rdflib.URIRef(f"{BASE}id/rule-1"), "https://w3id.org/prok/ns#"

    assert str(graph.value(rule, rdflib.URIRef(f"{ns}validUntil"))) == "2017-03-14"
    assert graph.value(rule, rdflib.URIRef(f"{ns}master")) == rdflib.URIRef(f"{BASE}id/president")


def test_a_question_answers_in_an_envelope(client: FlaskClient) -> None:
    """Rows with what they are an answer to: parameters, day, state, horizon, revision."""
    told = client.get("/queries/bodies/masters?at=2018-01-01", headers={"Accept-Language": "ru"})

    body = told.get_json()
    assert told.mimetype == "application/json"
    assert (body["at"], body["state"]) == ("2018-01-01", "2017-03-14")
    assert body["checked_until"] == "2026-10-01" and body["revision"] == told.headers["KG-Revision"]
    assert body["parameters"] == {
        "body": f"{BASE}id/office",
        "since": "1990-01-01",
        "most": "10",
        "lang": "ru",
    }
    assert [row["masterLabel"] for row in body["rows"]] == [
        {"type": "literal", "value": "Парламент", "lang": "ru"}
    ]
    assert client.get("/queries/bodies/history").get_json()["at"] == "all"


@pytest.mark.parametrize("accept", ["text/csv", "application/sparql-results+json", "text/xml"])
def test_a_question_answers_in_the_standards_formats(client: FlaskClient, accept: str) -> None:
    """By Accept or by `format=`."""
    response = client.get("/queries/bodies/masters", headers={"Accept": accept})

    assert response.mimetype == accept and "president" in response.text
    by_name = client.get("/queries/bodies/masters?format=csv")
    assert next(csv.reader(io.StringIO(by_name.text))) == ["master", "masterLabel", "rule"]
    assert client.get("/queries/bodies/masters", headers={"Accept": "image/png"}).status_code == 406


WRONG = {
    "body=not%20an%20iri": ("body", "absolute IRI"),
    "body=nix:x": ("body", "prefix"),
    "since=2020-02-30": ("since", "real day|no such|day"),
    "since=yesterday": ("since", "YYYY-MM-DD"),
    "most=many": ("most", "number|integer|digits"),
    "lang=de": ("lang", "en, ru, kk"),
    "boddy=x": ("boddy", "body"),
    "since=2020-01-01&since=2021-01-01": ("since", "once"),
    "at=soon": ("at", "2016-01-01"),
    "format=yaml": ("format", "csv"),
}


@pytest.mark.parametrize("query", WRONG)
def test_a_wrong_parameter_is_named_with_its_cure(client: FlaskClient, query: str) -> None:
    """400, for people and for programs."""
    name, cure = WRONG[query]
    told = client.get(f"/queries/bodies/masters?{query}")

    body = told.get_json(force=True)
    assert told.status_code == 400 and told.mimetype == "application/problem+json"
    assert body["where"] == name and re.search(cure, body["hint"]), body
    assert client.get(f"/queries/bodies/masters?{query}", headers=HTML).status_code == 400


def test_the_library_is_listed_for_programs_too(client: FlaskClient) -> None:
    """JSON and CSV beside the page."""
    listed = client.get("/queries").get_json()["queries"]
    rows = list(csv.DictReader(io.StringIO(client.get("/queries?format=csv&lang=ru").text)))

    assert [query["query"] for query in listed] == ["bodies/history", "bodies/masters"]
    assert listed[1]["parameters"]["since"]["type"] == "date"
    assert rows[1]["question"] == "Начальники?" and rows[1]["parameters"] == "body since most lang"


def test_the_query_page_tells_of_terms_that_nothing_declares(client: FlaskClient) -> None:
    """Else a misspelt term would look like a silent law."""
    query = "ASK { ?s <https://w3id.org/prok/ns#acountableTo> ?o }"
    found = page(client, "/sparql", query=query, format="html")

    assert "Did you mean `prok:accountableTo`?" in found.text


MISSPELT = {"body": f"{BASE}id/ofice"}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Nothing is known of"),
        ("ru", "Ничего не известно о"),
        ("kk", "Бұл туралы ештеңе белгісіз:"),
    ],
)
def test_a_value_of_which_nothing_is_known_is_told(
    client: FlaskClient, language: str, words: str
) -> None:
    """With a link to the likely question; the form does not offer the value as a choice."""
    found = page(client, "/queries/bodies/masters", lang=language, **MISSPELT)

    assert f"{words} <code>{BASE}id/ofice</code>" in found.text
    meant = [link for link in found.links if f"body={quote(BASE + 'id/office', safe='')}" in link]
    assert meant and page(client, meant[0]).text.count("<td>")
    assert MISSPELT["body"] not in [option["value"] for option in found.all("option")]
    assert [o["value"] for o in found.all("option") if "selected" in o] == (
        [] if language == "kk" else [""]  # nothing to choose from has a name in Kazakh
    )
    assert words not in page(client, "/queries/bodies/masters", lang=language).text
    known = {"body": f"{BASE}id/president"}
    assert words not in page(client, "/queries/bodies/masters", lang=language, **known).text


def test_programs_are_told_of_unknown_values_too(client: FlaskClient) -> None:
    """In `notes`, which is empty where there is nothing to say."""
    told = client.get("/queries/bodies/masters", query_string=MISSPELT).get_json()

    assert told["rows"] == [] and told["notes"] == [
        f"Nothing is known of {BASE}id/ofice. Did you mean {BASE}id/office?"
    ]
    assert client.get("/queries/bodies/masters").get_json()["notes"] == []


def test_an_answer_says_what_was_asked(client: FlaskClient) -> None:
    """On the start page and on the question's own: each value by its name."""
    asked = 'Икс: <strong><a href="/id/office?lang=ru">ведомство</a></strong>; Икс: <strong>'

    for path in ("/", "/queries/bodies/masters"):
        assert asked in page(client, path, lang="ru").text
        assert '<time datetime="1990-01-01">' in page(client, path).text


def test_a_day_beyond_what_is_known_is_marked(client: FlaskClient) -> None:
    """By the day itself, and only then: changes were looked for until 2026-10-01."""
    note = '<span class="note">Law as known to us on'

    assert (
        note in page(client, "/").text and note in page(client, "/id/office", at="2027-01-01").text
    )
    assert note not in page(client, "/", at="2026-10-01").text
    assert note not in page(client, "/queries/bodies/history", at="all").text


def test_a_first_day_that_is_not_known_exactly_is_told_as_the_first() -> None:
    """In the words of each language."""
    key = "the first day is not known exactly"

    assert "первый день" in translator("ru")(key) and "бірінші күні" in translator("kk")(key)
    assert f'_("{key}")' in (TEMPLATES / "macros.html").read_text("utf-8")


def test_a_question_to_the_record_says_that_the_day_plays_no_part(client: FlaskClient) -> None:
    """The day bar stands above it all the same; a question to a view of all times is another."""
    words = "asks the record of all times: the day plays no part"

    assert words in page(client, "/queries/bodies/history", at="2018-01-01").text
    assert words not in page(client, "/queries/bodies/masters", at="all").text


def test_what_names_a_thing_is_told_as_a_sentence(client: FlaskClient) -> None:
    """Subject, property, and the thing itself."""
    text = page(client, "/id/system").text
    named = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", text.split("Named by</h2>")[1]))

    assert "office — prok:partOf — system" in named


ERRORS = {
    "SELECT * { ?s ?p }": (400, "cannot stand here"),
    "SELECT * { SERVICE <http://127.0.0.1:9/> {} }": (403, "SERVICE"),
}


@pytest.mark.parametrize("query", ERRORS)
def test_a_query_with_a_fault_stays_in_the_form(client: FlaskClient, query: str) -> None:
    """The fault stands above it, the status is that of the fault; programs get their problem."""
    status, words = ERRORS[query]
    found = page(client, "/sparql", status, query=query, at="2018-01-01", format="html")
    sent = client.post("/sparql", data={"query": query}, headers=HTML)

    before, _, after = found.text.partition("<textarea")
    assert words in before and f">{status}: " in before
    assert f">{escape(query, quote=False)}</textarea>" in after
    assert [f["value"] for f in found.all("input") if f["name"] == "at"][-1] == "2018-01-01"
    assert sent.status_code == status and escape(query, quote=False) in sent.text
    told = client.get("/sparql", query_string={"query": query})
    assert told.status_code == status and told.mimetype == "application/problem+json"


def test_a_query_that_is_too_large_is_refused_on_a_page_too(client: FlaskClient) -> None:
    """What was not read is not shown."""
    sent = client.post("/sparql", data={"query": "x" * 2_000_000}, headers=HTML)

    assert sent.status_code == 413 and "<textarea" in sent.text and len(sent.text) < 100_000


BOUNDS = {
    "/": 2,
    "/queries": 0,
    "/queries/accountability/to-whom": 3,
    "/queries/sources/acts": 3,
    "/id/body/prosecutors-office-kz": 7,
    "/id/act/kz-const-1995/art-83/p-2": 7,
    "/sparql?query=SELECT%20*%20{?s%20?p%20?o}%20LIMIT%20500": 2,
}


@pytest.mark.parametrize("path", BOUNDS)
def test_a_page_asks_few_questions(own_graph: Graph, path: str) -> None:
    """However many rows it shows, a page asks the graph so many questions and no more."""
    counting = Counting(own_graph.answerer)
    own = create_app(Served(replace(own_graph, answerer=counting))).test_client()

    page(own, path)

    assert counting.asked <= BOUNDS[path]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_projects_own_pages_answer(own_client: FlaskClient, language: str) -> None:
    """The start page answers the first question; every question of the library has a page."""
    home = page(own_client, "/", lang=language)
    paths = {urlsplit(link).path for link in home.links}
    questions = sorted(path for path in paths if re.fullmatch("/queries/.+/.+", path))

    assert "/id/office/president-kz" in paths and len(questions) >= 20
    for path in questions:
        found = page(own_client, path, lang=language)
        assert f'<html lang="{language}">' in found.text
        assert not re.search(r"<td><a [^>]*>prok:", found.text), path


def test_the_two_fixed_iris_answer_the_president(own_client: FlaskClient) -> None:
    """The question that the project exists for, asked as a stranger would."""
    query = (
        "SELECT ?to WHERE { <https://w3id.org/prok/id/body/prosecutors-office-kz> "
        "<https://w3id.org/prok/ns#accountableTo> ?to }"
    )
    told = own_client.get("/sparql", query_string={"query": query})

    rows = json.loads(told.data)["results"]["bindings"]
    assert [row["to"]["value"] for row in rows] == ["https://w3id.org/prok/id/office/president-kz"]
