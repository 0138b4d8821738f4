"""What every page knows: the graph, the reader's language, the day, addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask import current_app, request

from kgserver.errors import KgError
from kgserver.graph import Graph
from kgserver.terms import shorten
from kgserver.web.messages import translator
from kgserver.web.request import one, reader_language

KEPT = ("at", "lang")
"""Parameters that links carry on from page to page."""


@dataclass(frozen=True)
class Context:
    """The view of one request."""

    language: str
    day: str | None

    @staticmethod
    def graph() -> Graph:
        """Return the graph that the application serves."""
        graph: Graph = current_app.extensions["graph"]
        return graph

    @classmethod
    def of_request(cls) -> Context:
        """Return the context; faults in the parameters are told elsewhere and ignored here."""
        languages = cls.graph().settings.languages
        try:
            language = reader_language(request, languages)
        except KgError:
            language = languages[0]
        try:
            day = one(request, "at")
        except KgError:
            day = None
        return cls(language, day)

    def link(self, path: str, **extra: str) -> str:
        """Return the address of a page of ours, with what is kept and what is added."""
        kept = {name: request.args[name] for name in KEPT if request.args.get(name)}
        query = urlencode({**kept, **extra})
        return quote(path, safe="/%:@!$&'()*+,;=-._~") + (f"?{query}" if query else "")

    def same(self, **changed: str) -> str:
        """Return the address of this page with parameters changed."""
        query = urlencode({**request.args.to_dict(), **changed})
        return f"{quote(request.path, safe='/%')}?{query}"

    def local(self, iri: str) -> str | None:
        """Return where an IRI is read: our own page, the web, or nowhere (no such link is safe)."""
        base = self.graph().settings.base
        if iri.startswith(base + "ns#"):
            return self.link("/ns/" + iri.removeprefix(base + "ns#"))
        if iri.startswith(base):
            return self.link("/" + iri.removeprefix(base))
        return iri if iri.startswith(("http://", "https://")) else None

    def file_of(self, graph_iri: str) -> str:
        """Return the name of the file that a named graph holds."""
        return graph_iri.removeprefix(self.graph().settings.base + "graph/") + ".ttl"

    def words(self) -> Mapping[str, Any]:
        """Return the variables of every template."""
        graph = self.graph()
        titles = graph.settings.title
        others = {k: v for k, v in request.args.items() if k != "at"}
        return {
            "_": translator(self.language),
            "language": self.language,
            "languages": graph.settings.languages,
            "site_title": titles.get(self.language) or next(iter(titles.values()), "kgserver"),
            "here": self.link,
            "in_language": lambda code: self.same(lang=code),
            "as_format": lambda name: self.same(format=name),
            "local": self.local,
            "file_of": self.file_of,
            "shorten": shorten,
            "named": names_another,
            "day_shown": self.day if self.day != "all" else "",
            "today": graph.clock().isoformat(),
            "kept": list(others.items()),
            "revision": graph.manifest.revision,
            "checked_until": graph.manifest.checked_until,
            "licence": graph.settings.licence,
        }


def names_another(column: str, columns: Sequence[str]) -> bool:
    """Tell whether a column only names what another one holds: a page shows the two as one.

    >>> names_another("actLabel", ["act", "actLabel"])
    True
    """
    return column.endswith("Label") and column.removesuffix("Label") in columns
