"""Pages in a real browser: no markup from data, names or parameters ever runs.

Two things keep it from running, and each is judged without the other: the pages escape what they
show (they are shown here from another server, without the policy), and the policy forbids scripts
(a page that escapes nothing is shown here with it). That the same markup does run where neither
is, shows that the browser would have told.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from attacking import FORM, PAGE, Attacked, Reply
from browsing import SECONDS, browse, needs_browser
from folders.attacked import ATTACKED, BASE, MARKUP, PAYLOADS, SCHEMES, quoted
from folders.made import write_folder

pytestmark = needs_browser

Page = tuple[str, Mapping[str, str]]
"""The text of a page, and the headers that go with it."""


class Elsewhere:
    """Another server on this machine, with pages of its own."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                text, headers = pages.get(self.path, ("", {}))
                self.send_response(200 if self.path in pages else 404)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(SECONDS)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    """A server of another origin."""
    server = Elsewhere()
    yield server
    server.close()


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    """Our server on the folder with markup for names."""
    place = tmp_path_factory.mktemp("browsed")
    with Attacked(write_folder(place / "folder", ATTACKED), place / "store") as server:
        yield server


def shown(address: str, profile: Path) -> str:
    """Return the document that the browser made of a page, after its scripts have run."""
    return browse(address, profile, "--virtual-time-budget=5000", "--dump-dom").decode()


def marks(document: str) -> dict[str, str]:
    """Return the marks on the root of a document, by name."""
    root = re.search(r"<html([^>]*)>", document)
    assert root, document[:500]
    return dict(re.findall(r'data-([\w-]+)="([^"]*)"', root[1]))


def hits(document: str) -> set[str]:
    """Return which payloads have run."""
    return {name.removeprefix("hit-") for name in marks(document) if name.startswith("hit-")}


CLICKS = """
addEventListener("load", () => {
  const inside = [...document.querySelectorAll("iframe[data-page]")];
  const documents = [document, ...inside.map((frame) => frame.contentDocument)];
  const loaded = documents.filter((one) => one.URL.startsWith("http"));
  document.documentElement.dataset.documents = loaded.length;
  for (const one of documents) {
    for (const link of one.querySelectorAll("a[href]")) {
      if (!/^https?:$/.test(link.protocol)) link.click();
    }
    for (const form of one.querySelectorAll("form")) {
      if (/^javascript:/.test(form.action)) form.querySelector("button").click();
    }
  }
});
"""
"""Follows every link that does not lead to the web, and sends every form that leads to a script."""

UNSAFE = f"""<!doctype html><html><head><title>{MARKUP}</title></head><body>
<input value="{MARKUP}"><input value='{MARKUP}'><textarea>{MARKUP}</textarea>
<pre>{MARKUP}</pre><select><option>{MARKUP}</option></select><p>{MARKUP}</p>
<script>{CLICKS}</script></body></html>"""
"""A page that escapes nothing."""


def test_the_payloads_run_where_nothing_keeps_them(elsewhere: Elsewhere, tmp_path: Path) -> None:
    """Each of them sets its mark, alone and all in one text; so an unset mark means something."""
    alone = {
        "double": '<input value="{}">',
        "single": "<input value='{}'>",
        "textarea": "<textarea>{}</textarea>",
        "title": "<title>{}</title>",
        "pre": "<pre>{}</pre>",
        "option": "<select><option>{}</option></select>",
    }
    elsewhere.pages["/unsafe"] = (UNSAFE, {})
    elsewhere.pages["/alone"] = (framed(elsewhere, {
        f"/alone/{name}": alone.get(name, "<p>{}</p>").format(payload)
        for name, payload in PAYLOADS.items()
    }), {})  # fmt: skip

    assert hits(shown(f"{elsewhere.address}/unsafe", tmp_path / "1")) == set(PAYLOADS)
    document = shown(f"{elsewhere.address}/alone", tmp_path / "2")
    assert hits(document) == set(PAYLOADS)
    assert marks(document)["documents"] == str(len(PAYLOADS) + 1)


