"""Learning from reviewers: which decisions count, the job, and switching weights on and back."""

from __future__ import annotations

import pytest
from django.utils import timezone

from apps.audit.models import Event
from apps.common import jobs
from apps.curation.models import Candidate, Decision
from apps.curation.services import extraction_request, extraction_run
from apps.evaluation.models import LearnedWeights
from apps.evaluation.services.learned_source import learned
from apps.evaluation.services.learning import (
    LearningRefused,
    decisions_of,
    learned_switch_back,
    learned_switch_on,
    learning_cancel,
    learning_request,
    learning_retry,
    learning_run_next,
    switching,
    trouble_of,
)
from apps.evaluation.services.learning import jobs as learning_jobs
from apps.memory.models import Relation
from tests import factories
from tests.apps.evaluation.decided import BAD, GOOD, TEXT, decide, make_decisions
from worker.learned.bases import base_of
from worker.learned.correction import Correction, made_of
from worker.learned.reading import Seen

BASE = {"backend": "scripted", "version": "1"}


@pytest.fixture(autouse=True)
def _scripted(settings, monkeypatch):
    settings.WRITE_HEAD = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def decided(db, space, alice, bob):
    make_decisions(space, alice, bob)
    return space


def trained(space, actor) -> LearnedWeights:
    row = learning_request(space=space, actor=actor)
    while learning_run_next() is not None:
        pass
    row.refresh_from_db()
    return row


def actions(row: LearnedWeights) -> list[str]:
    rows = Event.objects.filter(space=row.space, action__startswith="learning.").order_by("pk")
    return [one.removeprefix("learning.") for one in rows.values_list("action", flat=True)]


def relation(space, name: str) -> str:
    return str(Relation.objects.get(space=space, name=name).pk)


def test_it_learns_which_relations_are_right(decided, alice):
    row = trained(decided, alice)
    assert (row.state, row.error, row.done) == ("done", "", row.total)
    made = Correction.of(row.parameters)
    assert made.sha256 == row.sha256
    assert made.base == row.base == BASE
    assert made.relations[relation(decided, GOOD)] > 0.5
    assert made.relations[relation(decided, BAD)] < -0.5
    assert row.counts["used"] + row.counts["kept_out"] == 80
    assert 16 <= row.counts["kept_out"] <= 24
    assert row.figures["decisions"] == row.counts["kept_out"]
    assert row.figures["learned"]["log_loss"] < row.figures["own"]["log_loss"]
    assert row.figures["at_its_recall"]["learned"] >= row.figures["at_its_recall"]["own"]
    assert actions(row) == ["started", "finished"]
    assert learned(row.sha256) == made
    assert learned("0" * 64) is None


def test_it_weighs_the_signs_of_what_was_decided(decided, alice, monkeypatch):
    """A head that tells what its scores are made of: its passages are read for that."""
    plain = learning_jobs.see

    def told(*given):
        return [Seen(one.proposal, (float(one.proposal.object.text == "Lindenau"),))
                for one in plain(*given)]  # fmt: skip

    monkeypatch.setattr(learning_jobs, "see", told)
    monkeypatch.setattr(learning_jobs, "sign_names", lambda head: ("mood",))
    monkeypatch.setattr(learning_jobs, "MOST_WEIGHED", 5)
    row = trained(decided, alice)
    assert (row.state, row.error) == ("done", "")
    made = Correction.of(row.parameters)
    assert set(made.signs) == {"mood", "offset"}
    assert made.signs["mood"] > 0
    assert row.figures["read"]["before"] == 10
    assert "not read again" not in row.counts["left_out"]


def test_what_is_not_found_again_is_left_out(decided, alice, monkeypatch):
    monkeypatch.setattr(learning_jobs, "sign_names", lambda head: ("mood",))
    monkeypatch.setattr(learning_jobs, "MOST_PASSAGES", 30)
    row = trained(decided, alice)
    assert (row.state, row.error) == ("done", "")
    assert row.counts["left_out"] == {"not read again": 20}
    assert row.counts["used"] + row.counts["kept_out"] == 60


