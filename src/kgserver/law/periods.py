"""Legal states: the stretches of days between two changes of the law."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kgserver.errors import DateError
from kgserver.law.bounded import Interval


@dataclass(frozen=True, order=True)
class State:
    """The days from `first` up to but not on `until`; None: no later change is known."""

    first: date
    until: date | None


def change_dates(valid: Iterable[Interval]) -> list[date]:
    """Return the days on which something becomes or ceases to be valid, in order."""
    return sorted({day for i in valid if i.first for day in (i.first, i.until) if day})


def states(valid: Iterable[Interval]) -> tuple[State, ...]:
    """Return the legal states in order, without gap; the last one has no end.

    Where nothing is time-bounded there is one state, from the first day of the calendar.
    """
    days = change_dates(valid) or [date.min]
    return tuple(map(State, days, [*days[1:], None]))


def state_index(firsts: list[date], day: date) -> int:
    """Return which state a day lies in, given the first day of each.

    Raises:
        DateError: the day is before the first state.
    """
    place = bisect_right(firsts, day)
    if not place:
        raise DateError(
            f"Nothing is known of the law on {day}",
            hint=f"Ask for a day from {firsts[0]} on: then the first known rule takes effect",
        )
    return place - 1
