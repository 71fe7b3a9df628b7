"""The scripted backends: the whole loop without torch."""

import doctest
import subprocess
import sys
from datetime import date

import numpy as np
import pytest

from worker import registry
from worker.heads.scripted import memory as memory_module
from worker.heads.scripted.memory import InMemoryMemory, Named
from worker.protocol import find_calls, parse_read, parse_write
from worker.types import MemoryQuery, PassageText, QuestionContext, RelationSpec, Span

RELATIONS = [
    RelationSpec("r1", "place of birth", template="{subject} was born in {object}.",
                 single_valued=True),
    RelationSpec("r2", "date of birth", template="{subject} was born on {object}.",
                 single_valued=True),
    RelationSpec("r3", "capital of", template="{subject} is the capital of {object}."),
    RelationSpec("r4", "employer", template="{subject} works for {object}."),
    RelationSpec("r5", "founded by", template="{subject} was founded by {object}."),
    RelationSpec("r6", "place of death", template="{subject} died in {object}."),
    RelationSpec("r7", "spouse", template="{subject} is married to {object}."),
]  # fmt: skip
TEXT = (
    "Marie Curie was born in Warsaw on 7 November 1867 and died in Passy. "
    "Warsaw is the capital of Poland. Pierre Curie married Marie Curie. "
    "The Radium Institute was founded by Marie Curie; Irène Joliot-Curie worked for the "
    "Radium Institute."
)


def passage(text: str) -> PassageText:
    spans, start = [], 0
    for piece in text.split(". "):
        spans.append(Span(start, min(len(text), start + len(piece) + 1)))
        start += len(piece) + 2
    return PassageText("p1", text, tuple(spans))


@pytest.fixture
def memory() -> InMemoryMemory:
    memory = InMemoryMemory(RELATIONS)
    memory.add("Marie Curie", "r1", "Warsaw")
    memory.add("Marie Curie", "r2", "7 November 1867")
    memory.add("Marie Curie", "r4", "Sorbonne")
    memory.add("Józef Piłsudski", "r4", "Sorbonne")
    memory.add("Warsaw", "r3", "Poland")
    memory.add("Radium Institute", "r5", "Marie Curie")
    return memory


def ask(question: str, memory: InMemoryMemory):
    return registry.read_head("scripted").answer(question, memory, QuestionContext())


def test_it_embeds_similar_strings_near_each_other():
    embedder = registry.embedder("scripted")
    rows = embedder.embed(["Marie Curie", "marie  curie", "Marie S. Curie", "Kyoto", "", "\ud800"])
    assert rows.shape == (6, 384)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert rows[0] @ rows[1] == pytest.approx(1)
    assert rows[0] @ rows[2] > 0.6 > 0.2 > rows[0] @ rows[3]


def test_it_embeds_nothing_as_no_rows():
    assert registry.embedder("scripted").embed([]).shape == (0, 384)


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("Marie Curie was born in Warsaw.", "stated"),
        ("Marie Curie was not born in Warsaw.", "denied"),
        ("It is not true that Marie Curie was born in Warsaw.", "denied"),
        ("Marie Curie may have been born in Warsaw.", "uncertain"),
        ("If Marie Curie was born in Warsaw, she lied.", "uncertain"),
        ("He asked: is it known that Marie Curie was born in Warsaw?", "asked"),
        ("Marie Curie will be born in Warsaw.", "planned"),
        ("Marie Curie no longer works for Warsaw.", "ended"),
        ("Marie Curie was never rich and was born in Warsaw.", "stated"),
    ],
)
def test_it_tells_the_mood_by_plain_words(text, mood):
    (found,) = registry.write_head("scripted").extract([passage(text)], RELATIONS)
    holds = mood in ("stated", "ended")
    assert [p.mood for p in (found.proposals if holds else found.unstated)] == [mood]
    assert not (found.unstated if holds else found.proposals)
    assert len(parse_write(found.call)) == holds


def test_a_fact_that_is_denied_and_stated_is_proposed_once_and_denied_once():
    text = "Marie Curie was not born in Warsaw. Marie Curie was born in Warsaw."
    (found,) = registry.write_head("scripted").extract([passage(text)], RELATIONS)
    assert [text[p.sentence.start] for p in found.proposals] == ["M"]
    assert found.proposals[0].sentence.start == text.rindex("Marie")
    assert [p.sentence.start for p in found.unstated] == [0]


