"""The web server: uvicorn with limits for connections, and for the time that a request may take to
arrive. ``python -m memweb.serving.uvicorn_web --host 127.0.0.1 --port 8000``.

uvicorn's own command line has no limit for the head of a request: a connection that sends half of
it, or nothing, stands for ever. Bodies are limited in ``memweb.body_limit``.
"""

from __future__ import annotations

import argparse
import asyncio

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 5
GRACE_SECONDS = 3


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection whose request's head is not there in HEAD_SECONDS."""

    head_until: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._await_head()
        else:
            self.head_until = None

    def _await_head(self) -> None:
        """Arm the timer of an idle connection, which each piece of data stops; the time for the
        head counts from its first piece."""
        if self.transport.is_closing():
            return
        if self.head_until is None:
            self.head_until = self.loop.time() + HEAD_SECONDS
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_at(
            self.head_until, self.timeout_keep_alive_handler
        )


def configuration(host: str, port: int) -> uvicorn.Config:
    """Return how the web application is served."""
    from django.conf import settings

    return uvicorn.Config(
        "memweb.asgi:application",
        host=host,
        port=port,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        proxy_headers=False,  # TRUSTED_PROXIES decides whom to believe
        server_header=False,
        limit_concurrency=settings.WEB_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve memweb's pages.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on")
    given = parser.parse_args()
    uvicorn.Server(configuration(given.host, given.port)).run()


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memweb.settings")
    main()
