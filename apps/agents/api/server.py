"""Tools and resources of the MCP server, and how it is served."""

from __future__ import annotations

import anyio
import anyio.to_thread
import uvicorn
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from mcp_types import ToolAnnotations

from apps.accounts.tokens import TokenRefused, token_use
from apps.agents import services
from apps.agents.api.calling import Door
from apps.agents.api.prompts import add_prompts

ABOUT = (
    "memweb is the memory of an organisation: facts that people approved, each with its sentence. "
    "Ask it instead of guessing, and cite what it returns. You may propose facts; a person other "
    "than the one you act for decides on them. Nothing here decides."
)
_LOOKS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_ASKS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)


def make_server(own_token: str = "", *, address: str = "", version: str = "") -> MCPServer:
    """Return the server; with ``own_token`` for one client alone, and with an ``address`` for
    clients that each send a token of theirs."""
    door = Door(own_token)
    auth = AuthSettings(issuer_url=address, resource_server_url=None) if address else None  # type: ignore[arg-type]  # pydantic reads the text
    server = MCPServer(
        "memweb", title="memweb", instructions=ABOUT, version=version, log_level="WARNING",
        auth=auth, token_verifier=Tokens() if address else None, subscriptions=False,
    )  # fmt: skip
    _add_tools(server, door)
    _add_resources(server, door)
    add_prompts(server)
    return server


class Tokens(TokenVerifier):
    """The tokens of the account pages, as the API takes them."""

    async def verify_token(self, token: str) -> AccessToken | None:
        return await anyio.to_thread.run_sync(_verified, token)


def _verified(token: str) -> AccessToken | None:
    from django.db import connection

    try:
        found = token_use(token)
    except TokenRefused:
        return None
    finally:
        if not connection.in_atomic_block:
            connection.close()
    return AccessToken(
        token=token, client_id=f"token {found.pk}", subject=str(found.user_id), scopes=[],
        expires_at=int(found.expiry.timestamp()),
    )  # fmt: skip


def _add_tools(server: MCPServer, door: Door) -> None:
    @server.tool(annotations=_ASKS)
    async def memory_ask(
        question: str, space: str = "", as_of: str = "", wait_seconds: float = 30
    ) -> dict[str, object]:
        """Ask the memory a question in English; the answer consists of approved facts, with
        citations, or says that it does not know. as_of: a day (2026-11-27) that is asked about.
        perhaps_you_mean: what a question without an answer may mean; ask that if it does."""
        return await door.call(
            "memory_ask",
            lambda who: services.ask(
                who, question=question, space=space, as_of=as_of, wait=wait_seconds
            ),
            ToolError,
        )

    @server.tool(annotations=_LOOKS)
    async def memory_read(
        relation: str, subject: str = "", object: str = "", space: str = "", as_of: str = ""
    ) -> dict[str, object]:
        """Read the facts of a relation with a given subject, with a given object, or all of them.
        Names must be equal to those of the memory."""
        return await door.call(
            "memory_read",
            lambda who: services.read(
                who, subject=subject, relation=relation, object=object, space=space, as_of=as_of
            ),
            ToolError,
        )

    @server.tool(annotations=_LOOKS)
    async def memory_search(words: str, space: str = "", limit: int = 20) -> dict[str, object]:
        """Find facts by words: each must begin a word of subject, relation or object."""
        return await door.call(
            "memory_search",
            lambda who: services.search(who, words=words, space=space, limit=limit),
            ToolError,
        )

    @server.tool(annotations=_ASKS)
    async def memory_propose(
        subject: str, relation: str, object: str, space: str = "", valid_from: str = "",
        valid_to: str = "",
    ) -> dict[str, object]:  # fmt: skip
        """Propose a fact. It is put into the review queue and is no fact until a person decides,
        who is another one than you act for."""
        return await door.call(
            "memory_propose",
            lambda who: services.propose(
                who, subject=subject, relation=relation, object=object, space=space,
                valid_from=valid_from, valid_to=valid_to,
            ),
            ToolError,
        )  # fmt: skip

    @server.tool(annotations=_LOOKS)
    async def memory_explain(
        question: int | None = None, fact: int | None = None, space: str = ""
    ) -> dict[str, object]:
        """Show all that an answer or a fact rests on: reads, sentences, who approved what. Give the
        number of a question or of a fact."""

        def explain(who: services.Caller) -> dict[str, object]:
            if (question is None) == (fact is None):
                raise services.AgentError("Give the number of a question or of a fact.")
            if question is not None:
                return services.explain_answer(who, question=question, space=space)
            assert fact is not None
            return services.explain_fact(who, fact=fact, space=space)

        return await door.call("memory_explain", explain, ToolError)


def _add_resources(server: MCPServer, door: Door) -> None:
    json = "application/json"

    @server.resource("memweb://spaces", mime_type=json)
    async def spaces() -> str:
        """The spaces that the token opens, with their relations."""
        return await door.call("spaces", services.spaces, ResourceError)

    @server.resource("memweb://{space}/facts/{number}", mime_type=json)
    async def fact(space: str, number: int) -> str:
        """A fact with its sentences and decisions."""
        return await door.call(
            "facts", lambda who: services.fact_text(who, space, number), ResourceError
        )

    @server.resource("memweb://{space}/documents/{number}", mime_type="text/plain")
    async def document(space: str, number: int) -> str:
        """The text of a document."""
        return await door.call(
            "documents", lambda who: services.document_text(who, space, number), ResourceError
        )

    @server.resource("memweb://{space}/answers/{number}", mime_type=json)
    async def answer(space: str, number: int) -> str:
        """A question with its answer and the whole trace."""
        return await door.call(
            "answers", lambda who: services.answer_text(who, space, number), ResourceError
        )


def serve_stdio(token: str, *, version: str) -> None:
    """Serve the client that started this process until it closes the input."""
    make_server(token, version=version).run("stdio")


def serve_http(host: str, port: int, *, version: str) -> None:
    """Serve clients over streamable HTTP at ``/mcp``, each request by its own token."""
    server = make_server(address=f"http://{host}:{port}", version=version)
    app = server.streamable_http_app(stateless_http=True, json_response=True, host=host)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)
