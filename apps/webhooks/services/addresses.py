"""Which addresses may be told: https on the open net, and what the site's settings name."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from apps.common.outgoing import Address, Check, is_public

PRIVATE: Final = (
    "is an address inside of a private network. Those who run the site can allow it "
    "(WEBHOOK_NETWORKS)."
)
OPEN: Final = "is on the open net, where only https is sent to."


class BadAddress(Exception):
    """An address that cannot be told of anything; the message says why."""


def parts_of(address: str) -> SplitResult:
    """Return the parts of an address as somebody typed it. Raises BadAddress.

    What its name means is looked at when it is connected to, each time (``check_for``).
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise BadAddress("This is no address of the web. The port must be a number.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or not address.isascii():
        raise BadAddress("Write an address such as https://example.org/hooks.")
    if any(ord(sign) <= 32 or ord(sign) == 127 for sign in address):
        raise BadAddress("An address holds no blanks.")
    if "@" in parts.netloc:
        raise BadAddress(
            "Leave name and password out: every message is signed, which says that it is from here."
        )
    if parts.fragment:
        raise BadAddress("Leave out what begins with #: no server sees it.")
    if port is not None and (port == 0 or (port < 1024 and port not in (80, 443))):
        raise BadAddress("The port must be 443, 80, or 1024 and above.")
    _early(parts)
    return parts


def check_for(scheme: str) -> Check:
    """Return what says of an address that is about to be connected to why it is not."""

    def why(address: Address) -> str:
        if _is_named(address):
            return ""
        if not is_public(address):
            return PRIVATE
        return OPEN if scheme != "https" else ""

    return why


def _early(parts: SplitResult) -> None:
    """Refuse at once what needs no look-up of a name."""
    try:
        number = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        if parts.scheme != "https" and not settings.WEBHOOK_NETWORKS:
            raise BadAddress("The address must begin with https://.") from None
        return
    if why := check_for(parts.scheme)(number):
        raise BadAddress(f"{parts.hostname} {why}")


def _is_named(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(
        address in ipaddress.ip_network(one, strict=False) for one in settings.WEBHOOK_NETWORKS
    )
