"""Perplexity as a benchmark: a language model, here one that knows nothing, reads the memory."""

from __future__ import annotations

import json

import numpy as np
import pytest
from django.urls import reverse

from apps.audit.models import Event
from apps.evaluation.models import Benchmark
from apps.evaluation.services.answering.errors import ModeNotPossible
from apps.evaluation.services.benchmarks.reading import read_cases
from apps.evaluation.services.comparing import differences_of, pair_up
from apps.evaluation.services.kinds import kind_of
from apps.evaluation.services.kinds.measures import Side, exponential
from apps.evaluation.services.runs import jobs, run_request, run_run_next
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
    run_run_next()
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
