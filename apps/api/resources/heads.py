"""The heads of a space: what reads its documents, and what answers its questions."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.models import Space
from apps.accounts.selectors import ADMINISTER
from apps.api.base import ApiView, Call, filled
from apps.api.fields import Strict
from apps.dashboard.head_forms import SITE, HeadForm
from apps.dashboard.services import (
    HEAD_SIDES,
    HeadSetup,
    HeadSide,
    head_choices,
    head_choose,
    head_trouble,
)


class OfferOut(serializers.Serializer[Any]):
    """Something that can be chosen."""

    name = serializers.CharField()
    title = serializers.CharField()


class HeadOut(serializers.Serializer[Any]):
    """One of the two heads. ``backend`` is ``site`` where the space has none of its own: then it is
    ``default``. ``least`` is the least score of a proposal in per cent (of the head that writes),
    ``cut`` whether what no fact bears out is left out (of the head that reads). ``trouble`` says
    what is missing for it to work."""

    side = serializers.ChoiceField(list(HEAD_SIDES))
    backend = serializers.CharField()
    base = serializers.CharField(allow_blank=True)
    adapter = serializers.CharField(allow_blank=True)
    least = serializers.IntegerField()
    cut = serializers.BooleanField()
    default = serializers.CharField()
    trouble = serializers.CharField(allow_blank=True)
    backends = OfferOut(many=True)
    bases = OfferOut(many=True)
    adapters = OfferOut(many=True)


class HeadChange(Strict):
    """What is to change; what is not named stays."""

    backend = serializers.CharField(max_length=40, required=False)
    base = serializers.CharField(max_length=300, required=False, allow_blank=True)
    adapter = serializers.CharField(max_length=300, required=False, allow_blank=True)
    least = serializers.IntegerField(
        min_value=0, max_value=100, required=False, help_text="Of the head that writes"
    )
    cut = serializers.BooleanField(required=False, help_text="Of the head that reads")


class HeadView(ApiView):
    def shown(self, name: str) -> dict[str, Any]:
        """Return one of the heads; 404 for another name."""
        side = self.side(name)
        space = Space.objects.get(pk=self.space.pk)
        choices = head_choices(side)
        setup = HeadSetup.of(getattr(space, f"{side}_head"), default="")
        return {
            "side": side,
            "backend": setup.backend or SITE,
            "base": setup.base,
            "adapter": setup.adapter,
            "least": setup.least,
            "cut": setup.cut,
            "default": choices.default,
            "trouble": head_trouble(space, side),
            "backends": choices.offers,
            "bases": choices.bases,
            "adapters": choices.adapters,
        }

    def side(self, name: str) -> HeadSide:
        found = next((one for one in HEAD_SIDES if one == name), None)
        if found is None:
            raise Http404("no such head")
        return found


class Heads(HeadView):
    calls = {
        "GET": Call(ADMINISTER, HeadOut, many=True, whole=True, says="The heads of the space.")
    }

    def get(self) -> Response:
        return self.listed([self.shown(side) for side in HEAD_SIDES])


class OneHead(HeadView):
    calls = {
        "GET": Call(ADMINISTER, HeadOut, says="A head: write or read."),
        "PATCH": Call(
            ADMINISTER,
            HeadOut,
            body=HeadChange,
            versioned=True,
            says="Choose a head, from the next document or question on.",
        ),
    }

    def get(self, side: str) -> Response:
        return self.one(self.shown(side))

    def patch(self, side: str) -> Response:
        stands = self.shown(side)
        self.match(stands, HeadOut)
        chosen = self.side(side)
        names = ("backend", "base", "adapter", "least" if chosen == "write" else "cut")
        if other := sorted(set(self.said) - set(names)):
            raise serializers.ValidationError({other[0]: [f"The head that {chosen}s has none."]})
        said = {name: stands[name] for name in names} | self.said
        data = {f"{chosen}-{name}": value for name, value in said.items() if value is not None}
        form = HeadForm(data, side=chosen, space=self.space)
        filled(form)
        head_choose(space=self.space, actor=self.user, side=chosen, setup=form.chosen())
        return self.one(self.shown(side))