def test_nothing_counts_before_it_is_switched_on(decided, alice):
    trained(decided, alice)
    decided.refresh_from_db()
    assert decided.write_head == {}


def test_candidates_say_which_weights_made_them(decided, alice):
    row = learned_switch_on(row=trained(decided, alice), actor=alice)
    decided.refresh_from_db()
    document = factories.make_document(decided, alice, text=f"{TEXT} It is new.")
    done = extraction_run(extraction_id=extraction_request(document=document, actor=alice).pk)
    assert done.state == "done", done.error
    assert done.head_hashes == {"learned": row.sha256}
    assert done.head_version == f"1+{row.sha256[:8]}"
    found = dict(done.candidates.values_list("relation__name", "score"))
    assert found[GOOD] == pytest.approx(
        Correction.of(row.parameters).score(0.9, relation(decided, GOOD)), abs=1e-6
    )


def test_it_learns_on_from_what_learned_weights_proposed(decided, alice, bob):
    row = learned_switch_on(row=trained(decided, alice), actor=alice)
    document = factories.make_document(decided, alice, text=f"{TEXT} It is new.")
    hashes = {"learned": row.sha256}
    factories.make_extraction(document, alice, head_version="1+x", head_hashes=hashes)
    corrected = Correction.of(row.parameters).score(0.7, relation(decided, GOOD))
    decide(factories.make_candidate(document, alice, score=corrected), bob, accept=True)
    assert decisions_of(decided, BASE).judged[-1].score == pytest.approx(0.7)


def test_rolling_back_is_one_step(decided, alice, bob):
    first = learned_switch_on(row=trained(decided, alice), actor=alice)
    make_more(decided, alice, accept=False)  # more documents than are kept out
    second = learned_switch_on(row=trained(decided, alice), actor=alice)
    assert second.is_on
    assert second.instead_of == first
    assert learned_switch_back(space=decided, actor=alice) == first
    assert learned_switch_back(space=decided, actor=alice) is None
    decided.refresh_from_db()
    assert decided.write_head == {}
    with pytest.raises(LearningRefused, match="shipped weights are on already"):
        learned_switch_back(space=decided, actor=alice)
    told = [one for one in actions(second) if one.startswith("switched")]
    assert told == ["switched_on", "switched_on", "switched_back", "switched_back"]
    chosen = Event.objects.filter(space=decided, action="space.head_chosen")
    assert chosen.count() == 4


def test_what_is_on_is_not_switched_on_again(decided, alice):
    row = learned_switch_on(row=trained(decided, alice), actor=alice)
    with pytest.raises(LearningRefused, match="on already"):
        learned_switch_on(row=row, actor=alice)


def test_the_same_weights_learned_twice_are_one(decided, alice):
    """As when all that was decided since is among what is kept out: the same is learned again."""
    older = learned_switch_on(row=trained(decided, alice), actor=alice)
    make_more(decided, alice, accept=False)
    first = learned_switch_on(row=trained(decided, alice), actor=alice)
    again = LearnedWeights.objects.get(pk=first.pk)
    again.pk, again.switched_at, again.switched_by, again.instead_of = None, None, None, None
    again.save()
    with pytest.raises(LearningRefused, match="on already"):
        learned_switch_on(row=again, actor=alice)
    assert learned_switch_back(space=decided, actor=alice) == older


@pytest.mark.parametrize(
    ("documents", "says"),
    [(0, "There are 0 decisions"), (5, "There are 10 decisions"), (24, "at least 50 are needed")],
)
def test_too_few_decisions_say_so(db, space, alice, bob, documents, says):
    make_decisions(space, alice, bob, documents)
    with pytest.raises(LearningRefused, match=says):
        learning_request(space=space, actor=alice)
    assert not LearnedWeights.objects.exists()
    assert not Event.objects.filter(action__startswith="learning.").exists()


