"""Media types and the choice among them."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kgserver.errors import NotAcceptable, ParameterError
from kgserver.formats import GRAPHS, SOLUTIONS, by_media_type, by_name, negotiate, offers

SELECT = offers(SOLUTIONS)
GRAPH = offers(GRAPHS)
PAGE = ("text/html", *GRAPH)
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "offered", "chosen"),
    [
        (None, SELECT, JSON),
        (None, GRAPH, "text/turtle"),
        ("", SELECT, JSON),
        ("   ", SELECT, JSON),
        ("*/*", SELECT, JSON),
        ("*", GRAPH, "text/turtle"),
        ("application/json", SELECT, "application/json"),
        ("APPLICATION/Sparql-Results+XML", SELECT, XML),
        ("text/xml", SELECT, "text/xml"),
        ("text/*", SELECT, "text/csv"),
        ("text/*", GRAPH, "text/turtle"),
        ("text/plain", GRAPH, "text/plain"),
        ("text/csv;q=0.1, text/tab-separated-values;q=0.2", SELECT, "text/tab-separated-values"),
        (f"{XML}, */*", SELECT, XML),
        (f"{XML};q=0.5, */*", SELECT, JSON),
        (f"*/*, {JSON};q=0", SELECT, XML),
        ("text/*;q=0, */*;q=0.1", GRAPH, "application/n-triples"),
        ("text/turtle;q=0, text/*", GRAPH, "text/plain"),
        ("text/turtle ; q=0.4 , application/ld+json ; q=0.5", GRAPH, "application/ld+json"),
        ("text/turtle;charset=UTF-8", GRAPH, "text/turtle"),
        ('text/turtle;charset="utf-8";q=0.3, application/rdf+xml;q=0.2', GRAPH, "text/turtle"),
        ("text/turtle;charset=koi8-r, application/rdf+xml;q=0.2", GRAPH, "application/rdf+xml"),
        ('application/ld+json;profile="a,b;q=1", text/turtle;q=0.1', GRAPH, "text/turtle"),
        ("text/html, image/gif, *; q=.2, */*; q=.2", SELECT, JSON),
        ("nonsense, text/csv", SELECT, "text/csv"),
        ("text/csv;q=high, text/tab-separated-values;q=0.1", SELECT, "text/tab-separated-values"),
        (FIREFOX, PAGE, "text/html"),
        (FIREFOX, SELECT, "application/xml"),
        ("text/turtle", PAGE, "text/turtle"),
        # The table of RFC 9110, section 12.5.1, as a race between each two of its offers.
        ("text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, */*;q=0.5",
         ("image/png", "text/plain"), "text/plain"),
        ("text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, */*;q=0.5",
         ("text/plain", "text/plain;format=flowed"), "text/plain;format=flowed"),
        ("text/*;q=0.3, text/plain;q=0.7, text/plain;format=fixed;q=0.4, */*;q=0.5",
         ("text/plain;format=fixed", "image/jpeg", "text/html"), "image/jpeg"),
    ],
)  # fmt: skip
def test_negotiation(accept: str | None, offered: tuple[str, ...], chosen: str) -> None:
    """The offer of the greatest weight is taken; among equals the better aimed, then the first."""
    assert negotiate(accept, offered) == chosen


@pytest.mark.parametrize(
    "accept",
    ["text/html", "*/*;q=0", "application/*;q=0, text/*;q=0.000", "nonsense", "text/csv/x"],
)
def test_nothing_acceptable(accept: str) -> None:
    """A header that covers no offer is refused with the list of what there is."""
    with pytest.raises(NotAcceptable) as refusal:
        negotiate(accept, SELECT)

    assert all(offer in (refusal.value.hint or "") for offer in SELECT)


KINDS = ["text", "application"]
SUBTYPES = ["csv", "html", "turtle", "json"]
WEIGHTS = ["0", "0.000", "0.001", "0.5", "0.50", "0.999", "1", "1.0"]
RANGES = st.lists(
    st.tuples(
        st.sampled_from(
            ["*/*", "text/*", "application/*"] + [f"{k}/{s}" for k in KINDS for s in SUBTYPES]
        ),
        st.sampled_from(WEIGHTS),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda element: element[0],
)
OFFERS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.sampled_from(SUBTYPES)), min_size=1, unique=True
)


@given(RANGES, OFFERS)
def test_agrees_with_the_definition(
    ranges: list[tuple[str, str]], offered: list[tuple[str, str]]
) -> None:
    """Against the definition, word by word: exact type, else type/*, else */*, else nothing."""
    weights = {name: float(weight) for name, weight in ranges}

    def rating(offer: tuple[str, str]) -> tuple[float, int]:
        kind, subtype = offer
        for aim, name in ((2, f"{kind}/{subtype}"), (1, f"{kind}/*"), (0, "*/*")):
            if name in weights:
                return weights[name], aim
        return 0.0, 0

    names = [f"{kind}/{subtype}" for kind, subtype in offered]
    header = ", ".join(f"{name};q={weight}" for name, weight in ranges)
    best = max(offered, key=rating)
    if rating(best)[0] == 0:
        with pytest.raises(NotAcceptable):
            negotiate(header, names)
    else:
        assert negotiate(header, names) == f"{best[0]}/{best[1]}"


@given(st.text())
@example('text/csv;a="')
@example('";q=')
@example("q=1;q=1")
def test_any_header_is_read(accept: str) -> None:
    """Whatever a client sends is answered or refused."""
    with contextlib.suppress(NotAcceptable):
        assert negotiate(accept, SELECT) in SELECT


@pytest.mark.parametrize("piece", ['"', '"\\"', ",", ";", 'a;"', "a/b;q=0.1,"])
def test_a_long_header_is_read_at_once(piece: str) -> None:
    """The time to read a header grows with its length, not faster."""
    header = piece * (60_000 // len(piece))
    begun = time.process_time()
    with contextlib.suppress(NotAcceptable):
        negotiate(header, SELECT)

    assert time.process_time() - begun < 1


def test_names() -> None:
    """Each short name leads to its format, in its own table alone."""
    assert [by_name(f.name, SOLUTIONS) for f in SOLUTIONS] == list(SOLUTIONS)
    assert [by_name(f.name, GRAPHS) for f in GRAPHS] == list(GRAPHS)
    with pytest.raises(ParameterError, match="tt") as refusal:
        by_name("tt", GRAPHS)
    assert "`ttl`" in (refusal.value.hint or "")


@pytest.mark.parametrize(
    ("media_type", "name"),
    [("text/xml", "xml"), ("Text/CSV; charset=utf-8", "csv"), ("text/turtle", None)],
)
def test_media_types_lead_back(media_type: str, name: str | None) -> None:
    """A media type, whatever its case and parameters, leads to the format that has it."""
    found = by_media_type(media_type, SOLUTIONS)

    assert (found.name if found else None) == name
