"""Clients that people have: each gets the same rows, alone and fifty at once."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
import rdflib
from click.testing import CliRunner
from SPARQLWrapper import (
    CSV,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TURTLE,
    XML,
    SPARQLWrapper,
)

from folders.served import BASE
from kgserver.cli import main

QUERY = (
    "SELECT ?s ?label { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?label } ORDER BY ?s ?label"
)
LOOKUP = f"SELECT ?to {{ <{BASE}id/office> <https://w3id.org/prok/ns#accountableTo> ?to }}"
CLIENTS = 50
EACH = 4


def read(url: str, accept: str) -> bytes:
    """Ask by urllib, as curl does."""
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=30) as response:
        body: bytes = response.read()
    return body


def rows(text: str) -> list[list[str]]:
    """Read CSV."""
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture(scope="module")
def wanted(server: str) -> list[list[str]]:
    """The rows by the plainest client there is."""
    found = rows(read(f"{server}sparql?{urlencode({'query': QUERY})}", "text/csv").decode())
    assert len(found) > 10
    return found


@pytest.mark.parametrize("method", ["GET", POST])
@pytest.mark.parametrize("way", ["urlencoded", POSTDIRECTLY])
def test_sparqlwrapper_gets_the_same_rows(
    server: str, wanted: list[list[str]], method: str, way: str
) -> None:
    """By GET, form and direct POST, as CSV and as JSON."""
    client = SPARQLWrapper(f"{server}sparql", returnFormat=CSV)
    client.setMethod(method)
    client.setRequestMethod(way)
    client.setQuery(QUERY)

    assert rows(client.query().convert().decode()) == wanted
    client.setReturnFormat(JSON)
    bindings = client.query().convert()["results"]["bindings"]
    assert [[b["s"]["value"], b["label"]["value"]] for b in bindings] == wanted[1:]


@pytest.mark.parametrize("name", [JSONLD, RDFXML, TURTLE, N3, XML, None])
def test_sparqlwrapper_reads_graphs(server: str, name: str | None) -> None:
    """Whatever it calls the format; without a word on it, in its own first choice."""
    client = SPARQLWrapper(f"{server}sparql")
    client.setQuery(LOOKUP.replace("SELECT ?to {", "CONSTRUCT WHERE {"))
    if name:
        client.setReturnFormat(name)

    found = client.query().convert()
    graph = rdflib.Graph().parse(data=found) if isinstance(found, bytes) else found
    assert [str(o) for o in graph.objects()] == [f"{BASE}id/president"]


def test_the_command_line_gets_the_same_rows(server: str, wanted: list[list[str]]) -> None:
    """From the endpoint, as anyone."""
    words = ["query", QUERY, "--endpoint", f"{server}sparql", "-f", "csv"]

    assert rows(CliRunner().invoke(main, words).stdout) == wanted


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_gets_the_same_rows(server: str, wanted: list[list[str]]) -> None:
    """The line that the start page shows, in short."""
    words = ["curl", "-sG", f"{server}sparql", "-H", "Accept: text/csv"]
    done = subprocess.run(
        [*words, "--data-urlencode", f"query={QUERY}"], capture_output=True, timeout=30, check=True
    )

    assert rows(done.stdout.decode()) == wanted


def test_a_browser_gets_the_same_rows(server: str, wanted: list[list[str]]) -> None:
    """As a table: each label of the rows stands in a cell."""
    page = read(f"{server}sparql?{urlencode({'query': QUERY})}", "text/html,*/*;q=0.8").decode()

    assert page.count("<tr>") == len(wanted)
    assert all(f"{label}" in page for _, label in wanted[1:] if "<" not in label)


def test_fifty_clients_at_once_lose_no_request(server: str) -> None:
    """Each gets its answer; the queue is long enough for a lookup."""
    url = f"{server}sparql?{urlencode({'query': LOOKUP})}"

    def client(_: int) -> list[str]:
        answers = [json.loads(read(url, "application/json")) for _ in range(EACH)]
        return [a["results"]["bindings"][0]["to"]["value"] for a in answers]

    begun = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        got = list(pool.map(client, range(CLIENTS)))

    assert got == [[f"{BASE}id/president"] * EACH] * CLIENTS
    assert time.monotonic() - begun < 20


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_ended_leaves_no_worker(served_folder: Path, how: signal.Signals) -> None:
    """Whoever stops it, its processes are gone a moment later, and nothing is traced."""
    command = [sys.executable, "-c", "from kgserver.cli import main; main()", "serve"]
    process = subprocess.Popen(
        [*command, str(served_folder), "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith("Serving at "):
            break
    process.send_signal(how)
    rest = process.communicate(timeout=15)[1]

    deadline = time.monotonic() + 5
    while group_lives(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not group_lives(process.pid)
    assert "Traceback" not in "".join(said) + rest


def group_lives(group: int) -> bool:
    """Tell whether a process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
