"""The attacks that a public endpoint must expect, each made over HTTP on a server of its own.

`TABLE` lists them, with the tests that make each, here and in other files. Two servers run: one
with limits that a test reaches in a second, behind a public address; one with more room, to tell
that a refusal is one and not a limit.
"""

from __future__ import annotations

import ast
import contextlib
import csv
import gzip
import io
import json
import os
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode, urljoin, urlsplit

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

import kgserver.web
from attacking import (
    DIRECT,
    FORM,
    PAGE,
    PATIENCE,
    Attacked,
    Markup,
    Reply,
    gone,
    resident_mib,
    until,
)
from folders.attacked import BASE, CANARY, INJECTIONS, LOOKALIKES, MARKUP, SCHEMES, limited, quoted
from folders.made import write_folder
from kgserver.engine.guard import LIMITS
from test_guard import CALLS, MORE, PROLOGUE, Listener

HERE = Path(__file__).parent


TABLE = """
1 cross product, COUNT over joins
    test_a_cross_product_is_stopped_while_others_are_answered
    test_pool.test_an_endless_query_is_stopped_while_others_are_answered
2 property paths that explode
    test_a_path_that_explodes_costs_a_worker_and_no_more
3 strings that double
    test_a_string_that_doubles_ends_its_worker_alone
    test_pool.test_a_memory_bomb_ends_only_its_worker
4 deep nesting, long chains
    test_what_is_deep_or_long_is_judged_before_the_engine
    test_a_long_join_is_stopped_like_any_other
    test_guard.test_depth
    test_guard.test_chains
    test_guard.test_chains_of_patterns
    test_guard.test_tokens_and_limits
    test_guard.test_a_hostile_text_is_read_at_once
    test_pool.test_what_the_guard_lets_through_does_not_overflow
5 regular expressions that backtrack
    test_a_regular_expression_does_not_backtrack
6 huge results
    test_rows_up_to_the_limit_and_one_more
    test_bytes_up_to_the_limit_and_one_more
    test_a_group_of_everything_is_too_large
    test_pool.test_the_limit_of_a_result_is_exact
7 SERVICE calls elsewhere
    test_the_listener_counts
    test_no_service_is_called
    test_guard.test_no_call_gets_through
    test_guard.test_no_mixture_gets_through
    test_pool.test_the_network_is_closed
    test_pool.test_each_means_against_the_network
8 LOAD and FROM
    test_the_listener_counts
    test_nothing_is_loaded
    test_guard.test_updates_are_refused
9 RDF that explodes when parsed
    test_the_bomb_is_one
    test_nothing_that_is_sent_is_parsed
10 remote JSON-LD contexts
    test_nothing_that_is_sent_is_parsed
    test_no_context_of_ours_is_elsewhere
11 markup that runs
    test_browser.test_the_payloads_run_where_nothing_keeps_them
    test_browser.test_every_slot_is_one
    test_browser.test_what_pages_show_is_text
    test_browser.test_the_policy_alone_keeps_scripts_from_running
    test_browser.test_a_thing_made_of_markup_is_read_as_text
    test_pages.test_what_is_no_iri_is_not_found_and_never_markup
    test_pages.test_each_page_is_there_in_each_language
12 IRIs that do something when followed
    test_only_addresses_of_the_web_are_links
    test_browser.test_odd_schemes_are_read_and_lead_nowhere
13 formulas in CSV
    test_csv_is_exact
    test_a_spreadsheet_computes_nothing
14 updates from other sites
    test_credentials_play_no_part
    test_a_form_cannot_update_from_anywhere
    test_other_sites_may_only_read
    test_browser.test_another_site_may_read_and_no_more
    test_w3c_protocol.test_an_update_is_refused_and_changes_nothing
15 paths that climb
    test_there_is_something_to_climb_to
    test_no_path_leads_out
16 content that is guessed
    test_every_answer_is_what_it_says
    test_what_the_listener_itself_answers_is_what_it_says
17 redirects and links that lead astray
    test_the_links_of_an_attacker_are_known
    test_no_path_makes_a_link_elsewhere
    test_no_iri_of_ours_leads_elsewhere
    test_headers_do_not_move_the_server
    test_the_public_address_is_the_one_told
18 caches that mix answers up
    test_a_cache_that_keeps_to_vary_mixes_nothing_up
    test_tags_differ_where_answers_do
    test_long_requests_do_not_fill_the_memory
19 slow and idle clients
    test_who_does_not_read_holds_no_worker
    test_who_does_not_finish_asking_holds_up_nobody
20 compressed requests
    test_compressed_requests_are_not_opened
21 look-alike IRIs
    test_a_name_that_mixes_alphabets_is_told
22 lines forged in the log
    test_a_request_is_one_line_of_the_log
    test_the_log_holds_no_texts_of_queries
    test_a_worker_that_dies_breaks_no_line_of_the_log
23 values that become code
    test_a_value_is_found_letter_by_letter
    test_a_value_adds_no_row
    test_library.TestNoValueIsCode
"""
"""Each pattern of attack by its number, and the tests of this and other files that make it."""


@dataclass
class Row:
    """One pattern: the tests that make it, or why there is none."""

    pattern: str
    tests: list[str] = field(default_factory=list)
    gap: str = ""


def read_table() -> dict[int, Row]:
    """Return the rows of the table by their numbers."""
    rows: dict[int, Row] = {}
    for line in TABLE.strip().splitlines():
        if not line.startswith(" "):
            number, pattern = line.split(" ", 1)
            row = rows[int(number)] = Row(pattern)
        elif line.strip().startswith("gap: "):
            row.gap = line.strip().removeprefix("gap: ")
        else:
            row.tests.append(line.strip())
    return rows


ROWS = read_table()


def test_the_table_is_whole() -> None:
    """All 23 patterns are there, each with tests that exist or with a word on why there is none."""
    assert list(ROWS) == list(range(1, 24))
    assert all(bool(row.tests) is not bool(row.gap) for row in ROWS.values())
    named = {name for row in ROWS.values() for name in row.tests}
    here = names_in("test_attacks")
    there = {name.partition(".")[0] for name in named if "." in name}
    known = here.union(*({f"{file}.{name}" for name in names_in(file)} for file in there))

    assert named - known == set()
    assert here - named == {"test_the_table_is_whole"}


def names_in(file: str) -> set[str]:
    """Return the names of a file's tests and classes of tests."""
    nodes = ast.parse((HERE / f"{file}.py").read_text("utf-8")).body
    named = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return {node.name for node in named if node.name.startswith(("test_", "Test"))}


PUBLIC = "https://kg.example.org/"
SECONDS = 1.0
ROWS_MAX, MIB = 1_000, 1
ROOM_MIB = 24


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the folders lie; beside them, a file that is nobody's business."""
    place = tmp_path_factory.mktemp("attacked")
    (place / "secret.txt").write_text(CANARY)
    return place


@pytest.fixture(scope="module")
def strict(place: Path) -> Iterator[Attacked]:
    """A server with small limits, behind a public address."""
    files = limited(
        query_seconds=SECONDS,
        result_rows=ROWS_MAX,
        result_mib=MIB,
        page_rows=50,
        cache_mib=4,
        workers=2,
        worker_mib=96,
        queue=16,
    )
    folder = write_folder(place / "strict", files)
    options = ("--public-url", PUBLIC, "--log", "json")
    with Attacked(folder, place / "strict-store", *options) as server:
        yield server


