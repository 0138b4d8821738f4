"""The ground of a run: a copy of a folder, with low limits and one file that changes.

The file holds things whose labels carry the number of the *generation*; an event whose day
moves with it, so that a legal state begins on another day in each; and a triple that is there in
odd generations only. What is known of one generation is so known of each other one: by exchange
of the number and of the day. An answer made of two generations is neither's.
"""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from typing import Final

from kgserver.files.config import FILE, Limits
from kgserver.files.folder import Folder
from kgserver.terms import ELI, PROK, RDFS, XSD

CHANGING: Final = "data/soak.ttl"
"""The file that every generation writes anew."""
EXTRA: Final = "queries/soak"
"""Where bad queries are put."""
LINK: Final = "data/soak-link.ttl"
THINGS: Final = 20
"""Things that all point to each other: enough that a path over them never ends."""
LIMITS: Final[Mapping[str, float]] = {
    "worker_mib": 512,
    "queue": 32,
    "workers": 3,
    "result_mib": 8,
    "result_rows": 50_000,
    "cache_mib": 8,
}
FAULTS: Final = ("turtle", "bytes", "setting", "no settings", "query", "query that fails", "link")
"""Ways in which an edit may be bad."""
_GROWTH: Final = " ".join(
    f"BIND(CONCAT({', '.join([f'?v{step}'] * 60)}) AS ?v{step + 1})" for step in range(5)
)
_FAILING: Final = (
    f"SELECT (STRLEN(?v5) AS ?n) {{ ?s a ?kind BIND(STR(?s) AS ?v0) {_GROWTH} }} ORDER BY ?n"
)


class Ground:
    """The copy of a folder at a place where nothing else is."""

    def __init__(self, source: Path, place: Path, query_seconds: float = 2.0) -> None:
        original = Folder(source)
        for file in original.files:
            copy = place / original.name(file)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        known = {field.name for field in fields(Limits)}
        settings = place / FILE
        limits = {name: value for name, value in LIMITS.items() if name in known}
        limits["query_seconds"] = query_seconds
        settings.write_text(with_limits(settings.read_text("utf-8"), limits), "utf-8")
        self._settings: Final = settings.read_bytes()
        self.path: Final = place
        self.year: Final = free_year(original)
        self.base: Final = original.settings.base
        self.write(0)

    @property
    def folder(self) -> Folder:
        """The folder as it is now."""
        return Folder(self.path)

    def thing(self, number: int) -> str:
        """Return the IRI of a thing of the changing file."""
        return f"{self.base}id/soak/thing-{number:02}"

    def named(self, part: str) -> str:
        """Return the IRI of what else is in the changing file: act, provision, version, event."""
        return f"{self.base}id/soak/{part}"

    def day(self, generation: int) -> date:
        """Return the day on which the event of a generation takes effect: never in December."""
        return date(self.year, 1, 1) + timedelta(days=generation % 330)

    def write(self, generation: int) -> str:
        """Write a generation, in one step, and return the name of its revision."""
        self._replace(CHANGING, self.text(generation).encode())
        return self.folder.digest()

    def spoil(self, fault: str) -> None:
        """Make an edit that must be refused; the next generation mends it."""
        extra = self.path / EXTRA
        match fault:
            case "turtle":
                self._replace(CHANGING, b"<https://example.org/half a triple\n")
            case "bytes":
                self._replace(CHANGING, b"<urn:x:a> <urn:x:b> '\xff' .\n")
            case "setting":
                self._replace(FILE, b"speed = 3\n" + self._settings)
            case "no settings":
                (self.path / FILE).unlink()
            case "query":
                self._add(extra / "headless.rq", "SELECT * {\n")
            case "query that fails":
                self._add(extra / "failing.rq", self._failing())
            case "link":
                (self.path / LINK).symlink_to(Path(__file__))
            case _:
                raise ValueError(fault)

    def mend(self) -> None:
        """Take back what was spoilt, the changing file left out."""
        shutil.rmtree(self.path / EXTRA, ignore_errors=True)
        (self.path / LINK).unlink(missing_ok=True)
        self._replace(FILE, self._settings)

    def text(self, generation: int) -> str:
        """Return the changing file in a generation."""
        label = mark(generation)
        things = [f"<thing-{number:02}>" for number in range(THINGS)]
        lines = [
            f"@base <{self.base}id/soak/> .",
            f"@prefix eli: <{ELI}> .",
            f"@prefix prok: <{PROK}> .",
            f"@prefix rdfs: <{RDFS}> .",
            f"@prefix xsd: <{XSD}> .",
            "<act> a prok:LegalAct .",
            "<provision> a prok:Provision ; eli:is_part_of <act> .",
            "<version> a prok:ProvisionVersion ; eli:is_member_of <provision> .",
            "<event> a prok:ChangeEvent ; prok:beginsVersion <version> ;",
            f'    prok:takesEffectOn "{self.day(generation)}"^^xsd:date .',
        ]
        for thing in (*things, "<act>", "<provision>", "<version>", "<event>"):
            labels = (f'"{word} {label}"@{tag}' for tag, word in WORDS.items())
            lines.append(f"{thing} rdfs:label {' , '.join(labels)} .")
        lines += [f"{one} rdfs:seeAlso {other} ." for one, other in permutations(things, 2)]
        if generation % 2:
            lines.append(f'{things[0]} rdfs:comment "odd" .')
        return "\n".join(lines) + "\n"

    def told_of(self, text: str, known: int, generation: int) -> str:
        """Return what a text that is true of one generation says of another."""
        text = text.replace(mark(known), mark(generation))
        return text.replace(str(self.day(known)), str(self.day(generation)))

    def _replace(self, name: str, content: bytes) -> None:
        # A name that begins with a dot is no part of the graph: nobody reads half a file.
        target = self.path / name
        fresh = target.with_name(".soak")
        fresh.write_bytes(content)
        os.replace(fresh, target)

    @staticmethod
    def _add(target: Path, text: str) -> None:
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, "utf-8")

    def _failing(self) -> str:
        """Return a query of the library that is well-formed, and takes too much memory."""
        words = ", ".join(f'{tag}: "Failing"' for tag in self.folder.settings.languages)
        head = [f"#+ {name}: {{{words}}}" for name in ("title", "question", "description")]
        return "\n".join([*head, "#+ asks: record", "#+ columns: [n]", _FAILING, ""])


