"""Spaces and their members. Members are named by their user names."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.models import Role, Space, User
from apps.accounts.selectors import ADMINISTER, READ, spaces_of
from apps.api.base import ApiView, Call, filled
from apps.api.entering import token_of
from apps.api.errors import Unfit
from apps.api.fields import Strict
from apps.dashboard.forms import RoleForm, SpaceOpenForm, SpaceSettingsForm
from apps.dashboard.selectors import Person, figures_of, people_of
from apps.dashboard.services import (
    role_grant,
    role_revoke,
    space_change,
    space_create,
    space_shown,
)


class SpaceOut(serializers.Serializer[Any]):
    """A space as its owners set it."""

    slug = serializers.SlugField()
    name = serializers.CharField()
    description = serializers.CharField()
    self_review = serializers.BooleanField()
    propose_implied = serializers.BooleanField()
    question_days = serializers.IntegerField(allow_null=True)
    keep_marked_questions = serializers.BooleanField()
    keep_questions_of_erased = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class SpaceIn(Strict):
    """A new space. ``packs`` are the names of relation packs that it begins with."""

    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)
    packs = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, max_length=50
    )


class SpaceChange(Strict):
    """What is to change; what is not named stays."""

    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)
    self_review = serializers.BooleanField(required=False)
    propose_implied = serializers.BooleanField(required=False)
    question_days = serializers.IntegerField(
        min_value=1, max_value=36_500, required=False, allow_null=True
    )
    keep_marked_questions = serializers.BooleanField(required=False)
    keep_questions_of_erased = serializers.BooleanField(required=False)


class FiguresOut(serializers.Serializer[Any]):
    """The numbers of a space's dashboard."""

    facts = serializers.IntegerField()
    entities = serializers.IntegerField()
    documents = serializers.IntegerField()
    pending = serializers.IntegerField()
    deferred = serializers.IntegerField()
    proposed_relations = serializers.IntegerField()
    questions = serializers.IntegerField()
    running = serializers.IntegerField()
    failed = serializers.IntegerField()


class MemberOut(serializers.Serializer[Any]):
    """Somebody in a space, with all their roles."""

    username = serializers.CharField(source="user.username")
    name = serializers.CharField(source="user.label")
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))
    since = serializers.DateTimeField()


class MemberIn(Strict):
    """A role for somebody who has an account."""

    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(Role.choices)


def open_spaces(view: ApiView) -> Any:
    """Return the spaces that are open to the call."""
    token, rows = token_of(view.request), spaces_of(view.user)
    return rows.filter(pk=token.space_id) if token and token.space_id else rows


class Spaces(ApiView):
    calls = {
        "GET": Call(answer=SpaceOut, many=True, says="The spaces that are open to the call."),
        "POST": Call(
            answer=SpaceOut,
            body=SpaceIn,
            status=201,
            says="Open a space; its maker owns, reviews and asks.",
            errors=(422,),
        ),
    }

    def get(self) -> Response:
        return self.page(open_spaces(self), ordering="pk")

    def post(self) -> Response:
        token = token_of(self.request)
        if token is not None and (token.space_id or token.roles):
            raise Unfit("A token for one space, or for some roles, opens no new space.", status=403)
        form = SpaceOpenForm(self.said)
        filled(form)
        space = space_create(actor=self.user, **form.opened_with())
        return self.one(space, Location=reverse("api:space", args=[space.slug]))


class OneSpace(ApiView):
    calls = {
        "GET": Call(READ, SpaceOut, says="A space."),
        "PATCH": Call(
            ADMINISTER, SpaceOut, body=SpaceChange, versioned=True, says="Change a space."
        ),
    }

    def get(self) -> Response:
        return self.one(self.space)

    def patch(self) -> Response:
        self.match(self.space, SpaceOut)
        form = SpaceSettingsForm(space_shown(self.space) | self.said, instance=self.space)
        said = {name: value for name, value in filled(form).items() if name in self.said}
        space_change(space=self.space, actor=self.user, **said)
        self.space.refresh_from_db()
        return self.one(self.space)


class Figures(ApiView):
    calls = {"GET": Call(READ, FiguresOut, says="How much there is, and how much waits.")}

    def get(self) -> Response:
        return self.one(figures_of(self.space))


class Members(ApiView):
    calls = {
        "GET": Call(ADMINISTER, MemberOut, many=True, whole=True, says="The people of the space."),
        "POST": Call(
            ADMINISTER,
            MemberOut,
            body=MemberIn,
            status=201,
            says="Give somebody a role. A role that is held already stays.",
            errors=(422,),
        ),
    }

    def get(self) -> Response:
        return self.listed(people_of(self.space))

    def post(self) -> Response:
        person = filled(RoleForm(self.said))["username"]
        role_grant(space=self.space, actor=self.user, user=person, role=self.said["role"])
        return self.one(member(self.space, person))


def member(space: Space, person: User) -> Person:
    """Return somebody of the space with all their roles."""
    return next(one for one in people_of(space) if one.user == person)


class Membership(ApiView):
    calls = {
        "DELETE": Call(ADMINISTER, status=204, says="Take a role from somebody.", errors=(404, 409))
    }

    def delete(self, username: str, role: str) -> Response:
        held = self.space.memberships.select_related("user").filter(
            user__username__iexact=username, role=role
        )
        person = held.first()
        if person is None:
            raise Unfit("Nobody of that name holds that role.", status=404)
        role_revoke(space=self.space, actor=self.user, user=person.user, role=role)
        return self.nothing()
