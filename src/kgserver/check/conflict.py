"""Which few statements contradict each other, where a state is inconsistent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pyoxigraph import NamedNode, Triple

from kgserver.check.hermit import judge
from kgserver.check.projection import canonical
from kgserver.terms import OWL, RDF, RDFS, TYPE

VOCABULARY: Final = (OWL, RDF, RDFS)
CUTS: Final = 12


def conflict(
    triples: Iterable[Triple], *, limit_s: float = 120.0, memory_mib: int = 1024
) -> list[Triple]:
    """Return statements about individuals that contradict the axioms, and none too many.

    Without any one of them the rest is no contradiction, though there may be another elsewhere.
    The list is empty where the axioms contradict each other by themselves. It takes a few runs
    of HermiT for each statement returned, so ask for it only after a verdict.

    Args:
        triples: A projected graph that HermiT found inconsistent.
        limit_s: Seconds that HermiT may take for one part of the graph.
        memory_mib: Java's heap.

    Raises:
        EngineFailure: HermiT could not judge some part of the graph.
    """
    axioms: list[Triple] = []
    loose: list[Triple] = []
    for triple in triples:
        (loose if _is_assertion(triple) else axioms).append(triple)
    found: list[Triple] = []
    while count := _least(axioms + found, loose, limit_s, memory_mib):
        # The last of the fewest that contradict is needed for the contradiction.
        found.append(loose[count - 1])
        loose = loose[: count - 1]
    return found


def conflicts(
    states: Iterable[tuple[str, Sequence[Triple]]],
    *,
    limit_s: float = 120.0,
    memory_mib: int = 1024,
) -> dict[str, list[Triple]]:
    """Return a conflict of each inconsistent state, by the state's name; as `conflict`.

    Mostly one mistake makes many states inconsistent: where the statements of a conflict already
    found stand again, they are the answer, and HermiT is not asked.
    """
    found: dict[str, list[Triple]] = {}
    for name, triples in states:
        said = set(triples)
        known = next((one for one in found.values() if one and said.issuperset(one)), None)
        found[name] = known or conflict(triples, limit_s=limit_s, memory_mib=memory_mib)
    return found


def _is_assertion(triple: Triple) -> bool:
    """Tell whether a triple says something of a named thing by a term of the folder's own."""
    term = triple.object if triple.predicate == TYPE else triple.predicate
    named = isinstance(triple.subject, NamedNode) and isinstance(term, NamedNode)
    return named and not str(term).startswith(tuple(f"<{of}" for of in VOCABULARY))


def _least(
    fixed: Sequence[Triple], loose: Sequence[Triple], limit_s: float, memory_mib: int
) -> int:
    """Return the least number of `loose`, from the first, that makes `fixed` inconsistent.

    All of them do. One Java machine goes through growing parts until one is inconsistent.
    """
    below, enough = -1, len(loose)
    while enough - below > 1:
        step = -(-(enough - below - 1) // CUTS)
        cuts = list(range(below + 1, enough, step))
        with TemporaryDirectory(prefix="kgserver-owl-") as folder:
            files = [Path(folder, f"{cut}.nt") for cut in cuts]
            for cut, file in zip(cuts, files, strict=True):
                file.write_bytes(canonical((*fixed, *loose[:cut])))
            judged = judge(files, classes=False, limit_s=limit_s, memory_mib=memory_mib)
            with closing(judged) as verdicts:
                for cut, verdict in zip(cuts, verdicts, strict=True):
                    if not verdict.consistent:
                        enough = cut
                        break
                    below = cut
    return enough
