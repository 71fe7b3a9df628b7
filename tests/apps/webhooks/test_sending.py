"""Messages on their way: taken, refused, late, and never at the cost of others."""

from __future__ import annotations

import json
import re
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import connection
from django.utils import timezone

from apps.audit.models import Event
from apps.common import jobs, outgoing
from apps.webhooks.models import Attempt, Delivery, Endpoint
from apps.webhooks.selectors import endpoints_ended
from apps.webhooks.services import (
    DELIVERIES,
    NotSwitchedOn,
    deliveries_run,
    deliveries_sweep,
    delivery_replay,
    endpoint_switch,
    endpoint_test,
    follow,
    secret_change,
    secret_of,
    sending,
)

DOCS = Path(project.BASE_DIR) / "docs" / "webhooks.md"


def pass_time(**by):
    """Let so much time pass for what waits."""
    by = timedelta(**by)
    for one in Delivery.objects.filter(state="queued"):
        Delivery.objects.filter(pk=one.pk).update(due_at=one.due_at - by, until=one.until - by)
    for one in Endpoint.objects.exclude(failing_since=None):
        Endpoint.objects.filter(pk=one.pk).update(failing_since=one.failing_since - by)


def verifier():
    """Return the function of the documentation."""
    (block,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    assert len(block.strip().splitlines()) <= 15
    found = {}
    exec(compile(block, str(DOCS), "exec"), found)
    return found["verify"]


def test_the_verifier_of_the_documentation_takes_what_is_sent(receiver, make, happen):
    endpoint = make(receiver)
    event = happen()
    follow()
    assert deliveries_run() == 1
    ((path, headers, body),) = receiver.got
    assert path == "/hooks?key=s3cret"
    assert headers["Content-Type"] == "application/json"
    given = {name.lower(): value for name, value in headers.items()}
    assert verifier()(secret_of(endpoint.salt), given, body)["data"]["event"] == event
    assert Delivery.objects.get().state == "done"


@pytest.mark.parametrize("change", ["body", "id", "time", "secret", "old"])
def test_the_verifier_refuses_what_is_not_so(change, receiver, make, happen):
    endpoint = make(receiver)
    happen()
    follow()
    deliveries_run()
    ((_, headers, body),) = receiver.got
    given = {name.lower(): value for name, value in headers.items()}
    secret = secret_of(endpoint.salt)
    if change == "body":
        body = body.replace(b"run.finished", b"run.regressed")
    elif change == "id":
        given["webhook-id"] = "msg_other"
    elif change == "time":
        given["webhook-timestamp"] = str(int(given["webhook-timestamp"]) + 1)
    elif change == "secret":
        secret = "whsec_" + "A" * 44
    else:
        given["webhook-timestamp"] = str(int(time.time()) - 301)
    with pytest.raises(ValueError, match=r"old" if change == "old" else r"signed"):
        verifier()(secret, given, body)


def test_during_a_change_of_the_secret_both_are_good_and_then_the_new_one(
    alice, receiver, make, happen
):
    endpoint = make(receiver)
    changed = secret_change(endpoint=endpoint, actor=alice)
    secrets = [secret_of(changed.salt), secret_of(endpoint.salt)]
    assert len(set(secrets)) == 2
    happen()
    follow()
    deliveries_run()
    (_, headers, body) = receiver.got[0]
    given = {name.lower(): value for name, value in headers.items()}
    assert len(given["webhook-signature"].split()) == 2
    assert [verifier()(one, given, body)["type"] for one in secrets] == ["run.finished"] * 2
    Endpoint.objects.update(old_until=timezone.now())
    happen()
    follow()
    deliveries_run()
    (_, headers, body) = receiver.got[1]
    given = {name.lower(): value for name, value in headers.items()}
    assert verifier()(secrets[0], given, body)
    with pytest.raises(ValueError, match="signed"):
        verifier()(secrets[1], given, body)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 429, 500, 503])
