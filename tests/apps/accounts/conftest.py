from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.apps.accounts.provider import CLIENT, SECRET, Provider


@pytest.fixture
def provider(settings, db) -> Iterator[Provider]:
    made = Provider()
    settings.ROOT_URLCONF = "tests.apps.accounts.sign_on_urls"
    settings.OIDC_ISSUER, settings.OIDC_NAME = made.issuer, "Corp"
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
    yield made
    made.close()
