"""The head that is measured: the product's own, or one with weights of a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from apps.evaluation.measuring.errors import EvaluationError
from worker import registry
from worker.heads.causal.installed import SMOLLM2
from worker.interfaces import ReadHead, WriteHead
from worker.setups import HeadSetup, HeadSide

Head = TypeVar("Head")


def load_write_head(name: str, weights: Path | None) -> WriteHead:
    """Return a write head, with the weights in a folder where one is given. What stands on a
    language model stands on the one that memweb comes with.

    Raises EvaluationError and UnknownBackend.
    """
    setup = _setup("write", name, weights)
    return _loaded(
        f"{name} write head", setup, weights, registry.write_head, registry.write_head_in
    )


def load_read_head(name: str, weights: Path | None) -> ReadHead:
    """Return a read head, with the weights in a folder where one is given. What stands on a
    language model stands on the one that memweb comes with.

    Raises EvaluationError and UnknownBackend.
    """
    setup = _setup("read", name, weights)
    return _loaded(f"{name} read head", setup, weights, registry.read_head, registry.read_head_in)


def _setup(side: HeadSide, name: str, weights: Path | None) -> HeadSetup:
    if not any(registry.on_base(one) for one in registry.parts(side, name)):
        return HeadSetup(name)
    return HeadSetup(name, base=SMOLLM2, adapter=str(weights or ""))


def _loaded(
    called: str,
    setup: HeadSetup,
    weights: Path | None,
    chosen: Callable[[HeadSetup], Head],
    in_folder: Callable[[str, Path], Head],
) -> Head:
    try:
        if weights and not setup.base:
            return in_folder(setup.backend, weights)
        return chosen(setup)
    except registry.UnknownBackend:
        raise
    except TypeError as error:
        raise EvaluationError(f"The {called} takes no weights.") from error
    except Exception as error:  # a backend's own: missing, cut off or foreign weights
        raise EvaluationError(f"The {called} cannot be loaded: {error}") from error
