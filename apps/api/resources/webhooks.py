"""Webhooks of a space: who is told of what, with what secret, and what became of each message."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import ADMINISTER
from apps.api.base import ApiView, Call
from apps.api.fields import Strict
from apps.api.resources.shapes import JobOut, Nothing
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.selectors import deliveries_of, standing_of
from apps.webhooks.services import (
    KINDS,
    delivery_replay,
    endpoint_change,
    endpoint_make,
    endpoint_remove,
    endpoint_switch,
    endpoint_test,
    secret_change,
    secret_of,
)

TRIES_SHOWN = 30  # of a message, the newest


class WebhookOut(serializers.Serializer[Any]):
    """Who is told of what. ``standing`` is how it is in words; ``ended_at`` says that memweb itself
    has switched it off, ``old_secret_until`` until when messages are signed with the old secret
    too."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    address = serializers.CharField()
    kinds = serializers.ListField(child=serializers.ChoiceField(list(KINDS)))
    is_on = serializers.BooleanField()
    standing = serializers.SerializerMethodField()
    failing_since = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    old_secret_until = serializers.DateTimeField(source="old_until", allow_null=True)
    made_by = serializers.CharField(source="made_by.username")
    created_at = serializers.DateTimeField()

    def get_standing(self, row: Endpoint) -> str:
        return standing_of(row).label


class WebhookSecretOut(serializers.Serializer[Any]):
    """A webhook with its secret, which is shown this once; null where the call is sent again and
    the secret was changed since."""

    webhook = WebhookOut(source="*")
    secret = serializers.SerializerMethodField()

    def get_secret(self, row: Endpoint) -> str | None:
        return secret_of(row.salt)


class WebhookIn(Strict):
    """A receiver by its name, the address that messages are sent to, and what they tell of."""

    name = serializers.CharField(max_length=80)
    address = serializers.CharField(max_length=500)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(list(KINDS)), min_length=1, max_length=len(KINDS)
    )


class WebhookChange(Strict):
    """What is to change; what is not named stays. ``is_on`` false sends it nothing any more, true
    tells it of what happens from then on."""

    name = serializers.CharField(max_length=80, required=False)
    address = serializers.CharField(max_length=500, required=False)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(list(KINDS)),
        min_length=1,
        max_length=len(KINDS),
        required=False,
    )
    is_on = serializers.BooleanField(required=False)


class AttemptOut(serializers.Serializer[Any]):
    """One try to deliver: the first bytes of the answer, or why there was none."""

    status = serializers.IntegerField(allow_null=True)
    answer = serializers.CharField(allow_blank=True)
    error = serializers.CharField(allow_blank=True)
    seconds = serializers.FloatField()
    created_at = serializers.DateTimeField()


class DeliveryOut(JobOut):
    """A message on its way, or how it ended. ``due_at`` is the next try, ``until`` when it is given
    up; ``message`` is what the receiver knows it by."""

    webhook = serializers.IntegerField(source="endpoint_id")
    message = serializers.CharField(source="message_id")
    kind = serializers.CharField()
    tries = serializers.IntegerField()
    due_at = serializers.DateTimeField()
    until = serializers.DateTimeField()


class DeliveryDetailOut(DeliveryOut):
    """A message with what is sent, letter by letter, and its last tries."""

    body = serializers.CharField()
    attempts = AttemptOut(many=True, source="last_tries")


class DeliveryQuery(Strict):
    """Which messages."""

    state = serializers.ChoiceField(Delivery.State.choices, required=False)


