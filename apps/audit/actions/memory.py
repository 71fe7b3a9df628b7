"""Entities, relations, facts of the memory and their evidence."""

from __future__ import annotations

from typing import Final

from apps.audit.actions.schema import (
    ANY,
    CHANGED,
    DAY,
    FIELDS,
    FLAG,
    MEMBERS,
    NOBODY_ELSE,
    NUMBER,
    NUMBERS,
    ROW,
    ROWS,
    SPAN,
    TEXT,
    TEXTS,
    Action,
    Key,
    content,
    optional,
    or_none,
    personal,
)

_ROW: Final = content(ROW)
_TRIPLE: Final[dict[str, Key]] = {
    "subject": _ROW,
    "relation": ROW,
    "object": _ROW,
    "valid_from": or_none(DAY),
    "valid_to": or_none(DAY),
}
_MERGED: Final = {"merge": optional(NUMBER)}
_SAID: Final = "{subject} · {relation} · {object}"
_RELATION: Final[dict[str, Key]] = {
    "name": TEXT,
    "description": TEXT,
    "aliases": TEXTS,
    "inverse": or_none(TEXT),
    "inverse_name": TEXT,
    "single_valued": FLAG,
    "subject_types": TEXTS,
    "object_types": TEXTS,
    "template": TEXT,
    "questions": TEXTS,
    "inverse_questions": TEXTS,
    "wikidata_property": TEXT,
    "lasts": FLAG,
    "cue_words": TEXTS,
    "role": TEXT,
    "name_in_pack": TEXT,
    "examples": TEXTS,
    "implies": TEXTS,
    "implies_back": TEXTS,
}

_ENTITIES: Final = (
    Action(
        "entity.created",
        "created an entity",
        "created the entity “{name}”",
        {
            "name": content(TEXT),
            "type": TEXT,
            "kind": TEXT,
            "description": optional(content(TEXT)),
        },
        MEMBERS,
    ),
    Action(
        "entity.changed",
        "changed an entity",
        "changed an entity[: “{name}”][: {changed}][ is also called “{alias}”]",
        {
            "name": optional(content(TEXT)),
            "alias": optional(content(TEXT)),
            "value": optional(content(ANY)),
            "changed": optional(content(CHANGED)),
        },
        MEMBERS,
    ),
    Action(
        "entity.merged",
        "merged two entities",
        "merged the entity “{source}” into “{target}”",
        {
            "merge": NUMBER,
            "source": _ROW,
            "target": _ROW,
            "moved": NUMBERS,
            "duplicates": FIELDS,
            "evidence": FIELDS,
            "aliases": content(TEXTS),
            "despite": ANY,
        },
        MEMBERS,
    ),
    Action(
        "entity.unmerged",
        "took a merge of two entities back",
        "took back that “{source}” was merged into “{target}”",
        {
            "merge": NUMBER,
            "source": _ROW,
            "target": _ROW,
            "moved": NUMBERS,
            "restored": NUMBERS,
            "left": FIELDS,
            "since": NUMBERS,
        },
        NOBODY_ELSE,
    ),
    Action(
        "entity.split",
        "made a new entity of some facts of another one",
        "made the entity “{to}” of {moved:fact|facts} of “{from}”",
        {"from": _ROW, "to": _ROW, "moved": NUMBERS},
        NOBODY_ELSE,
    ),
)

_RELATIONS: Final = (
    Action(
        "relation.created",
        "added a relation",
        "added[ the relation “{name}”][ {relations:relation|relations}]",
        # Several at once stand under "relations", one alone with all that it says.
        {"relations": optional(ROWS)} | {name: optional(key) for name, key in _RELATION.items()},
        MEMBERS,
    ),
    Action(
        "relation.changed",
        "changed a relation",
        "changed a relation: {changed}",
        {"changed": CHANGED},
        MEMBERS,
    ),
    Action(
        "relation.retired",
        "retired a relation",
        "retired the relation “{name}”",
        {"name": TEXT},
        MEMBERS,
    ),
    Action(
        "relation.restored",
        "brought a relation back",
        "brought the relation “{name}” back",
        {"name": TEXT},
        MEMBERS,
    ),
    Action(
        "pack.switched_on",
        "switched a pack of relations on",
        "switched the pack “{pack}” on[: {relations:new relation|new relations}]",
        {"pack": TEXT, "relations": ROWS, "restored": ROWS, "own": TEXTS},
        MEMBERS,
    ),
    Action(
        "pack.switched_off",
        "switched a pack of relations off",
        "switched the pack “{pack}” off",
        {"pack": TEXT, "relations": ROWS},
        MEMBERS,
    ),
)

