"""Files of benchmarks: what is read of them, and what is said of bad ones."""

from __future__ import annotations

import json

import pytest

from apps.evaluation.selectors import shown
from apps.evaluation.services.benchmarks import NewCase
from apps.evaluation.services.benchmarks.reading import UnreadableFile, cases, read_cases
from apps.evaluation.services.expected import expected_said

QUESTION = {"question": "Who was born in Lindenau?", "answers": [["Ada Brook", "Addie"], ["Ben"]]}
FACT = {"subject": "Ada Brook", "relation": "place of birth", "object": "Lindenau"}
STATEMENT = {"text": "Ada Brook was born in Lindenau.", "facts": [FACT]}


def read(data, kind="questions", filename="cases"):
    if not isinstance(data, bytes):
        data = (data if isinstance(data, str) else json.dumps(data)).encode()
    return read_cases(data, filename=filename, kind=kind)


def lines(*rows) -> str:
    return "\n".join(json.dumps(row) for row in rows)


WHOLE = NewCase(
    "a", "inverse", "Who was born in Lindenau?", {"as_of": "1998-05-31"},
    [["Ada Brook", "Addie"], ["Ben"]], "place of birth",
)  # fmt: skip


COLUMNS = ("id", "question", "answers", "kind", "as_of", "relation")
FIELDS = ("a", WHOLE.text, "Ada Brook | Addie;Ben", "inverse", "1998-05-31", "place of birth")
FULL = {**QUESTION, "id": "a", "kind": "inverse", "as_of": "1998-05-31"}
USES = [["Lindenau", "place of birth", "inverse"]]


@pytest.mark.parametrize(
    ("data", "form"),
    [
        ([{**FULL, "relation": "place of birth"}], "json"),
        ("\ufeff" + lines({**FULL, "uses": USES}), "jsonl"),
        ("\r\n".join([",".join(COLUMNS), ",".join(FIELDS), ""]), "csv"),
        (";".join(COLUMNS).upper() + "\n" + ";".join(f'"{one}"' for one in FIELDS), "csv"),
        ("\t".join(COLUMNS) + "\n\n" + "\t".join(FIELDS), "csv"),
    ],
)
def test_it_reads_questions_in_every_format(data, form) -> None:
    reading = read(data)
    assert (reading.cases, reading.format, reading.faults) == ([WHOLE], form, [])


def test_what_may_be_left_out_has_a_plain_meaning() -> None:
    first, second = read([QUESTION, {"question": "Who?", "answers": ["Ada", "Ben"]}]).cases
    assert (first.key, first.kind, first.given, first.relation) == ("1", "question", {}, "")
    assert second.expected == [["Ada"], ["Ben"]]
    assert read("question,answers\nWho?,\n").cases[0].expected == []


def test_a_row_that_ends_too_early_is_told_with_its_place() -> None:
    reading = read("question,answers\nWho?,Ada\nWhere?\nWhen?,May\n")
    assert [(one.place, one.text) for one in reading.faults] == [(3, '"answers" is missing')]
    assert len(reading.cases) == 2


def test_it_reads_statements() -> None:
    careless = {**FACT, "object": "Halden", "object_names": ["Halden town"]}
    row = {**STATEMENT, "group": "7", "not": [careless], "ok": []}
    (case,) = read(lines(row), "statements").cases
    assert (case.key, case.kind, case.relation) == ("1", "text", "place of birth")
    assert case.expected == [{**FACT, "mood": "stated"}]
    assert case.given == {"not": [{**careless, "mood": "stated"}], "group": "7"}


