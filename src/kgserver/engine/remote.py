"""Asks an endpoint elsewhere, by the SPARQL protocol, as if it were the engine here.

What the endpoint says is checked before it is believed: status, media type, and that the answer
is whole (an engine that gives up half-way may have sent "200 OK" before).

Source: SPARQL 1.1 Protocol, section 2.1.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from typing import Final
from urllib.parse import urlencode, urlsplit

from kgserver.engine.guard import query_form
from kgserver.engine.question import NOBODY, Answer, Asker, Kind, Question
from kgserver.errors import NotAcceptable, ParameterError, RemoteError, ResultTooLarge
from kgserver.formats import GRAPHS, SOLUTIONS, Format, by_media_type, by_name
from kgserver.near import quoted

__all__ = ["Remote"]

_CHUNK: Final = 1 << 16
_ENDS: Final = {"json": (b"}",), "xml": (b">",), "jsonld": (b"]", b"}"), "rdf": (b">",)}
"""How a complete answer ends; the other formats cannot tell."""


class Remote:
    """An endpoint, known by its address.

    Args:
        url: The endpoint's address, http or https.
        query_seconds: Seconds for one question; the endpoint may need as long to begin an answer
            and as long again to finish it.
        result_bytes: Size of one answer.

    Raises:
        ParameterError: the address is not one of http or https.
    """

    def __init__(
        self, url: str, query_seconds: float = 60.0, result_bytes: int = 256 << 20
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ParameterError(
                f"{quoted(url, 200)} is no address of an endpoint",
                where="endpoint",
                hint="Give one such as https://example.org/sparql",
            )
        self._url = url
        self._query_seconds = query_seconds
        self._result_bytes = result_bytes

    def answer(self, question: Question, asker: Asker = NOBODY) -> Answer:
        """Ask the endpoint.

        The dataset's date is sent as `at`, if it has one; else its graphs are sent as
        `default-graph-uri` and `named-graph-uri`. A dataset with neither leaves the choice to
        the endpoint. What the query may do there is for the endpoint to judge.

        Raises:
            QuerySyntaxError: the text does not begin as a query does.
            NotAcceptable: the question names no format for its kind of answer.
            RemoteError: the endpoint is not there, refuses, fails, or answers in another way
                than asked; the message passes on what it says.
            ResultTooLarge: the answer is larger than the limit.
        """
        kind, wanted = _kind_and_format(question)
        request = urllib.request.Request(
            self._url,
            data=urlencode(_parameters(question)).encode(),
            headers={
                "Accept": ", ".join((wanted.media_type, *(f"{t};q=0.5" for t in wanted.also))),
                "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
                "User-Agent": "kgserver",
            },
        )
        seconds = min(self._query_seconds, question.timeout_s or self._query_seconds)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as response:
                media_type = response.headers.get("Content-Type", "")
                body = self._read(response, time.monotonic() + seconds)
        except urllib.error.HTTPError as error:
            with error:
                raise self._wrong(f"answered {error.code}: {_problem(error)}") from None
        except TimeoutError:
            raise self._wrong(f"did not answer within {seconds:g} s") from None
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise self._wrong(f"did not answer within {seconds:g} s") from None
            raise self._wrong(f"cannot be reached: {error.reason}") from None
        except (OSError, http.client.HTTPException) as error:
            raise self._wrong(f"broke off: {error}") from None
        if by_media_type(media_type, (wanted,)) is None:
            raise self._wrong(
                f"answered in {quoted(media_type)} where {wanted.media_type} was asked",
                hint="Is this the address of a SPARQL endpoint?",
            )
        if not body.rstrip().endswith(_ENDS.get(wanted.name, (b"",))):
            raise self._wrong("sent an answer that is not complete")
        return Answer(kind, wanted.name, body)

    def _read(self, response: http.client.HTTPResponse, deadline: float) -> bytes:
        body = bytearray()
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > self._result_bytes:
                raise ResultTooLarge(
                    f"The answer is larger than {self._result_bytes:,} bytes",
                    where=self._url,
                    hint="Ask in pages with ORDER BY, LIMIT and OFFSET",
                )
            if time.monotonic() > deadline:
                raise TimeoutError
        if response.length:
            raise http.client.IncompleteRead(bytes(body[-1:]), response.length)
        return bytes(body)

    def _wrong(self, what: str, hint: str | None = None) -> RemoteError:
        return RemoteError(f"The endpoint {what}", where=self._url, hint=hint)


def _kind_and_format(question: Question) -> tuple[Kind, Format]:
    form = query_form(question.text)
    graph = form in ("CONSTRUCT", "DESCRIBE")
    name = question.graph if graph else question.solutions
    if name is None:
        raise NotAcceptable(
            f"No format is given for the answer of {form}",
            where="format",
            hint=f"There are {', '.join(f.name for f in (GRAPHS if graph else SOLUTIONS))}",
        )
    kind: Kind = "graph" if graph else "ask" if form == "ASK" else "select"
    return kind, by_name(name, GRAPHS if graph else SOLUTIONS)


def _parameters(question: Question) -> list[tuple[str, str]]:
    dataset = question.dataset
    parameters = [("query", question.text)]
    if dataset.at is not None:
        return [*parameters, ("at", dataset.at)]
    parameters += [("default-graph-uri", iri) for iri in dataset.default]
    return parameters + [("named-graph-uri", iri) for iri in dataset.named]


def _problem(error: urllib.error.HTTPError) -> str:
    """Return what the endpoint says is wrong: a problem's own words, or the start of its text."""
    try:
        text = error.read(_CHUNK).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException):
        text = ""
    try:
        problem = json.loads(text)
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        words = [str(problem[key]) for key in ("title", "detail") if problem.get(key)]
        text = ": ".join(words) or text
    elif "<html" in text[:500].lower():
        text = ""
    return quoted(text, 500) if text else str(error.reason)
