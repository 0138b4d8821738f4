"""What of two assertions differs, property by property; and how one goes back to another."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from kgserver.answers.changes.items import Element
from kgserver.answers.changes.recorded import Stated
from kgserver.answers.graph import Cell
from kgserver.terms import DCT, PROK, RDFS, SKOS

__all__ = ["Ancestry", "Way", "differences"]

_ASIDE = frozenset(
    PROK + name
    for name in (
        "attestedBy",
        "beginningUnknown",
        "content",
        "continues",
        "earliest",
        "encodedBy",
        "endEarliest",
        "endLatest",
        "evidenceStatus",
        "groundedIn",
        "latest",
        "readInEdition",
        "succeeds",
        "successionKind",
        "validFrom",
        "validUntil",
    )
)
"""Properties that tell where a thing stands, since when, and in which words: not what it says."""

_NOTES = (DCT, RDFS, SKOS)


@dataclass(frozen=True)
class Way:
    """A way back from a later thing: to which, over which, and how the effect changed."""

    end: str
    through: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    same: bool = True


@dataclass
class Ancestry:
    """Which things go back to which, by continuing and by succeeding."""

    steps: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)
    kinds: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, links: Iterable[tuple[str, str, str]]) -> Ancestry:
        """Read what `recorded.links_of` returns."""
        found = cls()
        for later, how, earlier in sorted(links):
            if how == PROK + "successionKind":
                found.kinds.setdefault(later, []).append(earlier)
            else:
                same = how == PROK + "continues"
                found.steps.setdefault(later, []).append((earlier, same))
        return found

    def things(self) -> set[str]:
        """Return everything that goes back to something, or to which something does."""
        return {*self.steps, *(earlier for steps in self.steps.values() for earlier, _ in steps)}

    def heirs(self, start: str) -> tuple[str, ...]:
        """Return what goes back to a thing, over however many steps, the nearest first."""
        later: dict[str, list[str]] = {}
        for heir, steps in sorted(self.steps.items()):
            for earlier in dict.fromkeys(earlier for earlier, _ in steps):  # said in two ways, too
                later.setdefault(earlier, []).append(heir)
        found = [start]
        for one in found:
            found += [heir for heir in later.get(one, ()) if heir not in found]
        return tuple(found[1:])

    def ways(self, start: str, stood: Set[str]) -> list[Way]:
        """Return a shortest way from a thing to each that stood, going over what did not."""
        found: list[Way] = []
        seen = {start}
        todo = deque([Way(start)])
        while todo:
            way = todo.popleft()
            kinds = tuple(self.kinds.get(way.end, ()))
            for earlier, same in self.steps.get(way.end, ()):
                if earlier in seen:
                    continue
                seen.add(earlier)
                over = way.through if way.end == start else (*way.through, way.end)
                after = way.kinds if same else (*way.kinds, *kinds)
                step = Way(earlier, over, after, way.same and same)
                (found if earlier in stood else todo).append(step)
        return sorted(found, key=lambda way: way.end)

    def goes_back(self, later: str, earlier: str) -> bool:
        """Tell whether a thing continues or succeeds another, over however many steps."""
        return any(way.end == earlier for way in self.ways(later, {earlier}))


def differences(before: Stated, after: Stated, ancestry: Ancestry) -> tuple[Element, ...]:
    """Return the properties in which two things differ by what the files say of them.

    A value that goes back to the other thing's value is told as a change of its own, not here.
    """
    found = []
    for name in sorted(before.files.keys() | after.files.keys()):
        if name in _ASIDE or name.startswith(_NOTES):
            continue
        old, new = _values(before.files, name), _values(after.files, name)
        lost = [v for v in old - new if not any(ancestry.goes_back(n.value, v.value) for n in new)]
        come = [v for v in new - old if not any(ancestry.goes_back(v.value, o.value) for o in old)]
        if lost or come:
            found.append(Element(name, _ordered(lost), _ordered(come)))
    return tuple(found)


def _values(stated: Mapping[str, frozenset[Cell]], name: str) -> frozenset[Cell]:
    return stated.get(name, frozenset())


def _ordered(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    return tuple(sorted(cells, key=lambda cell: (cell.value, cell.language or "")))
