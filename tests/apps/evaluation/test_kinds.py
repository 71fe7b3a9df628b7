"""Benchmarks of each kind: read from files, run, judged and measured alike."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from apps.curation.models import Candidate
from apps.evaluation.models import Benchmark
from apps.evaluation.services.benchmarks.reading import UnreadableFile, read_cases
from apps.evaluation.services.benchmarks.shipped import SAMPLES
from apps.evaluation.services.comparing import differences_of, pair_up
from apps.evaluation.services.kinds import ALL_MEASURES, KINDS, kind_of
from apps.evaluation.services.kinds.measures import Side, harmonic
from apps.evaluation.services.runs.curves import precision_recall
from tests import factories
from tests.apps.evaluation.runs_made import make_version, run_to_its_end
from worker import registry

DOCUMENT = {
    "title": "Ada Brook",
    "sents": [
        ["Ada", "Brook", "was", "born", "in", "Lindenau", "."],
        ["Brook", "kept", "bees", "."],
    ],
    "vertexSet": [
        [
            {"sent_id": 0, "pos": [0, 2], "type": "PER"},
            {"sent_id": 1, "pos": [0, 1], "type": "PER"},
        ],
        [{"sent_id": 0, "pos": [5, 6], "type": "LOC"}],
    ],
    "labels": [{"h": 0, "r": "P19", "t": 1}, {"h": 0, "r": "P19", "t": 1}],
}  # fmt: skip
FACT = {"subject": "Ada Brook", "relation": "place of birth", "object": "Lindenau"}
RANKED = ("place of birth", "subject"), ("place of death", "subject"), ("place of birth", "object")


@pytest.fixture(autouse=True)
def _scripted(settings, monkeypatch) -> None:
    settings.READ_HEAD = settings.WRITE_HEAD = settings.EMBEDDER = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


def read(rows, kind, *, name="cases.jsonl"):
    """Return the reading of rows as a file: JSON Lines, a list of JSON, or a text as it is."""
    if isinstance(rows, str):
        text = rows
    elif name.endswith(".json"):
        text = json.dumps(rows)
    else:
        text = "\n".join(map(json.dumps, rows))
    return read_cases(text.encode(), filename=name, kind=kind)


def cases_of(rows, kind, **more):
    """Return the cases of a file as ``make_version`` takes them."""
    names = ("key", "kind", "relation", "text", "given", "expected")
    return [
        {name: getattr(case, name) for name in names} for case in read(rows, kind, **more).cases
    ]


def outcomes(run) -> list[str]:
    return list(run.results.order_by("case__number").values_list("outcome", flat=True))


def test_there_is_one_object_for_each_kind() -> None:
    assert set(KINDS) == set(Benchmark.Kind.values)
    for kind in KINDS.values():
        assert kind.words.examples
        assert kind.modes
        assert kind.measures["right"]
        assert set(kind.measures) <= set(ALL_MEASURES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.slug)
def test_a_sample_comes_along_for_each_kind(sample) -> None:
    reading = read_cases(sample.path.read_bytes(), filename=sample.path.name, kind=sample.kind)
    assert reading.cases
    assert not reading.faults
    assert {one.kind for one in SAMPLES} == set(Benchmark.Kind.values)


def test_it_reads_a_document_of_docred() -> None:
    (case,) = read([DOCUMENT], "extraction", name="held.json").cases
    assert case.text == "Ada Brook was born in Lindenau . Brook kept bees ."
    assert case.expected == [
        FACT | {"property": "P19", "mood": "stated", "subject_names": ["Brook"]}
    ]  # the label that is repeated counts once
    assert case.given["title"] == "Ada Brook"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"sents": "text"}, "sents is a text, not a list"),
        ({"vertexSet": [[]]}, "vertexSet[0] has no mention"),
        ({"labels": [{"h": 0, "r": "P19", "t": 9}]}, "labels[0]"),
        ({"sents": [], "vertexSet": [], "labels": []}, "its text is empty"),
        ({"kind": 7}, "kind is no text"),
    ],
)
def test_it_names_the_document_that_is_wrong(change, complaint) -> None:
    reading = read([DOCUMENT, DOCUMENT | change], "extraction", name="held.json")
    assert [(one.place, complaint in one.text) for one in reading.faults] == [(2, True)]


def test_annotated_documents_are_no_table() -> None:
    with pytest.raises(UnreadableFile, match="do not fit a table"):
        read("title,sents\nAda,x\n", "extraction", name="held.csv")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Q1\tP19\tQ2\tWhere was Ada Brook born?\nQ2\tR19\tQ1\tWho was \"born\" there?\n", "q.txt"),
        ("question,relation,side\nWhere was Ada Brook born?,P19,\nWho was \"\"born\"\" there?,"
         "place of birth,object\n", "q.csv"),
    ],
)  # fmt: skip
def test_it_reads_what_questions_ask_for(text, name) -> None:
    one, other = read(text, "relations", name=name).cases
    assert (one.relation, one.given["side"], one.expected) == (
        "place of birth", "subject", [["place of birth"]],
    )  # fmt: skip
    assert (other.relation, other.given["side"]) == ("place of birth", "object")
    assert one.given["property"] == "P19"


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"question": "Who?"}, '"relation" is missing or no text'),
        ({"relation": "P19"}, '"question" is missing or no text'),
        ({"question": "Who?", "relation": "P19", "side": "left"}, '"side" is none of'),
        ({"question": "Who?", "relation": "R19", "side": "subject"}, "gives the object"),
        ({"question": "Who?", "relation": "P19", "kind": 3}, '"kind" is no text'),
    ],
)  # fmt: skip
def test_it_names_the_question_that_is_wrong(row, complaint) -> None:
    (fault,) = read([row], "relations").faults
    assert complaint in fault.text


def test_f1_is_that_of_the_sums() -> None:
    sums = np.array([[2.0, 0.0, 0.0], [4.0, 0.0, 2.0], [2.0, 0.0, 0.0], [3.0, 5.0, 0.0]])
    half, none, nothing = harmonic(sums).tolist()
    assert half == pytest.approx(2 * 0.5 * (2 / 3) / (0.5 + 2 / 3))
    assert none == 0.0
    assert np.isnan(nothing)


def test_it_draws_precision_against_recall() -> None:
    scored = [(0.9, True), (0.5, False), (0.5, True), (0.2, False)]
    assert precision_recall(scored, scored, 4) == [
        [0.25, 1.0], [0.5, pytest.approx(2 / 3, abs=1e-6)], [0.5, 0.5],
    ]  # fmt: skip
    assert precision_recall([], [], 4) is None
    assert precision_recall(scored, scored, 0) is None


def test_what_may_be_proposed_besides_is_right_and_finds_nothing() -> None:
    scored, found = [(0.9, True), (0.5, True)], [(0.9, False), (0.5, True)]
    assert precision_recall(scored, found, 2) == [[0.0, 1.0], [0.5, 1.0]]


@pytest.mark.django_db
def test_it_measures_the_facts_of_documents(space, alice, dave) -> None:
    factories.make_relation(space)
    rows = [
        {"text": "Ada Brook was born in Lindenau. Ben Hollis was born in Halden.", "kind": "letter",
         "facts": [FACT, FACT | {"subject": "Cleo Marsh"}],
         "ok": [FACT | {"subject": "Ben Hollis", "object": "Halden"}]},
        {"text": "Ada Brook was born in Corvo.", "kind": "note", "facts": [],
         "not": [FACT | {"object": "Corvo"}]},
    ]  # fmt: skip
    run = run_to_its_end(
        make_version(space, alice, cases_of(rows, "documents"), kind="documents"), dave
    )
    assert outcomes(run) == ["partly", "wrong"]
    shares = {name: one["value"] for name, one in run.figures["shares"].items()}
    assert (shares["precision"], shares["recall"]) == (pytest.approx(2 / 3, abs=1e-6), 0.5)
    assert (shares["false_share"], shares["abstention_recall"]) == (1.0, 0.0)
    assert shares["facts_f1"] == pytest.approx(2 * (2 / 3) * 0.5 / (2 / 3 + 0.5), abs=1e-6)
    (row,) = run.figures["facts"]["relation"]
    assert row == {"name": "place of birth", "stated": 2, "found": 1, "proposed": 3, "right": 2}
    assert run.figures["precision_recall"][-1] == [0.5, pytest.approx(2 / 3, abs=1e-6)]
    first = run.results.order_by("case").first()
    assert [(fact, verdict) for fact, _, verdict in first.answer["proposed"]] == [
        ("Ada Brook · place of birth · Lindenau", "right"),
        ("Ben Hollis · place of birth · Halden", "ok"),
    ]
    assert first.answer["missed"] == ["Cleo Marsh · place of birth · Lindenau"]
    assert not Candidate.objects.exists()  # a run leaves nothing in the space


@pytest.mark.django_db
def test_it_measures_annotated_documents_by_their_properties(space, alice, dave) -> None:
    factories.make_relation(space, name="birthplace", wikidata_property="P19")
    version = make_version(
        space, alice, cases_of([DOCUMENT], "extraction", name="held.json"), kind="extraction"
    )
    run = run_to_its_end(version, dave)
    result = run.results.get()
    assert result.answer["tally"].keys() == {"birthplace"}
    assert run.figures["shares"]["recall"]["n"] == 1


class Matcher:
    """Ranks the same relations for every question."""

    def rank(self, wordings, relations):
        return [SimpleNamespace(relation=SimpleNamespace(name=name), known=side)
                for name, side in RANKED]  # fmt: skip


@pytest.fixture
def ranking(monkeypatch) -> None:
    head = registry.read_head("scripted")
    monkeypatch.setattr(head, "matcher", Matcher(), raising=False)


@pytest.mark.django_db
def test_it_measures_what_questions_are_taken_for(space, alice, dave, ranking) -> None:
    factories.make_relation(space)
    rows = [
        {"question": "Where was Ada Brook born?", "relation": "P19"},
        {"question": "Who was born in Lindenau?", "relation": "place of birth", "side": "object"},
        {"question": "Whom did Ada Brook marry?", "relation": "spouse"},
    ]
    version = make_version(space, alice, cases_of(rows, "relations"), kind="relations")
    run = run_to_its_end(version, dave)
    assert outcomes(run) == ["right", "partly", "wrong"]
    shares = {name: one["value"] for name, one in run.figures["shares"].items()}
    assert shares == {
        "right": pytest.approx(1 / 3, abs=1e-6), "top_five": pytest.approx(2 / 3, abs=1e-6),
        "f1": pytest.approx((1 + 1 / 3) / 3, abs=1e-6), "wrong": pytest.approx(1 / 3, abs=1e-6),
    }  # fmt: skip
    assert list(run.results.order_by("case").values_list("diagnosis", flat=True)) == [
        "", "misread", "missing",
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_head_that_ranks_nothing_says_so(space, alice, dave) -> None:
    rows = [{"question": "Where was Ada Brook born?", "relation": "P19"}]
    version = make_version(space, alice, cases_of(rows, "relations"), kind="relations")
    run = run_to_its_end(version, dave)
    assert run.state == "failed"
    assert "does not match relations" in run.error


@pytest.mark.django_db
def test_it_compares_by_the_measures_of_the_kind(space, alice, dave) -> None:
    factories.make_relation(space)
    rows = [{"text": "Ada Brook was born in Lindenau.", "facts": [FACT]}]
    version = make_version(space, alice, cases_of(rows, "documents"), kind="documents")
    runs = [run_to_its_end(version, dave) for _ in range(2)]
    found = {one.name: one for one in differences_of(pair_up(*runs))}
    assert list(found) == list(kind_of("documents").measures)
    assert (found["facts_f1"].before, found["facts_f1"].change) == (1.0, 0.0)
    assert found["right"].p == 1.0
    assert found["precision"].p is None


def test_what_a_measure_lacks_counts_as_nothing() -> None:
    assert kind_of("statements").measures["precision"].of(Side("wrong")) == (0.0, 0.0)
