"""What is gone between two runs: the head of one, or a relation that the cases ask for."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.evaluation.models import Run
from apps.evaluation.services.comparing import other_weights, retired_between
from apps.evaluation.services.runs import ModeNotPossible, run_request, run_retry, run_run_next
from apps.memory.models import Relation
from apps.memory.services.relations import relation_retire
from tests.apps.evaluation.runs_made import born, make_memory, make_version, run_to_its_end
from worker import registry
from worker.heads.causal import installed
from worker.setups import HeadSetup

pytestmark = pytest.mark.django_db
CASES = (born("Ada Brook", "Lindenau"), born("Ben Hollis", "Berlin"), born("Nobody Known"))


@pytest.fixture(autouse=True)
def _scripted(settings, monkeypatch) -> None:
    settings.READ_HEAD = settings.WRITE_HEAD = settings.EMBEDDER = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def version(space, alice):
    make_memory(space)
    covers = {"relation": [{"name": "place of birth", "n": 3}]}
    return make_version(space, alice, CASES, covers=covers)


def words(response) -> str:
    text = re.sub(r"<[^>]+>", "", response.content.decode())
    return re.sub(r"\s+", " ", unescape(text))


class Bare:
    """A head whose weights are gone, as the built-in one says it."""

    def __init__(self) -> None:
        raise FileNotFoundError("no manifest.json in weights/read.")


class Torchless:
    def __init__(self) -> None:
        raise ModuleNotFoundError("No module named 'torch'")


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (Bare, "The read head could not be loaded: no manifest.json in weights/read. Put back what "
         "is missing, or choose another head under Settings, Heads."),
        (Torchless, "The read head could not be loaded: No module named 'torch'. Put back what is "
         "missing, or choose another head under Settings, Heads."),
    ],
)  # fmt: skip
def test_a_run_whose_weights_are_gone_fails_at_once_and_says_so(
    version, dave, monkeypatch, sign_in, head, says
) -> None:
    run = run_request(version=version, actor=dave)
    known = {**registry.READ_HEADS, "scripted": f"{__name__}:{head.__name__}"}
    monkeypatch.setattr(registry, "READ_HEADS", known)
    registry._heads.clear()
    run_run_next()
    run.refresh_from_db()
    assert (run.state, run.error) == ("failed", says)
    page = words(sign_in(dave).get(reverse("evaluation:run", args=["atlas", run.pk])))
    assert says in page
    assert "Go on when that is put right, or start another run with another head." in page


def test_it_goes_on_when_the_head_is_there_again(version, dave, monkeypatch, settings) -> None:
    settings.SLICE_SECONDS = 0
    run = run_request(version=version, actor=dave)
    run_run_next()
    with monkeypatch.context() as gone:
        gone.setattr(registry, "READ_HEADS", {"encoder": "nowhere:Nothing"})
        run_run_next()
    run.refresh_from_db()
    assert (run.state, run.done) == ("failed", 1)
    assert "There is no read head 'scripted'" in run.error
    run_retry(run=run, actor=dave)
    while run_run_next() is not None:
        pass
    run.refresh_from_db()
    assert (run.state, run.done) == ("done", 3)


def test_it_names_an_adapter_that_is_gone(version, dave, monkeypatch, tmp_path: Path) -> None:
    model = tmp_path / "models" / "larch"
    model.mkdir(parents=True)
    (model / "config.json").write_text("{}")
    adapter = tmp_path / "adapters" / "tuned"
    says = (
        f"The adapter tuned is not on this machine any more: {adapter} is gone. Put the folder "
        "back, or choose another one under Settings, Heads."
    )
    setup = HeadSetup("causal", str(model), str(adapter))
    assert installed.missing("read", setup) == says
    with pytest.raises(ModeNotPossible, match="adapter tuned is not on this machine any more"):
        run_request(version=version, actor=dave, setup=setup)
    adapter.mkdir(parents=True)
    assert "There is no adapter for the read head" in installed.missing("read", setup)


def test_a_comparison_names_what_was_retired_in_between(version, alice, dave, sign_in) -> None:
    first = run_to_its_end(version, dave)
    relation = Relation.objects.get(space=first.space, name="place of birth")
    relation_retire(relation=relation, actor=alice)
    second = run_to_its_end(version, dave)
    third = run_to_its_end(version, dave)
    client, compare = sign_in(dave), reverse("evaluation:compare", args=["atlas"])
    page = words(client.get(f"{compare}?runs={first.pk}&runs={second.pk}"))
    assert "The relation place of birth was retired on" in page
    assert f"between run {first.pk} and run {second.pk}: 3 of what the cases ask for are" in page
    later = words(client.get(f"{compare}?runs={second.pk}&runs={third.pk}"))
    assert "was retired" not in later


def test_what_no_case_asks_for_is_not_named(version, alice, dave) -> None:
    first, second = (run_to_its_end(version, dave) for _ in range(2))
    between = timezone.now() - timedelta(minutes=5)
    Run.objects.filter(pk=first.pk).update(created_at=between - timedelta(minutes=5))
    first.refresh_from_db()
    Relation.objects.filter(space=first.space).update(retired_at=between)
    assert [one.cases for one in retired_between(second, first)] == [3]
    Relation.objects.filter(space=first.space).update(name="spouse", normalised="spouse")
    assert retired_between(first, second) == []
    Relation.objects.filter(space=first.space).update(aliases=["Place of  Birth"])
    assert [one.relation.name for one in retired_between(first, second)] == ["spouse"]


def test_a_comparison_says_that_weights_differ_beneath_one_name(version, dave, sign_in) -> None:
    runs = [run_to_its_end(version, dave) for _ in range(3)]
    for run, sha in zip(runs, ("a" * 64, "b" * 64, "a" * 64), strict=True):
        run.made_of["hashes"] = {"weights": sha, "base": "c" * 64}
        run.save(update_fields=["made_of"])
    query = "&".join(f"runs={run.pk}" for run in runs)
    page = words(sign_in(dave).get(f"{reverse('evaluation:compare', args=['atlas'])}?{query}"))
    first, second, third = (run.pk for run in runs)
    assert f"Run {first} and run {second} were asked by one head by its name, with other" in page
    assert f"weights: {'a' * 12} in run {first}, {'b' * 12} in run {second}" in page
    assert f"Run {first} and run {third} were asked" not in page
    assert "base:" not in page


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"setup": {"backend": "encoder"}}, None),
        ({"made_of": {}}, None),
        ({"made_of": {"head": "x", "version": "2", "hashes": {}}}, [("version", "1", "2")]),
        (
            {"made_of": {"head": "x", "version": "1", "hashes": {"weights": "f"}}},
            [("version", "1", ""), ("weights", "", "f")],
        ),
    ],
)
def test_only_what_is_chosen_alike_and_says_its_weights_is_told(change, parts) -> None:
    one = {"setup": {"backend": "x"}, "made_of": {"head": "x", "version": "1", "hashes": {}}}
    found = other_weights(Run(**one), Run(**one | change))
    assert (list(found.parts) if found else None) == parts
