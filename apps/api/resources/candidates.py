"""Candidates: the queue of review, claims, decisions, batches, and taking decisions back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import AUDIT, DECIDE
from apps.api.base import ApiView, Call, filled
from apps.api.entering import token_of
from apps.api.errors import Conflict, Problem, Unfit
from apps.api.fields import ID, Strict
from apps.api.resources.shapes import Nothing, RelationRef
from apps.api.resources.triples import DecisionOut
from apps.curation import selectors, services
from apps.curation.forms import BATCH_ACTIONS, ORDERS, SCORES, EditForm, EndForm, ListForm, PickForm
from apps.curation.models import Batch, Candidate, Decision
from apps.curation.services.writing import Picked
from apps.memory.models import Entity, Triple

VERSION: dict[str, Any] = {"min_value": 1, "max_value": 2**31 - 1}
MOST_AT_ONCE = 500
APPROVING = ("accept", "edit", "merge", "supersede")
OWN = (
    "This was proposed with your account, or stands in a document that was added with it. A "
    "program cannot approve it with a token of yours, also where a lone reviewer may decide on "
    "what they imported themselves; decide it on its page."
)


class CandidateOut(serializers.Serializer[Any]):
    """A proposed fact. A decision names the ``version`` that it was made on."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(Candidate.State.choices)
    origin = serializers.ChoiceField(Candidate.Origin.choices)
    mood = serializers.ChoiceField(Candidate.Mood.choices)
    subject = serializers.CharField(source="subject_text")
    subject_type = serializers.CharField(allow_blank=True)
    relation = RelationRef()
    object = serializers.CharField(source="object_text")
    object_type = serializers.CharField(allow_blank=True)
    statement = serializers.SerializerMethodField()
    sentence = serializers.SerializerMethodField()
    document = serializers.SerializerMethodField()
    score = serializers.FloatField(allow_null=True)
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    replaces = serializers.IntegerField(source="replaces_id", allow_null=True)
    disputes = serializers.IntegerField(source="against_id", allow_null=True)
    proposed_by = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_statement(self, row: Candidate) -> str:
        return selectors.candidate_statement(row)

    def get_sentence(self, row: Candidate) -> str:
        return getattr(row, "sentence", None) or ""

    def get_document(self, row: Candidate) -> int | None:
        return row.passage.document_id if row.passage else None

    def get_proposed_by(self, row: Candidate) -> str | None:
        return row.proposed_by.label if row.proposed_by else None


class CandidateQuery(Strict):
    """The filters of the page of review."""

    state = serializers.ChoiceField(
        Candidate.State.choices, required=False, help_text="pending where nothing is said"
    )
    document = serializers.IntegerField(required=False, **ID)
    relation = serializers.IntegerField(required=False, **ID)
    score = serializers.ChoiceField([name for name, _ in SCORES if name], required=False)
    q = serializers.CharField(required=False, max_length=200)
    order = serializers.ChoiceField([name for name, _ in ORDERS if name], required=False)


class HoldIn(Strict):
    """A claim. ``over`` takes the candidate from somebody else who has it open."""

    over = serializers.BooleanField(required=False)


class HoldOut(serializers.Serializer[Any]):
    """Until when a candidate is kept out of the queues of others."""

    candidate = serializers.IntegerField(source="candidate_id")
    holder = serializers.CharField(source="holder.username")
    until = serializers.DateTimeField()


class DecisionIn(Strict):
    """A decision on the candidate as it was in ``version``.

    ``accept``: ``subject_entity`` and ``object_entity`` pick what a name means,
    ``despite_conflicts`` keeps it beside what it contradicts. ``reject`` needs a ``reason``.
    ``edit`` takes ``changes``. ``merge`` and ``supersede`` name a ``triple``; ``valid_to`` is until
    when that held. A dispute takes ``keep``, ``retract`` or, with ``valid_to``, ``end``, which are
    about the fact that it ``disputes``, or is deferred.
    """

    action = serializers.ChoiceField(
        ["accept", "reject", "defer", "edit", "merge", "supersede", "keep", "retract", "end"]
    )
    version = serializers.IntegerField(**VERSION)
    reason = serializers.CharField(required=False, max_length=500)
    despite_conflicts = serializers.BooleanField(required=False)
    subject_entity = serializers.IntegerField(required=False, **ID)
    object_entity = serializers.IntegerField(required=False, **ID)
    another_subject = serializers.CharField(required=False, max_length=300)
    another_object = serializers.CharField(required=False, max_length=300)
    triple = serializers.IntegerField(required=False, **ID)
    valid_to = serializers.CharField(required=False, max_length=20)
    changes = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=500), required=False
    )

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        needed = {
            "reject": "reason", "edit": "changes", "merge": "triple", "supersede": "triple",
            "end": "valid_to",
        }.get(said["action"])  # fmt: skip
        if needed and not said.get(needed):
            raise serializers.ValidationError({needed: ["This decision needs it."]})
        allowed = ["subject_text", "subject_type", "relation", "object_text", "object_type",
                   "object_kind", "valid_from", "valid_to"]  # fmt: skip
        if unknown := sorted(set(said.get("changes", ())) - set(allowed)):
            raise serializers.ValidationError({"changes": [f"There is no field {unknown[0]!r}."]})
        return said