@pytest.fixture(scope="module")
def roomy(place: Path) -> Iterator[Attacked]:
    """A server with room: what it refuses, it refuses for what it is."""
    files = limited(query_seconds=20, result_mib=ROOM_MIB, workers=2, worker_mib=256, queue=4)
    folder = write_folder(place / "roomy", files)
    with Attacked(folder, place / "roomy-store", "--log", "json") as server:
        yield server


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """Who counts calls on this machine."""
    listener = Listener()
    yield listener
    listener.close()


PREFIX = f"PREFIX : <{BASE}id/> "


def is_well(server: Attacked, seconds: float = PATIENCE) -> bool:
    """Whether the server answers a question that it cannot have kept an answer to."""
    text = quote(f"ASK {{}} # {os.urandom(8).hex()}")
    reply = server.send(f"/sparql?query={text}", seconds=seconds)
    return server.alive and reply.status == 200 and json.loads(reply.body)["boolean"] is True


def replaced(server: Attacked, before: set[int]) -> set[int]:
    """Wait until workers have ended and others stand in for them; return those that ended."""
    until(lambda: not before <= server.workers())
    ended = before - server.whole(len(before))
    assert all(gone(pid) for pid in ended)
    return ended


# --- 1 to 6: what a query may cost -------------------------------------------------------------

CROSS = [
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT (COUNT(DISTINCT ?c) AS ?n) { { ?a ?b ?c } { ?d ?e ?f } { ?g ?h ?i } }",
]


@pytest.mark.parametrize("query", CROSS)
def test_a_cross_product_is_stopped_while_others_are_answered(strict: Attacked, query: str) -> None:
    """It is ended at its deadline with its process; meanwhile the other worker answers others."""
    before = strict.whole(2)
    with ThreadPoolExecutor(1) as others:
        slow = others.submit(strict.ask, query)
        until(lambda: strict.gauge('kgserver_workers{state="busy"}') == 1 or slow.done())
        assert not slow.done()
        answered = 0
        while is_well(strict) and not slow.done():
            answered += 1
    told = slow.result()

    assert (told.status, told.code) == (503, "query-timeout")
    assert "Retry-After" not in told.headers
    assert answered > 1
    assert len(replaced(strict, before)) == 1


