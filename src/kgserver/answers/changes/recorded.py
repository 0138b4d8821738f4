"""What the record has on the things that changed: asked once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kgserver.answers.changes.asking import Pair, ask
from kgserver.answers.changes.items import Event
from kgserver.answers.graph import Cell, Graph, Row
from kgserver.answers.labels import LABEL
from kgserver.answers.things import Interval
from kgserver.terms import PROK, RDF, SKOS

__all__ = ["Stated", "agents_of", "events_of", "links_of", "stated_of"]

_LINKS = """SELECT DISTINCT ?b ?p ?a {
  VALUES ?start { %s }
  { ?start (prok:continues|prok:succeeds)* ?b } UNION { ?b (prok:continues|prok:succeeds)+ ?start }
  ?b ?p ?a FILTER(?p IN (prok:continues, prok:succeeds, prok:successionKind))
}"""


def links_of(graph: Graph, things: Iterable[str]) -> list[tuple[str, str, str]]:
    """Return each step back on the ways from and to these things: (later, how, earlier).

    `how` is prok:continues, prok:succeeds, or prok:successionKind with the kind.
    """
    rows = ask(graph, _LINKS, things)
    return [(row["b"].value, row["p"].value, row["a"].value) for row in rows]


@dataclass(frozen=True)
class Stated:
    """What the record has on a thing: its properties as files state them, and all of them."""

    files: Mapping[str, frozenset[Cell]]
    known: Mapping[str, frozenset[Cell]]

    def all(self, *names: str) -> tuple[str, ...]:
        """Return the values of properties of legal graphs, in order."""
        cells = {cell.value for name in names for cell in self.known.get(PROK + name, ())}
        return tuple(sorted(cells))

    @property
    def kind(self) -> str:
        """The class of the thing: as a file states it; else one that follows."""
        stated = [cell.value for cell in self.files.get(RDF + "type", ())]
        follows = [cell.value for cell in self.known.get(RDF + "type", ())]
        ours = [iri for iri in follows if iri.startswith(PROK) and iri != PROK + "TimeBounded"]
        return min(stated or ours or follows, default=PROK + "TimeBounded")

    @property
    def interval(self) -> Interval:
        """From when until when the thing holds; of several days, those that leave least."""
        first, until = self.all("validFrom"), self.all("validUntil")
        window = self._window("earliest", "latest")
        end_window = self._window("endEarliest", "endLatest")
        return Interval(
            first[-1] if first else None,
            until[0] if until else None,
            bool(self.all("beginningUnknown")),
            *window,
            *end_window,
        )

    def _window(self, earliest: str, latest: str) -> tuple[str | None, str | None]:
        """Return the widest window that the record has; none where an edge is missing."""
        edges = self.all(earliest), self.all(latest)
        return (edges[0][0], edges[1][-1]) if all(edges) else (None, None)

    @property
    def names(self) -> frozenset[str]:
        """Everything that the thing is joined to."""
        cells = (cell for values in self.known.values() for cell in values)
        return frozenset(cell.value for cell in cells if cell.kind == "uri")


_STATED = f"""SELECT ?x ?p ?o ?file {{
  VALUES ?x {{ %s }}
  {{ ?x ?p ?o }} UNION {{ GRAPH ?file {{ ?x ?p ?o }} }}
  FILTER(?p NOT IN (<{LABEL}>, <{SKOS}prefLabel>, prok:content, prok:attestedBy))
}}"""


def stated_of(graph: Graph, things: Iterable[str]) -> dict[str, Stated]:
    """Return what the record has on each thing, names and texts aside."""
    files: dict[str, dict[str, set[Cell]]] = {}
    known: dict[str, dict[str, set[Cell]]] = {}
    for row in ask(graph, _STATED, things):
        for found in (known, files) if "file" in row else (known,):
            of_thing = found.setdefault(row["x"].value, {})
            of_thing.setdefault(row["p"].value, set()).add(row["o"])
    return {
        thing: Stated(_frozen(files.get(thing, {})), _frozen(values))
        for thing, values in known.items()
    }


def _frozen(values: Mapping[str, set[Cell]]) -> dict[str, frozenset[Cell]]:
    return {name: frozenset(cells) for name, cells in values.items()}


_AGENT = "prok:concerns|prok:participatingParty|prok:heldOffice ?agent"
_OWN_AGENTS = f"SELECT DISTINCT ?x ?agent {{ VALUES ?x {{ %s }} ?x {_AGENT} }}"
_OTHERS_AGENTS = f"""SELECT DISTINCT ?x ?agent {{
  VALUES ?x {{ %s }} ?x ?p ?y FILTER(?p NOT IN (prok:continues, prok:succeeds)) ?y {_AGENT}
}}"""


def agents_of(graph: Graph, things: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return whom each thing concerns; where it names nobody, whom what it names concerns."""
    asked = set(things)
    own = _agents(ask(graph, _OWN_AGENTS, asked))
    return own | _agents(ask(graph, _OTHERS_AGENTS, asked - own.keys()))


def _agents(rows: Iterable[Row]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["x"].value, set()).add(row["agent"].value)
    return {thing: tuple(sorted(agents)) for thing, agents in found.items()}


_EVENTS = """SELECT ?v ?role ?e ?day ?earliest ?latest ?act {
  VALUES ?v { %s }
  { ?e prok:beginsVersion ?v BIND("begins" AS ?role) }
  UNION { ?e prok:endsVersion ?v BIND("ends" AS ?role) }
  UNION { ?v eli:is_member_of/eli:is_part_of* ?part . ?e prok:endsAct ?part
    BIND("ends" AS ?role) }
  UNION { ?v prok:derivedFrom ?e BIND("both" AS ?role) }
  OPTIONAL { ?e prok:takesEffectOn ?day }
  OPTIONAL { ?e prok:earliest ?earliest ; prok:latest ?latest }
  OPTIONAL { ?e prok:madeBy ?act }
}"""


def events_of(graph: Graph, grounds: Iterable[str]) -> dict[Pair, list[Event]]:
    """Return the events that begin and end what things rest on, by (what, `begins` or `ends`).

    Args:
        grounds: Versions of provisions; and participations, which rest on actions.
    """
    found: dict[Pair, dict[str, Row]] = {}
    acts: dict[str, set[str]] = {}
    for row in ask(graph, _EVENTS, grounds):
        event, role = row["e"].value, row["role"].value
        for one in ("begins", "ends") if role == "both" else (role,):
            found.setdefault((row["v"].value, one), {}).setdefault(event, row)
        acts.setdefault(event, set()).update([row["act"].value] if "act" in row else [])
    return {
        pair: [_event(row, acts[event]) for event, row in sorted(events.items())]
        for pair, events in found.items()
    }


def _event(row: Row, acts: set[str]) -> Event:
    def text(name: str) -> str | None:
        return row[name].value if name in row else None

    return Event(row["e"].value, text("day"), text("earliest"), text("latest"), tuple(sorted(acts)))