class BatchPair(Strict):
    """A candidate as it was shown."""

    id = serializers.IntegerField(**ID)
    version = serializers.IntegerField(**VERSION)


class BatchIn(Strict):
    """One decision on many candidates, each for itself."""

    action = serializers.ChoiceField(list(BATCH_ACTIONS))
    candidates = serializers.ListField(
        child=BatchPair(), allow_empty=False, max_length=MOST_AT_ONCE
    )
    reason = serializers.CharField(required=False, max_length=500)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if said["action"] == "reject" and not said.get("reason"):
            raise serializers.ValidationError({"reason": ["Say why they are rejected."]})
        return said


class RefusedOut(serializers.Serializer[Any]):
    """A candidate that stays as it was, and why."""

    candidate = serializers.IntegerField(source="candidate_id")
    name = serializers.CharField()
    reason = serializers.CharField()


class BatchOut(serializers.Serializer[Any]):
    """What became of a batch; without a number nothing was decided."""

    batch = serializers.IntegerField(source="batch.pk", allow_null=True, default=None)
    decisions = DecisionOut(many=True)
    refused = RefusedOut(many=True)


class CandidateView(ApiView):
    def rows(self) -> QuerySet[Candidate]:
        rows = Candidate.objects.filter(space=self.space)
        return selectors.with_sentence(rows.select_related(*selectors.SHOWN_WITH))

    def candidate(self, pk: int) -> Candidate:
        return get_object_or_404(self.rows(), pk=pk)

    def check_approves(self, action: str, candidates: QuerySet[Candidate]) -> None:
        """Refuse a program that would approve what it may have proposed itself, or written into a
        document for a head to propose."""
        user = self.user
        own = candidates.filter(
            Q(proposed_by=user) | Q(reworded_by=user) | Q(passage__document__added_by=user)
        )
        if token_of(self.request) and action in APPROVING and own.exists():
            raise Problem(OWN, status=403)


class Candidates(CandidateView):
    calls = {
        "GET": Call(
            DECIDE,
            CandidateOut,
            many=True,
            query=CandidateQuery,
            says="Candidates of a state, document by document, the surest first.",
        )
    }

    def get(self) -> Response:
        form = ListForm(_query(self.asked), space=self.space)
        filled(form)
        wanted = form.wanted(states=tuple(Candidate.State.values))
        rows = selectors.candidates_shown(self.space, wanted)
        order = form.cleaned_data.get("order") or ""
        rows = selectors.with_sentence(rows.select_related(*selectors.SHOWN_WITH))
        return self.page(
            rows, ordering=selectors.ORDERS.get(order, ("of_document", "-certainty", "pk"))
        )


def _query(asked: dict[str, Any]) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, value in asked.items():
        query[name] = str(value)
    return query


class OneCandidate(CandidateView):
    calls = {"GET": Call(DECIDE | AUDIT, CandidateOut, says="A candidate.")}

    def get(self, pk: int) -> Response:
        return self.one(self.candidate(pk))


class CandidateHold(CandidateView):
    calls = {
        "POST": Call(
            DECIDE,
            HoldOut,
            body=HoldIn,
            says="Claim a candidate, or renew the claim; 409 while somebody else has it open.",
        ),
        "DELETE": Call(DECIDE, status=204, says="Let go of a candidate."),
    }

    def post(self, pk: int) -> Response:
        row = self.candidate(pk)
        hold = services.hold_take(
            candidate=row, holder=self.user, over=self.said.get("over", False)
        )
        if hold is None:
            holder = selectors.holder_of(row, self.user)
            raise Conflict(f"{holder.label if holder else 'Somebody else'} has it open.")
        return self.one(hold)

    def delete(self, pk: int) -> Response:
        services.hold_release(candidate=self.candidate(pk), holder=self.user)
        return self.nothing()


