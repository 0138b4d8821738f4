"""Which things shapes are about: is there a shape at all, and does any find something to check?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kgserver.terms import OWL, RDFS, SH, TYPE

__all__ = ["CLASSES", "TARGETS", "has_shape", "reaches"]

_NAMES: Final = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf", "target")
TARGETS: Final = {NamedNode(SH + name) for name in _NAMES}
_SHAPES: Final = {NamedNode(SH + name) for name in ("NodeShape", "PropertyShape")}
_HOLDS: Final = {NamedNode(SH + name) for name in ("property", "node", "path", "sparql")}
CLASSES: Final = {NamedNode(RDFS + "Class"), NamedNode(OWL + "Class")}
_OFF: Final = NamedNode(SH + "deactivated")


def has_shape(triples: Iterable[Triple]) -> bool:
    """Tell whether triples hold a shape (SHACL, section 2.1), or what one is recognised by."""
    return any(
        triple.predicate in TARGETS | _HOLDS
        or (triple.predicate == TYPE and triple.object in _SHAPES)
        for triple in triples
    )


def reaches(shapes: Iterable[Triple], data: Iterable[Triple]) -> bool:
    """Tell whether any target of any shape names a thing that is there to be checked.

    A target written in SPARQL (`sh:target`) counts as one that does; a shape that is a class is
    about its instances (SHACL, section 2.1.3).

    Args:
        data: With the ontology, which tells of subclasses.
    """
    rules = list(shapes)
    off = {t.subject for t in rules if t.predicate == _OFF and _is_true(t.object)}
    shape_nodes = {t.subject for t in rules if t.predicate == TYPE and t.object in _SHAPES}
    aims: defaultdict[str, set[object]] = defaultdict(set)
    for triple in rules:
        if triple.subject in off:
            continue
        if triple.predicate in TARGETS:
            aims[triple.predicate.value.removeprefix(SH)].add(triple.object)
        elif triple.subject in shape_nodes and triple.object in CLASSES:
            aims["targetClass"].add(triple.subject)
    if aims["target"] or aims["targetNode"]:
        return True
    return _met(aims, list(data))


def _is_true(value: object) -> bool:
    return isinstance(value, Literal) and value.value in ("true", "1")


def _met(aims: dict[str, set[object]], data: list[Triple]) -> bool:
    used = aims["targetSubjectsOf"] | aims["targetObjectsOf"]
    wanted, open_ = set(aims["targetClass"]), list(aims["targetClass"])
    below: defaultdict[object, list[object]] = defaultdict(list)
    for triple in data:
        if triple.predicate.value == RDFS + "subClassOf":
            below[triple.object].append(triple.subject)
    while open_:
        fresh = [one for one in below[open_.pop()] if one not in wanted]
        wanted.update(fresh)
        open_ += fresh
    return any(t.predicate in used or (t.predicate == TYPE and t.object in wanted) for t in data)