PATHS = [
    "SELECT (COUNT(*) AS ?n) { ?a :next+/:skip+ ?b }",
    "SELECT (COUNT(*) AS ?n) { ?a (:next|:skip|^:next)* ?b }",
    "SELECT (COUNT(*) AS ?n) { ?a ((:next|:skip)*/(:skip|^:skip)*)+ ?b }",
    "SELECT * { ?a ((:next*)*)* ?b } ORDER BY ?b",
    "SELECT * { ?a !(:none)+ ?b . ?b :next+ ?c }",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_explodes_costs_a_worker_and_no_more(strict: Attacked, path: str) -> None:
    """On a ring of 2,000 things: time or memory ends it, and the server has not grown by it."""
    before, memory = strict.whole(2), strict.memory_mib()

    told = strict.ask(PREFIX + path)

    assert (told.status, told.code) in {(503, "query-timeout"), (500, "query-failed")}
    assert is_well(strict)
    assert len(replaced(strict, before)) == 1
    assert strict.memory_mib() - memory < 32


def doubled(times: int) -> str:
    """Return patterns that make a string of 1,000 characters twice as long, so many times."""
    steps = " ".join(f"BIND(CONCAT(?s{n}, ?s{n}) AS ?s{n + 1})" for n in range(times))
    return f"BIND('{'x' * 1000}' AS ?s0) {steps}"


DOUBLING = {
    "CONCAT": f"SELECT (STRLEN(?s22) AS ?n) {{ {doubled(22)} }}",
    "REPLACE": "SELECT (STRLEN(?s) AS ?n) { BIND('%s' AS ?a) " % ("x" * 20_000)
    + "BIND(REPLACE(?a, 'x', ?a) AS ?b) BIND(REPLACE(?b, 'x', ?a) AS ?s) }",
    "GROUP_CONCAT": f"SELECT (STRLEN(GROUP_CONCAT(?s12)) AS ?n) {{ ?a ?b ?c {doubled(12)} }}",
    "in a subquery": f"SELECT * {{ {{ SELECT (UCASE(?s22) AS ?u) {{ {doubled(22)} }} }} }}",
}


@pytest.mark.parametrize("way", DOUBLING)
def test_a_string_that_doubles_ends_its_worker_alone(roomy: Attacked, way: str) -> None:
    """Four gigabytes are not to be had: the asker reads why, and a new worker takes over."""
    before, memory = roomy.whole(2), roomy.memory_mib()

    told = roomy.ask(DOUBLING[way])

    assert (told.status, told.code) == (500, "query-failed")
    assert "256 MiB" in json.loads(told.body)["hint"]
    assert is_well(roomy)
    assert len(replaced(roomy, before)) == 1
    assert roomy.memory_mib() - memory < 64


DEPTH, CHAIN, TOKENS = LIMITS.depth, LIMITS.chain, LIMITS.tokens
SHAPES: dict[str, tuple[int, Callable[[int], str]]] = {
    "groups": (DEPTH, lambda n: "ASK " + "{" * n + "}" * n),
    "parentheses": (DEPTH, lambda n: "ASK {FILTER" + "(" * (n - 1) + "1" + ")" * (n - 1) + "}"),
    "collections": (DEPTH, lambda n: "ASK {?s ?p " + "(" * (n - 1) + "1" + ")" * (n - 1) + "}"),
    "blank nodes": (DEPTH, lambda n: "ASK {?s ?p " + "[?p " * (n - 1) + "1" + "]" * (n - 1) + "}"),
    "paths": (DEPTH, lambda n: "ASK {?s " + "(" * (n - 1) + "<p:>" + ")?" * (n - 1) + " ?o}"),
    "EXISTS": (DEPTH, lambda n: "ASK {" + "FILTER EXISTS{" * (n - 1) + "}" * n),
    "OPTIONAL": (DEPTH, lambda n: "ASK {" + "OPTIONAL{" * (n - 1) + "}" * n),
    "or": (CHAIN, lambda n: "ASK {FILTER(?x" + "||?x" * n + ")}"),
    "sum": (CHAIN, lambda n: "ASK {FILTER(1" + "+1" * n + ")}"),
    "not": (CHAIN, lambda n: "ASK {FILTER(" + "!" * n + "?x)}"),
    "sequence": (CHAIN, lambda n: "ASK {?s <p:>" + "/<p:>" * n + " ?o}"),
    "alternative": (CHAIN, lambda n: "ASK {?s <p:>" + "|<p:>" * n + " ?o}"),
    "UNION": (CHAIN, lambda n: "ASK {{}" + "UNION{}" * n + "}"),
    "MINUS": (CHAIN, lambda n: "ASK {" + "MINUS{}" * n + "}"),
    "FILTER": (CHAIN, lambda n: "ASK {" + "FILTER(1)" * n + "}"),
    "BIND": (CHAIN, lambda n: "ASK {" + "".join(f"BIND(1 AS ?{i})" for i in range(n)) + "}"),
    "triples": (CHAIN, lambda n: "ASK {" + "?s ?p ?o." * n + "}"),
    "objects": (CHAIN, lambda n: "ASK {?s ?p 2" + ",2" * n + "}"),
    "IN": (CHAIN, lambda n: "ASK {FILTER(1 IN(2" + ",2" * n + "))}"),
    "tokens": (TOKENS, lambda n: "ASK{VALUES ?x{" + "1 " * (n - 7) + "}}"),
    "bytes": (LIMITS.size, lambda n: "ASK {} #" + "x" * (n - 8)),
}
"""Queries of many shapes, by how deep or long they are, with the most that is let through."""


JOINS = ("sequence", "triples", "objects")
"""Shapes of which the engine orders the parts before it begins: hundreds take it longer than
allowed."""
SIZES = {
    "one less": lambda most: most - 1,
    "the most": lambda most: most,
    "one more": lambda most: most + 1,
    "far more": lambda most: max(100_000, 2 * most),
}


CASES = [
    (shape, size)
    for shape in SHAPES
    for size in SIZES
    if shape not in JOINS or size in ("one more", "far more")
]


@pytest.mark.parametrize(("shape", "size"), CASES)
def test_what_is_deep_or_long_is_judged_before_the_engine(
    roomy: Attacked, shape: str, size: str
) -> None:
    """Up to the limit it is answered, beyond it refused; no process ends by either."""
    most, made = SHAPES[shape]
    fits = size in ("one less", "the most")
    text = made(SIZES[size](most))
    before = roomy.workers()

    told = roomy.post(text)

    large = (413, "too-large") if len(text) > LIMITS.size else (400, "query-too-complex")
    assert (told.status, told.code) == ((200, None) if fits else large), told.text
    assert roomy.alive and roomy.workers() == before


@pytest.mark.parametrize("shape", JOINS)
def test_a_long_join_is_stopped_like_any_other(strict: Attacked, shape: str) -> None:
    """The longest that is let through is answered, or stopped at its deadline; nothing else."""
    most, made = SHAPES[shape]

    told = strict.post(made(most))

    assert (told.status, told.code) in {(200, None), (503, "query-timeout")}
    assert is_well(strict)


REGEX = {
    "(a+)+$": "false",
    "(a|aa)+$": "false",
    "(a*)*(a*)*(a*)*b": "false",
    "^(([a-z])+.)+[A-Z]([a-z])+$": "false",
    "((a{100}){100}){100}": None,  # an engine that would build it whole says that it is an error
}


@pytest.mark.parametrize("pattern", REGEX)
def test_a_regular_expression_does_not_backtrack(strict: Attacked, pattern: str) -> None:
    """40 characters are judged within the deadline; with backtracking it would take years."""
    text = f"BIND('{'a' * 40}!' AS ?a) BIND(REGEX(?a, '{pattern}') AS ?x)"

    (row,) = strict.ask(f"SELECT ?x {{ {text} }}").rows
    (replaced,) = strict.ask(f"SELECT (REPLACE(?a, '{pattern}', '') AS ?y) {{ {text} }}").rows

    assert row.get("x", {}).get("value") == REGEX[pattern]
    assert bool(replaced) is (REGEX[pattern] is not None)


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_rows_up_to_the_limit_and_one_more(strict: Attacked, name: str) -> None:
    """As many as the limit come and are counted; one more is refused, or cut off where asked."""
    query = PREFIX + "SELECT ?a { ?a :next ?b } LIMIT "

    fits = strict.ask(f"{query}{ROWS_MAX}", format=name)
    less = strict.ask(f"{query}{ROWS_MAX - 1}", format=name)
    more = strict.ask(f"{query}{ROWS_MAX + 1}", format=name)
    cut = strict.ask(f"{query}{ROWS_MAX + 1}", format=name, truncate="yes")

    assert (fits.status, fits.headers["KG-Rows"]) == (200, str(ROWS_MAX))
    assert (less.status, less.headers["KG-Rows"]) == (200, str(ROWS_MAX - 1))
    assert (more.status, more.code) == (500, "result-too-large")
    assert (cut.status, cut.headers["KG-Truncated"]) == (200, f"rows={ROWS_MAX}")
    assert all(reply.body.count(b"/id/n") == ROWS_MAX for reply in (fits, cut))
    assert "KG-Truncated" not in fits.headers


def text_of(size: int) -> str:
    """Return a query whose answer in CSV has so many bytes: a name, a value, two line ends."""
    whole, rest = divmod(size - len("x\r\n\r\n"), 1 << 15)
    parts = ["?a"] * whole + [f"SUBSTR(?a, 1, {rest})"]
    return f"SELECT ?x {{ BIND('{'y' * (1 << 15)}' AS ?a) BIND(CONCAT({','.join(parts)}) AS ?x) }}"


def test_bytes_up_to_the_limit_and_one_more(strict: Attacked) -> None:
    """An answer as large as the limit comes whole; of one byte more, nothing is sent."""
    most = MIB << 20

    for size in (most - 1, most):
        reply = strict.ask(text_of(size), format="csv")
        assert (reply.status, len(reply.body)) == (200, size)
    more = strict.ask(text_of(most + 1), format="csv")

    assert (more.status, more.code) == (500, "result-too-large")
    assert b"yyy" not in more.body


def test_a_group_of_everything_is_too_large(strict: Attacked) -> None:
    """One row can be as large as many."""
    times = " ".join(str(n) for n in range(40))
    query = f"SELECT (GROUP_CONCAT(STR(?a)) AS ?x) {{ ?a :next ?b VALUES ?n {{ {times} }} }}"

    told = strict.ask(PREFIX + query)

    assert (told.status, told.code) == (500, "result-too-large")
    assert is_well(strict)


# --- 7 to 10: what a request may reach, and what is read of it ----------------------------------

SERVICES = [
    *CALLS,
    "SELECT * { \\u0053ERVICE <H> { ?s ?p ?o } }",
    "SELECT * { SERV\\U00000049CE SILENT <H> { ?s ?p ?o } }",
    "SELECT * { SERVICE <\\u0048> { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o MINUS { SERVICE <H> { ?s ?p ?o } } }",
    "SELECT * { GRAPH ?g { SERVICE SILENT <H> { ?s ?p ?o } } }",
    "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <H> { ?s ?p ?o } }",
    "DESCRIBE ?s { SERVICE <H> { ?s ?p ?o } }",
    "SELECT (EXISTS { SERVICE <H> { ?s ?p ?o } } AS ?x) { }",
    "SELECT * { BIND(NOT EXISTS { SERVICE <H> { ?s ?p ?o } } AS ?x) }",
    "SELECT ?s { VALUES ?s { 1 } } GROUP BY ?s HAVING (EXISTS { SERVICE <H> { ?a ?b ?c } })",
    "BASE <H> SELECT * { SERVICE <> { ?s ?p ?o } }",
    "PREFIX there: <H> SELECT * { SERVICE there: { ?s ?p ?o } }",
    "SELECT * { SERVICE SILENT <H> { SERVICE <H> { ?s ?p ?o } } }",
    "SELECT * { SERVICE ?where { ?s ?p ?o } VALUES ?where { <H> } }",
    "SELECT * {\tSERVICE\t<H>\t{\t}\t}",
    "SELECT * { SERVICE\u00a0<H> { } }",
    "SELECT * { \u017fERVICE <H> { } }",
    "\ufeffSELECT * { SERVICE <H> { } }",
    "SELECT * { } ; SELECT * { SERVICE <H> { } }",
]


def test_the_listener_counts(listener: Listener) -> None:
    """One call is one call, from here and from an engine that nothing keeps from it."""
    before = listener.calls
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(listener.address, timeout=10)
    refusal.value.close()

    assert listener.calls == before + 1
    assert listener.called_by(f"SELECT * {{ SERVICE <{listener.address}> {{ ?s ?p ?o }} }}") >= 1


@pytest.mark.parametrize("query", SERVICES)
def test_no_service_is_called(roomy: Attacked, listener: Listener, query: str) -> None:
    """However it is spelt and sent, a call of another server is refused and made by nobody."""
    text = (PROLOGUE + MORE + query).replace("<H>", f"<{listener.address}>")
    text = text.removeprefix(PROLOGUE) if query.startswith("\ufeff") else text
    form = urlencode({"query": text}).encode()
    before = listener.calls

    for told in (
        roomy.ask(text),
        roomy.post(text),
        roomy.send("/sparql", {"Content-Type": FORM}, form, "POST"),
        roomy.ask(text, PAGE),
    ):
        assert told.status in (400, 403)
        assert told.code in ("query-refused", "query-syntax", None)
    assert listener.calls == before


READS = {
    "LOAD": ("/sparql?query={}", "LOAD <@>"),
    "LOAD SILENT": ("/sparql?query={}", "LOAD SILENT <@> INTO GRAPH <urn:g>"),
    "update": ("/sparql?update={}", "LOAD <@>"),
    "FROM": ("/sparql?query={}", "SELECT * FROM <@> { ?s ?p ?o }"),
    "FROM NAMED": ("/sparql?query={}", "SELECT * FROM NAMED <@> { GRAPH ?g { ?s ?p ?o } }"),
    "FROM in CONSTRUCT": ("/sparql?query={}", "CONSTRUCT FROM <@> WHERE { ?s ?p ?o }"),
    "DESCRIBE": ("/sparql?query={}", "DESCRIBE <@> FROM <@>"),
    "default graph": ("/sparql?query=ASK%20%7B%7D&default-graph-uri={}", "@"),
    "named graph": ("/sparql?query=ASK%20%7B%7D&named-graph-uri={}", "@"),
    "graph to use": ("/sparql?update=x&using-graph-uri={}", "@"),
    "graph store": ("/data?graph={}", "@"),
    "graph": ("/graph/{}", "@"),
    "thing": ("/id/{}", "@"),
    "day": ("/at/{}", "@"),
    "changes": ("/changes?from=2018-01-01&about={}", "@"),
    "value": ("/queries/bodies/masters?format=html&body={}", "@"),
    "question": ("/queries/{}", "@"),
}


@pytest.mark.parametrize("way", READS)
def test_nothing_is_loaded(roomy: Attacked, listener: Listener, place: Path, way: str) -> None:
    """Neither from the web nor from the disk: no call is made, no word of a file comes out."""
    target, text = READS[way]
    files = [place / "secret.txt", place / "roomy" / "notes.txt", place / "roomy" / "kg.toml"]
    assert all(CANARY in file.read_text() for file in files)
    before = listener.calls

    for address in (listener.address, *(file.as_uri() for file in files), "file:///etc/passwd"):
        told = roomy.send(target.format(quote(text.replace("@", address), safe="")))
        assert 400 <= told.status < 500 or way in ("value", "changes"), told.text
        assert CANARY not in told.text and "root:" not in told.text
    body = f"LOAD <{files[0].as_uri()}>".encode()
    sent = roomy.send("/sparql", {"Content-Type": "application/sparql-update"}, body, "POST")

    assert sent.status == 415
    assert listener.calls == before


def bomb(levels: int) -> str:
    """Return RDF/XML whose one literal has ten times as many characters with each level."""
    entities = '<!ENTITY e0 "x">' + "".join(
        f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(levels)
    )
    return (
        f'<?xml version="1.0"?><!DOCTYPE r [{entities}]>'
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="urn:e:">'
        f'<r:Description r:about="urn:s"><e:p>&e{levels};</e:p></r:Description></r:RDF>'
    )


def test_the_bomb_is_one() -> None:
    """A parser that takes it makes a hundred thousand characters of one kilobyte."""
    text = bomb(5)
    (quad,) = ox.parse(text, ox.RdfFormat.RDF_XML)

    assert len(text) < 1_000 and len(quad.object.value) == 100_000  # type: ignore[union-attr]


SAMPLES = {"_": "office", "day": "2018-01-01", "topic": "bodies", "name": "masters"}


def rules_of(client: FlaskClient) -> list[Rule]:
    """Return the routes of the application."""
    rules: Iterable[Rule] = client.application.url_map.iter_rules()  # type: ignore[assignment]
    return list(rules)


def routes(client: FlaskClient) -> list[str]:
    """Return an address for each route of the application, and more that have answers."""
    made = [
        re.sub(r"<(?:\w+:)?(\w+)>", lambda name: SAMPLES.get(name[1], "style.css"), rule.rule)
        for rule in rules_of(client)
    ]
    assert len(made) >= 10
    return sorted({*made, *ANSWERED, *FAULTS})


ANSWERED = [
    "/",
    "/queries",
    "/queries/bodies/masters",
    "/queries/bodies/masters?format=csv",
    "/sparql",
    "/sparql?query=ASK%20%7B%7D",
    "/sparql?query=SELECT%20%2A%20%7B%7D&format=html",
    "/sparql?query=DESCRIBE%20%3Curn%3Ax%3E&format=jsonld",
    "/id/danger",
    "/id/office",
    "/graph/data/bodies",
    "/at/2018-01-01",
    "/data?default",
    f"/data?graph={BASE}graph/data/bodies",
    "/changes?from=2018-01-01",
    "/errors",
    "/static/style.css",
    "/-/live",
    "/-/ready",
    "/-/metrics",
]
FAULTS = [
    "/nothing",
    "/sparql?query=SELEKT",
    "/sparql?query=LOAD%20%3Curn%3Ax%3E",
    "/sparql?nix=1",
    "/id/nobody",
    "/at/yesterday",
    "/queries/a/b",
    "/data",
    "/static/none.css",
    "/-/none",
    "/?lang=de",
]


def test_nothing_that_is_sent_is_parsed(
    roomy: Attacked, client: FlaskClient, listener: Listener
) -> None:
    """RDF sent to any route is refused; nobody is called, nothing grows, no worker is touched."""
    context = f'{{"@context": "{listener.address}c.jsonld", "@id": "urn:x", "urn:p": "v"}}'
    form = f'--b\r\nContent-Disposition: form-data; name="f"; filename="f.rdf"\r\n\r\n{bomb(10)}'
    bodies = {
        "application/rdf+xml": bomb(10),
        "application/xml": bomb(10),
        "application/ld+json": context,
        "application/json": context,
        "text/turtle": f"@import <{listener.address}> . <urn:s> <urn:p> <urn:o> .",
        "multipart/form-data; boundary=b": form + "\r\n--b--\r\n",
    }
    before, calls, memory = roomy.whole(2), listener.calls, roomy.memory_mib()
    grown = sum(resident_mib(pid) for pid in before)

    for path in routes(client):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for media_type, body in bodies.items():
                sent = roomy.send(path, {"Content-Type": media_type}, body.encode(), method)
                assert 400 <= sent.status < 500, (method, path, media_type)

    assert listener.calls == calls
    assert roomy.workers() == before
    assert roomy.memory_mib() - memory < 64
    assert sum(resident_mib(pid) for pid in before) - grown < 64


@pytest.mark.parametrize("path", ["/id/office", "/graph/data/bodies", "/data?default", "/ns"])
def test_no_context_of_ours_is_elsewhere(roomy: Attacked, path: str) -> None:
    """Whoever reads our JSON-LD need not fetch anything for it."""
    reply = roomy.send(path, {"Accept": "application/ld+json"})

    assert reply.status == 200 and reply.headers["Content-Type"] == "application/ld+json"
    told = json.loads(reply.body)
    assert told and '"@context": "' not in json.dumps(told) and '"@import"' not in reply.text


# --- 12, 13: what an answer leads to, and what a program makes of it ----------------------------


def test_only_addresses_of_the_web_are_links(roomy: Attacked) -> None:
    """Other schemes are shown as text, on the page of a thing and among rows."""
    rows = f"SELECT ?x {{ <{BASE}id/links> ?p ?x }}"
    for reply in (roomy.send("/id/links", PAGE), roomy.ask(rows, format="html")):
        links = Markup.of(reply.text).links
        for iri, followed in SCHEMES.items():
            assert iri.replace("&", "&amp;") in reply.text
            assert (iri in links) is followed, iri
        assert all(re.match(r"https?://|/(?!/)|#", link) for link in links)


CELLS = [
    ("=1+1", "'=1+1"),
    ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    ("+A1", "'+A1"),
    ("-A1", "'-A1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t'=1"),
    ("\r=1", "'\r'=1"),
    ('="a,b"', '\'="a,b"'),
    ("a;b", "a;b"),
    ('say "a"', 'say "a"'),
    ("ведомство", "ведомство"),
    ("", ""),
]
"""Texts, and what a spreadsheet may see of them."""
FORMULAS = "SELECT ?x ?n {{ VALUES (?x ?n) {{ {} }} }}".format(
    " ".join(f"({quoted(text)} -{n})" for n, (text, _) in enumerate(CELLS, 1))
)


def test_csv_is_exact(roomy: Attacked) -> None:
    """Values are not altered (SPARQL 1.1 Query Results CSV, section 3), whatever they would do."""

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if set(text) & set('",\r\n') else text

    expected = "x,n\r\n" + "".join(f"{cell(t)},-{n}\r\n" for n, (t, _) in enumerate(CELLS, 1))

    assert roomy.ask(FORMULAS, format="csv").body == expected.encode()
    assert roomy.ask(FORMULAS, {"Accept": "text/csv"}).body == expected.encode()


@pytest.mark.parametrize(("language", "separator"), [("en", ","), ("ru", ";"), ("kk", ";")])
def test_a_spreadsheet_computes_nothing(roomy: Attacked, language: str, separator: str) -> None:
    """The file to be opened there starts no formula; numbers stay numbers."""
    reply = roomy.ask(FORMULAS, format="spreadsheet", lang=language)

    assert reply.status == 200, reply.text
    assert reply.headers["Content-Disposition"].startswith("attachment")
    assert reply.body.startswith(b"\xef\xbb\xbf")
    text = reply.body.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    assert rows == [["x", "n"], *([shown, f"-{n}"] for n, (_, shown) in enumerate(CELLS, 1))]


# --- 14 to 17: what a browser could be made to do ----------------------------------------------

ORIGINS = [None, "https://evil.example", "null", "{own}", "file://"]


def test_credentials_play_no_part(roomy: Attacked, client: FlaskClient) -> None:
    """No answer allows them, sets a cookie, or says another origin than "any"."""
    sent = {"Origin": "https://evil.example", "Cookie": "session=1", "Authorization": "Basic eDp5"}
    for path in routes(client):
        for method in ("GET", "OPTIONS", "POST"):
            reply = roomy.send(path, sent, b"" if method == "POST" else None, method)
            plain = roomy.send(path, {}, b"" if method == "POST" else None, method)
            assert "Access-Control-Allow-Credentials" not in reply.headers, path
            assert "Set-Cookie" not in reply.headers, path
            assert reply.headers.get("Access-Control-Allow-Origin", "*") == "*", path
            assert reply.status == plain.status and reply.status != 401, path


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("body", ["update=DROP+ALL", "query=DROP+ALL", "query=ASK+{}&update=x"])
def test_a_form_cannot_update_from_anywhere(roomy: Attacked, body: str, origin: str | None) -> None:
    """Whatever the origin, nothing is written, and the answer is the same."""
    headers = {"Content-Type": FORM}
    if origin is not None:
        headers["Origin"] = origin.format(own=roomy.address)

    told = roomy.send("/sparql", headers, body.encode(), "POST")

    refused = (403, "query-refused") if body.startswith("query=DROP") else (400, "parameter")
    assert (told.status, told.code) == refused


def test_other_sites_may_only_read(roomy: Attacked, client: FlaskClient) -> None:
    """A preflight for a method that writes is not granted, on any route."""
    for path in routes(client):
        for method in ("PUT", "DELETE", "PATCH"):
            asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": method}
            granted = roomy.send(path, asked, method="OPTIONS").headers
            methods = granted.get("Access-Control-Allow-Methods", "")
            assert not {"PUT", "DELETE", "PATCH", "*"} & set(re.split(r"[\s,]+", methods)), path
            assert "authorization" not in granted.get("Access-Control-Allow-Headers", "").lower()


STATIC = Path(kgserver.web.__file__).parent / "static"
STARTS = ("/", "/graph/data/", "/queries/bodies/", "/at/", "/data/", "/-/")
"""Where a path may begin, beside where routes with a variable part begin."""
UPWARDS = r"""
    ../kg.toml ../../kg.toml ../templates/layout.html ../app.py ..\app.py %2e%2e/app.py
    %2e%2e%2fapp.py ..%2fapp.py ..%2Fapp.py ..%5capp.py %252e%252e%252fapp.py ....//app.py
    ..;/app.py ./../app.py x/../../app.py %c0%ae%c0%ae/app.py %e0%80%ae%e0%80%ae/app.py
    %uff0e%uff0e/app.py ．．/app.py /etc/passwd %2fetc%2fpasswd //etc/passwd file:///etc/passwd
    ../../../../../../../../../../etc/passwd
    %2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd
    ~root/.profile style.css%00 style.css%00.html %00 ..%00/app.py style.css/../../app.py
    style.css::$DATA CON nul.txt AUX COM1 LPT1: C:\Windows\win.ini C:%5CWindows%5Cwin.ini
    \\evil.example\share %5c%5cevil.example%5cshare . .. %2e%2e .git/config __init__.py
"""
SECRETS = [CANARY, "root:", "[limits]", "{% block", "from __future__", "@prefix", "[core]"]


def test_there_is_something_to_climb_to(roomy: Attacked, place: Path) -> None:
    """Files are served from where the paths begin, and what they climb to is there."""
    assert roomy.send("/static/style.css").status == 200
    assert "from __future__" in (STATIC / "../app.py").read_text()
    assert "{% block" in (STATIC / "../templates/layout.html").read_text()
    assert CANARY in (STATIC / os.path.relpath(place / "secret.txt", STATIC)).read_text()


def test_no_path_leads_out(roomy: Attacked, client: FlaskClient, place: Path) -> None:
    """Each is refused as not found, or as no good day, and shows nothing of any file."""
    rules = [rule.rule for rule in rules_of(client)]
    starts = {*STARTS, *(rule.partition("<")[0] for rule in rules if "<" in rule)}
    assert {"/static/", "/id/", "/ns/", "/graph/", "/queries/"} <= starts
    secret = place / "secret.txt"
    outside = os.path.relpath(secret, STATIC)
    climbs = [*UPWARDS.split(), outside, quote(outside, safe=""), str(secret), quote(str(secret))]

    for target in (start + climb for start in starts for climb in climbs):
        for headers in ({}, PAGE):
            told = roomy.send(target, headers)
            root = target in ("/.", "/..", "/%2e%2e")
            assert 400 <= told.status < 500 or root, (target, told.status)
            assert not [secret for secret in SECRETS if secret in told.text], target


def test_every_answer_is_what_it_says(roomy: Attacked, client: FlaskClient) -> None:
    """On every route, errors and other methods too, browsers are told not to guess the type."""
    for path in routes(client):
        for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE"):
            for headers in ({}, PAGE):
                body = b"" if method == "POST" else None
                reply = roomy.send(path, headers, body, method)
                assert reply.headers["X-Content-Type-Options"] == "nosniff", (method, path)
                kind = reply.headers["Content-Type"]
                assert kind or not reply.body, (method, path)
                if kind and kind.startswith("text/html"):
                    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


MALFORMED = [
    b"<script>alert(1)</script>\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n<script>alert(1)</script>\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: <script>\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: <script>\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\nConnection: close\r\n\r\n",
]


@pytest.mark.parametrize("request_", MALFORMED)
def test_what_the_listener_itself_answers_is_what_it_says(roomy: Attacked, request_: bytes) -> None:
    """What is no HTTP is refused as plain text, of which nothing is guessed."""
    answer = roomy.raw(request_)
    head, _, body = answer.partition(b"\r\n\r\n")

    assert re.match(rb"HTTP/1\.[01] (4\d\d|501) ", answer)
    assert b"<script>" not in body
    assert re.search(rb"(?i)\r\ncontent-type: (text/plain|application/problem\+json)", head)
    assert re.search(rb"(?i)\r\nx-content-type-options: nosniff", head)


ASTRAY = r"""
    //evil.example
    //evil.example/
    //evil.example/id/office
    ///evil.example/
    /\evil.example/
    /\\evil.example/
    /%5Cevil.example/
    /%2Fevil.example/
    /%2F/evil.example/
    /.//evil.example/
    /x/..//evil.example/
    /%09/evil.example/
    /@evil.example/
    /id//evil.example/
    /ns//evil.example/
    /queries//evil.example/
    /id/office/..//..//evil.example
    http://evil.example/
    http://evil.example//evil.example/
    https:evil.example
    /?lang=//evil.example
    /id/office?at=//evil.example
    /?next=https://evil.example/
    /changes?from=2018-01-01&about=https://evil.example/
    /%0d%0aX-Evil:%201%0d%0a%0d%0a
    /id/%0D%0ALocation:%20https://evil.example/
    /?at=%0d%0aX-Evil:%201
    /changes?from=%0d%0aX-Evil:%201
    /queries/bodies/masters?body=%0d%0aX-Evil:%201
"""


def leads_to(page: str, link: str) -> str:
    """Return the host to which a browser goes by a link; it takes `\\` for `/`, and leaves tabs."""
    plain = re.sub(r"[\t\r\n]", "", link).strip().replace("\\", "/")
    return urlsplit(urljoin(page, plain)).netloc


def astray(server: Attacked, reply: Reply) -> list[str]:
    """Return the links and redirects of an answer by which one comes to the attacker's host."""
    links = Markup.of(reply.text).links if "html" in (reply.headers["Content-Type"] or "") else []
    links += reply.headers.get_all("Location", [])
    return [link for link in links if "evil" in leads_to(f"{server.address}/x", link)]


@pytest.mark.parametrize("path", [*ASTRAY.split(), "/\t/evil.example/"])
def test_no_path_makes_a_link_elsewhere(roomy: Attacked, path: str) -> None:
    """Links and redirects of a page stay here, whatever its address; no header is slipped in."""
    for headers in (PAGE, {}):
        reply = roomy.send(path, headers)
        assert reply.status < 500
        assert astray(roomy, reply) == []
        assert "X-Evil" not in reply.headers and "Location" not in reply.headers


def test_the_links_of_an_attacker_are_known() -> None:
    """What the tests around look for is found where it is."""
    page = "http://127.0.0.1:1/x"
    for link in ("//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil.example"):
        assert leads_to(page, link) == "evil.example"
    for link in ("/evil.example", "evil.example", "/x?y=//evil.example", "#//evil.example"):
        assert leads_to(page, link) == "127.0.0.1:1"


@pytest.mark.parametrize(
    "tail", ["/evil.example/", "//evil.example/", "ns#/evil.example", "/%5Cevil"]
)
def test_no_iri_of_ours_leads_elsewhere(roomy: Attacked, tail: str) -> None:
    """An IRI under our base is read here, even where its path would be another host's address."""
    reply = roomy.ask(f"SELECT (IRI('{BASE}{tail}') AS ?x) {{ }}", format="html")

    assert reply.status == 200 and "evil" in reply.text
    assert astray(roomy, reply) == []


FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-For": "192.0.2.1",
    "X-Original-URL": "/evil",
    "X-Rewrite-URL": "/evil",
    "X-Script-Name": "/evil",
    "X-HTTP-Method-Override": "DELETE",
    "Forwarded": "for=192.0.2.1;host=evil.example;proto=https",
}


