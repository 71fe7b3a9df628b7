"""The pages of explicit memory, and its command."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from apps.explicit import services
from apps.explicit.models import ExplicitBuild, ExplicitChoice, ExplicitMemory
from tests import factories
from tests.apps.explicit.rows import path_of
from worker import offers

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(monkeypatch) -> None:
    """A language model that can attend to explicit memories."""
    monkeypatch.setattr(offers, "bases_with_explicit", lambda: [offers.Choosable("smollm2", "S")])
    monkeypatch.setattr("apps.explicit.services.choices.missing_for", lambda *given: "")


@pytest.fixture
def one(space, alice, is_on):
    triple = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    factories.make_evidence(triple, factories.make_document(space, alice), alice)
    services.build_run(build_id=services.build_request(space=space, actor=alice).pk)
    return ExplicitMemory.objects.get()


def page(client, user, space, name: str = "overview", *args) -> str:
    client.force_login(user)
    found = client.get(reverse(f"explicit:{name}", args=[space.slug, *args]))
    assert found.status_code == 200
    return found.content.decode()


def post(client, user, space, name: str, *args, **data):
    client.force_login(user)
    return client.post(reverse(f"explicit:{name}", args=[space.slug, *args]), data)


def test_an_owner_switches_it_on_builds_and_switches_it_off(
    space, alice, client, maker, there
) -> None:
    assert "Nothing is built" in page(client, alice, space)
    assert post(client, alice, space, "switch-on", base="smollm2").status_code == 302
    assert ExplicitChoice.objects.get().is_on
    post(client, alice, space, "build")
    (build,) = ExplicitBuild.objects.all()
    assert "built so far" in page(client, alice, space)
    post(client, alice, space, "build-cancel", build.pk)
    build.refresh_from_db()
    assert build.state == "cancelled"
    post(client, alice, space, "switch-off")
    assert not ExplicitChoice.objects.get().is_on


def test_an_owner_chooses_an_adapter_of_the_site(space, alice, client, there, monkeypatch) -> None:
    own = offers.Choosable("/var/adapters/ours", "ours")
    monkeypatch.setattr(offers, "adapters", lambda: [own])
    assert "ours</option>" in page(client, alice, space)
    said = {"base": "smollm2", "adapter": own.name}
    assert post(client, alice, space, "switch-on", **said).status_code == 302
    assert ExplicitChoice.objects.get().adapter == own.name
    other = {"base": "smollm2", "adapter": "/var/adapters/others"}
    assert post(client, alice, space, "switch-on", **other).status_code == 422


@pytest.mark.parametrize("base", ["", "another"])
def test_what_is_not_there_is_not_switched_on(space, alice, client, maker, there, base) -> None:
    assert post(client, alice, space, "switch-on", base=base).status_code == 422
    assert not ExplicitChoice.objects.exists()


def test_it_is_not_offered_where_no_model_can(space, alice, client, maker, monkeypatch) -> None:
    monkeypatch.setattr(offers, "bases_with_explicit", list)
    assert "No language model on this machine" in page(client, alice, space)
    assert "explicit" not in {offer.name for offer in offers.offers("read")}


def test_auditors_look_and_owners_alone_change(space, dave, bob, client, one) -> None:
    said = page(client, dave, space)
    assert "Ada Brook" in said
    assert "Switch off" not in said
    assert post(client, dave, space, "switch-off").status_code == 403
    client.force_login(bob)
    assert client.get(reverse("explicit:overview", args=[space.slug])).status_code == 403


def test_a_memory_says_its_facts_its_sentences_and_who_approved_them(
    space, alice, client, one
) -> None:
    said = page(client, alice, space, "memory", one.pk)
    assert said.count("Ada Brook was born in Lindenau.") >= 2
    assert "approved by" in said
    other = factories.make_space("other")
    client.force_login(alice)
    factories.grant(other, alice, "owner")
    assert client.get(reverse("explicit:memory", args=["other", one.pk])).status_code == 404


def test_the_list_is_of_one_state_where_that_is_asked_for(space, alice, client, one) -> None:
    client.force_login(alice)
    address = reverse("explicit:overview", args=[space.slug])
    assert "Ada Brook" in client.get(address, {"state": "fresh"}).content.decode()
    assert "No memories here" in client.get(address, {"state": "stale"}).content.decode()
    assert "Ada Brook" in client.get(address, {"state": "nonsense"}).content.decode()


def test_the_command_builds_tells_and_verifies(space, alice, is_on, capsys) -> None:
    factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    call_command("explicit", "build", "--space", space.slug)
    assert "1 built, 0 removed, 0 could not be built." in capsys.readouterr().out
    call_command("explicit", "status", "--space", space.slug)
    assert "1 fresh" in capsys.readouterr().out
    call_command("explicit", "verify", "--space", space.slug)
    assert "1 whole, 0 missing or altered" in capsys.readouterr().out
    path_of(space.pk, ExplicitMemory.objects.get().name).write_bytes(b"x")
    with pytest.raises(CommandError, match="Build it again"):
        call_command("explicit", "verify", "--space", space.slug)


def test_the_command_says_what_is_wrong(space, maker) -> None:
    with pytest.raises(CommandError, match="off in this space"):
        call_command("explicit", "build", "--space", space.slug)
    with pytest.raises(CommandError, match="no space"):
        call_command("explicit", "status", "--space", "nowhere")
