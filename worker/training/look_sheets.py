"""Marked pairs laid end to end, from which batches are cut on the device that trains on them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from worker.heads.encoder.second_look import Marked

if TYPE_CHECKING:
    from worker.training.look_model import Pair

UNEVEN = 0.1  # how much longer or shorter a pair may count when those of a batch are chosen
Arrays = dict[str, "np.ndarray"]


def laid(pairs: Iterable[Pair]) -> Arrays | None:
    """Return pairs as arrays that a process can send: ``ids``, ``shapes`` and ``marks`` one after
    the other, ``sizes`` (P,), ``facts`` (F, 3) of pair, direction and relation, ``asked`` and
    ``moods`` (P, 2), and ``judged`` (P,), which of the ``sets`` (S, R) of relations was judged.
    None without a pair."""
    every = list(pairs)
    if not every:
        return None
    sets: dict[bytes, int] = {}
    rows = [p.candidates.numpy() for p in every]
    judged = [sets.setdefault(row.tobytes(), len(sets)) for row in rows]
    facts = [(n, *fact) for n, pair in enumerate(every) for fact in pair.facts]

    def joined(name: str, kind: type) -> np.ndarray:
        return torch.cat([getattr(p, name) for p in every]).numpy().astype(kind)

    return {
        "ids": joined("ids", np.int16),
        "shapes": joined("shapes", np.uint8),
        "marks": joined("marks", np.uint8),
        "sizes": np.array([len(p.ids) for p in every], np.int64),
        "facts": np.array(facts, np.int64).reshape(-1, 3),
        "asked": np.array([p.asked for p in every], bool),
        "moods": np.array([p.moods for p in every], np.int64),
        "judged": np.array(judged, np.int64),
        "sets": np.stack([np.frombuffer(key, bool) for key in sets]),
    }


@dataclass(frozen=True)
class Gold:
    """What is true of P pairs: ``labels`` (2, P, R), ``asked`` (2, P), ``moods`` (2, P) and the
    ``candidates`` (P, R) that were judged."""

    labels: Tensor
    asked: Tensor
    moods: Tensor
    candidates: Tensor


class Sheet:
    """Pairs on a device. ``sizes`` (P,) stay on the processor, by which batches are chosen."""

    def __init__(self, arrays: Arrays, device: str) -> None:
        def on(name: str) -> Tensor:
            return torch.from_numpy(arrays[name]).to(device)

        self.sizes = torch.from_numpy(arrays["sizes"])
        self.lengths = self.sizes.to(device)
        self.begins = (self.sizes.cumsum(0) - self.sizes).to(device)
        self.pieces = torch.stack([on("ids").int(), on("shapes").int(), on("marks").int()])
        self.asked, self.moods, self.judged, self.sets = (
            on(name) for name in ("asked", "moods", "judged", "sets")
        )
        facts = on("facts")
        relations = arrays["sets"].shape[1]
        self.labels = torch.zeros(len(self.sizes), 2, relations, dtype=torch.bool, device=device)
        self.labels[facts[:, 0], facts[:, 1], facts[:, 2]] = True
        self.device = device

    def groups(self, pieces: int, rng: random.Random) -> list[list[int]]:
        """Return the pairs of each batch: of like length, together at most ``pieces`` word pieces
        with what fills them up, in random order."""
        sizes = self.sizes.tolist()
        order = sorted(range(len(sizes)), key=lambda i: -sizes[i] * (1 + UNEVEN * rng.random()))
        made: list[list[int]] = [[]]
        longest = 0
        for row in order:
            longest = max(longest, sizes[row])
            if made[-1] and (len(made[-1]) + 1) * longest > pieces:
                made.append([])
                longest = sizes[row]
            made[-1].append(row)
        rng.shuffle(made)
        return [group for group in made if group]

    def batch(self, group: Sequence[int]) -> tuple[Marked, Gold]:
        """Return some pairs as inputs and their gold, on the device."""
        chosen = torch.tensor(group)
        longest = int(self.sizes[chosen].max())
        rows = chosen.to(self.device)
        step = torch.arange(longest, device=self.device)
        there = step < self.lengths[rows].unsqueeze(1)
        places = torch.where(there, self.begins[rows].unsqueeze(1) + step, 0)
        ids, shapes, marks = (self.pieces[:, places] * there).long().unbind()
        gold = Gold(
            self.labels[rows].transpose(0, 1), self.asked[rows].T, self.moods[rows].T,
            self.sets[self.judged[rows]],
        )  # fmt: skip
        return Marked(ids, shapes, marks, there.long()), gold
