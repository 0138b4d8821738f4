"""Which graphs a revision's store holds, and which of them make up the view of a state.

    {base}graph/era/<day>        what holds in each of some past states, by their first day
    {base}graph/state/<day>      the rest of a past state, by its first day
    {base}graph/view/<day>       all of one state: today's, a later one, or one alone in its era
    {base}graph/record           everything of all times, without shortcuts
    {base}graph/<file>           what one file of ontology or data asserts

The graphs of a state share no triple. One graph answers faster than two, and two faster than
three, so the states that are asked most have one each and a past state has two: what is timeless
stands in every era. The past has eras, because a rule lasts for many states: without them most
triples would be stored dozens of times, and storing is nearly all that a build costs. The figures
for other layouts are in bench/README.md.
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
        past_states = sum(s.until is not None and s.until <= today for s in whole.states)
        size = isqrt(past_states) or 1  # about as many eras as states in an era
        starts = range(0, past_states, size)
        past = [range(start, min(start + size, past_states)) for start in starts]
        later = [range(index, index + 1) for index in range(past_states, len(whole.states))]
        self._eras = past + later  # today's state and each later one are eras of their own
        self.states = tuple(self._entries())
        folder, files = source.folder, source.ontology + source.data
        self.files = {folder.graph(folder.path / file.name).value: file for file in files}

    def quads(self, progress: Progress) -> Iterator[Quad]:
        """Yield what is to be stored, each quad once."""
        whole = self._whole
        progress(f"Storing {len(self.states)} states of the law")
        for era in self._eras:
            first = self.states[era.start].graphs[0]
            if len(era) == 1:
                yield from self._graph(first, [*whole.timeless, *whole.rest(era.start)])
                continue
            yield from self._graph(first, [*whole.timeless, *whole.throughout(era)])
            for index in era:
                yield from self._graph(self.states[index].graphs[1], whole.rest(index, besides=era))
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
            timeless=len(self._whole.timeless),
            stored=sum(sizes.values()),
            views={s.first.isoformat(): sum(sizes[g] for g in s.graphs) for s in self.states},
        )

    def _entries(self) -> Iterator[StateEntry]:
        for era in self._eras:
            for state in self._whole.states[era.start : era.stop]:
                graphs: tuple[str, ...] = (f"{self._graphs}view/{state.first}",)
                if len(era) > 1:
                    first = self._whole.states[era.start].first
                    graphs = (f"{self._graphs}era/{first}", f"{self._graphs}state/{state.first}")
                yield StateEntry(state.first, state.until, graphs)

    def _graph(self, name: str, triples: Iterable[Triple]) -> Iterator[Quad]:
        graph = NamedNode(name)
        count = 0
        for triple in triples:
            count += 1
            yield Quad(triple.subject, triple.predicate, triple.object, graph)
        self._sizes[name] = count
