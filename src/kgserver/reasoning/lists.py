"""RDF lists: read back as what they list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kgserver.errors import VocabularyError
from kgserver.terms import RDF, shorten

Term = NamedNode | BlankNode | Literal | Triple

FIRST: Final = NamedNode(RDF + "first")
REST: Final = NamedNode(RDF + "rest")
NIL: Final = NamedNode(RDF + "nil")


class Lists:
    """The RDF lists among some triples."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        known = list(triples)
        self._first: dict[Term, Term] = {t.subject: t.object for t in known if t.predicate == FIRST}
        self._rest: dict[Term, Term] = {t.subject: t.object for t in known if t.predicate == REST}

    def read(self, statement: Triple) -> list[Term]:
        """Return the members of the list that is the object of a statement.

        Raises:
            VocabularyError: the list lacks a member or its end, or comes back to itself.
        """
        members: list[Term] = []
        here: Term = statement.object
        while here != NIL:
            lost = isinstance(here, Literal) or here not in self._first or here not in self._rest
            if lost or len(members) >= len(self._first):
                subject = statement.subject
                raise VocabularyError(
                    f"The list in {shorten(statement.predicate.value)} is broken",
                    where=shorten(subject.value) if isinstance(subject, NamedNode) else None,
                    hint="Write the list in parentheses: ( prok:one prok:two )",
                )
            members.append(self._first[here])
            here = self._rest[here]
        return members