class WebhookView(ApiView):
    def endpoints(self) -> QuerySet[Endpoint]:
        return Endpoint.objects.filter(space=self.space).select_related("made_by")

    def endpoint(self, pk: int) -> Endpoint:
        return get_object_or_404(self.endpoints(), pk=pk)

    def delivery(self, pk: int, number: int) -> Delivery:
        rows = Delivery.objects.filter(endpoint__space=self.space, endpoint=pk)
        found = get_object_or_404(rows.select_related("endpoint"), pk=number)
        found.last_tries = list(found.tried.all()[:TRIES_SHOWN])  # type: ignore[attr-defined]
        return found

    def kept(self, body: Any) -> Any:
        """Keep no secret: what is kept of it only tells whether it is still the same."""
        if not isinstance(body, dict) or not body.get("secret"):
            return body
        return body | {"secret": _digest(body["secret"])}

    def told_again(self, body: Any) -> Any:
        if not isinstance(body, dict) or not body.get("secret"):
            return body
        row = self.endpoints().filter(pk=body["webhook"]["id"]).first()
        secret = secret_of(row.salt) if row else ""
        return body | {"secret": secret if _digest(secret) == body["secret"] else None}


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class Webhooks(WebhookView):
    calls = {
        "GET": Call(ADMINISTER, WebhookOut, many=True, says="The webhooks of the space."),
        "POST": Call(
            ADMINISTER,
            WebhookSecretOut,
            body=WebhookIn,
            status=201,
            says="Let an address be told of what happens from now on. The answer has the secret, "
            "which is shown this once.",
        ),
    }

    def get(self) -> Response:
        return self.page(self.endpoints(), ordering="pk")

    def post(self) -> Response:
        site = self.request.build_absolute_uri("/")
        made = endpoint_make(space=self.space, actor=self.user, site=site, **self.said)
        where = reverse("api:webhook", args=[self.space.slug, made.pk])
        return self.one(made, Location=where)


class OneWebhook(WebhookView):
    calls = {
        "GET": Call(ADMINISTER, WebhookOut, says="A webhook."),
        "PATCH": Call(
            ADMINISTER,
            WebhookOut,
            body=WebhookChange,
            versioned=True,
            says="Change a webhook, or switch it on or off.",
        ),
        "DELETE": Call(
            ADMINISTER, status=204, says="Remove a webhook with all that is kept of its messages."
        ),
    }

    def get(self, pk: int) -> Response:
        return self.one(self.endpoint(pk))

    def patch(self, pk: int) -> Response:
        row, said = self.endpoint(pk), dict(self.said)
        self.match(row, WebhookOut)
        on = said.pop("is_on", None)
        with transaction.atomic():
            if said:
                stands = {"name": row.name, "address": row.address, "kinds": row.kinds}
                endpoint_change(endpoint=row, actor=self.user, **(stands | said))
            if on is not None:
                endpoint_switch(endpoint=row, actor=self.user, on=on)
        return self.one(self.endpoint(pk))

    def delete(self, pk: int) -> Response:
        endpoint_remove(endpoint=self.endpoint(pk), actor=self.user)
        return self.nothing()


class WebhookSecret(WebhookView):
    calls = {
        "POST": Call(
            ADMINISTER,
            WebhookSecretOut,
            body=Nothing,
            says="Give a webhook another secret, which is shown this once; the old one goes on to "
            "sign beside it for a day.",
        )
    }

    def post(self, pk: int) -> Response:
        secret_change(endpoint=self.endpoint(pk), actor=self.user)
        return self.one(self.endpoint(pk))


class TestWebhook(WebhookView):
    calls = {
        "POST": Call(
            ADMINISTER,
            DeliveryDetailOut,
            body=Nothing,
            status=202,
            says="Send a message that tells of nothing, once; 409 while the webhook is off.",
        )
    }

    def post(self, pk: int) -> Response:
        made = endpoint_test(endpoint=self.endpoint(pk), actor=self.user)
        where = reverse("api:delivery", args=[self.space.slug, pk, made.pk])
        return self.one(self.delivery(pk, made.pk), Location=where)


class Deliveries(WebhookView):
    calls = {
        "GET": Call(
            ADMINISTER,
            DeliveryOut,
            many=True,
            query=DeliveryQuery,
            says="The messages to a webhook, the newest first.",
        )
    }

    def get(self, pk: int) -> Response:
        return self.page(deliveries_of(self.endpoint(pk), self.asked.get("state", "")))


class OneDelivery(WebhookView):
    calls = {
        "GET": Call(
            ADMINISTER,
            DeliveryDetailOut,
            says="A message: what is sent, and what was answered each time.",
        )
    }

    def get(self, pk: int, number: int) -> Response:
        return self.one(self.delivery(pk, number))


class ReplayDelivery(WebhookView):
    calls = {
        "POST": Call(
            ADMINISTER,
            DeliveryDetailOut,
            body=Nothing,
            status=202,
            says="Send a message again; one that is on its way goes on. 409 while the webhook is "
            "off.",
        )
    }

    def post(self, pk: int, number: int) -> Response:
        delivery_replay(delivery=self.delivery(pk, number), actor=self.user)
        return self.one(self.delivery(pk, number))