def test_rows_of_one_text_are_one_statement() -> None:
    found = read(
        "text,subject,relation,object,mood\n"
        "Ada was born in Lindenau and led Brook until 1921.,Ada,place of birth,Lindenau,\n"
        "Ada was born in Lindenau and led Brook until 1921.,Ada,employer,Brook,ended\n"
        "The day was cold.,,,,\n",
        "statements",
    ).cases
    assert [len(case.expected) for case in found] == [2, 0]
    assert [fact["mood"] for fact in found[0].expected] == ["stated", "ended"]
    assert found[0].relation == ""


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty."),
        (b" \n\n", "The file is empty."),
        (b"[]", "The file holds no cases."),
        (b"question,answers\n", "The file holds no cases."),
        ("question,answers\nWo ist Köln?,Köln".encode("latin-1"), "not in UTF-8 \\(line 2\\)"),
        ("question,answers\nWho?,x".encode("utf-16"), "not in UTF-8 \\(line 1\\)"),
        (b"frage,antwort\nWer?,Ada\n", "Missing: question, answers. It has: frage, antwort."),
        (b"question,answers,answers\nWho?,Ada,Ben\n", "names a column twice: answers"),
        (b'{\n"cases": []\n}', "The file is one object in JSON. It has to be a list"),
        ("question,answers\nWho?,x".encode("utf-16"), "but in UTF-16, it seems. Save it as UTF-8"),
        ("question,answers\nWho?,x".encode("utf-16-le"), "but in UTF-16"),
        ("question,answers\nWho?,x".encode("utf-32"), "but in UTF-16"),
        (b"\x89PNG\r\n\x1a\n", "no text, whatever its name says: it is a picture. Save the cases"),
        (b"PK\x03\x04\x14\0", "it is a spreadsheet, or another archive"),
        (b"%PDF-1.7\n1 0 obj", "it is a PDF"),
        (b"\x1f\x8b\x08\0", "compressed by gzip"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_such_file_gets_one_sentence(data, says) -> None:
    with pytest.raises(UnreadableFile, match=says):
        read(data)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({}, '"answers" is missing or no list of lists of names'),
        ({"question": "Who?", "answers": "Ada"}, '"answers" is missing or no list'),
        ({"question": "Who?", "answers": [[]]}, 'answer 1 of "answers" is no list of names'),
        ({"question": "Who?", "answers": [["Ada"], [3]]}, "answer 2 of"),
        ({"question": " ", "answers": []}, '"question" is missing or no text'),
        ({"question": 3, "answers": []}, '"question" is missing or no text'),
        ({"question": "Who?", "answers": [], "as_of": "May"}, '"as_of" is no day'),
        ({"question": "Who?", "answers": [], "as_of": "2001-02-30"}, "there is no day 2001-02-30"),
        ({"question": "Who?", "answers": [], "id": ["a"]}, '"id" is no text and no number'),
        ({"question": "Who?", "answers": [], "relation": 3}, '"relation" is no text'),
        ({"question": "Who?", "answers": [], "id": "i" * 81}, '"id" has more than 80'),
        ({"question": "Who?", "answers": [], "kind": "k" * 61}, '"kind" has more than 60'),
        ({"question": "W" * 1001, "answers": []}, "more than 1,000 characters"),
        ({"question": "Who\0?", "answers": []}, "characters that are no text"),
        ({"question": "Who?", "answers": [["\ud800"]]}, "characters that are no text"),
        ("a text", "it is no object in JSON"),
    ],
)  # fmt: skip
def test_a_bad_question_is_told_with_its_place(row, says) -> None:
    reading = read(lines(QUESTION, row, {**QUESTION, "id": "last"}))
    assert [fault.place for fault in reading.faults] == [2]
    assert says in reading.faults[0].text
    assert len(reading.cases) == 2


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"text": "  "}, "its text is empty"),
        ({"facts": []}, "'text' is missing or no text"),
        ({"text": "A.", "facts": "none"}, "'facts' is no list"),
        ({"text": "A.", "facts": [{"subject": "A"}]}, "facts[0] is no object with subject"),
        ({"text": "A.", "facts": [{**FACT, "object": ""}]}, "facts[0].object is missing"),
        ({"text": "A.", "facts": [{**FACT, "mood": "sad"}]}, '"mood" of facts[0] is none of'),
        ({"text": "A" * 20_001}, "more than 20,000 characters"),
    ],
)  # fmt: skip
def test_a_bad_statement_is_told_with_its_place(row, says) -> None:
    reading = read(lines(STATEMENT, row), "statements")
    assert [fault.place for fault in reading.faults] == [2]
    assert says in reading.faults[0].text


