from __future__ import annotations

import pytest
from django.test import Client


def test_it_remembers_the_theme(client: Client, db: None) -> None:
    response = client.post("/theme/", {"theme": "dark", "next": "/sign-in/"})
    assert response["Location"] == "/sign-in/"
    assert 'data-theme="dark"' in client.get("/sign-in/").content.decode()


def test_it_refuses_an_unknown_theme(client: Client) -> None:
    assert client.post("/theme/", {"theme": "<script>"}).status_code == 400


def test_it_does_not_redirect_to_another_site(client: Client) -> None:
    response = client.post("/theme/", {"theme": "dark", "next": "https://evil.example/"})
    assert response["Location"] == "/"


def test_it_ignores_a_forged_theme_cookie(client: Client, db: None) -> None:
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="auto"' in client.get("/sign-in/").content.decode()


def test_it_tells_monitors_how_it_is(client: Client, db: None) -> None:
    body = client.get("/health/").json()
    assert body["database"] is True
    assert body["disk"] is True
    assert set(body) == {
        "database", "broker", "worker", "disk", "log_protected", "waiting", "stuck", "version"
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/health/", "/"])
def test_it_allows_safe_methods_only(client: Client, db: None, path: str) -> None:
    assert client.delete(path).status_code == 405


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-16", "rot13"])
def test_it_reads_no_other_charset_than_utf_8(client: Client, db: None, charset: str) -> None:
    body = '--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n\\ud800\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    assert client.generic("POST", "/sign-in/", body, kind).status_code == 400
    plain = "multipart/form-data; boundary=x"
    assert client.generic("POST", "/sign-in/", body, plain).status_code == 422
