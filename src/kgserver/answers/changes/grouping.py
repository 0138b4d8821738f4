"""By subject: which changes and which conclusions are told of whom, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kgserver.answers.changes.model import Change, Follows, Group, Kind
from kgserver.answers.labels import Labels

__all__ = ["Told", "grouped"]

_ORDER = {kind: place for place, kind in enumerate(Kind)}
_QUIET = (Kind.CONTINUED, Kind.ADDED)
"""Changes of the source alone."""


@dataclass(frozen=True)
class Told:
    """Everything that is told, each change and each conclusion once."""

    changes: tuple[Change, ...]
    lost: tuple[Follows, ...]
    gained: tuple[Follows, ...]
    stayed: tuple[Follows, ...]

    def about(self, subject: str) -> Told:
        """Return the part that tells of one subject, in whatever role."""

        def of(follows: tuple[Follows, ...]) -> tuple[Follows, ...]:
            return tuple(f for f in follows if subject in (f.subject, f.value.value))

        changes = tuple(change for change in self.changes if change.tells_of(subject))
        return Told(changes, of(self.lost), of(self.gained), of(self.stayed))


def grouped(told: Told, labels: Labels) -> tuple[Group, ...]:
    """Return what is told by subject: who has most changes of effect first, nobody's last.

    A change that concerns two subjects is told of both.
    """
    subjects: set[str | None] = {a for change in told.changes for a in change.agents or (None,)}
    subjects |= {follows.subject for follows in (*told.lost, *told.gained)}
    groups = [_group(subject, told, labels) for subject in subjects]

    def place(group: Group) -> tuple[bool, int, str, str]:
        weight = sum(change.kind not in _QUIET for change in group.changes)
        weight += len(group.lost) + len(group.gained)
        agent = group.agent or ""
        return group.agent is None, -weight, labels.of(agent), agent

    return tuple(sorted(groups, key=place))


def _group(subject: str | None, told: Told, labels: Labels) -> Group:
    def place(change: Change) -> tuple[int, str, str, str]:
        item = change.item
        return _ORDER[change.kind], labels.of(item.kind), labels.of(item.iri), item.iri

    own = [c for c in told.changes if (subject in c.agents if subject else not c.agents)]
    return Group(
        subject,
        tuple(sorted(own, key=place)),
        _ordered(_about(told.lost, subject), labels),
        _ordered(_about(told.gained, subject), labels),
        _ordered(_about(told.stayed, subject), labels),
    )


def _about(follows: Sequence[Follows], subject: str | None) -> tuple[Follows, ...]:
    return tuple(one for one in follows if one.subject == subject)


def _ordered(follows: Sequence[Follows], labels: Labels) -> tuple[Follows, ...]:
    def place(one: Follows) -> tuple[str, str, str, str]:
        value = one.value.value
        return labels.of(one.property), one.property, labels.of(value), value

    return tuple(sorted(follows, key=place))
