"""Which tables are recorded row by row, and what of a row is kept how.

The database itself keeps before and after of every change of these tables (triggers, made by the
function ``audit_watch``), so that nothing is missing that code forgets to tell. ``apps.provenance``
seals what is kept and derives the rows from it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Sealed:
    """How the rows of one table are kept.

    ``private`` columns hold what people wrote: they enter a leaf only as a salted hash, so that
    they can be erased. Of a ``hashed`` column, private too, the SHA-256 of its text is kept and not
    the text. ``digits`` are kept as text, since a leaf holds no number but integers. ``omitted``
    columns are derived, secret or change without meaning anything. All others are public: numbers
    of rows, states, days, spans. ``space`` says where the row's space stands: in its column
    ``space_id``, in the row of another table by ``column>table`` (several steps one after the
    other), in the row itself (``id``) or nowhere (empty: the site).
    """

    table: str
    space: str = "space_id"
    private: tuple[str, ...] = ()
    hashed: tuple[str, ...] = ()
    digits: tuple[str, ...] = ()
    omitted: tuple[str, ...] = ()


_JOB: Final = (
    "state", "attempts", "lease_token", "lease_until", "error", "rung_at", "started_at",
    "finished_at",
)  # fmt: skip
_ANSWER: Final = "answer_id>asking_answer.question_id>asking_question.space_id"
SEALED: Final = (
    Sealed(
        "accounts_user",
        space="",
        private=("username", "first_name", "last_name", "email"),
        omitted=("password", "last_login"),
    ),
    Sealed("accounts_space", space="id", private=("slug", "name", "description")),
    Sealed("accounts_membership"),
    Sealed("accounts_invitation", private=("label",), omitted=("digest",)),
    Sealed(
        "sources_document",
        private=("title", "filename", "content_sha256", "note"),
        hashed=("text",),
    ),
    Sealed(
        "sources_passage", space="document_id>sources_document.space_id", hashed=("text",)
    ),
    Sealed(
        "memory_entity",
        private=("name", "value", "description"),
        omitted=("normalised", "embedding", "embedded_by"),
    ),
    Sealed("memory_alias", private=("name",), omitted=("normalised",)),
    Sealed(
        "memory_relation",
        private=(
            "name", "description", "aliases", "inverse_name", "template", "questions",
            "inverse_questions", "cue_words", "implies", "implies_back", "name_in_pack", "examples",
        ),
        omitted=("normalised", "embedding", "embedded_by"),
    ),
    Sealed("memory_triple", omitted=("read_count", "last_read_at")),
    Sealed("memory_evidence", digits=("score",)),
    Sealed("memory_entitymerge", private=("names", "named")),
    Sealed("curation_extraction", omitted=_JOB),
    Sealed(
        "curation_passageextraction",
        space="extraction_id>curation_extraction.space_id",
        private=("call",),
        digits=("seconds",),
        omitted=("mentions",),
    ),
    Sealed(
        "curation_unstated",
        space="read_in_id>curation_passageextraction.extraction_id>curation_extraction.space_id",
        private=("subject_text", "object_text"),
        digits=("score",),
    ),
    Sealed("curation_rowimport", private=("problems",), omitted=(*_JOB, "candidates")),
    Sealed(
        "curation_candidate",
        private=("subject_text", "object_text", "object_value", "wording"),
        digits=("score",),
    ),
    Sealed(
        "curation_relationproposal",
        private=("name", "subject_text", "object_text", "question_text", "reason"),
    ),
    Sealed("curation_batch"),
    Sealed(
        "curation_decision",
        space="candidate_id>curation_candidate.space_id",
        private=("reason", "before", "statement"),
        digits=("seconds",),
    ),
    Sealed("asking_conversation", private=("title",)),
    Sealed("asking_question", private=("text",), omitted=_JOB),
    Sealed(
        "asking_answer",
        space="question_id>asking_question.space_id",
        private=("text", "reason", "calls", "understood", "reading", "topic", "perhaps"),
        digits=("seconds",),
    ),
    Sealed(
        "asking_readcall",
        space=_ANSWER,
        private=("call", "subject", "relation", "object", "candidates", "results"),
    ),
    Sealed(
        "asking_citation",
        space=_ANSWER,
        private=("statement", "sentence", "document_title", "approved_by_label"),
    ),
    Sealed("asking_answermark", space=_ANSWER, private=("expected", "diagnosis")),
    Sealed("asking_answerconfirmation", space=_ANSWER),
    Sealed("asking_readingchoice", space=_ANSWER),
    Sealed(
        "asking_misreading",
        space="mark_id>asking_answermark." + _ANSWER,
        private=("reading",),
    ),
    Sealed("provenance_withdrawal", private=("name", "reason")),
    Sealed("provenance_withdrawnrow", space="withdrawal_id>provenance_withdrawal.space_id"),
)  # fmt: skip
# What is not recorded row by row: what is derived, holds secrets or lives for minutes.
UNSEALED: Final = frozenset(
    {
        "accounts_accesstoken",
        "accounts_identity",
        "accounts_session",
        "accounts_signintries",
        "api_keptanswer",
        "audit_event",
        "audit_rowchange",
        "asking_answerprogress",
        "asking_answertrial",
        "asking_attendedmemory",
        "asking_duehold",
        "asking_lastword",
        "common_submission",
        "curation_foreigndraft",
        "curation_hold",
        "curation_rowimportpart",
        "memory_factschedule",
        "memory_word",
    }
)
