"""Questions, answers, and what people say of them."""

from __future__ import annotations

from typing import Final

from apps.audit.actions.schema import (
    ANY,
    COUNTS,
    DAY,
    FLAG,
    NUMBER,
    NUMBERS,
    TEXT,
    Action,
    content,
    optional,
    or_none,
    personal,
)

_ASKED: Final = personal(TEXT)
_ANSWER: Final = content(TEXT)

ACTIONS: Final = (
    Action(
        "question.asked",
        "asked a question",
        "asked “{text}”[, as of {as_of}]",
        {
            "text": _ASKED,
            "conversation": NUMBER,
            "as_of": or_none(DAY),
            "head": TEXT,
            "topic": optional(NUMBER),
        },
    ),
    Action(
        "question.answered",
        "answered a question",
        "answered a question[: “{answer}”]",
        {
            "answer": _ANSWER,
            "abstained": FLAG,
            "triples": NUMBERS,
            "calls": content(TEXT),
            "spent": optional(COUNTS),
            "attended": optional(ANY),
        },
    ),
    Action(
        "question.failed",
        "failed to answer a question",
        "failed to answer a question[: {reason}]",
        {"reason": TEXT},
    ),
    Action(
        "question.retried",
        "asked a question again",
        "asked again: “{text}”",
        {"text": _ASKED},
    ),
    Action(
        "question.cancelled",
        "cancelled a question",
        "cancelled the question “{text}”",
        {"text": _ASKED},
    ),
    Action(
        "answer.marked",
        "marked an answer as wrong",
        "marked the answer to “{text}” as wrong[: {reason}]",
        {
            "text": _ASKED,
            "reason": TEXT,
            "mark": NUMBER,
            "answer": _ANSWER,
            "expected": personal(TEXT),
            "citation": or_none(NUMBER),
            "candidate": or_none(NUMBER),
            "relation_proposal": or_none(NUMBER),
        },
    ),
    Action(
        "answer.trial_asked",
        "had an answer asked for again without a memory",
        "had “{text}” asked again without explicit memory {number} of its answer",
        {"text": _ASKED, "number": NUMBER},
    ),
    Action(
        "answer.tried",
        "asked a question again without a memory",
        "asked “{text}” again without explicit memory {number} of its answer[: “{without}”]",
        {
            "text": _ASKED,
            "number": NUMBER,
            "is_other": FLAG,
            "writes_other": FLAG,
            "is_as_then": FLAG,
            "without": _ANSWER,
        },
    ),
    Action(
        "answer.trial_failed",
        "failed to ask a question again without a memory",
        "failed to ask “{text}” again without explicit memory {number} of its answer[: {reason}]",
        {"text": _ASKED, "number": NUMBER, "reason": TEXT},
    ),
    Action(
        "answer.confirmed",
        "said that an answer is right",
        "said that the answer to “{text}” is right",
        {"text": _ASKED, "answer": _ANSWER, "triples": NUMBERS, "calls": content(TEXT)},
    ),
    Action(
        "answer.meant",
        "chose what a question means",
        "chose for the question “{text}” that it means “{said}”",
        {
            "text": _ASKED,
            "number": NUMBER,
            "said": content(TEXT),
            "meant": content(ANY),
            "asked_again": NUMBER,
        },
    ),
    Action(
        "answer.misread",
        "said how a question was meant",
        "said how the question “{text}” was meant",
        {
            "text": _ASKED,
            "mark": NUMBER,
            "understood": content(ANY),
            "meant": content(ANY),
            "asked_again": NUMBER,
        },
    ),
)
