"""Building explicit memories: what is built of what, again after a change, and after a kill."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.audit.models import Event
from apps.common import jobs
from apps.explicit import services
from apps.explicit.models import ExplicitBuild, ExplicitChoice, ExplicitMemory
from apps.explicit.services.builds import BUILDS
from apps.explicit.services.errors import NotOn, NotOpen, NotThere
from apps.explicit.services.files import place_of
from apps.memory.controller import MemoryController
from apps.memory.models import Entity, Triple
from tests import factories
from tests.apps.explicit.rows import StubMaker, path_of

pytestmark = pytest.mark.django_db


def built(space, alice) -> ExplicitBuild:
    """Ask for a build and do it; what it drops is dropped."""
    build = services.build_request(space=space, actor=alice)
    return services.build_run(build_id=build.pk)


def texts(maker: StubMaker) -> list[str]:
    found, maker.put_texts = maker.put_texts, []
    return found


@pytest.fixture
def facts(space, alice) -> list[Triple]:
    born = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    based = factories.make_triple(
        space, "Brook Institute",
        factories.make_relation(space, "seat", template="{subject} is in {object}."), "Lindenau",
    )  # fmt: skip
    factories.make_evidence(born, factories.make_document(space, alice), alice)
    return [born, based]


def test_it_builds_of_each_subject_its_facts_in_words_and_their_sentences(
    space, alice, is_on, maker, facts
) -> None:
    build = built(space, alice)
    assert (build.state, build.made, build.failed) == ("done", 2, 0)
    assert texts(maker) == [
        "Ada Brook was born in Lindenau. Ada Brook was born in Lindenau.",
        "Brook Institute is in Lindenau.",
    ]
    assert maker.put_names == [["Ada Brook", "Lindenau"], ["Brook Institute", "Lindenau"]]
    one, other = ExplicitMemory.objects.order_by("pk")
    assert one.state == other.state == "fresh"
    assert [fact.triple_id for fact in one.facts.all()] == [facts[0].pk]
    assert one.sentences.get().evidence.triple_id == facts[0].pk
    assert path_of(space.pk, one.name).read_bytes().startswith(b"Ada Brook")
    assert one.bytes == path_of(space.pk, one.name).stat().st_size
    event = Event.objects.get(action="explicit.built")
    assert event.payload["made"] == 2
    assert event.payload["model"] == "m" * 64


def test_two_subjects_that_say_the_same_have_a_memory_each(space, alice, is_on, maker) -> None:
    for number in (1, 2):
        other = Entity.objects.create(
            space=space, name="Ada Brook", description=f"the {number}. one"
        )
        named = factories.make_triple(space, f"A{number}", "place of birth", "Lindenau")
        Triple.objects.filter(pk=named.pk).update(subject=other)
    build = built(space, alice)
    assert (build.state, build.made) == ("done", 2)
    one, other = ExplicitMemory.objects.all()
    assert one.name == other.name
    assert one.sha256 == other.sha256
    MemoryController(space).retract(one.facts.get().triple, actor=alice)
    assert sorted(row.state for row in ExplicitMemory.objects.all()) == ["fresh", "stale"]
    built(space, alice)
    assert path_of(space.pk, other.name).is_file()


def test_it_builds_nothing_twice(space, alice, is_on, maker, facts) -> None:
    built(space, alice)
    texts(maker)
    again = built(space, alice)
    assert (again.made, again.removed) == (0, 0)
    assert texts(maker) == []


def test_nothing_is_built_unless_an_owner_switched_it_on(space, alice, maker, facts) -> None:
    with pytest.raises(NotOn):
        services.build_request(space=space, actor=alice)
    ExplicitChoice.objects.create(space=space, is_on=False, changed_by=alice)
    with pytest.raises(NotOn):
        services.build_request(space=space, actor=alice)
    assert not ExplicitBuild.objects.exists()


def test_a_build_ends_where_it_is_switched_off_meanwhile(space, alice, is_on, maker, facts) -> None:
    build = services.build_request(space=space, actor=alice)
    services.explicit_switch_off(space=space, actor=alice)
    build.refresh_from_db()
    assert build.state == "cancelled"
    with pytest.raises(NotOpen):
        services.build_cancel(build=build, actor=alice)
    with pytest.raises(NotOn):
        services.explicit_switch_off(space=space, actor=alice)


def test_it_is_switched_on_only_with_a_model_that_is_there(space, alice, monkeypatch) -> None:
    with pytest.raises(NotThere, match="No language model is chosen"):
        services.explicit_switch_on(space=space, actor=alice, base="")
    with pytest.raises(NotThere, match="not on this machine"):
        services.explicit_switch_on(space=space, actor=alice, base="no-such-model")
    assert not ExplicitChoice.objects.exists()
    monkeypatch.setattr("apps.explicit.services.choices.missing_for", lambda side, name, setup: "")
    for _ in range(2):  # the second time nothing changes
        services.explicit_switch_on(space=space, actor=alice, base="smollm2")
    assert Event.objects.filter(action="explicit.switched_on").count() == 1


def test_what_was_retracted_is_gone_with_its_file_and_the_rest_built_again(
    space, alice, is_on, maker, facts, django_capture_on_commit_callbacks
) -> None:
    home = factories.make_triple(
        space, "Ada Brook",
        factories.make_relation(space, "home", template="{subject} lives in {object}."), "Rome",
    )  # fmt: skip
    built(space, alice)
    before = set(ExplicitMemory.objects.filter(facts__triple=home).values_list("name", flat=True))
    MemoryController(space).retract(home, actor=alice, reason="not so")
    assert {row.state for row in ExplicitMemory.objects.filter(name__in=before)} == {"stale"}
    texts(maker)
    services.build_sweep()
    build = ExplicitBuild.objects.get(state="queued")
    assert build.by_clock
    with django_capture_on_commit_callbacks(execute=True):
        services.build_run(build_id=build.pk)
    assert not ExplicitMemory.objects.exclude(state="fresh").exists()
    assert not any("Rome" in text for text in texts(maker))
    assert all("Rome" not in p.read_text() for p in place_of(space.pk).root.rglob("*.safe*"))


def test_a_sentence_that_states_something_retracted_is_left_out(
    space, alice, is_on, maker, facts
) -> None:
    document = facts[0].evidence.get().passage.document
    other = factories.make_triple(space, "Ada Brook", "grave", "Lindenau")
    factories.make_evidence(other, document, alice)
    MemoryController(space).retract(other, actor=alice, reason="not so")
    built(space, alice)
    assert texts(maker)[0] == "Ada Brook was born in Lindenau."


def test_what_is_too_long_is_named_and_tried_again_when_it_changes(
    space, alice, is_on, maker
) -> None:
    long = factories.make_triple(space, "a b c d e f g h i j", "place of birth", "k")
    build = built(space, alice)
    assert (build.made, build.failed) == (0, 1)
    row = ExplicitMemory.objects.get()
    assert row.state == "failed"
    assert "127 tokens" in row.error
    assert built(space, alice).failed == 0  # not again
    Triple.objects.filter(pk=long.pk).update(valid_to="2000-01-01")
    row.refresh_from_db()
    assert row.state == "stale"


@pytest.mark.parametrize("when", ["retracted", "renamed", "ended"])
def test_a_change_while_a_text_is_encoded_is_not_overlooked(
    space, alice, is_on, maker, facts, when
) -> None:
    def change() -> None:
        maker.before_put = lambda: None
        row = Triple.objects.get(pk=facts[0].pk)
        if when == "retracted":
            MemoryController(space).retract(row, actor=alice, reason="not so")
        elif when == "ended":
            Triple.objects.filter(pk=row.pk).update(valid_to="2001-01-01")
        else:
            row.subject.name = "Ada B."
            row.subject.save()

    maker.before_put = change
    built(space, alice)
    stale = ExplicitMemory.objects.get(facts__triple=facts[0])
    assert stale.state == "stale"
    services.build_sweep()
    services.build_run(build_id=ExplicitBuild.objects.get(state="queued").pk)
    assert not ExplicitMemory.objects.filter(state="stale").exists()
    now = ExplicitMemory.objects.filter(facts__triple=facts[0])
    assert now.count() == (0 if when == "retracted" else 1)


def test_who_takes_over_after_a_kill_goes_on(space, alice, is_on, maker, facts) -> None:
    class Killed(BaseException):
        pass

    def kill() -> None:
        if maker.put_texts:
            raise Killed

    maker.before_put = kill
    build = services.build_request(space=space, actor=alice)
    with pytest.raises(Killed):
        services.build_run(build_id=build.pk)
    build.refresh_from_db()
    assert build.state == "running"
    assert sorted(ExplicitMemory.objects.values_list("state", flat=True)) == ["building", "fresh"]
    maker.before_put = lambda: None
    ExplicitBuild.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert services.build_run(build_id=build.pk).state == "done"
    assert len(texts(maker)) == 2  # the first one once
    assert set(ExplicitMemory.objects.values_list("state", flat=True)) == {"fresh"}
    build.refresh_from_db()
    assert build.made == 2


def test_a_late_worker_saves_nothing(space, alice, is_on, maker, facts) -> None:
    def lose() -> None:
        ExplicitBuild.objects.update(lease_token="00000000-0000-0000-0000-000000000001")

    maker.before_put = lose
    build = services.build_request(space=space, actor=alice)
    services.build_run(build_id=build.pk)
    assert not ExplicitMemory.objects.filter(state="fresh").exists()


def test_slices_come_to_the_same(space, alice, is_on, maker, facts, settings) -> None:
    settings.SLICE_SECONDS = 0
    build = services.build_request(space=space, actor=alice)
    slices = 0
    while services.build_run_next() is not None:
        slices += 1
    build.refresh_from_db()
    assert (build.state, build.made) == ("done", 2)
    assert slices == 3


def test_there_is_one_build_of_a_space_at_a_time(space, alice, is_on, maker) -> None:
    one = services.build_request(space=space, actor=alice)
    assert services.build_request(space=space, actor=alice) == one
    services.build_cancel(build=one, actor=alice)
    assert Event.objects.filter(action="explicit.build_cancelled").count() == 1
    assert services.build_request(space=space, actor=alice) != one


def test_another_model_builds_all_anew(space, alice, is_on, maker, facts) -> None:
    built(space, alice)
    maker.said = maker.said | {"model": "n" * 64}
    build = built(space, alice)
    assert (build.made, build.removed) == (2, 2)
    assert set(ExplicitMemory.objects.values_list("model", flat=True)) == {"n" * 64}


def test_a_failed_build_says_why_and_the_clock_waits(
    space, alice, is_on, maker, facts, settings
) -> None:
    settings.JOB_ATTEMPTS = 1
    built(space, alice)
    Triple.objects.filter(pk=facts[0].pk).update(valid_to="2001-01-01")

    def full() -> None:
        raise OSError("No space left on device")

    maker.before_put = full
    services.build_sweep()
    build = ExplicitBuild.objects.get(state="queued")
    assert services.build_run(build_id=build.pk).state == "failed"
    event = Event.objects.get(action="explicit.build_failed")
    assert event.payload["reason"]
    services.build_sweep()
    assert not ExplicitBuild.objects.filter(state__in=ExplicitBuild.OPEN).exists()


def test_files_that_are_gone_or_altered_are_found_and_built_again(
    space, alice, is_on, maker, facts
) -> None:
    built(space, alice)
    assert services.files_verify(space=space) == services.Verified(2, 0, 0, 0)
    one, other = ExplicitMemory.objects.order_by("pk")
    path_of(space.pk, one.name).unlink()
    path_of(space.pk, other.name).write_bytes(b"something else")
    stray = path_of(space.pk, "f" * 64)
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"of no memory")
    found = services.files_verify(space=space)
    assert (found.whole, found.damaged) == (0, 2)
    assert not stray.exists()
    assert Event.objects.get(action="explicit.found_damaged").payload == {"memories": 2}
    texts(maker)
    built(space, alice)
    assert len(texts(maker)) == 2
    assert services.files_verify(space=space).whole == 2


def test_an_answer_marks_only_what_is_really_damaged(space, alice, is_on, maker, facts) -> None:
    built(space, alice)
    one, other = ExplicitMemory.objects.order_by("pk")
    path_of(space.pk, one.name).unlink()
    services.damaged_mark(space=space, memories=[one.pk, other.pk])
    states = dict(ExplicitMemory.objects.values_list("pk", "state"))
    assert states == {one.pk: "stale", other.pk: "fresh"}


def test_it_is_a_job_as_others_are() -> None:
    assert jobs.Kind is type(BUILDS)
    assert BUILDS.queue == "evaluate"