@pytest.mark.parametrize("kept", ["accept", "reject"])
def test_one_class_alone_says_so(decided, alice, kept):
    every = Decision.objects.exclude(action=kept)
    other = Candidate.objects.filter(decisions__in=every)
    every.delete()
    other.delete()
    make_more(decided, alice, accept=kept == "accept")
    with pytest.raises(LearningRefused, match=f"All .* decisions {kept}ed"):
        learning_request(space=decided, actor=alice)


def make_more(space, alice, *, accept: bool) -> None:
    for number in range(30):
        document = factories.make_document(space, alice, text=f"{TEXT} More {number}.")
        factories.make_extraction(document, alice, head_version="1")
        decide(factories.make_candidate(document, alice), alice, accept=accept)


def test_one_document_alone_says_so(decided, alice):
    Candidate.objects.update(passage=Candidate.objects.first().passage_id)
    with pytest.raises(LearningRefused, match="on 1 document"):
        learning_request(space=decided, actor=alice)


def test_what_does_not_count_is_told(decided, alice, bob):
    rows = list(Decision.objects.filter(action="reject").order_by("pk"))
    Decision.objects.filter(pk=rows[0].pk).update(reason="duplicate")
    Candidate.objects.filter(pk=rows[1].candidate_id).update(reworded_by=bob)
    other = rows[2].candidate.extraction
    other.head_version = "2"
    other.save()
    found = decisions_of(decided, BASE)
    assert found.left_out == {"duplicate": 1, "own words": 1, "other head": 2}
    assert len(found.judged) == 76
    Relation.objects.filter(name=BAD).update(retired_at=timezone.now())
    assert decisions_of(decided, BASE).left_out["retired"] > 30


@pytest.mark.parametrize(
    ("before", "right"), [({"valid_from": None}, True), ({"object_text": "Tarn"}, False)]
)
def test_an_edit_is_right_where_the_fact_stayed(decided, before, right):
    row = Decision.objects.filter(action="accept").order_by("pk").first()
    Decision.objects.filter(pk=row.pk).update(action="edit", before=before)
    (one,) = [one for one in decisions_of(decided, BASE).judged if one.decision == row.pk]
    assert one.right is right


def test_an_edit_of_the_relation_counts_against_the_one_that_was_proposed(decided):
    row = Decision.objects.filter(action="accept").order_by("pk").first()
    other = relation(decided, BAD)
    Decision.objects.filter(pk=row.pk).update(action="edit", before={"relation": int(other)})
    (one,) = [one for one in decisions_of(decided, BASE).judged if one.decision == row.pk]
    assert (one.relation, one.right) == (other, False)


def test_two_owners_start_one_training(decided, alice, bob):
    first = learning_request(space=decided, actor=alice)
    assert learning_request(space=decided, actor=bob) == first
    assert LearnedWeights.objects.count() == 1


def test_nothing_new_is_not_learned_again(decided, alice):
    trained(decided, alice)
    with pytest.raises(LearningRefused, match="Nothing was decided since"):
        learning_request(space=decided, actor=alice)


def test_a_head_that_cannot_learn_says_so(decided, alice, settings):
    settings.WRITE_HEAD = "remote"
    with pytest.raises(LearningRefused, match="cannot learn"):
        learning_request(space=decided, actor=alice)


def test_a_killed_worker_costs_one_passage(decided, alice, monkeypatch, settings):
    settings.SLICE_SECONDS = 60
    row = learning_request(space=decided, actor=alice)
    read = learning_jobs._read
    seen: list[int] = []

    def killed(head, number, relations):
        if len(seen) == 7:
            raise KeyboardInterrupt
        seen.append(number)
        return read(head, number, relations)

    monkeypatch.setattr(learning_jobs, "_read", killed)
    with pytest.raises(KeyboardInterrupt):
        learning_run_next()
    row.refresh_from_db()
    assert (row.state, row.done) == ("running", 7)
    LearnedWeights.objects.update(lease_until="2020-01-01T00:00Z")
    monkeypatch.setattr(
        learning_jobs, "_read", lambda *given: (seen.append(given[1]), read(*given))[1]
    )
    learning_run_next()
    row.refresh_from_db()
    assert row.state == "done", row.error
    assert seen == row.passages
    assert row.figures["read"]["before"] == 80