@pytest.mark.parametrize("path", ["/", "/sparql", "/id/office", "/changes?from=2018-01-01", "/no"])
def test_headers_do_not_move_the_server(roomy: Attacked, path: str) -> None:
    """Those of a proxy change nothing where there is none; `Host` makes no link and no redirect."""
    for accept in ("text/html", "text/turtle"):
        plain = roomy.send(path, {"Accept": accept})
        moved = roomy.send(path, {"Accept": accept, **FORWARDED})
        assert (moved.status, moved.body) == (plain.status, plain.body)
        for host in (
            "evil.example",
            "evil.example:80",
            "evil.example/x",
            "",
            "a b",
            "x@evil.example",
        ):
            reply = roomy.send(path, {"Accept": accept, "Host": host})
            assert reply.status == plain.status or 400 <= reply.status < 500
            assert astray(roomy, reply) == []
            assert "Location" not in reply.headers


def test_the_public_address_is_the_one_told(strict: Attacked) -> None:
    """Where it is set, pages and the service description tell it, whatever the headers say."""
    for headers in ({}, FORWARDED, {"Host": "evil.example"}, {"Host": ""}):
        home = strict.send("/", {**PAGE, **headers})
        service = strict.send("/sparql", {"Accept": "application/n-triples", **headers})

        assert f"{PUBLIC}sparql" in home.text and "evil" not in home.text
        assert f"<{PUBLIC}sparql>" in service.text and "evil" not in service.text
        assert astray(strict, home) == []


