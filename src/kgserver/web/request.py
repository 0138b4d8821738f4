"""What a request says of itself: parameters, language, the IRI in its path."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from string import ascii_letters, digits
from urllib.parse import parse_qsl, unquote_to_bytes

from flask import Request

from kgserver.errors import NotFound, ParameterError
from kgserver.near import quoted

__all__ = [
    "Values",
    "form_values",
    "iri_path",
    "one",
    "one_of",
    "only",
    "reader_language",
    "refuse_unknown",
]

Values = dict[str, list[str]]
"""The values of each parameter that was sent, in their order."""

_ENCODED = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = {f"%{ord(char):02X}": char for char in f"{ascii_letters}{digits}-._~"}
"""Escapes that mean the same as what they stand for (RFC 3986, section 2.3)."""

FIELDS = 500
"""Parameters that one request may have."""


def form_values(raw: bytes, where: str) -> Values:
    """Return the names and values of an address's query part, or of a form sent as a body.

    Flask would put a replacement character where a byte is no UTF-8, and so answer another
    question than the one that was asked.

    Raises:
        ParameterError: the bytes are not UTF-8, or there are too many parameters.
    """
    values: Values = {}
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS
        )
    except UnicodeDecodeError:
        raise ParameterError("Not UTF-8", where=where, hint="Send UTF-8") from None
    except ValueError:
        raise ParameterError(
            f"There are more than {FIELDS} parameters", where=where, hint="Send fewer"
        ) from None
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def reader_language(request: Request, languages: Sequence[str]) -> str:
    """Return the language of the page: `lang=`, else what the browser likes best, else the first.

    Raises:
        ParameterError: `lang` is there twice, or names a language that the graph has not.
    """
    asked = one(request, "lang")
    if asked is None:
        return request.accept_languages.best_match(languages, languages[0]) or languages[0]
    if asked not in languages:
        raise ParameterError(
            f"`{asked}` is no language of this graph",
            where="lang",
            hint=f"Give one of {', '.join(languages)}",
        )
    return asked


def one(request: Request, name: str) -> str | None:
    """Return the one value of a parameter, None where it is absent or empty.

    Raises:
        ParameterError: the parameter is given twice.
    """
    return one_of({name: request.args.getlist(name)}, name)


def one_of(values: Values, name: str) -> str | None:
    """Return the one value of a parameter among those read, None where it is absent or empty.

    Raises:
        ParameterError: the parameter is given twice.
    """
    return (only(values, name) or None) if values.get(name) else None


def only(values: Values, name: str) -> str:
    """Return the one value of a parameter that is there; it may be empty.

    Raises:
        ParameterError: the parameter is given twice.
    """
    if len(values[name]) != 1:
        raise ParameterError(
            f"`{name}` is given {len(values[name])} times", where=name, hint="Give it once"
        )
    return values[name][0]


def refuse_unknown(values: Values, known: Collection[str]) -> None:
    """Refuse parameters of other names than the known ones.

    Raises:
        ParameterError: there are such; the hint lists what is known.
    """
    if odd := sorted(values.keys() - known):
        raise ParameterError(
            f"There is no parameter {quoted(odd[0])}",
            where="address",
            hint=f"Known: {', '.join(sorted(known))}",
        )


def iri_path(request: Request) -> str:
    """Return the request's path below the application's root as the end of an IRI.

    Letters beyond ASCII are decoded, as IRIs write them; what else is escaped (`%2F`) stays, for
    it is another IRI than the unescaped one (RFC 3987, section 3.2).

    Raises:
        NotFound: the path is not UTF-8.
    """
    raw = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI") or request.path
    path = re.sub(r"^https?://[^/]*", "", raw.split("?", 1)[0].split("#", 1)[0])
    try:
        if not path.isascii() and max(path) <= "\xff":
            path = path.encode("latin-1").decode("utf-8")  # raw bytes, as WSGI hands them on
        path = _ENCODED.sub(lambda run: unquote_to_bytes(run[0]).decode("utf-8"), path)
    except UnicodeDecodeError:
        raise NotFound("The address is not UTF-8", where=request.path) from None
    path = _ESCAPE.sub(lambda code: _UNRESERVED.get(code[0].upper(), code[0].upper()), path)
    return path.removeprefix(request.script_root + "/")
