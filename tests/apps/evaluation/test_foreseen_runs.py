"""Perplexity as a benchmark: a language model, here one that knows nothing, reads the memory."""

from __future__ import annotations

import json

import numpy as np
import pytest
from django.urls import reverse

from apps.accounts.models import Space
from apps.audit.models import Event
from apps.evaluation.models import Benchmark, Run
from apps.evaluation.perplexity.memories import WrittenFact
from apps.evaluation.services.answering.errors import ModeNotPossible
from apps.evaluation.services.answering.made_memory import near
from apps.evaluation.services.benchmarks.reading import read_cases
from apps.evaluation.services.comparing import differences_of, pair_up
from apps.evaluation.services.kinds import kind_of
from apps.evaluation.services.kinds.foreseen import empty_answers_verdict, wrong_answers_verdict
from apps.evaluation.services.kinds.measures import Side, exponential
from apps.evaluation.services.runs import jobs, run_request, run_run_next
from apps.evaluation.services.shown import shown
from apps.memory.models import Triple
from tests import factories
from tests.apps.evaluation.runs_made import make_version, run_to_its_end
from tests.apps.evaluation.test_perplexity import adapter, base  # noqa: F401 - fixtures
from tests.worker.docred import row
from worker import registry
from worker.training.causal.perplexity.foreseer import Foreseer

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning"),  # PEFT asks
]
PEOPLE = [("Ada Lovelace", "London"), ("Ben Stone", "Warsaw")]
RELATIONS = (("place of birth", "P19"), ("date of birth", "P569"))


@pytest.fixture(autouse=True)
def _scripted(settings, monkeypatch) -> None:
    settings.READ_HEAD = settings.WRITE_HEAD = settings.EMBEDDER = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture(scope="module")
def loaded(base, adapter):  # noqa: F811
    return Foreseer(str(base), adapter)


@pytest.fixture
def model(loaded, monkeypatch):
    monkeypatch.setattr(registry, "foreseer", lambda setup: loaded)
    monkeypatch.setattr(registry, "foreseer_missing", lambda setup: "")
    return loaded


@pytest.fixture
def version(space, alice):
    for name, code in RELATIONS:
        factories.make_relation(space, name=name, wikidata_property=code)
    data = json.dumps([row(i, *names) for i, names in enumerate(PEOPLE)]).encode()
    cases = read_cases(data, filename="held.json", kind="perplexity").cases
    names = ("key", "kind", "text", "given", "expected")
    rows = [{**{name: getattr(one, name) for name in names}, "relation": ""} for one in cases]
    return make_version(space, alice, rows, kind=Benchmark.Kind.PERPLEXITY)


def test_it_measures_texts_with_the_memory_and_without(version, space, dave, model) -> None:
    factories.make_triple(space, "Ada Lovelace", "place of birth", "London")
    before = set(Event.objects.values_list("pk"))
    run = run_to_its_end(version, dave)
    assert (run.state, run.done, run.error) == ("done", 2, "")
    assert run.made_of["hashes"] == model.hashes
    shares = {name: one["value"] for name, one in run.figures["shares"].items()}
    assert set(shares) == set(kind_of("perplexity").measures)
    for of in ("target", "name", "all"):
        with_, without = shares[f"{of}_perplexity"], shares[f"{of}_without"]
        assert shares[f"{of}_ratio"] == pytest.approx(with_ / without, abs=1e-4)
    assert shares["all_without"] > 1
    told = [one.answer for one in run.results.order_by("case")]
    assert [one["places"] for one in told] == [2, 2]
    became = ("write", "missing", "read", "found")
    assert [sum(one.get(name, 0) for name in became) for one in told] == [2, 2]
    # The first document's fact is in the memory, the second one's is not.
    assert told[0]["write"] == 1
    assert told[1]["write"] == 2
    assert run.results.order_by("case").last().diagnosis == "missing"
    actions = Event.objects.exclude(pk__in=before).values_list("action", flat=True)
    assert {one.split(".")[0] for one in actions} == {"run"}


