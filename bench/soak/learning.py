"""Before the trouble: what is right, learnt from a server that has nothing else to do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Final

from bench.soak.canonical import Unreadable, said
from bench.soak.exchange import Broken, Hung, Line
from bench.soak.probes import Probe
from bench.soak.stage import Stage

__all__ = ["Ununderstood", "compare", "learn", "prove"]

LEARNERS: Final = 3
PATIENCE: Final = 3
"""How often a question is asked before the trouble that the machine has no time for."""


class Ununderstood(Exception):
    """What is right could not be learnt before the run."""


def learn(stage: Stage, generation: int, *, times: int = 1) -> None:
    """Ask everything, and note the answers as those of a generation.

    What takes longer than a query may is left out; the report tells it.

    Raises:
        Ununderstood: an answer is an error or of another generation, or a question has two.
    """
    asked = [probe for probe in stage.probes if not probe.refusal]
    stage.say(f"Learning {len(asked)} answers of generation {generation}")
    left_out = []
    with ThreadPoolExecutor(LEARNERS) as pool:
        tell = partial(_told, stage, generation)
        rounds = [list(pool.map(tell, asked)) for _ in range(times)]
    for probe, texts in zip(asked, zip(*rounds, strict=True), strict=True):
        if None in texts:
            stage.probes.remove(probe)
            left_out.append(probe.name)
        elif len(set(texts)) > 1:
            raise Ununderstood(f"`{probe.name}` has two answers: {texts}")
        else:
            stage.known.learn(probe.name, generation, str(texts[0]))
    if left_out:
        named = "; ".join(left_out)
        stage.report.facts.append(f"Left out, as they take too long even alone: {named}")


def compare(stage: Stage) -> None:
    """Find that generations differ.

    Raises:
        Ununderstood: they hardly do, so that a wrong one would not be noticed.
    """
    differing = stage.known.differing()
    found = f"{sum(differing.values())} of {len(differing)} answers differ between generations"
    if sum(differing.values()) < len(differing) // 10:
        raise Ununderstood(found)
    stage.say(found)


def prove(stage: Stage) -> None:
    """Compare all answers of a further generation with what is said to be known of it.

    Raises:
        Ununderstood: one is another.
    """
    stage.say("Comparing the answers of a further generation")
    with closing(Line(stage.server.address, stage.bound_s)) as line:
        for probe in stage.probes:
            call = probe.call()
            reply = line.ask(call)
            verdict = stage.judge.verdict(probe, call, reply, stage.known.confirmed)
            if verdict.fault:
                raise Ununderstood(f"`{probe.name}`: {verdict.why}")


def _told(stage: Stage, generation: int, probe: Probe) -> str | None:
    """Return what a question is answered, or None if it takes too long each time."""
    try:
        for _ in range(PATIENCE):
            with closing(Line(stage.server.address, stage.bound_s)) as line:
                reply = line.ask(probe.call())
            if reply.status == 503:
                continue
            if reply.status != 200:
                raise Ununderstood(f"`{probe.name}`: {reply.status} {reply.body[:500]!r}")
            revision = reply.headers.get("kg-revision", "")
            if stage.known.generation(revision) != generation:
                raise Ununderstood(f"`{probe.name}`: not generation {generation}: `{revision}`")
            if not probe.at and (day := reply.headers.get("kg-at", "all")) != "all":
                stage.known.day = day
            return said(reply, ordered=probe.ordered)
    except (Broken, Hung, Unreadable) as error:
        raise Ununderstood(f"`{probe.name}`: {error}") from None
    return None
