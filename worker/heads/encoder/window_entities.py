"""Where the entities of a passage stand in one window of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from worker.heads.encoder.extractor import Entities, distance_table
from worker.heads.encoder.features import Window
from worker.heads.encoder.proposals import EntityMentions
from worker.types import ENTITY_TYPES


@dataclass(frozen=True)
class WindowEntities:
    """A window's entities; ``owners`` says which of the given ones each of them is."""

    entities: Entities
    owners: tuple[int, ...]


def entities_in_window(window: Window, entities: Sequence[EntityMentions]) -> WindowEntities:
    """Find the mentions of entities in a window; entities without one are left out."""
    first = {w.start: i for i, w in enumerate(window.words)}
    last = {w.end: i for i, w in enumerate(window.words)}
    spans: list[tuple[int, int]] = []
    groups, owners, sentences, types = [], [], [], []
    for number, entity in enumerate(entities):
        members = []
        for mention in entity.mentions:
            a, b = first.get(mention.span.start), last.get(mention.span.end)
            if a is None or b is None or b < a:
                continue
            members.append(len(spans))
            spans.append((window.words[a].first, window.words[b].last))
            sentences.append(window.words[a].sentence)
        if members:
            groups.append(tuple(members))
            owners.append(number)
            types.append(ENTITY_TYPES.index(entity.type))
    distances = distance_table(groups, sentences)
    made = Entities(tuple(spans), tuple(groups), torch.tensor(types), distances)
    return WindowEntities(made, tuple(owners))
