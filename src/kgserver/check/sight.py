"""What of some data a set of shapes can see, so that the rest need not be shown to an engine.

A rule looks along the properties that it names: as paths, as targets, in the text of a query.
All else, such as the long texts of a law, cannot change its verdict. Where a rule may look along
any property (sh:closed, a variable or a negation in the place of a property, a node expression, a
constraint component of one's own) everything is seen. SHACL Core and SHACL-SPARQL, W3C
Recommendation of 20 July 2017.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kgserver.check.targets import CLASSES, TARGETS
from kgserver.lexis import mask, names
from kgserver.terms import RDFS, SH, TYPE

ALWAYS: Final = frozenset({TYPE, NamedNode(RDFS + "subClassOf")})
TEXTS: Final = frozenset(NamedNode(SH + name) for name in ("select", "ask"))
LOOKS_EVERYWHERE: Final = frozenset(
    NamedNode(SH + name) for name in ("closed", "rule", "js", "expression", "construct", "values")
)
MAKES_COMPONENTS: Final = NamedNode(SH + "parameter")
DECLARING: Final = (NamedNode(SH + "prefix"), NamedNode(SH + "namespace"))
_HARMLESS: Final = re.compile(
    r"\b(?:SELECT|GROUP\s+BY|ORDER\s+BY)\b[^{}]*|\$PATH\b",  # $PATH is what sh:path says
    re.IGNORECASE,
)
_ANY_PROPERTY: Final = re.compile(
    r"""
    [?$]\w+\s+[?$]\w+                                      # ?s ?p
  | (?: [\w.\-]*:[\w.\-]*\s | __+\s | [\];\[] ) \s* [?$]\w+ \s+   # ex:s ?p, <s> ?p, ; ?p, [ ?p
    (?: [\w.\-]*: | __+ | [\[("'] | [+\-.]?\d | (?:true|false)\b )  # and what it has by it
  | ! \s* \(? \s* (?: \^ | __+ | [\w.\-]*: | a\b )        # !ex:p; a mask stands for <p>
    """,
    re.VERBOSE | re.IGNORECASE,
)


def seen(shapes: Iterable[Triple]) -> Set[NamedNode] | None:
    """Return the properties that the shapes with a target can see; None: any property."""
    rules = list(shapes)
    about: defaultdict[object, list[Triple]] = defaultdict(list)
    for triple in rules:
        about[triple.subject].append(triple)
    if any(t.predicate == TYPE and t.object in CLASSES for t in rules):
        return None  # a shape that is a class is about its instances, target or not
    if any(t.predicate == MAKES_COMPONENTS for t in rules):
        return None  # nothing leads from a shape to the query of a component that it uses
    prefixes = _prefixes(rules)
    found: set[NamedNode] = set(ALWAYS)
    known: set[object] = set()
    todo: list[object] = [t.subject for t in rules if t.predicate in TARGETS]
    while todo:
        node = todo.pop()
        if node in known:
            continue
        known.add(node)
        for triple in about[node]:
            value = triple.object
            if triple.predicate in LOOKS_EVERYWHERE:
                return None
            if triple.predicate in TEXTS and isinstance(value, Literal):
                named = _named(value.value, prefixes)
                if named is None:
                    return None
                found |= named
            if isinstance(value, NamedNode):
                found.add(value)
            todo.append(value)
    return found


def _named(query: str, prefixes: Mapping[str, str]) -> set[NamedNode] | None:
    """Return the names in a query; None where it may look along a property without a name."""
    if _ANY_PROPERTY.search(_HARMLESS.sub(" . ", mask(query))):
        return None
    found = list(names(query, prefixes))
    if any(name.iri is None for name in found):
        return None
    return {NamedNode(name.iri) for name in found if name.iri}


def _prefixes(shapes: Iterable[Triple]) -> dict[str, str]:
    """Return the prefixes that the shapes declare for their queries (sh:declare)."""
    said: defaultdict[object, dict[str, str]] = defaultdict(dict)
    for triple in shapes:
        if triple.predicate in DECLARING and isinstance(triple.object, Literal):
            said[triple.subject][triple.predicate.value] = triple.object.value
    pairs = [tuple(one.get(p.value, "") for p in DECLARING) for one in said.values()]
    return {prefix: namespace for prefix, namespace in pairs if namespace}
