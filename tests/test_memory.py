"""What is remembered of answers, for whom, how much of it, and what is forgotten first."""

from __future__ import annotations

import io
import threading
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from sys import getsizeof

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st

from kgserver.answers.graph import Graph
from kgserver.engine.memory import Memory
from kgserver.engine.question import NOBODY, Answer, Asker, Dataset, Question
from kgserver.errors import QueryFailed, QueryTimeout

BESIDE = 4_096
MIB = 1 << 20


class Echo:
    """An answerer that gives the text back, so many times, and counts what it is asked."""

    def __init__(self, times: int = 1) -> None:
        self.times = times
        self.asked: Counter[Question] = Counter()
        self.askers: list[Asker] = []
        self._lock = threading.Lock()

    def answer(self, question: Question, asker: Asker = NOBODY) -> Answer:
        """Answer, or fail if the text says so."""
        with self._lock:
            self.asked[question] += 1
            self.askers.append(asker)
        if question.text == "fail":
            raise QueryFailed("as was asked")
        body = question.text.encode() * self.times
        return Answer("select", "json", io.BytesIO(body) if question.text == "file" else body)

    @property
    def total(self) -> int:
        """How often it was asked."""
        return self.asked.total()


QUESTION = Question("text", Dataset(("urn:g",)))


def room_of(text: str) -> int:
    """Return how much room an echo takes: the answer, the question, and what is beside."""
    return len(text.encode()) + getsizeof(text) + getsizeof(QUESTION.base) + BESIDE


def body(answer: Answer) -> bytes:
    """Return what an answer says; a file is left open for the next one."""
    return answer.body if isinstance(answer.body, bytes) else answer.body.read()


def test_the_same_question_is_asked_once() -> None:
    """The second asker gets the very same answer, and figures say so."""
    echo = Echo()
    memory = Memory(echo, MIB)

    first, second = memory.answer(QUESTION), memory.answer(replace(QUESTION))

    assert first is second and first.body == b"text" and echo.total == 1
    assert memory.status().hits == 1 and memory.status().misses == 1
    assert memory.status().bytes == room_of("text")


OTHERS = {
    "text": "other",
    "dataset": Dataset(("urn:h",)),
    "solutions": "csv",
    "graph": "nt",
    "base": "https://example.org/",
    "chosen_by": "format",
    "cut": 5,
}


def test_a_question_that_differs_is_another_one() -> None:
    """In each of its parts but two: those say for how long the answer is waited for, and kept."""
    told = {"timeout_s", "volatile"}
    assert {field.name for field in fields(Question)} == OTHERS.keys() | told

    for name, value in OTHERS.items():
        echo = Echo()
        memory = Memory(echo, MIB)
        for _ in range(2):
            memory.answer(QUESTION)
            memory.answer(replace(QUESTION, **{name: value}))  # type: ignore[arg-type]
        assert echo.total == 2, name


def test_each_part_of_the_dataset_counts() -> None:
    """Which graphs make it, which can be named, and whether triples may stand in two of them."""
    plain = Dataset(("urn:g",), ("urn:f",))
    others = [
        replace(plain, default=("urn:g", "urn:h")),
        replace(plain, default=("urn:f",), named=("urn:g",)),
        replace(plain, named=()),
        replace(plain, overlapping=True),
    ]
    echo = Echo()
    memory = Memory(echo, MIB)
    for dataset in [plain, *others] * 2:
        memory.answer(replace(QUESTION, dataset=dataset))

    assert echo.total == 1 + len(others)


def test_patience_does_not_change_an_answer() -> None:
    """Who waits for less long gets what another one waited for."""
    echo = Echo()
    memory = Memory(echo, MIB)

    memory.answer(replace(QUESTION, timeout_s=9.0))
    memory.answer(replace(QUESTION, timeout_s=0.1))

    assert list(echo.asked) == [replace(QUESTION, timeout_s=9.0)]


@pytest.mark.parametrize("text", ["fail", "file", "volatile"])
def test_what_is_not_kept(text: str) -> None:
    """Errors, answers that stand in a file, and what can differ a moment later."""
    echo = Echo()
    memory = Memory(echo, MIB)
    question = replace(QUESTION, text=text, volatile=text == "volatile")
    answers = []
    for _ in range(3):
        try:
            answers.append(memory.answer(question))
        except QueryFailed:
            assert text == "fail"

    assert echo.total == 3 and memory.status().bytes == 0 and memory.status().hits == 0
    assert [body(answer) for answer in answers] == [text.encode()] * len(answers)
    assert len({id(answer.body) for answer in answers if text == "file"}) in (0, 3)


def test_an_error_is_asked_again_and_the_answer_then_kept() -> None:
    """A timeout under load says nothing of the question."""

    class Tired(Echo):
        def answer(self, question: Question, asker: Asker = NOBODY) -> Answer:
            if self.total:
                return super().answer(question, asker)
            self.asked[question] += 1
            raise QueryTimeout("too long")

    tired = Tired()
    memory = Memory(tired, MIB)
    with pytest.raises(QueryTimeout):
        memory.answer(QUESTION)

    assert [memory.answer(QUESTION).body for _ in range(3)] == [b"text"] * 3
    assert tired.total == 2


