"""Verifications as jobs: the page of auditors, the night, and what dashboards say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.common.jobs import TooManyOpen
from apps.provenance.models import Log, Verification
from apps.provenance.services.checkpoints import checkpoint_all
from apps.provenance.services.sequencer import log_of, seal
from apps.provenance.services.verifications import (
    last_night,
    verification_request,
    verification_run_next,
    verifications_due,
)
from apps.provenance.verification_selectors import verification_trouble
from memweb.queues import GROUPS

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/s/atlas/audit/verifications/"
SITE = "/site-log/verifications/"


@pytest.fixture
def sealed(var, space: Space, happen: Callable[..., None]) -> Space:
    """A space of which all is told: the tests' own rows belong to the event after them."""
    _tell_of_everything()
    happen(3)
    checkpoint_all()
    return space


def _tell_of_everything() -> None:
    """Give the rows that the tests made without services the event that they lack."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "WITH told AS (SELECT space, max(transaction) AS number FROM audit_rowchange"
            " GROUP BY 1)"
            " UPDATE audit_rowchange c SET transaction = told.number FROM told"
            " WHERE told.space IS NOT DISTINCT FROM c.space"
        )
        cursor.execute(
            "INSERT INTO audit_event (space_id, actor_label, action, subject_type, payload,"
            " created_at, transaction, salt) SELECT space, 'tests', 'log.opened', '',"
            " jsonb_build_object('rows', count(*)), now(), max(transaction), gen_random_uuid()"
            " FROM audit_rowchange GROUP BY space"
        )
        cursor.execute("SET session_replication_role = DEFAULT")


def _behind_its_back(statement: str, parameters: list[object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET session_replication_role = DEFAULT")


def _done(asked: Verification) -> Verification:
    """Return a verification that a worker has done."""
    assert verification_run_next() == asked
    asked.refresh_from_db()
    return asked


def test_an_auditor_asks_for_one_and_reads_what_came_of_it(
    sealed: Space, dave: User, sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(dave)
    answer = client.post(LIST)
    asked = Verification.objects.get()
    assert answer.headers["Location"] == f"{LIST}{asked.pk}/"
    waiting = client.get(f"{LIST}{asked.pk}/").content.decode()
    assert "Waiting for a worker" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert client.post(LIST).headers["Location"] == f"{LIST}{asked.pk}/"
    assert verification_run_next() is not None
    asked.refresh_from_db()
    assert (asked.state, asked.holds, asked.findings) == ("done", True, 0), asked.report
    page = client.get(f"{LIST}{asked.pk}/").content.decode()
    assert "All holds" in page
    assert asked.report["logs"][0]["root"] in page
    assert "every 2s" not in page
    assert "all holds" in client.get(LIST).content.decode()
    told = Event.objects.filter(action__startswith="verification.").order_by("pk")
    assert [one.action for one in told] == ["verification.requested", "verification.held"]


def test_only_auditors_may(
    sealed: Space, bob: User, mallory: User, sign_in: Callable[[User], Client]
) -> None:
    assert sign_in(bob).get(LIST).status_code == 403
    assert sign_in(bob).post(LIST).status_code == 403
    assert sign_in(mallory).get(LIST).status_code == 404
    assert not Verification.objects.exists()


def test_what_is_changed_behind_its_back_shows_on_dashboards_until_it_is_undone(
    sealed: Space, dave: User, bob: User, sign_in: Callable[[User], Client]
) -> None:
    before = sealed.name
    _behind_its_back("UPDATE accounts_space SET name = 'Forged' WHERE id = %s", [sealed.pk])
    found = _done(verification_request(space=sealed, actor=dave))
    assert (found.holds, found.findings) == (False, 1)
    (one,) = found.report["findings"]
    assert (one["table"], one["row"], one["field"]) == ("accounts_space", sealed.pk, "name")
    assert (one["expected"], one["found"]) == (f"“{before}”", "“Forged”")
    page = sign_in(dave).get(f"{LIST}{found.pk}/").content.decode()
    assert "Rows that are not as the log says" in page
    assert one["sentence"] in page.replace("&#x27;", "'")
    assert "This space is not as its log says" in sign_in(dave).get("/s/atlas/").content.decode()
    assert "not as its log says" not in sign_in(bob).get("/s/atlas/").content.decode()
    _behind_its_back("UPDATE accounts_space SET name = %s WHERE id = %s", [before, sealed.pk])
    assert _done(verification_request(space=sealed, actor=dave)).holds
    assert "not as its log says" not in sign_in(dave).get("/s/atlas/").content.decode()
    assert Event.objects.filter(action="verification.found").count() == 1


def test_of_the_site_names_and_values_are_not_shown(
    sealed: Space, dave: User, carol: User, sign_in: Callable[[User], Client]
) -> None:
    _behind_its_back("UPDATE accounts_user SET username = 'forged' WHERE id = %s", [carol.pk])
    asked = verification_request(space=None, actor=dave)
    found = _done(asked)
    assert found.holds is False
    client = sign_in(dave)
    assert "The site is not as its log says" in client.get("/s/atlas/").content.decode()
    page = client.get(f"{LIST}{found.pk}/").content.decode()
    assert f"accounts_user {carol.pk}" in page
    assert "forged" not in page
    assert "carol" not in page


def test_who_runs_the_site_verifies_its_log_and_reads_all_of_it(
    sealed: Space, dave: User, carol: User, sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(dave)
    assert client.get(SITE).status_code == 403
    assert client.post(SITE).status_code == 403
    User.objects.filter(pk=dave.pk).update(is_staff=True)
    assert f'href="{SITE}"' in client.get("/site-log/").content.decode()
    assert "Not verified yet" in client.get(SITE).content.decode()
    answer = client.post(SITE)
    asked = Verification.objects.get()
    assert (asked.log.space, answer.headers["Location"]) == (None, f"{SITE}{asked.pk}/")
    assert "Waiting for a worker" in client.get(f"{SITE}{asked.pk}/").content.decode()
    # The rows of the account that was changed above are told of by no service.
    _behind_its_back("DELETE FROM audit_rowchange WHERE space IS NULL AND row = %s", [dave.pk])
    _behind_its_back("UPDATE accounts_user SET username = 'forged' WHERE id = %s", [carol.pk])
    assert _done(asked).holds is False
    page = client.get(f"{SITE}{asked.pk}/").content.decode()
    assert "“forged”" in page
    assert "/site-log/events/" in page
    assert "The site is not as its log says" in client.get("/site-log/").content.decode()
    told = Event.objects.get(action="verification.found")
    assert told.space is None
    foreign = verification_request(space=sealed, actor=dave)
    assert client.get(f"{SITE}{foreign.pk}/").status_code == 404


def test_one_of_another_space_is_not_there(
    sealed: Space, mallory: User, dave: User, sign_in: Callable[[User], Client]
) -> None:
    foreign = Space.objects.get(slug="elsewhere")
    asked = verification_request(space=foreign, actor=mallory)
    assert sign_in(dave).get(f"{LIST}{asked.pk}/").status_code == 404


def test_every_log_is_verified_once_a_night(sealed: Space, settings, monkeypatch) -> None:
    now = datetime(2026, 11, 27, 3, 30, tzinfo=UTC)
    assert last_night(now) == datetime(2026, 11, 27, 3, tzinfo=UTC)
    assert last_night(now - timedelta(hours=1)) == datetime(2026, 11, 26, 3, tzinfo=UTC)
    assert verifications_due() == 0  # the logs are newer than the last night
    Log.objects.update(created_at=timezone.now() - timedelta(days=2))
    logs = Log.objects.filter(size__gt=0).count()
    assert verifications_due() == logs == 2
    assert verifications_due() == 0
    while verification_run_next():
        pass
    assert Verification.objects.filter(asked_by=None, holds=True).count() == logs
    assert verifications_due() == 0
    Verification.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    assert verifications_due() == logs


def test_one_that_cannot_be_done_is_told_of(sealed: Space, dave: User, monkeypatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("apps.provenance.services.verifications.verify", broken)
    asked = verification_request(space=sealed, actor=dave)
    for _ in range(3):
        verification_run_next()
    asked.refresh_from_db()
    assert (asked.state, asked.holds) == ("failed", None)
    assert [one.pk for one in verification_trouble(sealed)] == [asked.pk]
    assert Event.objects.filter(action="verification.failed").count() == 1


def test_a_long_one_says_that_its_worker_is_not_stuck(sealed: Space, dave: User, monkeypatch):
    marked: list[str] = []
    monkeypatch.setattr("apps.provenance.services.verifications.mark_task", marked.extend)
    monkeypatch.setattr("apps.provenance.services.verifications.TOLD_EVERY", 0.0)
    asked = _done(verification_request(space=sealed, actor=dave))
    assert asked.state == "done"
    assert len(marked) > 10
    assert set(marked) == set(GROUPS["checks"])  # whatever waits for that worker


def test_a_person_may_have_few_open(sealed: Space, dave: User, settings) -> None:
    settings.OPEN_VERIFICATIONS = 1
    verification_request(space=sealed, actor=dave)
    with pytest.raises(TooManyOpen):
        verification_request(space=None, actor=dave)


def test_what_cannot_be_sealed_does_not_keep_it_from_being_verified(
    sealed: Space, dave: User, happen: Callable[..., None]
) -> None:
    seal()
    log = log_of(sealed)
    _behind_its_back("DELETE FROM provenance_tile WHERE log_id = %s", [log.pk])
    happen(1)
    found = _done(verification_request(space=sealed, actor=dave))
    assert found.holds is False
    assert any("could not be sealed" in note for note in found.report["notes"])
    assert {one["kind"] for one in found.report["findings"]} >= {"tile"}
