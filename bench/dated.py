"""What the law of a past day costs against the law of today, on a real folder.

    python -m bench.dated [FOLDER] [--store DIR] [--quick]

The folder is built, and its revision asked by the function with which workers answer, in this
process: a lookup, a join and scans, and every named query that asks a view, on the first day of
each past state and today. For comparison each past view is stored once more as one graph: what
differs from that is the price of the layout, what differs from today is the law's own change too.
The answers of both must be the same.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

from pyoxigraph import NamedNode, Quad, Store

from bench.cpu import medians
from bench.tables import milliseconds, table
from kgserver.engine.question import Dataset, Question
from kgserver.engine.reply import request_of
from kgserver.engine.worker import Engine as Asked
from kgserver.files.folder import Folder
from kgserver.library import Asks, Library
from kgserver.store.build import build
from kgserver.store.revision import Revision, StateEntry
from kgserver.terms import ELI, PROK, RDFS

PREFIXES: Final = f"PREFIX prok: <{PROK}>\nPREFIX eli: <{ELI}>\nPREFIX rdfs: <{RDFS}>\n"
PARTIES: Final = """SELECT ?party {
  ?assertion prok:concerns ?party } GROUP BY ?party ORDER BY DESC(COUNT(*)) ?party LIMIT 5"""
OF_A_PARTY: Final = {
    "lookup": "SELECT ?p ?o { PARTY ?p ?o }",
    "join": """SELECT ?assertion ?content ?provision ?label {
  ?assertion prok:concerns PARTY ; prok:content ?content ; prok:groundedIn ?version .
  FILTER(LANG(?content) = "en")
  ?version eli:is_member_of ?provision .
  ?provision rdfs:label ?label FILTER(LANG(?label) = "en") }""",
}
SCANS: Final = {
    "scan: things by kind": "SELECT ?kind (COUNT(*) AS ?n) { ?thing a ?kind } GROUP BY ?kind",
    "scan: all triples": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "scan: words in labels": """SELECT ?thing {
  ?thing rdfs:label ?label FILTER(CONTAINS(LCASE(STR(?label)), "court")) }""",
}
TARGETS: Final = {"lookup": 1.6, "join": 1.6} | dict.fromkeys(SCANS, 2.2)
"""How many times today's cost a past day may cost, in the median of all past days."""
_LIMIT: Final = 64 << 20


class Disagreement(Exception):
    """The layout and one graph answer a question differently."""


@dataclass(frozen=True)
class Engine:
    """A store, and how a view of it is asked."""

    store: Store
    named: Sequence[str]

    def ask(self, graphs: Sequence[str], texts: Sequence[str]) -> list[bytes]:
        """Return the answers of some queries in JSON, as a worker gives them."""
        engine = Asked(self.store, max_bytes=_LIMIT, max_rows=_LIMIT)
        found = []
        for text in texts:
            question = Question(text, Dataset(tuple(graphs), tuple(self.named)))
            header, body = engine.answer(request_of(question), text)
            if "error" in header:
                raise RuntimeError(f"{header}\n{text}")
            found.append(body if isinstance(body, bytes) else body.read())
        return found


@dataclass(frozen=True)
class Costs:
    """CPU seconds of one question: today, and on each past day in the layout and in one graph."""

    question: str
    today: float
    past: Mapping[date, float]
    whole: Mapping[date, float]

    def against_today(self) -> list[float]:
        """Return the ratio of each past day to today, in order."""
        return sorted(seconds / self.today for seconds in self.past.values())

    def against_one_graph(self) -> list[float]:
        """Return the ratio of each past day to the same day in one graph, in order."""
        return sorted(seconds / self.whole[day] for day, seconds in self.past.items())


def questions(folder: Folder, engine: Engine, record: str) -> dict[str, list[str]]:
    """Return the texts of each question: one for each party asked about, or one in all."""
    (body,) = engine.ask([record], [PREFIXES + PARTIES])
    parties = [f"<{row['party']['value']}>" for row in bindings(body)]
    asked = {
        name: [PREFIXES + text.replace("PARTY", party) for party in parties]
        for name, text in OF_A_PARTY.items()
    }
    asked |= {name: [PREFIXES + text] for name, text in SCANS.items()}
    library = Library.load(folder.path / "queries", languages=folder.settings.languages)
    views = (query for query in library if query.asks is Asks.VIEW)
    return asked | {query.full_name: [query.text] for query in views}


