"""Compression: as the client likes it, of what is worth it, and never another answer for it."""

from __future__ import annotations

import gzip
import http.client
import io
import sys
import tempfile
from collections.abc import Callable
from typing import BinaryIO, cast
from urllib.parse import quote, urlsplit

import brotli
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header
from werkzeug.test import TestResponse

from folders.served import BASE
from kgserver.answers.graph import Graph
from kgserver.answers.served import Served
from kgserver.web import compression
from kgserver.web.app import create_app
from kgserver.web.compression import chosen, compress, compress_file

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DECODERS: dict[str | None, Callable[[bytes], bytes]] = {
    None: bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": zstd.decompress,
}
ENCODINGS = [encoding for encoding in DECODERS if encoding]
BROWSER = "gzip, deflate, br, zstd"

CHOICES = {
    "": None,
    "identity": None,
    "deflate": None,
    "gzip": "gzip",
    "br": "br",
    "zstd": "zstd",
    "GZip": "gzip",
    BROWSER: "zstd",
    "gzip, deflate, br": "br",
    "gzip, deflate": "gzip",
    "gzip;q=1.0, br;q=0.5": "gzip",
    "gzip;q=0.5, br;q=0.5": "br",
    "zstd;q=0.1, gzip;q=0.2": "gzip",
    "*": "zstd",
    "*;q=0.5, gzip": "gzip",
    "zstd;q=0, *": "br",
    "gzip;q=0": None,
    "gzip;q=0, br;q=0, zstd;q=0": None,
    "gzip;q=0.0, br": "br",
    "*;q=0": None,
    "*;q=0, gzip": "gzip",
    "gzip;q=0, *;q=0": None,
    "identity;q=1, gzip;q=0.5": None,
    "identity, *;q=0.5": None,
    "identity;q=0.5, gzip;q=0.5": "gzip",
    "identity;q=0.5, gzip": "gzip",
    "identity;q=0, gzip;q=0.1": "gzip",
    "identity;q=0": None,
    "gzip;q=x": None,
    "gzip;q=2": None,
    ",,;": None,
    "x" * 5_000: None,
}
"""Values of Accept-Encoding, and what is chosen. `identity;q=0` with nothing else is not obeyed:
plain, everybody can read."""


@pytest.mark.parametrize("accept", CHOICES)
def test_the_client_chooses(accept: str) -> None:
    """The greatest weight wins, 0 is never chosen, plain only if it is liked better by name."""
    assert chosen(parse_accept_header(accept, Accept), "text/html") == CHOICES[accept]


@pytest.mark.parametrize(
    ("media_type", "worth_it"),
    {
        "text/html": True,
        "text/css": True,
        "text/csv; header=present": True,
        "text/turtle": True,
        "application/sparql-results+json": True,
        "application/sparql-results+xml": True,
        "application/json": True,
        "application/problem+json": True,
        "application/n-triples": True,
        "application/ld+json": True,
        "application/rdf+xml": True,
        "application/octet-stream": False,
        "application/gzip": False,
        "image/png": False,
        "": False,
    }.items(),
)
def test_what_is_worth_it(media_type: str, worth_it: bool) -> None:
    """Texts of every kind that is sent here, and nothing that is compressed by itself."""
    assert (chosen(parse_accept_header("gzip", Accept), media_type) == "gzip") is worth_it


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(body=st.binary(max_size=500) | st.text(max_size=200).map(lambda text: text.encode() * 20))
def test_nothing_is_lost(encoding: str, body: bytes) -> None:
    """In memory as in a file, in one piece as in many; and the same bytes each time."""
    packed = compress(body, encoding)
    assert DECODERS[encoding](packed) == body
    assert compress(body, encoding) == packed, "else a strong tag would lie"
    assert encoding != "gzip" or packed[4:8] == bytes(4), "no time of day in it"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compression, "_PIECE", 64)
        file = io.BytesIO()
        file.write(body)
        out, size = compress_file(cast(BinaryIO, file), encoding)
        with out:
            assert file.closed and out.tell() == 0
            written = out.read()
    assert len(written) == size and DECODERS[encoding](written) == body


def test_a_long_file_takes_no_memory(tmp_path: object) -> None:
    """It is read and written in pieces, and much smaller afterwards."""
    for encoding in ENCODINGS:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by what is tested
        for _ in range(40):
            file.write(b"the same words again and again\n" * 4_000)
        out, size = compress_file(cast(BinaryIO, file), encoding)
        with out:
            assert file.closed and size < 500_000
            assert len(DECODERS[encoding](out.read())) == 40 * 4_000 * 31