def test_it_reads_the_memory_as_it_was(version, space, dave, model) -> None:
    first = run_to_its_end(version, dave)
    factories.make_triple(space, "Ada Lovelace", "place of birth", "London")
    again = run_to_its_end(version, dave, known_at=first.known_at)
    assert [one.answer["write"] for one in again.results.order_by("case")] == [2, 2]


def test_it_goes_on_document_by_document(version, dave, model, monkeypatch, settings) -> None:
    settings.SLICE_SECONDS = 0
    asked = []
    once = Foreseer.foresee

    def foresee(self, document, relations, read):
        asked.append(document.title)
        if len(asked) == 2:
            raise KeyboardInterrupt  # a worker that is killed
        return once(self, document, relations, read)

    monkeypatch.setattr(Foreseer, "foresee", foresee)
    run = run_request(version=version, actor=dave)
    for done in (0, 1):  # the controls of a document have a slice of their own
        run_run_next()
        run.refresh_from_db()
        assert (run.state, run.done) == ("queued", done)
    with pytest.raises(KeyboardInterrupt):
        run_run_next()
    run.refresh_from_db()
    assert (run.state, run.done) == ("running", 1)
    jobs.Run.objects.filter(pk=run.pk).update(lease_until=run.created_at)
    while run_run_next() is not None:
        pass
    run.refresh_from_db()
    assert (run.state, run.done) == ("done", 2)
    assert asked == ["Document 0", "Document 1", "Document 1"]


def test_the_page_shows_perplexities_as_numbers(version, dave, model, sign_in) -> None:
    runs = [run_to_its_end(version, dave) for _ in range(2)]
    client, slug = sign_in(dave), version.benchmark.space.slug
    page = client.get(reverse("evaluation:run", args=[slug, runs[0].pk])).content.decode()
    value = runs[0].figures["shares"]["all_perplexity"]["value"]
    assert f"{value:,.2f}" in page
    case = client.get(reverse("evaluation:case", args=[slug, runs[0].pk, 1])).content.decode()
    assert "What could be looked up" in case
    found = {one.name: one for one in differences_of(pair_up(*runs))}
    assert found["all_perplexity"].change == 0.0
    many = "&".join(f"runs={run.pk}" for run in runs)
    compared = client.get(f"{reverse('evaluation:compare', args=[slug])}?{many}")
    assert compared.status_code == 200
    assert "no difference" in compared.content.decode()


def test_it_measures_the_controls_and_says_what_they_come_to(version, dave, model, sign_in) -> None:
    run = run_to_its_end(version, dave)
    shares = run.figures["shares"]
    for control in ("wrong_answers", "empty_answers", "left_calls"):
        assert shares[f"{control}_ratio"]["n"] == 4
        assert len(shares[f"{control}_ratio"]["interval"]) == 2
    first = run.results.order_by("case").first().answer
    assert first["control_n"] == first["target_n"]
    assert first["control_off"] == pytest.approx(first["target_off"], abs=1e-5)
    client, slug = sign_in(dave), version.benchmark.space.slug
    page = client.get(reverse("evaluation:run", args=[slug, run.pk])).content.decode()
    assert "Control: answers of other facts" in page
    ratio = shares["empty_answers_ratio"]["value"]
    assert ("Holds: within a tenth" in page) == (abs(ratio - 1) <= 0.1)
    row = next(one for one in shown(run).beside if one.label == "Control: an empty memory")
    assert float(row.on) == pytest.approx(float(row.off) * ratio, abs=0.02)
    names = {card.name for card in shown(run).cards}
    assert "target_ratio" not in names, "it stands in the table"
    assert {"right", "looked_up"} <= names
    export = reverse("evaluation:run-export", args=[slug, run.pk])
    report = b"".join(client.post(export, {"format": "html"}))
    assert b"Control: answers of other facts" in report
    data = json.loads(b"".join(client.post(export, {"format": "json"})))
    assert data["figures"]["shares"]["wrong_answers_ratio"] == shares["wrong_answers_ratio"]


