"""Requests to a server that speaks the protocol of Amazon S3, signed by Signature Version 4."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from typing import Final
from urllib.parse import quote, urlsplit

from apps.common import outgoing

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_MESSAGE: Final = re.compile(rb"<Message>([^<]{1,300})")


@dataclass(frozen=True)
class Login:
    """Who asks, and in which region."""

    access_key: str
    secret_key: str = field(repr=False)
    region: str


@dataclass(frozen=True)
class Server:
    """A bucket, addressed by its path at an endpoint."""

    endpoint: str
    bucket: str
    login: Login

    @property
    def host(self) -> str:
        return urlsplit(self.endpoint).hostname or ""

    def send(
        self,
        method: str,
        key: str = "",
        *,
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        kind: str = "",
        keep: int = 0,
        whole: bool = False,
        within: float | None = None,
    ) -> outgoing.Reply:
        """Send one signed request about the object ``key``, or about the bucket, with a body of the
        content type ``kind``. Else as ``apps.common.outgoing.send``, which says what is raised."""
        parts = urlsplit(self.endpoint)
        path = f"{parts.path.rstrip('/')}/{quote('/'.join(filter(None, (self.bucket, key))))}"
        asked = canonical(query or {})
        headers = {
            "Host": parts.netloc.rpartition("@")[2],
            "X-Amz-Content-Sha256": hashlib.sha256(body).hexdigest(),
            "X-Amz-Date": f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        }
        if method == "PUT":
            # A bucket with object lock takes nothing without one of the digests that S3 knows.
            digest = hashlib.md5(body, usedforsecurity=False).digest()
            headers |= {"Content-MD5": b64encode(digest).decode(), "Content-Type": kind}
        headers["Authorization"] = authorization(method, path, headers, self.login, asked)
        return outgoing.send(
            parts, method, f"{path}?{asked}" if asked else path, headers, body,
            keep=keep, whole=whole, within=within,
        )  # fmt: skip


def canonical(query: Mapping[str, str]) -> str:
    """Return a query as it is signed and sent.

    >>> canonical({"prefix": "a b/", "list-type": "2"})
    'list-type=2&prefix=a%20b%2F'
    """
    return "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query.items())
    )


def authorization(
    method: str, path: str, headers: Mapping[str, str], login: Login, query: str = ""
) -> str:
    """Return the header that signs a request by Signature Version 4 of AWS.

    ``path`` is quoted already, ``query`` canonical; ``headers`` hold all that is signed, X-Amz-Date
    and X-Amz-Content-Sha256 among them.
    """
    signed = {name.lower(): " ".join(value.split()) for name, value in sorted(headers.items())}
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    request = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{signed['x-amz-content-sha256']}"
    moment = signed["x-amz-date"]
    scope = f"{moment[:8]}/{login.region}/s3/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{login.secret_key}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    signature = _hmac(key, f"{_ALGORITHM}\n{moment}\n{scope}\n{digest}").hex()
    credential = f"Credential={login.access_key}/{scope}"
    return f"{_ALGORITHM} {credential},SignedHeaders={names},Signature={signature}"


def reason_in(answer: bytes) -> str:
    """Return why a server of S3 refuses, in its own words; nothing where it does not say."""
    found = _MESSAGE.search(answer)
    words = unescape(found[1].decode(errors="replace")) if found else ""
    return " ".join("".join(one if one.isprintable() else " " for one in words).split())


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