# --- 18 to 20: caches, slow clients, packed bodies ----------------------------------------------

VARIANTS = [
    {"Accept": accept, "Accept-Encoding": encoding, "Accept-Language": language}
    for accept in (
        "text/html",
        "text/csv",
        "application/json",
        "text/turtle",
        "application/ld+json",
        "a/b",
    )
    for encoding in ("identity", "gzip")
    for language in ("en", "ru")
]
CACHED = [
    "/",
    "/id/office",
    "/queries/bodies/masters",
    "/graph/data/bodies",
    "/sparql?query=SELECT%20%2A%20%7B%20%3Fa%20a%20%3Fc%20%7D",
    f"/sparql?query=DESCRIBE%20%3C{quote(BASE, safe='')}id%2Foffice%3E",
    "/nothing",
]


class Cache:
    """A cache that keeps an answer for whoever asks alike in what `Vary` names (RFC 9111, 4.1)."""

    def __init__(self, server: Attacked) -> None:
        self._server = server
        self._kept: list[tuple[str, dict[str, str | None], Reply]] = []
        self.used = 0

    def send(self, target: str, headers: dict[str, str]) -> Reply:
        """Answer from what is kept, else ask and keep."""
        for kept_target, varied, reply in self._kept:
            if kept_target == target and all(headers.get(n) == v for n, v in varied.items()):
                self.used += 1
                return reply
        reply = self._server.send(target, headers)
        names = re.split(r"\s*,\s*", reply.headers.get("Vary", ""))
        by_name = {name.lower(): value for name, value in headers.items()}
        varied = {n: headers.get(n) for n in headers if n.lower() in map(str.lower, names)}
        assert set(varied) <= set(headers) and by_name
        self._kept.append((target, varied, reply))
        return reply


