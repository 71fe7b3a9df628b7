"""Pages by cursor: each names the place after which the next one goes on, so that rows that come in
between are neither shown twice nor passed over."""

from __future__ import annotations

import re
from typing import Any, Final

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response

USUAL: Final = 50
MOST: Final = 200
_CURSOR: Final = re.compile(r"[A-Za-z0-9+/_-]{4,400}={0,2}")


class Pages(CursorPagination):
    """``items``, and the addresses of the ``next`` and the ``previous`` page."""

    page_size = USUAL
    max_page_size = MOST
    page_size_query_param = "limit"
    ordering: Any = "-pk"
    offset_cutoff = 1_000_000  # rows of one document stand together in the queue

    def decode_cursor(self, request: Any) -> Any:
        given = request.query_params.get(self.cursor_query_param)
        if given is not None and not _CURSOR.fullmatch(given):
            raise ValidationError({"cursor": ["This is no cursor of this list."]})
        try:
            return super().decode_cursor(request)
        except NotFound:
            raise ValidationError({"cursor": ["This is no cursor of this list."]}) from None

    def get_page_size(self, request: Any) -> int:
        asked = request.query_params.get("limit")
        if asked is None:
            return USUAL
        if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:9]) <= MOST:
            raise ValidationError({"limit": [f"A page has 1 to {MOST} items."]})
        return int(asked)

    def get_paginated_response(self, data: Any) -> Response:
        links = {"next": self.get_next_link(), "previous": self.get_previous_link()}
        return Response({"items": data, **links})
