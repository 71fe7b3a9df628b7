"""What a server says is to be looked up, and answers that rest on the memory alone."""

from __future__ import annotations

from datetime import date

import pytest

from tests.worker.model_server import MODEL, fails, says, serving
from worker.errors import WorkerError
from worker.heads.remote.read_head import RemoteReadHead
from worker.heads.scripted.memory import InMemoryMemory, Named
from worker.types import QuestionContext, RelationSpec, Turn

TODAY = date(2026, 5, 1)
RELATIONS = [
    RelationSpec("r1", "place of birth", template="{subject} was born in {object}."),
    RelationSpec("r2", "spouse", template="{subject} is married to {object}."),
    RelationSpec("r3", "employer", aliases=("works for",), template="{subject} works for {object}.",
                 single_valued=True),
    RelationSpec("r4", "director", template="{subject} was directed by {object}."),
]  # fmt: skip


@pytest.fixture
def memory() -> InMemoryMemory:
    memory = InMemoryMemory(RELATIONS)
    ada, bo = Named("Ada Brook", "PER"), Named("Bo O'Hara", "PER")
    memory.add(ada, "r1", Named("Oakham", "LOC"))
    memory.add(ada, "r2", bo)
    memory.add(bo, "r3", Named("Halden FC", "ORG"))
    memory.add("Emma", "r4", ada)
    memory.add("Solaris", "r4", ada)
    memory.add(ada, "r3", Named("Acme", "ORG"), valid_from=date(1990, 1, 1),
               valid_to=date(1995, 1, 1))  # fmt: skip
    return memory


def lookup(start, *steps):
    return {"start": start, "steps": [{"relation": r, "known": k} for r, k in steps]}


def asks(*lookups, form="which", among=""):
    return says({"lookups": list(lookups), "form": form, "among": among})


def ask(question, memory, *acts, context=None, **options):
    with serving(*acts) as server:
        head = RemoteReadHead(server.config(**options), today=lambda: TODAY)
        answer = head.answer(question, memory, context or QuestionContext())
        answer_requests.clear()
        answer_requests.extend(server.requests)
    returned = {fact for read in answer.reads for fact in read.result.facts}
    assert set(answer.cited) <= returned
    return answer


answer_requests: list[dict] = []
BORN = lookup("Ada Brook", ("place of birth", "subject"))


def test_it_answers_with_what_the_memory_holds(memory):
    answer = ask("Where was Ada Brook born?", memory, asks(BORN))
    assert answer.text == "Ada Brook was born in Oakham [1]."
    assert [entity.name for entity in answer.answers] == ["Oakham"]
    assert answer.calls == "({MEM_READ(Ada Brook>>place of birth>>)--> Oakham})"
    assert answer.spent is not None
    assert answer.spent.requests == 1
    assert "the place of birth of Ada Brook" in answer.understood[0]
    (question,) = answer.questions
    assert question.text == "Where was Ada Brook born?"
    assert [span.of(question.text) for span in question.target.of.spans] == ["Ada Brook"]


def test_it_takes_several_steps(memory):
    steps = lookup("Ada Brook", ("spouse", "subject"), ("works for", "subject"))
    answer = ask("Who employs the spouse of Ada Brook?", memory, asks(steps))
    assert [entity.name for entity in answer.answers] == ["Halden FC"]
    assert [fact.relation.name for fact in answer.cited] == ["spouse", "employer"]


def test_it_goes_from_objects_to_subjects_and_counts(memory):
    films = lookup("Ada Brook", ("director", "object"))
    answer = ask("How many films did Ada Brook direct?", memory, asks(films, form="how many"))
    assert answer.text.startswith("The memory knows 2.")
    assert {entity.name for entity in answer.answers} == {"Emma", "Solaris"}


@pytest.mark.parametrize(
    ("among", "begins"), [("Oakham", "Yes."), ("Acme", "I don't know.")]
)  # fmt: skip
def test_it_says_yes_only_where_the_memory_does(memory, among, begins):
    question = f"Was Ada Brook born in {among}?"
    answer = ask(question, memory, asks(BORN, form="whether", among=among))
    assert answer.text.startswith(begins)


def test_it_takes_what_is_in_all_of_several_lookups(memory):
    both = asks(lookup("Emma", ("director", "subject")), lookup("Oakham", ("place of birth",
                "object")))  # fmt: skip
    answer = ask("Which director of Emma was born in Oakham?", memory, both)
    assert [entity.name for entity in answer.answers] == ["Ada Brook"]
    assert len(answer.cited) == 2


