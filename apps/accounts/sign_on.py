"""Single sign-on: whose account it is that the provider vouches for.

The account belongs to the provider's own number of the person (issuer and subject) and never to a
name or a mail address, which are given to others when somebody leaves. A mail address counts once,
where OIDC_LINK_BY_MAIL says so, to join an account that was there before.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction

from apps.accounts.models import Identity, User
from apps.accounts.oidc import Person
from apps.accounts.recording import record_site
from apps.accounts.services import person_add
from apps.common.text import look_alikes, plain

HOW: Final = "single sign-on"
_TRIES: Final = 3  # of somebody who comes for the first time, twice at once
_NOT_IN_NAMES: Final = re.compile(r"[^\w.@+-]")


class SignOnRefused(Exception):
    """Somebody is who they say, and is not let in."""

    def __init__(self, user: User | None = None) -> None:
        self.user = user
        super().__init__(self.__doc__)


class SwitchedOff(SignOnRefused):
    """This account is switched off."""


class DomainRefused(SignOnRefused):
    """Only people with a confirmed mail address of certain domains may sign in here."""


class MailAmbiguous(SignOnRefused):
    """Several accounts have your mail address. Ask who runs this site."""


def person_sign_on(person: Person) -> User:
    """Return the account of a person for whom the provider vouches; of somebody new, one that was
    made just now, without a password and in no space. Raises SignOnRefused."""
    if (domains := settings.OIDC_MAIL_DOMAINS) and _domain(person.mail) not in domains:
        raise DomainRefused(_known(person))
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                user = _known(person) or _joined(person) or _new(person)
        except IntegrityError:  # the same person, or name, was added at this moment
            if not left:
                raise
        else:
            break
    if not user.is_active:
        raise SwitchedOff(user)
    return user


def _domain(mail: str) -> str:
    # Letters outside ASCII may have the lower case of others: the sign for kelvin that of a K.
    return mail.rpartition("@")[2].lower() if mail.isascii() else ""


def _known(person: Person) -> User | None:
    return User.objects.filter(
        identities__issuer=person.issuer, identities__subject=person.subject
    ).first()


def _joined(person: Person) -> User | None:
    """Join the account that has the person's mail address, if that may be; one that is switched off
    is returned as it is, so that nobody comes back by another door."""
    if not person.mail or not person.mail.isascii():  # see ``_domain``
        return None
    same = list(User.objects.select_for_update(no_key=True).filter(email__iexact=person.mail))
    if off := next((user for user in same if not user.is_active), None):
        return off
    if not settings.OIDC_LINK_BY_MAIL or not same:
        return None
    if len(same) > 1:
        raise MailAmbiguous
    if same[0].identities.filter(issuer=person.issuer).exists():
        return None  # the address was another person's before
    _link(same[0], person)
    record_site(
        "person.linked",
        actor=same[0],
        subject=same[0],
        username=same[0].username,
        by=settings.OIDC_NAME,
        issuer=person.issuer,
    )
    return same[0]


def _new(person: Person) -> User:
    user = User(
        username=_free_name(person),
        first_name=_readable(person.first_name),
        last_name=_readable(person.last_name),
        email=person.mail if len(person.mail) <= 254 else "",
    )
    user.set_unusable_password()
    person_add(user=user, how=HOW, actor_label="sign-in")
    _link(user, person)
    return user


def _link(user: User, person: Person) -> None:
    Identity.objects.create(user=user, issuer=person.issuer, subject=person.subject)


def _readable(name: str) -> str:
    """Return a name as far as it can be shown: nothing of one that reads as somebody else's."""
    whole = plain(name).strip()
    return "" if look_alikes(whole) else whole[:150].strip()


def _free_name(person: Person) -> str:
    for name in _names(person):
        if not User.objects.filter(username__iexact=name).exists():
            return name
    raise AssertionError("there is always another number")


def _names(person: Person) -> Iterator[str]:
    given = (person.username, person.mail.partition("@")[0], "person")
    cleaned = (_NOT_IN_NAMES.sub("", unicodedata.normalize("NFKC", one))[:140] for one in given)
    name = next(one for one in cleaned if one and not look_alikes(one) and plain(one) == one)
    yield name
    number = 2
    while True:
        yield f"{name}-{number}"
        number += 1