def test_it_extracts_triples_with_exact_spans():
    (extraction,) = registry.write_head("scripted").extract([passage(TEXT)], RELATIONS)
    names = {relation.id: relation.name for relation in RELATIONS}
    found = {(p.subject.text, names[p.relation_id], p.object.text) for p in extraction.proposals}
    assert found == {
        ("Marie Curie", "place of birth", "Warsaw"),
        ("Marie Curie", "date of birth", "7 November 1867"),
        ("Marie Curie", "place of death", "Passy"),
        ("Warsaw", "capital of", "Poland"),
        ("Pierre Curie", "spouse", "Marie Curie"),
        ("Radium Institute", "founded by", "Marie Curie"),
        ("Irène Joliot-Curie", "employer", "Radium Institute"),
    }
    for proposal in extraction.proposals:
        assert proposal.sentence in passage(TEXT).sentences
        for argument in (proposal.subject, proposal.object):
            assert argument.span.of(TEXT) == argument.text
            assert proposal.sentence.start <= argument.span.start
            assert argument.span.end <= proposal.sentence.end
    assert set(parse_write(extraction.call)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Aba " * 10_000, 0),
        ("Aba " * 10_000 + "was born in Paris.", 1),
        ("Aba and " * 10_000 + "was born in Paris.", 1),
        ("A-" * 10_000 + "A was founded by Bob.", 1),
        ("Aba " * 10_000 + "was founded died was born in by x.", 0),
        (" ".join(f"Aba {i} was born in Edo {i}." for i in range(5_000)), 5_000),
    ],
    ids=["capitals", "a verb at the end", "and", "hyphens", "verbs without an object", "facts"],
)
def test_it_reads_ten_thousand_names(text, found):
    head = registry.write_head("scripted")
    extraction = head.extract([PassageText("p1", text, ())], RELATIONS)[0]
    assert len(extraction.proposals) == found


def test_it_proposes_only_relations_it_was_given():
    (extraction,) = registry.write_head("scripted").extract([passage(TEXT)], RELATIONS[2:3])
    assert [proposal.relation_id for proposal in extraction.proposals] == ["r3"]


@pytest.mark.parametrize(
    "text",
    ["", "   ", "no facts here", "({MEM_WRITE--> Eve>>place of birth>>Rome})", "A" * 5000],
)
def test_it_finds_nothing_where_nothing_is_stated(text):
    (extraction,) = registry.write_head("scripted").extract([PassageText("p", text, ())], RELATIONS)
    assert extraction.proposals == ()
    assert extraction.call == "({MEM_WRITE-->})"


@pytest.mark.parametrize(
    ("question", "text", "answers"),
    [
        ("Where was Marie Curie born?", "Marie Curie was born in Warsaw [1].", ["Warsaw"]),
        ("When was marie curie born?", "Marie Curie was born on 7 November 1867 [1].",
         ["7 November 1867"]),
        ("Who was born in Warsaw?", "Marie Curie was born in Warsaw [1].", ["Marie Curie"]),
        ("What is the capital of Poland?", "Warsaw is the capital of Poland [1].", ["Warsaw"]),
        ("Who founded the Radium Institute?",
         "Radium Institute was founded by Marie Curie [1].", ["Marie Curie"]),
        ("Who works for the Sorbonne?",
         "Marie Curie works for Sorbonne [1]. Józef Piłsudski works for Sorbonne [2].",
         ["Marie Curie", "Józef Piłsudski"]),
        ("How many people work for Sorbonne?",
         "The memory knows 2. Marie Curie works for Sorbonne [1]. "
         "Józef Piłsudski works for Sorbonne [2].", ["Marie Curie", "Józef Piłsudski"]),
        ("Did Marie Curie work for Sorbonne?", "Yes. Marie Curie works for Sorbonne [1].", []),
    ],
)  # fmt: skip
def test_it_answers_with_citations(memory, question, text, answers):
    answer = ask(question, memory)
    assert (answer.text, answer.abstained) == (text, False)
    assert [entity.name for entity in answer.answers] == answers
    assert [call.text for call in find_calls(answer.calls)] == [t.call for t in answer.reads]
    last = parse_read(answer.reads[-1].call)
    assert set(answers) <= set(last.results or ())


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("x" * 10_000, "longer than"),
        ("Where was Niels Bohr born?", "no entity"),
        ("What colour does Marie Curie like?", "No relation"),
        ("Where did Marie Curie die?", "no fact"),
        ("Did Marie Curie work for Poland?", "neither"),
        ("Was Marie Curie born in Poland?", "neither"),
    ],
)
def test_it_abstains_with_a_reason(memory, question, reason):
    answer = ask(question, memory)
    assert answer.abstained
    assert reason in answer.reason
    assert answer.cited == ()


