"""What the rule engine claims to follow: of each legal state, and of what changes between two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from pyoxigraph import NamedNode, Triple

from kgserver.check.closing import Closer
from kgserver.check.entailments import Claims, shortcuts
from kgserver.check.projection import Projection, project
from kgserver.law.bounded import Interval
from kgserver.law.views import Record, bounded_ends, holds
from kgserver.law.worlds import Timeline
from kgserver.reasoning.axioms import Node
from kgserver.terms import TYPE

__all__ = ["neighbourhoods", "of_states"]


def of_states(
    whole: Projection, law: Record, times: Timeline, days: Collection[date] | None = None
) -> Iterator[tuple[str, Claims]]:
    """Yield what the views claim: once what is timeless, then the rest of each state.

    Nothing but the shortcuts of a view may follow from its state; of other statements it is only
    asked whether they follow. A displaced triple entails no shortcut, but entails the rest: where
    there is one, the rest is asked apart.

    Args:
        whole: What `project` returns for the ontology and `law.triples` together.
        days: First days of the states that are asked; None: of all.
    """
    closer, chosen = Closer(whole.triples), shortcuts(law.rules)
    stated = set(law.triples)
    bounded = [(triple, bounded_ends(law, triple)) for triple in whole.triples]
    lasting = [triple for triple, ends in bounded if not ends]
    yield "timeless", Claims(lasting, [t for t in times.timeless if t not in stated])
    for index, state in enumerate(times.states):
        if days is not None and state.first not in days:
            continue
        seen = [t for t, e in bounded if all(law.valid[end].holds(state.first) for end in e)]
        standing = closer.standing(seen).triples
        derived = [t for t in times.rest(index) if t not in stated]
        of_all = {t for t in times.timeless if t.predicate in chosen}
        name = state.first.isoformat()
        if len(standing) == len(seen):
            yield name, Claims(seen, [*derived, *of_all], chosen)
            continue
        short = [t for t in derived if t.predicate in chosen]
        yield name, Claims(standing, [*short, *of_all], chosen)
        yield f"{name}, with the displaced", Claims(seen, derived)


def neighbourhoods(
    schema: Sequence[Triple], law: Record, times: Timeline
) -> Iterator[tuple[str, Claims]]:
    """Yield, for each state, what follows from all that begins or ends with it.

    A neighbourhood is the ontology, the triples of the things that begin or end, and what is
    said of the things that these point at; a small graph, of which HermiT is asked the same.
    """
    axioms = project(schema).triples
    chosen = shortcuts(law.rules)
    timeless = set(axioms)
    whole = project((*schema, *law.triples)).triples
    touching = _by_end(t for t in whole if t not in timeless)
    closer = Closer(axioms)
    for state in times.states:
        edges = {state.first, state.until}
        near = [n for n, i in law.valid.items() if _changes(i, state.first, edges)]
        joined = [t for thing in near for t in touching[thing] if holds(law, t, state.first)]
        beside = {o for t in joined if isinstance(o := t.object, NamedNode)}.difference(near)
        typing = (t for o in sorted(beside, key=str) for t in touching[o] if t.predicate == TYPE)
        types = [t for t in typing if t.subject in beside and holds(law, t, state.first)]
        graph = closer.standing(list(dict.fromkeys([*axioms, *joined, *types]))).triples
        closure = law.rules.close(graph)
        yield state.first.isoformat(), Claims(graph, set(closure) - set(graph), chosen)


def _by_end(triples: Iterable[Triple]) -> Mapping[Node, Sequence[Triple]]:
    """Return the triples of each thing, as subject or as object."""
    found: defaultdict[Node, list[Triple]] = defaultdict(list)
    for triple in triples:
        for end in {triple.subject, triple.object}:
            if isinstance(end, Node):
                found[end].append(triple)
    return found


def _changes(interval: Interval, day: date, edges: Collection[date | None]) -> bool:
    changes = interval.first in edges or (interval.until is not None and interval.until in edges)
    return changes and interval.holds(day)
