"""Which server the remote heads ask, and how: operators say so in the environment, nobody else.

``docs/causal.md`` lists the variables.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args
from urllib.parse import SplitResult, urlsplit

from worker.errors import WorkerError

Mode = Literal["schema", "adapters"]
MODES: tuple[Mode, ...] = get_args(Mode)


class RemoteMissing(WorkerError):
    """The settings of the remote heads name no server, or hold what cannot be one."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True)


@dataclass(frozen=True)
class Key:
    """A secret that no text of a program shows: only a request's header holds it."""

    _secret: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        return bool(self._secret)

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._secret}"} if self._secret else {}


@dataclass(frozen=True)
class RemoteConfig:
    """The server and the manners in which it is asked.

    ``url`` is the base address of its API ("http://127.0.0.1:8000/v1"). In the mode "schema" any
    ``model`` is asked in words for JSON; in the mode "adapters" the server has our two adapters,
    named ``write_model`` and ``read_model``, which are given texts and make calls of the protocol.
    ``tokenizer`` is a folder with the tokenizer of their exported base.

    ``seconds`` is what one passage or question may take in all, ``pause_seconds`` one request.
    A process has at most ``at_once`` requests under way and begins at most ``per_minute`` in a
    minute (0: any number). Of relations, at most ``relations`` are named in one request.
    """

    url: str
    model: str = ""
    mode: Mode = "schema"
    key: Key = field(default_factory=Key)
    write_model: str = "write"
    read_model: str = "read"
    tokenizer: str = ""
    seconds: float = 75.0
    pause_seconds: float = 60.0
    tries: int = 4
    at_once: int = 4
    per_minute: int = 0
    answer_tokens: int = 1500
    answer_bytes: int = 4 * 2**20
    relations: int = 120
    backoff: float = 0.5

    def __post_init__(self) -> None:
        _check_address(self.url)
        if self.mode not in MODES:
            raise RemoteMissing(f"REMOTE_MODE is none of {', '.join(MODES)}.")
        if self.mode == "schema" and not self.model:
            raise RemoteMissing("REMOTE_MODEL names no model of the server.")
        least = min(self.seconds, self.pause_seconds, self.tries, self.at_once, self.relations)
        if least <= 0 or self.per_minute < 0 or self.answer_tokens < 16:
            raise RemoteMissing("A number of the remote heads' settings is too small.")

    @property
    def parts(self) -> SplitResult:
        return urlsplit(self.url)

    @property
    def host(self) -> str:
        """What the server is called in sentences and in a head's version: no key, no path."""
        parts = self.parts
        return parts.netloc.rpartition("@")[2]

    @classmethod
    def from_environment(cls) -> RemoteConfig:
        """Read the variables REMOTE_*. Raises RemoteMissing."""
        url = _text("REMOTE_URL")
        if not url:
            raise RemoteMissing("No language model server is configured: set REMOTE_URL.")
        return cls(
            url=url,
            model=_text("REMOTE_MODEL"),
            mode=cast(Mode, _text("REMOTE_MODE") or "schema"),
            key=Key(_text("REMOTE_KEY")),
            write_model=_text("REMOTE_WRITE_MODEL") or "write",
            read_model=_text("REMOTE_READ_MODEL") or "read",
            tokenizer=_text("REMOTE_TOKENIZER"),
            seconds=_number("REMOTE_SECONDS", 75.0),
            pause_seconds=_number("REMOTE_PAUSE_SECONDS", 60.0),
            tries=int(_number("REMOTE_TRIES", 4)),
            at_once=int(_number("REMOTE_AT_ONCE", 4)),
            per_minute=int(_number("REMOTE_PER_MINUTE", 0)),
            answer_tokens=int(_number("REMOTE_ANSWER_TOKENS", 1500)),
            relations=int(_number("REMOTE_RELATIONS", 120)),
        )


def _text(name: str) -> str:
    """Return a variable, or what stands in the file that ``NAME_FILE`` names."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise RemoteMissing(f"{name}_FILE cannot be read.") from None
    return os.environ.get(name, "").strip()


def _number(name: str, default: float) -> float:
    given = _text(name)
    try:
        return float(given) if given else default
    except ValueError:
        raise RemoteMissing(f"{name} must be a number.") from None


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        good = False
    if not good or not url.isascii() or parts.query or parts.fragment:
        raise RemoteMissing("REMOTE_URL must be an address such as http://host:8000/v1.")
    if parts.username or parts.password:
        raise RemoteMissing("REMOTE_URL must hold no name or password; set REMOTE_KEY.")
