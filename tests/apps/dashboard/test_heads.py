"""An owner chooses the heads of a space in the browser."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.asking.services import question_ask, question_run
from apps.audit.models import Event
from apps.curation.services import extraction_request, extraction_run
from apps.dashboard.services import HeadMissing, HeadSetup, head_choose
from tests import factories
from tests.apps.asking.rows import QUESTION, fill
from tests.worker import based_heads

PAGE = "/s/atlas/settings/heads/"


@pytest.fixture
def loaded(monkeypatch, settings):
    settings.WRITE_HEAD = settings.READ_HEAD = "scripted"
    return based_heads.offer(monkeypatch)


def post(client, side, **given):
    return client.post(PAGE, {"head": side} | {f"{side}-{name}": v for name, v in given.items()})


def test_an_owner_chooses_and_the_log_says_so(loaded, space, alice, sign_in):
    client = sign_in(alice)
    response = post(client, "write", backend="causal", base="larch", adapter="fine", least="30")
    assert response.status_code == 302
    space.refresh_from_db()
    chosen = {"backend": "causal", "base": "larch", "adapter": "fine", "least": 30}
    assert space.write_head == chosen
    event = Event.objects.get(action="space.head_chosen")
    assert event.payload == {"head": "write", "backend": "causal", "before": {}, "after": chosen}
    assert post(client, "write", backend="site").status_code == 302
    space.refresh_from_db()
    assert (space.write_head, space.read_head) == ({}, {})
    page = client.get(reverse("provenance:event", args=["atlas", event.pk]))
    assert "chose causal as write head" in page.content.decode()


def test_what_changes_nothing_is_no_event(loaded, space, alice, sign_in):
    assert post(sign_in(alice), "read", backend="site", cut="on").status_code == 302
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"backend": "casual"}, "Select a valid choice"),
        ({"backend": "causal"}, "Choose the language model that it uses."),
        ({"backend": "causal", "base": "yew"}, based_heads.INSTALL),
        ({"backend": "causal", "base": "../etc"}, "Select a valid choice"),
        ({"backend": "causal", "base": "larch", "adapter": "/etc"}, "Select a valid choice"),
        ({"backend": "encoder", "least": "101"}, "less than or equal to 100"),
        ({"backend": "encoder", "least": "x"}, "whole number"),
    ],
)
def test_it_refuses_what_cannot_work(loaded, space, alice, sign_in, given, says):
    response = post(sign_in(alice), "write", **given)
    assert response.status_code == 422
    assert says in response.content.decode()
    space.refresh_from_db()
    assert space.write_head == {}


def test_a_service_refuses_it_too(loaded, space, alice):
    with pytest.raises(HeadMissing, match="pip install"):
        head_choose(space=space, actor=alice, side="read", setup=HeadSetup("causal", "yew"))


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("carol", 403), ("mallory", 404)])
def test_only_owners_choose(loaded, space, who, status, request, sign_in):
    client = sign_in(request.getfixturevalue(who))
    assert client.get(PAGE).status_code == status
    assert post(client, "read", backend="encoder").status_code == status


def test_it_says_when_somebody_else_has_chosen_meanwhile(loaded, space, alice, sign_in):
    client = sign_in(alice)
    page = client.get(PAGE)
    version = page.context["version"]
    head_choose(space=space, actor=alice, side="read", setup=HeadSetup("encoder"))
    response = client.post(PAGE, {"head": "read", "read-backend": "site", "version": version})
    assert response.status_code == 409
    assert "choose again" in response.content.decode()
    space.refresh_from_db()
    assert space.read_head == {"backend": "encoder"}


def test_the_page_names_what_is_to_be_installed_and_what_is_gone(
    loaded, space, alice, sign_in, monkeypatch
):
    head_choose(space=space, actor=alice, side="read", setup=HeadSetup("causal", "birch"))
    monkeypatch.delitem(based_heads.THERE, "birch")
    page = sign_in(alice).get(PAGE).content.decode()
    assert "This head cannot work now" in page
    assert "birch (not there any more)" in page
    assert page.count(based_heads.INSTALL) == 2  # of the one that is gone, and of yew


def test_documents_and_answers_keep_what_read_them(loaded, space, alice, carol, bob):
    for side, least in (("write", 40), ("read", 0)):
        setup = HeadSetup("causal", "larch", least=least)
        head_choose(space=space, actor=alice, side=side, setup=setup)
    space.refresh_from_db()
    fill(space, bob)
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    document = factories.make_document(space, alice, "Ada Brook was born in Halden.")
    wanted = extraction_request(document=document, actor=alice)
    head_choose(space=space, actor=alice, side="read", setup=HeadSetup("encoder"))
    question, extraction = (
        question_run(question_id=asked.pk),
        extraction_run(extraction_id=wanted.pk),
    )
    assert (question.head, question.head_setup) == ("causal", {"base": "larch"})
    assert question.answer.head_version == extraction.head_version == "1 on larch"
    assert question.answer.head_hashes == extraction.head_hashes
    assert extraction.head_hashes == {"base": "larch" * 8, "adapter": "None"}
    assert extraction.head_setup == {"base": "larch", "least": 40}


def test_less_sure_proposals_are_left_out(loaded, space, alice):
    factories.make_relation(space, "place of birth")
    for least, candidates in ((91, 0), (90, 1)):
        head_choose(
            space=space, actor=alice, side="write", setup=HeadSetup("causal", "larch", least=least)
        )
        space.refresh_from_db()
        document = factories.make_document(space, alice, f"{factories.TEXT} {least}")
        wanted = extraction_request(document=document, actor=alice)
        assert extraction_run(extraction_id=wanted.pk).candidates.count() == candidates


def test_a_head_that_is_gone_fails_the_job_with_the_remedy(
    loaded, space, alice, carol, monkeypatch, sign_in
):
    for side in ("write", "read"):
        head_choose(space=space, actor=alice, side=side, setup=HeadSetup("causal", "birch"))
    space.refresh_from_db()
    document = factories.make_document(space, alice)
    wanted = extraction_request(document=document, actor=alice)
    asked = question_ask(space=space, actor=carol, text=QUESTION)
    monkeypatch.setitem(based_heads.THERE, "birch", False)
    extraction, question = (
        extraction_run(extraction_id=wanted.pk),
        question_run(question_id=asked.pk),
    )
    assert (extraction.state, question.state) == ("failed", "failed")
    for job in (extraction, question):
        assert job.error == f"The base 'birch' is not installed: {based_heads.INSTALL}"
    assert not loaded
    client = sign_in(alice)
    for page, row in (("sources:document", document), ("asking:question", asked)):
        html = client.get(reverse(page, args=["atlas", row.pk])).content.decode()
        assert based_heads.INSTALL in html
