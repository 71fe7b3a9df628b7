"""Who calls, and which spaces are open to the call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.models import Role, Space, User
from apps.accounts.selectors import roles_of, spaces_of
from apps.api.base import ApiView, Call
from apps.api.entering import token_of


class OwnTokenOut(serializers.Serializer[Any]):
    """The token that the call came with."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    space = serializers.CharField(source="space.slug", allow_null=True)
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))
    expires_at = serializers.DateTimeField(source="expiry")


class OwnSpaceOut(serializers.Serializer[Any]):
    """A space, and the roles that count there in this call."""

    slug = serializers.SlugField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))


class MeOut(serializers.Serializer[Any]):
    """Who calls. ``token`` is empty where a session of the pages does."""

    username = serializers.CharField()
    name = serializers.CharField()
    token = OwnTokenOut(allow_null=True)
    spaces = OwnSpaceOut(many=True)


def counted(space: Space, user: User, token: Any) -> list[str]:
    """Return the roles that count in a space, in the order of roles."""
    if token is not None and token.space_id not in (None, space.pk):
        return []
    held = roles_of(user=user, space=space)
    if token is not None and token.roles:
        held &= frozenset(token.roles)
    return sorted(held, key=Role.values.index)


def opened(user: User, token: Any) -> Iterator[tuple[Space, list[str]]]:
    """Yield the spaces that are open to a call, each with the roles that count there."""
    for space in spaces_of(user):
        if held := counted(space, user, token):
            yield space, held


class Me(ApiView):
    calls = {"GET": Call(answer=MeOut, says="Who calls, and which spaces are open to the call.")}

    def get(self) -> Response:
        user, token = self.user, token_of(self.request)
        spaces = [
            {"slug": space.slug, "name": space.name, "roles": held}
            for space, held in opened(user, token)
        ]
        name = user.label
        return self.one({"username": user.username, "name": name, "token": token, "spaces": spaces})