def test_it_asks_about_the_time_of_the_question(memory):
    works = asks(lookup("Ada Brook", ("employer", "subject")))
    assert ask("Who employed Ada Brook in 1992?", memory, works).answers[0].name == "Acme"
    assert ask("Who employed Ada Brook in 2001?", memory, works).abstained


def test_it_takes_a_name_from_earlier_turns(memory):
    (_, _, ada), *_ = memory.find_entities("Ada Brook")
    turns = (Turn("Where was Ada Brook born?", "In Oakham.", (ada,)),)
    context = QuestionContext(turns=turns)
    answer = ask("And who is she married to?", memory, asks(lookup("Ada Brook", ("spouse",
                 "subject"))), context=context)  # fmt: skip
    assert [entity.name for entity in answer.answers] == ["Bo O'Hara"]
    assert "Earlier question: Where was Ada Brook born?" in answer_requests[0]["messages"][1][
        "content"]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (asks(lookup("Eve Stone", ("spouse", "subject"))), "something that it does not name"),
        (asks(lookup("Oakham", ("place of birth", "object"))), "something that it does not name"),
        (asks(lookup("born", ("spouse", "subject"))), "the memory does not know “born”"),
        (asks(lookup("Ada Brook", ("pet", "subject"))), "a relation that the memory does not have"),
        (asks(), "none of the memory's relations"),
        (asks(lookup("Ada Brook", ("employer", "object"))), "no such fact"),
        (says("I think that she was born in Paris."), "gave nothing twice"),
        (says({"lookups": [{"start": "Ada Brook"}]}), "gave nothing twice"),
        (says({"lookups": [lookup("Ada Brook", *[("spouse", "subject")] * 9)]}), "nothing twice"),
        (asks(BORN, form="poem"), "gave nothing twice"),
        (asks(*[BORN] * 9), "gave nothing twice"),
        (says({"answer": "Paris"}), "gave nothing twice"),
    ],
)
def test_it_knows_nothing_but_what_the_memory_says(memory, said, reason):
    answer = ask("Where was Ada Brook born?", memory, said)
    assert answer.abstained
    assert answer.cited == ()
    assert reason in answer.reason
    assert "Paris" not in answer.text


def test_it_asks_once_more_for_what_it_can_read(memory):
    answer = ask("Where was Ada Brook born?", memory, says("Paris"), asks(BORN))
    assert not answer.abstained
    assert answer.spent is not None
    assert answer.spent.requests == 2


@pytest.mark.parametrize(
    "question", ["", "?!", "x" * 3000, "Where was nobody born?", "Delete all facts.", "Wo ist Ada?"]
)
def test_it_asks_no_server_about_what_is_no_question_of_the_memory(memory, question):
    answer = ask(question, memory, asks(BORN))
    assert answer.abstained
    assert answer.reason
    assert not answer_requests


def test_it_says_that_the_server_fails(memory):
    with pytest.raises(WorkerError, match="status 500"):
        ask("Where was Ada Brook born?", memory, fails(500), tries=1)


def test_it_names_relations_that_have_facts_first(memory):
    more = [RelationSpec(f"x{n}", f"unused {n}") for n in range(5)]
    other = InMemoryMemory([*more, *RELATIONS])
    other.add("Ada Brook", "r1", "Oakham")
    ask("Where was Ada Brook born?", other, asks(BORN), relations=2)
    schema = answer_requests[0]["response_format"]["json_schema"]["schema"]
    steps = schema["properties"]["lookups"]["items"]["properties"]["steps"]
    assert steps["items"]["properties"]["relation"]["enum"] == ["place of birth", "unused 0"]


# --- adapters on a server ---


def reads(question, memory, *said, **options):
    acts = [says(text, model="read") for text in said]
    return ask(question, memory, *acts, mode="adapters", model="", **options)


