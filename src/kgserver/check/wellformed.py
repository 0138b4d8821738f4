"""Is a shapes graph one that an engine will obey?

Engines ignore much of what they do not understand: a misspelt term, a query that does not parse, a
pattern that is none. A rule ignored is worse than no rule, so all of it is looked for first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    parse,
)
from rdflib.namespace import SH as SHACL_TERMS

from kgserver.check.engines import validator
from kgserver.terms import SH, shorten

__all__ = ["Fault", "blamed", "faults"]

PREFIX_OF: Final = (SH + "prefixes", SH + "declare", SH + "prefix", SH + "namespace")


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong with a shape."""

    shape: str
    """The IRI of the shape, or of the named one that holds it."""
    reason: str


def faults(shapes: Iterable[Triple], engine: str) -> list[Fault]:
    """Return what is wrong with shapes; empty if an engine will understand all of them.

    Source: Shapes Constraint Language (SHACL), sections 2 to 5 and appendix C.
    """
    triples = list(shapes)
    owners = blamed(triples)
    found = [*_unknown(triples), *_queries(triples), *_patterns(triples)]
    found += _syntax(triples, engine)
    return sorted({Fault(owners.get(node, node), reason) for node, reason in found})


def blamed(shapes: Iterable[Triple]) -> dict[str, str]:
    """Map the label of each blank node to the IRI of the named thing that holds it."""
    holder = {
        triple.object.value: triple.subject
        for triple in shapes
        if isinstance(triple.object, BlankNode)
    }
    owners = {}
    for label, node in holder.items():
        seen = {label}
        while isinstance(node, BlankNode) and node.value in holder and node.value not in seen:
            seen.add(node.value)
            node = holder[node.value]
        if isinstance(node, NamedNode):
            owners[label] = node.value
    return owners


def _label(node: object) -> str:
    return node.value if isinstance(node, NamedNode | BlankNode) else str(node)


def _unknown(triples: Iterable[Triple]) -> Iterator[tuple[str, str]]:
    for triple in triples:
        for term in (triple.predicate, triple.object):
            if not isinstance(term, NamedNode) or not term.value.startswith(SH):
                continue
            if term.value not in SHACL_TERMS and term.value != SH:
                yield _label(triple.subject), f"SHACL has no term {shorten(term.value)}"


def _queries(triples: list[Triple]) -> Iterator[tuple[str, str]]:
    """Parse each query with the prefixes that it may use and no others (SHACL, 5.2.1)."""
    values: defaultdict[tuple[str, str], list[object]] = defaultdict(list)
    for triple in triples:
        values[_label(triple.subject), triple.predicate.value].append(triple.object)
    prefixes, declare, prefix, namespace = PREFIX_OF
    for (node, path), texts in list(values.items()):
        if path not in (SH + "select", SH + "ask", SH + "construct"):
            continue
        declared = {
            _text(values[_label(entry), prefix]): _text(values[_label(entry), namespace])
            for source in values[node, prefixes]
            for entry in values[_label(source), declare]
        }
        for text in texts:
            query = _text([text]).replace("$PATH", "<urn:path>")
            try:
                Store().query(query, prefixes=declared)
            except (SyntaxError, ValueError) as error:
                yield node, f"its query is not SPARQL: {str(error).strip().splitlines()[0]}"


def _text(values: list[object]) -> str:
    return values[0].value if values and isinstance(values[0], Literal) else ""


def _patterns(triples: list[Triple]) -> Iterator[tuple[str, str]]:
    flags = {
        _label(triple.subject): triple.object.value
        for triple in triples
        if triple.predicate.value == SH + "flags" and isinstance(triple.object, Literal)
    }
    for triple in triples:
        if triple.predicate.value == SH + "pattern" and isinstance(triple.object, Literal):
            pattern = triple.object
            how = Literal(flags.get(_label(triple.subject), ""))
            answer = Store().query(f'SELECT (REGEX("", {pattern}, {how}) AS ?fits) {{}}')
            assert isinstance(answer, QuerySolutions)
            if next(iter(answer))["fits"] is None:
                yield _label(triple.subject), f"`{pattern.value}` is not a regular expression"


def _syntax(triples: list[Triple], engine: str) -> Iterator[tuple[str, str]]:
    """Check shapes against the shapes of shapes that the standard gives (appendix C)."""
    schema = files("pyshacl").joinpath("assets/shacl-shacl.ttl").read_bytes()
    rules = [quad.triple for quad in parse(schema, RdfFormat.TURTLE)]
    for result in validator(engine, rules)(triples):
        path = " ".join(shorten(step.value) for step in result.path)
        component = result.component.removeprefix(SH).removesuffix("ConstraintComponent")
        what = f"{path} " if path else ""
        yield _label(result.focus), f"{what}is not as SHACL wants it ({component})"
