"""Is a shapes graph one that an engine will obey?

Engines ignore much of what they do not understand: a misspelt term, a query that does not parse, a
pattern that is none. A rule ignored is worse than no rule, so all of it is looked for first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
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
from kgserver.engine.question import Dataset, Question
from kgserver.engine.reply import read_reply, request_of
from kgserver.engine.worker import Engine
from kgserver.errors import KgError
from kgserver.terms import SH, TYPE, shorten

__all__ = ["Fault", "blamed", "faults"]

ROOM: Final = 1 << 20
"""Bytes for the answer of a query that is asked of nothing."""
NO_PATH: Final = "its sh:path is neither a property nor a path (SHACL, section 2.3.1)"
NO_SHAPE: Final = "it is neither a node shape nor a property shape (SHACL, section 2)"
PREFIX_OF: Final = (SH + "prefixes", SH + "declare", SH + "prefix", SH + "namespace")


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong with a shape."""

    shape: str
    """The IRI of the shape, or of the named one that holds it."""
    reason: str
    node: str
    """The IRI or label of what is at fault, which may be a nameless part of the shape."""


def faults(shapes: Iterable[Triple], engine: str) -> list[Fault]:
    """Return what is wrong with shapes; empty if an engine will understand all of them.

    Source: Shapes Constraint Language (SHACL), sections 2 to 5 and appendix C.
    """
    triples = list(shapes)
    owners = blamed(triples)
    found = [*_unknown(triples), *_queries(triples), *_patterns(triples), *_paths(triples)]
    blamed_ones = {owners.get(node, node) for node, _ in found}
    # The standard's shapes tell of a shape, too, that a part of it is wrong.
    judged = list(_syntax(triples, engine))
    blamed_ones |= {owners.get(node, node) for node, reason in judged if reason != NO_SHAPE}
    found += [
        (node, reason)
        for node, reason in judged
        if reason != NO_SHAPE or owners.get(node, node) not in blamed_ones
    ]
    return sorted({Fault(owners.get(node, node), reason, node) for node, reason in found})


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
            if wrong := _misread(query, declared):
                yield node, f"its {shorten(path)} is not SPARQL: {wrong}"


def _misread(query: str, prefixes: dict[str, str]) -> str | None:
    """Return what is wrong with a query, with line and column of its text; None if nothing."""
    try:
        Store().query(query, prefixes=prefixes)
    except SyntaxError:
        return _told(query, prefixes)
    except ValueError as error:  # a prefix that is none
        return str(error).partition("\n")[0]
    return None


def _told(query: str, prefixes: Mapping[str, str]) -> str:
    """Return in the words of the endpoint why a text is no query."""
    # Declared on a line of their own, so that the lines of the query need but one step back.
    declared = " ".join(f"PREFIX {name}: <{space}>" for name, space in prefixes.items())
    question = Question(query, Dataset())
    engine = Engine(Store(), max_bytes=ROOM, max_rows=ROOM)
    header, body = engine.answer(request_of(question), f"{declared}\n{query}")
    if isinstance(line := header.get("line"), int):
        header["line"] = max(1, line - 1)
    try:
        read_reply(header, body, question, max_bytes=ROOM, max_rows=ROOM)
    except KgError as error:
        return " ".join(f"{error.where or ''}: {error.message}".strip(": ").split())
    return "it does not parse"


def _paths(triples: Iterable[Triple]) -> Iterator[tuple[str, str]]:
    """Look for property shapes that have not exactly one path (SHACL, section 2.3)."""
    paths: defaultdict[str, set[object]] = defaultdict(set)
    wanted: dict[str, None] = {}
    barred: dict[str, None] = {}
    for triple in triples:
        path, value = triple.predicate.value, triple.object
        if path == SH + "path":
            paths[_label(triple.subject)].add(value)
            if isinstance(value, Literal):
                yield _label(triple.subject), NO_PATH
        elif path == SH + "property" and not isinstance(value, Literal):
            wanted[_label(value)] = None
        elif triple.predicate == TYPE and value == NamedNode(SH + "PropertyShape"):
            wanted[_label(triple.subject)] = None
        elif triple.predicate == TYPE and value == NamedNode(SH + "NodeShape"):
            barred[_label(triple.subject)] = None
    for node in wanted:
        if not paths[node]:
            yield node, "a property shape of it has no sh:path; name the property with sh:path"
        elif len(paths[node]) > 1:
            yield node, f"a property shape of it has {len(paths[node])} sh:path; keep one"
    for node in barred:
        if paths[node] and node not in wanted:
            yield node, "a node shape has a sh:path; call it a sh:PropertyShape"


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
        if path == "sh:path" and component in ("MinCount", "MaxCount"):
            continue  # told by `_paths`
        wrong = "its {path} is not as SHACL wants it ({component})"
        if path == "sh:path":
            wrong = NO_PATH
        yield (
            _label(result.focus),
            wrong.format(path=path, component=component) if path else NO_SHAPE,
        )
