"""Names of things in the reader's language, asked of the record in one query.

A passage has no label; it is named by its anchoring words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kgserver.answers.graph import Graph, Row
from kgserver.terms import LANGUAGES, OA, PROK, RDFS, shorten

__all__ = ["LABEL", "Labels", "iris_of", "read_labels"]

LABEL = RDFS + "label"

_TEXTS = f"""SELECT ?x ?label ?content {{
  VALUES ?x {{ %s }}
  {{ ?x <{LABEL}>|<{OA}exact> ?label }} UNION {{ ?x <{PROK}content> ?content }}
}} ORDER BY ?x ?label ?content"""


@dataclass
class Labels:
    """Names and contents by IRI; where the reader's language has none, the first that has."""

    language: str
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    contents: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, iri: str) -> str:
        """Return the name of a thing, or its short IRI where it has none."""
        return self.best(self.texts.get(iri, {})) or shorten(iri)

    def content(self, iri: str) -> str:
        """Return what a thing says, in our words; empty where nothing is written."""
        return self.best(self.contents.get(iri, {}))

    def best(self, texts: Mapping[str, str]) -> str:
        """Return the text that the reader understands best; empty where there is none."""
        for language in (self.language, *LANGUAGES, ""):
            if language in texts:
                return texts[language]
        return next(iter(texts.values()), "")


def read_labels(graph: Graph, iris: Iterable[str], language: str) -> Labels:
    """Return the names and contents of things, whenever they hold.

    Args:
        iris: As the store gave them: they go into a query as they stand.
    """
    labels = Labels(language)
    wanted = sorted(set(iris))
    if not wanted:
        return labels
    values = " ".join(f"<{iri}>" for iri in wanted)
    for row in graph.select(_TEXTS.replace("%s", values), graph.at("all")).rows:
        for name, texts in (("label", labels.texts), ("content", labels.contents)):
            if name in row:
                texts.setdefault(row["x"].value, {})[row[name].language or ""] = row[name].value
    return labels


def iris_of(rows: Iterable[Row]) -> set[str]:
    """Return every IRI that stands in a cell of the rows."""
    return {cell.value for row in rows for cell in row.values() if cell.kind == "uri"}
