"""Findings of the OWL gates: the profile, the ontology by itself, and each legal state.

Rules: `OwlProfile`, `OntologyConsistency`, `StateConsistency`; and, where HermiT is to judge the
rule engine too, `EntailmentUnfounded` and `EntailmentMissed`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from pyoxigraph import NamedNode, Triple

from kgserver.check import owl
from kgserver.check.claims import of_states
from kgserver.check.entailments import compare
from kgserver.check.finding import Finding, Severity, Text
from kgserver.check.phrases import say
from kgserver.check.placing import Located, column_of
from kgserver.check.source import Locator, SourceTriple
from kgserver.law.views import Record
from kgserver.law.worlds import Timeline
from kgserver.terms import OWL, RDF, RDFS, XSD, shorten

__all__ = ["Gates"]

ONE = {
    "en": "The law from {first} to {last} contradicts the ontology: {said}",
    "ru": "Право с {first} по {last} противоречит онтологии: {said}",
    "kk": "{first} – {last} аралығындағы құқық онтологияға қайшы: {said}",
}
MANY = {
    "en": "{count} legal states from {first} to {last} contradict the ontology: {said}",
    "ru": "{count} правовых состояний с {first} по {last} противоречат онтологии: {said}",
    "kk": "{first} – {last} аралығындағы {count} құқықтық күй онтологияға қайшы: {said}",
}
END = {
    "en": "End the one where the other begins, or take one out",
    "ru": "Завершите одно там, где начинается другое, или уберите одно",
    "kk": "Біреуін екіншісі басталатын жерде аяқтаңыз немесе біреуін алып тастаңыз",
}
UNFOUNDED = {
    "en": "The rule engine derives what HermiT does not ({state}): {said}",
    "ru": "Движок правил выводит то, чего не выводит HermiT ({state}): {said}",
    "kk": "Ережелер қозғалтқышы HermiT шығармайтын нәрсені шығарады ({state}): {said}",
}
MISSED = {
    "en": "HermiT derives what the rule engine does not ({state}): {said}",
    "ru": "HermiT выводит то, чего не выводит движок правил ({state}): {said}",
    "kk": "HermiT ережелер қозғалтқышы шығармайтын нәрсені шығарады ({state}): {said}",
}
OPEN = "…"
"""Stands for the last day of a state that has none."""


@dataclass
class Gates:
    """Judges profile and consistency on the named projection, and tells what it leaves out.

    Args:
        located: The triples of the files.
        columns: Finds names on their lines.
        undeclared: IRIs reported already as declared nowhere; they are not reported again.
    """

    located: Located
    columns: Locator
    undeclared: Collection[str] = ()
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def judge(
        self,
        schema: Sequence[Triple],
        law: Record,
        ends: Mapping[date, date | None],
        cache: Path | None,
    ) -> None:
        """Fill `findings` and `notes`.

        Args:
            schema: The triples of the ontology.
            ends: First day of each legal state → first day of the next one.
            cache: Where verdicts are kept.

        Raises:
            EngineFailure: an engine could not do its work.
        """
        whole = owl.project([*schema, *law.triples])
        self.notes.append(_dropped(whole.dropped))
        problems = owl.check_profile(whole.triples)
        self.findings += self.profile(problems)
        if problems:
            self.notes.append("HermiT was not asked: it reads only what keeps to the OWL profile")
            return
        alone = owl.check_consistency(owl.project(schema).triples, cache=cache)
        if not alone.good:
            empty = tuple(alone.unsatisfiable or ())
            said = f"No instance is possible of {', '.join(map(shorten, empty))}"
            text = said if alone.consistent else "The ontology contradicts itself"
            self.findings.append(self._finding("OntologyConsistency", text, empty))
            return
        inputs = dict(owl.state_inputs(whole, law))
        verdicts = owl.check_states(inputs.items(), cache=cache)
        bad = [(day, inputs[day]) for day, verdict in verdicts.items() if not verdict.consistent]
        self.findings += self.conflicts(owl.conflicts(bad), ends)
        self.notes.append(f"HermiT judged {len(verdicts)} legal states and the ontology alone")

    def agree(
        self, schema: Sequence[Triple], law: Record, times: Timeline, cache: Path | None
    ) -> None:
        """Fill `findings` and `notes` with where HermiT and the rule engine differ.

        Meant for what `judge` has found good. Takes a few seconds for each state.

        Raises:
            EngineFailure: HermiT could not do its work.
        """
        claims = dict(of_states(owl.project([*schema, *law.triples]), law, times))
        for name, difference in compare(claims, cache=cache).items():
            for rule, text, triples in (
                ("EntailmentUnfounded", UNFOUNDED, difference.unfounded),
                ("EntailmentMissed", MISSED, difference.missed),
            ):
                for triple in triples:
                    message = say(text, state=name, said=_written(triple))
                    about = [end.value for end in triple if isinstance(end, NamedNode)]
                    self.findings.append(self._finding(rule, message, about))
        asked = sum(len(one.entailed()) for one in claims.values())
        self.notes.append(
            f"HermiT was asked about {asked} derived triples in {len(times.states)} legal states, "
            "and whether any shortcut is missing"
        )

    def profile(self, problems: Iterable[owl.Problem]) -> Iterator[Finding]:
        """Yield a finding for each problem that is not that of an undeclared name."""
        for problem in problems:
            told = problem.rule in ("no-axiom", "missing-declaration")
            if not (told and any(iri in self.undeclared for iri in problem.about)):
                yield self._finding("OwlProfile", problem.message, problem.about)

    def conflicts(
        self, found: Mapping[str, Sequence[Triple]], ends: Mapping[date, date | None]
    ) -> Iterator[Finding]:
        """Yield one finding for all states that have the same conflict."""
        states: dict[tuple[Triple, ...], list[str]] = {}
        for day, blamed in found.items():
            states.setdefault(tuple(sorted(blamed, key=str)), []).append(day)
        for blamed, days in states.items():
            following = ends.get(date.fromisoformat(days[-1]))
            message = say(
                MANY if len(days) > 1 else ONE,
                count=str(len(days)),
                first=days[0],
                last=(following - timedelta(days=1)).isoformat() if following else OPEN,
                said="; ".join(map(_written, blamed)) or OPEN,
            )
            at = next(filter(None, map(self.located.near, blamed)), None)
            about = [t.subject.value for t in blamed if isinstance(t.subject, NamedNode)]
            yield self._finding("StateConsistency", message, about, at, END)

    def _finding(
        self,
        rule: str,
        message: Text,
        about: Sequence[str],
        at: SourceTriple | None = None,
        cure: Text | None = None,
    ) -> Finding:
        """Place a finding at a triple, or else at the first that describes what it is about."""
        at = at or self._described(about)
        return Finding(
            rule,
            Severity.VIOLATION,
            message,
            at.file if at else None,
            at.line if at else None,
            column_of(at, self.columns) if at else None,
            cure,
            about[0] if about else None,
        )

    def _described(self, about: Sequence[str]) -> SourceTriple | None:
        """Return a triple that has two of the names, else the first that describes one of them."""
        own = [iri for iri in about if not iri.startswith((OWL, RDF, RDFS, XSD))]
        rows = [self.located.subject.get(NamedNode(iri), []) for iri in own]
        both = (
            source
            for sources in rows
            for source in sources
            if any(source.triple.predicate.value == iri for iri in about)
            or any(source.triple.object == NamedNode(iri) for iri in own)
        )
        return next(both, None) or next((sources[0] for sources in rows if sources), None)


def _dropped(dropped: Sequence[owl.Dropped]) -> str:
    """Tell what the named projection leaves out, by reason."""
    reasons: dict[str, Counter[str]] = {}
    for one in dropped:
        reasons.setdefault(one.reason, Counter())[shorten(one.predicate)] += one.count
    parts = [
        f"{sum(counts.values())} ({reason}: {', '.join(sorted(counts))})"
        for reason, counts in sorted(reasons.items())
    ]
    return f"Triples that the reasoners did not see: {'; '.join(parts) or 'none'}"


def _written(triple: Triple) -> str:
    parts = (triple.subject, triple.predicate, triple.object)
    return " ".join(shorten(p.value) if isinstance(p, NamedNode) else str(p) for p in parts)
