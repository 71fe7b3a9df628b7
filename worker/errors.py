"""What a backend raises when it cannot do its work."""

from __future__ import annotations


class WorkerError(Exception):
    """The model side failed; ``message`` is one sentence for the page.

    ``permanent`` says that trying again cannot help: a missing model, a text that it refuses.
    """

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent


class CannotLoad(WorkerError):
    """A head cannot be loaded as things stand; ``message`` says what to do about it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True)
