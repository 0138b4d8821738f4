"""The head of a query: its prologue, its form, and the graphs that it names.

Source: SPARQL 1.1 Query Language, sections 4.1 (IRIs), 13.2 (datasets) and 16 (forms).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urljoin

from kgserver.engine.lexer import Token, decode_escapes, place
from kgserver.errors import QuerySyntaxError
from kgserver.near import quoted
from kgserver.terms import PREFIXES

__all__ = ["FORMS", "Head"]

FORMS: Final = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")

_DECLARATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "BASE": ("iri",),
    "PREFIX": ("name", "iri"),
    "VERSION": ("string",),
}
"""The declarations of a prologue and the kinds of token behind each keyword."""


class Head:
    """The prologue of a query, read, and the word behind it.

    Args:
        text: The query, for the places in error messages.
        tokens: The same, read.

    Raises:
        QuerySyntaxError: a declaration is not well-formed, or nothing follows the prologue.
    """

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self._text = text
        self._base = ""
        self.prefixes: dict[str, str] = {}
        end = 0
        while end < len(tokens) and tokens[end].text.upper() in _DECLARATIONS:
            end += self._declare(tokens[end:])
        if end == len(tokens):
            raise QuerySyntaxError(
                "The query ends after its prologue" if tokens else "The query is empty",
                where=place(text, len(text)),
                hint=f"A query begins with {', '.join(FORMS)}",
            )
        first = tokens[end]
        self.start = first.start
        self.word = first.text.upper() if first.kind == "word" else first.text
        self.body = tokens[end + 1 :]

    @property
    def form(self) -> str:
        """SELECT, ASK, CONSTRUCT or DESCRIBE.

        Raises:
            QuerySyntaxError: the query begins with none of them.
        """
        if self.word not in FORMS:
            raise QuerySyntaxError(
                f"A query begins with {', '.join(FORMS)}, not with {quoted(self.word)}",
                where=place(self._text, self.start),
            )
        return self.word

    def check_prefixes(self) -> None:
        """Check that each prefix in the body is declared.

        Raises:
            QuerySyntaxError: one is not; the hint gives the line to add.
        """
        for token in self.body:
            prefix = token.text.partition(":")[0]
            if token.kind == "name" and prefix not in self.prefixes:
                raise QuerySyntaxError(
                    f"The prefix {quoted(prefix + ':')} is not declared",
                    where=place(self._text, token.start),
                    hint=f"Add `PREFIX {prefix}: <{PREFIXES.get(prefix, '…')}>` at the head",
                )

    def dataset(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the graphs of FROM and those of FROM NAMED, resolved, each once, in order."""
        default: dict[str, None] = {}
        named: dict[str, None] = {}
        depth = 0
        for index, token in enumerate(self.body):
            if token.kind == "mark":
                depth += (token.text in "{([") - (token.text in "})]")
            if depth == 0 and token.kind == "word" and token.text.upper() == "FROM":
                source, graphs = index + 1, default
                if source < len(self.body) and self.body[source].text.upper() == "NAMED":
                    source, graphs = index + 2, named
                if source < len(self.body) and self.body[source].kind in ("iri", "name"):
                    graphs[self._iri(self.body[source])] = None
        return tuple(default), tuple(named)

    def _declare(self, tokens: Sequence[Token]) -> int:
        """Take in one declaration and return how many tokens it has."""
        keyword = tokens[0].text.upper()
        parts = tokens[1 : 1 + len(_DECLARATIONS[keyword])]
        if tuple(part.kind for part in parts) != _DECLARATIONS[keyword]:
            raise QuerySyntaxError(
                f"This is no {keyword} declaration",
                where=place(self._text, tokens[0].start),
                hint="Write `PREFIX name: <IRI>` or `BASE <IRI>`",
            )
        if keyword == "BASE":
            self._base = self._iri(parts[0])
        elif keyword == "PREFIX":
            self.prefixes[parts[0].text[:-1]] = self._iri(parts[1])
        return 1 + len(parts)

    def _iri(self, token: Token) -> str:
        if token.kind == "name":
            prefix, _, local = token.text.partition(":")
            return self.prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)
        iri = decode_escapes(token.text[1:-1])
        return urljoin(self._base, iri) if self._base else iri
