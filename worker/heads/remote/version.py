"""What a remote head's answers depend on, in the few words that are kept with each of them."""

from __future__ import annotations

import hashlib

from worker.heads.remote.config import RemoteConfig
from worker.heads.remote.schema import fingerprint

_LONGEST_MODEL = 60


def hashes_of(config: RemoteConfig, model: str) -> dict[str, str]:
    """Return the SHA-256 over server, model and prompts: all that is known of what answers."""
    made_of = "\n".join((config.host, model, config.mode, fingerprint()))
    return {"server, model and prompts": hashlib.sha256(made_of.encode()).hexdigest()}


def version_of(config: RemoteConfig, model: str) -> str:
    """Return the model, and the begin of the hash of what answers."""
    (digest,) = hashes_of(config, model).values()
    return f"{model[:_LONGEST_MODEL]} {digest[:12]}"
