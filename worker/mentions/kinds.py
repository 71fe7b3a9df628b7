"""The type of an entity: by what the text says of it before what its name looks like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from worker.english.titles import PERSON_TITLE
from worker.mentions.phrases import apposed_type
from worker.types import ENTITY_TYPES, LITERAL_KINDS, MentionSpan, Span

_TOLD, _HINTED = 6, 2  # how many tags a plain word of the text counts against
_LEGAL = re.compile(
    r"\b(?:Inc|Ltd|LLC|LLP|PLC|plc|Corp|Corporation|GmbH|AG|KG|SE|S\.?A\.?|S\.p\.A|SpA|S\.r\.l|Srl"
    r"|B\.?V|N\.?V|A/S|AB|ASA|AS|Oy|Oyj|ApS|Pty|Limited|Incorporated)\.?$"
)
_FIRM_BEFORE = re.compile(
    r"\b(?:C[EFOT]O|chief executive|chairman|chair|shares|stake|employees|staff|shareholders"
    r"|subsidiary|division|customers|acquisition|takeover|board) (?:of|in|at) $",
    re.IGNORECASE,
)
_FIRM_AFTER = re.compile(
    r"['’]s (?:C[EFOT]O|chief executive|board|shares|revenues?|shareholders|employees|staff"
    r"|customers|headquarters|head office|subsidiary|turnover|profits?|products)\b"
)


def decided_type(text: str, mentions: Sequence[MentionSpan], sentences: Sequence[Span]) -> str:
    """Return the type of an entity from all its mentions and the words beside them.

    Literals keep theirs. Of two types with as much for them, the first of ENTITY_TYPES.
    """
    tags = Counter(mention.type for mention in mentions)
    if any(type_ in LITERAL_KINDS for type_ in tags):
        return max(ENTITY_TYPES, key=lambda type_: tags[type_])
    told: Counter[str] = Counter()
    for mention in mentions:
        sentence = next(
            (s for s in sentences if s.start <= mention.span.start < s.end), Span(0, len(text))
        )
        told.update(_told(text, mention, sentence))
    return max(ENTITY_TYPES, key=lambda type_: tags[type_] + told[type_])


def _told(text: str, mention: MentionSpan, sentence: Span) -> Counter[str]:
    span = mention.span
    told: Counter[str] = Counter()
    if _LEGAL.search(span.of(text)) and " " in span.of(text):
        told["ORG"] += _TOLD
    if type_ := apposed_type(text, span, sentence):
        told[type_] += _TOLD
    before = text[max(sentence.start, span.start - 30) : span.start]
    if PERSON_TITLE.search(before):
        told["PER"] += _TOLD
    if _FIRM_BEFORE.search(before) or _FIRM_AFTER.match(text, span.end):
        told["ORG"] += _HINTED
    return told
