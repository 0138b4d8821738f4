"""The query library: good files load, each fault is named with its line, no value is code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import rdflib
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from kgserver.errors import KgError, LibraryError, ParameterError, QueryNotFound
from kgserver.library import Asks, Form, Library, NamedQuery, ParamType, Sentence
from kgserver.terms import PROK, XSD

POWERS = """\
#+ title: {en: Powers of a body, ru: Полномочия органа, kk: Органның өкілеттіктері}
#+ question:
#+   en: "What may this body do: and which provision says so?"
#+   ru: Что вправе делать орган?
#+   kk: Орган не істей алады?
#+ description: {en: One row per power., ru: Строка на полномочие., kk: Өкілеттікке бір жол.}
#+ asks: view
#+ params:
#+   body:
#+     type: iri
#+     label: {en: Body, ru: Орган, kk: Орган}
#+     description: {en: The body asked about, ru: О каком органе, kk: Қай орган туралы}
#+     choices-class: prok:PublicBody
#+   lang:
#+     type: lang
#+     label: {en: Language, ru: Язык, kk: Тіл}
#+     description: {en: Of the labels, ru: Язык названий, kk: Атаулар тілі}
#+ columns: [power, label]

PREFIX ex: <https://example.org/id/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?power ?label
WHERE {
  VALUES ?body { ex:licensing }  # the example
  VALUES ?lang { "en" }
  VALUES ?kind { ex:power ex:duty }
  ?power a ?kind ; ex:grantedTo ?body ; rdfs:label ?label .
  FILTER(LANG(?label) = ?lang && STR(?label) != "VALUES ?body { }")
}
ORDER BY ?power ?label
"""

VALUE = """\
#+ title: {{en: A value, ru: Значение, kk: Мән}}
#+ question: {{en: 'Which?', ru: 'Какое?', kk: 'Қайсы?'}}
#+ description: {{en: The value given., ru: Само значение., kk: Берілген мән.}}
#+ asks: record
#+ params:
#+   x:
#+     type: {type}
#+     label: {{en: X, ru: Икс, kk: Икс}}
#+     description: {{en: Any, ru: Любое, kk: Кез келген}}
#+     {choices}
#+ columns: [x]
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
SELECT ?x WHERE {{
  VALUES ?x {{ {default} }}
}}
ORDER BY ?x
"""


def write(folder: Path, text: str, name: str = "bodies/powers.rq") -> Path:
    """Put a query file into `queries/` and return that folder."""
    path = folder / "queries" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder / "queries"


def value_query(folder: Path, type_: str, default: str, choices: str = "") -> NamedQuery:
    """Return a query that answers with its only parameter."""
    text = VALUE.format(type=type_, default=default, choices=choices).replace("#+     \n", "")
    return Library.load(write(folder, text, "test/value.rq")).get("value")


def fault(root: Path) -> LibraryError:
    """Return the fault that keeps the library from loading."""
    with pytest.raises(LibraryError) as caught:
        Library.load(root)
    return caught.value


def only_value(query: str) -> object:
    """Return the one value of the one row that a query gives on no data."""
    result = Store().query(query)
    assert isinstance(result, QuerySolutions)
    rows = list(result)
    assert len(rows) == 1
    return rows[0][0]


class TestLoading:
    """What a good file becomes."""

    def test_a_query_knows_what_its_file_says(self, tmp_path: Path) -> None:
        """Head, parameters with their defaults, columns and form are read."""
        query = Library.load(write(tmp_path, POWERS)).get("powers")

        assert (query.topic, query.name, query.full_name) == ("bodies", "powers", "bodies/powers")
        assert query.path == "queries/bodies/powers.rq"
        assert (query.form, query.asks, query.text) == (Form.SELECT, Asks.VIEW, POWERS)
        assert query.question["en"] == "What may this body do: and which provision says so?"
        assert query.title["kk"] == "Органның өкілеттіктері"
        assert query.columns == ("power", "label")
        assert list(query.params) == ["body", "lang"]
        body, lang = query.params.values()
        assert (body.type, body.default) == (
            ParamType.IRI,
            NamedNode("https://example.org/id/licensing"),
        )
        assert body.choices_from == ("class", NamedNode("https://w3id.org/prok/ns#PublicBody"))
        assert (lang.type, lang.default, lang.label["ru"]) == (
            ParamType.LANG,
            Literal("en"),
            "Язык",
        )

    def test_the_library_is_in_one_order_and_finds_by_both_names(self, tmp_path: Path) -> None:
        """Topics first, then names; `topic/name` and `name` find the same query."""
        for name in ("treaties/parties.rq", "bodies/zeal.rq", "bodies/powers.rq"):
            root = write(tmp_path, POWERS, name)
        library = Library.load(root)

        assert [query.full_name for query in library] == [
            "bodies/powers",
            "bodies/zeal",
            "treaties/parties",
        ]
        assert len(library) == 3
        assert library.get("treaties/parties") is library.get("parties")

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("power", "Did you mean `bodies/powers`?"),
            ("treaties/powers", "Did you mean `bodies/powers`?"),
            ("xyz", "See the list of queries"),
            ("", "See the list of queries"),
        ],
    )
    def test_an_unknown_name_gets_the_nearest(self, tmp_path: Path, name: str, hint: str) -> None:
        """A name that is nearly right, or under another topic, leads to the query."""
        library = Library.load(write(tmp_path, POWERS))

        with pytest.raises(QueryNotFound) as caught:
            library.get(name)
        assert caught.value.hint == hint

    def test_no_folder_is_an_empty_library(self, tmp_path: Path) -> None:
        """A graph may have no queries."""
        assert list(Library.load(tmp_path / "queries")) == []

    @pytest.mark.parametrize(
        ("text", "form"),
        [
            ("ASK { ?s ?p ?o }", Form.ASK),
            ("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", Form.CONSTRUCT),
            ("PREFIX select: <urn:x:> DESCRIBE select:y", Form.DESCRIBE),
        ],
    )
    def test_other_forms_need_no_columns(self, tmp_path: Path, text: str, form: Form) -> None:
        """ASK, CONSTRUCT and DESCRIBE have neither columns nor an order."""
        head = "".join(line for line in POWERS.splitlines(keepends=True)[:7])
        query = Library.load(write(tmp_path, head + text)).get("powers")

        assert (query.form, query.columns, dict(query.params)) == (form, (), {})

    def test_a_file_with_other_line_ends_is_the_same_query(self, tmp_path: Path) -> None:
        """CRLF from another system changes nothing."""
        root = write(tmp_path, POWERS)
        (root / "bodies/powers.rq").write_bytes(POWERS.replace("\n", "\r\n").encode())

        assert Library.load(root).get("powers").text == POWERS

    def test_languages_are_those_of_the_graph(self, tmp_path: Path) -> None:
        """A graph of one language asks for that one alone, and `lang` takes it alone."""
        text = VALUE.format(type="lang", default='"en"', choices="")
        text = text.replace("#+     \n", "")
        for more in (
            ", ru: Значение, kk: Мән",
            ", ru: 'Какое?', kk: 'Қайсы?'",
            ", ru: Икс, kk: Икс",
        ):
            text = text.replace(more, "")
        text = text.replace(", ru: Само значение., kk: Берілген мән.", "")
        text = text.replace(", ru: Любое, kk: Кез келген", "")
        query = Library.load(write(tmp_path, text), languages=["en"]).get("powers")

        with pytest.raises(ParameterError):
            query.bind({"x": "ru"})


FAULTS = [
    ("bad YAML", "asks: view", "asks: [view", "8:10", "is not YAML"),
    ("a control character", "Powers of a body", "Powers\x07", "1", "is not YAML"),
    ("unknown key", "#+ asks", "#+ askes: view\n#+ asks", "7", "unknown key `askes`"),
    ("missing key", "#+ asks: view\n", "", "1", "lacks asks"),
    ("doubled key", "#+ asks: view\n", "#+ asks: view\n#+ asks: view\n", "8", "twice"),
    ("wrong word", "asks: view", "asks: vew", "7", "`vew`"),
    ("missing language", ", kk: Органның өкілеттіктері", "", "1", "Title lacks kk"),
    ("unknown language", "kk: Тіл}", "kz: Тіл}", "16", "unknown key `kz`"),
    ("empty text", "ru: Орган,", "ru: '',", "11", "is no text"),
    ("text for labels", "{en: Body, ru: Орган, kk: Орган}", "Body", "11", "has no keys"),
    ("wrong type", "type: iri", "type: uri", "10", "`uri`"),
    ("unknown key of a parameter", "choices-class", "class", "13", "unknown key `class`"),
    ("class for no IRI", "type: iri", "type: string", "13", "takes no choices-class"),
    ("class that is no IRI", "prok:PublicBody", "prk:PublicBody", "13", "is no IRI"),
    ("bad name of a parameter", "#+   lang:", "#+   Lang:", "15", "cannot be called `Lang`"),
    (
        "two kinds of choices",
        "#+   lang:",
        "#+     choices-of: prok:x\n#+   lang:",
        "14",
        "choices-of",
    ),
    ("columns are no list", "[power, label]", "power", "18", "is no list"),
    ("no head", "#+", "#", "1", "The file has no head"),
    ("no blank in the head", "#+ asks", "#+asks", "7", "No blank"),
    ("head below the query", "SELECT ?power", "#+ x\nSELECT ?power", "22", "below the head"),
    ("no VALUES line", "VALUES ?lang", "VALUES ?lnag", "15", "no VALUES line"),
    ("two VALUES lines", "VALUES ?kind", "VALUES ?lang", "26:17", "A second VALUES line"),
    ("VALUES on two lines", '{ "en" }', '{ "en"\n}', "15", "no VALUES line"),
    ("two examples", '{ "en" }', '{ "en" "ru" }', "25:17", "has 2 examples"),
    ("no example", '{ "en" }', "{ }", "25:17", "has 0 examples"),
    ("undefined example", '{ "en" }', "{ UNDEF }", "25:17", "is no value"),
    ("example of another type", "ex:licensing }", '"x" }', "24:17", "is no value"),
    ("example of no language", '{ "en" }', '{ "xx" }', "25:17", "is no value"),
    ("example with a language", '{ "en" }', '{ "en"@en }', "25:17", "is no value"),
    ("other columns", "columns: [power, label]", "columns: [power]", "22:1", "[power]"),
    ("other order", "[power, label]", "[label, power]", "22:1", "[label, power]"),
    ("no columns", "#+ columns: [power, label]\n", "", "21:1", "nothing"),
    ("columns of an ASK", "SELECT ?power ?label\nWHERE", "ASK", "22:1", "has no columns"),
    ("no order", "ORDER BY ?power ?label", "", "22:1", "no ORDER BY"),
    ("order in a comment", "ORDER BY", "# ORDER BY", "22:1", "no ORDER BY"),
    (
        "inner order",
        "}\nORDER BY ?power ?label",
        "  { SELECT * { } ORDER BY ?x }\n}",
        "22:1",
        "no ORD",
    ),
    ("not SPARQL", "FILTER(LANG", "FILTER(LANG(", "30:2", "Not SPARQL"),
    ("no query", POWERS[POWERS.index("PREFIX") :], "", "20:1", "holds no query"),
    ("undeclared prefix", "PREFIX ex:", "PREFIX exx:", "24:18", "`ex:` is not declared"),
    ("federation", "?power a", "SERVICE <urn:x> {} ?power a", "27:3", "SERVICE"),
    ("unknown function", "ORDER BY ?power", "ORDER BY ex:f(1)", "1", "cannot run"),
]


class TestFaults:
    """A file that is not well-formed does not load."""

    @pytest.mark.parametrize(
        ("old", "new", "place", "words"), [case[1:] for case in FAULTS], ids=[c[0] for c in FAULTS]
    )
    def test_a_fault_is_named_with_its_place(
        self, tmp_path: Path, old: str, new: str, place: str, words: str
    ) -> None:
        """One change of a good file; the error says where, what and how to mend it."""
        text = POWERS.replace(old, new)
        assert text != POWERS

        error = fault(write(tmp_path, text))

        assert error.where == f"queries/bodies/powers.rq:{place}"
        assert words in error.message
        assert error.hint

    @pytest.mark.parametrize(
        "name",
        [
            "powers.rq",
            "bodies/old/powers.rq",
            "bodies/Powers.rq",
            "bodies/a_b.rq",
            "bodies/p.RQ",
            "bodies/powers.sparql",
            "bodies/-p.rq",
            "Bodies/powers.rq",
            "bodies/полномочия.rq",
        ],
    )
    def test_a_file_out_of_place_is_not_passed_over(self, tmp_path: Path, name: str) -> None:
        """Names are topic/name in lower case with hyphens."""
        error = fault(write(tmp_path, POWERS, name))

        assert error.where == f"queries/{name}"
        assert "<topic>/<name>.rq" in error.message

    def test_a_name_stands_for_one_query(self, tmp_path: Path) -> None:
        """Two topics may not have queries of one name."""
        write(tmp_path, POWERS, "bodies/powers.rq")
        error = fault(write(tmp_path, POWERS, "acts/powers.rq"))

        assert error.where == "queries/bodies/powers.rq"
        assert "queries/acts/powers.rq" in error.message

    @pytest.mark.parametrize(
        ("start", "words"), [(b"\xef\xbb\xbf", "byte order"), (b"\xff", "UTF-8")]
    )
    def test_a_file_is_utf_8(self, tmp_path: Path, start: bytes, words: str) -> None:
        """Other encodings and byte order marks are named."""
        root = write(tmp_path, POWERS)
        (root / "bodies/powers.rq").write_bytes(start + POWERS.encode())

        assert words in fault(root).message

    def test_all_faulty_files_can_be_listed(self, tmp_path: Path) -> None:
        """One fault of each faulty file; good files give none."""
        write(tmp_path, POWERS, "a/good.rq")
        write(tmp_path, POWERS, "b/good.rq")
        write(tmp_path, "", "a/empty.rq")
        root = write(tmp_path, POWERS.replace("ORDER BY", "#"), "a/loose.rq")

        assert [fault.where for fault in Library.faults(root)] == [
            "queries/a/empty.rq:1",
            "queries/a/loose.rq:22:1",
            "queries/b/good.rq",
        ]


class TestBinding:
    """What values become."""

    def test_only_the_given_line_changes(self, tmp_path: Path) -> None:
        """The rest of the file, other VALUES lines and the default of others stay."""
        query = Library.load(write(tmp_path, POWERS)).get("powers")

        assert query.bind({}) == POWERS
        assert query.bind({"body": "id:body/court"}) == POWERS.replace(
            "{ ex:licensing }", "{ <https://w3id.org/prok/id/body/court> }"
        )

    def test_a_name_that_begins_another_is_not_touched(self, tmp_path: Path) -> None:
        """`?o` is not part of `?other`."""
        text = VALUE.format(type="string", default='"a"', choices="").replace("#+     \n", "")
        text = text.replace("SELECT ?x WHERE {", 'SELECT ?x WHERE {\n  VALUES ?x2 { "b" }')
        query = Library.load(write(tmp_path, text)).get("powers")

        assert query.bind({"x": "c"}) == text.replace('"a"', '"c"')

    @pytest.mark.parametrize(
        ("type_", "default", "text", "term"),
        [
            ("iri", "<urn:a>", "https://example.org/б%2Fв", NamedNode("https://example.org/б%2Fв")),
            ("iri", "<urn:a>", "urn:isbn:1", NamedNode("urn:isbn:1")),
            ("iri", "<urn:a>", "xsd:date", NamedNode(XSD + "date")),
            ("iri", "<urn:a>", "id:", NamedNode("https://w3id.org/prok/id/")),
            ("date", "'2016-01-01'^^xsd:date", "2024-02-29", None),
            ("integer", "5", "-007", Literal(-7)),
            ("integer", "5", "9223372036854775807", Literal(2**63 - 1)),
            ("string", "'a'", "", Literal("")),
            ("lang", "'en'", "kk", Literal("kk")),
        ],
    )
    def test_a_good_value_is_its_term(
        self, tmp_path: Path, type_: str, default: str, text: str, term: object
    ) -> None:
        """Each type reads its own texts."""
        query = value_query(tmp_path, type_, default)

        expected = term or Literal(text, datatype=NamedNode(XSD + "date"))
        assert only_value(query.bind({"x": text})) == expected

    @pytest.mark.parametrize(
        ("type_", "default", "texts"),
        [
            ("iri", "<urn:a>", ["", "x", "body/x", "http://a b", "<urn:a>", 'urn:a"', "urn:{a}"]),
            ("iri", "<urn:a>", ["urn:a|b", "urn:a^", "urn:`", "urn:\\u0041", "urn:a\n", "urn:\0"]),
            ("iri", "<urn:a>", ["urn:%zz", "urn:\ud800", "ids:body/x", "javascript:x", " urn:a"]),
            (
                "date",
                "'2016-01-01'^^xsd:date",
                ["2023-02-29", "2016-1-1", "20160101", "0000-01-01"],
            ),
            ("date", "'2016-01-01'^^xsd:date", ["2016-01-01\n", "٢٠١٦-01-01", "2016-W01-1", ""]),
            (
                "integer",
                "5",
                ["", "1.0", "1e3", "٣", "1_0", " 1", "9223372036854775808", "9" * 5000],
            ),
            ("lang", "'en'", ["", "EN", "kz", "en\n"]),
            ("string", "'a'", ["\0", "a\0b", "\ud800"]),
        ],
    )
    def test_a_bad_value_is_refused(
        self, tmp_path: Path, type_: str, default: str, texts: list[str]
    ) -> None:
        """Each type refuses what is not of it, names the parameter and says what is right."""
        query = value_query(tmp_path, type_, default)

        for text in texts:
            with pytest.raises(ParameterError) as caught:
                query.bind({"x": text})
            assert caught.value.where == "x"
            assert caught.value.hint
            assert caught.value.message.isprintable()
            assert len(caught.value.message) < 120

    def test_an_unknown_prefix_gets_the_nearest(self, tmp_path: Path) -> None:
        """`prk:` is taken for a misspelt prefix, not for a scheme."""
        with pytest.raises(ParameterError, match="Did you mean `prok`"):
            value_query(tmp_path, "iri", "<urn:a>").bind({"x": "prk:Body"})

    def test_an_unknown_parameter_gets_the_right_ones(self, tmp_path: Path) -> None:
        """Nothing is ignored."""
        query = Library.load(write(tmp_path, POWERS)).get("powers")

        with pytest.raises(ParameterError, match="Did you mean `body`") as caught:
            query.bind({"bdoy": "urn:a"})
        assert caught.value.where == "bdoy"
        with pytest.raises(ParameterError, match="Known: `body`, `lang`"):
            query.bind({"zzz": "urn:a"})

    def test_choices_are_the_only_values(self, tmp_path: Path) -> None:
        """A parameter with choices takes one of them."""
        query = value_query(tmp_path, "integer", "1", "choices: [1, 2]")

        assert only_value(query.bind({"x": "+2"})) == Literal(2)
        with pytest.raises(ParameterError, match="Known: `1`, `2`"):
            query.bind({"x": "3"})

    @pytest.mark.parametrize(
        ("default", "choices", "words"),
        [
            ("3", "choices: [1, 2]", "is no value of `x`"),
            ("1", "choices: [1, a]", "is no integer"),
            ("1", "choices: [1, 1]", "names a thing twice"),
        ],
    )
    def test_choices_are_values_and_the_example_is_one(
        self, tmp_path: Path, default: str, choices: str, words: str
    ) -> None:
        """A form would otherwise offer what the query refuses."""
        with pytest.raises(LibraryError, match=words):
            value_query(tmp_path, "integer", default, choices)


NASTY = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            [
                '"',
                "'",
                '"""',
                "\\",
                "\\\\",
                "\n",
                "\r",
                "{",
                "}",
                " } ",
                "#",
                "<",
                ">",
                "?x",
                "^^",
                "VALUES ?x { 1 }",
                '" } BIND(1 AS ?y) #',
                "\\u0022",
                "\\U00000022",
                "\\\\u0022",
                "\\u005C",
                "\\u000022",
                "\x0b",
                "0022",
                "u0022",
                "\x7f",
                "\x85",
                "\u2028",
                "@en",
                "\\g<0>",
                "\\1",
                "𝔘",
                "қ",
                "\ufffe",
                "$",
                "%7D",
            ]
        ),
    ),
    max_size=6,
).map("".join)
REUSED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


