"""A built revision: a directory with a store and a manifest, and the pointer to the current one.

    <store root>/current                the name of the current revision, one line
    <store root>/<revision>/store/      the graphs; opened read-only
    <store root>/<revision>/manifest.json

A revision never changes once it has its name. The pointer is replaced in one step.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from kgserver.errors import FolderError
from kgserver.law import Window, state_index

POINTER: Final = "current"
MANIFEST: Final = "manifest.json"
STORE: Final = "store"


@dataclass(frozen=True)
class StateEntry:
    """A legal state, from `first` up to but not on `until`, and the graphs that make its view.

    The graphs share no triple.
    """

    first: date
    until: date | None
    graphs: tuple[str, ...]


@dataclass(frozen=True)
class Counts:
    """How much a revision holds, in triples.

    `asserted` counts each triple of ontology and data once; `derived` are those that follow
    about time; `record` is that graph; `timeless` are those in every view; `views` its size,
    by first day; `stored` counts every graph, so a triple as often as it is stored.
    """

    files: int
    states: int
    asserted: int
    derived: int
    record: int
    timeless: int
    stored: int
    views: Mapping[str, int]


@dataclass(frozen=True)
class Manifest:
    """What a revision is: written once, last of all."""

    revision: str
    base: str
    time_zone: str
    languages: tuple[str, ...]
    checked_until: date | None
    states: tuple[StateEntry, ...]
    record: str
    files: tuple[str, ...]
    windows: tuple[Window, ...]
    counts: Counts

    def state_at(self, day: date) -> StateEntry:
        """Return the state in which a day lies.

        Raises:
            DateError: the day is before the first state.
        """
        return self.states[state_index([state.first for state in self.states], day)]

    def to_json(self) -> str:
        """Return the manifest as it lies in its file."""
        table = {
            "revision": self.revision,
            "base": self.base,
            "time_zone": self.time_zone,
            "languages": list(self.languages),
            "checked_until": _day(self.checked_until),
            "states": [
                {"first": _day(s.first), "until": _day(s.until), "graphs": list(s.graphs)}
                for s in self.states
            ],
            "record": self.record,
            "files": list(self.files),
            "windows": [window.to_table() for window in self.windows],
            "counts": vars(self.counts) | {"views": dict(self.counts.views)},
        }
        return json.dumps(table, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read a manifest.

        Raises:
            ValueError: it is none, or not of this version.
        """
        try:
            table: dict[str, Any] = json.loads(text)
            return cls(
                revision=table["revision"],
                base=table["base"],
                time_zone=table["time_zone"],
                languages=tuple(table["languages"]),
                checked_until=_read_day(table["checked_until"]),
                states=tuple(
                    StateEntry(
                        date.fromisoformat(s["first"]), _read_day(s["until"]), tuple(s["graphs"])
                    )
                    for s in table["states"]
                ),
                record=table["record"],
                files=tuple(table["files"]),
                windows=tuple(map(Window.from_table, table["windows"])),
                counts=Counts(**table["counts"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"no manifest: {error}") from None


@dataclass(frozen=True)
class Revision:
    """A built revision on disk."""

    path: Path
    manifest: Manifest

    @property
    def store(self) -> Path:
        """The directory of the store."""
        return self.path / STORE

    def size(self) -> int:
        """Return how many bytes the revision's files have."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())


def read_revision(path: Path) -> Revision:
    """Read a revision.

    Raises:
        FolderError: it is damaged, or there is none.
    """
    try:
        manifest = Manifest.from_json((path / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        raise FolderError(
            "Here is no whole revision", where=str(path), hint="Run `kgserver build`"
        ) from None
    return Revision(path, manifest)


def current(store_root: Path) -> Revision | None:
    """Return the revision that the pointer names, or None if nothing has been built.

    Raises:
        FolderError: the pointer names a revision that is damaged or gone.
    """
    name = current_name(store_root)
    return read_revision(store_root / name) if name else None


def current_name(store_root: Path) -> str | None:
    """Return what the pointer says, without a look at the revision itself."""
    try:
        return (store_root / POINTER).read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None


def point(store_root: Path, revision: str) -> None:
    """Make a revision the current one, in one step: a reader sees the old name or the new."""
    fresh = store_root / f".{POINTER}-{os.getpid()}"
    fresh.write_text(revision + "\n", "utf-8")
    os.replace(fresh, store_root / POINTER)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _read_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