_FACTS: Final = (
    Action(
        "triple.written",
        "wrote a fact to the memory",
        f"wrote the fact {_SAID} to the memory",
        {**_TRIPLE, "despite": NUMBERS},
        MEMBERS,
    ),
    Action(
        "triple.superseded",
        "superseded a fact",
        f"superseded the fact {_SAID}[ by fact {{superseded_by}}]",
        {**_TRIPLE, **_MERGED, "superseded_by": NUMBER},
        MEMBERS,
    ),
    Action(
        "triple.moved",
        "moved a fact to another entity",
        f"moved the fact {_SAID} from “{{from}}” to “{{to}}”",
        {**_TRIPLE, **_MERGED, "sides": TEXTS, "from": _ROW, "to": _ROW},
        NOBODY_ELSE,
    ),
    Action(
        "triple.restored",
        "restored a fact",
        f"restored the fact {_SAID}",
        {**_TRIPLE, **_MERGED},
        MEMBERS,
    ),
    Action(
        "triple.ended",
        "said until when a fact held",
        f"said that the fact {_SAID} held[ until {{valid_to}}]",
        {**_TRIPLE, "before": FIELDS, "after": FIELDS},
        MEMBERS,
    ),
    Action(
        "triple.reopened",
        "took the end of a fact back",
        f"took back that the fact {_SAID} has ended",
        {**_TRIPLE, "before": FIELDS, "after": FIELDS},
        MEMBERS,
    ),
    Action(
        "triple.retracted",
        "retracted a fact",
        f"retracted the fact {_SAID}[: {{reason}}]",
        {**_TRIPLE, "reason": optional(personal(TEXT))},
        MEMBERS,
    ),
    Action(
        "facts.retracted",
        "retracted facts",
        "retracted {facts:fact|facts}[: {reason}]",
        {"facts": NUMBER, "reason": optional(personal(TEXT))},
        MEMBERS,
    ),
    Action(  # written by versions before 28 November 2026
        "triple.repaired",
        "gave a fact with an empty period one that holds",
        "gave a fact that began and ended on {valid_from} a period that holds",
        {"valid_from": DAY, "valid_to": ANY},
        NOBODY_ELSE,
    ),
    Action(
        "facts.loaded",
        "loaded facts without review",
        "loaded {facts:fact|facts} without review",
        {"entities": NUMBER, "aliases": NUMBER, "facts": NUMBER},
        MEMBERS,
    ),
    Action(
        "evidence.added",
        "added evidence to a fact",
        "added evidence to a fact[ from document {document}]: “{said}”",
        {
            "evidence": NUMBER,
            "document": NUMBER,
            "passage": NUMBER,
            "sentence": SPAN,
            "subject": SPAN,
            "object": SPAN,
            "said": content(TEXT),
        },
        MEMBERS,
    ),
    Action(
        "evidence.moved",
        "moved evidence to another fact",
        "moved evidence {evidence} from fact {from} to fact {to}",
        {"evidence": NUMBER, "from": NUMBER, "to": NUMBER, "merge": NUMBER},
        NOBODY_ELSE,
    ),
    Action(
        "evidence.retracted",
        "retracted evidence",
        "retracted evidence {evidence} of a fact",
        {"evidence": NUMBER, "passage": NUMBER},
        MEMBERS,
    ),
    Action(
        "triple.still_true",
        "said that a fact is still true",
        f"said that it is still true: {_SAID}",
        _TRIPLE,
        MEMBERS,
    ),
    Action(
        "triple.put_off",
        "put off a fact that is due",
        f"put off, for {{days:day|days}}: {_SAID}",
        {**_TRIPLE, "days": NUMBER},
        MEMBERS,
    ),
    Action(
        "triple.still_true_undone",
        "took back that a fact is still true",
        f"took back that it is still true: {_SAID}",
        _TRIPLE,
        MEMBERS,
    ),
    Action(
        "triple.put_off_undone",
        "took back that a fact is put off",
        f"took back that it is put off: {_SAID}",
        _TRIPLE,
        MEMBERS,
    ),
)

ACTIONS: Final = (*_ENTITIES, *_RELATIONS, *_FACTS)
