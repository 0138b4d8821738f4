"""What changed, as text for a terminal: a summary that is read from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from kgserver.answers.changes.items import Element, Event, Item, Link
from kgserver.answers.changes.model import Change, Changes, Follows, Group
from kgserver.answers.changes.words import sayer
from kgserver.answers.graph import Cell
from kgserver.near import harmless
from kgserver.terms import RDF

__all__ = ["changes_text"]

_WIDTH = 96


def changes_text(told: Changes) -> str:
    """Return what changed as paragraphs under headings, each change with its sources."""
    return "\n".join(_Teller(told).lines()) + "\n"


class _Teller:
    """Tells one answer, in its language."""

    def __init__(self, told: Changes) -> None:
        self._told = told
        self._say: Callable[..., str] = sayer(told.labels.language)

    def lines(self) -> Iterator[str]:
        told, say = self._told, self._say
        first, last = told.period.first, told.period.last
        yield say("title", first=first, last=last)
        yield ""
        yield from self._remarks()
        if not told.groups:
            yield from _paragraph(self._nothing())
            return
        yield from self._events()
        yield from _paragraph(self._counts())
        for group in told.groups:
            yield from self._group(group)

    def _nothing(self) -> str:
        period = self._told.period
        days = {"first": period.first, "last": period.last}
        if self._told.about and not period.same_state:
            return self._say("nothing about", **days, subject=self._name(self._told.about))
        return self._say("nothing", **days, state=period.before.state)

    def _remarks(self) -> Iterator[str]:
        told = self._told
        remarks = [self._say("beyond", day=told.checked_until)] if told.beyond else []
        remarks += [self._uncertain(event) for event in told.uncertain]
        for remark in remarks:
            yield from (*_paragraph(remark), "")

    def _uncertain(self, event: Event) -> str:
        return self._say(
            "uncertain",
            day=self._told.period.inside(event.earliest, event.latest),
            event=self._name(event.iri),
            earliest=event.earliest,
            latest=event.latest,
        )

    def _events(self) -> Iterator[str]:
        events = self._told.events
        if events:
            yield self._say("events") + ":"
            for event in events:
                yield from _paragraph(f"{event.day}  {self._event(event)}", "  ", "              ")
            yield ""

    def _event(self, event: Event) -> str:
        acts = ", ".join(map(self._name, event.acts))
        return self._name(event.iri) + (f" ({self._say('made by')}: {acts})" if acts else "")

    def _counts(self) -> str:
        counts = [f"{self._say(k)}: {count}" for k, count in self._told.counts.items() if count]
        untouched = self._say("untouched", count=self._told.untouched)
        return "; ".join(counts) + ". " + untouched if counts else untouched

    def _group(self, group: Group) -> Iterator[str]:
        title = self._name(group.agent) if group.agent else self._say("nobody")
        yield from ("", *_paragraph(title), "=" * min(len(title), _WIDTH))
        for kind, found in group.by_kind:
            yield from ("", self._say(kind))
            for change in found:
                yield from self._change(change)
        for name, follows in (
            ("lost", group.lost),
            ("gained", group.gained),
            ("stayed", group.stayed),
        ):
            if follows:
                yield from ("", self._say(name))
                yield from self._follows(follows, sources=name != "stayed")

    def _change(self, change: Change) -> Iterator[str]:
        item = change.item
        title = f"{self._name(item.iri)} [{self._name(item.kind)}]"
        yield from _paragraph(title, "  * ", "    ")
        if content := self._told.labels.content(item.iri):
            yield from _more(harmless(content))
        for link in change.links:
            for element in link.elements:
                yield from _more(self._element(element))
        if change.displaced:
            yield from self._displaced(change)
        for link in change.links:
            yield from _more(self._link(link))
        if change.not_applied:
            yield from _more(self._say("not applied"))
        yield from _more(self._source(change))
        for heir in change.heirs:
            yield from _more(f"{self._say('lived on')}: {self._rests(heir)}; {self._span(heir)}")

    def _element(self, element: Element) -> str:
        lost, gained = map(self._cells, (element.lost, element.gained))
        if len(element.lost) == len(element.gained) == 1:
            told = f"{lost} → {gained}"
        else:
            parts = [("gone", lost), ("come", gained)]
            told = "; ".join(f"{self._say(word)} {values}" for word, values in parts if values)
        name = element.property
        label = self._say("kind of assertion") if name == RDF + "type" else self._name(name)
        return f"{label}: {told}"

    def _link(self, link: Link) -> str:
        word = "beside" if not link.ended else "continues" if link.same else "in place of"
        said = f"{self._say(word)}: {self._rests(link.item)}"
        if link.through:
            said += f"; {self._say('through')}: {'; '.join(map(self._rests, link.through))}"
        return said + (f" [{', '.join(map(self._name, link.kinds))}]" if link.kinds else "")

    def _rests(self, item: Item) -> str:
        provisions = ", ".join(map(self._name, item.provisions))
        return self._name(item.iri) + (f" — {provisions}" if provisions else "")

    def _displaced(self, change: Change) -> Iterator[str]:
        assert change.displaced
        found = change.displaced
        yield from _more(f"{self._say('displaced rule')}: {self._rests(found.assertion)}")
        if found.properties:
            yield from _more(
                f"{self._say('only in')}: {', '.join(map(self._name, found.properties))}"
            )
        if found.readings:
            names = ", ".join(map(self._name, found.readings))
            yield from _more(f"{self._say('reading')}: {names}")

    def _source(self, change: Change) -> str:
        """Return on what a change rests; day and event only where there are several."""
        item = change.item
        parts = [", ".join(map(self._name, item.provisions))] if item.provisions else []
        parts += [", ".join(map(self._name, item.evidence))] if item.evidence else []
        if not self._is_of_the_one_event(change):
            parts.append(self._day(change))
            parts += [f"{self._say('by')}: {self._name(event.iri)}" for event in change.events]
        if change.window:
            earliest, latest = change.window
            parts.append(self._say("window", earliest=earliest, latest=latest))
        return f"{self._say('source')}: {'; '.join(parts)}" if parts else self._day(change)

    def _is_of_the_one_event(self, change: Change) -> bool:
        return list(change.events) == self._told.events

    def _span(self, item: Item) -> str:
        """Return since when a thing held, and since when no longer."""
        since = self._say("since", day=item.interval.since)
        until = item.interval.until
        return since + (f"; {self._say('until', day=until)}" if until else "")

    def _day(self, change: Change) -> str:
        if change.ends:
            return self._say("until", day=change.item.interval.until)
        return self._say("since", day=change.item.interval.since)

    def _follows(self, follows: Sequence[Follows], *, sources: bool) -> Iterator[str]:
        for name, same in groupby(follows, key=lambda one: one.property):
            found = list(same)
            told = f"{self._name(name)}: {self._cells(one.value for one in found)}"
            bearers = sorted({self._name(bearer) for one in found for bearer in one.bearers})
            if bearers and sources:
                told += f" ({self._say('because of')}: {'; '.join(bearers)})"
            yield from _paragraph(told, "  * ", "    ")

    def _cells(self, cells: Iterable[Cell]) -> str:
        return ", ".join(map(self._cell, cells))

    def _cell(self, cell: Cell) -> str:
        if cell.kind == "uri":
            return self._name(cell.value)
        if (cell.datatype or "").endswith("#boolean"):
            return self._say("yes" if cell.value in ("true", "1") else "no")
        return harmless(cell.value)

    def _name(self, iri: str) -> str:
        return harmless(self._told.labels.of(iri))


def _paragraph(text: str, first: str = "", others: str = "") -> list[str]:
    return wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _more(text: str) -> list[str]:
    return _paragraph(text, "    ", "      ")