def test_what_is_not_taken_is_tried_again_and_redirects_are_not_followed(
    status, receivers, make, happen
):
    receiver, elsewhere = receivers(), receivers()
    receiver.answer = (status, b"No.\x00\xff<b>", {"Location": elsewhere.url})
    make(receiver)
    happen()
    follow()
    assert deliveries_run() == 1
    one = Delivery.objects.get()
    assert (one.state, one.tries) == ("queued", 1)
    assert f"answered {status}." in one.error
    assert timedelta(seconds=20) < one.due_at - timezone.now() < timedelta(seconds=40)
    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.answer) == (status, "No.�<b>")
    assert elsewhere.got == []
    receiver.answer = (204, b"", {})
    pass_time(minutes=1)
    assert deliveries_run() == 1
    one.refresh_from_db()
    assert (one.state, one.tries, one.error) == ("done", 2, "")
    ids = [headers["webhook-id"] for _, headers, _ in receiver.got]
    assert ids[0] == ids[1]
    assert Endpoint.objects.get().failures == 0


def test_a_receiver_that_fails_for_a_day_is_given_up_and_shown(receiver, make, happen):
    receiver.answer = (500, b"broken", {})
    make(receiver)
    happen()
    follow()
    waits = []
    while (one := Delivery.objects.get()).state == "queued":
        waits.append(one.due_at - timezone.now())
        pass_time(seconds=waits[-1].total_seconds() + 1)
        deliveries_run()
        assert len(waits) < 20
    assert one.state == "failed"
    assert one.error == "127.0.0.1 answered 500."
    assert timedelta(hours=22) < sum(waits, timedelta()) < timedelta(hours=28)
    assert 7 <= one.tries <= 12
    (event,) = Event.objects.filter(action="webhook.given_up")
    assert event.payload["messages"] == 1


def test_waits_grow_and_are_not_the_same_for_all():
    assert timedelta(seconds=24) <= sending.wait_of(1) <= timedelta(seconds=36)
    assert timedelta(seconds=96) <= sending.wait_of(2) <= timedelta(seconds=144)
    assert timedelta(hours=4) <= sending.wait_of(100) <= timedelta(hours=8)
    assert len({sending.wait_of(3) for _ in range(50)}) > 40


def test_one_that_is_away_costs_one_try_and_not_one_for_each_message(receiver, make, happen):
    receiver.answer = (500, b"", {})
    make(receiver)
    for _ in range(5):
        happen()
    follow()
    assert deliveries_run() == 1
    assert Delivery.objects.filter(due_at__lte=timezone.now()).count() == 0
    pass_time(minutes=1)
    assert deliveries_run() == 1
    receiver.answer = (200, b"", {})
    pass_time(minutes=2)
    assert deliveries_run() == 5  # it is back: what was put off further is not waited for
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}


