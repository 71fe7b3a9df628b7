"""``manage.py evaluate questions``, with the head that needs no model."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from dataclasses import replace
from datetime import date

import pytest
from django.conf import settings

from apps.accounts.models import Space
from apps.asking.services.errors import AnswerRefused
from apps.asking.services.grounding import RecordedMemory
from apps.audit.models import Event
from apps.evaluation.evaluations import EVALUATIONS
from apps.evaluation.measuring import scratch_memory
from apps.evaluation.questions.files import read_facts
from apps.memory.models import Entity, Triple
from tests.apps.evaluation.command import Evaluate, json_lines
from worker.heads.answering import Reading
from worker.heads.scripted.read_head import ScriptedReadHead
from worker.reading.look_up import ALL_TIMES
from worker.reading.question import Option, Question, Reached, Thing
from worker.reading.say import say_since
from worker.training import rank_readings
from worker.training.reranker import read_recorded
from worker.types import AnsweredReading, OfferedReading

evaluate = Evaluate("questions", "--triples", "--data")
report, refusal = evaluate.report, evaluate.refusal

pytestmark = pytest.mark.django_db

FACTS = [
    {"subject": "Ada Brook", "relation": "P19", "object": "Lindenau", "subject_aliases": ["Addie"]},
    {"subject": "Ben Brook", "relation": "place of birth", "object": "Lindenau"},
    {"subject": "Cy Stone", "relation": "employer", "object": "Acme", "valid_to": "1990-01-01"},
    {"subject": "Cy Stone", "relation": "employer", "object": "Brook Mill",
     "valid_from": "1990-01-01", "valid_to": None, "object_aliases": ["The Mill"]},
]  # fmt: skip
QUESTIONS = [
    {"question": "Where was Ada Brook born?", "answers": [["Lindenau", "L."]], "kind": "single"},
    {"question": "Where was Addie born?", "answers": [["lindenau"]], "kind": "single"},
    {"question": "Who was born in Lindenau?", "answers": [["Ada Brook"], ["Ben Brook"]],
     "kind": "inverse"},
    {"question": "Who was born in Lindenau?", "answers": [["Ada Brook"]], "kind": "half right"},
    {"question": "How many people were born in Lindenau?", "answers": [["2", "two"]],
     "kind": "count"},
    {"question": "Was Ada Brook born in Lindenau?", "answers": [["yes"]], "kind": "yes/no"},
    {"question": "Who was the employer of Cy Stone?", "answers": [["The Mill"]], "kind": "time",
     "as_of": "1995-06-01"},
    {"question": "Where was Nobody born?", "answers": [], "kind": "absent"},
    {"question": "Where did Ada Brook die?", "answers": [["Lindenau"]], "kind": "unanswerable"},
]  # fmt: skip


@pytest.fixture
def files(tmp_path):
    return json_lines(tmp_path, FACTS, "t.jsonl"), json_lines(tmp_path, QUESTIONS, "q.jsonl")


def test_it_reports_every_kind_in_one_object(files):
    found = report(*files)
    kinds = found["kinds"]
    assert set(kinds) == {question["kind"] for question in QUESTIONS}
    for kind in ("single", "inverse", "count", "yes/no", "time", "absent"):
        assert (kinds[kind]["exact_match"], kinds[kind]["f1"]) == (1.0, 1.0), kind
    assert {"n", "exact_match", "f1", "abstained"} <= set(kinds["single"])
    assert kinds["single"]["n"] == 2
    assert kinds["half right"]["exact_match"] == 0.0
    assert kinds["half right"]["f1"] == pytest.approx(2 / 3, abs=1e-4)
    assert kinds["absent"]["abstained"] == 1.0
    assert found["abstention"] == {
        "precision": 0.5,  # of the two questions that it abstained from, one has an answer
        "recall": 1.0,
        "answered": pytest.approx(7 / 8),
    }
    # Two facts answer "who was born there", and for the half right question one of them is wrong.
    assert found["citations"] == 10
    assert found["citation_precision"] == pytest.approx(9 / 10)
    assert found["latency_ms"]["p95"] >= found["latency_ms"]["p50"] > 0
    assert (found["facts"], found["n"], found["refused"]) == (4, 9, 0)


def test_a_question_follows_the_turns_before_it_each_asked_once(files, tmp_path, monkeypatch):
    heard = []
    whole = ScriptedReadHead.answer

    def answer(self, question, memory, context):
        heard.append((question, [turn.question for turn in context.turns]))
        if question == "And he?":
            assert [e.name for e in context.turns[-1].entities] == ["Ben Brook", "Lindenau"]
            question = "Where was Ben Brook born?"
        return whole(self, question, memory, context)

    monkeypatch.setattr(ScriptedReadHead, "answer", answer)
    first, second = "Where was Ada Brook born?", "Where was Ben Brook born?"
    asked = [
        {"question": first, "turns": None},
        {"question": second, "turns": [first]},
        {"question": "And he?", "turns": [first, second]},
    ]
    rows = [{"answers": [["Lindenau"]], "kind": "follow-up", **one} for one in asked]
    wrong = tmp_path / "wrong.jsonl"
    path = json_lines(tmp_path, [*rows, rows[2] | {"answers": []}], "turns.jsonl")
    found = report(files[0], path, "--failures", str(wrong))
    assert found["kinds"]["follow-up"]["exact_match"] == 3 / 4
    assert json.loads(wrong.read_text(encoding="utf-8"))["turns"] == [first, second]
    last = ("And he?", [first, second])
    # The earlier ones are asked once as questions of their own and once as turns.
    assert heard[1:] == [(first, []), (first, []), (second, [first]), (second, [first]), last, last]


def test_readings_that_are_offered_are_asked_and_count_as_abstained(tmp_path, monkeypatch):
    def answer(self, question, memory, context):
        reading = Reading(memory)
        if not question.startswith("Cradle"):
            return reading.abstain("Not understood.")
        (ada,) = [entity for _, _, entity in memory.find_entities(question)]
        born = next(one for one in memory.relations() if one.name == "place of birth")
        target = Reached(Thing((ada,), ada.name), (Option(born, "subject"),))
        offered = OfferedReading("Where?", Question("which", target, text=question))
        return replace(reading.abstain("Not understood."), perhaps=(offered,))

    monkeypatch.setattr(ScriptedReadHead, "answer", answer)
    asked = [
        ("Cradle of Ada Brook?", ["Lindenau"]),
        ("Cradle of Ada Brook?", ["Halden"]),
        ("Grave of Ada Brook?", ["Lindenau"]),
        ("Cradle of Ada Brook?", None),
    ]
    rows = [
        {"question": text, "answers": [names] if names else [], "kind": str(at)}
        for at, (text, names) in enumerate(asked)
    ]
    found = report(
        json_lines(tmp_path, FACTS[:1], "t.jsonl"), json_lines(tmp_path, rows, "q.jsonl")
    )
    assert (found["perhaps_offered"], found["perhaps_right"]) == (3 / 4, 1 / 4)
    assert (found["abstained"], found["wrong"], found["citations"]) == (1.0, 0.0, 0)
    kinds = found["kinds"]
    assert [kinds[str(at)]["perhaps_offered"] for at in range(4)] == [1, 1, 0, 1]
    assert [kinds[str(at)]["perhaps_right"] for at in range(4)] == [1, 0, 0, 0]


def test_since_and_until_when_are_right_by_the_date(tmp_path, monkeypatch):
    whole = ScriptedReadHead.answer

    def answer(self, question, memory, context):
        if " when " not in question:
            return whole(self, question, memory, context)
        reading = Reading(memory, ALL_TIMES)
        (ada,) = [entity for _, _, entity in memory.find_entities(question)]
        employer = next(one for one in memory.relations() if one.name == "employer")
        facts = reading.ask(employer, ada, "subject")
        return say_since(reading, facts, {}, until=question.startswith("Until"))

    monkeypatch.setattr(ScriptedReadHead, "answer", answer)
    fact = {"subject": "Ada Brook", "relation": "employer", "object": "Acme",
            "valid_from": "1990-02-01", "valid_to": "1994-10-01"}  # fmt: skip
    asked = [
        ("Since", ["1 February 1990"], True),
        ("Since", ["1990"], True),
        ("Since", ["1990", "2 February 1990"], False),
        ("Since", ["30 September 1994", "1 October 1994"], False),
        ("Until", ["1994-10-01"], True),
        ("Until", ["30 September 1994"], True),
        ("Until", ["October 1994"], False),
        ("Until", ["Acme"], False),
    ]
    rows = [
        {"question": f"{word} when was Ada Brook employed?", "answers": [names], "kind": str(at)}
        for at, (word, names, _) in enumerate(asked)
    ]
    files = json_lines(tmp_path, [fact], "t.jsonl"), json_lines(tmp_path, rows, "q.jsonl")
    kinds = report(*files)["kinds"]
    for at, (_, names, right) in enumerate(asked):
        assert kinds[str(at)]["f1"] == float(right), names
        # The fact that a right date stands in supports it; where a name is right, that it holds it.
        assert kinds[str(at)]["citation_precision"] == float(right or names == ["Acme"]), names


def test_it_leaves_nothing_behind(files, space):
    before = [model.objects.count() for model in (Space, Entity, Triple, Event)]
    report(*files)
    assert [model.objects.count() for model in (Space, Entity, Triple, Event)] == before


def test_it_leaves_nothing_behind_when_it_is_stopped(files, space, monkeypatch):
    asked = []

    def stopped(self, question, memory, context):
        asked.append(question)
        assert Triple.objects.count() == 4
        raise KeyboardInterrupt

    monkeypatch.setattr(ScriptedReadHead, "answer", stopped)
    with pytest.raises(KeyboardInterrupt):
        evaluate(*files)
    assert asked
    assert list(Space.objects.all()) == [space]
    assert not Entity.objects.exists()


def test_an_answer_that_the_product_would_refuse_is_wrong(files, monkeypatch):
    def check(self, answer):
        raise AnswerRefused("it cites no fact")

    monkeypatch.setattr(RecordedMemory, "check", check)
    found = report(*files)
    assert found["refused"] == found["n"] == 9
    assert found["exact_match"] == 0.0
    assert found["abstention"]["precision"] is None
    assert found["notes"] == ["9 times: The answer was refused, because it cites no fact."]


@pytest.mark.filterwarnings("ignore")
def test_a_head_that_stops_on_an_error_fails_that_question_only(files, monkeypatch):
    whole = ScriptedReadHead.answer

    def answer(self, question, memory, context):
        if "Addie" in question:
            raise RuntimeError("no")
        return whole(self, question, memory, context)

    monkeypatch.setattr(ScriptedReadHead, "answer", answer)
    found = report(*files)
    assert found["kinds"]["single"]["exact_match"] == 0.5
    assert found["notes"] == ["1 times: stopped on RuntimeError"]


def test_it_prints_aligned_columns_and_keeps_progress_apart(files):
    out, err = evaluate(*files)
    assert out.startswith("4 facts about 6 entities")
    rows = [line for line in out.splitlines() if line.startswith(("single", "inverse", "all"))]
    assert len({line.index("1.000") for line in rows[:2]}) == 1
    assert "loading 4 facts" in err
    assert "questions: 9 of 9" in err
    assert "questions:" not in out


def test_it_writes_down_what_was_answered_wrong(files, tmp_path):
    path = tmp_path / "wrong.jsonl"
    report(*files, "--failures", str(path))
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["kind"] for row in rows] == ["half right", "unanswerable"]
    assert rows[0]["line"] == 4
    assert rows[0]["right"] == [["ada brook"]]
    assert sorted(rows[0]["given"]) == [["ada brook", "addie"], ["ben brook"]]
    assert "MEM_READ" in rows[0]["calls"]
    nowhere = tmp_path / "none" / "wrong.jsonl"
    assert "cannot be written" in refusal(*files, "--failures", str(nowhere))


def test_it_adds_relations_that_the_schema_lacks(tmp_path):
    facts = [
        {"subject": "Ada Brook", "relation": "P99999", "object": "Lindenau"},
        {"subject": "Ada Brook", "relation": "favourite colour", "object": "Blue"},
        {"subject": "Ben Brook", "relation": "Favourite  Colour", "object": "Red"},
    ]
    question = {"question": "What is the favourite colour of Ben Brook?", "answers": [["Red"]],
                "kind": "single"}  # fmt: skip
    paths = json_lines(tmp_path, facts, "t.jsonl"), json_lines(tmp_path, [question], "q.jsonl")
    found = report(*paths)
    assert found["exact_match"] == 1.0
    assert found["notes"][0] == "Relations added to the standard schema: P99999, favourite colour."
    assert "P99999. Name them with --labels." in found["notes"][1]
    labels = tmp_path / "labels.json"
    labels.write_text('{"P99999": "first home"}')
    named = report(*paths, "--labels", str(labels))
    assert named["notes"] == [
        "Relations added to the standard schema: first home, favourite colour."
    ]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"subject": None}, '"subject" is missing or no text'),
        ({"object": "  "}, '"object" is missing or no text'),
        ({"object": "x" * 501}, "a name has at most 500 characters, not 501"),
        ({"relation": 19}, '"relation" is missing or no text'),
        ({"relation": "r" * 121}, '"relation" has more than 120 characters'),
        ({"relation": "a\0b"}, "no name of a relation"),
        ({"subject_aliases": "Addie"}, '"subject_aliases" is no list of names'),
        ({"object_aliases": [""]}, '"object_aliases" is no list of names'),
        ({"subject_type": "HUMAN"}, '"subject_type" is none of PER, ORG'),
        ({"valid_from": 1998}, '"valid_from" is no day, month or year such as 1998-05-31, 1998-05'),
        ({"valid_from": "199"}, '"valid_from" is no day, month or year such as 1998-05-31'),
        ({"valid_from": "1998-5"}, '"valid_from" is no day, month or year such as 1998-05-31'),
        ({"valid_from": "1998-13"}, '"valid_from": there is no day 1998-13-01'),
        ({"valid_from": "0000"}, '"valid_from": there is no day 0000-01-01'),
        ({"valid_to": "1998-02-30"}, '"valid_to": there is no day 1998-02-30'),
        ({"valid_from": "1998", "valid_to": "1998-01"}, '"valid_from" does not lie before'),
        (
            {"valid_from": "1999-01-01", "valid_to": "1998-01-01"},
            '"valid_from" does not lie before',
        ),
    ],
)
def test_it_refuses_a_malformed_fact_by_its_line(tmp_path, change, complaint):
    triples = json_lines(tmp_path, [FACTS[0], {**FACTS[1], **change}], "t.jsonl")
    text = refusal(triples, json_lines(tmp_path, QUESTIONS, "q.jsonl"))
    assert re.search(r"\bline 2\b", text, re.IGNORECASE)
    assert complaint in text


def test_a_year_and_a_month_are_their_first_day(tmp_path):
    rows = [
        {**FACTS[0], "valid_from": "1998", "valid_to": "2001-05"},
        {**FACTS[1], "valid_from": "1998-02-03", "valid_to": None},
    ]
    facts = read_facts(json_lines(tmp_path, rows, "t.jsonl"))
    assert [(one.valid_from, one.valid_to) for one in facts] == [
        (date(1998, 1, 1), date(2001, 5, 1)),
        (date(1998, 2, 3), None),
    ]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"question": ""}, '"question" is missing or no text'),
        ({"kind": None}, '"kind" is missing or no text'),
        ({"answers": None}, '"answers" is missing or no list of lists of names'),
        ({"answers": ["Lindenau"]}, 'answer 1 of "answers" is no list of names'),
        ({"answers": [["Lindenau"], []]}, 'answer 2 of "answers" is no list of names'),
        ({"answers": [[3]]}, 'answer 1 of "answers" is no list of names'),
        ({"as_of": "May 1998"}, '"as_of" is no day such as 1998-05-31'),
        ({"as_of": "1998"}, '"as_of" is no day such as 1998-05-31'),
        ({"uses": "place of birth"}, '"uses" is no list'),
        ({"uses": {}}, '"uses" is no list'),
        ({"uses": [["Ada", "place of birth"]]}, '1 of "uses" is no list of a name, a relation and'),
        ({"uses": ["abc"]}, '1 of "uses" is no list of a name, a relation and'),
        (
            {"uses": [["Ada", "spouse", "forward"], ["Ada", None, "forward"]]},
            '2 of "uses" is no list of a name, a relation and a direction',
        ),
        (
            {"uses": [["Ada", "spouse", "back"]]},
            'the direction in 1 of "uses" is none of forward, inverse',
        ),
        ({"turns": "Where was Ada born?"}, '"turns" is no list of questions'),
        ({"turns": ["Where was Ada born?", " "]}, '"turns" is no list of questions'),
        ({"turns": [{"question": "Where was Ada born?"}]}, '"turns" is no list of questions'),
    ],
)
def test_it_refuses_a_malformed_question_by_its_line(tmp_path, change, complaint):
    data = json_lines(tmp_path, [QUESTIONS[0], {**QUESTIONS[1], **change}], "q.jsonl")
    text = refusal(json_lines(tmp_path, FACTS, "t.jsonl"), data)
    assert text.startswith("q.jsonl, line 2: ")
    assert complaint in text


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file or directory"),
        (b"", "holds no facts."),
        (b"\n \n", "holds no facts."),
        (b'{"subject": "A"}', 't.jsonl, line 1: "relation" is missing.'),
        (b'\n{"subject": "A",}', "t.jsonl, line 2: it is not JSON ("),
        (b"[" * 100_000, "t.jsonl, line 1: it is not JSON that can be read."),
        (b"[]", "t.jsonl, line 1: it holds no JSON object."),
        (b'{}\n{"subject": "\xff"}', "t.jsonl, line 2: it is not UTF-8."),
    ],
)
def test_it_refuses_bad_files_in_one_sentence(tmp_path, content, complaint):
    path = tmp_path / "t.jsonl"
    if content is not None:
        path.write_bytes(content)
    assert complaint in refusal(path, json_lines(tmp_path, QUESTIONS, "q.jsonl"))


def test_it_refuses_folders_unknown_heads_and_weights_for_nothing(files, tmp_path):
    assert "Is a directory" in refusal(tmp_path, files[1])
    assert "Did you mean 'scripted'?" in refusal(*files, "--head", "script")
    text = refusal(*files, "--weights", str(tmp_path))
    assert text == "The scripted read head takes no weights."
    assert not Space.objects.exists()


def test_a_byte_order_mark_and_text_of_every_kind_are_read(tmp_path):
    odd = ["👩‍🚀", "בן", "A>>B;(C)", "Płońsk", "x" * 480]
    triples = tmp_path / "t.jsonl"
    rows = [{"subject": f"Ada {word}", "relation": "P19", "object": "London"} for word in odd]
    triples.write_text("".join(json.dumps(row) + "\r\n" for row in rows), encoding="utf-8-sig")
    questions = [{"question": f"Where was Ada {word} born?", "answers": [["London"]], "kind": "x"}
                 for word in [*odd, "\0", "\ud800"]]  # fmt: skip
    found = report(triples, json_lines(tmp_path, questions, "q.jsonl"))
    assert (found["facts"], found["n"]) == (5, 7)


def test_the_warm_up_is_no_question(files, monkeypatch):
    asked = []
    whole = scratch_memory.Asker.ask
    monkeypatch.setattr(
        scratch_memory.Asker, "ask", lambda self, *args: (asked.append(args), whole(self, *args))[1]
    )
    assert report(*files)["n"] == len(asked) - 1


def test_its_options_and_keys_are_documented(files):
    guide = (settings.BASE_DIR / "docs" / "evaluation.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w-]+)", guide))
    parser = ArgumentParser()
    EVALUATIONS["questions"].add_arguments(parser)
    options = {option for action in parser._actions for option in action.option_strings}
    assert (options - {"-h", "--help"}) | {"--json"} <= named
    found = report(*files)
    assert set(found) | set(found["kinds"]["single"]) | set(found["abstention"]) <= named


def test_it_writes_the_readings_that_a_head_makes(files, tmp_path, monkeypatch):
    def readings(head, question, memory, context):
        born = head.answer("Where was Ada Brook born?", memory, context)
        said = "where was person A born ?", "what is the place of birth of person A : one place"
        figures = {"first": 0.25, "read": 0.123456}
        one = AnsweredReading(*said, ("place of birth",), figures, born)
        return [one] if "Ada" in question else []

    uses = [["Ada Brook", "place of birth", "forward"]]
    asked = [{**QUESTIONS[0], "uses": uses}, *QUESTIONS[1:]]
    files = files[0], json_lines(tmp_path, asked, "q.jsonl")
    out = tmp_path / "readings.jsonl"
    assert "makes no readings" in refusal(*files, "--readings", out)
    monkeypatch.setattr(ScriptedReadHead, "readings", readings, raising=False)
    evaluate(*files, "--readings", out)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["text"] for row in rows] == [one["question"] for one in QUESTIONS]
    assert (rows[0]["uses"], rows[1]["uses"]) == (uses, [])
    (first,) = rows[0]["readings"]
    assert first.pop("answer")
    assert first == {
        "question": "where was person A born ?",
        "reading": "what is the place of birth of person A : one place",
        "relations": ["place of birth"],
        "sign": 0.25,
        "figures": {"first": 0.25, "read": 0.1235},
        "right": True,
    }
    assert [one["right"] for one in rows[5]["readings"]] == [False]
    # Both trainings read it.
    lines = out.read_text().splitlines()
    learned = read_recorded(lines)[0]
    assert [one.reading for one in learned.right] == [first["reading"]]
    assert learned.right[0].question == first["question"]
    assert rank_readings.read(lines)[0].names == ("read",)
    assert rows[7]["readings"] == []
