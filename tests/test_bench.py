"""The benches run to their end, and what they compare gives the same answers."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from pyoxigraph import Triple

from kgserver.answers.graph import Graph

sys.path.append(str(Path(__file__).resolve().parent.parent))  # the benches are not installed

from bench.states import __main__ as states
from bench.states.child import Stored
from bench.states.law import Law, synthetic_law
from bench.states.layouts import LAYOUTS

ROOT = Path(__file__).resolve().parent.parent


def bench(module: str, *arguments: str) -> str:
    """Return what a bench prints."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def cells(text: str) -> list[list[str]]:
    """Return the rows of the table in a text, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.fixture(scope="module")
def law() -> Law:
    """A small law."""
    return synthetic_law(3000, 12)


def view(law: Law, state: int) -> Counter[Triple]:
    """Return what holds in a state, by the definition."""
    return Counter(t for bits, group in law.groups() if bits >> state & 1 for t in group)


def test_states_are_compared_in_every_layout() -> None:
    """Each layout stores the law and answers all questions, and all answers agree."""
    text = bench("bench.states", "--quick")

    rows = cells(text)
    assert [row[1] for row in rows] == list(LAYOUTS)
    assert {len(row) for row in rows} == {6 + 2 * len(states.TIMED)}
    assert not [row for row in rows if not all(row) or any(cell.startswith(">") for cell in row)]
    assert "All layouts gave the same answers" in text


def test_a_layout_beyond_the_bound_is_not_stored() -> None:
    """Its row says how many quads there would be, and it has no figures."""
    text = bench("bench.states", "--quick", "--layouts", "filter", "copies", "--most-quads", "9000")

    stored, refused = cells(text)
    assert stored[1] == "filter" and len(stored) > 6
    assert refused[1] == "copies" and refused[2].startswith("not stored: would be ")


def test_layouts_that_differ_are_an_error() -> None:
    """One digest that is another is found, and named with its layout."""
    stored = Stored(triples=1, quads=1, seconds=0.0, rss_mb=1, plan=None)
    results = [
        states.Result(name, stored, digests={"lookup": ["1 rows a", f"1 rows {name}"]})
        for name in ("eras", "pairs")
    ]

    with pytest.raises(states.Disagreement, match="lookup"):
        states.agree(results)


def test_what_was_too_slow_has_no_answer_to_compare() -> None:
    """A question that one layout did not answer in time is compared among the others."""
    stored = Stored(triples=1, quads=1, seconds=0.0, rss_mb=1, plan=None)
    results = [states.Result(name, stored, digests={"lookup": ["a"]}) for name in ("one", "eras")]
    results.append(states.Result("filter", stored, late={"lookup"}))

    states.agree(results)
    assert states.cell(results[2], results[0], "lookup", 10, today=True) == "> 10 s"


@pytest.mark.parametrize("name", [name for name in LAYOUTS if not LAYOUTS[name].filtered])
def test_a_dataset_holds_its_view_once(name: str, law: Law) -> None:
    """The graphs of a state share no triple and together are its view."""
    layout = LAYOUTS[name](law)
    stored = list(layout.quads())
    assert len(stored) == len(set(stored)) == layout.size()
    for state in law.asked() if name == "one" else range(len(law.firsts)):
        graphs = set(layout.dataset(state))
        found = Counter(quad.triple for quad in stored if quad.graph_name.value in graphs)

        assert found == view(law, state), f"{name}, state {state}"


def test_the_law_is_the_same_on_every_run(law: Law) -> None:
    """Size and seed make the law, and another seed makes another one."""
    again, other = synthetic_law(3000, 12), synthetic_law(3000, 12, seed=2)

    assert again == law
    assert other != law
    assert sum(len(group) for _, group in law.groups()) == pytest.approx(3000, rel=0.1)


def test_the_law_changes_from_state_to_state(law: Law) -> None:
    """No two neighbouring states are the same, and most of each is timeless."""
    views = [view(law, state) for state in range(len(law.firsts))]

    assert all(one != other for one, other in pairwise(views))
    assert all(len(law.facts[law.every]) > 0.6 * len(one) for one in views)


def test_dated_questions_are_compared_with_today(own_graph: Graph, own_store: Path) -> None:
    """Every question has a row, with a verdict where there is a target; answers agree."""
    text = bench("bench.dated", ".", "--quick", "--store", str(own_store))

    rows = cells(text)
    named = [query.full_name for query in own_graph.library if query.asks.value == "view"]
    assert [row[0] for row in rows if "/" in row[0]] == named
    assert {"lookup", "join"} <= {row[0] for row in rows if row[-1].startswith("≤")}
    assert "gave the same answers" in text
