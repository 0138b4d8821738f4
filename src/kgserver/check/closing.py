"""The axioms that close one legal state, so that a reasoner can contradict it.

OWL never concludes from silence. That a party answers to one master *only* is therefore said
anew for each state, from the exclusive accountabilities that hold in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Triple

from kgserver.check.projection import Projection, project, without
from kgserver.law.facts import Facts, text
from kgserver.law.periods import states
from kgserver.law.views import DISPLACED, DISPLACES, Record, bounded_ends, is_displaced
from kgserver.reasoning.axioms import subclasses
from kgserver.reasoning.lists import FIRST, NIL, REST, Term
from kgserver.reasoning.rules import compile_rules
from kgserver.terms import OWL, TYPE, prok

PARTY: Final = prok("accountableParty")
AUTHORITY: Final = prok("accountableAuthority")


class Closer:
    """Closes views of one ontology."""

    def __init__(self, schema: Sequence[Triple]) -> None:
        """Read the ontology; it may stand among other triples.

        Raises:
            VocabularyError: a list or a property chain is broken.
        """
        self._rules = compile_rules(schema)
        self._exclusive = subclasses(schema, prok("ExclusiveAccountability"))
        self._offices = subclasses(schema, prok("Office"))

    def close(self, view: Sequence[Triple]) -> Projection:
        """Return a projected view without what displacement takes out, and with these axioms.

        The party of each exclusive accountability is accountable to its authorities only. All
        masters and offices differ: without that a reasoner concludes from the first that a second
        master *is* the first. Nothing else is said to differ, since each further individual
        costs the reasoner time.

        What displacement keeps from property chains is taken out (`law.views`).
        """
        standing = self.standing(view)
        return Projection(
            (*standing.triples, *self._axioms(_facts(standing.triples, TYPE, PARTY, AUTHORITY))),
            standing.dropped,
        )

    def standing(self, view: Sequence[Triple]) -> Projection:
        """Return a projected view without what displacement keeps from property chains."""
        said = _facts(view, DISPLACES, DISPLACED)
        lost: defaultdict[Term, list[set[str]]] = defaultdict(list)
        for displacement in said.using(DISPLACES):
            named = {text(name) for name in said.objects(displacement, DISPLACED)}
            for assertion in said.nodes(displacement, DISPLACES):
                lost[assertion].append(named)

        def reason(triple: Triple) -> str | None:
            of_ends = lost.get(triple.subject, []) + lost.get(triple.object, [])
            if any(is_displaced(self._rules, triple.predicate, named) for named in of_ends):
                return "said by a displaced assertion"
            return None

        return without(view, reason) if lost else Projection(tuple(view), ())

    def _axioms(self, said: Facts) -> Iterator[Triple]:
        exclusive = {one for kind in self._exclusive for one in said.subjects(TYPE, kind)}
        offices = {one for kind in self._offices for one in said.subjects(TYPE, kind)}
        only = {
            (party, tuple(masters))
            for assertion in exclusive
            for party in _named(said.nodes(assertion, PARTY))
            if (masters := _named(said.nodes(assertion, AUTHORITY)))
        }
        for number, (party, these) in enumerate(sorted(only, key=str)):
            yield from _only(party, these, f"onlyOf{number}")
        masters_of_all = {m for one in said.using(AUTHORITY) for m in said.nodes(one, AUTHORITY)}
        distinct = sorted(_named(masters_of_all | offices), key=str)
        if len(distinct) > 1:
            node = BlankNode("allDiffer")
            yield Triple(node, TYPE, NamedNode(OWL + "AllDifferent"))
            yield from list_of(node, NamedNode(OWL + "distinctMembers"), distinct)


def gate_input(view: Iterable[Triple]) -> Projection:
    """Return the projection of one view (ontology and legal state), closed by `Closer`.

    Raises:
        VocabularyError: a list or a property chain of the ontology is broken.
    """
    whole = project(view)
    closed = Closer(whole.triples).close(whole.triples)
    return Projection(closed.triples, tuple(sorted(whole.dropped + closed.dropped)))


def state_inputs(whole: Projection, law: Record) -> Iterator[tuple[str, tuple[Triple, ...]]]:
    """Yield the first day of each legal state with its closed projection.

    Args:
        whole: What `project` returns for the ontology and `law.triples` together.
        law: Tells which triples hold when. What they entail is left to the reasoner.
    """
    closer = Closer(whole.triples)
    valid = [(t, [law.valid[end] for end in bounded_ends(law, t)]) for t in whole.triples]
    for state in states(law.valid.values()):
        day = state.first
        view = [triple for triple, times in valid if all(time.holds(day) for time in times)]
        yield day.isoformat(), closer.close(view).triples


def _facts(triples: Iterable[Triple], *predicates: NamedNode) -> Facts:
    """Index the few triples with these predicates; a state has tens of thousands of others."""
    return Facts(triple for triple in triples if triple.predicate in predicates)


def _named(nodes: Iterable[Term]) -> list[NamedNode]:
    """Return the nodes that have an IRI: others may not stand in the axioms of OWL 2 DL."""
    return [node for node in nodes if isinstance(node, NamedNode)]


def _only(one: NamedNode, masters: Sequence[NamedNode], label: str) -> Iterator[Triple]:
    """Yield the axiom that `one` is accountable to none but `masters`."""
    restriction, these = BlankNode(label), BlankNode(f"{label}These")
    yield Triple(one, TYPE, restriction)
    yield Triple(restriction, TYPE, NamedNode(OWL + "Restriction"))
    yield Triple(restriction, NamedNode(OWL + "onProperty"), prok("accountableTo"))
    yield Triple(restriction, NamedNode(OWL + "allValuesFrom"), these)
    yield Triple(these, TYPE, NamedNode(OWL + "Class"))
    yield from list_of(these, NamedNode(OWL + "oneOf"), masters)


def list_of(
    head: BlankNode, predicate: NamedNode, members: Sequence[NamedNode]
) -> Iterator[Triple]:
    """Yield `head predicate ( members )`."""
    cells = [BlankNode(f"{head.value}{number}") for number in range(len(members))]
    yield Triple(head, predicate, cells[0])
    rests: list[NamedNode | BlankNode] = [*cells[1:], NIL]
    for cell, member, rest in zip(cells, members, rests, strict=True):
        yield Triple(cell, FIRST, member)
        yield Triple(cell, REST, rest)
