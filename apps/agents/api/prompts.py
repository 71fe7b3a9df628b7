"""Prompts: how an agent helps to curate, without ever deciding."""

from __future__ import annotations

from mcp.server.mcpserver import MCPServer

_RULES = (
    "You may propose and look things up; people decide. Never say that something is a fact of the "
    "memory unless memory_ask, memory_read or memory_search returned it, and name its number."
)


def propose_facts_of_text(text: str, space: str = "") -> str:
    """Read a text and propose the facts that it states."""
    return (
        f"{_RULES}\n\nRead the text below. Look into the resource memweb://spaces for the "
        f"relations that the space {space or 'at hand'} knows. For each fact that the text states "
        "(not what it doubts, denies, plans or asks), look with memory_search whether the memory "
        "has it; if not, propose it with memory_propose, with names as the text writes them and "
        "with days only where the text gives them. Then list what you proposed with its numbers, "
        f"and what you left out and why.\n\n---\n{text}\n---"
    )


def check_answer(question: str, space: str = "") -> str:
    """Go through an answer and what it rests on."""
    return (
        f"{_RULES}\n\nCall memory_explain with question={question} and space={space!r}. For each "
        "citation compare the statement with its sentence: does the sentence say exactly that, of "
        "these two and for this time? Say of each: borne out, not borne out, or unclear, with the "
        "words that show it. If something is wrong, say what a person should mark on the page."
    )


def find_contradictions(subject: str, space: str = "") -> str:
    """Look for facts about one thing that cannot both hold."""
    return (
        f"{_RULES}\n\nCall memory_search with words={subject!r} and space={space!r}. Find pairs of "
        "facts about it that cannot both hold (two birthplaces, overlapping terms of one office), "
        "and facts that stand there twice. Read both sides with memory_explain. Report each pair "
        "with numbers, sentences and who approved them. Propose a fact only where a sentence in "
        "the evidence states it."
    )


def add_prompts(server: MCPServer) -> None:
    """Offer the prompts."""
    for prompt in (propose_facts_of_text, check_answer, find_contradictions):
        server.prompt()(prompt)
