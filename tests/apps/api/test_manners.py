"""What every call has in common: errors, pages, fields, versions, keys, limits."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from apps.api.models import KeptAnswer
from apps.audit.models import Event
from tests import factories
from tests.apps.api.conftest import Program

SPACES = "/api/v1/spaces"


def send(client: Client, address: str, body: object, method: str = "post", **headers: str):
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return getattr(client, method)(
        address, json.dumps(body), content_type="application/json", headers=given
    )


def test_every_error_has_the_one_shape(space: Space, alice: User, program: Program) -> None:
    client = program(alice)
    answers = {
        404: client.get("/api/v1/nothing"),
        405: client.delete("/api/v1/me"),
        401: Client().get("/api/v1/me"),
        400: client.get(SPACES + "?colour=red"),
        406: client.get(SPACES, headers={"accept": "text/html"}),
        415: client.post(SPACES, "name=x", content_type="text/csv"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        said = answer.json()
        assert {"type", "title", "status", "detail", "request"} <= set(said)
        assert said["status"] == status
        assert said["request"] == answer["X-Request-ID"]


@pytest.mark.parametrize(
    "body", [b"{", b"[1", b"\xff", b"[" * 100_000, b'{"name": NaN}', b"3", b"null", b'{"a": 1}']
)
def test_it_says_what_is_wrong_with_a_body(alice: User, program: Program, body: bytes) -> None:
    answer = program(alice).post(SPACES, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_it_refuses_unknown_fields_by_name(alice: User, program: Program) -> None:
    answer = send(program(alice), SPACES, {"name": "Beta", "colour": "red"})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["colour"]


def test_an_outsider_is_told_of_no_space(space: Space, mallory: User, program: Program) -> None:
    client = program(mallory)
    ours, none = client.get(SPACES + "/atlas"), client.get(SPACES + "/nowhere")
    assert ours.status_code == none.status_code == 404
    assert ours.json() | {"request": ""} == none.json() | {"request": ""}
    assert Event.objects.filter(action="access.refused", space=space, actor=mallory).exists()


def test_a_missing_role_is_named(space: Space, carol: User, program: Program) -> None:
    answer = program(carol).get(SPACES + "/atlas/members")
    assert answer.status_code == 403
    assert "owner" in answer.json()["detail"]
    assert Event.objects.filter(action="access.refused", space=space, actor=carol).exists()


def test_a_session_needs_its_csrf_token(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.get("/api/v1/me").status_code == 200
    assert send(client, SPACES, {"name": "Beta"}).status_code == 403


def test_it_gives_pages_and_fields(alice: User, program: Program) -> None:
    for number in range(5):
        factories.grant(factories.make_space(f"s{number}"), alice, "owner")
    client, seen, address = program(alice), [], SPACES + "?limit=2&fields=slug"
    while address:
        page = client.get(address).json()
        assert all(set(item) == {"slug"} for item in page["items"])
        seen += [item["slug"] for item in page["items"]]
        address = page["next"]
    assert seen == ["s0", "s1", "s2", "s3", "s4"]
    for bad in ("limit=0", "limit=201", "limit=x", "cursor=!", "fields=colour", "fields=",
                "limit=1&limit=2"):  # fmt: skip
        assert client.get(f"{SPACES}?{bad}").status_code == 400, bad


def test_a_key_makes_a_call_once(alice: User, program: Program) -> None:
    client = program(alice)
    first = send(client, SPACES, {"name": "Beta"}, idempotency_key="k1")
    again = send(client, SPACES, {"name": "Beta"}, idempotency_key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first["Location"] == again["Location"]
    assert again["Idempotent-Replayed"] == "true"
    assert Space.objects.filter(name="Beta").count() == 1
    other = send(client, SPACES, {"name": "Gamma"}, idempotency_key="k1")
    assert other.status_code == 409
    assert not Space.objects.filter(name="Gamma").exists()


def test_a_key_is_free_again_after_an_error(alice: User, program: Program) -> None:
    client = program(alice)
    assert send(client, SPACES, {"name": "!"}, idempotency_key="k").status_code == 422
    assert not KeptAnswer.objects.exists()
    assert send(client, SPACES, {"name": "Beta"}, idempotency_key="k").status_code == 201


def test_keys_of_others_are_theirs(alice: User, bob: User, program: Program) -> None:
    for user in (alice, bob):
        assert send(program(user), SPACES, {"name": "Beta"}, idempotency_key="k").status_code == 201
    assert Space.objects.filter(name="Beta").count() == 2


def test_it_checks_versions(space: Space, alice: User, program: Program) -> None:
    client, address = program(alice), SPACES + "/atlas"
    etag = client.get(address)["ETag"]
    assert client.get(address, headers={"if-none-match": etag}).status_code == 304
    changed = send(client, address, {"description": "x"}, "patch", if_match=etag)
    assert changed.status_code == 200
    late = send(client, address, {"description": "y"}, "patch", if_match=etag)
    assert late.status_code == 412
    space.refresh_from_db()
    assert space.description == "x"


def test_it_refuses_too_many_calls(alice: User, bob: User, program: Program, settings) -> None:
    settings.API_CALLS_AT_ONCE, settings.API_CALLS_PER_MINUTE = 3, 6
    client = program(alice)
    statuses = [client.get("/api/v1/me").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    refused = client.get("/api/v1/me")
    assert 1 <= int(refused["Retry-After"]) <= 10
    assert refused["Content-Type"] == "application/problem+json"
    assert program(bob).get("/api/v1/me").status_code == 200


def test_it_refuses_large_bodies(alice: User, program: Program) -> None:
    client = program(alice)
    large = client.post(SPACES, b'"' + b"x" * 6_000_000 + b'"', content_type="application/json")
    assert large.status_code == 413
    # The server gives an empty body in place of one that is announced to be larger than it may be.
    announced = client.post(
        SPACES, b"", content_type="application/json", CONTENT_LENGTH=str(50 * 1024 * 1024)
    )
    assert announced.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        r'{"\ud800": 1}',
        r'{"name": "\ud800"}',
        r'{"name": "a", "packs": ["\udfff"]}',
        r'{"name": {"\ud83d": "\ud83d\ud83d"}}',
    ],
)
def test_half_a_surrogate_pair_is_no_text(
    space: Space, alice: User, program: Program, body: str
) -> None:
    answer = program(alice).post(SPACES, body, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert Space.objects.count() == 1
    whole = r'{"name": "\ud83d\ude00 is text"}'
    assert program(alice).post(SPACES, whole, content_type="application/json").status_code == 201


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"name": "a", "name": "b"}', "name"),
        (b'{"name": "a", "n\\u0061me": "b"}', "name"),
        (b'{"name": "a", "packs": [{"people": 1, "people": 1}]}', "people"),
        (b'{"": 1, "": 2}', ""),
    ],
)
def test_a_key_that_stands_there_twice_is_named(
    space: Space, alice: User, program: Program, body: bytes, name: str
) -> None:
    answer = program(alice).post(SPACES, body, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"] == {name: ["This stands there twice."]}
    assert Space.objects.count() == 1


def test_half_a_character_twice_is_refused_too(alice: User, program: Program) -> None:
    body = rb'{"\ud800": 1, "\ud800": 2}'
    answer = program(alice).post(SPACES, body, content_type="application/json")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["\\ud800"]


def test_a_form_says_each_thing_once(space: Space, alice: User, program: Program) -> None:
    form = {"text": ["Ada lives.", "Ada is dead."], "title": "Ada"}
    answer = program(alice).post(f"{SPACES}/atlas/documents", form)
    assert (answer.status_code, answer.json()["errors"]) == (
        400, {"text": ["This stands there twice."]},
    )  # fmt: skip


@pytest.mark.parametrize(
    "value",
    ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5_000, "0." + "1" * 5_000,
     "[" * 10_000 + "]" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000],
)  # fmt: skip
def test_a_value_that_nothing_can_hold_is_refused(
    space: Space, alice: User, program: Program, value: str
) -> None:
    body = f'{{"name": {value}}}'
    answer = program(alice).post(SPACES, body, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    said = answer.json()["detail"]
    assert "JSON" in said
    assert "sys." not in said
    assert Space.objects.count() == 1


@pytest.mark.parametrize("charset", ["utf-16", "base64", "no-such", "rot13"])
def test_text_is_sent_as_utf_8(space: Space, alice: User, program: Program, charset: str) -> None:
    client, body = program(alice), '{"name": "Brückenbau"}'.encode()
    kind = f"application/json; charset={charset}"
    answer = client.generic("POST", SPACES, body, content_type=kind)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["detail"] == "Text is sent as UTF-8."
    latin = client.generic("POST", SPACES, b'{"name": "\xfc"}', content_type="application/json")
    assert (latin.status_code, latin.json()["detail"]) == (400, "The JSON is not in UTF-8.")
    assert Space.objects.count() == 1


def test_what_no_view_sees_has_the_one_shape(alice: User, program: Program) -> None:
    client = program(alice)
    for status, answer in {
        400: client.get("/api/v1/me", headers={"host": "elsewhere.example"}),
        404: client.get("/api/v2/me"),
    }.items():
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
        assert answer.json()["request"] == answer["X-Request-ID"]
    assert client.get("/nowhere")["Content-Type"].startswith("text/html")
