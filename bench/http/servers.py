"""The servers that are compared, each with the same views of the law.

A view is known by the day that a request names: None is today. Each server is as its own
documents say that one starts it; what was set beyond that is said with each.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlencode

from bench.http import apart
from bench.http.sites import HOST, Site, free_port

Day = str | None
Views = Mapping[Day, Path]
"""N-Triples of each view."""

PLENTY: Final = 1_000_000
"""Rows that Virtuoso may answer with; it cuts at 10,000 as it comes."""


class Server(ABC):
    """A server with all views, in one process tree or in one for each view."""

    name: str

    def __init__(self) -> None:
        self._open = ExitStack()

    @abstractmethod
    def site(self, day: Day) -> Site:
        """Return the process that answers for a day."""

    @abstractmethod
    def path(self, text: str, day: Day) -> str:
        """Return the address that answers a query."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._open.close()


class Application(Server):
    """This project's application: days by a parameter, addresses for named queries, tags."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site = self._open.enter_context(site)

    def site(self, day: Day) -> Site:
        return self._site

    def path(self, text: str, day: Day) -> str:
        return "/sparql?" + urlencode({"query": text} | at(day))

    def question(self, name: str, values: Mapping[str, str], day: Day) -> str:
        """Return the address of a named query with its parameters."""
        return f"/queries/{name}?" + urlencode(dict(values) | at(day))


class Kgserver(Application):
    """This project as `kgserver serve` with all layers on, fair use and a log of requests too."""

    name = "kgserver"

    def __init__(self, place: Path, folder: Path, store: Path) -> None:
        port = free_port()
        what = [sys.executable, "-m", "kgserver", "serve", str(folder), "--store", str(store)]
        options = ["--port", str(port), "--fair-use", "on", "--log", "json"]
        super().__init__(Site([*what, *options], port, place / "kgserver.log", probe("/sparql")))


class Oxigraph(Server):
    """The server that comes with the engine which the project embeds; one for each view.

    Its store is optimised for reading, as it advises when data are loaded.
    """

    name = "Oxigraph"

    def __init__(self, place: Path, views: Views) -> None:
        super().__init__()
        program = apart.program("oxigraph")
        self._sites = {}
        with ExitStack() as undo:
            undo.push(self)
            for day, view in views.items():
                store, port = place / f"oxigraph-{day or 'today'}", free_port()
                here = ["-l", str(store)]
                for step in (["load", *here, "-f", str(view)], ["optimize", *here]):
                    subprocess.run([program, *step], check=True, capture_output=True)
                command = [program, "serve-read-only", *here, "-b", f"{HOST}:{port}"]
                site = Site(command, port, store.with_suffix(".log"), probe("/query"))
                self._sites[day] = self._open.enter_context(site)
            undo.pop_all()

    def site(self, day: Day) -> Site:
        return self._sites[day]

    def path(self, text: str, day: Day) -> str:
        return "/query?" + urlencode({"query": text})


class RdflibEndpoint(Server):
    """The server of rdflib, with its store in memory; one for each view."""

    name = "rdflib-endpoint"

    def __init__(self, place: Path, views: Views) -> None:
        super().__init__()
        program = apart.program("rdflib-endpoint")
        self._sites = {}
        with ExitStack() as undo:
            undo.push(self)
            for day, view in views.items():
                port = free_port()
                command = [program, "serve", str(view), "--host", HOST, "--port", str(port)]
                log = place / f"rdflib-endpoint-{day or 'today'}.log"
                site = Site(command, port, log, probe("/"))
                self._sites[day] = self._open.enter_context(site)
            undo.pop_all()

    def site(self, day: Day) -> Site:
        return self._sites[day]

    def path(self, text: str, day: Day) -> str:
        return "/?" + urlencode({"query": text})


class Virtuoso(Server):
    """Virtuoso Open Source, if the machine has it; a graph for each view.

    Set beyond its defaults: no cut at 10,000 rows, as many threads as the bench has connections,
    and no checkpoint while it is measured.
    """

    name = "Virtuoso"
    program: Final = "virtuoso-t"
    _GRAPH: Final = "urn:view:{}"
    _SETTINGS: Final = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = {host}:{own}
DirsAllowed = {views}
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
CheckpointInterval = 0
[HTTPServer]
ServerPort = {host}:{port}
ServerThreads = 20
MaxKeepAlives = 20
KeepAliveTimeout = 60
[SPARQL]
ResultSetMaxRows = {rows}
"""

    def __init__(self, place: Path, views: Views) -> None:
        super().__init__()
        home = place / "virtuoso"
        home.mkdir()
        own, port = free_port(), free_port()
        settings = self._SETTINGS.format(
            host=HOST,
            own=own,
            port=port,
            rows=PLENTY,
            views=", ".join({str(view.parent) for view in views.values()}),
        )
        (home / "virtuoso.ini").write_text(settings, "utf-8")
        command = [self.program, "+foreground", "+configfile", "virtuoso.ini"]
        with ExitStack() as undo:
            undo.push(self)
            site = Site(command, port, place / "virtuoso.log", probe("/sparql"), cwd=home)
            self._site = self._open.enter_context(site)
            self._load(f"{HOST}:{own}", views)
            undo.pop_all()

    @classmethod
    def version(cls) -> str | None:
        """Return which version there is, or None: it is not found."""
        if shutil.which(cls.program) is None or shutil.which("isql-vt") is None:
            return None
        said = subprocess.run([cls.program, "--version"], capture_output=True, text=True)
        found = re.search(r"Version ([0-9.]+)", said.stdout + said.stderr)
        return found[1] if found else "unknown"

    def _load(self, address: str, views: Views) -> None:
        lines = [
            f"DB.DBA.TTLP (file_to_string_output ('{view}'), '', '{self._graph(day)}', 0);"
            for day, view in views.items()
        ]
        # The password is that of every new database; this one lives as long as the bench.
        said = subprocess.run(
            ["isql-vt", address, "dba", "dba", "ERRORS=STDOUT"],
            input="\n".join([*lines, "checkpoint;\n"]),
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        if "Error" in said:
            raise RuntimeError(f"Virtuoso does not load the views:\n{said}")

    def _graph(self, day: Day) -> str:
        return self._GRAPH.format(day or "today")

    def site(self, day: Day) -> Site:
        return self._site

    def path(self, text: str, day: Day) -> str:
        return "/sparql?" + urlencode({"query": text, "default-graph-uri": self._graph(day)})


PEERS: Final = {peer.name: peer for peer in (Oxigraph, RdflibEndpoint, Virtuoso)}


def at(day: Day) -> dict[str, str]:
    """Return the parameter that names a day to our server."""
    return {"at": day} if day else {}


def probe(path: str) -> str:
    """Return an address that answers 200 once a server answers queries."""
    return f"{path}?{urlencode({'query': 'ASK {}'})}"