@pytest.mark.parametrize(
    ("data", "place", "says"),
    [
        ('{"question": "Who?", "answers": []}\n{"question": ', 2, "it is not JSON"),
        ('{"question": "Who?", "answers": []} and more', 1, "more on the line than one object"),
        ('[{"question": "Who?", "answers": []} {"question"', 1, "a comma or the end of the list"),
        ('[{"question": "Who?", "answers": []}, {"q', 2, "it is not JSON"),
        ('[{"question": "Who?", "answers": []}] and more', 2, "after the end of the list"),
        ("question,answers\nWho?,Ada,Ben\n", 2, "it has 3 fields, the heading 2"),
        ('question,answers\nWho?,\n"Who?,Ada\nWhere?,\nWhen?,\n', 3, "is never closed"),
        ('question,answers\nWho?,"Ada"a\n', 2, "it is no CSV (',' expected after"),
    ],
)  # fmt: skip
def test_what_is_no_json_or_csv_is_told_with_its_place(data, place, says) -> None:
    reading = read(data)
    assert reading.faults[0].place == place
    assert says in reading.faults[0].text


def test_it_survives_what_is_nested_beyond_reason() -> None:
    reading = read("[" * 100_000, filename="a.json")
    assert "not JSON that can be read" in reading.faults[0].text


def test_it_tells_all_faults_and_shows_fifty() -> None:
    reading = read(lines(*[{"question": "Who?"}] * 60))
    assert (reading.wrong, len(reading.faults)) == (60, 50)


def test_an_id_that_is_there_twice_is_told() -> None:
    reading = read(lines({**QUESTION, "id": "a"}, {**QUESTION, "id": "b"}, {**QUESTION, "id": "a"}))
    assert [(one.place, one.text) for one in reading.faults] == [
        (3, "the id “a” is that of line 1 too")
    ]


def test_it_stops_at_too_many_and_when_it_takes_too_long(monkeypatch) -> None:
    monkeypatch.setattr(cases, "MOST_CASES", 2)
    with pytest.raises(UnreadableFile, match="more than 2 cases: item 3 has one too many"):
        read([QUESTION] * 3)
    with pytest.raises(UnreadableFile, match="more than 2 cases: line 4 has one too many"):
        read("question,answers\nWho?,\nWhere?,\nWhen?,\nWhy?,\n")
    monkeypatch.setattr(cases, "MOST_SECONDS", -1.0)
    with pytest.raises(UnreadableFile, match="takes too long to read"):
        read([QUESTION])


def test_it_says_that_questions_are_not_in_english() -> None:
    german = {"question": "Wo ist der Ort, in dem Ada und auch Ben mit ihrer Mutter war?"}
    assert read([{**german, "answers": []}] * 3).language == "German"
    assert read([QUESTION] * 5).language == ""


def test_a_fact_is_said_in_one_way_wherever_it_is_shown() -> None:
    row = {**STATEMENT, "facts": [{**FACT, "mood": "ended"}], "not": [{**FACT, "object": "Halden"}]}
    (case,) = read(lines(row), "statements").cases
    (one,) = shown([case])
    assert one.facts == [expected_said(case.expected)]
    assert one.facts == ["Ada Brook · place of birth · Lindenau (ended)"]
    assert one.wrong == ["Ada Brook · place of birth · Halden"]


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.json", "a.jsonl", "a.txt", "a"])
def test_json_is_read_under_any_name(name) -> None:
    assert len(read(json.dumps([QUESTION] * 2), filename=name).cases) == 2
    assert len(read(lines(QUESTION, QUESTION), filename=name).cases) == 2


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "a.json",
            "is no list in JSON: it does not begin with “\\[”. Where it is a table, give it",
        ),
        (
            "a.jsonl",
            "No line of the file is JSON; line 1 is “question,answers”. Where it is a table",
        ),
    ],
)
def test_a_table_under_the_name_of_json_is_told(name, says) -> None:
    with pytest.raises(UnreadableFile, match=says):
        read("question,answers\nWho?,Ada\n", filename=name)


def test_a_mark_at_the_beginning_is_no_part_of_the_first_column() -> None:
    for text in ("question,answers\nWho?,Ada\n", json.dumps([QUESTION]), lines(QUESTION)):
        assert len(read(b"\xef\xbb\xbf" + text.encode()).cases) == 1


def test_a_document_in_a_table_may_be_as_long_as_any() -> None:
    text = "Ada slept. " * 18_000
    reading = read(f"text,subject,relation,object\n{text},,,\n", "documents", filename="a.csv")
    assert [len(case.text) for case in reading.cases] == [len(text.strip())]
    longer = read(f"text,subject,relation,object\n{text + text},,,\n", "documents")
    assert longer.faults[0].text == "the text has more than 200,000 characters"
