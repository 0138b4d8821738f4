"""The words of the vocabulary: each term has one label and one definition in each language.

Rules: `TermLabel`, `TermDefinition`, `TextForm`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from pyoxigraph import Literal, NamedNode

from kgserver.check.finding import Finding, Severity
from kgserver.check.phrases import say
from kgserver.check.source import Locator, SourceTriple
from kgserver.near import harmless
from kgserver.terms import RDFS, SKOS, shorten

__all__ = ["check_texts", "check_words"]

# skos:prefLabel is a kind of rdfs:label (SKOS Reference, S10), so either serves.
_RULES = {
    "TermLabel": (RDFS + "label", SKOS + "prefLabel"),
    "TermDefinition": (SKOS + "definition",),
}
_NONE = {
    "TermLabel": {
        "en": "`{term}` has no label in: {tags}.",
        "ru": "У `{term}` нет названия на языке: {tags}.",
        "kk": "`{term}` терминінің мына тілде атауы жоқ: {tags}.",
    },
    "TermDefinition": {
        "en": "`{term}` has no definition in: {tags}.",
        "ru": "У `{term}` нет определения на языке: {tags}.",
        "kk": "`{term}` терминінің мына тілде анықтамасы жоқ: {tags}.",
    },
}
_MANY = {
    "TermLabel": {
        "en": "`{term}` has more than one label in: {tags}.",
        "ru": "У `{term}` больше одного названия на языке: {tags}.",
        "kk": "`{term}` терминінің мына тілде атауы бірден көп: {tags}.",
    },
    "TermDefinition": {
        "en": "`{term}` has more than one definition in: {tags}.",
        "ru": "У `{term}` больше одного определения на языке: {tags}.",
        "kk": "`{term}` терминінің мына тілде анықтамасы бірден көп: {tags}.",
    },
}
_ADD = {"en": "Add it with `{path}`", "ru": "Добавьте: `{path}`", "kk": "Қосыңыз: `{path}`"}
_RETAG = {
    "en": "Other tags stand there: {odd}. Write {tags}",
    "ru": "Указаны другие метки языка: {odd}. Напишите {tags}",
    "kk": "Басқа тіл белгілері тұр: {odd}. {tags} деп жазыңыз",
}
_KEEP = {"en": "Keep one", "ru": "Оставьте одно", "kk": "Біреуін қалдырыңыз"}

_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_QUOTED = re.compile(r"«[^»]*»")
_MIXED = re.compile(r"\w*(?:[A-Za-z][\u0400-\u052f]|[\u0400-\u052f][A-Za-z])\w*")
_WRITTEN_IN_CYRILLIC = ("ru", "kk")
_FORM = {
    "edge": {
        "en": "The text {text} begins or ends with a blank.",
        "ru": "Текст {text} начинается или кончается пробелом.",
        "kk": "{text} мәтіні бос орыннан басталады немесе онымен аяқталады.",
    },
    "double": {
        "en": "The text {text} has two blanks or a line break in a row.",
        "ru": "В тексте {text} два пробела или перевод строки подряд.",
        "kk": "{text} мәтінінде қатарынан екі бос орын немесе жол ауысуы бар.",
    },
    "mixed": {
        "en": "A word of {text} mixes Latin and Cyrillic letters: {word}.",
        "ru": "Слово в тексте {text} смешивает латиницу и кириллицу: {word}.",
        "kk": "{text} мәтініндегі сөз латын және кирилл әріптерін араластырады: {word}.",
    },
    "no-cyrillic": {
        "en": "The text {text} is tagged `{tag}` and has no Cyrillic letter.",
        "ru": "Текст {text} помечен `{tag}`, но в нём нет кириллицы.",
        "kk": "{text} мәтіні `{tag}` деп белгіленген, бірақ онда кирилл әрпі жоқ.",
    },
    "cyrillic": {
        "en": "The text {text} is tagged `{tag}` and has Cyrillic letters outside «».",
        "ru": "Текст {text} помечен `{tag}`, но вне «» в нём есть кириллица.",
        "kk": "{text} мәтіні `{tag}` деп белгіленген, бірақ «» сыртында кирилл әрпі бар.",
    },
}
_MEND = {
    "en": "Mend the text or its language tag",
    "ru": "Исправьте текст или метку языка",
    "kk": "Мәтінді немесе тіл белгісін түзетіңіз",
}


def check_words(
    terms: Mapping[str, SourceTriple],
    triples: Iterable[SourceTriple],
    locator: Locator,
    languages: tuple[str, ...],
) -> Iterator[Finding]:
    """Yield terms without exactly one label and one definition in each language.

    Args:
        terms: Each term with the triple that declares it.
        triples: Those of the ontology.
    """
    texts: defaultdict[tuple[str, str], defaultdict[str, set[str]]]
    texts = defaultdict(lambda: defaultdict(set))
    for source in triples:
        subject, path, value = source.triple.subject, source.triple.predicate, source.triple.object
        if isinstance(subject, NamedNode) and isinstance(value, Literal):
            for rule, paths in _RULES.items():
                if path.value in paths:
                    texts[subject.value, rule][value.language or ""].add(value.value)
    for term, declared in terms.items():
        line, column = locator.find(declared.file, declared.line, term)
        for rule, paths in _RULES.items():
            found = texts[term, rule]
            for message, cure in _faults(rule, shorten(term), paths[0], found, languages):
                yield Finding(
                    rule, Severity.VIOLATION, message, declared.file, line, column, cure, term
                )


def _faults(
    rule: str, term: str, path: str, found: Mapping[str, set[str]], languages: tuple[str, ...]
) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    if missing := [tag for tag in languages if not found.get(tag)]:
        tags = ", ".join(missing)
        odd = ", ".join(sorted(tag or "—" for tag in found if tag not in languages))
        cure = say(_RETAG, odd=odd, tags=tags) if odd else say(_ADD, path=shorten(path))
        yield say(_NONE[rule], term=term, tags=tags), cure
    if many := [tag for tag in languages if len(found.get(tag, ())) > 1]:
        yield say(_MANY[rule], term=term, tags=", ".join(many)), _KEEP


def check_texts(triples: Iterable[SourceTriple]) -> Iterator[Finding]:
    """Yield texts with stray blanks, or in another alphabet than that of their language."""
    for source in triples:
        value, subject = source.triple.object, source.triple.subject
        if isinstance(value, Literal) and value.language:
            focus = subject.value if isinstance(subject, NamedNode) else None
            text = harmless(value.value)
            shown = f"«{text}»" if len(text) <= 50 else f"«{text[:49]}…»"
            for fault, word in _form(value.value, value.language):
                message = say(_FORM[fault], text=shown, tag=value.language, word=word)
                yield Finding(
                    "TextForm",
                    Severity.WARNING,
                    message,
                    source.file,
                    source.line,
                    cure=_MEND,
                    focus=focus,
                )


def _form(text: str, tag: str) -> Iterator[tuple[str, str]]:
    """Yield the faults of one text, each with the word it concerns, if it concerns one."""
    if text != text.strip():
        yield "edge", ""
    if re.search(r"\s\s|[\n\r\t]", text.strip()):
        yield "double", ""
    if tag in _WRITTEN_IN_CYRILLIC:
        if not _CYRILLIC.search(text):
            yield "no-cyrillic", ""
        elif mixed := _MIXED.search(text):
            yield "mixed", mixed[0]
    elif tag == "en" and _CYRILLIC.search(_QUOTED.sub("", text)):
        yield "cyrillic", ""
