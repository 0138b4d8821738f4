"""SHACL: check triples against shapes, with one engine or with two that must agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from typing import Final, TypeAlias
from typing import Literal as OneOf

from pyoxigraph import NamedNode, Triple

from kgserver.check.engines import ENGINES, Result, Validator, validator
from kgserver.check.sight import seen
from kgserver.check.targets import TARGETS
from kgserver.check.wellformed import blamed, faults
from kgserver.errors import EngineFailure
from kgserver.terms import shorten

__all__ = ["Engine", "On", "Result", "ShapeChecker"]

Engine: TypeAlias = OneOf["auto", "turbo", "pyshacl"]
On: TypeAlias = OneOf["record", "state"]

RULES: Final = "https://w3id.org/prok/shapes#"
CHECKED_ON: Final = NamedNode(RULES + "checkedOn")


class ShapeChecker:
    """Checks triples against shapes that are well-formed; one checker serves many graphs.

    Args:
        shapes: The triples of all shapes files.
        engine: `turbo` is fast, `pyshacl` is the reference; `auto` takes the first that is here.
        places: Where a shape, or the label of a nameless one, stands in the files, as file:line.

    Raises:
        EngineFailure: a shape is not well-formed (then a part of it would silently check nothing),
            or there is no such engine.
    """

    def __init__(
        self,
        shapes: Iterable[Triple],
        *,
        engine: Engine = "auto",
        places: Mapping[str, str] | None = None,
    ) -> None:
        self._shapes: Final = tuple(shapes)
        self.engine: Final = _choose(engine)
        if wrong := faults(self._shapes, self.engine):
            first, known = wrong[0], places or {}
            more = f" (and {len(wrong) - 1} more faults in the shapes)" if wrong[1:] else ""
            raise EngineFailure(
                f"`{shorten(first.shape)}` is not well-formed: {first.reason}{more}",
                where=known.get(first.node, known.get(first.shape)),
                hint="Mend the shapes first: an ill-formed rule checks nothing",
            )
        self._owners: Final = blamed(self._shapes)
        self._validators: Final[dict[tuple[str, On | None], Validator]] = {}
        self._seen: Final[dict[On | None, Set[NamedNode] | None]] = {}

    def check(self, triples: Iterable[Triple], on: On | None = None) -> list[Result]:
        """Return what breaks a rule, in the order of rules and things.

        Args:
            triples: Data, with the ontology: `sh:targetClass` needs to know of subclasses.
            on: Use the rules for this (`rule:checkedOn`), and those that do not say; None: all.

        Raises:
            EngineFailure: the engine could not do its work.
        """
        return self._results(self.engine, tuple(triples), on)

    def cross_check(self, triples: Iterable[Triple], on: On | None = None) -> list[Result]:
        """Check with both engines.

        Raises:
            EngineFailure: they differ, or one could not do its work.
        """
        data = tuple(triples)
        fast, slow = (self._results(engine, data, on) for engine in ENGINES)
        ours, theirs = (Counter(result.key() for result in found) for found in (fast, slow))
        if ours != theirs:
            key = min((ours - theirs) + (theirs - ours))
            found = "pyshacl-turbo" if ours[key] > theirs[key] else "pySHACL"
            raise EngineFailure(
                f"The SHACL engines differ: only {found} finds {' '.join(filter(None, key))}",
                where=key[0],
                hint="Write the rule so that both understand it, or report the fault",
            )
        return fast

    def _results(self, engine: str, data: tuple[Triple, ...], on: On | None) -> list[Result]:
        if (engine, on) not in self._validators:
            chosen = _chosen(self._shapes, on)
            self._validators[engine, on] = validator(engine, chosen)
            self._seen[on] = seen(chosen)
        shown = self._seen[on]
        found = self._validators[engine, on](
            data if shown is None else [t for t in data if t.predicate in shown]
        )
        named = (replace(one, rule=self._owners.get(one.rule, one.rule)) for one in found)
        return sorted(named, key=Result.key)


def _choose(engine: Engine) -> str:
    """Return `turbo` or `pyshacl`, whichever is wanted and here."""
    wanted = ENGINES if engine == "auto" else (engine,)
    for name in wanted:
        try:
            __import__("pyshacl_turbo" if name == "turbo" else name)
        except ImportError:
            continue
        return name
    raise EngineFailure(
        f"The SHACL engine {' or '.join(wanted)} is not installed",
        hint="Install the extra `check`",
    )


def _chosen(shapes: tuple[Triple, ...], on: On | None) -> tuple[Triple, ...]:
    """Return the shapes without the targets of the rules that are checked on something else."""
    said: dict[str, set[str]] = {}
    for triple in shapes:
        if triple.predicate == CHECKED_ON and isinstance(triple.object, NamedNode):
            said.setdefault(str(triple.subject), set()).add(triple.object.value)
    others = {shape for shape, where in said.items() if on and RULES + on not in where}
    return tuple(
        triple
        for triple in shapes
        if triple.predicate not in TARGETS or str(triple.subject) not in others
    )