def measure(
    folder: Folder, revision: Revision, place: Path, *, quick: bool = False
) -> Iterator[Costs]:
    """Ask every question on every day; `quick`: twice on two past days only.

    Raises:
        Disagreement: an answer is not that of one graph.
    """
    manifest = revision.manifest
    today = manifest.state_at(folder.settings.today())
    past = [state for state in manifest.states if state.first < today.first]
    if quick:
        past = [past[0], past[-1]]
    layout = Engine(Store.read_only(str(revision.store)), manifest.files)
    copy(layout.store, past, place)
    whole = Engine(Store.read_only(str(place)), manifest.files)
    for name, texts in questions(folder, layout, manifest.record).items():
        for state in past:
            compare(name, texts, state, layout, whole)
        calls = [partial(layout.ask, state.graphs, texts) for state in [today, *past]]
        calls += [partial(whole.ask, [graph_of(state)], texts) for state in past]
        spent = medians(calls, least=2 if quick else 5, budget_s=0 if quick else 0.7)
        now, *each = [seconds / len(texts) for seconds in spent]
        days = [state.first for state in past]
        in_layout, in_one = each[: len(days)], each[len(days) :]
        yield Costs(
            name,
            now,
            dict(zip(days, in_layout, strict=True)),
            dict(zip(days, in_one, strict=True)),
        )


def copy(source: Store, states: Sequence[StateEntry], place: Path) -> None:
    """Store the view of each state as one graph."""
    target = Store(str(place))
    target.bulk_extend(
        Quad(quad.subject, quad.predicate, quad.object, NamedNode(graph_of(state)))
        for state in states
        for graph in state.graphs
        for quad in source.quads_for_pattern(None, None, None, NamedNode(graph))
    )
    target.flush()


def graph_of(state: StateEntry) -> str:
    """Return the name of the one graph of a state."""
    return f"urn:whole:{state.first}"


def compare(
    name: str, texts: Sequence[str], state: StateEntry, layout: Engine, whole: Engine
) -> None:
    """Compare the answers of the layout with those of one graph, as bags of rows."""
    answers = zip(layout.ask(state.graphs, texts), whole.ask([graph_of(state)], texts), strict=True)
    for one, other in answers:
        if rows(one) != rows(other):
            raise Disagreement(f"`{name}` on {state.first}: {rows(one)} and {rows(other)}")


def rows(body: bytes) -> list[str]:
    """Return what is in an answer, in an order that does not depend on the layout."""
    return sorted(json.dumps(row, sort_keys=True) for row in bindings(body))


def bindings(body: bytes) -> list[dict[str, Any]]:
    """Return the rows of a SELECT."""
    found: list[dict[str, Any]] = json.loads(body)["results"]["bindings"]
    return found


def row(costs: Costs) -> list[str]:
    """Return a row of the table."""
    against_today, against_whole = costs.against_today(), costs.against_one_graph()
    times = [costs.today, median(costs.past.values()), median(costs.whole.values())]
    ratios = [median(against_today), against_today[-1], median(against_whole), against_whole[-1]]
    target = TARGETS.get(costs.question)
    verdict = "" if not target else f"≤ {target}: {'kept' if ratios[0] <= target else 'missed'}"
    shown = [*map(milliseconds, times), *(f"{ratio:.2f}×" for ratio in ratios)]
    return [costs.question, *shown, verdict]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.dated", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--store", type=Path, help="where revisions are kept")
    parser.add_argument("--quick", action="store_true", help="two past days, two turns")
    options = parser.parse_args()
    folder = Folder.locate(options.folder)
    revision = build(folder, options.store, lambda line: print(line, file=sys.stderr))
    with tempfile.TemporaryDirectory() as scratch:
        try:
            found = list(measure(folder, revision, Path(scratch), quick=options.quick))
        except Disagreement as error:
            raise SystemExit(str(error)) from None
    columns = ["question", "today, ms", "past, ms", "past in one graph, ms"]
    columns += ["past ÷ today", "worst day", "past ÷ one graph", "worst day", "target"]
    counts = revision.manifest.counts
    print(
        f"CPU of a query, medians; {len(found[0].past)} past days and today. "
        f"{counts.record:,} triples of all times, {counts.states} states, "
        f"{counts.stored:,} triples stored.\n"
    )
    print(table(columns, [row(costs) for costs in found]))
    print("\nThe layout and one graph gave the same answers on every day.")


if __name__ == "__main__":
    main()
