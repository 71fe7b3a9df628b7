"""The address and the token, looked at before they are used."""

from __future__ import annotations

import re
from typing import Final

import httpx

from memweb_client.errors import BadSettings

_TOKEN: Final = re.compile(r"[\x21-\x7e]{8,500}")


def checked_address(url: str) -> httpx.URL:
    """Return the address of a memweb, without a slash at its end. Raises BadSettings."""
    try:
        address = httpx.URL(url.strip().rstrip("/"))
    except httpx.InvalidURL:
        raise BadSettings("The address of memweb is no address.") from None
    if address.scheme not in ("http", "https") or not address.host:
        raise BadSettings("The address of memweb begins with http:// or https://.")
    if address.userinfo or address.query or address.fragment:
        raise BadSettings("The address of memweb has no name, password, ? or # in it.")
    return address


def checked_token(token: str) -> str:
    """Return a token without blanks around it. Raises BadSettings, which does not say the token."""
    token = token.strip()
    if not _TOKEN.fullmatch(token):
        raise BadSettings("The token is none: make one on your account page.")
    return token