class Decide(CandidateView):
    calls = {
        "POST": Call(
            DECIDE,
            DecisionOut,
            body=DecisionIn,
            status=201,
            says="Decide a candidate. 409 says who decided it before, or what it contradicts.",
        )
    }

    def post(self, pk: int) -> Response:
        row, said = self.candidate(pk), self.said
        self.check_approves(said["action"], Candidate.objects.filter(pk=pk))
        given = {"candidate": row, "actor": self.user, "version": said["version"]}
        deciders: dict[str, Callable[[dict[str, Any]], Decision]] = {
            "accept": self._accept,
            "reject": lambda to: services.candidate_reject(**to, reason=said["reason"]),
            "defer": lambda to: services.candidate_defer(**to),
            "edit": self._edit,
            "merge": lambda to: services.candidate_merge(**to, triple=self._triple()),
            "supersede": self._supersede,
            "keep": lambda to: services.dispute_keep(**to, reason=said.get("reason", "")),
            "retract": lambda to: services.dispute_retract(**to),
            "end": self._end,
        }
        decision = deciders[said["action"]](given)
        where = reverse("api:decision-undo", args=[self.space.slug, decision.pk])
        return self.one(decision, Location=where)

    def _accept(self, given: dict[str, Any]) -> Decision:
        despite = self.said.get("despite_conflicts", False)
        return services.candidate_accept(**given, picked=self._picked(), despite_conflicts=despite)

    def _edit(self, given: dict[str, Any]) -> Decision:
        candidate = given["candidate"]
        form = EditForm(instance=candidate)
        shown = {
            name: form.get_initial_for_field(field, name) for name, field in form.fields.items()
        }
        form = EditForm(shown | self.said["changes"], instance=candidate)
        filled(form)
        despite = self.said.get("despite_conflicts", False)
        with transaction.atomic():
            decision = services.candidate_edit(
                **given, changes=form.changes, despite_conflicts=despite
            )
            # In words of its own, which the document does not bear out: that is a proposal.
            if decision.action == Decision.Action.EDIT:
                self.check_approves("edit", Candidate.objects.filter(pk=candidate.pk))
        return decision

    def _supersede(self, given: dict[str, Any]) -> Decision:
        chosen = filled(PickForm(_query(self._only("triple", "valid_to")), space=self.space))
        return services.candidate_supersede(
            **given,
            replaced=chosen["triple"],
            valid_to=chosen["valid_to"],
            picked=self._picked(),
            despite_conflicts=self.said.get("despite_conflicts", False),
        )

    def _end(self, given: dict[str, Any]) -> Decision:
        chosen = filled(EndForm(self._only("valid_to")))
        return services.dispute_end(**given, valid_to=chosen["valid_to"])

    def _only(self, *names: str) -> dict[str, Any]:
        return {name: self.said[name] for name in names if name in self.said}

    def _triple(self) -> Triple:
        triple = Triple.objects.filter(space=self.space, pk=self.said["triple"]).first()
        if triple is None:
            raise Unfit("There is no such fact in this space.")
        return triple

    def _picked(self) -> Picked:
        return Picked(
            subject=self._entity("subject_entity"),
            object=self._entity("object_entity"),
            another_subject=" ".join(self.said.get("another_subject", "").split()),
            another_object=" ".join(self.said.get("another_object", "").split()),
        )

    def _entity(self, name: str) -> Entity | None:
        if name not in self.said:
            return None
        rows = Entity.objects.filter(space=self.space, merged_into=None).defer("embedding")
        found = rows.filter(pk=self.said[name]).first()
        if found is None:
            raise Unfit("There is no such entity in this space.")
        return found


class UndoDecision(CandidateView):
    calls = {"POST": Call(DECIDE, CandidateOut, body=Nothing, says="Take a decision back.")}

    def post(self, pk: int) -> Response:
        rows = Decision.objects.select_related("candidate")
        decision = get_object_or_404(rows, pk=pk, candidate__space=self.space)
        services.decision_undo(decision=decision, actor=self.user)
        return self.one(self.candidate(decision.candidate_id))


class Batches(CandidateView):
    calls = {
        "POST": Call(
            DECIDE,
            BatchOut,
            body=BatchIn,
            says="Accept, reject or defer many candidates, each for itself; those that cannot be "
            "are named with the reason.",
        )
    }

    def post(self) -> Response:
        said = self.said
        named = [one["id"] for one in said["candidates"]]
        self.check_approves(said["action"], Candidate.objects.filter(pk__in=named))
        result = services.candidates_decide_batch(
            space=self.space,
            actor=self.user,
            candidates=[(one["id"], one["version"]) for one in said["candidates"]],
            action=said["action"],
            reason=said.get("reason", ""),
        )
        return self.one(result)


class UndoBatch(ApiView):
    calls = {"POST": Call(DECIDE, BatchOut, body=Nothing, says="Take back what stands of a batch.")}

    def post(self, pk: int) -> Response:
        batch = get_object_or_404(Batch, pk=pk, space=self.space)
        return self.one(services.batch_undo(batch=batch, actor=self.user))