def test_it_says_no_only_when_a_fact_rules_it_out():
    mother = RelationSpec(
        "r1", "mother", template="The mother of {subject} is {object}.", single_valued=True
    )
    memory = InMemoryMemory([mother])
    for child, name in (("Irène", "Marie"), ("Eve", "Anna")):
        memory.add(Named(child, "PER"), "r1", Named(name, "PER"))
    answer = ask("Is the mother of Irène Anna?", memory)
    assert answer.text == "No. The mother of Irène is Marie [1]."


def test_it_keeps_braces_in_names_as_they_are():
    memory = InMemoryMemory(RELATIONS)
    memory.add("The {object}", "r3", "Land; of (>>)")
    answer = ask("What is the capital of Land; of (>>)?", memory)
    assert answer.text == "The {object} is the capital of Land; of (>>) [1]."
    assert parse_read(answer.reads[-1].call).queries[0].object == "Land; of (>>)"


def test_it_reads_memory_by_name_and_alias_and_cuts_long_lists():
    memory = InMemoryMemory(RELATIONS, limit=2)
    for name in ("A", "B", "C"):
        memory.add(f"Person {name}", "r4", Named("Acme", aliases=["Acme Corp."]))
    result = memory.read(MemoryQuery("Employer", object="ACME corp"))
    assert [fact.subject.name for fact in result.facts] == ["Person A", "Person B"]
    assert result.truncated
    assert memory.read(MemoryQuery("no such relation", object="Acme")).facts == ()
    answer = ask("How many people work for Acme?", memory)
    assert answer.text.startswith("The memory knows at least 2.")


def test_it_documents_the_memory_with_an_example_that_runs():
    assert doctest.testmod(memory_module).failed == 0


def test_it_runs_without_torch():
    code = (
        "import sys; from worker import registry as r; r.embedder('scripted');"
        "r.write_head('scripted'); r.read_head('scripted'); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_it_keeps_what_is_past_for_those_who_ask():
    chair = RelationSpec("r1", "chairperson")
    memory = InMemoryMemory([chair])
    memory.add(
        "Guild",
        "r1",
        "Ada",
        valid_from=date(2000, 1, 1),
        valid_to=date(2010, 1, 1),
        superseded=True,
    )
    memory.add("Guild", "r1", "Eve", superseded=True)
    memory.add("Guild", "r1", "Ben", valid_from=date(2010, 1, 1))

    def chairs(**asked):
        query = MemoryQuery("chairperson", subject="Guild", **asked)
        return [fact.object.name for fact in memory.read(query).facts]

    assert chairs() == ["Ben"]
    assert chairs(include_past=True) == ["Ada", "Ben"]
    assert chairs(include_past=True, until=date(2009, 12, 31)) == ["Ada"]
    assert chairs(include_past=True, since=date(2010, 1, 1)) == ["Ben"]


def test_it_turns_facts_of_an_equivalent_relation_round():
    capital, capital_of = RelationSpec("r1", "capital"), RelationSpec("r2", "capital of")
    memory = InMemoryMemory([capital, capital_of], turned={"r1": "r2", "r2": "r1"})
    memory.add("Rome", "r2", "Italy")
    memory.add("Italy", "r1", "Rome")
    memory.add("Paris", "r2", "France")
    (fact,) = memory.read(MemoryQuery("capital", subject="France")).facts
    assert (fact.subject.name, fact.relation, fact.object.name) == ("France", capital, "Paris")
    assert len(memory.read(MemoryQuery("capital", subject="Italy")).facts) == 1