@pytest.mark.parametrize("target", CACHED)
def test_a_cache_that_keeps_to_vary_mixes_nothing_up(roomy: Attacked, target: str) -> None:
    """Nobody gets from it another type, language or encoding than from the server itself."""
    cache = Cache(roomy)
    for variant in VARIANTS * 2:
        cached, fresh = cache.send(target, variant), roomy.send(target, variant)
        assert cached.status == fresh.status
        for name in ("Content-Type", "Content-Encoding", "Content-Language"):
            assert cached.headers[name] == fresh.headers[name], variant
        assert cached.body == fresh.body, variant

    assert cache.used >= len(VARIANTS)


@pytest.mark.parametrize("target", CACHED[:-1])
def test_tags_differ_where_answers_do(roomy: Attacked, target: str) -> None:
    """The tag of one answer never stands for another; by its own, one is told "unchanged".

    A cache sends the tags of all that it keeps, and passes on the answer whose tag it is told
    (RFC 9110, 13.1.2): so no client may be told one that it cannot read. It is so before the
    server itself has kept anything for this host, and afterwards.
    """
    asked: list[tuple[dict[str, str], str]] = []
    for variant in ({**variant, "Host": "tags.example"} for variant in VARIANTS):
        head = roomy.send(target, variant, method="HEAD")
        assert ("ETag" in head.headers) is (head.status == 200)
        if head.status == 200:
            asked.append((variant, head.headers["ETag"]))
    assert all(re.fullmatch(r'"[^"]+"', tag) for _, tag in asked), "a strong tag"
    assert len({tag for _, tag in asked}) >= 2
    unchanged_only_by_ones_own(roomy, target, asked, "HEAD")

    answers: dict[str, tuple[str | None, str | None, bytes]] = {}
    for variant, tag in asked:
        reply = roomy.send(target, variant)
        told = (reply.headers["Content-Type"], reply.headers["Content-Encoding"], reply.body)
        assert reply.headers["ETag"] == tag
        assert answers.setdefault(tag, told) == told, variant
    unchanged_only_by_ones_own(roomy, target, asked, "GET")


