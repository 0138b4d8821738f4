"""Behind proxies: the address that is told is the one in the settings, whatever a request says."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
import rdflib
from flask.testing import FlaskClient

from folders.served import BASE
from kgserver.answers.graph import Graph
from kgserver.answers.served import Served
from kgserver.files.config import Settings
from kgserver.web.app import create_app
from started import started

PUBLIC = [
    "https://law.example.org/",
    "https://law.example.org",
    "https://example.org/law/",
    "https://example.org/law",
    "https://example.org/two/deep/",
    "http://127.0.0.1:8081/",
    "https://[2001:db8::1]:8443/law/",
]
LIES: list[dict[str, str]] = [
    {},
    {"Host": "evil.example"},
    {"Host": "evil.example:81"},
    {"Host": ""},
    {"Host": "a b"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"},
    {"X-Forwarded-Prefix": "/evil.example", "X-Script-Name": "/evil.example"},
    {"X-Forwarded-Port": "666", "X-Forwarded-Server": "evil.example"},
    {"Forwarded": "for=1.2.3.4;host=evil.example;proto=gopher"},
    {"X-Original-Url": "/evil.example", "X-Rewrite-Url": "/evil.example"},
]
PAGES = ["/", "/queries", "/queries/bodies/masters", "/sparql", "/changes", "/errors", "/no"]
THINGS = {
    "/id/office": "office",
    "/id/rule-2?at=2018-01-01": "rule of 2017",
    "/id/a%2Fb": "escaped slash",
    "/id/a/b": "plain slash",
    quote("/id/орган/прокуратура"): "Cyrillic",
    "/ns/Duty": "duty",
}
HTML = {"Accept": "text/html"}
BROWSER = {"Accept": "text/html, */*;q=0.1"}
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")


def known_as(graph: Graph, public: str | None, proxies: int = 0) -> FlaskClient:
    """Return a client of an application that is known by an address."""
    settings = Settings(public_url=public, trusted_proxies=proxies)
    return create_app(Served(graph), settings).test_client()


def root(public: str) -> str:
    """Return the address of the root with its slash."""
    return public.rstrip("/") + "/"


def addresses(text: str) -> set[str]:
    """Return where the attributes of a page lead."""
    return set(re.findall(r'(?:href|action|src)="([^"]*)"', text))


def inner(public: str, text: str) -> list[str]:
    """Return the addresses of a page that lie at the server it comes from, made whole."""
    host = urlsplit(public).netloc
    whole = [urljoin(root(public), address) for address in addresses(text)]
    return [address for address in whole if urlsplit(address).netloc == host]


@pytest.mark.parametrize("public", PUBLIC)
def test_every_address_of_a_page_is_the_public_one(served_graph: Graph, public: str) -> None:
    """Links, forms, the style sheet and the example on the start page."""
    client = known_as(served_graph, public)
    for lie in LIES:
        for path in [*PAGES, *THINGS]:
            page = client.get(path, headers={**HTML, **lie})
            links = inner(public, page.text)
            assert len(links) > 5
            assert all(link.startswith(root(public)) for link in links), (path, lie)
            assert "evil.example" not in page.text + str(page.headers), (path, lie)
    assert f"curl -G &#39;{root(public)}sparql&#39;" in client.get("/", headers=HTML).text or (
        f"curl -G '{root(public)}sparql'" in client.get("/", headers=HTML).text
    )


@pytest.mark.parametrize("public", PUBLIC)
def test_every_link_leads_to_where_it_says(served_graph: Graph, public: str) -> None:
    """Each is asked for as the proxy would, without what stands before the root."""
    client = known_as(served_graph, public)
    links = {link for path in ("/", "/id/office") for link in inner(public, _page(client, path))}
    for link in links:
        rest = link.removeprefix(root(public).rstrip("/")) or "/"
        with client.get(rest.partition("#")[0], headers=BROWSER) as response:
            assert response.status_code == 200, link


def _page(client: FlaskClient, path: str) -> str:
    response = client.get(path, headers=HTML)
    assert response.status_code == 200
    return response.text


@pytest.mark.parametrize("public", PUBLIC)
@pytest.mark.parametrize("path", THINGS)
def test_a_thing_is_found_below_any_root(served_graph: Graph, public: str, path: str) -> None:
    """By the IRI that its path ends, escapes and all; as a page and as RDF."""
    client = known_as(served_graph, public)
    page = client.get(path, headers=HTML)
    data = client.get(path, headers={"Accept": "text/turtle"})

    assert page.status_code == data.status_code == 200
    assert f"<h1>{THINGS[path]}</h1>" in page.text
    assert client.get("/graph/data/bodies").status_code == 200
    assert client.get("/id/nobody", headers=HTML).status_code == 404


@pytest.mark.parametrize("public", PUBLIC)
def test_the_languages_of_a_page_lead_back_to_it(served_graph: Graph, public: str) -> None:
    """Below the root, with the escapes that it has."""
    client = known_as(served_graph, public)
    prefix = urlsplit(root(public)).path

    assert f"{prefix}id/a%2Fb?lang=ru" in addresses(_page(client, "/id/a%2Fb"))


@pytest.mark.parametrize("public", PUBLIC)
def test_the_service_describes_itself_at_the_public_address(
    served_graph: Graph, public: str
) -> None:
    """What others note down as the endpoint; relative IRIs of queries are relative to it."""
    client = known_as(served_graph, public)
    for lie in LIES:
        told = client.get("/sparql", headers={"Accept": "application/n-triples", **lie})
        described = rdflib.Graph().parse(data=told.data, format="nt")
        assert [str(o) for o in described.objects(None, SD.endpoint)] == [f"{root(public)}sparql"]
        query = {"query": "SELECT (<x> AS ?i) (<?y> AS ?j) { }", "format": "tsv"}
        rows = client.get("/sparql", query_string=query, headers=lie).text.splitlines()
        assert rows[1] == f"<{root(public)}x>\t<{root(public)}sparql?y>"


def test_without_a_public_address_the_client_says_it(served_graph: Graph) -> None:
    """What the tests above would not find if it were always so."""
    client = known_as(served_graph, None)
    told = client.get("/", headers={**HTML, "Host": "evil.example"})

    assert "http://evil.example/sparql" in told.text
    assert "http://localhost/sparql" in client.get("/", headers=HTML).text


@pytest.mark.parametrize(
    ("proxies", "headers", "address"),
    [
        (0, {"X-Forwarded-Proto": "https"}, "http://localhost/"),
        (1, {"X-Forwarded-Proto": "https"}, "https://localhost/"),
        (1, {"X-Forwarded-Proto": "https, http"}, "http://localhost/"),
        (1, {"X-Forwarded-Proto": "https", "Host": "a.example"}, "https://a.example/"),
        (1, {"X-Forwarded-Host": "evil.example"}, "http://localhost/"),
        (1, {"X-Forwarded-Port": "666"}, "http://localhost/"),
        (1, {"X-Forwarded-Prefix": "/evil.example"}, "http://localhost/"),
        (2, {"X-Forwarded-Proto": "https, http"}, "https://localhost/"),
        (2, {"X-Forwarded-Proto": "https"}, "http://localhost/"),
    ],
)
def test_proxies_of_ours_are_believed_in_the_scheme_alone(
    served_graph: Graph, proxies: int, headers: dict[str, str], address: str
) -> None:
    """As far as there are such proxies, and never in host, port or prefix."""
    client = known_as(served_graph, None, proxies)
    text = client.get("/", headers={**HTML, **headers}).text

    assert f"{address}sparql" in text and "evil.example" not in text


def test_the_public_address_stands_above_what_proxies_say(served_graph: Graph) -> None:
    """Also above those that are believed."""
    client = known_as(served_graph, "https://example.org/law/", 1)
    headers = {**HTML, "X-Forwarded-Proto": "gopher", "X-Forwarded-For": "192.0.2.1"}

    assert "https://example.org/law/sparql" in client.get("/", headers=headers).text


def test_tags_of_two_addresses_differ(served_graph: Graph) -> None:
    """Where the address stands in the answer; rows of a query without relative IRIs too, as the
    server does not look for them."""
    clients = [known_as(served_graph, public) for public in PUBLIC[:3:2]]
    for path in ("/", "/id/office", "/sparql", "/sparql?query=ASK{}"):
        for accept in ("text/html, */*;q=0.1", "application/sparql-results+json, text/turtle"):
            answers = [client.get(path, headers={"Accept": accept}) for client in clients]
            differ = 1 if (path, accept[:9]) == ("/id/office", "applicati") else 2
            assert len({answer.headers["ETag"] for answer in answers}) == differ, path


@pytest.fixture(scope="module")
def public_server(served_folder: Path, served_graph: Graph) -> Iterator[str]:
    """The address at which a real server listens that is known by another one, with a path."""
    public = ("--public-url", "https://example.org/law/", "--trusted-proxies", "1")
    with started(served_folder, *public) as address:
        yield address


def send(server: str, target: str, **headers: str) -> tuple[int, str]:
    """Send a target as it stands, and return status and text of the answer."""
    address = urlsplit(server)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
    connection.putrequest("GET", target, skip_host=True)
    for name, value in {"Host": "evil.example", "Accept": "text/html", **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("path", THINGS)
def test_over_a_real_connection(public_server: str, path: str, whole: bool) -> None:
    """As proxies send targets: a path, or (rarely) a whole address."""
    target = f"http://evil.example{path}" if whole else path
    status, text = send(public_server, target)

    assert status == 200 and f"<h1>{THINGS[path]}</h1>" in text
    assert "evil.example" not in text and 'href="/law/static/style.css"' in text


def test_the_example_over_a_real_connection(public_server: str) -> None:
    """What a reader copies from the start page."""
    _, text = send(public_server, "/")
    told: Any = send(public_server, "/sparql", Accept="application/n-triples")

    assert "https://example.org/law/sparql" in text and "evil.example" not in text
    assert "<https://example.org/law/sparql>" in told[1] and f"<{BASE}graph/" in told[1]
