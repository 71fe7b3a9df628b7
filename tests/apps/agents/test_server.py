"""The MCP server as clients meet it: by the SDK's own client, in memory and on stdio."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from django.conf import settings as project
from django.db import connection
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError

from apps.agents.api import make_server
from apps.agents.api.server import _verified
from apps.asking.services import question_run_next
from apps.curation.models import Candidate
from apps.curation.services import candidate_accept
from apps.memory.models import Triple
from tests import factories

BASE = Path(project.BASE_DIR)
pytestmark = pytest.mark.django_db(transaction=True)


def talk(server, work):
    """Let the SDK's client talk to a server of this process."""

    async def run():
        async with Client(server) as client:
            return await work(client)

    return anyio.run(run)


def said(result):
    assert not result.is_error, result.content[0].text
    return result.structured_content


def test_it_offers_tools_resources_and_prompts_and_none_that_decides(known, alice, token_of):
    async def look(client):
        tools = (await client.list_tools()).tools
        templates = (await client.list_resource_templates()).resource_templates
        prompts = (await client.list_prompts()).prompts
        prompt = await client.get_prompt("check_answer", {"question": "7"})
        spaces = await client.read_resource("memweb://spaces")
        return tools, templates, prompts, prompt, spaces

    tools, templates, prompts, prompt, spaces = talk(make_server(token_of(alice)), look)
    assert {one.name for one in tools} == {
        "memory_ask", "memory_read", "memory_propose", "memory_explain", "memory_search",
    }  # fmt: skip
    assert all(one.description for one in tools)
    assert {one.uri_template for one in templates} == {
        "memweb://{space}/facts/{number}", "memweb://{space}/documents/{number}",
        "memweb://{space}/answers/{number}",
    }  # fmt: skip
    assert len(prompts) == 3
    assert "question=7" in prompt.messages[0].content.text
    assert json.loads(spaces.contents[0].text)["spaces"][0]["space"] == "atlas"


def test_an_agent_asks_reads_proposes_and_explains(
    space, alice, bob, token_of, settings, monkeypatch
):
    settings.READ_HEAD = settings.EMBEDDER = "scripted"
    document = factories.make_document(space, alice)
    candidate_accept(candidate=factories.make_candidate(document, alice), actor=bob)
    known = Triple.objects.get()

    def answer_at_once(task, **given):
        if task == "asking.answer":
            question_run_next()

    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", answer_at_once)

    async def work(client):
        question = {"question": "Where was Ada Brook born?"}
        asked = said(await client.call_tool("memory_ask", question))
        trace = said(await client.call_tool("memory_explain", {"question": asked["question"]}))
        made = said(
            await client.call_tool(
                "memory_propose",
                {"subject": "Ben", "relation": "place of birth", "object": "Lindenau"},
            )
        )
        fact = await client.read_resource(f"memweb://atlas/facts/{known.pk}")
        return asked, trace, made, fact

    asked, trace, made, fact = talk(make_server(token_of(alice)), work)
    assert asked["state"] == "done", asked
    assert trace["trace"]["question"] == "Where was Ada Brook born?"
    assert Candidate.objects.get(pk=made["candidate"]).state == "pending"
    assert "[1]" in asked["answer"]
    assert asked["citations"][0]["fact"] == known.pk
    assert Triple.objects.count() == 1
    assert json.loads(fact.contents[0].text)["object"] == "Lindenau"


@pytest.mark.parametrize(
    ("tool", "given", "says"),
    [
        ("memory_decide", {"candidate": 1}, "memory_decide"),
        ("memory_propose", {"subject": "x"}, "Field required"),
        ("memory_read", {"relation": ["x"]}, "valid string"),
        ("memory_explain", {"fact": "abc"}, "valid integer"),
        ("memory_explain", {}, "number of a question or of a fact"),
        ("memory_search", {"words": "\x00\ud800"[:1]}, "a word"),
        ("memory_read", {"relation": "x", "space": "elsewhere"}, "no such space"),
    ],
)
def test_garbage_is_answered_with_one_clear_error(tool, given, says, known, alice, token_of):
    async def call(client):
        try:
            return (await client.call_tool(tool, given)).content[0].text
        except MCPError as error:
            return str(error)

    text = talk(make_server(token_of(alice)), call)
    assert says in text
    assert "Traceback" not in text


def test_without_a_token_nothing_is_told(known):
    async def call(client):
        return await client.call_tool("memory_search", {"words": "ada"})

    result = talk(make_server(), call)
    assert result.is_error
    assert "Send a token" in result.content[0].text
    result = talk(make_server("memweb_wrong"), call)
    assert "wrong, has expired or was revoked" in result.content[0].text
    assert _verified("memweb_wrong") is None


def test_a_resource_that_is_not_there_is_an_error(known, alice, token_of):
    async def read(client):
        with pytest.raises(MCPError, match="no fact 999"):
            await client.read_resource("memweb://atlas/facts/999")
        with pytest.raises(MCPError, match="no such space"):
            await client.read_resource("memweb://elsewhere/facts/1")
        return True

    assert talk(make_server(token_of(alice)), read)


def environment(token):
    one = connection.settings_dict
    url = f"postgresql:///{one['NAME']}?host={one['HOST']}&user={one['USER']}"
    user, password = one["USER"], one["PASSWORD"]
    login = f"{user}:{password}" if password else user
    url = f"postgresql://{login}@/{one['NAME']}?host={one['HOST']}&port={one['PORT']}"
    return {
        **os.environ,
        "DATABASE_URL": url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "MEMWEB_VAR": str(project.VAR_DIR),
        "PYTHONPATH": str(BASE),
        "MEMWEB_TOKEN": token,
    }


def test_a_client_starts_it_on_stdio_and_garbage_ends_nothing(known, alice, token_of):
    token = token_of(alice)
    command = StdioServerParameters(
        command=sys.executable, args=["manage.py", "mcp"], env=environment(token), cwd=str(BASE)
    )

    async def work():
        async with Client(command) as client:
            return said(await client.call_tool("memory_search", {"words": "ada"}))

    assert anyio.run(work)["facts"][0]["fact"] == known.pk
    lines = ["this is no JSON", '{"jsonrpc":"2.0"}', json.dumps({
        "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "t", "version": "1"},
        },
    })]  # fmt: skip
    told = subprocess.run(
        [sys.executable, "manage.py", "mcp"], input="\n".join(lines) + "\n", cwd=BASE,
        env=environment(token), capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    answers = [json.loads(line) for line in told.stdout.splitlines()]
    assert [one["result"]["serverInfo"]["name"] for one in answers if one.get("id") == 1] == [
        "memweb"
    ]
    assert token not in told.stdout + told.stderr


def test_the_process_of_the_server_loads_no_model():
    code = (
        "import django; django.setup(); import apps.agents.management.commands.mcp, sys;"
        "sys.exit(bool({'torch', 'transformers'} & set(sys.modules)))"
    )
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "memweb.settings", "PYTHONPATH": str(BASE)}
    assert subprocess.run([sys.executable, "-c", code], env=env, cwd=BASE).returncode == 0
