"""What a run can be started with: the modes and heads that are possible in a space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts.models import Space
from apps.evaluation.models import Benchmark
from apps.evaluation.services.answering.modes import Mode
from apps.evaluation.services.kinds import kind_of
from worker import offers
from worker.setups import HeadSetup, HeadSide

__all__ = ["Choices", "HeadSetup", "head_choices"]


@dataclass(frozen=True)
class Choices:
    """What can be chosen for a run of a benchmark. A head is its backend or, of one that stands on
    a language model, ``backend:model``."""

    space: Space
    side: HeadSide
    known: Mapping[str, Mode]
    heads: tuple[tuple[str, str], ...]

    @property
    def mode(self) -> str:
        """The mode that is chosen before anybody chooses."""
        return next(
            (one for one in self.known if not self.trouble(one, "")), next(iter(self.known))
        )

    @property
    def modes(self) -> list[tuple[str, SafeString]]:
        """The modes with what they do and, where they cannot be asked, why."""
        return [(name, self._said(one)) for name, one in self.known.items()]

    @property
    def possible(self) -> list[str]:
        """The modes that can be asked with the head that each takes by itself."""
        return [name for name, one in self.known.items() if not one.possible(self.space)]

    def _said(self, mode: Mode) -> SafeString:
        trouble = mode.possible(self.space)
        note = f"{mode.explains} {trouble}" if trouble else mode.explains
        return format_html('<span>{}<span class="choice__note">{}</span></span>', mode.label, note)

    def setup(self, mode: str, head: str) -> HeadSetup | None:
        """Return the head that was chosen; None for the one that the mode takes by itself."""
        if not head:
            return None
        backend, _, base = head.partition(":")
        return HeadSetup(backend, base)

    def trouble(self, mode: str, head: str) -> str:
        """Say why a mode cannot be asked with a head; empty where it can."""
        if mode not in self.known:
            return ""
        one, setup = self.known[mode], self.setup(mode, head)
        if setup is not None and setup.backend not in one.backends:
            titles = ", ".join(offers.title_of(self.side, name) for name in one.backends)
            return f"This mode asks other heads: {titles}."
        return one.possible(self.space, setup)


def head_choices(benchmark: Benchmark) -> Choices:
    """Return what can be chosen for a run of a benchmark, as this machine stands."""
    kind = kind_of(benchmark.kind)
    side = kind.side
    bases = [one for one in offers.bases() if not one.trouble]
    heads: list[tuple[str, str]] = []
    for one in offers.offers(side):
        if not one.on_base:
            heads.append((one.name, one.title))
        heads += [(f"{one.name}:{b.name}", f"{one.title}: {b.title}") for b in bases if one.on_base]
    return Choices(benchmark.space, side, kind.modes, tuple(heads))
