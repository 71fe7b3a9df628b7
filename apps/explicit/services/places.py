"""In which form the references of a subject are kept, and what a reference costs in each."""

from __future__ import annotations

from collections.abc import Collection

from apps.accounts.models import Space
from apps.explicit.models import ExplicitChoice, ExplicitPlace, ExplicitWeight, Form
from worker.references import Weighed


def form_of(space: Space, subject: int, there: Collection[str]) -> str:
    """Return in which form a build keeps a subject's references: as was decided, else as those that
    are ``there``; for a new one as text where the owner lets uses decide, else as a memory."""
    decided = ExplicitPlace.objects.filter(subject=subject).values_list("form", flat=True).first()
    if decided or there:
        return decided or max(there)
    acts = ExplicitChoice.objects.filter(space=space, hierarchy=ExplicitChoice.Hierarchy.ACT)
    return Form.TEXT if acts.exists() else Form.MEMORY


def weight_save(maker: str, found: Weighed) -> ExplicitWeight:
    """Keep what a reference costs with a maker on this machine, in place of what was known."""
    row, _ = ExplicitWeight.objects.update_or_create(
        maker=maker,
        defaults={
            "seconds": {form: list(costs) for form, costs in found.seconds.items()},
            "flop": {form: list(costs) for form, costs in found.flop.items()},
            "tokens": found.tokens,
            "bytes": found.bytes,
            "passes": found.passes,
        },
    )
    return row
