"""The heads of a space: what reads its documents, and what answers its questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.models import Space
from apps.accounts.selectors import ADMINISTER
from apps.api.base import ApiView, Call, filled
from apps.api.fields import ID, Strict
from apps.api.resources.runs import RunOut
from apps.dashboard.head_forms import SITE, HeadForm
from apps.dashboard.services import (
    HEAD_SIDES,
    HeadSetup,
    HeadSide,
    head_choices,
    head_choose,
    head_resolved,
    head_trouble,
)
from apps.evaluation.models import Run
from apps.evaluation.services.switching import WouldFlip, flip_run_request, would_flip


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

    def changed(self, side: HeadSide, change: Mapping[str, Any]) -> HeadSetup:
        """Return a head as it would be with a change. Raises ValidationError."""
        names = ("backend", "base", "adapter", "least" if side == "write" else "cut")
        if other := sorted(set(change) - set(names)):
            raise serializers.ValidationError({other[0]: [f"The head that {side}s has none."]})
        stands = self.shown(side)
        said = {name: stands[name] for name in names} | dict(change)
        data = {f"{side}-{name}": value for name, value in said.items() if value is not None}
        form = HeadForm(data, side=side, space=self.space)
        filled(form)
        return form.chosen()

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
        self.match(self.shown(side), HeadOut)
        chosen = self.side(side)
        head_choose(
            space=self.space, actor=self.user, side=chosen, setup=self.changed(chosen, self.said)
        )
        return self.one(self.shown(side))


class WouldFlipOut(serializers.Serializer[Any]):
    """What another head would change on a benchmark with a pinned ``baseline``: of the ``shared``
    cases its ``run`` lost and won some, and ``changed`` in any way. ``run`` is null where there is
    none yet, and counts nothing while it is not done (``state``). ``reweighed``: the head is that
    of the baseline, and has other weights since."""

    benchmark = serializers.IntegerField(source="benchmark.pk")
    name = serializers.CharField(source="benchmark.name")
    baseline = serializers.IntegerField(source="baseline.pk")
    run = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    lost = serializers.IntegerField()
    won = serializers.IntegerField()
    changed = serializers.IntegerField()
    shared = serializers.IntegerField()
    reweighed = serializers.BooleanField()

    def get_run(self, row: WouldFlip) -> int | None:
        return row.run.pk if row.run else None

    def get_state(self, row: WouldFlip) -> str | None:
        return row.run.state if row.run else None


class WouldFlips(HeadView):
    calls = {
        "POST": Call(
            ADMINISTER,
            WouldFlipOut,
            body=HeadChange,
            many=True,
            whole=True,
            says="Tell what another head would change on the benchmarks with a pinned run, before "
            "it is chosen. Nothing is changed; what is not named is as it stands.",
        )
    }

    def post(self, side: str) -> Response:
        chosen = self.side(side)
        setup = head_resolved(chosen, self.changed(chosen, self.said))
        return self.listed(list(would_flip(self.space, chosen, setup)))


class HeadRunIn(HeadChange):
    """A benchmark with a pinned run, and what of the head is to be other than it stands."""

    benchmark = serializers.IntegerField(**ID)


class RunHead(HeadView):
    calls = {
        "POST": Call(
            ADMINISTER,
            RunOut,
            body=HeadRunIn,
            status=202,
            says="Run a benchmark with another head, before it is chosen, on the cases and of the "
            "memory of the pinned run.",
        )
    }

    def post(self, side: str) -> Response:
        said, chosen = dict(self.said), self.side(side)
        benchmark = str(said.pop("benchmark"))
        setup = head_resolved(chosen, self.changed(chosen, said))
        run = flip_run_request(
            space=self.space, side=chosen, setup=setup, benchmark=benchmark, actor=self.user
        )
        where = reverse("api:run", args=[self.space.slug, run.pk])
        found = Run.objects.select_related("version").get(pk=run.pk)
        return self.one(found, Location=where)
