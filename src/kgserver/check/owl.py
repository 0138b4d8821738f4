"""The OWL gates: OWL 2 DL profile, consistency, and classes that can have no instance.

whole = project([*ontology, *law.triples])             print whole.dropped: nobody judged that
check_profile(whole.triples)                           first: the others rely on it
check_consistency(project(ontology).triples)           the ontology by itself, and its classes
check_states(state_inputs(whole, law))                 each legal state
conflict(...)                                          why one of these is inconsistent
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pyoxigraph import Triple

from kgserver.check.closing import gate_input, state_inputs
from kgserver.check.conflict import conflict, conflicts
from kgserver.check.hermit import Verdict, engine, judge
from kgserver.check.profile import Problem, check_profile
from kgserver.check.projection import Dropped, Projection, canonical, project
from kgserver.errors import EngineFailure

__all__ = [
    "Dropped",
    "Problem",
    "Projection",
    "Verdict",
    "check_consistency",
    "check_profile",
    "check_states",
    "conflict",
    "conflicts",
    "gate_input",
    "project",
    "state_inputs",
]


LIMIT_S: Final = 120.0
MEMORY_MIB: Final = 1024


def check_consistency(
    triples: Iterable[Triple],
    *,
    cache: Path | None = None,
    limit_s: float = LIMIT_S,
    memory_mib: int = MEMORY_MIB,
) -> Verdict:
    """Return whether one projected graph is consistent, and which classes it leaves empty.

    Meant for the ontology by itself; arguments and errors are those of `check_states`.
    """
    asked = [("", triples)]
    return _judged(asked, True, cache=cache, limit_s=limit_s, memory_mib=memory_mib)[""]


def check_states(
    states: Iterable[tuple[str, Iterable[Triple]]],
    *,
    cache: Path | None = None,
    limit_s: float = LIMIT_S,
    memory_mib: int = MEMORY_MIB,
) -> dict[str, Verdict]:
    """Return whether each projected state is consistent, by the state's name.

    Equal projections are judged once, all in one Java machine. The states may come from a
    generator: none is held in memory longer than it takes to write it down.

    Classes that can have no instance are not asked for: that costs many times the rest, and the
    answer differs from that for the ontology alone only where its axioms name individuals.

    Args:
        cache: A folder that keeps verdicts from run to run, under the hash of the projection and
            the versions of the engine.
        limit_s: Seconds that HermiT may take for one state.
        memory_mib: Java's heap.

    Raises:
        EngineFailure: no verdict in time, out of memory, or a literal that is malformed (which
            the profile gate reports with its place); `where` names the state.
    """
    return _judged(states, False, cache=cache, limit_s=limit_s, memory_mib=memory_mib)


def _judged(
    asked: Iterable[tuple[str, Iterable[Triple]]],
    classes: bool,
    *,
    cache: Path | None,
    limit_s: float,
    memory_mib: int,
) -> dict[str, Verdict]:
    """Answer from the kept verdicts where that goes, and from HermiT where not."""
    question = f"{engine()}, classes: {classes}\n".encode()
    keys: dict[str, str] = {}
    verdicts: dict[str, Verdict] = {}
    waiting: dict[str, str] = {}
    with TemporaryDirectory(prefix="kgserver-owl-") as folder:
        for name, triples in asked:
            text = canonical(triples)
            key = keys[name] = sha256(question + text).hexdigest()
            if key in verdicts or key in waiting:
                continue
            if kept := _recall(cache, key):
                verdicts[key] = kept
            else:
                waiting[key] = name
                Path(folder, f"{key}.nt").write_bytes(text)
        files = [Path(folder, f"{key}.nt") for key in waiting]
        judged = judge(files, classes=classes, limit_s=limit_s, memory_mib=memory_mib)
        with closing(judged):
            for key, name in waiting.items():
                try:
                    verdicts[key] = next(judged)
                except EngineFailure as failure:
                    failure.where = failure.where or name or None
                    raise
                _remember(cache, key, verdicts[key])
    return {name: verdicts[key] for name, key in keys.items()}


def _recall(cache: Path | None, key: str) -> Verdict | None:
    """Return the verdict kept under `key`, if there is one that can be read."""
    if cache is None:
        return None
    try:
        kept = json.loads((cache / f"{key}.json").read_text())
        empty = kept["unsatisfiable"]
        names = None if empty is None else tuple(empty)
        return Verdict(kept["consistent"], names, kept["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(cache: Path | None, key: str, verdict: Verdict) -> None:
    """Keep a verdict; a reader never sees half a file."""
    if cache is None:
        return
    cache.mkdir(parents=True, exist_ok=True)
    draft = cache / f"{key}.{os.getpid()}.part"
    draft.write_text(json.dumps(asdict(verdict)))
    draft.replace(cache / f"{key}.json")