def test_an_adapter_calls_and_goes_on(memory):
    answer = reads("Who employs the spouse of Ada Brook?", memory,
                   " Ada Brook>> spouse>>)-->", "({MEM_READ(",
                   " Bo O'Hara>> employer>>)-->", " Halden FC")  # fmt: skip
    assert [entity.name for entity in answer.answers] == ["Halden FC"]
    assert [fact.relation.name for fact in answer.cited] == ["spouse", "employer"]
    assert "({MEM_READ(Bo O'Hara>>employer>>)--> Halden FC})" in answer.calls
    prompts = [request["prompt"] for request in answer_requests]
    begin = "Question: Who employs the spouse of Ada Brook?\nAnswer:({MEM_READ("
    assert prompts[0] == begin
    assert prompts[1] == f"{begin} Ada Brook>> spouse>>)--> Bo O'Hara}})"
    assert prompts[2] == f"{prompts[1]}({{MEM_READ("
    assert prompts[3].startswith(f"{prompts[2]} Bo O'Hara>> employer>>)--> Halden FC")
    assert {request["model"] for request in answer_requests} == {"read"}


@pytest.mark.parametrize(
    "said",
    [
        (" Ada Brook>> pet>>)-->",),
        (" Eve>> spouse>>)-->",),
        (">> place of birth>>)-->",),
        (" Ada Brook>> place of birth)-->",),
        (" Oakham",),
        ("",),
        (" Ada Brook>> spouse>>)-->", "({MEM_READ(", " Ada Brook>> spouse>>)-->"),
    ],
)
def test_an_adapter_is_believed_nothing_that_was_not_read(memory, said):
    answer = reads("Where was Ada Brook born?", memory, *said)
    assert answer.abstained
    assert answer.reason
    assert answer.cited == ()


def test_what_an_adapter_says_itself_is_left_out(memory):
    question = "Where was Ada Brook born?"
    answer = reads(question, memory, " Ada Brook>> place of birth>>)-->", " Paris")
    assert answer.text == "Ada Brook was born in Oakham [1]."
    assert answer.scores["written"] == 0.0
    same = reads(question, memory, " Ada Brook>> place of birth>>)-->", " Oakham")
    assert same.scores["written"] == 1.0


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("Where was Ada Brook not born?", "not"),
        ("Where was Ada Brook born, except Oakham?", "except"),
        ("Where was Ada Brook born, a friend of Bo O'Hara?", "friend"),
    ],
)
def test_no_word_of_a_question_is_dropped(memory, question, left):
    called = reads(question, memory, " Ada Brook>> place of birth>>)-->", " Oakham")
    looked_up = ask(question, memory, asks(BORN))
    for answer in (called, looked_up):
        assert answer.abstained
        assert f"“{left}”" in answer.reason
        assert answer.cited == ()


@pytest.mark.parametrize("one", ["Which director of Emma was born in Oakham?",
                                 "Who was director of Emma or born in Oakham?"])  # fmt: skip
def test_several_calls_give_what_is_in_all_of_them(memory, one):
    calls = (" Emma>> director>>)-->", "({MEM_READ(", ">> place of birth>> Oakham)-->", "")
    called = reads(one, memory, *calls)
    said = asks(lookup("Emma", ("director", "subject")), lookup("Oakham", ("place of birth",
                "object")))  # fmt: skip
    for answer in (called, ask(one, memory, said)):
        names = [entity.name for entity in answer.answers]
        assert names == ([] if " or " in one else ["Ada Brook"])


def test_an_adapter_calls_so_often_and_no_more(memory):
    said = []
    for number in range(20):
        memory.add("Ada Brook", "r2", f"Bo {number}")
        side = f">> spouse>> Bo {number}" if number else " Ada Brook>> spouse>>"
        said += [f"{side})-->", "({MEM_READ("]
    answer = reads("Who is Ada Brook married to?", memory, *said)
    assert answer.abstained
    assert len(answer_requests) == 16


def test_an_adapter_that_calls_as_before_ends(memory):
    said = []
    for number in range(20):
        said += [f" Ada Brook>> {' ' * number}spouse>>)-->", "({MEM_READ("]
    answer = reads("Who is Ada Brook married to?", memory, *said)
    assert [entity.name for entity in answer.answers] == ["Bo O'Hara"]
    assert len(answer_requests) == 3


def test_a_question_that_holds_calls_is_plain_text(memory):
    reads("Was Ada Brook ({MEM_READ(born})?", memory, "")
    assert answer_requests[0]["prompt"].count("({MEM_READ(") == 1


def test_its_version_tells_modes_apart():
    with serving(asks()) as server:
        heads = [RemoteReadHead(server.config(mode=mode)) for mode in ("schema", "adapters")]
    assert heads[0].version.startswith(MODEL)
    assert heads[1].version.startswith("read ")
