"""What changed between two days: found, named and put in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kgserver.answers.changes import asking
from kgserver.answers.changes.asking import Triple
from kgserver.answers.changes.comparing import Difference, compare
from kgserver.answers.changes.dossier import Dossier
from kgserver.answers.changes.grouping import Told, grouped
from kgserver.answers.changes.items import Event, Item
from kgserver.answers.changes.model import Change, Changes, Follows
from kgserver.answers.changes.period import Period
from kgserver.answers.graph import Graph
from kgserver.answers.labels import read_labels
from kgserver.answers.windows import windows_at
from kgserver.terms import RDF

__all__ = ["changes"]


def changes(graph: Graph, period: Period, language: str, about: str | None = None) -> Changes:
    """Return what changed between two days, by subject; asks as many questions however much did.

    Args:
        about: The one subject to tell of, in whatever role it is named; None: all.

    Raises:
        KgError: the graph could not answer.
    """
    found = compare(graph, period)
    told = _told(graph, period, found, Dossier.of(graph, period, found).changes())
    if about:
        told = told.about(about)
    uncertain = _uncertain(graph, period)
    shown = {about} if about else set[str]()
    shown |= {iri for change in told.changes for iri in _iris(change)}
    for follows in (*told.lost, *told.gained, *told.stayed):
        shown |= {follows.subject, follows.property, *follows.bearers}
        shown |= {follows.value.value} if follows.value.kind == "uri" else set()
    for event in uncertain:
        shown |= {event.iri, *event.acts}
    labels = read_labels(graph, (iri for iri in shown if ":" in iri), language)
    checked = graph.manifest.checked_until
    return Changes(
        period=period,
        groups=grouped(told, labels),
        changes=told.changes,
        untouched=asking.things_in(graph, period.after) - len(found.begun),
        uncertain=uncertain,
        checked_until=checked.isoformat() if checked else None,
        labels=labels,
        about=about,
    )


def _uncertain(graph: Graph, period: Period) -> list[Event]:
    """Return the events of which nobody knows on which side of one of the days they lie."""
    found = {one for view in (period.before, period.after) for one in windows_at(graph, view)}
    return [
        Event(
            window.event,
            window.effect.isoformat() if window.effect else None,
            window.earliest.isoformat(),
            window.latest.isoformat(),
        )
        for window in sorted(found, key=lambda window: (window.earliest, window.event))
    ]


def _told(graph: Graph, period: Period, found: Difference, changed: list[Change]) -> Told:
    """Bring together changes and what follows, what still follows about the same among it."""
    subjects = {agent for change in changed for agent in change.agents}
    subjects |= {subject for subject, _, _ in (*found.gained, *found.lost)}
    after = asking.shortcuts_of(graph, period.after, subjects)
    before = asking.shortcuts_of(graph, period.before, {s for s, _, _ in found.lost})
    gained = set(found.gained)
    return Told(
        tuple(changed),
        _follows(found.lost, before),
        _follows(found.gained, after),
        _follows((triple for triple in after if triple not in gained), after),
    )


def _follows(
    triples: Iterable[Triple], bearers: Mapping[Triple, tuple[str, ...]]
) -> tuple[Follows, ...]:
    return tuple(Follows(s, p, o, bearers.get((s, p, o), ())) for s, p, o in triples)


def _iris(change: Change) -> Iterator[str]:
    """Yield every IRI that telling of a change names."""
    yield from change.agents
    yield RDF + "type"
    for item in change.items:
        yield from _iris_of(item)
    for link in change.links:
        yield from link.kinds
        for element in link.elements:
            yield element.property
            yield from (v.value for v in (*element.lost, *element.gained) if v.kind == "uri")
    if change.displaced:
        yield from (*change.displaced.properties, *change.displaced.readings)


def _iris_of(item: Item) -> Iterator[str]:
    yield from (item.iri, item.kind, *item.provisions, *item.evidence)
    for event in (*item.begun_by, *item.ended_by):
        yield from (event.iri, *event.acts)
