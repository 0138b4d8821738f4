"""Media types of answers, and the choice among them. Pure functions.

A format has a short name (`?format=`, `--format`), one media type of its own and perhaps others
under which it may be asked for. Writing itself is the engine's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from kgserver.errors import NotAcceptable, ParameterError
from kgserver.near import did_you_mean, quoted

__all__ = [
    "GRAPHS",
    "SOLUTIONS",
    "Format",
    "by_media_type",
    "by_name",
    "liked",
    "negotiate",
    "offers",
]


@dataclass(frozen=True)
class Format:
    """A way to write an answer.

    Args:
        name: What people type; also the suffix of a file.
        media_type: What the answer is called when nobody asked for another name.
        also: Media types that mean the same to those who ask for them.
    """

    name: str
    media_type: str
    also: tuple[str, ...] = ()


_KEPT_LENGTH: Final = 500

SOLUTIONS: Final = (
    Format("json", "application/sparql-results+json", ("application/json",)),
    Format("xml", "application/sparql-results+xml", ("application/xml", "text/xml")),
    Format("csv", "text/csv"),
    Format("tsv", "text/tab-separated-values"),
)
"""Formats of SELECT and ASK, the default first."""

GRAPHS: Final = (
    Format("ttl", "text/turtle"),
    Format("nt", "application/n-triples", ("text/plain",)),
    Format("jsonld", "application/ld+json"),
    Format("rdf", "application/rdf+xml"),
)
"""Formats of CONSTRUCT and DESCRIBE, the default first."""


def by_name(name: str, formats: Sequence[Format]) -> Format:
    """Return the format of that short name.

    Raises:
        ParameterError: there is none; the hint names those that there are.
    """
    for format_ in formats:
        if format_.name == name:
            return format_
    raise ParameterError(
        f"No format {quoted(name)} for this kind of answer",
        where="format",
        hint=did_you_mean(name, [format_.name for format_ in formats]),
    )


def by_media_type(media_type: str, formats: Sequence[Format]) -> Format | None:
    """Return the format that goes by that media type (parameters do not count), if any.

    >>> by_media_type("text/csv; charset=utf-8", SOLUTIONS).name
    'csv'
    """
    bare = media_type.partition(";")[0].strip().lower()
    for format_ in formats:
        if bare == format_.media_type or bare in format_.also:
            return format_
    return None


def offers(formats: Sequence[Format]) -> tuple[str, ...]:
    """Return the media types to negotiate over: own names first, so that wildcards get those."""
    return _offers(tuple(formats))


@lru_cache(maxsize=64)
def _offers(formats: tuple[Format, ...]) -> tuple[str, ...]:
    return tuple(f.media_type for f in formats) + tuple(also for f in formats for also in f.also)


def negotiate(accept: str | None, offered: Sequence[str]) -> str:
    """Return the offer that an Accept header likes best.

    For each offer the most specific range that covers it gives the weight. The greatest weight
    wins; among equals the one asked for by the more specific range, then the earlier offer. No
    header, or an empty one, accepts everything. Elements that are not well-formed are passed
    over. `charset=utf-8` in a range is always met, as every answer is UTF-8.

    Raises:
        NotAcceptable: every offer has weight 0 or is covered by no range; the hint lists them.

    Source: RFC 9110, section 12.5.1.

    >>> negotiate("text/*;q=0.5, text/html;q=0", ("text/html", "text/csv"))
    'text/csv'
    """
    chosen = liked(accept, offered)
    if chosen is None:
        raise NotAcceptable(
            f"Nothing here can be written as {quoted(str(accept).strip(), 200)}",
            where="Accept",
            hint=f"There are {', '.join(offered)}",
        )
    return chosen


def liked(accept: str | None, offered: Sequence[str]) -> str | None:
    """Return the offer that an Accept header likes best, as `negotiate` does; None: none."""
    if accept is None or not accept.strip():
        return offered[0]
    # Clients send the same few headers again and again; a long one is not worth keeping.
    choose = _negotiated if len(accept) <= _KEPT_LENGTH else _negotiated.__wrapped__
    return choose(accept, tuple(offered))


@lru_cache(maxsize=256)
def _negotiated(accept: str, offered: tuple[str, ...]) -> str | None:
    ranges = list(_ranges(accept))
    best: tuple[float, int] = (0.0, 0)
    chosen: str | None = None
    for offer in offered:
        kind, parameters = _media_type(offer)
        covering = [r for r in ranges if r.covers(kind, parameters)]
        if not covering:
            continue
        rank = max(r.specificity for r in covering)
        weight = max(r.weight for r in covering if r.specificity == rank)
        if weight > 0 and (weight, rank) > best:
            best, chosen = (weight, rank), offer
    return chosen


@dataclass(frozen=True)
class _Range:
    """One element of an Accept header."""

    kind: str
    parameters: Mapping[str, str]
    weight: float

    @property
    def specificity(self) -> int:
        if self.kind == "*/*":
            return 0
        return 1 if self.kind.endswith("/*") else 2 + len(self.parameters)

    def covers(self, kind: str, parameters: Mapping[str, str]) -> bool:
        if self.kind == "*/*":
            return True
        if self.kind.endswith("/*"):
            return kind.startswith(self.kind[:-1])
        return kind == self.kind and self.parameters.items() <= parameters.items()


# A quoted string may hold commas and semicolons, so these two cut only outside of quotes.
# Possessive, as a header is whatever a client sends and must be read in linear time.
_QUOTED: Final = r'"(?:[^"\\]|\\.)*+(?:"|$)'
_ELEMENT: Final = re.compile(rf'(?:[^,"]|{_QUOTED})++')
_PIECE: Final = re.compile(rf'(?:[^;"]|{_QUOTED})++')
_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_KIND: Final = re.compile(rf"{_TOKEN}/{_TOKEN}")
# RFC 9110 wants a digit before the point; old Java clients send `q=.2`.
_WEIGHT: Final = re.compile(r"(?:0(?:\.[0-9]*)?|\.[0-9]+|1(?:\.0*)?)")


def _ranges(accept: str) -> Iterator[_Range]:
    for element in _ELEMENT.findall(accept):
        kind, parameters = _media_type(element)
        # A lone `*` is what the same clients send for `*/*`.
        kind = "*/*" if kind == "*" else kind
        weight = parameters.pop("q", "1")
        if parameters.get("charset", "").lower() in ("utf-8", "utf8"):
            del parameters["charset"]
        if _KIND.fullmatch(kind) and _WEIGHT.fullmatch(weight):
            yield _Range(kind, parameters, float(weight))


def _media_type(text: str) -> tuple[str, dict[str, str]]:
    """Take `type/subtype; name=value` apart; names become lower case, quotes go."""
    kind, *pieces = _PIECE.findall(text) or [""]
    parameters = {}
    for piece in pieces:
        name, _, value = piece.partition("=")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        if name.strip():
            parameters[name.strip().lower()] = value
    return kind.strip().lower(), parameters
