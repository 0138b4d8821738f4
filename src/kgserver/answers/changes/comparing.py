"""In what the views of two days differ: which things began and ended, and what follows no longer.

Every statement in which two views differ belongs to one of three: it touches a thing that began
or ended, and is told with that thing; or neither end of it is one, and then it is entailed, for
what is stated between things that did not change stands in both views; or the view says it of
itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kgserver.answers.changes import asking
from kgserver.answers.changes.asking import Pair, Triple
from kgserver.answers.changes.period import Period
from kgserver.answers.graph import Graph
from kgserver.terms import PROK, RDF

__all__ = ["NOTHING", "Difference", "compare"]

_TYPE = RDF + "type"


@dataclass(frozen=True)
class Difference:
    """The view of a later day less that of an earlier one, and the other way round.

    Versions of provisions are not among the things: they are sources of what began and ended.

    Args:
        gained: What follows on the later day alone.
        lost: What follows on the earlier day alone.
        displaced: Each displacement that began or ended, with what it displaces.
    """

    begun: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()
    gained: tuple[Triple, ...] = ()
    lost: tuple[Triple, ...] = ()
    displaced: tuple[Pair, ...] = ()


NOTHING = Difference()


def compare(graph: Graph, period: Period) -> Difference:
    """Return in what the views of two days differ."""
    if period.same_state:
        return NOTHING
    gained = asking.difference(graph, period.after, period.before)
    lost = asking.difference(graph, period.before, period.after)
    begun, ended = _typed(gained, "TimeBounded"), _typed(lost, "TimeBounded")
    versions = _typed(gained, "ProvisionVersion") | _typed(lost, "ProvisionVersion")
    apart = begun | ended | {graph.settings.base + "at"}
    pairs = {(s, o.value) for s, p, o in (*gained, *lost) if p == PROK + "displaces"}
    return Difference(
        frozenset(begun - versions),
        frozenset(ended - versions),
        _between_others(gained, apart),
        _between_others(lost, apart),
        tuple(sorted(pairs)),
    )


def _typed(triples: Iterable[Triple], name: str) -> set[str]:
    return {s for s, p, o in triples if p == _TYPE and o.value == PROK + name}


def _between_others(triples: Iterable[Triple], apart: set[str]) -> tuple[Triple, ...]:
    others = [t for t in triples if t[0] not in apart and t[2].value not in apart]
    return tuple(sorted(others, key=lambda t: (t[0], t[1], t[2].value, t[2].language or "")))
