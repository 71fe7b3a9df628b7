"""Where a request comes from, also behind proxies."""

from __future__ import annotations

import ipaddress
import logging
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

logger = logging.getLogger(__name__)
UNKNOWN = "0.0.0.0"  # noqa: S104 - one for all whose address cannot be read

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: HttpRequest) -> str:
    """Return the address of the client.

    ``X-Forwarded-For`` is believed from the right, as far as each one who added to it is named in
    TRUSTED_PROXIES: anybody may send the header, so an entry is worth what its writer is.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    if hops and not _is_trusted(peer):
        _say_untrusted(peer)
    while hops and _is_trusted(peer):
        peer = hops.pop()
    address = _parsed(peer)
    return str(address) if address else UNKNOWN


def network_of(address: str) -> str:
    """Return what one client may choose its addresses from: an IPv6 line has a /64 of them."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed or UNKNOWN)


def _parsed(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_trusted(text: str) -> bool:
    address = _parsed(text)
    if address is None:  # a unix socket has no address
        return not text and "unix" in settings.TRUSTED_PROXIES
    return any(
        address in ipaddress.ip_network(proxy, strict=False)
        for proxy in settings.TRUSTED_PROXIES
        if proxy != "unix"
    )


@lru_cache(maxsize=16)
def _say_untrusted(peer: str) -> None:
    """Once for each peer: a proxy that is not named makes one client of all who come through it."""
    logger.warning("%s sends X-Forwarded-For and is not named in TRUSTED_PROXIES", peer or "unix")
