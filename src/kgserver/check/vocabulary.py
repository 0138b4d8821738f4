"""The vocabulary check: names, words and use, over all files of a graph.

Rules: `UndeclaredTerm`, `UndeclaredExternalTerm`, `DanglingReference` (see `names`),
`TermLabel`, `TermDefinition`, `TextForm` (see `wording`) and `UnusedTerm` (see `usage`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kgserver.check.declared import Said
from kgserver.check.finding import Finding
from kgserver.check.names import Judge, Spaces
from kgserver.check.source import Locator, SourceTriple
from kgserver.check.usage import check_usage
from kgserver.check.wording import check_texts, check_words
from kgserver.terms import LANGUAGES

__all__ = ["Locator", "SourceTriple", "Spaces", "check_vocabulary"]


def check_vocabulary(
    triples: Iterable[SourceTriple],
    queries: Mapping[str, str],
    *,
    texts: Mapping[str, str] | None = None,
    spaces: Spaces | None = None,
    languages: Iterable[str] = LANGUAGES,
    also_used: Iterable[str] = (),
) -> list[Finding]:
    """Return all findings about names and words, in their order.

    Args:
        triples: Those of `ontology/`, `shapes/` and `data/`.
        queries: Files of named queries and their texts. Without any, no term counts as unused.
        texts: Files of triples and their texts, for columns; those left out have lines alone.
        also_used: Terms that count as used though no query names them.
    """
    spaces, locator = spaces or Spaces(), Locator(texts or {})
    said = Said(triples)
    judge = Judge(said, spaces, locator)
    in_queries = [use for file, text in queries.items() for use in judge.query_uses(file, text)]
    ontology = [source for source in said.triples if source.part == "ontology"]
    worded = [source for source in said.triples if source.part in ("ontology", "shapes")]
    terms = said.terms(spaces.own)
    findings = [
        *judge.judge(use for source in said.triples for use in judge.uses(source)),
        *judge.judge(in_queries),
        *check_words(terms, ontology, locator, tuple(languages)),
        *check_texts(worded),
    ]
    if queries:
        used = {use.iri for use in in_queries}.union(also_used)
        findings += check_usage(terms, ontology, used, locator)
    return sorted(findings)
