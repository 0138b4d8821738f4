"""A client with one connection that is kept open, and what it sees of a request."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

RESULTS: Final = "application/sparql-results+json"


@dataclass(frozen=True)
class Reply:
    """An answer, and the seconds from sending to its last byte."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float

    @property
    def rows(self) -> int:
        """How many rows are in it: SPARQL results, or the answer of a named query."""
        document = json.loads(self.body)
        return len(document["rows"] if "rows" in document else document["results"]["bindings"])


class Client:
    """Asks one server over one connection."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=timeout_s)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Ask for an address and read the answer whole."""
        start = time.perf_counter()
        self._connection.request("GET", path, headers={"Accept": RESULTS, **(headers or {})})
        response = self._connection.getresponse()
        body = response.read()
        seconds = time.perf_counter() - start
        return Reply(response.status, response.headers, body, seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()
