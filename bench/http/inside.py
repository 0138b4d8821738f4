"""Ask the workers without HTTP and memory, in a process whose CPU is its alone.

    python -m bench.http.inside FOLDER STORE

Each line of input is JSON, `{"texts": [...], "day": null}`; each line of output says what these
questions cost in CPU seconds: `own` in the process that asks, `below` in its workers.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.http.tree import Spent
from kgserver.answers.graph import Graph
from kgserver.answers.opening import opened
from kgserver.engine.question import Question


def ask(graph: Graph, texts: Sequence[str], day: str | None) -> Spent:
    """Ask each text, and return what it cost on average."""
    dataset = graph.at(day)
    assert graph.pool is not None
    before = Spent.of(os.getpid())
    for text in texts:
        answer = graph.pool.answer(Question(text, dataset, "json", None))
        if not isinstance(answer.body, bytes):
            answer.body.close()
    return Spent.of(os.getpid()).since(before).by(len(texts))


def main(folder: str, store: str) -> None:
    """Answer until the input ends."""
    with opened(Path(folder), Path(store), lambda _: None) as graph:
        for line in sys.stdin:
            asked = json.loads(line)
            spent = ask(graph, asked["texts"], asked["day"])
            print(json.dumps({"own": spent.own, "below": spent.below}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
