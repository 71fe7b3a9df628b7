"""Where checkpoints leave the building to: a folder, an HTTP address, a bucket, by setting."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from apps.common.s3 import Login, Server
from apps.provenance.services.destinations.common import DeliveryError, Destination, Parcel
from apps.provenance.services.destinations.folder import Folder
from apps.provenance.services.destinations.http import HttpAddress
from apps.provenance.services.destinations.s3 import Bucket

__all__ = ["DeliveryError", "Destination", "Parcel", "destinations"]


def destinations() -> dict[str, Destination]:
    """Return the destinations that the settings name, by kind."""
    makers = {"folder": _folder, "http": _http, "s3": _s3}
    return {kind: makers[kind]() for kind in settings.PROVENANCE_DESTINATIONS}


def _folder() -> Destination:
    return Folder(Path(settings.PROVENANCE_FOLDER))


def _http() -> Destination:
    return HttpAddress(settings.PROVENANCE_URL, settings.PROVENANCE_URL_TOKEN)


def _s3() -> Destination:
    login = Login(
        settings.PROVENANCE_S3_ACCESS_KEY,
        settings.PROVENANCE_S3_SECRET_KEY,
        settings.PROVENANCE_S3_REGION,
    )
    server = Server(settings.PROVENANCE_S3_ENDPOINT, settings.PROVENANCE_S3_BUCKET, login)
    return Bucket(server, settings.PROVENANCE_S3_PREFIX)
