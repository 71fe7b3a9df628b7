"""Explicit memory: who switched it on, and what was built."""

from __future__ import annotations

from typing import Final

from apps.audit.actions.schema import FLAG, NUMBER, TEXT, Action, Key, content

_BUILD: Final[dict[str, Key]] = {"build": NUMBER, "by_clock": FLAG}
_MADE: Final[dict[str, Key]] = {"made": NUMBER, "failed": NUMBER, "removed": NUMBER}

_MOVE: Final[dict[str, Key]] = {
    "move": NUMBER, "entity": NUMBER, "about": content(TEXT), "uses": NUMBER,
    "saving_ms": NUMBER, "by_policy": FLAG,
}  # fmt: skip

ACTIONS: Final = (
    Action(
        "explicit.switched_on",
        "switched explicit memory on",
        "switched explicit memory on, with the language model {base}",
        {"base": TEXT, "adapter": TEXT},
    ),
    Action(
        "explicit.switched_off", "switched explicit memory off", "switched explicit memory off", {}
    ),
    Action(
        "explicit.build_asked",
        "asked for explicit memories",
        "asked to build the explicit memories that are lacking or out of date",
        _BUILD,
    ),
    Action(
        "explicit.built",
        "built explicit memories",
        "built {made:explicit memory|explicit memories}, left {removed} out of date behind; "
        "{failed} could not be built",
        {**_BUILD, **_MADE, "base": TEXT, "model": TEXT, "adapter": TEXT},
    ),
    Action(
        "explicit.build_failed",
        "failed to build explicit memories",
        "failed to build explicit memories: {reason}",
        {**_BUILD, "reason": content(TEXT)},
    ),
    Action(
        "explicit.build_cancelled",
        "cancelled building explicit memories",
        "cancelled building explicit memories",
        _BUILD,
    ),
    Action(
        "explicit.found_damaged",
        "found files of explicit memories damaged",
        "found {memories:explicit memory|explicit memories} whose file is missing or altered",
        {"memories": NUMBER},
    ),
    Action(
        "explicit.hierarchy_set",
        "said what is done where another form is cheaper",
        "set the forms of explicit memory to “{policy}”",
        {"policy": TEXT},
    ),
    Action(
        "explicit.promoted",
        "had a subject kept as explicit memory",
        "had “{about}” kept as explicit memory in place of text, for {uses:use|uses} expected",
        _MOVE,
    ),
    Action(
        "explicit.demoted",
        "had a subject kept as text",
        "had “{about}” kept as text in place of explicit memory, for {uses:use|uses} expected",
        _MOVE,
    ),
    Action(
        "explicit.adapting_set",
        "said whether retrieval adapts to them",
        "said whether retrieval adapts to them",
        {"is_on": FLAG},
    ),
)
