"""What goes into the log of a request that was refused: one line, with the id of the request."""

from __future__ import annotations

import logging

from apps.common.requests import request_id


class RefusalsInOneLine(logging.Filter):
    """Takes the traceback off what Django logs about refusals.

    Django gives each refused request a line with its status, and adds the traceback of the
    exception by which a view said no: ten times the text, of which nothing is news. A traceback
    stays where something broke (500).
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        if getattr(record, "status_code", 500) != 500:
            record.exc_info = record.exc_text = record.stack_info = None
        if hasattr(record, "status_code"):
            meta = getattr(getattr(record, "request", None), "META", {})
            known = meta.get("REQUEST_ID") or request_id()
            said = f" (request {known})"
            if known and not record.getMessage().endswith(said):  # for another handler
                record.msg, record.args = record.getMessage() + said, ()
        return True
