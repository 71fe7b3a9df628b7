"""Runs side by side: what differs, how surely, and which cases came out otherwise."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import AUDIT
from apps.api.base import ApiView, Call
from apps.api.errors import Unfit
from apps.api.fields import ID, Strict
from apps.evaluation.models import Run
from apps.evaluation.services.compared import compared
from apps.evaluation.services.comparing import (
    FLIPS,
    CannotCompare,
    Flip,
    Pairs,
    check_comparable,
    differences_of,
    flips_count,
    flips_of,
    other_weights,
    pair_up,
    retired_between,
)

MOST_FLIPS = 200


class ComparisonQuery(Strict):
    """The numbers of two to six runs of one benchmark, with commas."""

    runs = serializers.RegexField(r"^\d{1,18}(,\d{1,18}){1,5}$")


class DifferenceOut(serializers.Serializer[Any]):
    """A measure in the base run and in another one, over the cases that they share: ``low`` and
    ``high`` are the 95 % interval of ``change``, ``p`` that of McNemar's exact test where there is
    one, ``sure`` whether it is more than chance."""

    name = serializers.CharField()
    label = serializers.CharField(source="measure.label")  # type: ignore[assignment]
    before = serializers.FloatField(allow_null=True)
    after = serializers.FloatField(allow_null=True)
    change = serializers.FloatField(allow_null=True)
    low = serializers.FloatField()
    high = serializers.FloatField()
    p = serializers.FloatField(allow_null=True)
    sure = serializers.BooleanField()


class OtherWeightsOut(serializers.Serializer[Any]):
    """A part of a head of one setup that differs: its SHA-256 in the base run and in the other one,
    empty where it has none."""

    part = serializers.CharField()
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


class RetiredOut(serializers.Serializer[Any]):
    """A relation that was retired between two runs, and how many cases ask for it."""

    relation = serializers.CharField()
    cases = serializers.IntegerField()


class AgainstBaseOut(serializers.Serializer[Any]):
    """A run against the base: over how many shared cases, and which of the two alone has a case
    right how often; how many of its cases were erased since, and what else may be the reason of a
    difference."""

    run = serializers.IntegerField()
    shared = serializers.IntegerField()
    left_out = serializers.IntegerField()
    only_base_right = serializers.IntegerField()
    only_run_right = serializers.IntegerField()
    erased = serializers.IntegerField()
    other_weights = OtherWeightsOut(many=True)
    retired = RetiredOut(many=True)
    measures = DifferenceOut(many=True)


class ComparisonOut(serializers.Serializer[Any]):
    """Runs against a base: the pinned baseline where it is among them, else the oldest."""

    base = serializers.IntegerField()
    is_baseline = serializers.BooleanField()
    others = AgainstBaseOut(many=True)


class FlipsQuery(Strict):
    """Two runs; ``changed`` leaves those that are worse or better, ``skip`` passes over as many."""

    base = serializers.IntegerField(**ID)
    run = serializers.IntegerField(**ID)
    changed = serializers.ChoiceField([name for name in FLIPS if name], required=False)
    skip = serializers.IntegerField(min_value=0, max_value=100_000, required=False)


class FlipOut(serializers.Serializer[Any]):
    """A case that came out otherwise: its number in each run, and both outcomes."""

    number = serializers.IntegerField()
    other_number = serializers.IntegerField()
    kind = serializers.CharField()
    text = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class FlipsOut(serializers.Serializer[Any]):
    """The cases that came out otherwise, those first that fell furthest; ``count`` of all."""

    count = serializers.IntegerField()
    flips = FlipOut(many=True)


class ComparisonView(ApiView):
    def runs(self, numbers: list[int]) -> list[Run]:
        """Return these runs, the oldest first. Raises CannotCompare and Unfit."""
        rows = Run.objects.filter(space=self.space, pk__in=numbers).order_by("pk")
        found = list(rows.select_related("version__benchmark"))
        if lacking := sorted(set(numbers) - {one.pk for one in found}):
            raise Unfit(f"There is no run {lacking[0]} in this space.")
        check_comparable(found)
        return found


class Comparison(ComparisonView):
    calls = {
        "GET": Call(
            AUDIT,
            ComparisonOut,
            query=ComparisonQuery,
            says="Compare runs of one benchmark that are done.",
            errors=(422,),
        )
    }

    def get(self) -> Response:
        rows = self.runs([int(one) for one in self.asked["runs"].split(",")])
        pinned = rows[0].version.benchmark.baseline_id
        base = next((run for run in rows if run.pk == pinned), rows[0])
        pairs = compared(base, [run for run in rows if run.pk != base.pk]).pairs
        others = [_against(one) for one in pairs]
        return self.one({"base": base.pk, "is_baseline": base.pk == pinned, "others": others})


def _against(pair: Pairs) -> dict[str, Any]:
    reweighed = other_weights(pair.base, pair.other)
    return {
        "run": pair.other.pk,
        "shared": pair.shared,
        "left_out": pair.left_out,
        "only_base_right": pair.only_base_right,
        "only_run_right": pair.only_other_right,
        "erased": pair.other.erased,
        "other_weights": [
            {"part": part, "before": before, "after": after}
            for part, before, after in (reweighed.parts if reweighed else ())
        ],
        "retired": [
            {"relation": one.relation.name, "cases": one.cases}
            for one in retired_between(pair.base, pair.other)
        ],
        "measures": differences_of(pair),
    }


class Flips(ComparisonView):
    calls = {
        "GET": Call(
            AUDIT,
            FlipsOut,
            query=FlipsQuery,
            says=f"The cases that came out otherwise in a second run, {MOST_FLIPS} at most.",
            errors=(422,),
        )
    }

    def get(self) -> Response:
        numbers = [self.asked["base"], self.asked["run"]]
        if len(set(numbers)) < 2:
            raise CannotCompare("Choose two runs.")
        found = {one.pk: one for one in self.runs(numbers)}
        base, other = (found[pk] for pk in numbers)
        pair_up(base, other)
        which = self.asked.get("changed", "")
        flips: list[Flip] = flips_of(base, other, which, self.asked.get("skip", 0), MOST_FLIPS)
        return self.one({"count": flips_count(base, other, which), "flips": flips})
