"""Spaces and who may do what in them. These changes are audited, and a new space gets the
relations of the memory, so they stand above the apps they touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict, Unpack

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from apps.accounts.models import Membership, Role, Space, User
from apps.audit.services import record
from apps.audit.versions import check_version
from apps.common.text import plain
from apps.memory.controller.writing import lock
from apps.memory.packs import Pack
from apps.memory.services import pack_switch_on, relations_load
from worker import offers
from worker.offers import Choosable, Offer
from worker.setups import HEAD_SIDES, HeadSetup, HeadSide

__all__ = [
    "HEAD_SIDES",
    "HeadChoices",
    "HeadMissing",
    "HeadSetup",
    "HeadSide",
    "LastOwner",
    "NameGivesNoSlug",
    "head_choices",
    "head_choose",
    "head_resolved",
    "head_trouble",
    "heads_shown",
    "role_grant",
    "role_revoke",
    "space_change",
    "space_create",
    "space_shown",
]


class LastOwner(Exception):
    """A space keeps at least one owner. Make somebody else an owner first."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NameGivesNoSlug(Exception):
    """The name needs at least one Latin letter or digit, because the address is made of it."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class HeadMissing(Exception):
    """A head cannot be chosen; the message says what is missing, and how to get it."""


def _free_slug(name: str) -> str:
    base = slugify(name)[:50].strip("-")
    if not base:
        raise NameGivesNoSlug
    slug, number = base, 2
    while Space.objects.filter(slug=slug).exists():
        slug, number = f"{base}-{number}", number + 1
    return slug


def _space_row(name: str, description: str) -> Space:
    """Save a space under a free address, also when two people ask for one name at once."""
    while True:
        slug = _free_slug(name)
        try:
            with transaction.atomic():
                return Space.objects.create(name=name, slug=slug, description=description)
        except IntegrityError:
            if not Space.objects.filter(slug=slug).exists():
                raise


@transaction.atomic
def space_create(
    *, actor: User, name: str, description: str = "", packs: Sequence[Pack] = ()
) -> Space:
    """Open a space with the standard relations and those of ``packs``; its maker owns, reviews
    and asks. Raises NameGivesNoSlug."""
    name, description = plain(name), plain(description)
    space = _space_row(name, description)
    record(space=space, actor=actor, action="space.created", subject=space, payload={"name": name})
    payload = {"name": name, "slug": space.slug}
    record(space=None, actor=actor, action="space.opened", subject=space, payload=payload)
    for role in (Role.OWNER, Role.REVIEWER, Role.ASKER):
        role_grant(space=space, actor=actor, user=actor, role=role)
    relations_load(space=space, actor=actor)
    for pack in packs:
        pack_switch_on(space=space, actor=actor, pack=pack)
    return space


class SpaceSettings(TypedDict, total=False):
    """What an owner sets of a space (see ``Space``)."""

    name: str
    description: str
    self_review: bool
    propose_implied: bool
    question_days: int | None
    keep_marked_questions: bool
    keep_questions_of_erased: bool


def space_shown(space: Space) -> dict[str, Any]:
    """Return what the form of a space's settings shows of it."""
    return {field: getattr(space, field) for field in SpaceSettings.__annotations__}


@transaction.atomic
def space_change(
    *, space: Space, actor: User, version: str | None = None, **given: Unpack[SpaceSettings]
) -> None:
    """Change settings of the space; what is not given stays.
    Raises ChangedMeanwhile where the form shows another ``version`` of it."""
    row = Space.objects.select_for_update(no_key=True).get(pk=space.pk)
    before = space_shown(row)
    check_version(row, before, version)
    after: dict[str, Any] = before | dict(given)
    after |= {name: plain(after[name]) for name in ("name", "description")}
    if before == after:
        return
    Space.objects.filter(pk=row.pk).update(**after)
    record(
        space=space,
        actor=actor,
        action="space.changed",
        subject=space,
        payload={"before": before, "after": after},
    )