def unchanged_only_by_ones_own(
    server: Attacked, target: str, asked: list[tuple[dict[str, str], str]], method: str
) -> None:
    """Send each variant with the tags of the others, and then with its own among them."""
    for variant, tag in asked:
        plain = {**variant, "Accept-Encoding": "identity"}
        fits = {tag, *(other for other_variant, other in asked if other_variant == plain)}
        others = [other for _, other in asked if other not in fits]
        if others:
            had = {**variant, "If-None-Match": ", ".join(others)}
            assert server.send(target, had, method=method).status == 200, variant
        had = {**variant, "If-None-Match": ", ".join([*others, tag])}
        same = server.send(target, had, method=method)
        assert (same.status, same.body, same.headers["ETag"]) == (304, b"", tag)
        vary = set(re.split(r"\s*,\s*", same.headers["Vary"].lower()))
        assert {"accept", "accept-encoding", "accept-language"} <= vary


def test_long_requests_do_not_fill_the_memory(strict: Attacked) -> None:
    """What the server keeps is bounded with what it is kept by: 80 MB of headers are not kept."""
    assert strict.send("/", PAGE).status == 200
    memory = strict.memory_mib()
    for number in range(100):
        liked = f"text/html, x/{number}{'x' * 800_000}"
        assert strict.send("/", {"Accept": liked}).status in (200, 400, 431)

    assert strict.memory_mib() - memory < 40
    assert is_well(strict)


UNREAD = 18
"""Clients that do not read: more than the server has threads, with so short a queue."""


def test_who_does_not_read_holds_no_worker(roomy: Attacked) -> None:
    """Many ask for large answers and take none of them: workers are free, look-ups go on.

    Nor are the answers held in memory.
    """
    memory = roomy.memory_mib()
    with contextlib.ExitStack() as open_:
        for number in range(UNREAD):
            client = open_.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(20)
            client.connect(("127.0.0.1", int(roomy.host.rpartition(":")[2])))
            text = f"{text_of((ROOM_MIB << 20) - 4096)} # {number}".encode()
            sent = {"Content-Type": DIRECT, "Accept": "text/csv"}
            client.sendall(roomy.request("/sparql", sent, text, "POST"))
            assert is_well(roomy)
        until(lambda: roomy.gauge('kgserver_workers{state="busy"}') == 0)
        for _ in range(5):
            assert is_well(roomy)
        assert roomy.memory_mib() - memory < UNREAD * ROOM_MIB / 2
        assert client.recv(16).startswith(b"HTTP/1.1 200")  # it was answered, and may read on
    until(lambda: is_well(roomy))


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /sparql?query=A",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nA",
    ],
    ids=["nothing", "half a line", "half a body"],
)
def test_who_does_not_finish_asking_holds_up_nobody(roomy: Attacked, begun: bytes) -> None:
    """Two hundred connections lie idle; a client that asks is answered all the same."""
    with contextlib.ExitStack() as open_:
        for _ in range(200):
            client = open_.enter_context(roomy.open())
            client.sendall(begun)
        assert is_well(roomy, 10)