class TestNoValueIsCode:
    """Whatever the value, the query stays the query and the value comes back as it was."""

    @settings(REUSED, max_examples=300)
    @given(value=NASTY)
    @example('" } UNION { ?s ?p ?o } VALUES ?x { "')
    @example("\\u0022 } #")
    def test_any_string_comes_back(self, tmp_path: Path, value: str) -> None:
        """The answer is the string itself, once; around the slot nothing has changed."""
        query = value_query(tmp_path, "string", '"a"')
        if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
            with pytest.raises(ParameterError):
                query.bind({"x": value})
            return
        bound = query.bind({"x": value})
        before, after = query.text.split(' "a" ')

        assert only_value(bound) == Literal(value)
        assert bound.startswith(before)
        assert bound.endswith(after)
        assert bound.count("\n") == query.text.count("\n")

    @settings(REUSED, max_examples=100)
    @given(value=NASTY)
    @example("\\u0022 } #")
    @example("\\u005C")
    @example("\x0bABCD")
    def test_an_engine_that_unescapes_first_gives_the_same(
        self, tmp_path: Path, value: str
    ) -> None:
        """rdflib replaces code point escapes before it parses; the answer is the same."""
        query = value_query(tmp_path, "string", '"a"')
        try:
            bound = query.bind({"x": value})
        except ParameterError:
            return

        assert [str(row[0]) for row in rdflib.Graph().query(bound)] == [value]  # type: ignore[index]

    @settings(REUSED, max_examples=300)
    @given(
        value=st.one_of(NASTY, NASTY.map("https://example.org/{}".format), NASTY.map("id:".__add__))
    )
    @example("https://example.org/a> } #")
    @example("https://example.org/\\u003E")
    def test_any_iri_comes_back_or_is_refused(self, tmp_path: Path, value: str) -> None:
        """What is taken as an IRI is that IRI in the answer."""
        query = value_query(tmp_path, "iri", "<urn:a>")
        try:
            bound = query.bind({"x": value})
        except ParameterError as error:
            assert isinstance(error, KgError)
            return

        iri = (
            value
            if not value.startswith("id:")
            else f"https://w3id.org/prok/{value[:2]}/{value[3:]}"
        )
        assert only_value(bound) == NamedNode(iri)

    @settings(REUSED, max_examples=200)
    @given(type_=st.sampled_from(["date", "integer", "lang"]), value=NASTY)
    def test_other_types_take_nothing_else(self, tmp_path: Path, type_: str, value: str) -> None:
        """Random texts are refused by types that have a grammar, or come back by value."""
        default = {"date": "'2016-01-01'^^xsd:date", "integer": "5", "lang": "'en'"}[type_]
        query = value_query(tmp_path, type_, default)
        try:
            bound = query.bind({"x": value})
        except ParameterError:
            return

        answer = only_value(bound)
        assert isinstance(answer, Literal)
        assert answer.value == (str(int(value)) if type_ == "integer" else value)


