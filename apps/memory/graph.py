"""The neighbourhood of an entity as a picture: positions for an SVG, computed here so that the
same facts give the same picture.

Neighbours stand on an ellipse around the entity, half of them on each side and evenly spaced from
top to bottom. Their names lie outside the ellipse, each pair of name and relation in a row of its
own, so that no two texts and no line and text ever meet. Where there is no room for an ellipse,
they hang below each other on a branch.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from apps.memory.models import Entity, Triple

WIDTH = 660
ROW = 44  # height of a neighbour: its name and, below, its relations
MARGIN = 34
RADIUS_X = 118
NODE = 6
GAP = 12  # between a node and its texts
NAME_PIXELS, RELATION_PIXELS = 7.6, 6.1  # of an average character of 13 px and 11.5 px
ARROW = 6.0
BRANCH_WIDTH = 320
BRANCH_X = 66.0


@dataclass(frozen=True)
class Node:
    """A neighbour: coordinates in pixels of the view box, texts cut to the room they have."""

    entity: Entity
    facts: tuple[Triple, ...]
    x: float
    y: float
    text_x: float
    anchor: str  # of SVG's text-anchor
    name: str
    relations: str
    edge: str  # path data
    arrows: tuple[str, ...]  # one triangle for each direction that has a fact

    @property
    def name_y(self) -> float:
        """The base line of the name, above the middle of the node."""
        return round(self.y - 1.5, 1)

    @property
    def relations_y(self) -> float:
        """The base line of the relations, below the name."""
        return round(self.y + 13.5, 1)

    @property
    def title(self) -> str:
        """All facts in words, for people who hear the page."""
        return "; ".join(f"{f.subject.name} {f.relation.name} {f.object.name}" for f in self.facts)


@dataclass(frozen=True)
class Graph:
    """The picture: an entity, its neighbours, and where everything stands."""

    width: int
    height: int
    centre_x: float  # of the entity's name
    centre_y: float
    name: str
    box: tuple[float, float, float, float]  # of the entity's name: x, y, width, height
    nodes: tuple[Node, ...]

    @property
    def name_y(self) -> float:
        """The base line of the entity's name."""
        return self.centre_y + 4.5


def _width(text: str, pixels: float) -> float:
    """Return how wide a text may be at most, whatever sans-serif font the reader has."""
    return sum(map(_weight, text)) * pixels