def framed(elsewhere: Elsewhere, pages: Mapping[str, str]) -> str:
    """Put pages on the other server; return one that shows them all and follows their links."""
    for path, text in pages.items():
        elsewhere.pages[path] = (text, {})
    frames = "".join(f'<iframe data-page src="{path}"></iframe>' for path in pages)
    return f"<!doctype html><html><body><p>all</p>{frames}<script>{CLICKS}</script></body></html>"


def sparql(text: str, **values: str) -> str:
    """Return the address of a query's answer as a page."""
    return "/sparql?" + urlencode({"query": text, "format": "html", **values})


ALL = quote(MARKUP, safe="")
TERMS = (
    f"SELECT * {{ VALUES (?onerror ?__proto__ ?x) {{ ({quoted(MARKUP)} {quoted(MARKUP)}@x-script "
    f"{quoted(MARKUP)}^^<javascript:alert(1)>) }} BIND(STRLANG('x', {quoted(MARKUP)}) AS ?tag) "
    f"BIND(STRDT({quoted(MARKUP)}, IRI('urn:x#date')) AS ?type) "
    f"BIND(IRI(CONCAT('javascript:', ENCODE_FOR_URI({quoted(MARKUP)}))) AS ?iri) }}"
)
SLOTS = {
    "start page": "/",
    "start page of the record": "/?at=all&lang=ru",
    "library": "/queries",
    "question": "/queries/bodies/marked",
    "answer with names": "/queries/bodies/masters",
    "thing": "/id/danger",
    "thing in the record": "/id/danger?at=all&lang=kk",
    "what names it": "/id/system",
    "law of a body": "/id/office",
    "event": "/id/event-of-danger",
    "provision": "/id/art-7-v1",
    "name of a file": "/id/marked",
    "links": "/id/links",
    "changes": "/changes?from=2024-12-31&to=2025-01-02",
    "changes about it": f"/changes?from=2024-12-31&to=2025-01-02&about={BASE}id/danger",
    "calendar": "/changes",
    "terms": sparql(TERMS),
    "names of graphs": sparql("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"),
    "data as rows": sparql(f"SELECT * {{ <{BASE}id/danger> ?p ?o }}"),
    "data as a graph": sparql(f"DESCRIBE <{BASE}id/danger>"),
    "query": sparql(f"SELECT * {{ ?s ?p {quoted(MARKUP)} }}"),
    "fault of syntax": sparql(f"SELECT * {{ {MARKUP} }}"),
    "start of a query": sparql(MARKUP),
    "comment": sparql(f"ASK {{}} # {MARKUP}"),
    "unknown prefix": sparql(f"ASK {{ ?s x:y ?o }} # {MARKUP}"),
    "unknown graph": sparql("ASK {}", **{"default-graph-uri": MARKUP}),
    "day": sparql("ASK {}", at=MARKUP),
    "time": sparql("ASK {}", timeout=MARKUP),
    "format": sparql("ASK {}").replace("html", ALL),
    "name of a parameter": f"/sparql?query=ASK%7B%7D&{ALL}=1",
    "value": f"/queries/bodies/by-name?name={ALL}",
    "value that is no IRI": f"/queries/bodies/masters?body={ALL}",
    "value that is no day": f"/queries/bodies/masters?since={ALL}",
    "value that is no number": f"/queries/bodies/masters?most={ALL}",
    "parameter of a question": f"/queries/bodies/masters?{ALL}=1",
    "language": f"/?lang={ALL}",
    "day of a page": f"/?at={ALL}",
    "what else is kept": f"/?x={ALL}&lang=ru",
    "about": f"/changes?from=2020-01-01&about={ALL}",
    "from": f"/changes?from={ALL}",
    "unknown question": f"/queries/{ALL.replace('%2F', '')}/x",
    "unknown thing": f"/id/{ALL}",
    "unknown term": f"/ns/{ALL}",
    "unknown file": f"/graph/{ALL}",
    "unknown day": f"/at/{ALL.replace('%2F', '')}",
    "unknown graph of the store": f"/data?graph={ALL}",
    "unknown path": f"/{ALL}",
    "unknown static file": f"/static/{ALL}",
}


def is_page(reply: Reply) -> bool:
    """Whether a browser would show an answer as HTML."""
    return (reply.headers["Content-Type"] or "").startswith("text/html")


