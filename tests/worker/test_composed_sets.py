"""Sets told by what they share, by two phrases at once, by a wider place or by a looser word."""

from dataclasses import replace

import pytest

from tests.worker.memories import standard_memory, typed
from worker.heads.encoder.read_head import EncoderReadHead
from worker.reading.costs import costs_of
from worker.reading.items import Named, items_of
from worker.reading.kinship import kin_node, kin_of
from worker.reading.question import FirstOf, Option, Thing
from worker.reading.stems import stem
from worker.types import EntityRef, QuestionContext, RelationSpec

TYPES = {
    **dict.fromkeys(["Dora Lind", "Nils Berg", "Greta Keller", "Tom Poe", "Sam Ott", "Ann Holt",
                     "Cora Vale"], "PER"),
    **dict.fromkeys(["Norway", "Spain", "Oslo", "Lindenau", "Europe"], "LOC"),
    **dict.fromkeys(["Halden FC", "Moss FC"], "ORG"),
    **dict.fromkeys(["Iron Winter", "Salt Road", "Blue Hour", "Drama", "Thriller", "Goalkeeper"],
                    "MISC"),
}  # fmt: skip
FACTS = [
    ("Iron Winter", "P57", "Dora Lind"), ("Salt Road", "P57", "Dora Lind"),
    ("Salt Road", "P136", "Drama"), ("Iron Winter", "P136", "Thriller"),
    ("Iron Winter", "P161", "Greta Keller"), ("Blue Hour", "P161", "Greta Keller"),
    ("Blue Hour", "P161", "Nils Berg"), ("Blue Hour", "P57", "Ann Holt"),
    ("Tom Poe", "P54", "Halden FC"), ("Sam Ott", "P54", "Halden FC"),
    ("Tom Poe", "P27", "Norway"), ("Sam Ott", "P27", "Spain"),
    ("Dora Lind", "P19", "Oslo"), ("Oslo", "P17", "Norway"), ("Norway", "P30", "Europe"),
    ("Ann Holt", "P19", "Lindenau"),
]  # fmt: skip
POSITION = RelationSpec(
    "X1", "position", template="{subject} plays as a {object}.", subject_types=("PER",),
    object_types=("MISC",), questions=("What position does {subject} play?",),
    inverse_questions=("Who plays as {object}?",),
)  # fmt: skip
PARENT = RelationSpec(
    "X2", "parent", template="{object} is a parent of {subject}.", subject_types=("PER",),
    object_types=("PER",),
)  # fmt: skip


@pytest.fixture(scope="module")
def head() -> EncoderReadHead:
    return EncoderReadHead()


@pytest.fixture(scope="module")
def memory():
    plain = standard_memory()
    from worker.heads.scripted.memory import InMemoryMemory
    from worker.heads.scripted.memory import Named as Entity

    memory = InMemoryMemory([*plain.relations(), POSITION, PARENT])
    rows = [*typed(FACTS, TYPES), ("Tom Poe", "PER", "X1", "Goalkeeper", "MISC"),
            ("Nils Berg", "PER", "X2", "Cora Vale", "PER")]  # fmt: skip
    for subject, subject_type, relation, object_, object_type in rows:
        memory.add(Entity(subject, subject_type), relation, Entity(object_, object_type))
    return memory


def ask(head, memory, question):
    answer = head.answer(question, memory, QuestionContext())
    return {entity.name for entity in answer.answers}, answer


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("What genre are the films that share a director with Iron Winter?", {"Drama"}),
        ("Which films have the same director as Iron Winter?", {"Salt Road"}),
        ("Who directed the films whose actors also appear in Iron Winter?", {"Ann Holt"}),
        ("Who acted together with Greta Keller?", {"Nils Berg"}),
        ("Which Norway player plays for Halden FC?", {"Tom Poe"}),
        ("In which country was Dora Lind born?", {"Norway"}),
        ("Who is the mother of Nils Berg?", {"Cora Vale"}),
    ],
)
def test_it_reads_the_whole_question(head, memory, question, given):
    assert ask(head, memory, question)[0] == given


def test_it_gives_no_kind_of_place_that_is_not_known(head, memory):
    given, answer = ask(head, memory, "On which continent was Ann Holt born?")
    assert (given, answer.abstained) == (set(), True)


def test_it_says_that_a_parent_stands_in_for_the_mother(head, memory):
    _, answer = ask(head, memory, "Who is the mother of Nils Berg?")
    assert any("no fact says that it is the mother" in note for note in answer.understood)


def test_it_answers_no_condition_away(head, memory):
    given, _ = ask(head, memory, "Which player of Moss FC is from Norway?")
    assert given == set()


def test_a_relation_is_gone_along_once_for_each_noun():
    spec = RelationSpec("P40", "child", aliases=("son", "children"), object_types=("PER",))
    ada = Thing((EntityRef("1", "Ada", "PER"),), "Ada")
    for question, fits in (
        ("Who is the child of Ada?", True),
        ("Who is the child of the children of Ada?", False),
        ("Who is the son of Ada's son?", False),
    ):
        start = question.index("Ada")
        items = items_of(question, [Named(start, start + 3, ada, "PER")])
        at = next(number for number, item in enumerate(items) if item.kind == "node")
        assert (costs_of(items[:-1], at, Option(spec, "subject")) is not None) == fits, question


def test_kin_is_looked_up_as_it_is_recorded():
    father = RelationSpec("P22", "father", wikidata_property="P22")
    thing = Thing((EntityRef("1", "Ada", "PER"),), "Ada")
    assert kin_node(kin_of("father"), thing, [father]) is None
    assert isinstance(kin_node(kin_of("dad"), thing, [father, PARENT]), FirstOf)
    assert kin_of("other-half").word == "spouse"
    assert stem("wrote") == stem("writer") != stem("found")


def test_a_relation_with_facts_stands_in_only_where_it_goes_by_the_words(head, memory):
    used = {relation.name for relation in memory.relations() if relation.used}
    assert {"director", "position"} <= used
    assert "author" not in used
    assert replace(POSITION, used=False) == POSITION
    assert ask(head, memory, "Who produced Iron Winter?")[1].abstained
