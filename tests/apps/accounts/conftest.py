from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest

from tests.apps.accounts.provider import CLIENT, SECRET, Provider


@pytest.fixture
def provider(settings, db) -> Iterator[Provider]:
    made = Provider()
    # Loaded before the settings change: the addresses of all other tests are made from them.
    settings.ROOT_URLCONF = import_module("tests.apps.accounts.sign_on_urls").__name__
    settings.OIDC_ISSUER, settings.OIDC_NAME = made.issuer, "Corp"
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
    yield made
    made.close()
