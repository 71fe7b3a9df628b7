"""Whether there is a server for the remote heads, without asking it."""

from __future__ import annotations

from worker.heads.remote.config import RemoteConfig, RemoteMissing
from worker.setups import HeadSetup, HeadSide


def missing_model(setup: HeadSetup) -> str:
    """Say which settings a server lacks to answer without the memory; empty where there are all."""
    if why := missing("read", setup):
        return why
    if not RemoteConfig.from_environment().model:
        return "REMOTE_MODEL names no model of the server, which could answer without the memory."
    return ""


def missing(side: HeadSide, setup: HeadSetup) -> str:
    """Say which settings the remote heads lack; empty where there are all."""
    try:
        RemoteConfig.from_environment()
    except RemoteMissing as error:
        return (
            f"{error.message} Whoever runs this site sets REMOTE_URL, REMOTE_MODEL and, where the "
            "server wants one, REMOTE_KEY in the environment (docs/causal.md)."
        )
    return ""