PATHS = {
    "/": "text/html",
    "/queries": "application/json",
    "/queries/bodies/masters": "text/html",
    "/id/office": "text/turtle",
    "/id/rule-2": "text/html",
    "/graph/data/names": "application/n-triples",
    "/at/2016-01-01": "application/rdf+xml",
    "/data?default": "application/ld+json",
    "/changes?from=2016-01-01": "application/json",
    "/errors": "text/html",
    "/sparql": "text/turtle",
    "/sparql?query=SELECT%20*%20{?s%20?p%20?o}": "application/sparql-results+xml",
    "/sparql?query=SELECT%20?s%20{?s%20?p%20?o}": "text/csv",
    "/sparql?query=SELECT%20*%20{?s%20?p%20?o}&format=spreadsheet": "text/csv",
    "/sparql?query=CONSTRUCT%20WHERE%20{?s%20?p%20?o}": "text/turtle",
}


def fetch(
    client: FlaskClient, path: str, encoding: str | None, method: str = "GET", **headers: str
) -> TestResponse:
    """Fetch what a path leads to, compressed so."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    if encoding:
        told["Accept-Encoding"] = encoding
    return client.open(path, method=method, headers={"Accept": PATHS.get(path, "*/*"), **told})


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_the_same_whatever_it_is_compressed_with(
    client: FlaskClient, path: str
) -> None:
    """Header, length and tag fit the bytes; each tag is another one, and is known again."""
    plain = fetch(client, path, None)
    assert plain.status_code == 200 and "Content-Encoding" not in plain.headers
    assert len(plain.data) >= compression.LEAST, "else nothing is tested here"
    tags = [plain.headers["ETag"]]
    for encoding in ENCODINGS:
        head = fetch(client, path, encoding, "HEAD")  # the first one is worked out, the second kept
        packed = fetch(client, path, encoding)
        again = fetch(client, path, encoding, "HEAD")
        same = fetch(client, path, encoding, If_None_Match=packed.headers["ETag"])

        assert packed.headers["Content-Encoding"] == encoding
        assert DECODERS[encoding](packed.data) == plain.data
        assert packed.content_length == len(packed.data) < len(plain.data)
        assert dict(head.headers) == dict(again.headers) == dict(packed.headers)
        assert head.data == again.data == b""
        assert (same.status_code, same.data) == (304, b"")
        assert same.headers["ETag"] == packed.headers["ETag"]
        assert "Content-Encoding" not in same.headers
        unpacked = {"Content-Encoding", "Content-Length", "ETag"}
        assert {k: v for k, v in packed.headers if k not in unpacked} == {
            k: v for k, v in plain.headers if k not in unpacked
        }
        tags.append(packed.headers["ETag"])

    assert plain.content_length == len(plain.data)
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert len(set(tags)) == len(tags)
    assert {tag.strip('"').partition(".")[0] for tag in tags} == {tags[0].strip('"')}


@pytest.mark.parametrize("accept", ["gzip;q=0", "*;q=0", "identity", "identity, *;q=0.1", "", "x"])
def test_plain_is_sent_to_who_wants_it_plain(client: FlaskClient, accept: str) -> None:
    """Without a header, too: not every client can unpack."""
    response = fetch(client, "/id/rule-2", accept)

    assert response.status_code == 200 and "Content-Encoding" not in response.headers
    assert response.data.startswith(b"<!doctype html>")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_small_stays_as_it_is(client: FlaskClient, method: str) -> None:
    """Below 1,000 bytes there is nothing to gain; from there on there is."""
    for length, packed in ((999, False), (1_000, True)):
        empty = len("x\r\n\r\n")
        query = f"SELECT ('{'a' * (length - empty)}' AS ?x) {{ }}"
        values = {"query": query, "format": "csv"}
        sent = {"query_string": values} if method == "GET" else {"data": values}
        response = client.open(
            "/sparql", method=method, headers={"Accept-Encoding": BROWSER}, **sent
        )
        body = DECODERS[response.headers.get("Content-Encoding")](response.data)
        assert len(body) == length
        assert ("Content-Encoding" in response.headers) is packed


def test_answers_by_post_are_compressed_each_for_itself(client: FlaskClient) -> None:
    """Also pages, which have one address whatever is asked by POST."""
    for accept in ("text/html", "application/sparql-results+json"):
        for word in ("first", "second"):
            values = " ".join(f"'{word}{number}'" for number in range(99))
            query = f"SELECT * {{ VALUES ?x {{ {values} }} }}"
            headers = {"Accept": accept, "Accept-Encoding": "gzip"}
            response = client.post("/sparql", data={"query": query}, headers=headers)
            assert response.headers["Content-Encoding"] == "gzip"
            text = gzip.decompress(response.data).decode()
            assert f"{word}98" in text and ("second" in text) is (word == "second")


def test_a_problem_is_compressed_too_if_it_is_long(client: FlaskClient) -> None:
    """A page with an error on it; the status stays what it is."""
    response = client.get("/nothing", headers={"Accept": "text/html", "Accept-Encoding": "br"})

    assert response.status_code == 404 and response.headers["Content-Encoding"] == "br"
    assert b"404" in brotli.decompress(response.data)


@pytest.mark.parametrize("encoding", [None, *ENCODINGS])
def test_what_is_static_is_sent_as_it_lies(client: FlaskClient, encoding: str | None) -> None:
    """The style sheet, by its own tag."""
    with fetch(client, "/static/style.css", encoding) as style:
        assert style.status_code == 200 and style.mimetype == "text/css"
        assert "Content-Encoding" not in style.headers
        assert len(style.data) == style.content_length > 1_000
        tag = style.headers["ETag"]
    with fetch(client, "/static/style.css", encoding, If_None_Match=tag) as same:
        assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
    with fetch(client, "/static/style.css", encoding, "HEAD") as head:
        assert head.content_length == style.content_length and head.data == b""


LONG = (
    f"SELECT ?a ?b ?d (CONCAT('{'so long ' * 40}', STR(?c)) AS ?e) "
    "{ ?a ?b ?c . ?d ?f ?g } LIMIT 9000"
)
MANY_BYTES = 4 << 20


@pytest.fixture(scope="module")
def whole(served_graph: Graph) -> bytes:
    """The long answer as a plain client gets it."""
    client = create_app(Served(served_graph)).test_client()
    with client.get("/sparql", query_string={"query": LONG}) as response:
        assert response.status_code == 200 and "Content-Encoding" not in response.headers
        body = response.data
    assert len(body) > MANY_BYTES, "else it does not come from a file"
    assert response.content_length == len(body)
    return body


@pytest.mark.parametrize("encoding", [None, *ENCODINGS])
def test_a_long_answer_is_compressed_from_its_file(
    client: FlaskClient, whole: bytes, encoding: str | None
) -> None:
    """By GET, HEAD and POST; length and tag are those of what is sent."""
    path = f"/sparql?query={quote(LONG)}"
    with fetch(client, path, encoding) as response:
        assert response.headers.get("Content-Encoding") == encoding
        assert DECODERS[encoding](response.data) == whole
        assert response.content_length == len(response.data)
        tag = response.headers["ETag"]
    assert tag.strip('"').partition(".")[2] == (encoding or "")
    with fetch(client, path, encoding, "HEAD") as head:
        assert dict(head.headers) == dict(response.headers) and head.data == b""
    with fetch(client, path, encoding, If_None_Match=tag) as same:
        assert (same.status_code, same.headers["ETag"], same.data) == (304, tag, b"")
    headers = {"Accept-Encoding": encoding} if encoding else {}
    with client.post("/sparql", data={"query": LONG}, headers=headers) as posted:
        assert posted.headers.get("Content-Encoding") == encoding
        assert DECODERS[encoding](posted.data) == whole
        assert "ETag" not in posted.headers


@pytest.mark.parametrize("encoding", [None, *ENCODINGS])
def test_over_a_real_connection(server: str, whole: bytes, encoding: str | None) -> None:
    """Twice on one connection, the second by HEAD: no byte too many or too few."""
    address = urlsplit(server)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
    headers = {"Accept-Encoding": encoding or "identity"}
    seen = []
    for query in (LONG, f"DESCRIBE <{BASE}id/office> <{BASE}id/rule-1>"):
        path = f"/sparql?query={quote(query)}"
        for method in ("GET", "HEAD"):
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            body = response.read()
            assert response.status == 200
            assert response.headers["Content-Encoding"] == encoding
            length = int(response.headers["Content-Length"])
            seen.append((length, response.headers["ETag"]))
            if method == "GET":
                assert length == len(body)
                assert query != LONG or DECODERS[encoding](body) == whole
            else:
                assert body == b"" and seen[-1] == seen[-2]
    connection.close()