def test_a_message_that_a_receiver_chokes_on_holds_up_none_behind_it(
    receiver, make, happen, monkeypatch
):
    make(receiver)
    poison = happen("run.fell")
    happen()
    follow()
    plain = outgoing.send

    def send(parts, method, path, headers, body, **given):
        receiver.answer = (500 if json.loads(body)["data"]["event"] == poison else 200, b"", {})
        return plain(parts, method, path, headers, body, **given)

    monkeypatch.setattr(outgoing, "send", send)
    assert deliveries_run() == 1
    pass_time(seconds=31)
    Delivery.objects.filter(tries=1).update(due_at=timezone.now() + timedelta(minutes=2))
    assert deliveries_run() == 1
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == [
        "queued", "done",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_hangs_delays_no_other(receivers, make, happen):
    slow, quick = receivers(), receivers()
    slow.hangs = threading.Event()
    make(slow, name="Slow")
    make(quick, name="Quick")
    for _ in range(3):
        happen()
    follow()

    def work():

        try:
            deliveries_run()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for one in workers:
        one.start()
    end = time.monotonic() + 8
    while len(quick.got) < 3 and time.monotonic() < end:
        time.sleep(0.02)
    assert len(quick.got) == 3
    assert len(slow.got) == 1  # and has one message at a time
    slow.hangs.set()
    for one in workers:
        one.join()
    assert len(slow.got) == 3


def test_one_that_says_nothing_is_given_up_in_time(receiver, make, happen, monkeypatch):
    monkeypatch.setattr(outgoing, "PAUSE_SECONDS", 0.1)
    receiver.hangs = threading.Event()
    make(receiver)
    happen()
    follow()
    deliveries_run()
    attempt = Attempt.objects.get()
    assert attempt.status is None
    assert attempt.error == "127.0.0.1 did not answer in time."
    assert attempt.seconds < 2


def test_of_a_long_answer_little_is_kept(receiver, make, happen):
    receiver.answer = (200, b"a" * 1_000_000, {})
    make(receiver)
    happen()
    follow()
    deliveries_run()
    assert Delivery.objects.get().state == "done"
    assert Attempt.objects.get().answer == "a" * 500


def test_what_fails_for_days_is_switched_off_and_dashboards_say_so(
    space, alice, receiver, make, happen, client
):
    receiver.answer = (500, b"", {})
    endpoint = make(receiver)
    happen()
    happen()
    follow()
    deliveries_run()
    pass_time(days=3)
    deliveries_run()
    endpoint.refresh_from_db()
    assert not endpoint.is_on
    assert endpoint.ended_at is not None
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed", "cancelled"}
    event = Event.objects.get(action="webhook.switched_off")
    assert event.payload["reason"] == "Every try failed for 3 days."
    client.force_login(alice)
    page = client.get("/s/atlas/").content.decode()
    assert "The webhook “Desk” was switched off" in page
    assert "key=s3cret" not in page
    endpoint_switch(endpoint=endpoint, actor=alice, on=False)
    assert not endpoints_ended(space).exists()
    endpoint_switch(endpoint=endpoint, actor=alice, on=True)
    endpoint.refresh_from_db()
    assert (endpoint.is_on, endpoint.failures) == (True, 0)


def test_one_that_says_it_is_gone_is_switched_off_at_once(receiver, make, happen):
    receiver.answer = (410, b"", {})
    endpoint = make(receiver)
    happen()
    follow()
    deliveries_run()
    endpoint.refresh_from_db()
    assert not endpoint.is_on
    assert Delivery.objects.get().state == "failed"


def test_a_test_is_sent_once_also_to_one_that_rests(alice, receiver, make):
    receiver.answer = (500, b"", {})
    endpoint = make(receiver)
    Endpoint.objects.update(rests_until=timezone.now() + timedelta(hours=1), failures=3)
    test = endpoint_test(endpoint=endpoint, actor=alice)
    assert deliveries_run() == 1
    test.refresh_from_db()
    assert (test.state, test.tries) == ("failed", 1)
    assert json.loads(receiver.got[0][2])["type"] == "test"
    endpoint_switch(endpoint=endpoint, actor=alice, on=False)
    with pytest.raises(NotSwitchedOn):
        endpoint_test(endpoint=endpoint, actor=alice)
    with pytest.raises(NotSwitchedOn):
        delivery_replay(delivery=test, actor=alice)


def test_what_ended_is_sent_again_under_its_id(alice, receiver, make, happen):
    make(receiver)
    happen()
    follow()
    deliveries_run()
    one = Delivery.objects.get()
    assert delivery_replay(delivery=one, actor=alice)
    assert not delivery_replay(delivery=one, actor=alice)
    deliveries_run()
    assert [headers["webhook-id"] for _, headers, _ in receiver.got] == [one.message_id] * 2
    assert Event.objects.filter(action="webhook.replayed").count() == 1


def test_a_worker_that_was_killed_after_sending_sends_once_more(receiver, make, happen):
    make(receiver)
    happen()
    follow()
    one = Delivery.objects.get()
    assert jobs.claim(DELIVERIES, one.pk)
    assert deliveries_run() == 0  # another one is at it
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert deliveries_run() == 1
    assert Delivery.objects.get().state == "done"


def test_what_is_too_old_is_given_up_in_one_step_and_forgotten_later(receiver, make, happen):
    receiver.answer = (500, b"", {})
    make(receiver)
    for _ in range(4):
        happen()
    follow()
    deliveries_run()
    pass_time(hours=27)
    deliveries_sweep()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}
    (event,) = Event.objects.filter(action="webhook.given_up")
    assert event.payload["messages"] == 4
    assert event.payload["reason"] == "127.0.0.1 answered 500."
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=31))
    deliveries_sweep()
    assert not Delivery.objects.exists()


def test_no_attempt_is_made_for_one_that_was_switched_off_meanwhile(alice, receiver, make, happen):
    endpoint = make(receiver)
    happen()
    follow()
    Endpoint.objects.filter(pk=endpoint.pk).update(is_on=False)  # while the job is claimed
    deliveries_run()
    assert receiver.got == []
    assert Delivery.objects.get().state == "cancelled"
