"""What the embedded servers can fail with."""

from __future__ import annotations


class EmbeddedError(Exception):
    """An embedded server cannot be used; the message is one sentence for the person at hand."""
