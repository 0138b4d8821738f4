"""CPU time of this process: what a call costs, whoever else uses the machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from time import process_time


def medians(
    calls: Sequence[Callable[[], object]], *, least: int = 1, most: int = 50, budget_s: float = 0.4
) -> list[float]:
    """Return the median CPU seconds of each call.

    The calls take turns, so that a disturbance meets all of them alike. Threads of this process
    count, waiting does not.

    Args:
        least: Turns that each call gets however long it takes.
        most: Turns at most.
        budget_s: CPU seconds, all calls together, after which no turn begins but the least.
    """
    spent: list[list[float]] = [[] for _ in calls]
    begun = process_time()
    for turn in range(most):
        if turn >= least and process_time() - begun > budget_s:
            break
        for call, seconds in zip(calls, spent, strict=True):
            start = process_time()
            call()
            seconds.append(process_time() - start)
    return [median(seconds) for seconds in spent]
