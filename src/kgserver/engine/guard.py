"""What is let through to an engine, and what can be read off a query without an engine.

The engine cannot be stopped from within, dies of deep nesting, and follows SERVICE to any
address. So a text is looked at before: how large, how deep, which keywords. The engine reads
keywords without asking for a space behind them (`SERVICEex:p`, `trueSERVICE<…>`) and may take
`<` for "less than" where the grammar has an IRI; the guard refuses whatever *any* such reading
could take for a call of another server. It is no parser: what passes may still be wrong SPARQL.

Source: SPARQL 1.1 Query Language, sections 13.2 and 19; SPARQL 1.1 Federated Query.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from kgserver.engine.head import Head
from kgserver.engine.lexer import Token, decode_escapes, place, tokens
from kgserver.errors import QueryRefused, QuerySyntaxError, QueryTooComplex
from kgserver.near import quoted

__all__ = ["LIMITS", "Inspection", "Limits", "inspect", "is_volatile", "query_form"]


@dataclass(frozen=True)
class Limits:
    """How much of a query is let through.

    Args:
        size: Bytes of the text in UTF-8.
        tokens: Words, names, strings and marks.
        depth: Brackets of any kind open at once.
        chain: Operators of one kind; graph patterns (UNION, OPTIONAL, …) count as one kind.
        iri: Characters of one IRI.
    """

    size: int = 256 * 1024
    tokens: int = 20_000
    depth: int = 64
    chain: int = 2_000
    iri: int = 4_096


LIMITS: Final = Limits()


@dataclass(frozen=True)
class Inspection:
    """What a query says about itself.

    Args:
        form: SELECT, ASK, CONSTRUCT or DESCRIBE.
        default_graphs: IRIs of its FROM clauses, resolved, each once, in order.
        named_graphs: The same of FROM NAMED.
        volatile: Whether the same question can have another answer a moment later (NOW, RAND,
            UUID, STRUUID, BNODE); in doubt true.
    """

    form: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    volatile: bool = False


# fmt: off
_UPDATES: Final = frozenset({
    "ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MOVE", "WITH",
})
_PATTERNS: Final = frozenset({
    "AS", "EXISTS", "FILTER", "GRAPH", "HAVING", "LATERAL", "MINUS", "OPTIONAL", "SELECT",
    "UNION", "VALUES",
})
# fmt: on
_OPERATORS: Final = frozenset({"||", "&&", *"+-*/!|^.;,"})
_VOLATILE: Final = ("NOW", "RAND", "UUID", "BNODE")
_SERVICE: Final = re.compile("service", re.IGNORECASE)
_LOAD: Final = re.compile("load", re.IGNORECASE)
_FULL_IRI: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*://")


def inspect(text: str, limits: Limits = LIMITS) -> Inspection:
    """Let a query through and return what it says of itself.

    Raises:
        QueryTooComplex: it is larger, deeper or longer than the limits.
        QueryRefused: it updates, or it calls another server (SERVICE, LOAD).
        QuerySyntaxError: it is no query, has a prefix that it does not declare, or a string or
            declaration that is not well-formed.
    """
    _check_size(text, limits)
    read = _read(text, limits)
    _check_shape(text, read, limits)
    head = Head(text, read)
    if head.word in _UPDATES:
        raise QueryRefused(
            f"`{head.word}` is an update, and nothing is written here",
            where=place(text, head.start),
            hint="The data change by their files; ask with SELECT, ASK, CONSTRUCT or DESCRIBE",
        )
    _refuse_calls(text, read, head.prefixes)
    if "\\" in text and (decoded := decode_escapes(text)) != text:
        # An engine that decodes escapes before it parses (SPARQL 1.1, 19.2) reads another text.
        _refuse_calls(decoded, list(_until_fault(decoded)), head.prefixes)
    form = head.form
    head.check_prefixes()
    return Inspection(form, *head.dataset(), volatile=_is_volatile(head.body))


def is_volatile(text: str) -> bool:
    """Tell whether the same query can have another answer a moment later, without judging it.

    Raises:
        QuerySyntaxError: it does not begin as a query does.
    """
    return _is_volatile(Head(text, list(tokens(text))).body)


def query_form(text: str) -> str:
    """Return the form of a query (SELECT, …) without judging it otherwise.

    Raises:
        QuerySyntaxError: it does not begin as a query does.
    """
    return Head(text, list(tokens(text))).form


def _check_size(text: str, limits: Limits) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise QuerySyntaxError(
            "Half of a surrogate pair is no character", where=place(text, error.start)
        ) from None
    if size > limits.size:
        raise QueryTooComplex(
            f"The query has {size:,} bytes; {limits.size:,} are let through",
            hint="Ask in parts, or use a named query with parameters",
        )


def _read(text: str, limits: Limits) -> list[Token]:
    read: list[Token] = []
    for token in tokens(text):
        if len(read) == limits.tokens:
            raise QueryTooComplex(
                f"The query has more than {limits.tokens:,} words, names and marks",
                where=place(text, token.start),
                hint="Ask in parts, or use a named query with parameters",
            )
        read.append(token)
    return read


def _until_fault(text: str) -> Iterator[Token]:
    """Yield the tokens before the first fault: no engine evaluates a text that has one."""
    with suppress(QuerySyntaxError):
        yield from tokens(text)


def _check_shape(text: str, read: Sequence[Token], limits: Limits) -> None:
    """Refuse what would make the engine recurse too deep: nesting, and chains of operators."""
    depth = 0
    counts: Counter[str] = Counter()
    for token in read:
        if token.kind == "mark":
            depth = max(0, depth + (token.text in "{([") - (token.text in "})]"))
            if token.text in _OPERATORS:
                counts[f"operators `{token.text}`"] += 1
        elif token.kind == "word" and token.text.upper() in _PATTERNS:
            counts["graph patterns"] += 1
        elif token.kind == "iri" and len(token.text) > limits.iri:
            raise QueryTooComplex(
                f"The IRI is longer than {limits.iri:,} characters", where=place(text, token.start)
            )
        if depth > limits.depth:
            raise QueryTooComplex(
                f"Brackets are nested deeper than {limits.depth}", where=place(text, token.start)
            )
    for kind, count in counts.items():
        if count > limits.chain:
            raise QueryTooComplex(
                f"The query has {count:,} {kind}; {limits.chain:,} are let through",
                hint="Many values of one variable go into `VALUES ?x { … }`",
            )


def _refuse_calls(text: str, read: Sequence[Token], prefixes: Mapping[str, str]) -> None:
    """Refuse LOAD, SERVICE, and what an engine could take for SERVICE."""
    speaks_of_service = _SERVICE.search(text) is not None
    if not speaks_of_service and _LOAD.search(text) is None:
        return
    for index, token in enumerate(read):
        word = token.text.upper()
        if token.kind == "word" and (word == "LOAD" or "SERVICE" in word):
            message = f"{quoted(token.text)} calls another server, which this endpoint never does"
            hint = "Ask each endpoint by itself and join the answers"
        elif token.kind == "name" and _hides_service(read, index, prefixes):
            message = (
                f"{quoted(token.text)} directly before `{{` can be read as the keyword SERVICE"
            )
            hint = "Put a full stop before the bracket, or give the prefix another name"
        elif token.kind == "iri" and speaks_of_service and _is_ambiguous(token.text):
            message = f"{quoted(token.text)} can be read as a comparison that hides a SERVICE"
            hint = "Write the IRI in full (https://…), and spaces around a `<`"
        else:
            continue
        raise QueryRefused(message, where=place(text, token.start), hint=hint)


def _hides_service(read: Sequence[Token], index: int, prefixes: Mapping[str, str]) -> bool:
    """Whether a prefixed name before a group could be SERVICE run together with another name."""
    if index + 1 == len(read) or read[index + 1].text != "{":
        return False
    if index and read[index - 1].text.upper() in ("GRAPH", "FROM", "NAMED", "DESCRIBE"):
        return False
    prefix = read[index].text.partition(":")[0]
    rests = [prefix[found.end() :] for found in _SERVICE.finditer(prefix)]
    rests += [rest[len("silent") :] for rest in rests if rest.lower().startswith("silent")]
    return any(rest in prefixes for rest in rests)


def _is_ambiguous(iri: str) -> bool:
    """Whether `<…>` could also be "less than" and then something that opens a string or comment.

    Not with `scheme://` in front: no operand of a comparison begins so.
    """
    return _FULL_IRI.match(iri) is None and ("#" in iri or "'" in iri)


def _is_volatile(body: Sequence[Token]) -> bool:
    return any(
        token.kind == "word"
        # The engine may read `BYRAND()` as `BY RAND()`, so the end of a word decides.
        and token.text.upper().endswith(_VOLATILE)
        and following.text == "("
        for token, following in pairwise(body)
    )
