"""The folder: where the files of a graph lie, and what they are together.

* kg.toml: settings
* ontology/*.ttl: the vocabulary
* data/**/*.ttl: the law
* shapes/**/*.ttl: rules that data must keep
* queries/**/*.rq: named questions
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pyoxigraph
from pyoxigraph import NamedNode

from kgserver.errors import FolderError
from kgserver.files.config import FILE, FolderSettings, read_settings

BUILDERS: Final = ("files", "reasoning", "law", "store")
"""The packages whose code decides what a built revision holds."""

PACKAGED: Final = "prok"
"""The folder that an installed package carries inside."""


class Folder:
    """A graph as files.

    Files come in the order of their names. Names that begin with a dot are no part of the graph:
    editors leave such files.

    Raises:
        FolderError: it is no folder, has no `kg.toml`, holds no data, or a link leads out of it.
        SettingError: its `kg.toml` is wrong.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            what = "is not a folder" if path.exists() else "does not exist"
            raise FolderError(f"{path} {what}", hint=f"Name a folder that holds {FILE}")
        self.path: Final = path.resolve()
        if (self.path / FILE).is_symlink():
            self._refuse_stray(self.path / FILE)
        self.settings: Final[FolderSettings] = read_settings(self.path / FILE)
        self.ontology: Final = self._find("ontology", ".ttl", deep=False)
        self.data: Final = self._find("data", ".ttl")
        self.shapes: Final = self._find("shapes", ".ttl")
        self.queries: Final = self._find("queries", ".rq")
        if not self.data:
            raise FolderError(
                "The folder holds no data",
                where=str(path),
                hint="Put at least one Turtle file (.ttl) under data/",
            )

    @classmethod
    def locate(cls, path: Path | None = None) -> Folder:
        """Open the folder asked for; else the current one; else the one that came along.

        The current folder counts only if it holds `kg.toml`.

        Raises:
            FolderError: as for the class; or there is none of the three.
        """
        if path is not None:
            return cls(path)
        if (Path.cwd() / FILE).exists():
            return cls(Path.cwd())
        if (packaged_path() / FILE).exists():
            return cls(packaged_path())
        raise FolderError(
            f"Here is no {FILE}, and this installation carries no graph",
            where=str(Path.cwd()),
            hint="Go to the folder of a graph, or name it",
        )

    @property
    def packaged(self) -> bool:
        """Whether this is the folder that came with the installation; it is not written to."""
        return self.path == packaged_path().resolve()

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that the graph consists of."""
        turtle = self.ontology + self.data + self.shapes
        return (self.path / FILE, *turtle, *self.queries)

    def name(self, file: Path) -> str:
        """Return how messages and graphs call a file: its path in the folder, with slashes."""
        return file.relative_to(self.path).as_posix()

    def graph(self, file: Path) -> NamedNode:
        """Return the named graph that holds what a Turtle file asserts."""
        name = quote(self.name(file).removesuffix(".ttl"))
        return NamedNode(f"{self.settings.base}graph/{name}")

    def digest(self) -> str:
        """Return 16 hex digits that change when a file, the program or its store changes."""
        total = sha256(f"{builder()} {pyoxigraph.__version__}".encode())
        for file in self.files:
            content = _read(file, self.name(file))
            total.update(f"\n{self.name(file)}\n{len(content)}\n".encode())
            total.update(content)
        return total.hexdigest()[:16]

    def _find(self, part: str, suffix: str, *, deep: bool = True) -> tuple[Path, ...]:
        found = [p for p in self._walk(self.path / part, deep) if p.suffix == suffix]
        return tuple(sorted(found, key=lambda p: p.as_posix()))

    def _walk(self, place: Path, deep: bool) -> Iterator[Path]:
        if place.is_symlink():
            self._refuse_stray(place)
        if not place.is_dir():
            return
        try:
            entries = [path for path in place.iterdir() if not path.name.startswith(".")]
        except OSError as error:
            where = self.name(place)
            raise FolderError(f"The folder cannot be read: {error.strerror}", where=where) from None
        for path in entries:
            if path.is_symlink():
                self._refuse_stray(path)
            if path.is_file():
                yield path
            elif deep:
                yield from self._walk(path, deep)

    def _refuse_stray(self, link: Path) -> None:
        """A link to a folder could loop, and one that leads out brings what nobody reviewed."""
        target = link.resolve()
        if not target.is_file() or not target.is_relative_to(self.path):
            raise FolderError(
                f"The link leads to {target}",
                where=self.name(link),
                hint="Put the file itself here; a link may lead only to a file of the same folder",
            )


def packaged_path() -> Path:
    """Return where an installed package carries its folder; there may be none."""
    return Path(str(files("kgserver"))) / PACKAGED


def _read(file: Path, name: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise FolderError(f"The file cannot be read: {error.strerror}", where=name) from None


@cache
def builder() -> str:
    """Return a digest of the code that builds: another program may build another revision."""
    here = Path(__file__).parents[1]
    total = sha256()
    for path in sorted(path for part in BUILDERS for path in (here / part).glob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()
