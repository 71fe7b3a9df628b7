"""Webhooks: endpoints, the follower of the log, and sending."""

from apps.webhooks.services.addresses import BadAddress, parts_of
from apps.webhooks.services.endpoints import (
    EndpointRefused,
    NotSwitchedOn,
    endpoint_change,
    endpoint_make,
    endpoint_remove,
    endpoint_switch,
    endpoint_test,
    secret_change,
)
from apps.webhooks.services.following import follow
from apps.webhooks.services.kind import DELIVERIES
from apps.webhooks.services.messages import KINDS
from apps.webhooks.services.secrets import secret_of
from apps.webhooks.services.sending import deliveries_run
from apps.webhooks.services.upkeep import deliveries_sweep, delivery_replay

__all__ = [
    "DELIVERIES",
    "KINDS",
    "BadAddress",
    "EndpointRefused",
    "NotSwitchedOn",
    "deliveries_run",
    "deliveries_sweep",
    "delivery_replay",
    "endpoint_change",
    "endpoint_make",
    "endpoint_remove",
    "endpoint_switch",
    "endpoint_test",
    "follow",
    "parts_of",
    "secret_change",
    "secret_of",
]
