"""What every page knows: the graph, the reader's language, the day, addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from flask import g, request

from kgserver.answers.graph import Graph
from kgserver.answers.windows import windows_at
from kgserver.engine.dataset import ALL
from kgserver.errors import KgError
from kgserver.terms import shorten
from kgserver.web.messages import translator
from kgserver.web.request import iri_path, one, reader_language
from kgserver.web.words import heading

KEPT = ("at", "lang")
"""Parameters that links carry on from page to page."""

_PATH = "/%:@!$&'()*+,;=-._~"
"""Characters of a path that stay as they are (RFC 3986, section 3.3); `%` is an escape already."""


@dataclass(frozen=True)
class Context:
    """The view of one request: its language, and the day that it names, if any."""

    language: str
    day: str | None

    @staticmethod
    def graph() -> Graph:
        """Return the graph that this request asks."""
        graph: Graph = g.graph
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
        return request.script_root + _own(quote(path, safe=_PATH)) + (f"?{query}" if query else "")

    def same(self, **changed: str) -> str:
        """Return the address of this page with parameters changed; an empty one goes."""
        values = {**request.args.to_dict(), **changed}
        query = urlencode({name: value for name, value in values.items() if value})
        return request.script_root + _own(_path()) + (f"?{query}" if query else "")

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
        view = g.get("dataset")
        today = graph.clock().isoformat()
        if view and self.day is None and view.at not in (None, ALL):
            today = view.at  # midnight may have passed since the answer was asked for
        day = self.day if self.day and _is_day(self.day) else today
        checked = graph.manifest.checked_until
        return {
            "_": translator(self.language),
            "language": self.language,
            "languages": graph.settings.languages,
            "site_title": titles.get(self.language) or next(iter(titles.values()), "kgserver"),
            "here": self.link,
            "same": self.same,
            "local": self.local,
            "file_of": self.file_of,
            "heading": lambda column: heading(column, self.language),
            "shorten": shorten,
            "day_asked": self.day,
            "day_shown": day,
            "all_times": self.day == ALL,
            "today": today,
            "kept": [(k, v) for k, v in request.args.items() if k != "at"],
            "revision": graph.manifest.revision,
            "checked_until": checked,
            "windows": windows_at(graph, view),
            "beyond": checked and self.day != ALL and day > checked.isoformat(),
            "licence": graph.settings.licence,
        }


def _path() -> str:
    """Return the path of this page with its escapes as they came: `%2F` is no `/`."""
    try:
        return quote("/" + iri_path(request), safe=_PATH)
    except KgError:
        return quote(request.path)


def _own(path: str) -> str:
    """Return a path as a reference to it: two slashes at the start would name another host.

    Source: RFC 3986, section 4.2.
    """
    return f"/.{path}" if path.startswith("//") else path


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
