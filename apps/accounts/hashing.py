"""Password hashing for a few at a time.

A hash is made to be dear: a third of a second of one processor. Whoever may ask for any number of
them at once, as a sign-in page lets anybody, would take all processors from everybody else.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from memweb.busy import Busy, give_connection_back

# How many may stand in line, and for how long.
LINE = 40
WAIT_SECONDS = 5.0


class Places:
    """A number of places and a line before them."""

    def __init__(self, number: int, *, line: int = LINE, seconds: float = WAIT_SECONDS) -> None:
        self._places = threading.BoundedSemaphore(number)
        self._line = threading.BoundedSemaphore(number + line)
        self._seconds = seconds

    @contextlib.contextmanager
    def take(self) -> Iterator[None]:
        """Hold a place. Raises Busy when the line is full or does not move."""
        if not self._line.acquire(blocking=False):
            raise Busy("too many passwords are being checked")
        try:
            give_connection_back()  # nobody needs the database while standing in line
            if not self._places.acquire(timeout=self._seconds):
                raise Busy("passwords are checked too slowly")
            try:
                yield
            finally:
                self._places.release()
        finally:
            self._line.release()


PLACES = Places(settings.PASSWORD_CHECKS_AT_ONCE)


class GuardedPasswordHasher(PBKDF2PasswordHasher):
    """Django's standard hash, within the places; stored passwords stay as they are."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with PLACES.take():
            return super().encode(password, salt, iterations)
