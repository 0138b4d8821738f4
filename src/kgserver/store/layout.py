"""Which graphs a revision's store holds, and which of them make up the view of a state.

    {base}graph/timeless         what holds in every state
    {base}graph/era/<day>        what holds besides in each of some past states, by their first day
    {base}graph/state/<day>      the rest of a past state, by its first day
    {base}graph/view/<day>       the whole of the current or of a later state
    {base}graph/record           everything of all times, without shortcuts
    {base}graph/<file>           what one file of ontology or data asserts

The graphs of a state share no triple. One graph answers faster than three, so the states that are
asked most have one each. The past has eras, because a rule lasts for many states: without them
most triples would be stored dozens of times, and storing is nearly all that a build costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from math import isqrt

from pyoxigraph import NamedNode, Quad, Triple

from kgserver.files.source import Progress, Source
from kgserver.law import Timeline
from kgserver.store.revision import Counts, StateEntry


class Layout:
    """The graphs of one revision.

    Args:
        today: The views from the state of this day on are one graph each.
    """

    def __init__(self, source: Source, whole: Timeline, today: date) -> None:
        self._source = source
        self._whole = whole
        self._sizes: dict[str, int] = {}
        self._graphs = f"{source.folder.settings.base}graph/"
        self.record = f"{self._graphs}record"
        self._past = sum(s.until is not None and s.until <= today for s in whole.states)
        size = isqrt(self._past) or 1  # as many eras as states in an era: the least is stored
        starts = range(0, self._past, size)
        self._eras = [range(start, min(start + size, self._past)) for start in starts]
        self.states = tuple(self._entries())
        folder, files = source.folder, source.ontology + source.data
        self.files = {folder.graph(folder.path / file.name).value: file for file in files}

    def quads(self, progress: Progress) -> Iterator[Quad]:
        """Yield what is to be stored, each quad once."""
        whole = self._whole
        progress(f"Storing {len(self.states)} states of the law")
        yield from self._graph(f"{self._graphs}timeless", whole.timeless)
        for era in self._eras:
            if shared := len(era) > 1:
                yield from self._graph(self.states[era.start].graphs[1], whole.throughout(era))
            for index in era:
                rest = whole.rest(index, besides=era if shared else range(0))
                yield from self._graph(self.states[index].graphs[-1], rest)
        for index in range(self._past, len(self.states)):
            view = [*whole.timeless, *whole.rest(index)]
            yield from self._graph(self.states[index].graphs[0], view)
        progress("Storing the record and the files")
        yield from self._graph(self.record, whole.record)
        for name, file in self.files.items():
            yield from self._graph(name, {at.triple for at in file.triples})

    def counts(self) -> Counts:
        """Return how much there is, once all quads have been yielded."""
        sizes = self._sizes
        return Counts(
            files=len(self.files),
            states=len(self.states),
            asserted=len(self._source.asserted),
            derived=len(self._source.derived),
            record=sizes[self.record],
            timeless=sizes[f"{self._graphs}timeless"],
            stored=sum(sizes.values()),
            views={s.first.isoformat(): sum(sizes[g] for g in s.graphs) for s in self.states},
        )

    def _entries(self) -> Iterator[StateEntry]:
        states = self._whole.states
        for era in self._eras:
            shared = [f"{self._graphs}timeless"]
            if len(era) > 1:
                shared.append(f"{self._graphs}era/{states[era.start].first}")
            for state in states[era.start : era.stop]:
                own = f"{self._graphs}state/{state.first}"
                yield StateEntry(state.first, state.until, (*shared, own))
        for state in states[self._past :]:
            whole = f"{self._graphs}view/{state.first}"
            yield StateEntry(state.first, state.until, (whole,))

    def _graph(self, name: str, triples: Iterable[Triple]) -> Iterator[Quad]:
        graph = NamedNode(name)
        count = 0
        for triple in triples:
            count += 1
            yield Quad(triple.subject, triple.predicate, triple.object, graph)
        self._sizes[name] = count
