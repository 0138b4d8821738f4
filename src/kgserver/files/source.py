"""What a folder says: its files read, and what follows about time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Triple

from kgserver.files.folder import Folder
from kgserver.files.turtle import TurtleFile, check_dates, check_prefixes, read_turtle
from kgserver.law import Record, derive, record

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Source:
    """The parsed files of a folder, and the triples that follow about time.

    Shapes are read, so that their syntax is known to be right, but are no part of the graph.
    """

    folder: Folder
    ontology: tuple[TurtleFile, ...]
    data: tuple[TurtleFile, ...]
    shapes: tuple[TurtleFile, ...]
    derived: tuple[Triple, ...]

    @property
    def schema(self) -> tuple[Triple, ...]:
        """The triples of the ontology's files, each once."""
        return _triples(self.ontology)

    @property
    def asserted(self) -> tuple[Triple, ...]:
        """The triples of the ontology's and the data's files, each once."""
        return _triples(self.ontology + self.data)

    def record(self) -> Record:
        """Return everything stated and derived, with the rules of the ontology.

        Raises:
            VocabularyError: the ontology has a property chain that cannot be followed.
        """
        return record((*self.asserted, *self.derived), self.schema, self.folder.settings.base)


def quiet(_: str) -> None:
    """Say nothing of the progress."""


def read_source(folder: Folder, progress: Progress = quiet) -> Source:
    """Read all Turtle files of a folder.

    Raises:
        DataSyntaxError: a file is not Turtle, or a date in ontology or data is none.
        VocabularyError: a common prefix stands for something else, or a list is broken.
    """

    def read(kind: str, paths: tuple[Path, ...]) -> tuple[TurtleFile, ...]:
        progress(f"Reading {kind}: {len(paths)} files")
        found = tuple(read_turtle(path, folder.name(path)) for path in paths)
        for file in found:
            check_prefixes(file)
        return found

    ontology, data = read("the ontology", folder.ontology), read("the data", folder.data)
    shapes = read("the shapes", folder.shapes)
    for file in ontology + data:
        check_dates(file)
    asserted, schema = _triples(ontology + data), _triples(ontology)
    progress(f"Dating {len(asserted)} triples")
    derived = tuple(derive(asserted, schema, folder.settings.base))
    return Source(folder, ontology, data, shapes, derived)


def _triples(files: tuple[TurtleFile, ...]) -> tuple[Triple, ...]:
    return tuple(dict.fromkeys(at.triple for file in files for at in file.triples))
