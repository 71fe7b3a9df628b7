"""Checkpoints in a bucket that speaks the protocol of Amazon S3."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Final
from urllib.parse import quote, urlsplit

from apps.provenance.services.destinations.common import Parcel
from apps.provenance.services.destinations.http import NOTE_TYPE, send

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_MESSAGE: Final = re.compile(rb"<Message>([^<]{1,300})")


@dataclass(frozen=True)
class Login:
    """Who asks, and in which region."""

    access_key: str
    secret_key: str
    region: str


@dataclass(frozen=True)
class Bucket:
    """A bucket, addressed by its path at an endpoint."""

    endpoint: str
    bucket: str
    prefix: str
    login: Login

    @property
    def label(self) -> str:
        return f"bucket {self.bucket} at {urlsplit(self.endpoint).hostname}"

    def deliver(self, parcel: Parcel) -> None:
        """Put the note under a name that says its log and size."""
        parts = urlsplit(self.endpoint)
        key = "/".join(filter(None, (self.bucket, self.prefix.strip("/"), parcel.name)))
        path = f"{parts.path.rstrip('/')}/{quote(key)}"
        body = parcel.note.encode()
        headers = {
            # A bucket with object lock takes nothing without one of the digests that S3 knows.
            "Content-MD5": b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode(),
            "Content-Type": NOTE_TYPE,
            "Host": parts.netloc.rpartition("@")[2],
            "X-Amz-Content-Sha256": hashlib.sha256(body).hexdigest(),
            "X-Amz-Date": f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        }
        headers["Authorization"] = authorization("PUT", path, headers, self.login)
        send(parts, "PUT", path, headers, body, reason_in=_reason)


def authorization(method: str, path: str, headers: Mapping[str, str], login: Login) -> str:
    """Return the header that signs a request by Signature Version 4 of AWS, without a query.

    ``path`` is quoted already; ``headers`` hold all that is signed, X-Amz-Date and
    X-Amz-Content-Sha256 among them.
    """
    signed = {name.lower(): " ".join(value.split()) for name, value in sorted(headers.items())}
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    request = f"{method}\n{path}\n\n{lines}\n{names}\n{signed['x-amz-content-sha256']}"
    moment = signed["x-amz-date"]
    scope = f"{moment[:8]}/{login.region}/s3/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{login.secret_key}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    signature = _hmac(key, f"{_ALGORITHM}\n{moment}\n{scope}\n{digest}").hex()
    credential = f"Credential={login.access_key}/{scope}"
    return f"{_ALGORITHM} {credential},SignedHeaders={names},Signature={signature}"


def _reason(answer: bytes) -> str:
    """Return why a server of S3 refuses, in its own words; nothing where it does not say."""
    found = _MESSAGE.search(answer)
    words = unescape(found[1].decode(errors="replace")) if found else ""
    return " ".join("".join(one if one.isprintable() else " " for one in words).split())


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
