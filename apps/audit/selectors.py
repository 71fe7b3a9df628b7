from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import Space, User
from apps.audit.actions import ACTIONS, SHOWN_TO
from apps.audit.models import Event, RowChange


def events_of(space: Space) -> QuerySet[Event]:
    """Return the events of a space, newest first, with their actors."""
    return Event.objects.filter(space=space).select_related("actor")


def events_shown(*, space: Space, roles: frozenset[str]) -> QuerySet[Event]:
    """Return the events of the space that somebody with these roles may see outside of the log."""
    allowed = frozenset[str]().union(*(SHOWN_TO[role] for role in roles))
    return events_of(space).filter(action__in=allowed)


def together_with(event: Event) -> QuerySet[Event]:
    """Return the other events of its log that were written in the same transaction, in order."""
    others = Event.objects.filter(space=event.space_id, transaction=event.transaction)
    return others.exclude(Q(transaction=None) | Q(pk=event.pk)).order_by("pk")


def actors_in(space: Space) -> QuerySet[User]:
    """Return the people who appear as actors in the space's events."""
    theirs = Event.objects.filter(space=space, actor=OuterRef("pk"))
    return User.objects.filter(Exists(theirs)).order_by("username")


def actions_matching(words: str) -> list[str]:
    """Return the action names whose name or wording holds the words."""
    plain = words.casefold()
    return [
        name
        for name, action in ACTIONS.items()
        if plain in name or plain in action.wording.casefold()
    ]


def search(events: QuerySet[Event], words: str) -> QuerySet[Event]:
    """Narrow events to those whose actor, action or payload text holds the words."""
    return events.filter(
        Q(actor_label__icontains=words)
        | Q(action__in=actions_matching(words))
        | Q(payload__icontains=words)
    )


# What an event may be about: its own row, where its payload names such a row or lists them, and the
# table of such rows.
ABOUT = {
    "document": ("sources.document", ("document",), (), "sources_document"),
    "fact": (
        "memory.triple",
        ("triple", "replaced", "superseded_by", "replaces", "disputes"),
        ("triples",),
        "memory_triple",
    ),
    "entity": (
        "memory.entity",
        ("subject__id", "object__id", "source__id", "target__id"),
        (),
        "memory_entity",
    ),
}
# What changes many rows at once and names none of them: which, the row changes say.
AT_ONCE = (
    "facts.loaded",
    "facts.retracted",
    "provenance.withdrawn",
    "provenance.withdrawal_undone",
)


def about(events: QuerySet[Event], what: str, number: int) -> QuerySet[Event]:
    """Narrow events to those about one document, fact or entity, or that name or changed it."""
    subject_type, keys, lists, table = ABOUT[what]
    wanted = Q(subject_type=subject_type, subject_id=number)
    for key in keys:
        wanted |= Q(**{f"payload__{key}": number})
    for key in lists:
        wanted |= Q(payload__contains={key: [number]})
    return events.filter(wanted | changed_at_once(table, number))


def changed_at_once(table: str, number: int) -> Q:
    """Return the condition of events that changed this row among many others."""
    changes = RowChange.objects.filter(table=table, row=number)
    return Q(action__in=AT_ONCE, transaction__in=changes.values("transaction"))
