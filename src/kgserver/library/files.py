"""The query library: all files `queries/<topic>/<name>.rq` of a folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from kgserver.errors import LibraryError, QueryNotFound
from kgserver.library.query import NamedQuery, read_query
from kgserver.near import nearest, quoted
from kgserver.terms import LANGUAGES

__all__ = ["Library"]

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Library:
    """Named queries, in the order of their topics and names.

    Args:
        queries: No two of one name, whatever their topics.
    """

    def __init__(self, queries: Iterable[NamedQuery] = ()) -> None:
        self._queries: dict[str, NamedQuery] = {}
        for query in sorted(queries, key=lambda query: (query.topic, query.name)):
            if twin := self._queries.get(query.name):
                raise LibraryError(
                    f"`{query.name}` is the name of {twin.path} too",
                    where=query.path,
                    hint="Rename one: a query is found by its name alone",
                )
            self._queries[query.name] = query

    def _checked(self) -> Library:
        """Return the library, if every part of every document is one.

        Raises:
            LibraryError: there is no such query, or it asks for what the document does not have.
        """
        for whole in self:
            for name in whole.document.parts if whole.document else ():
                self._check_part(whole, name)
        return self

    def _check_part(self, whole: NamedQuery, name: str) -> None:
        try:
            part = self.get(name)
        except QueryNotFound as error:
            raise LibraryError(error.message, where=whole.path, hint=error.hint) from None
        if odd := [param for param in part.params if param not in whole.params]:
            raise LibraryError(
                f"`{part.full_name}` takes {', '.join(odd)}, which the document has not",
                where=whole.path,
                hint="A part is asked with the parameters of its document",
            )

    @classmethod
    def load(cls, root: Path, *, languages: Iterable[str] = LANGUAGES) -> Library:
        """Return the library of a folder `queries`; a missing folder is an empty library.

        Raises:
            LibraryError: a file is not well-formed; `where` is file:line, from the folder's parent.
        """
        return cls([_read(path, root, tuple(languages)) for path in _files(root)])._checked()

    @classmethod
    def faults(cls, root: Path, *, languages: Iterable[str] = LANGUAGES) -> list[LibraryError]:
        """Return what is wrong with each file of a folder `queries`: one fault of each at most."""
        faults: list[LibraryError] = []
        good: list[NamedQuery] = []
        for path in _files(root):
            try:
                query = _read(path, root, tuple(languages))
                cls([*good, query])
                good.append(query)
            except LibraryError as fault:
                faults.append(fault)
        if not faults:
            try:
                cls(good)._checked()
            except LibraryError as fault:
                faults.append(fault)
        return faults

    def __iter__(self) -> Iterator[NamedQuery]:
        return iter(self._queries.values())

    def __len__(self) -> int:
        return len(self._queries)

    def get(self, name: str) -> NamedQuery:
        """Return the query called `topic/name`, or just `name`.

        Raises:
            QueryNotFound: there is none; the hint names the nearest.
        """
        topic, _, last = name.rpartition("/")
        query = self._queries.get(last)
        if query is not None and topic in ("", query.topic):
            return query
        known = {query.name: query for query in self}
        near = query or known.get(nearest(last, known) or "")
        raise QueryNotFound(
            f"No query is called {quoted(name)}",
            where=name,
            hint=f"Did you mean `{near.full_name}`?" if near else "See the list of queries",
        )


def _files(root: Path) -> list[Path]:
    """Return what looks like a query, well named or not, so that none is left out unseen.

    Names that begin with a dot are no part of the graph: editors leave such files.
    """

    def is_query(path: Path) -> bool:
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        return path.suffix.lower() in (".rq", ".sparql") and not hidden

    return sorted(filter(is_query, root.rglob("*")))


def _read(path: Path, root: Path, languages: tuple[str, ...]) -> NamedQuery:
    where = path.relative_to(root.parent).as_posix()
    parts = path.relative_to(root).with_suffix("").parts
    if len(parts) != 2 or path.suffix != ".rq" or not all(map(_SLUG.fullmatch, parts)):
        raise LibraryError(
            "A query is called queries/<topic>/<name>.rq, in lower case with hyphens",
            where=where,
            hint="Rename the file",
        )
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise LibraryError(
            f"The file cannot be read: {error.strerror}", where=where, hint="Let it be a file"
        ) from None
    except UnicodeDecodeError as error:
        raise LibraryError(
            f"Byte {error.start} is not UTF-8", where=where, hint="Save the file as UTF-8"
        ) from error
    if text.startswith("\ufeff"):
        raise LibraryError(
            "A byte order mark stands before the head",
            where=f"{where}:1",
            hint="Save the file as UTF-8 without it",
        )
    topic, name = parts
    return read_query(text, topic=topic, name=name, path=where, languages=languages)