def test_it_reads_other_memories_than_that_of_the_space(version, space, dave, model) -> None:
    factories.make_triple(space, "Ada Lovelace", "place of birth", "London")
    spaces, facts = Space.objects.count(), Triple.objects.count()
    lacks = {}
    for mode in ("gold", "others", "none"):
        run = run_to_its_end(version, dave, mode=mode)
        lacks[mode] = [one.answer.get("write", 0) for one in run.results.all()]
    # Each document states what could be looked up, and of no other one's people.
    assert lacks == {"gold": [0, 0], "others": [2, 2], "none": [2, 2]}
    assert (Space.objects.count(), Triple.objects.count()) == (spaces, facts), "nothing stays"


def test_it_reads_what_the_write_head_finds(version, dave, model, settings) -> None:
    settings.SLICE_SECONDS = 0
    run = run_to_its_end(version, dave, mode="extracted")
    assert (run.state, run.done) == ("done", 2)
    # The scripted head finds all that is stated: an empty memory lacks two of each.
    assert [one.answer.get("write", 0) for one in run.results.all()] == [0, 0]
    assert any(name.startswith("write head") for name in run.made_of["hashes"])


def test_a_run_is_started_with_another_memory_in_the_browser(
    version, space, dave, model, sign_in
) -> None:
    address = reverse("evaluation:run-new", args=[space.slug, version.benchmark_id])
    page = sign_in(dave).get(address).content.decode()
    for label in ("The annotated facts", "What the write head finds", "An empty memory"):
        assert label in page
    sign_in(dave).post(address, {"version": "1", "mode": "gold", "head": "", "note": ""})
    assert list(Run.objects.values_list("mode", flat=True)) == ["gold"]
    bad = sign_in(dave).post(address, {"version": "1", "mode": "everything"})
    assert bad.status_code == 422


def test_it_loads_the_facts_that_a_text_can_lead_to() -> None:
    born = WrittenFact("Ada Brook", "place of birth", "Lindenau", ("Addie",))
    lies = WrittenFact("Lindenau", "country", "Arvenia")
    further = WrittenFact("Arvenia", "capital", "Corvo")
    apart = WrittenFact("Ben Hollis", "place of birth", "Halden")
    assert near("Addie  sang.", [born, lies, further, apart]) == [born, lies]
    assert near("Nothing here.", [born, apart]) == []


@pytest.mark.parametrize(
    ("figures", "holds"),
    [((1.4, 1.1, 1.9), True), ((1.4, 0.9, 1.9), False), ((0.8, 0.7, 0.9), False)],
)
def test_wrong_answers_must_do_harm(figures, holds) -> None:
    assert wrong_answers_verdict(*figures)[0] is holds


@pytest.mark.parametrize(
    ("figures", "holds"),
    [((1.08, 0.9, 1.2), True), ((0.95, 0.9, 1.0), True), ((1.2, 1.1, 1.3), False)],
)
def test_no_answers_must_change_nothing(figures, holds) -> None:
    assert empty_answers_verdict(*figures)[0] is holds


def test_it_says_what_to_install_where_there_is_no_model(version, space, dave, monkeypatch) -> None:
    monkeypatch.setattr("worker.heads.causal.installed.installed", lambda name: False)
    with pytest.raises(ModeNotPossible, match="pip install"):
        run_request(version=version, actor=dave)


def test_it_says_what_to_install_on_the_page(version, space, dave, monkeypatch, sign_in) -> None:
    monkeypatch.setattr("worker.heads.causal.installed.installed", lambda name: False)
    address = reverse("evaluation:run-new", args=[space.slug, version.benchmark_id])
    assert "pip install" in sign_in(dave).get(address).content.decode()


def test_a_space_without_properties_says_so(version, space, dave, model) -> None:
    space.relations.update(wikidata_property="")
    run = run_to_its_end(version, dave)
    assert run.state == "failed"
    assert "Wikidata property" in run.error


def test_a_perplexity_is_the_exponential_of_the_mean_loss() -> None:
    sums = np.array([[np.log(8.0) * 3, 5.0], [3.0, 0.0]])
    value, nothing = exponential(sums).tolist()
    assert value == pytest.approx(8.0)
    assert np.isnan(nothing)
    one = kind_of("perplexity").measures["all_ratio"]
    assert one.of(Side("right")) == (0.0, 0.0)
    assert one.said(0.5) == "0.50"
    assert one.changed(-1234.5) == "−1,234.50"
    assert one.changed(0.001) == "0.00"
