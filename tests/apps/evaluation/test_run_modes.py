"""Modes side by side: the same questions with the memory, and with something else in its place."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.evaluation.models import Run
from apps.evaluation.services.answering import passages
from apps.evaluation.services.answering.without_memory import given_in
from apps.evaluation.services.kinds import kind_of
from apps.evaluation.services.runs import (
    QUESTION_MODES,
    ModeNotPossible,
    default_setup,
    jobs,
    run_request,
    run_run,
)
from apps.sources.models import Document
from tests import factories
from tests.apps.evaluation.runs_made import born, make_memory, make_version, run_to_its_end
from worker import registry
from worker.heads.scripted.text_head import ScriptedTextHead
from worker.setups import HeadSetup
from worker.types import TextAnswer

pytestmark = pytest.mark.django_db
SCRIPTED = HeadSetup("scripted")
ASKED = (
    born("Ada Brook", "Lindenau"),
    born("Ben Hollis", "Halden"),
    born("Nobody Known"),
)


@pytest.fixture(autouse=True)
def _scripted(settings, monkeypatch) -> None:
    settings.READ_HEAD = settings.WRITE_HEAD = settings.EMBEDDER = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    monkeypatch.setattr(passages, "_vectors", {})


@pytest.fixture
def version(space, alice):
    make_memory(space)
    return make_version(space, alice, ASKED)


@pytest.fixture
def documents(space, alice) -> list[Document]:
    texts = (
        "Ada Brook was born in Lindenau.",
        "Ben Hollis was born in Halden. He kept bees.",
        "The weather in Corvo is fair.",
    )
    return [factories.make_document(space, alice, text) for text in texts]


def run_in(mode, version, dave, **given):
    return run_to_its_end(version, dave, mode=mode, setup=SCRIPTED, **given)


def outcomes(run) -> list[str]:
    return list(run.results.order_by("case__number").values_list("outcome", flat=True))


def test_it_has_words_for_each_mode() -> None:
    assert list(QUESTION_MODES) == ["memory", "closed-book", "retrieval", "document"]
    assert all(mode.label and mode.explains and mode.backends for mode in QUESTION_MODES.values())
    assert list(kind_of("statements").modes) == ["memory"]


def test_closed_book_answers_from_nothing(version, dave) -> None:
    run = run_in("closed-book", version, dave)
    assert outcomes(run) == ["right", "wrong", "wrong"]
    assert run.figures["shares"]["uncited"]["value"] == 1.0
    assert set(run.results.values_list("diagnosis", flat=True)) == {""}


def test_retrieval_reads_the_nearest_passages(version, dave, documents) -> None:
    run = run_in("retrieval", version, dave)
    assert outcomes(run) == ["right", "right", "right"]
    first = run.results.get(case__number=1)
    assert first.answer["passages"][0] == documents[0].passages.get().pk
    assert (first.claims, first.cited, first.facts) == (1, 0, 0)
    assert run.figures["shares"]["abstention_recall"]["value"] == 1.0


def test_a_whole_document_is_that_of_the_case_or_the_nearest(space, alice, dave, documents) -> None:
    cases = [
        born("Ben Hollis", "Halden"),
        born("Ben Hollis", "Halden", rests_on={"documents": [documents[2].pk]}),
    ]
    run = run_in("document", make_version(space, alice, cases), dave)
    assert outcomes(run) == ["right", "abstained"]


def test_memory_makes_nothing_up_where_the_closed_book_does(version, dave) -> None:
    memory, closed = (run_in(mode, version, dave) for mode in ("memory", "closed-book"))
    assert outcomes(memory) == ["right", "right", "right"]
    assert memory.figures["shares"]["uncited"]["value"] == 0.0
    assert closed.figures["shares"]["uncited"]["value"] == 1.0


def test_it_does_not_read_documents_that_came_later(version, dave, space, alice) -> None:
    before = timezone.now()
    factories.make_document(space, alice, "Ada Brook was born in Lindenau.")
    assert outcomes(run_in("retrieval", version, dave))[0] == "right"
    run = run_in("retrieval", version, dave, known_at=before)
    assert outcomes(run)[0] == "right", "without a text it answers as it does from nothing"
    assert "passages" not in run.results.get(case__number=1).answer


def test_it_says_why_a_mode_is_not_possible(version, dave, space, documents) -> None:
    empty = factories.make_space("empty")
    for mode in ("retrieval", "document"):
        assert QUESTION_MODES[mode].possible(space, SCRIPTED) == ""
        assert "has no documents" in QUESTION_MODES[mode].possible(empty, SCRIPTED)
    with pytest.raises(ModeNotPossible, match="There is no head without memory 'encoder'"):
        run_request(version=version, actor=dave, mode="closed-book", setup=HeadSetup("encoder"))
    setup = HeadSetup("causal", base="nowhere")
    with pytest.raises(ModeNotPossible, match="is not on this machine"):
        run_request(version=version, actor=dave, mode="closed-book", setup=setup)


def test_it_takes_the_language_model_of_the_space(space) -> None:
    space.read_head = {"backend": "causal", "base": "/models/own"}
    assert default_setup(space, "questions", "closed-book") == HeadSetup("causal", "/models/own")


def test_it_makes_vectors_slice_by_slice(version, dave, documents, monkeypatch) -> None:
    monkeypatch.setattr(passages, "SECONDS", -1.0)
    monkeypatch.setattr(passages, "AT_ONCE", 1)
    run = run_request(version=version, actor=dave, mode="retrieval", setup=SCRIPTED)
    seen = []
    original = jobs._give_way

    def give_way(one):
        seen.append((one.done, len(passages._vectors)))
        original(one)

    monkeypatch.setattr(jobs, "_give_way", give_way)
    assert run_run(run_id=run.pk).state == "done"
    assert seen == [(0, 1), (0, 2)]


def test_it_keeps_an_error_of_the_model_with_its_case(version, dave, monkeypatch, caplog) -> None:
    def answer_from(self, question, texts=()):
        raise ValueError("out of words")

    monkeypatch.setattr(ScriptedTextHead, "answer_from", answer_from)
    run = run_in("closed-book", version, dave)
    assert set(outcomes(run)) == {"refused"}
    assert run.results.first().answer["refused"] == "The language model stopped on ValueError."
    assert "out of words" in caplog.text


@pytest.mark.parametrize(
    ("text", "right", "answers", "claims"),
    [
        ("She was born in Lindenau.", [["Lindenau", "Lindenau a. d. Elbe"]], 1, 1),
        ("Lindenau; Halden", [["Lindenau"], ["Halden"]], 2, 2),
        ("Lindenauer Hof", [["Lindenau"]], 0, 1),
        ("8", [["8"]], 1, 1),
        ("No", [["no"]], 1, 1),
        ("I don't know.", [["Lindenau"]], 0, 0),
    ],
)
def test_it_finds_right_names_in_free_text(space, alice, text, right, answers, claims) -> None:
    case = make_version(space, alice, [born("Ada", expected=right)]).cases.get()
    given = given_in(case, TextAnswer(text), 0.1)
    expected = {names[0].casefold() for names in right}
    assert sum(bool(one & expected) for one in given.answers) == answers
    assert given.claims == claims


def test_no_claim_of_the_encoder_head_is_without_a_citation(space, alice, dave) -> None:
    """The head that is shipped, and not a stand-in: what it answers stands on facts alone."""
    make_memory(space)
    cases = [
        *ASKED,
        born("", text="Who was born in Corvo?", expected=[["Cleo Marsh"]]),
        born("", text="Was Ada Brook born in Halden?", expected=[["no"]]),
        born("", text="How many people were born in Halden?", expected=[["1"]]),
        born("", text="Where was the mayor of Halden born?"),
    ]
    version = make_version(space, alice, cases)
    run = run_to_its_end(version, dave, setup=HeadSetup("encoder"))
    assert run.state == "done"
    assert run.results.exclude(outcome="refused").count() == len(cases)
    shares = run.figures["shares"]["uncited"]
    assert shares["value"] == 0.0
    assert shares["n"] >= 4


def test_it_asks_in_every_mode_at_one_moment(version, dave, sign_in, monkeypatch) -> None:
    monkeypatch.setattr(registry, "text_missing", lambda setup: "")  # and there are no documents
    space = version.benchmark.space
    address = reverse("evaluation:run-new", args=[space.slug, version.benchmark_id])
    client = sign_in(dave)
    assert "Ask in every mode that is possible here" in client.get(address).content.decode()
    given = {"version": "1", "mode": "memory", "beside": "on"}
    response = client.post(address, given)
    assert response.headers["Location"].endswith(f"?benchmark={version.benchmark_id}")
    rows = list(Run.objects.order_by("pk").values_list("mode", "known_at"))
    assert [mode for mode, _ in rows] == ["memory", "closed-book"]
    assert len({moment for _, moment in rows}) == 1


def test_of_several_runs_all_are_asked_for_or_none(
    version, dave, sign_in, monkeypatch, settings
) -> None:
    monkeypatch.setattr(registry, "text_missing", lambda setup: "")
    settings.OPEN_RUNS = 1
    address = reverse("evaluation:run-new", args=["atlas", version.benchmark_id])
    given = {"version": "1", "mode": "memory", "beside": "on"}
    assert sign_in(dave).post(address, given).status_code == 429
    assert not Run.objects.exists()
