"""The two SHACL engines behind one call: triples in, results out.

They read what pyoxigraph read, and nothing that another parser made of it: pyshacl-turbo takes
N-Triples, pySHACL a graph of the same terms.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar, cast

import pyoxigraph
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple
from rdflib.namespace import RDF, SH

from kgserver.check.messages import Messages
from kgserver.errors import EngineFailure
from kgserver.terms import SH as SHACL

__all__ = ["ENGINES", "Node", "Result", "Validator", "validator"]

Node: TypeAlias = NamedNode | BlankNode | Literal

# A date that does not exist is what a rule finds, and no reason for a traceback in the log.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)

T = TypeVar("T")
Run: TypeAlias = Callable[[Iterable[Triple]], rdflib.Graph]

ENGINES: Final = ("turbo", "pyshacl")
"""The faster first; the other is the reference."""


@dataclass(frozen=True)
class Result:
    """One thing that breaks one rule."""

    focus: Node
    path: tuple[NamedNode, ...]
    """The property; of a path of several its properties, by name; empty for a node shape."""
    value: Node | None
    rule: str
    """The IRI of the shape; for a nameless shape, that of the named one that holds it."""
    severity: str
    """`Violation`, `Warning`, `Info`, or the IRI of a severity of the shapes' own."""
    component: str
    messages: Mapping[str, str]
    """By language, as the shapes have them; one without a language stands under the empty name."""

    def key(self) -> tuple[str, ...]:
        """Return what two engines must agree on; labels of blank nodes are left out."""
        path = " ".join(sorted(step.value for step in self.path))
        return self.rule, _name(self.focus), path, _name(self.value), self.component, self.severity


Validator: TypeAlias = Callable[[Iterable[Triple]], list[Result]]


def validator(engine: str, shapes: Iterable[Triple]) -> Validator:
    """Return a function that tells, in no order, what in given triples breaks these shapes.

    The triples are the data with the ontology: a target class needs to know of its subclasses.

    Args:
        engine: One of `ENGINES`.

    Raises:
        EngineFailure: the engine could not do its work; from here and from the function.
    """
    start = _turbo if engine == "turbo" else _pyshacl
    rules = list(shapes)
    run = _guarded(engine, lambda: start(rules))
    messages = Messages(rules)

    def validate(data: Iterable[Triple]) -> list[Result]:
        return list(_results(_guarded(engine, lambda: run(data)), messages))

    return validate


def _guarded(engine: str, work: Callable[[], T]) -> T:
    try:
        return work()
    except Exception as error:  # an engine may raise anything: rdflib's, its own, a panic's
        reason = str(error).strip().splitlines()[:1] or [type(error).__name__]
        raise EngineFailure(f"The SHACL engine {engine} failed: {reason[0]}") from error


def _results(report: rdflib.Graph, messages: Messages) -> Iterator[Result]:
    details = set(report.objects(None, SH.detail))  # they belong to another result
    for node in report.subjects(RDF.type, SH.ValidationResult):
        if node in details:
            continue
        value = report.value(node, SH.value)
        yield Result(
            focus=_term(report.value(node, SH.focusNode)),
            path=tuple(sorted(set(_steps(report, report.value(node, SH.resultPath))), key=str)),
            value=None if value is None else _term(value),
            rule=str(report.value(node, SH.sourceShape)),
            severity=str(report.value(node, SH.resultSeverity)).removeprefix(SHACL),
            component=str(report.value(node, SH.sourceConstraintComponent)),
            messages=_messages(report, node, messages),
        )


def _messages(report: rdflib.Graph, result: rdflib.term.Node, messages: Messages) -> dict[str, str]:
    texts = sorted(report.objects(result, SH.resultMessage), key=str)
    named = {"this": SH.focusNode, "value": SH.value}
    values = {name: report.value(result, path) for name, path in named.items()}
    sources = (report.value(result, path) for path in (SH.sourceConstraint, SH.sourceShape))
    return messages.told(
        [str(node) for node in sources if node is not None],
        {getattr(text, "language", None) or "": str(text) for text in texts},
        map(str, texts),
        {name: str(value) for name, value in values.items() if value is not None},
    )


def _turbo(shapes: list[Triple]) -> Run:
    """Start pyshacl-turbo, which passes all tests of the W3C suite; shapes are compiled once."""
    import pyshacl_turbo

    try:
        # Not promised by the package, and three times cheaper than graphs.
        from pyshacl_turbo import Input  # type: ignore[attr-defined]
    except ImportError:
        give: Callable[[Iterable[Triple]], object] = _graph
    else:

        def give(triples: Iterable[Triple]) -> object:
            return Input(_ntriples(triples), "nt", None, {}, preserve_ids=True)

    program = pyshacl_turbo.compile_shapes(give(shapes))  # type: ignore[no-untyped-call]
    return lambda data: cast(rdflib.Graph, program.validate(give(data))[1])


def _pyshacl(shapes: list[Triple]) -> Run:
    """Start pySHACL, the reference."""
    import pyshacl

    graph = _graph(shapes)
    return lambda data: cast(
        rdflib.Graph, pyshacl.validate(_graph(data), shacl_graph=graph, inplace=True)[1]
    )


def _ntriples(triples: Iterable[Triple]) -> str:
    return cast(bytes, pyoxigraph.serialize(triples, format=RdfFormat.N_TRIPLES)).decode()


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
