"""The head that is measured: the product's own, or one with weights of a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from apps.evaluation.measuring.errors import EvaluationError
from worker import registry
from worker.interfaces import ReadHead, WriteHead

Head = TypeVar("Head")


def load_write_head(name: str, weights: Path | None) -> WriteHead:
    """Return a write head, with the weights in a folder where one is given.

    Raises EvaluationError and UnknownBackend.
    """
    return _loaded(f"{name} write head", name, weights, registry.write_head, registry.write_head_in)


def load_read_head(name: str, weights: Path | None) -> ReadHead:
    """Return a read head, with the weights in a folder where one is given.

    Raises EvaluationError and UnknownBackend.
    """
    return _loaded(f"{name} read head", name, weights, registry.read_head, registry.read_head_in)


def _loaded(
    called: str,
    name: str,
    weights: Path | None,
    shipped: Callable[[str], Head],
    in_folder: Callable[[str, Path], Head],
) -> Head:
    try:
        return in_folder(name, weights) if weights else shipped(name)
    except registry.UnknownBackend:
        raise
    except TypeError as error:
        raise EvaluationError(f"The {called} takes no weights.") from error
    except Exception as error:  # a backend's own: missing, cut off or foreign weights
        raise EvaluationError(f"The {called} cannot be loaded: {error}") from error
