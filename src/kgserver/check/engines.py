"""The two SHACL engines behind one call: triples in, results out.

They read what pyoxigraph read, and nothing that another parser made of it: pyshacl-turbo takes
N-Triples, pySHACL a graph of the same terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import pyoxigraph
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple
from rdflib.namespace import RDF, SH

from kgserver.errors import EngineFailure
from kgserver.terms import SH as SHACL

__all__ = ["ENGINES", "Node", "Result", "validate"]

Node: TypeAlias = NamedNode | BlankNode | Literal

ENGINES: Final = ("turbo", "pyshacl")
"""The faster first; the other is the reference."""


@dataclass(frozen=True)
class Result:
    """One thing that breaks one rule."""

    focus: Node
    path: tuple[NamedNode, ...]
    """The property; of a path of several its properties, in no order; empty for a node shape."""
    value: Node | None
    rule: str
    """The IRI of the shape; for a nameless shape, that of the named one that holds it."""
    severity: str
    """`Violation`, `Warning`, `Info`, or the IRI of a severity of the shapes' own."""
    component: str
    messages: Mapping[str, str]
    """By language; a message without one stands under the empty name."""

    def key(self) -> tuple[str, ...]:
        """Return what two engines must agree on; labels of blank nodes are left out."""
        path = " ".join(sorted(step.value for step in self.path))
        return self.rule, _name(self.focus), path, _name(self.value), self.component, self.severity


def validate(engine: str, data: Iterable[Triple], shapes: Iterable[Triple]) -> list[Result]:
    """Return what breaks a shape, in no order.

    Args:
        engine: One of `ENGINES`.
        data: With the ontology: a target class needs to know of its subclasses.

    Raises:
        EngineFailure: the engine could not do its work.
    """
    run = _with_turbo if engine == "turbo" else _with_pyshacl
    try:
        report = run(data, shapes)
    except Exception as error:  # an engine may raise anything: rdflib's, its own, a panic's
        reason = str(error).strip().splitlines()[:1] or [type(error).__name__]
        raise EngineFailure(f"The SHACL engine {engine} failed: {reason[0]}") from error
    return list(_results(report))


def _results(report: rdflib.Graph) -> Iterator[Result]:
    details = set(report.objects(None, SH.detail))  # they belong to another result
    for node in report.subjects(RDF.type, SH.ValidationResult):
        if node in details:
            continue
        value = report.value(node, SH.value)
        texts = sorted(report.objects(node, SH.resultMessage), key=str)
        yield Result(
            focus=_term(report.value(node, SH.focusNode)),
            path=tuple(_steps(report, report.value(node, SH.resultPath))),
            value=None if value is None else _term(value),
            rule=str(report.value(node, SH.sourceShape)),
            severity=str(report.value(node, SH.resultSeverity)).removeprefix(SHACL),
            component=str(report.value(node, SH.sourceConstraintComponent)),
            messages={getattr(text, "language", None) or "": str(text) for text in texts},
        )


def _with_turbo(data: Iterable[Triple], shapes: Iterable[Triple]) -> rdflib.Graph:
    """Validate with pyshacl-turbo, which passes all tests of the W3C suite."""
    import pyshacl_turbo

    try:
        # Not promised by the package, and three times cheaper than graphs.
        from pyshacl_turbo import Input  # type: ignore[attr-defined]
    except ImportError:
        graphs = _graph(data), _graph(shapes)
    else:
        graphs = tuple(  # type: ignore[assignment]
            Input(_ntriples(part), "nt", None, {}, preserve_ids=True) for part in (data, shapes)
        )
    _, report, _ = pyshacl_turbo.validate(graphs[0], shacl_graph=graphs[1])
    return cast(rdflib.Graph, report)


def _with_pyshacl(data: Iterable[Triple], shapes: Iterable[Triple]) -> rdflib.Graph:
    """Validate with pySHACL, the reference."""
    import pyshacl

    _, report, _ = pyshacl.validate(_graph(data), shacl_graph=_graph(shapes), inplace=True)
    return cast(rdflib.Graph, report)


def _ntriples(triples: Iterable[Triple]) -> str:
    return pyoxigraph.serialize(triples, format=RdfFormat.N_TRIPLES).decode()  # type: ignore[union-attr]


def _graph(triples: Iterable[Triple]) -> rdflib.Graph:
    """Return an rdflib graph whose blank nodes keep their labels."""
    graph = rdflib.Graph()
    for triple in triples:
        graph.add(tuple(_rdflib(part) for part in triple))  # type: ignore[arg-type]
    return graph


def _rdflib(term: object) -> rdflib.term.Node:
    if isinstance(term, Literal):
        # RDF 1.1 has one kind of plain string, rdflib two: name the datatype of others only.
        kind = None if term.datatype.value.endswith(("#string", "#langString")) else term.datatype
        return rdflib.Literal(term.value, lang=term.language, datatype=kind and kind.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    return rdflib.URIRef(cast(NamedNode, term).value)


def _term(node: object) -> Node:
    if isinstance(node, rdflib.Literal):
        kind = NamedNode(str(node.datatype)) if node.datatype and not node.language else None
        return Literal(str(node), datatype=kind, language=node.language)
    return BlankNode(str(node)) if isinstance(node, rdflib.BNode) else NamedNode(str(node))


def _name(node: Node | None) -> str:
    return "_" if isinstance(node, BlankNode) else "" if node is None else str(node)


def _steps(report: rdflib.Graph, path: object) -> Iterator[NamedNode]:
    """Yield the properties of a path, which is a property or a tree of lists and operators."""
    if isinstance(path, rdflib.URIRef):
        if path != RDF.nil:
            yield NamedNode(str(path))
    elif isinstance(path, rdflib.BNode):
        for _, value in report.predicate_objects(path):
            yield from _steps(report, value)