@pytest.mark.parametrize(
    "encoding", ["gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "gzip, gzip"]
)
@pytest.mark.parametrize("media_type", [DIRECT, FORM])
def test_compressed_requests_are_not_opened(
    roomy: Attacked, encoding: str, media_type: str
) -> None:
    """10 KB that would be 10 MB are refused as they come."""
    body = gzip.compress(b"query=ASK{}#" + b"x" * 10_000_000)
    memory = roomy.memory_mib()

    sent = {"Content-Type": media_type, "Content-Encoding": encoding}
    told = roomy.send("/sparql", sent, body, "POST")

    assert (told.status, told.code) == (415, "unsupported-media-type")
    assert roomy.memory_mib() - memory < 8


# --- 21 to 23: what a text may become -------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_a_name_that_mixes_alphabets_is_told(roomy: Attacked, language: str) -> None:
    """The page of a thing names the odd word of its IRI; names of one alphabet have no such note.

    The two that look alike stay two things.
    """
    notes = {}
    for tail in LOOKALIKES:
        page = roomy.send(f"/id/{quote(tail)}?lang={language}", PAGE)
        assert page.status == 200 and f"{BASE}id/{tail}" in page.text
        found = re.findall(r'role="status">([^<]+)<code>(.+?)</code>', page.text)
        notes[tail] = [word for text, word in found if text.strip()]

    assert notes == {tail: [word] if word else [] for tail, word in LOOKALIKES.items()}


FORGED = '{"level": "forged", "message": "forged"}'
HOSTILE: list[tuple[str | bytes, dict[str, str]]] = [
    (f"/%0A{quote(FORGED)}", {}),
    (f"/id/x%0D%0A{quote(FORGED)}", {}),
    (f"/id/x%E2%80%A8{quote(FORGED)}", {}),
    (f"/id/x%C2%85{quote(FORGED)}", {}),
    (b"/id/\x1b[2J\x07\x00", {}),
    (b"/id/\xff\xfe", {}),
    ("/id/%1B%5B2J%00", {}),
    (f"/sparql?query=ASK%7B%7D%23%0A{quote(FORGED)}", {}),
    (f"/sparql?query=SELEKT%0A{quote(FORGED)}", {}),
    (f"/sparql?query=ASK%7B%7D&at=%0A{quote(FORGED)}", {}),
    (f"/queries/bodies/masters?body=%0A{quote(FORGED)}", {}),
    (f"/static/%0A{quote(FORGED)}", {}),
    ("/", {"User-Agent": f"x\x1b[2J\x85 {FORGED}"}),
    ("/", {"Referer": f'"}}{FORGED}'}),
    ("/", {"X-Request-Id": FORGED, "X-Forwarded-For": FORGED, "Forwarded": FORGED}),
    ("/", {"Accept": f"text/html, {FORGED}", "Accept-Language": FORGED, "Host": FORGED}),
    ("/", {"Origin": FORGED, "If-None-Match": FORGED, "Cookie": FORGED}),
]


def logged(server: Attacked, since: int, count: int) -> list[dict[str, object]]:
    """Return the lines of the log since then, once there are so many; each is one JSON object."""
    until(lambda: len(server.lines) >= since + count)
    lines = server.lines[since:]
    for line in lines:
        assert len(line.decode().splitlines()) == 1, line
        assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", line), line
    read = [json.loads(line) for line in lines]
    assert all(isinstance(line, dict) for line in read)
    return read


def test_a_request_is_one_line_of_the_log(roomy: Attacked) -> None:
    """Whatever stands in path, query and headers, it makes no second line."""
    assert is_well(roomy)
    since = len(roomy.lines)
    replies = [roomy.send(target, headers) for target, headers in HOSTILE]
    assert is_well(roomy)
    # What is no HTTP is refused by the listener, and is no request.
    count = 1 + sum("KG-Revision" in reply.headers for reply in replies)

    lines = logged(roomy, since, count)

    assert len(lines) == count > len(HOSTILE) * 0.9
    assert not [line for line in lines if line.get("level") == "forged"]


def test_the_log_holds_no_texts_of_queries(roomy: Attacked) -> None:
    """What somebody asks about is nobody's business; not in errors either."""
    since = len(roomy.lines)
    form = urlencode({"query": "ASK { ?s ?p 'confidential-1' }"}).encode()
    roomy.ask("ASK { ?s ?p 'confidential-2' }")
    roomy.post("ASK { ?s ?p 'confidential-3' }")
    roomy.post("ASK { ?s ?p 'confidential-4' ")
    roomy.send("/sparql", {"Content-Type": FORM}, form, "POST")
    roomy.send("/queries/bodies/by-name?name=confidential-5")

    assert len(logged(roomy, since, 5)) == 5
    assert b"confidential" not in b"".join(roomy.lines[since:])


def test_a_worker_that_dies_breaks_no_line_of_the_log(roomy: Attacked) -> None:
    """Its last words are no lines of their own between those of requests."""
    before, since = roomy.whole(2), len(roomy.lines)
    assert roomy.ask(DOUBLING["CONCAT"] + " # once more").code == "query-failed"
    replaced(roomy, before)

    assert logged(roomy, since, 3)


def rows_of(reply: Reply) -> list[dict[str, dict[str, str]]]:
    """Return the rows of a named query's answer."""
    assert reply.status == 200, reply.text
    rows: list[dict[str, dict[str, str]]] = json.loads(reply.body)["rows"]
    return rows


@pytest.mark.parametrize("number", range(len(INJECTIONS)))
def test_a_value_is_found_letter_by_letter(roomy: Attacked, number: int) -> None:
    """The thing that is called so is found, and it alone; by a name that is nearly so, none."""
    name = INJECTIONS[number]
    path = "/queries/bodies/by-name?"

    (row,) = rows_of(roomy.send(path + urlencode({"name": name})))

    assert row["thing"]["value"] == f"{BASE}id/named-{number}"
    assert row["name"]["value"] == name
    assert rows_of(roomy.send(path + urlencode({"name": f"{name} "}))) == []
    assert rows_of(roomy.send(path + urlencode({"name": f"x{name}"}))) == []
    except_ = {"name": name, "except": f"{BASE}id/named-{number}"}
    assert rows_of(roomy.send(path + urlencode(except_))) == []


OTHERS = [
    "> } #",
    "> ?x <",
    "urn:x> } UNION { ?thing ?p ?name } #",
    '" } #',
    "2018-01-01' } #",
    "1 } #",
]
OTHERS += ["1) || true", "en' || true", "UNDEF", "?body", "<urn:a> <urn:b>", "urn:a\\u003E"]


@pytest.mark.parametrize("parameter", ["body", "since", "most", "lang", "at", "nix } #"])
def test_a_value_adds_no_row(roomy: Attacked, parameter: str) -> None:
    """Where a value is not of the parameter's type it is refused with its name."""
    path = "/queries/bodies/masters?"
    assert len(rows_of(roomy.send(path + "format=json"))) >= 1

    for value in (*OTHERS, MARKUP):
        told = roomy.send(path + urlencode({parameter: value}))
        assert (told.status, told.code) in {(400, "parameter"), (400, "date")}, value
