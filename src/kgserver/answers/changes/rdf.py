"""What changed, as RDF: one change set for each subject.

A set (http://purl.org/vocab/changeset/schema#) adds and removes statements: that a thing for a
time is of its class, and what follows. Each thing is described whole, with its interval, ground
and event, so that the file can be asked alone: `prov:wasGeneratedBy` is the event that began it,
`prov:wasInvalidatedBy` the one that ended it, `prov:wasRevisionOf` what it goes back to over
however many steps; prok:continues and prok:succeeds stand where it is one step.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, serialize

from kgserver.answers.changes.items import Event, Item
from kgserver.answers.changes.model import Change, Changes, Follows, Group
from kgserver.answers.graph import Cell
from kgserver.answers.labels import LABEL
from kgserver.engine.worker import GRAPHS as WRITERS
from kgserver.terms import CS, DCT, PREFIXES, PROV, RDF, TYPE, XSD, prok

__all__ = ["changes_rdf"]

Term = NamedNode | BlankNode | Literal


def changes_rdf(told: Changes, base: str, format_name: str) -> bytes:
    """Return what changed as RDF in a format of `formats.GRAPHS`.

    Args:
        base: The start of the graph's IRIs: the answer's own is its address below it.
    """
    prefixes = PREFIXES | {"cs": CS} if format_name in ("ttl", "rdf") else None
    triples = dict.fromkeys(_Describer(told, base).triples())
    return serialize(triples, format=WRITERS[format_name], prefixes=prefixes) or b""


class _Describer:
    def __init__(self, told: Changes, base: str) -> None:
        self._told = told
        self._base = base
        period = told.period
        self._address = f"{base}changes?from={period.first}&to={period.last}"
        self._count = 0

    def triples(self) -> Iterator[Triple]:
        told = self._told
        whole = NamedNode(self._address)
        days = f"start={told.period.first}; end={told.period.last}; scheme=W3C-DTF"
        yield Triple(whole, NamedNode(DCT + "temporal"), _typed(days, DCT + "Period"))
        for group in told.groups:
            yield Triple(whole, NamedNode(DCT + "hasPart"), self._name(group))
            yield from self._set(group)
        things = {item.iri: item for change in told.changes for item in change.items}
        for _, item in sorted(things.items()):
            yield from self._thing(item)
        for change in told.changes:
            yield from self._going_back(change)
        events = {e for i in things.values() for e in (*i.begun_by, *i.ended_by)}
        for event in sorted(events | {*told.uncertain}, key=lambda event: event.iri):
            yield from self._event(event)

    def _name(self, group: Group) -> NamedNode:
        """Return the IRI of a change set, the same whatever else is told."""
        subject = (group.agent or "acts-and-treaties").removeprefix(self._base)
        return NamedNode(f"{self._address}#{quote(subject, safe='/:@-._~')}")

    def _set(self, group: Group) -> Iterator[Triple]:
        name = self._name(group)
        yield Triple(name, TYPE, _cs("ChangeSet"))
        if group.agent and ":" in group.agent:
            subject = NamedNode(group.agent)
            yield Triple(name, _cs("subjectOfChange"), subject)
            yield from self._labelled(group.agent)
        for change in group.changes:
            items = [(change.item, change.ends)]
            items += [(link.item, True) for link in change.links if link.ended]
            for item, ended in items:
                done = "removal" if ended else "addition"
                kind = Cell("uri", item.kind)
                yield from self._statement(name, done, Follows(item.iri, TYPE.value, kind))
        for done, follows in (("removal", group.lost), ("addition", group.gained)):
            for one in follows:
                yield from self._statement(name, done, one)

    def _statement(self, name: NamedNode, done: str, said: Follows) -> Iterator[Triple]:
        """Yield a statement that a set adds or removes, and what it follows from."""
        self._count += 1
        node = BlankNode(f"statement{self._count}")  # the same each time: HEAD tells GET's length
        yield Triple(name, _cs(done), node)
        yield Triple(node, TYPE, NamedNode(RDF + "Statement"))
        yield Triple(node, NamedNode(RDF + "subject"), _node(said.subject))
        yield Triple(node, NamedNode(RDF + "predicate"), NamedNode(said.property))
        yield Triple(node, NamedNode(RDF + "object"), _term(said.value))
        for bearer in said.bearers:
            yield Triple(node, NamedNode(PROV + "wasDerivedFrom"), _node(bearer))

    def _thing(self, item: Item) -> Iterator[Triple]:
        node = _node(item.iri)
        yield Triple(node, TYPE, _node(item.kind))
        yield from self._labelled(item.iri)
        interval = item.interval
        yield from _days(
            node,
            validFrom=interval.since,
            validUntil=interval.until,
            earliest=interval.earliest,
            latest=interval.latest,
            endEarliest=interval.end_earliest,
            endLatest=interval.end_latest,
        )
        for iri in item.evidence:
            yield Triple(node, prok("evidenceStatus"), _node(iri))
        for iri in item.agents:  # by whatever property: prok:concerns would make it an assertion
            yield Triple(node, NamedNode(DCT + "subject"), _node(iri))
        ground = "displacedBy" if self._displaces(item) else "groundedIn"
        for provision in item.provisions:
            yield Triple(node, prok(ground), _node(provision))
            yield from self._labelled(provision)
        for event in item.begun_by:
            yield Triple(node, NamedNode(PROV + "wasGeneratedBy"), _node(event.iri))
        for event in item.ended_by:
            yield Triple(node, NamedNode(PROV + "wasInvalidatedBy"), _node(event.iri))

    def _displaces(self, item: Item) -> bool:
        return any(c.displaced for c in self._told.changes if c.item.iri == item.iri)

    def _going_back(self, change: Change) -> Iterator[Triple]:
        """Yield what a new thing goes back to, and what a displacement displaces."""
        node = _node(change.item.iri)
        for link in change.links:
            earlier = _node(link.item.iri)
            yield Triple(node, NamedNode(PROV + "wasRevisionOf"), earlier)
            if not link.through:
                yield Triple(node, prok("continues" if link.same else "succeeds"), earlier)
                for kind in link.kinds:
                    yield Triple(node, prok("successionKind"), _node(kind))
        if displaced := change.displaced:
            yield Triple(node, prok("displaces"), _node(displaced.assertion.iri))
            for name in displaced.properties:
                value = _typed(name, XSD + "anyURI")
                yield Triple(node, prok("displacedProperty"), value)
            for reading in displaced.readings:
                yield Triple(node, prok("displacementReading"), _node(reading))

    def _event(self, event: Event) -> Iterator[Triple]:
        node = _node(event.iri)
        yield from self._labelled(event.iri)
        yield from _days(
            node, takesEffectOn=event.day, earliest=event.earliest, latest=event.latest
        )
        for act in event.acts:
            yield Triple(node, prok("madeBy"), _node(act))
            yield from self._labelled(act)

    def _labelled(self, iri: str) -> Iterator[Triple]:
        labels = self._told.labels
        for name, texts in ((LABEL, labels.texts), (prok("content").value, labels.contents)):
            for language, text in sorted(texts.get(iri, {}).items()):
                value = Literal(text, language=language) if language else Literal(text)
                yield Triple(_node(iri), NamedNode(name), value)


def _days(node: NamedNode | BlankNode, **days: str | None) -> Iterator[Triple]:
    """Yield the days of a thing that are known, by the name of the property."""
    for name, day in days.items():
        if day:
            yield Triple(node, prok(name), _typed(day, XSD + "date"))


def _cs(name: str) -> NamedNode:
    return NamedNode(CS + name)


def _node(iri: str) -> NamedNode | BlankNode:
    return NamedNode(iri) if ":" in iri else BlankNode(iri)


def _term(cell: Cell) -> Term:
    if cell.kind != "literal":
        return _node(cell.value)
    if cell.language:
        return Literal(cell.value, language=cell.language)
    return _typed(cell.value, cell.datatype or XSD + "string")


def _typed(text: str, datatype: str) -> Literal:
    return Literal(text, datatype=NamedNode(datatype))