def test_a_slice_gives_way_and_the_next_goes_on(decided, alice, settings):
    settings.SLICE_SECONDS = 0
    row = learning_request(space=decided, actor=alice)
    learning_run_next()
    row.refresh_from_db()
    assert (row.state, row.done) == ("queued", 1)


def test_a_cancelled_training_stops_and_can_go_on(decided, alice, monkeypatch):
    row = learning_request(space=decided, actor=alice)
    save = learning_jobs._save

    def cancelled(job, found):
        if job.done == 3:
            learning_cancel(row=job, actor=alice)
        save(job, found)

    monkeypatch.setattr(learning_jobs, "_save", cancelled)
    learning_run_next()
    row.refresh_from_db()
    assert (row.state, row.done, row.sha256) == ("cancelled", 3, "")
    with pytest.raises(LearningRefused, match="ended already"):
        learning_cancel(row=row, actor=alice)
    monkeypatch.undo()
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    learning_retry(row=row, actor=alice)
    while learning_run_next() is not None:  # on a slow machine in several slices
        pass
    row.refresh_from_db()
    assert row.state == "done"
    assert actions(row) == ["started", "cancelled", "retried", "finished"]


def test_decisions_undone_meanwhile_end_it_with_a_sentence(decided, alice):
    row = learning_request(space=decided, actor=alice)
    Relation.objects.filter(name=BAD).update(retired_at=timezone.now())
    learning_run_next()
    row.refresh_from_db()
    assert row.state == "failed"
    assert row.error == (
        "There are 40 decisions on proposals of this head; at least 50 are needed. 40 more do not "
        "count."
    )
    assert actions(row) == ["started", "failed"]


def test_another_version_of_the_head_ends_it(decided, alice, monkeypatch):
    row = learning_request(space=decided, actor=alice)
    LearnedWeights.objects.filter(pk=row.pk).update(base=BASE | {"version": "0"})
    learning_run_next()
    row.refresh_from_db()
    assert row.state == "failed"
    assert "replaced by another version" in row.error


def test_weights_of_another_version_are_not_switched_on(decided, alice, monkeypatch):
    row = trained(decided, alice)
    monkeypatch.setattr(switching, "base_of", lambda backend: BASE | {"version": "2"})
    with pytest.raises(LearningRefused, match="another version of the head"):
        learned_switch_on(row=row, actor=alice)
    decided.refresh_from_db()
    assert decided.write_head == {}
    assert "switched_on" not in actions(row)


def test_weights_of_another_head_are_not_switched_on(decided, alice, settings):
    row = trained(decided, alice)
    settings.WRITE_HEAD = "encoder"
    assert "another head" in trouble_of(row, decided)


def test_a_training_that_is_not_done_is_not_switched_on(decided, alice):
    with pytest.raises(LearningRefused, match="that is done"):
        learned_switch_on(row=learning_request(space=decided, actor=alice), actor=alice)


def test_switching_back_passes_over_weights_of_another_version(decided, alice, bob, monkeypatch):
    first = learned_switch_on(row=trained(decided, alice), actor=alice)
    LearnedWeights.objects.filter(pk=first.pk).update(base=BASE | {"version": "0"})
    make_more(decided, alice, accept=False)
    learned_switch_on(row=trained(decided, alice), actor=alice)
    assert learned_switch_back(space=decided, actor=alice) is None


def test_another_person_cannot_have_more_open_than_anybody(decided, alice, settings):
    settings.OPEN_RUNS = 0
    with pytest.raises(jobs.TooManyOpen, match="trainings"):
        learning_request(space=decided, actor=alice)


def test_it_knows_the_shipped_head_without_loading_it():
    from worker import registry

    assert base_of("encoder") == made_of(registry.write_head("encoder"))
    assert base_of("causal") is None
