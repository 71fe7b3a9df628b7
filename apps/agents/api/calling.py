"""A call of a client, from its token to an answer or to one clear sentence.

Services are for threads: each call runs in one, with a database connection of its own that is
closed afterwards, so that one that waits for an answer holds up no other.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

import anyio.to_thread
from django.db import DatabaseError, connection
from mcp.server.auth.middleware.auth_context import get_access_token

from apps.agents.services import REFUSALS, Caller, caller_of, sentence_of
from apps.common.requests import during

T = TypeVar("T")
NO_TOKEN = "Send a token: Authorization: Bearer ..."  # noqa: S105 a sentence, no secret


class Door:
    """Knows the token of a call: that of the request or, where a process serves one client alone,
    ``own``."""

    def __init__(self, own: str = "") -> None:
        self._own = own

    async def call(self, tool: str, work: Callable[[Caller], T], refused: type[Exception]) -> T:
        """Do the work for whom the token acts. Raises ``refused`` with what is wrong."""
        given = get_access_token()
        token = given.token if given else self._own

        def run() -> T:
            if not token:
                raise refused(NO_TOKEN)
            with during(f"mcp:{tool}:{uuid.uuid4().hex[:12]}"):
                try:
                    return work(caller_of(token, tool))
                except REFUSALS as error:
                    raise refused(sentence_of(error)) from None
                except DatabaseError as error:
                    raise refused("memweb is busy. Try again in a moment.") from error
                finally:
                    if not connection.in_atomic_block:
                        connection.close()

        return await anyio.to_thread.run_sync(run)
