"""Whether ``manage.py up`` loads the demo, whose accounts have a password that everybody knows."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from apps.common.management.commands import up


@pytest.mark.parametrize(
    ("embedded", "flags", "loads"),
    [
        (True, [], True),
        (True, ["--no-demo"], False),
        (False, [], False),
        (False, ["--demo"], True),
        (False, ["--no-demo"], False),
    ],
)
def test_it_puts_demo_accounts_into_an_external_database_only_by_name(
    settings, monkeypatch: pytest.MonkeyPatch, embedded: bool, flags: list[str], loads: bool
) -> None:
    settings.EMBEDDED_POSTGRES = embedded
    asked: list[bool] = []

    class Run:
        def __init__(self, *, demo: bool, **given: object) -> None:
            asked.append(demo)

        def run(self) -> None: ...

    monkeypatch.setattr(up, "Up", Run)
    call_command("up", *flags)
    assert asked == [loads]
