"""``manage.py mcp``: the memory for agents, by the Model Context Protocol."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from apps.accounts.tokens import TokenRefused, token_use
from apps.agents.api import serve_http, serve_stdio
from apps.common.commands import ServedCommand
from memweb.settings import env_text


class Command(ServedCommand):
    help = "Serve the memory to agents (MCP), on stdio or by HTTP."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--http", action="store_true", help="serve by streamable HTTP, not on stdio"
        )
        parser.add_argument("--host", default="127.0.0.1", help="address of --http")
        parser.add_argument("--port", type=int, default=8765, help="port of --http")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["http"]:
            self.stderr.write(f"MCP at http://{options['host']}:{options['port']}/mcp")
            serve_http(options["host"], options["port"], version=settings.VERSION)
            return
        token = env_text("MEMWEB_TOKEN")
        if not token:
            raise CommandError("Set MEMWEB_TOKEN to a token of your account page.")
        try:
            token_use(token)
        except TokenRefused as error:
            raise CommandError(str(error)) from None
        serve_stdio(token, version=settings.VERSION)
