"""The folder that our server serves, and the same law as files for the others."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from pyoxigraph import RdfFormat, Store, parse, serialize

from bench.http.questions import DAYS, Case, cases
from bench.http.servers import Day, Views
from kgserver.files.config import FILE
from kgserver.files.folder import Folder
from kgserver.library import Library
from kgserver.store.build import export

GENEROUS: Final = {"client_seconds": 1_000_000, "client_seconds_per_minute": 1_000_000}
"""A budget of CPU that no client uses up: fair use counts each request and refuses none."""
PARTS: Final = ("ontology", "shapes", "data", "queries")


def limited(settings: str, limits: Mapping[str, int]) -> str:
    """Return the text of a `kg.toml` with some limits set."""
    kept = re.sub(rf"(?m)^({'|'.join(limits)})\s*=.*\n", "", settings)
    if "[limits]" not in kept:
        kept += "\n[limits]\n"
    lines = [f"{name} = {value}" for name, value in limits.items()]
    return kept.replace("[limits]", "\n".join(["[limits]", *lines]), 1)


def copied(folder: Path, place: Path, limits: Mapping[str, int] = GENEROUS) -> Path:
    """Return a copy of a folder with some limits set."""
    place.mkdir()
    for part in PARTS:
        if (folder / part).is_dir():
            shutil.copytree(folder / part, place / part)
    (place / FILE).write_text(limited((folder / FILE).read_text("utf-8"), limits), "utf-8")
    return place


def views_of(folder: Folder, place: Path, days: Sequence[Day] = DAYS) -> Views:
    """Write the view of each day as N-Triples: what each server reads without a fault."""
    place.mkdir()
    found: dict[Day, Path] = {}
    for day in days:
        turtle = export(folder, date.fromisoformat(day) if day else folder.settings.today())
        found[day] = place / f"{day or 'today'}.nt"
        triples = parse(turtle, RdfFormat.TURTLE)
        serialize(triples, str(found[day]), RdfFormat.N_TRIPLES)
    return found


def cases_of(folder: Folder, views: Views) -> dict[Day, list[Case]]:
    """Return the questions of each day."""
    library = Library.load(folder.path / "queries", languages=folder.settings.languages)
    found = {}
    for day, path in views.items():
        view = Store()
        view.bulk_load(path=str(path), format=RdfFormat.N_TRIPLES)
        found[day] = cases(view, library)
    return found
