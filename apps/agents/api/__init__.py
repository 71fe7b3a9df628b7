"""The MCP server: what a client sees of the memory."""

from apps.agents.api.server import make_server, serve_http, serve_stdio

__all__ = ["make_server", "serve_http", "serve_stdio"]
