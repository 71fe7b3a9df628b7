"""Whether a space keeps explicit memories: nothing is built without an owner's word."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common import jobs
from apps.explicit.models import ExplicitBuild, ExplicitChoice
from apps.explicit.selectors import is_on
from apps.explicit.services.errors import NotOn, NotThere
from apps.memory.controller.writing import lock
from worker import offers
from worker.registry import missing_for
from worker.setups import HeadSetup


def choosable() -> list[offers.Choosable]:
    """Return the language models that can attend to explicit memories on this machine."""
    return offers.bases_with_explicit()


def adapters() -> list[offers.Choosable]:
    """Return the adapters that the site offers beside those that come with a language model."""
    return offers.adapters()


def explicit_switch_on(
    *, space: Space, actor: User, base: str, adapter: str = ""
) -> ExplicitChoice:
    """Let a space keep explicit memories of a language model. Raises NotThere with the remedy."""
    setup = HeadSetup("explicit", base=base, adapter=adapter)
    if why := missing_for("read", "explicit", setup):
        raise NotThere(why)
    with transaction.atomic():
        lock(space)
        row = ExplicitChoice.objects.filter(space=space).first()
        if row is not None and (row.is_on, row.base, row.adapter) == (True, base, adapter):
            return row
        row, _ = ExplicitChoice.objects.update_or_create(
            space=space,
            defaults={"is_on": True, "base": base, "adapter": adapter, "changed_by": actor},
        )
        record(
            space=space, action="explicit.switched_on", actor=actor, subject=space,
            payload={"base": base, "adapter": adapter},
        )  # fmt: skip
    return row


def explicit_switch_off(*, space: Space, actor: User) -> None:
    """Let a space keep none any more: answers attend to none from now on, a build under way ends,
    and what there is stays, for when it is switched on again. Raises NotOn."""
    with transaction.atomic():
        # Builds before the space, as the job locks them: then neither waits for the other.
        for build in ExplicitBuild.objects.filter(space=space, state__in=ExplicitBuild.OPEN):
            jobs.cancel(build)
        lock(space)
        if not is_on(space):
            raise NotOn
        ExplicitChoice.objects.update_or_create(
            space=space, defaults={"is_on": False, "changed_by": actor}
        )
        record(space=space, action="explicit.switched_off", actor=actor, subject=space, payload={})