def _weight(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.8
    if character in "MWmw@%—…":
        return 1.7
    if character in "ijlftrI.,:;'’|!()[] ":
        return 0.65
    return 1.2 if character.isupper() else 1.0


def fitted(text: str, pixels: float, room: float) -> str:
    """Return the text, cut with an ellipsis where it is wider than ``room``."""
    if _width(text, pixels) <= room:
        return text
    while text and _width(text + "…", pixels) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _ordered(
    neighbours: Sequence[tuple[Entity, Sequence[Triple]]],
) -> list[tuple[Entity, Sequence[Triple]]]:
    return sorted(neighbours, key=lambda pair: (pair[1][0].relation.name, pair[0].name, pair[0].pk))


def draw(entity: Entity, neighbours: Sequence[tuple[Entity, Sequence[Triple]]]) -> Graph:
    """Return the picture of an entity and its neighbours (see ``selectors.neighbours``)."""
    ordered = _ordered(neighbours)
    right = ordered[: math.ceil(len(ordered) / 2)]
    left = ordered[len(right) :][::-1]  # clockwise: down on the right, up on the left
    height = max(len(right), 3) * ROW + 2 * MARGIN
    middle = height / 2
    name = fitted(entity.name, NAME_PIXELS, 2 * RADIUS_X - 60)
    half = _width(name, NAME_PIXELS) / 2 + 12
    nodes = [
        _node(entity, other, facts, (index - (len(side) - 1) / 2) * ROW, height, sign, half)
        for side, sign in ((right, 1), (left, -1))
        for index, (other, facts) in enumerate(side)
    ]
    centre = WIDTH / 2
    box = (round(centre - half, 1), middle - 15, round(2 * half, 1), 30.0)
    return Graph(WIDTH, height, centre, middle, name, box, tuple(nodes))


def _node(
    entity: Entity,
    other: Entity,
    facts: Sequence[Triple],
    rise: float,
    height: int,
    sign: int,
    half: float,
) -> Node:
    reach = math.sqrt(max(0.0, 1 - (rise / (height / 2)) ** 2))
    # Never nearer to the middle than the entity's own name reaches, plus room for an arrow.
    offset = max(RADIUS_X * reach, min(half + 28, RADIUS_X) if abs(rise) < ROW else 24)
    x, y = WIDTH / 2 + sign * offset, height / 2 + rise
    names = dict.fromkeys(fact.relation.name for fact in facts)
    room = WIDTH / 2 - offset - NODE - GAP - 4
    return Node(
        entity=other,
        facts=tuple(facts),
        x=round(x, 1),
        y=round(y, 1),
        text_x=round(x + sign * (NODE + GAP), 1),
        anchor="start" if sign > 0 else "end",
        name=fitted(other.name, NAME_PIXELS, room),
        relations=fitted(", ".join(names), RELATION_PIXELS, room),
        edge=f"M{WIDTH / 2:.1f} {height / 2:.1f}L{x:.1f} {y:.1f}",
        arrows=_arrows(entity, facts, (WIDTH / 2, height / 2), (x, y)),
    )


def _arrows(
    entity: Entity,
    facts: Sequence[Triple],
    start: tuple[float, float],
    end: tuple[float, float],
) -> tuple[str, ...]:
    """Return the triangles on an edge: outwards at its end where the entity is the subject,
    inwards a little before where it is the object."""
    x, y = end
    dx, dy = x - start[0], y - start[1]
    length = math.hypot(dx, dy)
    ux, uy = dx / length, dy / length
    arrows = []
    for outwards in sorted({fact.subject_id == entity.pk for fact in facts}, reverse=True):
        tip = NODE + 3 if outwards else NODE + 3 + 2.4 * ARROW
        direction = 1 if outwards else -1
        tip_x, tip_y = x - ux * tip, y - uy * tip
        if not outwards:  # the base lies outside, the tip points to the middle
            tip_x, tip_y = x - ux * (tip + ARROW), y - uy * (tip + ARROW)
        base_x, base_y = tip_x - direction * ux * 1.6 * ARROW, tip_y - direction * uy * 1.6 * ARROW
        side_x, side_y = -uy * 0.7 * ARROW, ux * 0.7 * ARROW
        arrows.append(
            f"M{tip_x:.1f} {tip_y:.1f}L{base_x + side_x:.1f} {base_y + side_y:.1f}"
            f"L{base_x - side_x:.1f} {base_y - side_y:.1f}Z"
        )
    return tuple(arrows)


def draw_branch(entity: Entity, neighbours: Sequence[tuple[Entity, Sequence[Triple]]]) -> Graph:
    """Return the same picture for a narrow screen, the neighbours in one column."""
    name = fitted(entity.name, NAME_PIXELS, BRANCH_WIDTH - 40)
    wide = round(_width(name, NAME_PIXELS) + 24, 1)
    top = 42.0
    room = BRANCH_WIDTH - BRANCH_X - NODE - GAP - 4
    nodes = []
    for index, (other, facts) in enumerate(_ordered(neighbours)):
        y = top + (index + 0.75) * ROW
        names = dict.fromkeys(fact.relation.name for fact in facts)
        nodes.append(
            Node(
                entity=other,
                facts=tuple(facts),
                x=BRANCH_X,
                y=y,
                text_x=BRANCH_X + NODE + GAP,
                anchor="start",
                name=fitted(other.name, NAME_PIXELS, room),
                relations=fitted(", ".join(names), RELATION_PIXELS, room),
                edge=f"M18 {top - 8:.1f}V{y - 12:.1f}Q18 {y:.1f} 30 {y:.1f}H{BRANCH_X:.1f}",
                arrows=_arrows(entity, facts, (18.0, y), (BRANCH_X, y)),
            )
        )
    height = round(top + len(nodes) * ROW + 12)
    box = (2.0, 8.0, wide, 30.0)
    return Graph(BRANCH_WIDTH, height, 2 + wide / 2, 23.0, name, box, tuple(nodes))
