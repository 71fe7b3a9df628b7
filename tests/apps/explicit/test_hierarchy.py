"""Text or explicit memory: what is proposed, who moves it, and what that saved."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Event
from apps.explicit import services
from apps.explicit.hierarchy_selectors import made_of, standings
from apps.explicit.models import (
    ExplicitChoice,
    ExplicitMemory,
    ExplicitMove,
    ExplicitPlace,
    ExplicitWeight,
)
from apps.explicit.services import hierarchy
from apps.explicit.services.files import maker_id
from apps.explicit.services.looking import SpaceShelf
from apps.memory.controller import MemoryController
from apps.memory.models import FactSchedule, Triple
from tests import factories
from tests.apps.explicit.rows import WordEmbedder, path_of

pytestmark = pytest.mark.django_db


def build(space, alice) -> None:
    services.build_run(build_id=services.build_request(space=space, actor=alice).pk)


def use(memory, times: int, seconds: float) -> None:
    for _ in range(times):
        memory.refresh_from_db()
        assert services.memories_used({memory.pk: memory.version}, {memory.pk: seconds})


def shelf(space, maker):
    found = SpaceShelf(space, WordEmbedder()).shelf(["Where was Ada Brook born?"], maker.said, 5)
    return {one.facts[0].subject.name: one for one in found.references}


@pytest.fixture
def acts(space, alice, is_on) -> ExplicitChoice:
    return services.policy_set(space=space, actor=alice, policy="act")


@pytest.fixture
def triple(space, is_on) -> Triple:
    return factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")


def test_nothing_is_proposed_without_an_owners_word(space, alice, triple, maker) -> None:
    build(space, alice)
    use(ExplicitMemory.objects.get(), 3, 0.01)
    with pytest.raises(services.ExplicitRefused, match="off in this space"):
        services.hierarchy_weigh(space=space)
    assert services.hierarchy_sweep() == 0
    assert not ExplicitMove.objects.exists()
    assert not ExplicitWeight.objects.exists()


def test_what_is_new_begins_as_text_and_what_is_used_becomes_a_memory(
    space, alice, acts, triple, maker
) -> None:
    build(space, alice)
    row = ExplicitMemory.objects.get()
    assert (row.form, row.state, row.bytes, row.sha256) == ("text", "fresh", 0, "")
    assert maker.put_texts == []
    kept = shelf(space, maker)["Ada Brook"]
    assert kept.pieces == ("Ada Brook was born in Lindenau.",)
    assert kept.name == maker.name(" ".join(kept.pieces))
    use(row, 4, 0.1)
    Triple.objects.update(recorded_at=timezone.now() - timedelta(days=60))
    assert services.hierarchy_weigh(space=space) == services.Weighing(1, 1, 0)
    move = ExplicitMove.objects.get()
    assert (move.now, move.to, move.state, move.made_by) == ("text", "memory", "made", None)
    assert (move.before_uses, round(move.before_seconds, 6)) == (4, 0.4)
    assert shelf(space, maker)["Ada Brook"].pieces  # until it is built
    build(space, alice)
    row = ExplicitMemory.objects.get()
    assert row.form == "memory"
    assert path_of(space.pk, row.name).is_file()
    assert shelf(space, maker)["Ada Brook"].pieces == ()
    use(row, 10, 0.01)
    (made,) = made_of([move])
    assert made.uses == 10
    assert made.saved == pytest.approx(0.1 * 10 - 0.1 - move.write)
    assert made.foretold == pytest.approx(move.each * 10 - move.write)
    event = Event.objects.get(action="explicit.promoted")
    assert event.payload["about"] == "Ada Brook"
    assert event.payload["by_policy"] is True


def test_what_changes_often_and_is_hardly_used_goes_back_to_text(
    space, alice, triple, maker, is_on, django_capture_on_commit_callbacks
) -> None:
    build(space, alice)
    services.policy_set(space=space, actor=alice, policy="propose")
    build(space, alice)  # which measures the costs
    file = path_of(space.pk, ExplicitMemory.objects.get().name)
    now = timezone.now()
    Triple.objects.update(recorded_at=now - timedelta(days=90))
    for days in (3, 8):
        changed = factories.make_triple(space, "Ada Brook", "member of", f"Guild {days}")
        Triple.objects.filter(pk=changed.pk).update(recorded_at=now - timedelta(days=days))
    (standing,) = standings(space, 30, 30)
    assert (standing.changes, standing.counted, standing.form) == (2, 0, "memory")
    assert services.hierarchy_weigh(space=space) == services.Weighing(1, 0, 0)
    assert ExplicitMemory.objects.get().form == "memory"  # proposed only
    move = ExplicitMove.objects.get()
    assert move.changes == 2  # as many as in the days before, however long it has been known
    services.move_make(move=move, actor=alice)
    asked = Event.objects.filter(action="explicit.build_asked").latest("pk")
    assert (asked.actor, asked.payload["by_clock"]) == (alice, False)  # who pressed it
    with pytest.raises(services.ExplicitRefused, match="not proposed any more"):
        services.move_make(move=move, actor=alice)
    with django_capture_on_commit_callbacks(execute=True):
        build(space, alice)
    assert set(ExplicitMemory.objects.values_list("form", flat=True)) == {"text"}
    assert not file.exists()
    event = Event.objects.get(action="explicit.demoted")
    assert event.actor == alice
    assert made_of([ExplicitMove.objects.get()])[0].saved is None  # nothing was measured before


def test_what_facts_are_cited_for_counts_too(space, alice, triple, acts, maker) -> None:
    build(space, alice)
    MemoryController(space).mark_read([triple.pk])
    MemoryController(space).mark_read([triple.pk])
    assert FactSchedule.objects.get().uses == pytest.approx(2, abs=0.01)
    FactSchedule.objects.update(used_at=timezone.now() - timedelta(days=30))
    (standing,) = standings(space, 30, 30)
    assert standing.counted == pytest.approx(1, abs=0.01)


def test_a_changed_fact_is_not_answered_from_text_that_is_gone(
    space, alice, triple, acts, maker
) -> None:
    build(space, alice)
    row = ExplicitMemory.objects.get()
    MemoryController(space).retract(triple, actor=alice, reason="wrong")
    assert shelf(space, maker) == {}
    assert not services.memories_used({row.pk: row.version})


def test_files_of_text_are_not_missed(space, alice, triple, acts, maker) -> None:
    build(space, alice)
    assert services.files_verify(space=space) == services.Verified(0, 0, 0, 0)


def test_it_weighs_and_looks_up_with_as_many_queries_for_many(space, alice, acts, maker) -> None:
    def queries(work) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            work()
        return len(found)

    def both() -> tuple[int, int]:
        return queries(lambda: standings(space, 30, 30)), queries(lambda: shelf(space, maker))

    factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    build(space, alice)
    one = both()
    for number in range(4):
        factories.make_triple(space, f"Ada Brook {number}", "place of birth", "Lindenau")
    build(space, alice)
    assert len(shelf(space, maker)) > 1
    assert both() == one


def test_proposals_go_when_they_hold_no_more(space, alice, triple, maker, is_on) -> None:
    services.policy_set(space=space, actor=alice, policy="act")
    build(space, alice)
    services.policy_set(space=space, actor=alice, policy="propose")
    use(ExplicitMemory.objects.get(), 3, 0.1)
    assert services.hierarchy_sweep() == 1
    assert services.hierarchy_sweep() == 0  # within the hour
    assert ExplicitMove.objects.filter(state="proposed").count() == 1
    ExplicitPlace.objects.update(counted=0)
    assert services.hierarchy_weigh(space=space) == services.Weighing(0, 0, 1)
    services.policy_set(space=space, actor=alice, policy="off")
    assert Event.objects.filter(action="explicit.hierarchy_set").count() == 3
    with pytest.raises(ValueError, match="always"):
        services.policy_set(space=space, actor=alice, policy="always")


def test_nothing_is_moved_that_an_owner_switched_off_meanwhile(
    space, alice, triple, acts, maker, monkeypatch
) -> None:
    build(space, alice)
    use(ExplicitMemory.objects.get(), 3, 0.1)
    weighed = hierarchy.standings

    def off_meanwhile(*given):
        services.policy_set(space=space, actor=alice, policy="off")
        return weighed(*given)

    with monkeypatch.context() as patched:
        patched.setattr(hierarchy, "standings", off_meanwhile)
        with pytest.raises(services.ExplicitRefused, match="off in this space"):
            services.hierarchy_weigh(space=space)
    assert not ExplicitMove.objects.exists()
    services.policy_set(space=space, actor=alice, policy="propose")
    services.hierarchy_weigh(space=space)
    services.explicit_switch_off(space=space, actor=alice)
    with pytest.raises(services.ExplicitRefused, match="Explicit memory is off"):
        services.move_make(move=ExplicitMove.objects.get(), actor=alice)


def test_owners_set_the_policy_and_auditors_look(
    space, alice, bob, dave, client, triple, acts, maker
) -> None:
    build(space, alice)
    services.policy_set(space=space, actor=alice, policy="propose")
    use(ExplicitMemory.objects.get(), 3, 0.1)
    page = reverse("explicit:hierarchy", args=[space.slug])

    def post(user, name: str, *args, **data):
        client.force_login(user)
        return client.post(reverse(f"explicit:{name}", args=[space.slug, *args]), data)

    assert post(alice, "hierarchy-weigh").status_code == 302
    said = client.get(page).content.decode()
    assert "Text to explicit memory" in said
    assert "explicit memory pays from" in said
    move = ExplicitMove.objects.get()
    client.force_login(dave)
    assert "Look again now" not in client.get(page).content.decode()
    assert post(dave, "hierarchy-move", move.pk).status_code == 403
    client.force_login(bob)
    assert client.get(page).status_code == 403
    assert post(alice, "hierarchy-move", move.pk).status_code == 302
    move.refresh_from_db()
    assert move.made_by == alice
    assert "Nothing is proposed" in client.get(page).content.decode()
    assert post(alice, "hierarchy-policy", policy="always").status_code == 422
    assert post(alice, "hierarchy-policy", policy="off").status_code == 302
    assert ExplicitChoice.objects.get().hierarchy == "off"
    assert post(alice, "hierarchy-move", 10**6).status_code == 404


def test_the_command_measures_and_tells(space, alice, triple, acts, maker, capsys) -> None:
    with pytest.raises(CommandError, match="Nobody has measured"):
        call_command("explicit", "hierarchy", "--space", space.slug)
    build(space, alice)
    ExplicitWeight.objects.all().delete()
    use(ExplicitMemory.objects.get(), 3, 0.1)
    call_command("explicit", "hierarchy", "--space", space.slug, "--measure", "--json")
    said = json.loads(capsys.readouterr().out)
    assert ExplicitWeight.objects.get().maker == maker_id(maker.said)
    assert said["moved_now"] == 1
    assert said["made"][0]["about"] == "Ada Brook"
    call_command("explicit", "hierarchy", "--space", space.slug)
    assert "memory: 100.0 ms to write, 1.0 ms a use." in capsys.readouterr().out
