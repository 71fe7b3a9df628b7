"""A provider of OpenID Connect on this machine, which can be told to misbehave."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

CLIENT, SECRET = "memweb", "s3cret+of/the client"


@cache
def key(number: int) -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def shown(number: int, kid: str) -> dict[str, Any]:
    """Return the public part of a key as providers show it."""
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key(number).public_key(), as_dict=True)
    return {**public, "kid": kid, "use": "sig", "alg": "RS256"}


@dataclass
class Provider:
    """What it says of people, and how it misbehaves. ``spoil`` changes the claims of a token."""

    claims: dict[str, Any] = field(
        default_factory=lambda: {
            "sub": "248289",
            "email": "erin@example.org",
            "email_verified": True,
            "preferred_username": "erin",
            "given_name": "Erin",
            "family_name": "Mills",
        }
    )
    spoil: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    about: dict[str, Any] = field(default_factory=dict)
    signs_with: int = 1
    kid: str = "one"
    shows: list[dict[str, Any]] = field(default_factory=lambda: [shown(1, "one")])
    error: str = ""
    asks: bool = False  # shows a page, instead of letting everybody through
    info: dict[str, Any] | None = None  # told at the address for it, and not in the token
    wait: float = 0.0
    raw: bytes | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    redirects: str = ""

    def __post_init__(self) -> None:
        provider = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider.answer(self, {name: one[0] for name, one in parse_qs(body).items()})

            def log_message(self, *given: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/realm"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        parts = urlsplit(request.path)
        query = {name: one[0] for name, one in parse_qs(parts.query).items()}
        name = parts.path.rpartition("/")[2]
        self.asked.append(name)
        if name == "authorise":
            self._authorise(request, query)
            return
        time.sleep(self.wait)
        said: dict[str, Any] | None = None
        if self.redirects:
            _send(request, 302, b"", {"Location": self.redirects})
        elif name == "openid-configuration":
            said = self._described()
        elif name == "keys":
            said = {"keys": self.shows}
        elif name == "userinfo":
            good = request.headers["Authorization"] == "Bearer opaque"
            said = self.info if good else None
        elif name == "token":
            said = self._token(request, form)
        if said is not None:
            body = self.raw or json.dumps(said).encode()
            _send(request, 400 if "error" in said else 200, body, {"Content-Type": "json"})

    def _described(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorise",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            **self.about,
        }

    def _authorise(self, request: BaseHTTPRequestHandler, query: dict[str, str]) -> None:
        back = query["redirect_uri"]
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        yes = f"{back}?{urlencode({'code': code, 'state': query['state']})}"
        no = f"{back}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        other = f"{back}?{urlencode({'error': self.error, 'state': query['state']})}"
        if self.asks:
            page = f"<a href='{html.escape(yes)}'>Yes</a> <a href='{html.escape(no)}'>Cancel</a>"
            _send(request, 200, page.encode(), {"Content-Type": "text/html"})
        else:
            _send(request, 302, b"", {"Location": other if self.error else yes})

    def _token(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> dict[str, Any]:
        given = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if given is None or challenge != given["code_challenge"]:
            return {"error": "invalid_grant"}
        if form["redirect_uri"] != given["redirect_uri"] or not self._is_client(request, form):
            return {"error": "invalid_client"}
        now = int(time.time())
        mine = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims = {**mine, **self.claims, "nonce": given["nonce"]}
        token = jwt.encode(
            self.spoil(claims), key(self.signs_with), algorithm="RS256", headers={"kid": self.kid}
        )
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": token}

    def _is_client(self, request: BaseHTTPRequestHandler, form: dict[str, str]) -> bool:
        if given := request.headers.get("Authorization"):
            pair = base64.b64decode(given.removeprefix("Basic ")).decode()
            return pair == f"{CLIENT}:s3cret%2Bof%2Fthe+client"
        return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)


def _send(
    request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]
) -> None:
    with suppress(OSError):  # who asked has gone
        request.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)
