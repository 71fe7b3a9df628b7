"""Calls for the settings of a space: its own, its heads, webhooks and explicit memory."""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType
from typing import Any, Literal

from memweb_client import shapes
from memweb_client.place import Place
from memweb_client.values import Call, Listing, asked, said

HeadSide = Literal["write", "read"]


class SettingUp(Place):
    """What owners set. ``Client.read`` tells the version that a change is to name."""

    def space_change(self, **change: Any) -> Call[shapes.Space]:
        """Return the call that changes settings: the fields of ``Space``; others stay."""
        return Call("PATCH", self._at(""), shapes.Space, body=dict(change))

    def heads(self) -> Listing[shapes.Head]:
        return Listing(self._at("/heads"), shapes.Head)

    def head(self, side: HeadSide) -> Call[shapes.Head]:
        return Call("GET", self._at(f"/heads/{side}"), shapes.Head)

    def head_choose(
        self,
        side: HeadSide,
        *,
        backend: str | None = None,
        base: str | None = None,
        adapter: str | None = None,
        least: int | None = None,
        cut: bool | None = None,
    ) -> Call[shapes.Head]:
        """Return the call that chooses a head, from the next document or question on."""
        body = said(backend=backend, base=base, adapter=adapter, least=least, cut=cut)
        return Call("PATCH", self._at(f"/heads/{side}"), shapes.Head, body=body)

    # Webhooks

    def webhooks(self, *, limit: int | None = None) -> Listing[shapes.Webhook]:
        return Listing(self._at("/webhooks"), shapes.Webhook, asked(limit=limit))

    def webhook(self, pk: int) -> Call[shapes.Webhook]:
        return Call("GET", self._at(f"/webhooks/{pk:d}"), shapes.Webhook)

    def webhook_make(
        self, *, name: str, address: str, kinds: Sequence[shapes.WebhookKind]
    ) -> Call[shapes.WebhookSecret]:
        """Return the call that lets an address be told; its answer shows the secret this once."""
        body = {"name": name, "address": address, "kinds": list(kinds)}
        return Call("POST", self._at("/webhooks"), shapes.WebhookSecret, body=body)

    def webhook_change(
        self,
        pk: int,
        *,
        name: str | None = None,
        address: str | None = None,
        kinds: Sequence[shapes.WebhookKind] | None = None,
        is_on: bool | None = None,
    ) -> Call[shapes.Webhook]:
        body = said(name=name, address=address, kinds=kinds, is_on=is_on)
        return Call("PATCH", self._at(f"/webhooks/{pk:d}"), shapes.Webhook, body=body)

    def webhook_secret(self, pk: int) -> Call[shapes.WebhookSecret]:
        """Return the call that gives a webhook another secret, shown this once."""
        return Call("POST", self._at(f"/webhooks/{pk:d}/secret"), shapes.WebhookSecret)

    def webhook_remove(self, pk: int) -> Call[None]:
        return Call("DELETE", self._at(f"/webhooks/{pk:d}"), NoneType)

    def webhook_test(self, pk: int) -> Call[shapes.DeliveryDetail]:
        """Return the call that sends a message that tells of nothing; ``wait`` waits for it."""
        at = self._at(f"/webhooks/{pk:d}/test")
        return Call("POST", at, shapes.DeliveryDetail, then=self._look)

    def _look(self, one: shapes.DeliveryDetail) -> Call[shapes.DeliveryDetail]:
        return self.delivery(one.webhook, one.id)

    def deliveries(
        self, webhook: int, *, state: shapes.State | None = None, limit: int | None = None
    ) -> Listing[shapes.Delivery]:
        """Return the list of the messages to a webhook, the newest first."""
        at = self._at(f"/webhooks/{webhook:d}/messages")
        return Listing(at, shapes.Delivery, asked(state=state, limit=limit))

    def delivery(self, webhook: int, pk: int) -> Call[shapes.DeliveryDetail]:
        at = self._at(f"/webhooks/{webhook:d}/messages/{pk:d}")
        return Call("GET", at, shapes.DeliveryDetail)

    def delivery_again(self, webhook: int, pk: int) -> Call[shapes.DeliveryDetail]:
        """Return the call that sends a message again; ``wait`` waits for it."""
        at = self._at(f"/webhooks/{webhook:d}/messages/{pk:d}/again")
        return Call("POST", at, shapes.DeliveryDetail, then=self._look)

    # Explicit memory

    def explicit(self) -> Call[shapes.Explicit]:
        return Call("GET", self._at("/explicit"), shapes.Explicit)

    def explicit_change(
        self,
        *,
        is_on: bool | None = None,
        base: str | None = None,
        adapter: str | None = None,
        policy: Literal["off", "propose", "act"] | None = None,
    ) -> Call[shapes.Explicit]:
        body = said(is_on=is_on, base=base, adapter=adapter, policy=policy)
        return Call("PATCH", self._at("/explicit"), shapes.Explicit, body=body)

    def explicit_memories(
        self, *, state: str | None = None, limit: int | None = None
    ) -> Listing[shapes.ExplicitMemory]:
        params = asked(state=state, limit=limit)
        return Listing(self._at("/explicit/memories"), shapes.ExplicitMemory, params)

    def explicit_memory(self, pk: int) -> Call[shapes.ExplicitContent]:
        return Call("GET", self._at(f"/explicit/memories/{pk:d}"), shapes.ExplicitContent)

    def builds(self, *, limit: int | None = None) -> Listing[shapes.Build]:
        return Listing(self._at("/explicit/builds"), shapes.Build, asked(limit=limit))

    def build(self, pk: int) -> Call[shapes.Build]:
        return Call("GET", self._at(f"/explicit/builds/{pk:d}"), shapes.Build)

    def build_start(self) -> Call[shapes.Build]:
        """Return the call that builds what is lacking or out of date; ``wait`` waits."""

        def look(one: shapes.Build) -> Call[shapes.Build]:
            return self.build(one.id)

        return Call("POST", self._at("/explicit/builds"), shapes.Build, then=look)

    def build_cancel(self, pk: int) -> Call[shapes.Build]:
        return Call("POST", self._at(f"/explicit/builds/{pk:d}/cancel"), shapes.Build)

    def moves(
        self, *, state: Literal["proposed", "made"] | None = None, limit: int | None = None
    ) -> Listing[shapes.Move]:
        """Return the list of the subjects whose references are cheaper in another form."""
        return Listing(self._at("/explicit/moves"), shapes.Move, asked(state=state, limit=limit))

    def moves_weigh(self) -> Call[shapes.Weighed]:
        return Call("POST", self._at("/explicit/moves"), shapes.Weighed)

    def move_make(self, pk: int) -> Call[shapes.Move]:
        return Call("POST", self._at(f"/explicit/moves/{pk:d}/make"), shapes.Move)

    def adapting(self) -> Call[shapes.Adapting]:
        """Return the call that says whether retrieval adapts to the caller."""
        return Call("GET", self._at("/explicit/adapting"), shapes.Adapting)

    def adapting_set(self, *, is_on: bool) -> Call[shapes.Adapting]:
        """Return the call that switches that on or off; off forgets what was noted."""
        return Call("PUT", self._at("/explicit/adapting"), shapes.Adapting, body={"is_on": is_on})