def heads_shown(space: Space) -> dict[str, Any]:
    """Return what the forms of a space's heads show of it."""
    return {"write_head": space.write_head, "read_head": space.read_head}


@dataclass(frozen=True)
class HeadChoices:
    """What an owner can choose for a head: ``missing`` is what could be installed, or set up, and
    is not; ``default`` is what counts without a choice."""

    default: str
    offers: tuple[Offer, ...]
    bases: tuple[Choosable, ...]
    adapters: tuple[Choosable, ...]
    missing: tuple[tuple[str, str], ...]


def head_choices(side: HeadSide) -> HeadChoices:
    """Return what there is to choose for one of the heads, as this machine stands."""
    there = tuple(offers.offers(side))
    bases = tuple(offers.bases())
    alone = [one for one in there if not one.on_base]
    missing = [(one.title, one.trouble) for one in bases if one.trouble]
    said = {why for _, why in missing}
    for one in alone:  # what a head of two lacks is said of the one that lacks it
        why = offers.trouble_of(side, HeadSetup(one.name))
        if why and why not in said:
            said.add(why)
            missing.append((one.title, why))
    return HeadChoices(
        default=offers.title_of(side, _default(side)),
        offers=there,
        bases=bases,
        adapters=tuple(offers.adapters()) if bases else (),
        missing=tuple(missing),
    )


def head_trouble(space: Space, side: HeadSide) -> str:
    """Say what is missing for the head that the space has, and how to get it; empty where it can
    work."""
    kept = heads_shown(space)[f"{side}_head"]
    return offers.trouble_of(side, HeadSetup.of(kept, default=_default(side)))


def head_resolved(side: HeadSide, setup: HeadSetup) -> HeadSetup:
    """Return a setup with the backend of the site where it says none."""
    return replace(setup, backend=setup.backend or _default(side))


def _default(side: HeadSide) -> str:
    name: str = settings.WRITE_HEAD if side == "write" else settings.READ_HEAD
    return name


@transaction.atomic
def head_choose(
    *, space: Space, actor: User, side: HeadSide, setup: HeadSetup, version: str | None = None
) -> None:
    """Choose the space's head for one of the two sides, from the next document or question on; a
    setup without a backend is that of the site. Raises HeadMissing, and ChangedMeanwhile where the
    form shows another ``version`` of the choice."""
    row = Space.objects.select_for_update(no_key=True).get(pk=space.pk)
    check_version(row, heads_shown(row), version)
    if why := offers.trouble_of(side, head_resolved(side, setup)):
        raise HeadMissing(why)
    kept = setup.as_json() | ({"backend": setup.backend} if setup.backend else {})
    before = heads_shown(row)[f"{side}_head"]
    if kept == before:
        return
    Space.objects.filter(pk=row.pk).update(**{f"{side}_head": kept})
    record(
        space=space,
        actor=actor,
        action="space.head_chosen",
        subject=space,
        payload={
            "head": side,
            "backend": setup.backend or _default(side),
            "before": before,
            "after": kept,
        },
    )


@transaction.atomic
def role_grant(*, space: Space, actor: User, user: User, role: str) -> None:
    """Give the user a role in the space; a role held already stays as it is.

    It waits for decisions under way, which may rest on who holds a role.
    """
    lock(space)
    _, created = Membership.objects.get_or_create(space=space, user=user, role=Role(role))
    if created:
        payload = {"user": user.username, "role": role}
        record(space=space, actor=actor, action="membership.granted", subject=user, payload=payload)


@transaction.atomic
def role_revoke(*, space: Space, actor: User, user: User, role: str) -> None:
    """Take a role from the user. Raises LastOwner."""
    owners = Membership.objects.select_for_update().filter(space=space, role=Role.OWNER)
    if role == Role.OWNER and not [row for row in owners if row.user_id != user.pk]:
        raise LastOwner
    deleted, _ = Membership.objects.filter(space=space, user=user, role=role).delete()
    if deleted:
        payload = {"user": user.username, "role": role}
        record(space=space, actor=actor, action="membership.revoked", subject=user, payload=payload)