@pytest.fixture(scope="module")
def pages(attacked: Attacked) -> dict[str, str]:
    """What our server makes of each slot, as pages."""
    replies = {slot: attacked.send(target, PAGE) for slot, target in SLOTS.items()}
    replies["query by POST"] = attacked.send(
        "/sparql?format=html",
        {**PAGE, "Content-Type": FORM},
        urlencode({"query": MARKUP, "at": MARKUP}).encode(),
        "POST",
    )
    replies["host"] = attacked.send("/", {**PAGE, "Host": MARKUP})
    replies["accept"] = attacked.send("/id/danger", {"Accept": f"text/html, {MARKUP}"})
    return {slot: reply.text for slot, reply in replies.items() if is_page(reply)}


def test_every_slot_is_one(pages: Mapping[str, str]) -> None:
    """The pages do show what is put in: else they would be safe for nothing."""
    others = {"name of a file": "data-hit-file", "names of graphs": "data-hit-file"}
    others["links"] = "javascript:alert"
    quiet = [s for s in SLOTS if others.get(s, "data-hit-script") not in pages.get(s, "")]

    assert quiet == []


def test_what_pages_show_is_text(
    pages: Mapping[str, str], elsewhere: Elsewhere, tmp_path: Path
) -> None:
    """Without the policy, and with every odd link followed, nothing on any page runs."""
    numbered = {f"/ours/{number}": text for number, text in enumerate(pages.values())}
    elsewhere.pages["/ours"] = (framed(elsewhere, numbered), {})

    document = shown(f"{elsewhere.address}/ours", tmp_path)

    assert marks(document) == {"documents": str(len(pages) + 1)}


def test_the_policy_alone_keeps_scripts_from_running(
    attacked: Attacked, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    """A page that escapes nothing runs nothing under the headers of our pages."""
    policy = attacked.send("/", PAGE).headers["Content-Security-Policy"]
    elsewhere.pages["/policed"] = (UNSAFE, {"Content-Security-Policy": policy})

    document = shown(f"{elsewhere.address}/policed", tmp_path)

    assert "onerror" in document and not marks(document)


def test_a_thing_made_of_markup_is_read_as_text(attacked: Attacked, tmp_path: Path) -> None:
    """From our own server, as a reader sees it: the name stands there, letter by letter."""
    document = shown(f"{attacked.address}/id/danger", tmp_path)

    assert f"<h1>{escape(MARKUP, quote=False)}</h1>" in document
    assert not marks(document)


def test_odd_schemes_are_read_and_lead_nowhere(attacked: Attacked, tmp_path: Path) -> None:
    """The browser sees no link with a scheme but those of the web."""
    document = shown(f"{attacked.address}/id/links", tmp_path)

    links = set(re.findall(r'<a [^>]*href="([^"]*)"', document))
    for iri, followed in SCHEMES.items():
        assert escape(iri, quote=False) in document
        assert (iri in links) is followed, iri


FOREIGN = """<!doctype html><html><body><script>
const say = (name, what) => document.documentElement.setAttribute("data-" + name, what);
const query = "%s/sparql?query=ASK%%7B%%7D";
const form = {"Content-Type": "application/x-www-form-urlencoded"};
const told = (name, request) =>
  request.then((answer) => say(name, answer.status), () => say(name, "refused"));
told("plain", fetch(query));
told("with-cookies", fetch(query, {credentials: "include"}));
told("update", fetch("%s/sparql", {method: "POST", headers: form, body: "update=DROP+ALL"}));
told("put", fetch("%s/data?default", {method: "PUT", body: "x"}));
told("delete", fetch("%s/data?default", {method: "DELETE"}));
told("secret", fetch(query, {headers: {"Authorization": "Basic x"}}));
</script></body></html>"""


def test_another_site_may_read_and_no_more(
    attacked: Attacked, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    """A script from elsewhere gets answers, but none with the reader's credentials; no writes."""
    elsewhere.pages["/foreign"] = (FOREIGN % ((attacked.address,) * 4), {})

    document = shown(f"{elsewhere.address}/foreign", tmp_path)

    assert marks(document) == {
        "plain": "200",
        "with-cookies": "refused",
        "update": "400",
        "put": "refused",
        "delete": "refused",
        "secret": "refused",
    }