DOCUMENT = """\
#+ document:
#+   group: power
#+   values: [prok:Duty, prok:Power]
#+   none: {en: None., ru: Нет., kk: Жоқ.}
#+   row: {en: "{power}[, called {label}].", ru: "{power}[ – {label}].", kk: "{power}[ – {label}]."}
#+   parts: [bodies/value]
#+ columns"""
WHOLE = POWERS.replace("#+ columns", DOCUMENT, 1)
PART = VALUE.format(type="lang", default='"en"', choices="").replace("#+     \n", "")

DOCUMENT_FAULTS = [
    ("no row", re.sub("#.   row: .*\n", "", WHOLE), "19", "lacks row"),
    ("a row in two languages", WHOLE.replace(', kk: "{power}[ – {label}]."', ""), "22", "lacks kk"),
    ("an open bracket", WHOLE.replace("[, called {label}]", "[, called {label}"), "22", "`[`"),
    ("brackets in brackets", WHOLE.replace("[, called", "[[, called"), "22", "`[`"),
    (
        "a column that is not there",
        WHOLE.replace("called {label}", "called {lable}"),
        "1",
        "`lable`",
    ),
    ("another group", WHOLE.replace("group: power", "group: powers"), "1", "`powers`"),
    ("a group that is no IRI", WHOLE.replace("prok:Duty", "prk:Duty"), "20", "is no IRI"),
    ("groups of nothing", WHOLE.replace("#+   group: power\n", ""), "19", "no group"),
    ("an unknown key", WHOLE.replace("#+   none:", "#+   non:"), "21", "unknown key `non`"),
    ("a part twice", WHOLE.replace("[bodies/value]", "[a/b, a/b]"), "23", "twice"),
]


