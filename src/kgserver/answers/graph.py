"""A graph that is open for questions: its settings, its revision, its queries, its workers.

The one door between those who answer (workers here, an endpoint elsewhere) and those who show
answers (pages, the command line, checks). It knows neither HTTP nor the terminal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Self

from kgserver.engine.dataset import Catalogue, resolve
from kgserver.engine.guard import Inspection, Limits, inspect
from kgserver.engine.memory import Memory
from kgserver.engine.pool import Pool
from kgserver.engine.question import NOBODY, Answer, Answerer, Asker, Dataset, Question
from kgserver.files.config import FolderSettings
from kgserver.library import Asks, Library, NamedQuery
from kgserver.store.revision import Manifest

__all__ = ["Cell", "Graph", "Row", "Table"]


@dataclass(frozen=True)
class Cell:
    """One term of an answer: its kind (`uri`, `literal`, `bnode`), value, language, datatype."""

    kind: str
    value: str
    language: str | None = None
    datatype: str | None = None


Row = Mapping[str, Cell]


@dataclass(frozen=True)
class Table:
    """The rows of a SELECT, or the verdict of an ASK; a row lacks what is unbound.

    `cut`: there were more rows, and they were cut off as was asked.
    """

    columns: Sequence[str]
    rows: Sequence[Row]
    verdict: bool | None = None
    cut: bool = False

    @property
    def shown(self) -> list[str]:
        """The columns that a reader needs: `xLabel` only names what stands in `x`."""
        return [
            column
            for column in self.columns
            if not (column.endswith("Label") and column.removesuffix("Label") in self.columns)
        ]


@dataclass(frozen=True)
class Graph:
    """A graph with everything that answering takes.

    Args:
        clock: Gives today in the folder's time zone; a test may turn it.
        pool: The workers behind the answerer, where there are any: how they do can be asked.
        memory: What the answerer remembers, likewise.
        asker: Who asks through this graph.
    """

    settings: FolderSettings
    manifest: Manifest
    library: Library
    answerer: Answerer
    clock: Callable[[], date]
    pool: Pool | None = None
    memory: Memory | None = None
    asker: Asker = NOBODY

    def asked_by(self, asker: Asker) -> Self:
        """Return the same graph as one client asks it."""
        same = object.__new__(type(self))
        same.__dict__.update(self.__dict__, asker=asker)  # with what has been worked out already
        return same

    def close(self) -> None:
        """End the workers behind the graph, if there are any."""
        if self.pool:
            self.pool.close()

    @cached_property
    def catalogue(self) -> Catalogue:
        """The graphs that may be asked."""
        manifest = self.manifest
        states = tuple((state.first.isoformat(), state.graphs) for state in manifest.states)
        return Catalogue(manifest.base, states, manifest.record, manifest.files)

    @property
    def ontology(self) -> tuple[str, ...]:
        """The graphs of the files of the ontology."""
        return tuple(iri for iri in self.manifest.files if "/graph/ontology/" in iri)

    def inspect(self, text: str) -> Inspection:
        """Return what the guard sees in a query; raise what it refuses."""
        return inspect(text, Limits(size=self.settings.limits.query_kib * 1024))

    def dataset(
        self,
        inspection: Inspection | None,
        *,
        at: Sequence[str] = (),
        default_graph_uri: Sequence[str] = (),
        named_graph_uri: Sequence[str] = (),
    ) -> Dataset:
        """Return the graphs that a request asks (SPARQL 1.1 Protocol, section 2.1.4)."""
        return resolve(
            self.catalogue,
            self.clock(),
            at=at,
            default_graph_uri=default_graph_uri,
            named_graph_uri=named_graph_uri,
            query=inspection,
        )

    def at(self, day: str | None) -> Dataset:
        """Return the view of a day (`None`: today), or the record (`all`)."""
        return self.dataset(None, at=(day,) if day else ())

    def ask(self, question: Question) -> Answer:
        """Answer a question that the guard has let through."""
        return self.answerer.answer(question, self.asker)

    def select(
        self, text: str, dataset: Dataset, *, cut: int | None = None, volatile: bool = False
    ) -> Table:
        """Return the rows of a SELECT, not more than `cut`."""
        asked = Question(text, dataset, solutions="json", graph=None, cut=cut, volatile=volatile)
        return table(self.ask(asked))

    def dataset_of(self, query: NamedQuery, day: str | None) -> Dataset:
        """Return what a named query asks: the view of the day, or the record whatever the day."""
        return self.at("all" if query.asks is Asks.RECORD else day)


def table(answer: Answer) -> Table:
    """Read an answer in SPARQL 1.1 Query Results JSON."""
    document = json.loads(answer.whole())
    rows = [
        {name: _cell(term) for name, term in binding.items()}
        for binding in document.get("results", {}).get("bindings", [])
    ]
    return Table(document["head"].get("vars", []), rows, document.get("boolean"), answer.cut)


def _cell(term: Mapping[str, str]) -> Cell:
    return Cell(term["type"], term["value"], term.get("xml:lang"), term.get("datatype"))
