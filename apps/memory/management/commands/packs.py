"""``manage.py packs``: the relation packs of a space, switched on and off."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from apps.accounts.commands import actor_named, space_named
from apps.accounts.models import Space
from apps.accounts.selectors import ADMINISTER
from apps.common.commands import ServedCommand
from apps.memory.packs import UnknownPack, pack_named
from apps.memory.selectors import PackShown, packs_overview
from apps.memory.services import pack_switch_off, pack_switch_on


class Command(ServedCommand):
    help = "Show the relation packs of a space, and switch them on and off."
    refusals = (UnknownPack,)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--space", required=True, help="the short name of the space")
        parser.add_argument("--on", nargs="+", default=[], metavar="PACK", help="switch on")
        parser.add_argument("--off", nargs="+", default=[], metavar="PACK", help="switch off")
        parser.add_argument("--user", help="who does it (default: the space's first owner)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.style_func = None  # what is told there is no error
        space = space_named(options["space"])
        on = [pack_named(name) for name in options["on"]]
        off = [pack_named(name) for name in options["off"]]
        if on or off:
            actor = actor_named(
                space, options["user"], allowed=ADMINISTER, action="change the relations of"
            )
            for pack in off:
                pack_switch_off(space=space, actor=actor, pack=pack)
            for pack in on:
                for name in pack_switch_on(space=space, actor=actor, pack=pack).own:
                    self.stderr.write(f"{pack.name}: the space has its own “{name}”, which stays.")
        self._tell(space, as_json=options["json"])

    def _tell(self, space: Space, *, as_json: bool) -> None:
        shown = packs_overview(space)
        if as_json:
            found = {"space": space.slug, "packs": [_as_dict(one) for one in shown]}
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
            return
        for one in shown:
            state = "on" if one.is_on else "in part" if one.in_use else "off"
            self.stdout.write(
                f"{one.pack.name}: {state}, {one.in_use} of {len(one.relations)} relations in use. "
                f"{one.pack.title}: {one.pack.description}"
            )


def _as_dict(shown: PackShown) -> dict[str, Any]:
    return {
        "name": shown.pack.name,
        "title": shown.pack.title,
        "on": shown.is_on,
        "facts": shown.facts,
        "relations": [
            {
                "name": row.name,
                "in_use": row.pk is not None and row.retired_at is None,
                "own": row.pk is None and row.name in shown.own,
            }
            for row in shown.relations
        ],
    }
