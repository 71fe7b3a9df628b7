"""The causal read head around a model that says what a test has written down."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace

import pytest

from tests.worker.causal.said import HEAD, IDS, Said, call_ids, text_ids
from worker import stopping
from worker.heads.called import NOTHING_READ
from worker.heads.causal.limits import ContextTooLong
from worker.heads.causal.read_head import CausalReadHead
from worker.heads.scripted.memory import InMemoryMemory, Named
from worker.reading.question import AllOf
from worker.types import MemoryQuery, QuestionContext, RelationSpec, TracedAnswer

RELATIONS = [
    RelationSpec("1", "place of birth", template="{subject} was born in {object}.", lasts=False,
                 questions=("Where was {subject} born?",)),
    RelationSpec("2", "employer", template="{subject} works for {object}.",
                 questions=("Who employs {subject}?",)),
    RelationSpec("3", "headquarters location", template="{subject} is based in {object}."),
    RelationSpec("4", "burial place", template="{subject} is buried in {object}.",
                 single_valued=True),
]  # fmt: skip


@pytest.fixture(scope="module")
def memory() -> InMemoryMemory:
    made = InMemoryMemory(RELATIONS)
    ada, society = Named("Ada Lovelace", "PER"), Named("Analytical Society", "ORG")
    made.add(ada, "1", Named("London", "LOC"))
    made.add(ada, "2", society)
    made.add(society, "3", Named("Cambridge", "LOC"))
    made.add(Named("Charles Babbage", "PER"), "1", Named("London", "LOC"))
    made.add(Named("Isaac Newton", "PER"), "2", Named("Royal Mint", "ORG"))
    return made


def answered(question: str, memory: InMemoryMemory, said: Sequence[int]) -> TracedAnswer:
    head = CausalReadHead(head=HEAD)
    head.decoder = SimpleNamespace(session=lambda ids: Said([*said, IDS.stop]))  # type: ignore[assignment]
    return head.answer(question, memory, QuestionContext())


def query(relation: str, subject: str = "", object_: str = "") -> MemoryQuery:
    return MemoryQuery(relation, subject=subject or None, object=object_ or None)


def test_it_answers_from_what_its_call_read(memory: InMemoryMemory) -> None:
    said = [*call_ids(query("place of birth", "Ada Lovelace")), *text_ids(" London")]

    answer = answered("Where was Ada Lovelace born?", memory, said)

    assert [entity.name for entity in answer.answers] == ["London"]
    assert answer.text == "Ada Lovelace was born in London [1]."
    assert [fact.object.name for fact in answer.cited] == ["London"]
    assert answer.calls == "({MEM_READ(Ada Lovelace>>place of birth>>)--> London})"
    assert answer.scores["written"] == 1.0


def test_what_it_writes_beside_its_reads_is_marked_as_borne_out_by_nothing(
    memory: InMemoryMemory,
) -> None:
    said = [*call_ids(query("place of birth", "Ada Lovelace")), *text_ids(" London; Paris")]

    answer = answered("Where was Ada Lovelace born?", memory, said)

    assert answer.text == "Ada Lovelace was born in London [1]. Paris"
    assert [span.of(answer.text) for span in answer.unsupported] == ["Paris"]
    assert [entity.name for entity in answer.answers] == ["London"]
    assert answer.scores["written"] == 0.0


def test_nothing_of_a_broken_call_is_told(memory: InMemoryMemory) -> None:
    said = [*call_ids(query("place of birth", "Ada Lovelace")),
            *text_ids(" ({ Ada> employer>; Ada> child>}) London")]  # fmt: skip

    answer = answered("Where was Ada Lovelace born?", memory, said)

    assert answer.text == "Ada Lovelace was born in London [1]."


def test_it_tells_each_read_and_each_word_as_it_comes(memory: InMemoryMemory) -> None:
    steps: list[tuple[str, int]] = []
    said = [*call_ids(query("place of birth", "Ada Lovelace")), *text_ids(" London"), IDS.stop]
    head = CausalReadHead(head=HEAD)
    head.decoder = SimpleNamespace(session=lambda ids: Said(said))  # type: ignore[assignment]

    head.answer_streaming(
        "Where was Ada Lovelace born?", memory, QuestionContext(),
        lambda progress: steps.append((progress.text, len(progress.reads))),
    )  # fmt: skip

    assert steps[0] == ("", 1)
    assert steps[-1] == ("London", 1)


def test_it_stops_where_nobody_wants_the_answer_any_more(memory: InMemoryMemory) -> None:
    class Gone(Exception):
        pass

    def gone() -> None:
        raise Gone

    with pytest.raises(Gone), stopping.asked(gone):
        answered("Where was Ada Lovelace born?", memory, [])


def test_it_goes_on_from_what_a_read_has_brought(memory: InMemoryMemory) -> None:
    said = [
        *call_ids(query("employer", "Ada Lovelace")),
        *call_ids(query("headquarters location", "Analytical Society")),
        *text_ids(" Cambridge"),
    ]

    answer = answered("Where is the employer of Ada Lovelace based?", memory, said)

    assert [entity.name for entity in answer.answers] == ["Cambridge"]
    assert [fact.object.name for fact in answer.cited] == ["Analytical Society", "Cambridge"]
    assert len(answer.reads) == 2


def test_it_reads_from_the_other_side(memory: InMemoryMemory) -> None:
    said = call_ids(query("place of birth", object_="London"))

    answer = answered("Who was born in London?", memory, said)

    assert {entity.name for entity in answer.answers} == {"Ada Lovelace", "Charles Babbage"}


def test_it_says_yes_where_the_memory_states_what_is_asked(memory: InMemoryMemory) -> None:
    said = call_ids(query("place of birth", "Ada Lovelace"))
    turned = call_ids(query("place of birth", object_="London"))
    for calls in ([*said, *text_ids(" London")], [*turned, *text_ids(" Yes.")], [*said, *turned]):
        answer = answered("Was Ada Lovelace born in London?", memory, calls)
        assert answer.text == "Yes. Ada Lovelace was born in London [1]."
        assert answer.unsupported == ()
        assert [fact.object.name for fact in answer.cited] == ["London"]
    assert answered("Was Ada Lovelace born in London?", memory, turned).questions


def test_it_says_no_only_where_the_memory_rules_it_out(memory: InMemoryMemory) -> None:
    memory.add(Named("Mary Somerville", "PER"), "4", Named("Jedburgh", "LOC"))
    for relation, text in (
        ("burial place", "No. Mary Somerville is buried in Jedburgh [1]."),
        ("employer", ""),
    ):
        who = "Mary Somerville" if text else "Ada Lovelace"
        said = call_ids(query(relation, who))
        asked = f"Is {who} buried in London?" if text else f"Has {who} worked for Royal Mint?"
        answer = answered(asked, memory, said)
        assert answer.abstained is not bool(text), answer.text
        assert not text or answer.text == text


def test_a_yes_leaves_no_word_of_the_question_out(memory: InMemoryMemory) -> None:
    said = call_ids(query("place of birth", "Ada Lovelace"))
    for question in (
        "Was Ada Lovelace not born in London?",
        "Was Ada Lovelace born in London or Cambridge?",
        "Was Ada Lovelace born in London in 1901?",
        "Was Ada Lovelace married in London?",
        "Was Ada Lovelace born in Londn?",
    ):
        assert answered(question, memory, said).abstained, question


def test_it_abstains_where_reads_bring_nothing(memory: InMemoryMemory) -> None:
    said = [*call_ids(query("employer", "Charles Babbage")), *text_ids(" Cambridge")]

    answer = answered("Who employs Charles Babbage?", memory, said)

    assert answer.abstained
    assert "Cambridge" not in answer.text
    assert answer.cited == ()
    assert answer.calls == "({MEM_READ(Charles Babbage>>employer>>)-->})"


def test_it_does_not_tell_what_only_leads_to_what_is_asked_for(memory: InMemoryMemory) -> None:
    """The model asked what the employer has, and the memory says nothing of that."""
    first = call_ids(query("employer", "Ada Lovelace"))
    question = "What has the employer of Ada Lovelace?"
    on = call_ids(query("headquarters location", object_="Analytical Society"))
    again = call_ids(query("employer", "Analytical Society"))

    assert answered(question, memory, [*first, *on]).reason == NOTHING_READ
    # Where it only goes on as before, or after two steps, it has gone too far.
    based = call_ids(query("headquarters location", "Analytical Society"))
    further = call_ids(query("burial place", object_="Cambridge"))
    where = "Where is the employer of Ada Lovelace based?"
    answer = answered(where, memory, [*first, *based, *further])
    assert [entity.name for entity in answer.answers] == ["Cambridge"]
    for said in (first, [*first, *again]):
        answer = answered(question, memory, said)
        assert [entity.name for entity in answer.answers] == ["Analytical Society"]


def test_it_abstains_where_calls_make_no_chain(memory: InMemoryMemory) -> None:
    said = [
        *call_ids(query("employer", "Ada Lovelace")),
        *call_ids(query("place of birth", "Charles Babbage")),
    ]

    answer = answered("What of Ada Lovelace and Charles Babbage?", memory, said)

    assert answer.abstained


def test_it_answers_with_what_two_calls_have_in_common(memory: InMemoryMemory) -> None:
    said = [
        *call_ids(query("employer", object_="Analytical Society")),
        *call_ids(query("place of birth", object_="London")),
        *text_ids(" Ada Lovelace"),
    ]

    answer = answered("Who works for Analytical Society, born in London?", memory, said)

    assert [entity.name for entity in answer.answers] == ["Ada Lovelace"]
    assert [fact.relation.name for fact in answer.cited] == ["employer", "place of birth"]
    assert answer.scores["written"] == 1.0
    (question,) = answer.questions
    assert isinstance(question.target, AllOf)
    assert [[span.of(question.text) for span in part.of.spans] for part in question.target.parts] \
        == [["Analytical Society"], ["London"]]  # fmt: skip


def test_a_condition_that_nobody_meets_leaves_no_answer(memory: InMemoryMemory) -> None:
    said = [
        *call_ids(query("place of birth", object_="London")),
        *call_ids(query("employer", object_="Royal Mint")),
        *text_ids(" Charles Babbage"),
    ]

    answer = answered("Who was born in London and works for Royal Mint?", memory, said)

    assert answer.abstained
    assert "knows nothing that is all of this" in answer.reason


def test_a_condition_may_take_several_steps(memory: InMemoryMemory) -> None:
    said = [
        *call_ids(query("place of birth", object_="London")),
        *call_ids(query("headquarters location", object_="Cambridge")),
        *call_ids(query("employer", object_="Analytical Society")),
    ]

    answer = answered("Who was born in London and works for what is based in Cambridge?",
                      memory, said)  # fmt: skip

    assert [entity.name for entity in answer.answers] == ["Ada Lovelace"]
    assert len(answer.cited) == 3


@pytest.mark.parametrize(
    "question",
    [
        "Who was born in London or works for Analytical Society?",
        "Who was either born in London or works for Analytical Society?",
        "Who works for Analytical Society, not born in London?",
        "Who works for Analytical Society, born in London, without a spouse?",
        "Who works only for Analytical Society, born in London?",
    ],
)
def test_what_calls_have_in_common_is_no_other_question(
    memory: InMemoryMemory, question: str
) -> None:
    said = [
        *call_ids(query("employer", object_="Analytical Society")),
        *call_ids(query("place of birth", object_="London")),
    ]

    assert answered(question, memory, said).abstained


def test_both_asks_for_what_calls_have_in_common(memory: InMemoryMemory) -> None:
    said = [
        *call_ids(query("employer", object_="Analytical Society")),
        *call_ids(query("place of birth", object_="London")),
    ]

    both = "Who both works for Analytical Society and was born in London?"
    assert [one.name for one in answered(both, memory, said).answers] == ["Ada Lovelace"]
    one = answered("Who both works for Analytical Society?", memory, said[: len(said) // 2])
    assert one.abstained


def test_several_names_of_one_call_are_asked_the_same(memory: InMemoryMemory) -> None:
    employers = [query("employer", name) for name in ("Ada Lovelace", "Isaac Newton")]
    question = "Who employs Ada Lovelace and Isaac Newton?"

    answer = answered(question, memory, call_ids(*employers))

    assert [entity.name for entity in answer.answers] == ["Analytical Society", "Royal Mint"]
    mixed = [query("place of birth", "Ada Lovelace"), employers[1]]
    assert answered(question, memory, call_ids(*mixed)).abstained


def test_it_reads_for_the_time_of_the_question(memory: InMemoryMemory) -> None:
    made = InMemoryMemory(RELATIONS)
    ada = Named("Ada Lovelace", "PER")
    made.add(ada, "2", Named("Royal Mint", "ORG"), valid_from=date(1836, 1, 1),
             valid_to=date(1840, 1, 1))  # fmt: skip
    made.add(ada, "2", Named("Analytical Society", "ORG"), valid_from=date(1840, 1, 1))
    said = call_ids(query("employer", "Ada Lovelace"))

    for year, name in ((1838, "Royal Mint"), (1841, "Analytical Society")):
        answer = answered(f"Who employed Ada Lovelace in {year}?", made, said)
        assert [entity.name for entity in answer.answers] == [name]
    assert answered("Who employed Ada Lovelace in 1820?", made, said).abstained
    first = answered("Who was the first to employ Ada Lovelace?", made, said)
    assert "“first”" in first.reason


def test_who_has_been_something_asks_for_all_so_far(memory: InMemoryMemory) -> None:
    made = InMemoryMemory(RELATIONS)
    ada = Named("Ada Lovelace", "PER")
    made.add(ada, "2", Named("Royal Mint", "ORG"), valid_from=date(1836, 1, 1),
             valid_to=date(1840, 1, 1))  # fmt: skip
    made.add(ada, "2", Named("Analytical Society", "ORG"), valid_from=date(1840, 1, 1))
    said = call_ids(query("employer", "Ada Lovelace"))

    answer = answered("Who has employed Ada Lovelace?", made, said)

    assert {one.name for one in answer.answers} == {"Royal Mint", "Analytical Society"}


def test_it_abstains_from_a_time_that_facts_say_nothing_of(memory: InMemoryMemory) -> None:
    answer = answered("Who was born in London in 1815?", memory,
                      call_ids(query("place of birth", object_="London")))  # fmt: skip

    assert answer.abstained
    assert "1815" in answer.reason


def test_it_abstains_where_a_word_is_left_over(memory: InMemoryMemory) -> None:
    said = [*call_ids(query("place of birth", "Ada Lovelace")), *text_ids(" Paris")]

    answer = answered("Where was Ada Lovelace not born?", memory, said)

    assert answer.abstained
    assert answer.unsupported == ()
    assert "“not”" in answer.reason


def test_it_abstains_from_an_empty_memory_and_from_no_question(memory: InMemoryMemory) -> None:
    assert answered("Where was Ada born?", InMemoryMemory([]), []).abstained
    assert answered("", memory, []).abstained


def test_it_says_what_left_the_window_before_the_call_at_hand(memory: InMemoryMemory) -> None:
    said = [*call_ids(query("place of birth", "Ada Lovelace")), *text_ids(" London"), IDS.stop]
    window = len(said) + len(text_ids("Question: Where was Ada Lovelace born?")) + 4

    class Narrow(Said):
        def __init__(self, ids: Sequence[int]) -> None:
            super().__init__([])
            self.waiting, self.ids, self.seen = said, self.seen, list(ids)

        def feed(self, ids: Sequence[int]) -> None:
            self.ids = self.seen
            if len(self.seen) + len(ids) >= window:
                raise ContextTooLong(len(self.seen) + len(ids), window)
            super().feed(ids)

    sessions: list[Narrow] = []

    def begin(ids: Sequence[int]) -> Narrow:
        sessions.append(Narrow(ids))
        return sessions[-1]

    head = CausalReadHead(head=HEAD)
    head.decoder = SimpleNamespace(session=begin)  # type: ignore[assignment]
    answer = head.answer("Where was Ada Lovelace born?", memory, QuestionContext())
    assert len(sessions) > 1
    assert answer.text == "Ada Lovelace was born in London [1]."
    (told,) = answer.understood[-1:]
    assert re.fullmatch(r"The oldest \d+ tokens left the language model's window.*", told)


def test_it_answers_something_whatever_the_model_is(memory: InMemoryMemory) -> None:
    head = CausalReadHead(head=HEAD)  # random weights

    answer = head.answer("Where was Ada Lovelace born?", memory, QuestionContext())

    facts = {fact.triple_id for read in answer.reads for fact in read.result.facts}
    assert {fact.triple_id for fact in answer.cited} <= facts
