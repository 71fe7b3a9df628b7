"""What a model has no room for: contexts beyond its window, and batches beyond the memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

_OF_THE_PROCESSOR = ("can't allocate memory", "not enough memory")


class ContextTooLong(ValueError):
    """A context leaves no room for a token in the window of the model."""

    def __init__(self, length: int, window: int) -> None:
        super().__init__(f"The context has {length} tokens; the model takes {window}.")
        self.length, self.window = length, window


class OutOfMemory(MemoryError):
    """The memory is not enough, not even for a smaller batch."""


@contextmanager
def memory() -> Iterator[None]:
    """Raise OutOfMemory where torch does not get the memory that it asks for."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemory("The memory of the GPU is not enough for this text.") from error
    except RuntimeError as error:
        if not any(sign in str(error) for sign in _OF_THE_PROCESSOR):
            raise
        raise OutOfMemory("The memory is not enough for this text.") from error