class TestDocuments:
    """The answer of a query as sentences, in groups, with other queries as its parts."""

    def test_a_document_is_read(self, tmp_path: Path) -> None:
        """Groups are IRIs; a sentence leaves out what has no value."""
        part = PART.replace("?x", "?lang").replace("#+   x:", "#+   lang:").replace("[x]", "[lang]")
        write(tmp_path, part, "bodies/value.rq")
        library = Library.load(write(tmp_path, WHOLE))
        document = library.get("powers").document

        assert document and document.group == "power" and document.parts == ("bodies/value",)
        assert document.values == (f"{PROK}Duty", f"{PROK}Power")
        assert document.none and document.none["kk"] == "Жоқ."
        assert told(document.row["en"], power="P", label="L") == "P, called L."
        assert told(document.row["en"], power="P") == "P."
        assert library.get("value").document is None

    @pytest.mark.parametrize(
        ("text", "line", "words"),
        [case[1:] for case in DOCUMENT_FAULTS],
        ids=[case[0] for case in DOCUMENT_FAULTS],
    )
    def test_a_fault_of_a_document_is_named(
        self, tmp_path: Path, text: str, line: str, words: str
    ) -> None:
        """With its line, and what is wrong."""
        assert text != WHOLE
        error = fault(write(tmp_path, text))

        assert error.where == f"queries/bodies/powers.rq:{line}"
        assert words in error.message and error.hint

    def test_a_part_is_a_query_that_is_there(self, tmp_path: Path) -> None:
        """A name that nothing has is a fault of the document, told to who lists all faults too."""
        root = write(tmp_path, WHOLE)
        error = fault(root)

        assert error.where == "queries/bodies/powers.rq" and "bodies/value" in error.message
        assert [f.message for f in Library.faults(root)] == [error.message]

    def test_a_part_asks_for_what_the_document_has(self, tmp_path: Path) -> None:
        """It is asked with the parameters of the whole, so it can have no others."""
        write(tmp_path, PART, "bodies/value.rq")
        error = fault(write(tmp_path, WHOLE))

        assert error.message == "`bodies/value` takes x, which the document has not"

    @given(st.text(alphabet="ab{}[] ", max_size=20))
    def test_a_sentence_is_told_or_has_a_fault(self, text: str) -> None:
        """No text of brackets raises; without a fault, no bracket is left in what is told."""
        sentence = Sentence(text)

        if not sentence.fault:
            spoken = told(sentence, **dict.fromkeys(sentence.columns, "x"))
            assert not set("{}[]") & set(spoken)


def told(sentence: Sentence, **row: str) -> str:
    """Return a sentence with the values of a row in it."""
    return "".join(piece.text or row[piece.column or ""] for piece in sentence.of(row))


class TestTheDay:
    """A parameter of type `day` takes the day that the question is asked of."""

    def test_the_day_asked_fills_it_and_a_given_one_goes_first(self, tmp_path: Path) -> None:
        """It is a date; without either it keeps its example."""
        query = value_query(tmp_path, "day", '"2020-03-01"^^xsd:date')

        assert query.of_a_day
        assert query.on("2026-11-22", {}) == {"x": "2026-11-22"}
        assert query.on("2026-11-22", {"x": "1999-12-31"}) == {"x": "1999-12-31"}
        assert str(only_value(query.bind({}))).startswith('"2020-03-01"')
        with pytest.raises(ParameterError):
            query.bind({"x": "1 March 2020"})

    def test_a_date_is_not_the_day(self, tmp_path: Path) -> None:
        """It keeps its example, whatever day is asked."""
        query = value_query(tmp_path, "date", '"2020-03-01"^^xsd:date')

        assert not query.of_a_day and query.on("2026-11-22", {}) == {}