def test_a_remembered_answer_costs_its_asker_nothing() -> None:
    """Who asks first is passed on to the answerer, who asks again is not."""
    echo = Echo()
    memory = Memory(echo, MIB)
    askers = [Asker(), Asker(), Asker()]
    for asker in askers:
        memory.answer(QUESTION, asker)
    memory.answer(replace(QUESTION, volatile=True), askers[2])

    assert echo.askers == [askers[0], askers[2]]


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=60),
    st.integers(0, 60_000),
)
@example([(0, 0), (1, 0), (0, 0), (2, 0), (0, 0), (1, 0)], 10_000)
def test_what_was_used_longest_ago_goes_first(asked: list[tuple[int, int]], room: int) -> None:
    """As in a list in the order of use, from whose front is taken what there is no room for."""
    echo = Echo()
    memory = Memory(echo, room)
    model: OrderedDict[str, int] = OrderedDict()
    hits = 0
    for number, length in asked:
        text = f"{number}" * (1 + 3_000 * length)
        size = room_of(text)
        if text in model:
            hits += 1
            model.move_to_end(text)
        elif size <= room:
            while sum(model.values()) + size > room:
                model.popitem(last=False)
            model[text] = size

        assert memory.answer(replace(QUESTION, text=text)).body == text.encode()
        status = memory.status()
        assert (status.hits, status.bytes) == (hits, sum(model.values()))
        assert status.bytes <= room


def test_long_questions_with_short_answers_take_room_too() -> None:
    """Else who asks often and at length would fill the machine's memory."""

    class Short(Echo):
        def answer(self, question: Question, asker: Asker = NOBODY) -> Answer:
            return replace(super().answer(question, asker), body=b"yes")

    short = Short()
    memory = Memory(short, MIB)
    texts = [f"ASK {{}} #{number}{'ж' * 100_000}" for number in range(20)]
    for text in texts * 2:
        memory.answer(replace(QUESTION, text=text))

    assert memory.status().bytes <= MIB
    assert short.total == 40, "each was forgotten before it came again"
    memory.answer(replace(QUESTION, text=texts[-1]))
    assert short.total == 40, "the last one is remembered"


@pytest.mark.parametrize("room", [0, 1_000, 10_000])
def test_what_is_larger_than_all_room_is_given_and_not_kept(room: int) -> None:
    """And it pushes nothing out."""
    echo = Echo(times=3_000)
    memory = Memory(echo, room)
    memory.answer(replace(QUESTION, text=""))
    before = memory.status().bytes

    for _ in range(2):
        assert len(body(memory.answer(QUESTION))) == 12_000
    assert memory.status().bytes == before <= room
    assert echo.asked[QUESTION] == 2


def test_many_threads_at_once() -> None:
    """Each gets the answer to its own question, nothing is lost, the room is kept to."""
    echo = Echo(times=500)
    room = 5 * (BESIDE + 2_000)
    memory = Memory(echo, room)
    threads, rounds, kinds = 32, 200, 12
    barrier = threading.Barrier(threads)

    def ask(number: int) -> int:
        barrier.wait()
        wrong = 0
        for turn in range(rounds):
            text = f"{(number * turn) % kinds:03}"
            wrong += memory.answer(replace(QUESTION, text=text)).body != text.encode() * 500
            wrong += memory.status().bytes > room
        return wrong

    with ThreadPoolExecutor(threads) as pool:
        assert sum(pool.map(ask, range(threads))) == 0
    status = memory.status()
    assert status.hits + status.misses == threads * rounds
    assert status.misses == echo.total
    assert status.hits > 0


def test_what_was_asked_over_http_is_remembered(served_graph: Graph, client: FlaskClient) -> None:
    """By POST, which nothing in front of the memory answers; the engine is asked once."""
    memory = served_graph.memory
    assert memory is not None
    query = "SELECT ?s { ?s ?p ?o } LIMIT 3 # of test_memory"
    before = memory.status()
    first, second = (client.post("/sparql", data={"query": query}) for _ in range(2))
    after = memory.status()

    assert first.status_code == 200 and first.data == second.data
    assert (after.hits - before.hits, after.misses - before.misses) == (1, 1)
    assert after.bytes > before.bytes


def test_what_is_volatile_is_not_remembered_over_http(
    served_graph: Graph, client: FlaskClient
) -> None:
    """Two requests, two answers."""
    memory = served_graph.memory
    assert memory is not None
    before = memory.status()
    query = {"query": "SELECT (STRUUID() AS ?id) { }", "format": "csv"}
    ids = {client.post("/sparql", data=query).text for _ in range(3)}

    assert len(ids) == 3 and memory.status() == before
