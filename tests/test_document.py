"""An answer as a document: what applies, why, what is not known; and it prints on one page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from browsing import browse, needs_browser
from kgserver.answers.graph import Cell
from kgserver.library import Document, Library, Sentence
from kgserver.web.document import Group, groups
from started import started

ROOT = Path(__file__).resolve().parent.parent
ID = "https://w3id.org/prok/id/"
GOVERNING = "/queries/treaties/governing-treaty"
LIBRARY = Library.load(ROOT / "queries")
PARTS = LIBRARY.get("treaties/governing-treaty").document
STANDINGS = {
    "en": ["applies", "cannot be told", "does not apply"],
    "ru": ["применяется", "нельзя сказать", "не применяется"],
    "kk": ["қолданылады", "айту мүмкін емес", "қолданылмайды"],
}


def asked(state: str, matter: str, day: str, **more: str) -> str:
    """Return the address of the question which treaties govern."""
    values = {"state": f"id:state/{state}", "matter": f"id:cooperation-matter/{matter}", "at": day}
    return f"{GOVERNING}?{urlencode({**values, **more})}"


def page(client: FlaskClient, address: str) -> str:
    """Return a page as a browser gets it."""
    with client.get(address, headers={"Accept": "text/html"}) as response:
        assert response.status_code == 200
        return response.text


def headings(text: str, level: int) -> list[str]:
    """Return the headings of a level, without what stands small beside them."""
    found = re.findall(rf"<h{level}[^>]*>(.*?)</h{level}>", text, re.DOTALL)
    bare = (re.sub(r'<(a|span) class="tag".*?</\1>', "", one, flags=re.DOTALL) for one in found)
    return [" ".join(re.sub(r"<[^>]+>", "", one).split()) for one in bare]


def items(text: str) -> list[str]:
    """Return the sentences of a page, without markup."""
    found = re.findall(r"<li>(.*?)</li>", text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", one).split()) for one in found]


@pytest.mark.parametrize("language", STANDINGS)
def test_the_answer_comes_first_and_every_part_after_it(
    own_client: FlaskClient, language: str
) -> None:
    """Three standings always stand there; then each part of the document, in its order."""
    text = page(own_client, asked("tr", "extradition", "2020-03-01", lang=language))

    assert headings(text, 3)[:3] == STANDINGS[language]
    assert PARTS
    titles = [LIBRARY.get(name).title[language] for name in PARTS.parts]
    assert [title for title in headings(text, 2) if title in titles] == titles


def test_turkiye_on_the_first_of_march_2020(own_client: FlaskClient) -> None:
    """The agreement of 1995 governs, by its articles, over the diplomatic channel; and why."""
    told = items(page(own_client, asked("tr", "extradition", "2020-03-01")))

    assert "legal assistance in criminal matters and extradition" in told[0]
    assert any("Art. 15" in one and "diplomatic" in one for one in told)
    assert any("Art. 559" in one or "Art. 558" in one for one in told)


def test_the_day_moves_the_answer(own_client: FlaskClient) -> None:
    """`at` of the page is the day of the question, though it asks the record."""
    before, on = (
        page(own_client, asked("tr", "extradition", d)) for d in ("2000-06-11", "2000-06-12")
    )

    assert 'value="2000-06-11"' in before and 'value="2000-06-12"' in on
    assert "in force for both and covers the matter" in items(on)[0]
    assert "on that day, in force for both since 2000-06-12" in items(before)[0]


def test_a_day_given_as_a_parameter_is_the_day_that_is_told(own_client: FlaskClient) -> None:
    """The heading of the answer names the day of the answer, not that of the page."""
    text = page(own_client, f"{GOVERNING}?date=1999-01-01")

    assert "Law as of 1999-01-01" in text


def test_no_treaty_is_an_answer(own_client: FlaskClient) -> None:
    """It says what was searched, and what the Code says without a treaty."""
    told = items(page(own_client, asked("pe", "extradition", "2010-01-01")))
    text = " ".join(told)

    assert "treaties and drafts on which Republic of Kazakhstan acted" in text
    assert "None." in page(own_client, asked("pe", "extradition", "2010-01-01"))
    assert "reciprocity" in text


def test_programs_get_rows_and_the_day(own_client: FlaskClient) -> None:
    """The envelope names the day that was asked, and the parts that say more."""
    with own_client.get(
        asked("tr", "extradition", "2020-03-01"), headers={"Accept": "application/json"}
    ) as response:
        told = response.get_json()
    with own_client.get("/queries", headers={"Accept": "application/json"}) as response:
        listed = {one["query"]: one for one in response.get_json()["queries"]}

    assert told["at"] == "2020-03-01" and told["parameters"]["date"] == "2020-03-01"
    assert PARTS and listed["treaties/governing-treaty"]["parts"] == list(PARTS.parts)


def test_no_row_is_lost_in_groups() -> None:
    """Groups that always stand there come first; then others; a row without a value has no name."""
    document = Document(
        {"en": Sentence("{x}")}, group="kind", values=(f"{ID}standing/applies", f"{ID}standing/x")
    )
    kinds = [Cell("uri", f"{ID}standing/{name}") for name in ("other", "applies")]
    rows = [{"kind": kinds[0]}, {"kind": kinds[1]}, {"x": kinds[0]}, {"kind": kinds[0]}]

    assert groups(document, rows) == [
        Group(kinds[1], [rows[1]]),
        Group(Cell("uri", f"{ID}standing/x"), []),
        Group(kinds[0], [rows[0], rows[3]]),
        Group(None, [rows[2]]),
    ]


@pytest.fixture(scope="module")
def own_server(own_store: Path) -> Iterator[str]:
    """The address of `kgserver serve` on the project's own folder."""
    with started(ROOT, "--store", str(own_store)) as address:
        yield address


@needs_browser
@pytest.mark.parametrize("language", STANDINGS)
def test_the_answer_prints_on_one_page(own_server: str, language: str, tmp_path: Path) -> None:
    """Türkiye, extradition, 1 March 2020: one sheet of A4, whatever the language."""
    address = own_server.rstrip("/") + asked("tr", "extradition", "2020-03-01", lang=language)

    assert pages_of(address, tmp_path) == 1


def pages_of(address: str, place: Path) -> int:
    """Return on how many pages a browser prints a page."""
    sheet = place / "printed.pdf"
    browse(address, place / "profile", "--no-pdf-header-footer", f"--print-to-pdf={sheet}")
    return len(re.findall(rb"/Type\s*/Page\b", sheet.read_bytes()))
