"""What a remote head's answers depend on, in the few words that are kept with each of them."""

from __future__ import annotations

import hashlib

from worker.heads.remote.config import RemoteConfig
from worker.heads.remote.schema import fingerprint

_LONGEST_MODEL = 60


def version_of(config: RemoteConfig, model: str) -> str:
    """Return the model, and a hash over it, the server and the prompts."""
    made_of = "\n".join((config.host, model, config.mode, fingerprint()))
    return f"{model[:_LONGEST_MODEL]} {hashlib.sha256(made_of.encode()).hexdigest()[:12]}"
