"""Verification: what was recorded holds, and what is not as recorded is named."""

from __future__ import annotations

import os
from datetime import timedelta
from random import Random

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import Event, RowChange
from apps.audit.services import record
from apps.memory.models import Entity
from apps.provenance.models import Delivery, Entry, Key, Log
from apps.provenance.notes import parse_head, parse_note
from apps.provenance.services.document_erasure import document_erase
from apps.provenance.services.remembered import remembered_path
from apps.provenance.services.replay import ALL, SITE, Finding, of_space, verify, view_of_caller
from apps.provenance.services.replay.findings import MOST_OF_A_KIND, Findings
from apps.provenance.services.sequencer import seal
from apps.sources.models import Document
from tests import factories
from tests.apps.provenance.harmless import do_something, erase_event, tell_of_erasure
from tests.apps.provenance.mutations import rebuild
from tests.apps.provenance.recorded import Recorded, make_recorded

pytestmark = pytest.mark.django_db(transaction=True)
HARMLESS_RUNS = int(os.environ.get("MEMWEB_HARMLESS", "20"))


@pytest.fixture
def recorded(var) -> Recorded:
    return make_recorded()


def _past_triggers(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET session_replication_role = DEFAULT")


def _only(recorded: Recorded) -> Finding:
    (found,) = verify(of_space(recorded.space)).findings
    return found


def test_what_the_application_wrote_holds_however_it_goes_on(recorded, monkeypatch) -> None:
    # What is signed here is taken back, which no transaction does outside of tests.
    monkeypatch.setattr("apps.provenance.services.checkpoints.remember", lambda log, note: None)
    other = make_recorded("Other")
    kept = parse_head(parse_note(recorded.kept).text)
    for seed in range(HARMLESS_RUNS):
        with transaction.atomic():
            rng = Random(seed)
            do_something(rng, rng.choice((recorded.space, other.space)))
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL timezone = 'Asia/Kathmandu'")
            report = verify(ALL, kept=kept, view=view_of_caller())
            assert report.holds, (seed, [one.sentence for one in report.findings])
            assert report.checkpoint.startswith("consistent")
            transaction.set_rollback(True)


def test_each_scope_has_its_own_log_and_its_own_rows(recorded) -> None:
    other = make_recorded("Other")
    _past_triggers("UPDATE memory_relation SET lasts = NOT lasts WHERE space_id = %s",
                   other.space.pk)  # fmt: skip
    assert verify(of_space(recorded.space)).holds
    assert verify(SITE).holds
    found = verify(of_space(other.space))
    assert found.counts == {"row": other.space.relations.count()}
    assert verify(ALL).counts == found.counts
    assert [log.space for log in found.logs] == ["other"]


def test_what_was_erased_holds_and_is_told_of(recorded) -> None:
    event = Event.objects.filter(space=recorded.space, actor__isnull=False).latest("pk")
    erase_event(event.pk)
    found = _only(recorded)
    assert (found.kind, found.table, found.row) == ("erasure", "audit_event", event.pk)
    tell_of_erasure(recorded.space, event.pk)
    report = verify(of_space(recorded.space))
    assert report.holds, report.findings
    assert any("erased of 1 event and" in note for note in report.notes)


def test_a_document_that_was_erased_holds(recorded) -> None:
    document = Document.objects.get(space=recorded.space)
    alice = User.objects.get(username="alice")
    document_erase(document=document, actor=alice, reason="asked for", retract=True)
    seal()
    report = verify(ALL, kept=parse_head(parse_note(recorded.kept).text))
    assert report.holds, [one.sentence for one in report.findings]
    assert any("is erased of" in note for note in report.notes)
    assert report.checkpoint.startswith("consistent, and older by")


def test_a_change_without_an_event_is_named(recorded) -> None:
    factories.make_entity(recorded.space, "Forged")
    entity = Entity.objects.get(name="Forged")
    found = _only(recorded)
    assert (found.kind, found.table, found.row) == ("orphan", "memory_entity", entity.pk)
    change = RowChange.objects.latest("pk")
    assert found.names("audit_rowchange", change.pk)
    assert "Forged" in found.sentence


def test_an_old_event_without_a_place_is_named_and_a_young_one_noted(recorded) -> None:
    with transaction.atomic():
        young = record(
            space=recorded.space, action="membership.granted", actor=User.objects.first(),
            payload={"user": "x", "role": "asker"},
        )  # fmt: skip
    report = verify(of_space(recorded.space))
    assert report.holds
    assert any("1 event is less than a minute old" in note for note in report.notes)
    _past_triggers("UPDATE audit_event SET created_at = %s WHERE id = %s",
                   timezone.now() - timedelta(minutes=2), young)  # fmt: skip
    found = _only(recorded)
    assert (found.kind, found.table, found.row) == ("unsealed", "audit_event", young)


def test_a_table_that_is_not_watched_is_named(recorded) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE memory_triple DISABLE TRIGGER audit_updated")
        report = verify(of_space(recorded.space), view=view_of_caller())
        transaction.set_rollback(True)
    (found,) = report.findings
    assert (found.kind, found.table) == ("unwatched", "memory_triple")


def test_a_key_of_which_the_log_does_not_tell_is_named(recorded) -> None:
    key = Key.objects.create(public=b"\7" * 32)
    assert verify(of_space(recorded.space)).holds
    (found,) = verify(SITE).findings
    assert (found.kind, found.table, found.row) == ("key", "provenance_key", key.pk)


def test_what_was_signed_last_is_remembered_though_all_checkpoints_are_gone(recorded) -> None:
    event = Entry.objects.filter(log=recorded.log).order_by("index")[7].event_id
    _past_triggers("UPDATE audit_event SET actor_label = 'mallory' WHERE id = %s", event)
    _past_triggers("DELETE FROM provenance_delivery")
    _past_triggers("DELETE FROM provenance_checkpoint")
    rebuild(recorded.log)
    found = _only(recorded)
    assert (found.kind, found.names("audit_event", event)) == ("contradiction", True)
    assert "remembered beside the key" in found.sentence
    path = remembered_path(recorded.log)
    path.write_text(path.read_text().replace("memweb", "mallory"))
    assert _only(recorded).kind == "key"


def test_a_checkpoint_that_is_gone_is_named_in_every_scope(recorded) -> None:
    delivery = Delivery.objects.filter(checkpoint__log__space=recorded.space).first()
    assert delivery is not None
    _past_triggers("DELETE FROM provenance_checkpoint WHERE id = %s", delivery.checkpoint_id)
    for scope in (of_space(recorded.space), SITE, ALL):
        (found,) = verify(scope).findings
        assert (found.kind, found.table, found.row) == (
            "checkpoint", "provenance_checkpoint", delivery.checkpoint_id,
        )  # fmt: skip
        assert f"Checkpoint {delivery.checkpoint_id} of this site is gone" in found.sentence


def test_another_identity_of_a_log_is_named(recorded) -> None:
    _past_triggers("UPDATE provenance_log SET identity = gen_random_uuid() WHERE id = %s",
                   recorded.log.pk)  # fmt: skip
    report = verify(of_space(recorded.space))
    assert any(one.names("provenance_log", recorded.log.pk) for one in report.findings)
    assert report.counts["event"] == recorded.log.size


def test_a_name_under_which_nothing_is_found_is_named(recorded) -> None:
    entity = Entity.objects.filter(space=recorded.space).first()
    assert entity is not None
    Entity.objects.filter(pk=entity.pk).update(normalised="somebody else")
    found = _only(recorded)
    assert (found.kind, found.table, found.row) == ("meaning", "memory_entity", entity.pk)
    assert found.field == "normalised"


def test_two_events_that_changed_places_are_told_from_two_that_were_changed(recorded) -> None:
    first, second = Entry.objects.filter(log=recorded.log).order_by("index")[3:5]
    _past_triggers("UPDATE provenance_entry SET event_id = -1 WHERE id = %s", first.pk)
    _past_triggers("UPDATE provenance_entry SET event_id = %s WHERE id = %s", first.event_id,
                   second.pk)  # fmt: skip
    _past_triggers("UPDATE provenance_entry SET event_id = %s WHERE id = %s", second.event_id,
                   first.pk)  # fmt: skip
    found = verify(of_space(recorded.space)).findings
    assert [(one.row, one.field, one.expected, one.found) for one in found] == [
        (second.event_id, "index", "4", "3"),
        (first.event_id, "index", "3", "4"),
    ]


def test_a_column_that_was_added_later_is_no_fault(recorded) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE memory_triple ADD COLUMN colour text DEFAULT 'red'")
        report = verify(of_space(recorded.space), view=view_of_caller())
        transaction.set_rollback(True)
    assert report.holds
    assert any("column colour of memory_triple" in note for note in report.notes)


def test_the_site_has_its_own_findings(recorded) -> None:
    bob = User.objects.get(username="bob")
    _past_triggers("UPDATE accounts_user SET is_superuser = true WHERE id = %s", bob.pk)
    (found,) = verify(SITE).findings
    assert (found.table, found.row, found.field) == ("accounts_user", bob.pk, "is_superuser")
    assert (found.expected, found.found) == ("false", "true")
    assert "The person bob (accounts_user" in found.sentence


def test_findings_are_counted_beyond_what_is_kept() -> None:
    findings = Findings()
    findings.add_all(Finding("row", str(at)) for at in range(MOST_OF_A_KIND + 50))
    findings.add(Finding("event", "one"))
    assert (len(findings.kept), findings.total) == (MOST_OF_A_KIND + 1, MOST_OF_A_KIND + 51)


def test_a_snapshot_sees_nothing_that_comes_after_it(recorded) -> None:
    seen: list[str] = []

    def meanwhile(what: str, done: int, of: int) -> None:
        if not seen:
            _past_triggers("UPDATE memory_relation SET lasts = NOT lasts")
            with transaction.atomic():
                record(
                    space=recorded.space, action="membership.granted", actor=User.objects.first(),
                    payload={"user": "x", "role": "asker"},
                )  # fmt: skip
            seal()
        seen.append(what)

    assert verify(of_space(recorded.space), tell=meanwhile).holds
    assert seen
    assert not verify(of_space(recorded.space)).holds
    assert Log.objects.get(pk=recorded.log.pk).size == recorded.log.size + 1
