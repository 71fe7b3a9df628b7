"""Secrets and signatures, as Standard Webhooks has them.

A secret is not stored: it is the HMAC of the endpoint's salt with the key of the site, so that a
copy of the database signs nothing.
"""

from __future__ import annotations

import base64
import hmac
import uuid
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.crypto import salted_hmac

from apps.webhooks.models import Endpoint

PREFIX: Final = "whsec_"
BOTH: Final = timedelta(hours=24)  # that the old secret signs too


def secret_of(salt: uuid.UUID) -> str:
    """Return the secret of a salt as its owner keeps it: ``whsec_`` and 32 bytes in base64."""
    return PREFIX + base64.b64encode(_key(salt)).decode()


def headers_of(endpoint: Endpoint, message: str, moment: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that say which message it is, when it is sent and that it is ours."""
    stamp = str(int(moment.timestamp()))
    salts = [endpoint.salt]
    if endpoint.old_salt and endpoint.old_until and moment < endpoint.old_until:
        salts.append(endpoint.old_salt)
    signed = f"{message}.{stamp}.".encode() + body
    return {
        "webhook-id": message,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(_signature(salt, signed) for salt in salts),
    }


def changed_salts(endpoint: Endpoint) -> dict[str, object]:
    """Return the columns of an endpoint with a new secret, beside which the one that it has goes on
    to sign for a while."""
    return {
        "salt": uuid.uuid4(),
        "old_salt": endpoint.salt,
        "old_until": timezone.now() + BOTH,
    }


def _key(salt: uuid.UUID) -> bytes:
    return salted_hmac("webhooks.secret", salt.hex, algorithm="sha256").digest()


def _signature(salt: uuid.UUID, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(_key(salt), signed, "sha256")).decode()
