"""What a request says of itself: language, day, the IRI in its path."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from flask import Request

from kgserver.errors import NotFound, ParameterError

_ENCODED = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")


def reader_language(request: Request, languages: Sequence[str]) -> str:
    """Return the language of the page: `lang=`, else what the browser likes best, else the first.

    Raises:
        ParameterError: `lang` names a language that the graph has not.
    """
    asked = request.args.get("lang")
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
    values = request.args.getlist(name)
    if len(values) > 1:
        raise ParameterError(
            f"`{name}` is given {len(values)} times", where=name, hint="Give it once"
        )
    return values[0] if values and values[0] else None


def iri_path(request: Request, root: str) -> str:
    """Return the request's path below `root` as the end of an IRI.

    Letters beyond ASCII are decoded, as IRIs write them; what is escaped in ASCII (`%2F`) stays,
    for it is another IRI than the unescaped one (RFC 3987, section 3.2).

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
    return re.sub(r"%[0-9a-f]{2}", lambda code: code[0].upper(), path).removeprefix(root)
