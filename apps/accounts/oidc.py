"""OpenID Connect, as far as it takes to learn from a provider who somebody is: the authorization
code flow with PKCE, state and nonce (OpenID Connect Core 1.0, section 3.1; RFC 7636).

Only what the operator's provider says of itself under its issuer is believed, and of a person only
what it signed. Codes, tokens and the client's secret are in no message.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import jwt
from django.conf import settings

from apps.common import outgoing
from apps.common.clocks import CLOCKS_APART

WELL_KNOWN: Final = "/.well-known/openid-configuration"
SCOPE: Final = "openid profile email"
# Signatures with the key of the provider alone: none, and none by a secret that both know.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")
WITHIN_SECONDS: Final = 8.0  # that one request to the provider may take
LONGEST: Final = 256 * 1024
# How long what the provider says of itself counts; after a failure nobody asks for the pause.
FRESH_SECONDS: Final = 600.0
PAUSE_SECONDS: Final = 5.0


class ProviderFailed(Exception):
    """The provider cannot be asked, or answers as none does; the message says why."""


class ProofRefused(Exception):
    """What came back proves nothing about anybody; the message says why."""


@dataclass(frozen=True)
class Person:
    """Whom the provider vouches for. ``mail`` is empty unless the provider verified it."""

    issuer: str
    subject: str
    mail: str = ""
    username: str = ""
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True)
class Flow:
    """What a browser keeps between leaving for the provider and coming back."""

    nonce: str
    verifier: str
    next: str = ""


@dataclass
class _Known:
    """What the provider said of itself, and when; or why it could not be asked."""

    about: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=list)
    about_at: float = 0.0
    keys_at: float = 0.0
    failed_at: float = 0.0
    why: str = ""


class Provider:
    """The provider of one issuer, as this process knows it."""

    def __init__(self, issuer: str, client: str, secret: str) -> None:
        self.issuer, self.client, self.secret = issuer, client, secret
        self._known = _Known()
        self._lock = threading.Lock()

    def leave_to(self, *, state: str, flow: Flow, back: str) -> str:
        """Return the provider's address at which somebody signs in. Raises ProviderFailed."""
        address = self._endpoint("authorization_endpoint")
        challenge = hashlib.sha256(flow.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": back,
            "scope": SCOPE,
            "state": state,
            "nonce": flow.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"

    def person(self, *, code: str, flow: Flow, back: str) -> Person:
        """Return who came back with a code. Raises ProviderFailed and ProofRefused."""
        tokens = self._tokens(code, flow, back)
        said = self._verified(str(tokens.get("id_token", "")), flow)
        if "email" not in said and "userinfo_endpoint" in self._about():
            more = self._userinfo(str(tokens.get("access_token", "")), said["sub"])
            said = {**said, **more, "iss": said["iss"]}
        return _person(said)

    def _tokens(self, code: str, flow: Flow, back: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": flow.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        # Where a provider says nothing, it takes the first (OpenID Connect Discovery, section 3).
        ways = self._about().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if "client_secret_basic" in ways:
            pair = f"{quote_plus(self.client)}:{quote_plus(self.secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self.client, "client_secret": self.secret}
        address = self._endpoint("token_endpoint")
        status, said = _ask("POST", address, headers, urlencode(form).encode())
        if status in (400, 403) and said.get("error") == "invalid_grant":
            raise ProofRefused("the code was used before, or is too old")
        if status != 200:
            raise ProviderFailed(f"the provider gave no token: {status}")
        return said

    def _verified(self, token: str, flow: Flow) -> dict[str, Any]:
        """Return what an ID token claims, checked as section 3.1.3.7 asks for, and its signature
        too."""
        try:
            key = self._key(jwt.get_unverified_header(token))
            said: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self.client,
                issuer=self.issuer,
                leeway=CLOCKS_APART,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise ProofRefused(f"the token is not good: {type(error).__name__}") from None
        if not compare_digest(str(said.get("nonce", "")).encode(), flow.nonce.encode()):
            raise ProofRefused("the token is not of this sign-in")
        many = isinstance(said["aud"], list) and len(said["aud"]) > 1
        if said.get("azp", None if many else self.client) != self.client:
            raise ProofRefused("the token is for another program")
        if not said["sub"] or len(said["sub"]) > 255:
            raise ProofRefused("the token is about nobody")
        return said

    def _key(self, header: Mapping[str, Any]) -> jwt.PyJWK:
        """Return the key that signed; where none of those known did, those of now are asked for."""
        if header.get("alg") not in ALGORITHMS:
            raise ProofRefused("the token is not signed as it has to be")
        for again in (False, True):
            for key in self._keys(again=again):
                fits = "kid" not in header or key.get("kid") == header["kid"]
                if fits and key.get("use", "sig") == "sig" and key.get("kty") in ("RSA", "EC"):
                    return jwt.PyJWK(key, algorithm=header["alg"])
        raise ProofRefused("no key of the provider signed the token")

    def _userinfo(self, token: str, subject: str) -> dict[str, Any]:
        address = self._endpoint("userinfo_endpoint")
        status, said = _ask("GET", address, {"Authorization": f"Bearer {token}"})
        if status != 200:
            raise ProviderFailed(f"the provider does not say who it is: {status}")
        if said.get("sub") != subject:
            raise ProofRefused("the provider speaks of two people")
        return said

    def _endpoint(self, name: str) -> str:
        """Return an address of the provider: with TLS, unless its issuer has none."""
        address = self._about().get(name)
        try:
            parts = urlsplit(address if isinstance(address, str) else "")
            schemes = {"https", urlsplit(self.issuer).scheme}
            good = parts.scheme in schemes and parts.hostname and parts.port != 0
        except ValueError:
            good = False
        if not good:
            raise ProviderFailed(f"the provider names no good {name}")
        return str(address)

    def _about(self) -> dict[str, Any]:
        """Return what the provider says of itself, asked for once in a while, by one at a time."""
        with self._lock:
            known, now = self._known, time.monotonic()
            if known.about and now - known.about_at < FRESH_SECONDS:
                return known.about
            if known.why and now - known.failed_at < PAUSE_SECONDS:
                raise ProviderFailed(known.why)
            try:
                status, about = _ask("GET", self.issuer.rstrip("/") + WELL_KNOWN)
                if status != 200:
                    raise ProviderFailed(f"the provider does not describe itself: {status}")
                if about.get("issuer") != self.issuer:
                    raise ProviderFailed("the provider calls itself by another issuer")
            except ProviderFailed as error:
                known.why, known.failed_at = str(error), time.monotonic()
                raise
            known.about, known.about_at, known.why = about, time.monotonic(), ""
            return about

    def _keys(self, *, again: bool) -> list[dict[str, Any]]:
        address = self._endpoint("jwks_uri")
        with self._lock:
            known, now = self._known, time.monotonic()
            fresh = PAUSE_SECONDS if again else FRESH_SECONDS
            if known.keys and now - known.keys_at < fresh:
                return known.keys
            status, said = _ask("GET", address)
            keys = said.get("keys")
            if status != 200 or not isinstance(keys, list):
                raise ProviderFailed(f"the provider shows no keys: {status}")
            known.keys = [key for key in keys if isinstance(key, dict)]
            known.keys_at = time.monotonic()
            return known.keys


_providers: dict[tuple[str, str, str], Provider] = {}


def provider() -> Provider:
    """Return the provider of the settings."""
    key = (settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET)
    return _providers.setdefault(key, Provider(*key))


def _ask(
    method: str, address: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON object that an address answers with; without redirects."""
    parts = urlsplit(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    given = {"Accept": "application/json", **(headers or {})}
    try:
        reply = outgoing.send(
            parts, method, path, given, body, keep=LONGEST, whole=True, within=WITHIN_SECONDS
        )
    except outgoing.SendError as error:
        raise ProviderFailed(str(error)) from None
    try:
        said = json.loads(reply.head)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        if reply.status == 200:
            raise ProviderFailed("the provider does not answer with JSON")
        said = {}
    return reply.status, said


def _person(said: Mapping[str, Any]) -> Person:
    def text(name: str) -> str:
        value = said.get(name)
        return value if isinstance(value, str) else ""

    verified = said.get("email_verified")
    return Person(
        issuer=said["iss"],
        subject=said["sub"],
        # Some providers write the flag as a text.
        mail=text("email") if verified is True or verified == "true" else "",
        username=text("preferred_username"),
        first_name=text("given_name"),
        last_name=text("family_name"),
    )
