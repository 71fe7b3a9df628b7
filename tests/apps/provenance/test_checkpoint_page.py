"""The page of checkpoints: how the log stands, and comparing one that somebody kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.provenance.keys import key_path
from apps.provenance.models import Checkpoint, Delivery, Log
from apps.provenance.services import checkpoints
from apps.provenance.services.checkpoints import checkpoint_now, origin_of
from apps.provenance.services.deliveries import deliver_due
from apps.provenance.services.sequencer import log_of, seal
from apps.provenance.services.signing import rotate, verify_keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(space, dave, sign_in):
    client = sign_in(dave)
    return lambda: client.get(reverse("provenance:checkpoints", args=[space.slug]))


@pytest.fixture
def compare(space, dave, sign_in):
    """Send what somebody pasted or uploaded, and return the answer."""
    client = sign_in(dave)
    return lambda **sent: client.post(
        reverse("provenance:checkpoint-compare", args=[space.slug]), sent
    )


def test_a_space_without_a_log_says_what_is_to_come(space, page, compare):
    answer = page()
    assert answer.status_code == 200
    assert "None has been signed yet" in answer.content.decode()
    answer = compare(note="anything")
    assert answer.status_code == 409
    assert "nothing to compare with" in answer.content.decode()
    assert not Log.objects.exists(), "looking makes nothing"


def test_it_shows_the_last_checkpoint_the_key_and_what_came_since(var, space, happen, page):
    happen(3)
    made = checkpoint_now(log_of(space))
    rotate(actor_label="somebody")
    happen(2)
    seal()
    answer = page()
    text = answer.content.decode()
    assert made.note.strip() in text
    new, old = verify_keys(origin_of(made.log))
    assert text.index(str(new)) < text.index("Keys before it") < text.index(str(old))
    assert (answer.context["standing"].behind, answer.context["standing"].is_overdue) == (2, False)
    assert "and 2 since" in text
    assert 'aria-current="page">Checkpoints' in text


def test_it_warns_where_the_next_one_is_overdue(var, space, happen, page):
    happen(1)
    checkpoint_now(log_of(space))
    Checkpoint.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    assert "overdue" not in page().content.decode()
    happen(1)
    seal()
    assert "1 event came since, and the next one is overdue" in page().content.decode()


def test_it_shows_what_became_of_each_delivery(var, space, happen, page, settings):
    settings.PROVENANCE_DESTINATIONS = ["folder", "http"]
    settings.PROVENANCE_URL = "http://127.0.0.1:9/in"
    happen(1)
    checkpoint_now(log_of(space))
    deliver_due()
    happen(1)
    checkpoint_now(log_of(space))
    text = page().content.decode()
    folder, http = page().context["arrivals"]
    assert (folder.last_size, folder.waiting, folder.error) == (1, 1, "")
    assert (http.last_size, http.waiting, http.given_up) == (None, 2, 0)
    assert http.error == "127.0.0.1 cannot be reached: Connection refused."
    assert http.error in text
    assert "on its way" in text
    Delivery.objects.filter(destination=http.destination).update(state=Delivery.State.FAILED)
    deliver_due()
    text = page().content.decode()
    assert "2 given up" in text
    assert "all arrived" in text


def test_a_new_destination_is_listed_before_anything_went_there(var, space, happen, page, settings):
    def listed() -> dict[str, bool]:
        return {one.destination.split()[0]: bool(one.last_at) for one in page().context["arrivals"]}

    assert listed() == {"folder": False}, "before there is a log, too"
    happen(1)
    checkpoint_now(log_of(space))
    deliver_due()
    settings.PROVENANCE_DESTINATIONS = ["folder", "s3"]
    settings.PROVENANCE_S3_ENDPOINT = "https://s3.example.org"
    settings.PROVENANCE_S3_BUCKET = "notes"
    assert listed() == {"bucket": False, "folder": True}
    text = page().content.decode()
    assert "bucket notes at s3.example.org" in text
    assert "gets the next one" in text
    settings.PROVENANCE_DESTINATIONS = []
    assert listed() == {"folder": True}, "what arrived stays told"


def test_it_says_where_checkpoints_go_nowhere(var, space, happen, page, settings):
    settings.PROVENANCE_DESTINATIONS = []
    happen(1)
    checkpoint_now(log_of(space))
    assert "chose no destination" in page().content.decode()


def test_a_checkpoint_is_saved_as_the_file_that_it_is(var, space, happen, dave, sign_in):
    happen(1)
    made = checkpoint_now(log_of(space))
    client = sign_in(dave)
    answer = client.get(reverse("provenance:checkpoint-note", args=[space.slug, made.pk]))
    assert answer.content.decode() == made.note
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    name = f'filename="checkpoint-{made.log.identity}-1.txt"'
    assert answer["Content-Disposition"] == f"attachment; {name}"
    happen(1, where=None)
    foreign = checkpoint_now(log_of(None))
    for pk in (foreign.pk, 2**62):
        answer = client.get(reverse("provenance:checkpoint-note", args=[space.slug, pk]))
        assert answer.status_code == 404


def test_a_pasted_or_uploaded_one_is_compared(var, space, happen, compare):
    happen(2)
    kept = checkpoint_now(log_of(space)).note
    answer = compare(note=kept.replace("\n", "\r\n"))
    assert answer.status_code == 200
    assert "Today&#x27;s log is the one that this checkpoint stands for" in answer.content.decode()
    happen(3)
    checkpoint_now(log_of(space))
    answer = compare(file=SimpleUploadedFile("kept.txt", b"\xef\xbb\xbf" + kept.encode()))
    text = answer.content.decode()
    assert "older by 3 events, and consistent" in text
    proof = answer.context["found"].proof
    assert proof
    assert all(one.hex() in text for one in proof)


def test_one_that_the_log_contradicts_is_said_loudly(var, space, happen, compare):
    happen(3)
    kept = checkpoint_now(log_of(space)).note
    Log.objects.filter(space=space).update(size=2)
    text = compare(note=kept).content.decode()
    assert 'role="alert" id="comparison" data-verdict="contradicts"' in text
    assert "The log contradicts this checkpoint" in text


def test_one_of_the_site_is_compared_with_the_log_of_the_site(var, space, happen, compare):
    happen(1)
    checkpoint_now(log_of(space))
    happen(1, where=None)
    note = checkpoint_now(log_of(None)).note
    assert compare(note=note).context["found"].verdict == "same"


def test_the_checkpoint_of_a_foreign_space_is_of_another_log(var, space, happen, compare, mallory):
    happen(1)
    checkpoint_now(log_of(space))
    elsewhere = mallory.memberships.first().space
    happen(1, where=elsewhere)
    note = checkpoint_now(log_of(elsewhere)).note
    assert compare(note=note).context["found"].verdict == "foreign"


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "one of the two"),
        ({"note": "  \n"}, "one of the two"),
        ({"note": "x", "file": SimpleUploadedFile("x.txt", b"x")}, "one of the two"),
        ({"note": "x" * 70_000}, "at most 65536 characters"),
        ({"file": SimpleUploadedFile("x.txt", b"x" * 70_000)}, "at most 64 KB"),
    ],
)
def test_what_cannot_be_one_is_refused_at_its_field(var, space, happen, compare, sent, says):
    happen(1)
    checkpoint_now(log_of(space))
    answer = compare(**sent)
    assert answer.status_code == 422
    assert says in answer.content.decode()


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"<script>alert(1)</script>", b"\n\n"])
def test_any_file_is_answered_in_a_sentence(var, space, happen, compare, data):
    happen(1)
    checkpoint_now(log_of(space))
    answer = compare(file=SimpleUploadedFile("x.txt", data))
    assert (answer.status_code, answer.context["found"].verdict) == (200, "malformed")
    assert "<script>alert" not in answer.content.decode()


def test_a_person_can_ask_for_one_now(space, dave, sign_in, monkeypatch):
    client, rung = sign_in(dave), []
    monkeypatch.setattr(
        checkpoints.current_app, "send_task", lambda name, **options: rung.append((name, options))
    )
    address = reverse("provenance:checkpoint-now", args=[space.slug])
    answer = client.post(address, follow=True)
    assert "A checkpoint is being signed" in answer.content.decode()
    assert rung[0][0] == "provenance.checkpoint_all"
    assert rung[0][1]["queue"] == "maintain"

    def away(name, **options):
        raise OperationalError

    monkeypatch.setattr(checkpoints.current_app, "send_task", away)
    answer = client.post(address, follow=True)
    assert "workers cannot be reached" in answer.content.decode()


def test_the_web_server_needs_no_private_key(var, space, happen, page, compare):
    happen(1)
    note = checkpoint_now(log_of(space)).note
    key_path().unlink()
    assert note.strip() in page().content.decode()
    assert compare(note=note).context["found"].verdict == "same"
    assert not key_path().exists()


@pytest.mark.parametrize(
    ("who", "status"), [("alice", 200), ("dave", 200), ("bob", 403), ("carol", 403)]
)
def test_owners_and_auditors_may_look_and_others_not(space, sign_in, request, who, status):
    client = sign_in(request.getfixturevalue(who))
    assert client.get(reverse("provenance:checkpoints", args=[space.slug])).status_code == status
    expected = 422 if status == 200 else status
    address = reverse("provenance:checkpoint-compare", args=[space.slug])
    assert client.post(address).status_code == expected


def test_an_outsider_finds_nothing(space, mallory, sign_in, var, happen):
    happen(1)
    made = checkpoint_now(log_of(space))
    client = sign_in(mallory)
    assert client.get(reverse("provenance:checkpoints", args=[space.slug])).status_code == 404
    for slug in (space.slug, "elsewhere"):
        address = reverse("provenance:checkpoint-note", args=[slug, made.pk])
        assert client.get(address).status_code == 404
    for name in ("checkpoint-compare", "checkpoint-now"):
        address = reverse(f"provenance:{name}", args=[space.slug])
        assert client.post(address).status_code == 404
        assert client.get(address).status_code == 405