WORDS: Final = {"en": "soaked", "ru": "размокшее", "kk": "жібіген"}


def mark(generation: int) -> str:
    """Return what labels carry: as long in every generation, so that rows keep their order."""
    return f"generation-{generation:04}"


def free_year(folder: Folder) -> int:
    """Return a year in the law's past that no file of the folder names."""
    named = {
        int(year)
        for file in folder.files
        for year in re.findall(r"(?<!\d)(\d{4})-\d\d", file.read_text("utf-8"))
    }
    last = folder.settings.today().year
    begun = min(named & set(range(1900, last)), default=1990)
    return next(year for year in range(begun + 1, last) if year not in named)


def with_limits(text: str, limits: Mapping[str, float]) -> str:
    """Return a `kg.toml` with other limits; all else stays, comments too.

    Raises:
        ValueError: it does not write its limits below a line `[limits]`, one to a line.
    """
    before = tomllib.loads(text)
    lines = text.splitlines()
    head = next(
        (at for at, line in enumerate(lines) if line.split("#")[0].strip() == "[limits]"), None
    )
    if head is None:
        lines += ["", "[limits]"]
        head = len(lines) - 1
    end = next((at for at in range(head + 1, len(lines)) if lines[at].startswith("[")), len(lines))
    kept = [line for line in lines[head + 1 : end] if line.partition("=")[0].strip() not in limits]
    fresh = [f"{name} = {value}" for name, value in limits.items()]
    written = "\n".join([*lines[: head + 1], *fresh, *kept, *lines[end:]]) + "\n"
    wanted = {**before, "limits": {**before.get("limits", {}), **limits}}
    if tomllib.loads(written) != wanted:
        raise ValueError(f"The limits of {FILE} are not written one to a line below [limits]")
    return written
