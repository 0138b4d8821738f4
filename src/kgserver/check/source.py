"""What checks read: triples that know their file and line, and where names stand in the texts."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from pyoxigraph import Triple

from kgserver.lexis import Places, names

__all__ = ["Locator", "SourceTriple"]


@dataclass(frozen=True, slots=True)
class SourceTriple:
    """A triple and where it was read."""

    file: str
    """From the folder of the graph, with slashes: `data/acts/x.ttl`."""
    line: int
    triple: Triple

    @property
    def part(self) -> str:
        """The part of the folder it was read in: `ontology`, `shapes` or `data`."""
        return self.file.partition("/")[0]


class Locator:
    """Finds the column of a name; a file is looked at when it is first asked for.

    Args:
        texts: Files and their texts. A file that is not here keeps its lines without columns.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._read: dict[str, tuple[Places, dict[str, list[int]]]] = {}

    def find(self, file: str, line: int, iri: str) -> tuple[int, int | None]:
        """Return line and column of a name that a triple of that line uses.

        The line of a triple is that of its object; its subject may stand above it, so of the
        places up to that line the first on the line counts, or else the last before it.
        """
        if file not in self._texts:
            return line, None
        if file not in self._read:
            self._read[file] = self._index(self._texts[file])
        places, offsets = self._read[file]
        starts = offsets.get(iri, [])
        index = bisect_left(starts, places.end(line - 1) if line > 1 else 0)
        if index < len(starts) and starts[index] < places.end(line):
            return places.at(starts[index])
        return places.at(starts[index - 1]) if index else (line, None)

    @staticmethod
    def _index(text: str) -> tuple[Places, dict[str, list[int]]]:
        offsets: defaultdict[str, list[int]] = defaultdict(list)
        for name in names(text):
            if name.iri is not None:
                offsets[name.iri].append(name.start)
        return Places(text), dict(offsets)
