"""What the bench of requests computes without a server: CPU, texts, verdicts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from email.message import Message
from pathlib import Path
from types import SimpleNamespace

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from kgserver.library import Library
from kgserver.terms import PROK

sys.path.append(str(Path(__file__).resolve().parent.parent))  # the benches are not installed

from bench.http import apart
from bench.http.client import Reply
from bench.http.data import GENEROUS, limited
from bench.http.measuring import Bench, Cost, Disagreement, percentile, requests_of, warm_of
from bench.http.questions import LARGE, LOOKUP, TARGETS, Case, Target, cases
from bench.http.report import ratio
from bench.http.tree import Spent, members

ROOT = Path(__file__).resolve().parent.parent
BURN = """
import sys, time
while time.process_time() < 0.3: pass
print(flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def view() -> Store:
    """Two bodies with a duty and twelve properties each."""
    store = Store()
    for body in map(NamedNode, ("urn:body:1", "urn:body:2")):
        duty = NamedNode(body.value + ":duty")
        store.add(Quad(duty, NamedNode(PROK + "concerns"), body))
        rdf_type = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
        store.add(Quad(duty, rdf_type, NamedNode(PROK + "Duty")))
        for number in range(12):
            store.add(Quad(body, NamedNode(f"urn:property:{number}"), Literal(number)))
    return store


@pytest.fixture(scope="module")
def asked(view: Store) -> dict[str, Case]:
    """The questions about the small view."""
    library = Library.load(ROOT / "queries", languages=("en", "ru", "kk"))
    return {case.name: case for case in cases(view, library)}


def spent(seconds: float) -> Spent:
    """CPU of one process."""
    return Spent(seconds, 0.0)


def test_cpu_of_a_child_counts_while_it_lives_and_when_it_has_ended() -> None:
    """The tree has what its processes used, each where it belongs; hundredths may be lost."""
    before = Spent.of(os.getpid())
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", BURN], **pipes) as child:
        child.stdout.readline()
        living = Spent.of(os.getpid()).since(before)
        assert child.pid in members(os.getpid())
        child.stdin.close()
        child.wait()
        ended = Spent.of(os.getpid()).since(before)

    assert living.below >= 0.3 > living.own
    assert ended.below >= 0.28
    assert child.pid not in members(os.getpid())
    with pytest.raises(ProcessLookupError):
        Spent.of(child.pid)


def test_cpu_of_a_request_is_its_share() -> None:
    """A difference by a count, in both parts."""
    found = Spent(3.0, 5.0).since(Spent(1.0, 1.0)).by(2)

    assert found == Spent(1.0, 2.0) and found.all == 3.0


def test_distinct_questions_have_a_text_for_each_number(asked: dict[str, Case]) -> None:
    """No text comes twice, and all ask for as many rows; what is repeated is one text."""
    for case in asked.values():
        numbers = range(case.texts or 300)
        texts = {case.ask(number).text for number in numbers}
        assert len(texts) == (1 if case.again else len(numbers))


def test_questions_have_answers(view: Store, asked: dict[str, Case]) -> None:
    """A lookup has about a dozen rows, whichever thing it asks about."""
    for number in range(4):
        assert len(list(view.query(asked[LOOKUP].ask(number).text))) == 12


def test_a_run_does_not_use_a_text_twice(asked: dict[str, Case]) -> None:
    """Where texts are few, turns are shorter, whatever was asked for."""
    for case in asked.values():
        for requests, rounds in ((1, 1), (200, 5), (1000, 50)):
            turn = requests_of(case, requests, rounds)
            assert turn >= 1 and warm_of(turn) <= turn
            if case.texts is not None and case.texts > rounds:
                assert warm_of(turn) + rounds * turn <= case.texts


def test_percentiles_are_values_that_were_seen() -> None:
    """The median of ten is the fifth, the 99th of a hundred the last but one."""
    assert percentile([float(n) for n in range(10, 0, -1)], 0.5) == 5
    assert percentile([float(n) for n in range(100)], 0.99) == 98
    assert percentile([7.0], 0.99) == 7


def test_a_target_is_kept_up_to_its_bound() -> None:
    """And missed above it."""
    target = Target(LOOKUP, "Peer", 0.6)

    assert target.verdict(0.6) == "kept"
    assert target.verdict(0.601) == "missed"
    assert {target.case for target in TARGETS} >= {LOOKUP, LARGE}


def test_ratios_are_of_medians_and_only_of_what_was_measured() -> None:
    """One slow turn does not count; what has no figures has no ratio."""
    ours = Cost(turns=[spent(1.0), spent(2.0), spent(9.0)])
    theirs = Cost(turns=[spent(4.0)])

    assert ratio(ours, theirs) == 0.5
    assert ratio(ours, None) is None
    assert ratio(ours, Cost(why_not="> 30 s")) is None


def test_servers_that_differ_are_an_error() -> None:
    """One other number of rows is found; what was given up is not compared."""
    bench = Bench([SimpleNamespace(name=name) for name in ("a", "b", "c")], 1, 1)
    for name, cost in (("a", [12, 3]), ("b", [12, 3])):
        bench.costs[LOOKUP, None, name] = Cost(rows=cost)
    bench.costs[LOOKUP, None, "c"] = Cost(why_not="> 30 s")
    bench.agree(LOOKUP, None)

    bench.costs[LOOKUP, None, "b"].rows[1] = 4
    with pytest.raises(Disagreement, match="lookup"):
        bench.agree(LOOKUP, None)


def test_rows_are_counted_in_both_kinds_of_answer() -> None:
    """SPARQL results and the answer of a named query."""
    for document in ({"results": {"bindings": [{}, {}]}}, {"columns": [], "rows": [{}, {}]}):
        assert Reply(200, Message(), json.dumps(document).encode(), 0.1).rows == 2


@pytest.mark.parametrize(
    "text",
    [
        'base = "urn:x"\n',
        'base = "urn:x"\n[limits]\nworkers = 3\n',
        "[limits]\nclient_seconds = 5.0  # few\nclient_seconds_per_minute=1\nworkers = 3\n",
    ],
)
def test_no_client_is_refused_in_a_bench(text: str) -> None:
    """The budget is set wherever it stood, and the rest is as it was."""
    before, after = tomllib.loads(text), tomllib.loads(limited(text, GENEROUS))

    assert after == {**before, "limits": {**before.get("limits", {}), **GENEROUS}}


def test_peers_are_pinned() -> None:
    """Each line names one version, and what the bench starts is among them."""
    pinned = apart.pinned()

    assert pinned.keys() >= {"oxigraph", "rdflib-endpoint", "gunicorn", "granian", "cheroot"}
    assert all(number[0].isdigit() for number in pinned.values())
