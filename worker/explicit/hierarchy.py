"""Where a fact is kept cheapest: as text, as an explicit memory, or in an adapter.

After the hierarchy of Memory3 (arXiv 2407.01178, section 2.2): a form that costs more to write
costs less to read, so the expected number of uses decides. Costs are numbers of one unit, seconds
of a machine or FLOP from a model's shape; formulas and times that were measured are never mixed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Form = Literal["text", "memory", "adapter"]
FORMS: tuple[Form, ...] = ("text", "memory", "adapter")  # from cheap to write to cheap to read


@dataclass(frozen=True)
class Cost:
    """What a fact costs in a form: once, and at every use."""

    write: float
    read: float

    def total(self, uses: float, changes: float = 0.0) -> float:
        """Return what it costs with so many uses, written again after each change."""
        return self.write * (1 + changes) + self.read * uses


@dataclass(frozen=True)
class Shape:
    """A model's sizes: layers, width, that of the feed-forward part, heads of ``head`` numbers."""

    layers: int
    width: int
    inner: int
    heads: int
    key_heads: int
    head: int

    @property
    def token(self) -> float:
        """FLOP of one token's products with the weights, in one layer."""
        queries, keys = self.heads * self.head, self.key_heads * self.head
        return 2.0 * self.width * (2 * queries + 2 * keys + 3 * self.inner)

    def attention(self, queries: float, keys: float) -> float:
        """FLOP with which queries look at keys and add up values, in one layer."""
        return 4.0 * self.heads * self.head * queries * keys


@dataclass(frozen=True)
class Use:
    """One answer: tokens of a ``reference``, of the ``prompt`` without it, and of the answer."""

    reference: int = 128
    prompt: int = 128
    answer: int = 64

    @property
    def queries(self) -> int:
        """Tokens that look at a reference."""
        return self.prompt + self.answer


@dataclass(frozen=True)
class Kept:
    """What a memory keeps: tokens of each of so many layers."""

    layers: int
    tokens: int = 8


def text_cost(shape: Shape, use: Use) -> Cost:
    """Return the FLOP of a reference as text: it is read again at every use."""
    alone = shape.token * use.reference + shape.attention(use.reference, (use.reference + 1) / 2)
    return Cost(0.0, shape.layers * (alone + shape.attention(use.queries, use.reference)))


def memory_cost(shape: Shape, use: Use, kept: Kept) -> Cost:
    """Return the FLOP of a reference as an explicit memory.

    It is read once, with the products of queries and keys of the kept layers once more, to see what
    draws attention. Raises ValueError for more layers or tokens than there are.
    """
    if not 0 < kept.layers <= shape.layers or not 0 < kept.tokens <= use.reference:
        raise ValueError(
            f"Of {shape.layers} layers and {use.reference} tokens, {kept.layers} and "
            f"{kept.tokens} cannot be kept."
        )
    alone = shape.token * use.reference + shape.attention(use.reference, (use.reference + 1) / 2)
    mass = kept.layers * shape.attention(use.reference, use.reference) / 2
    read = kept.layers * shape.attention(use.queries, kept.tokens)
    return Cost(shape.layers * alone + mass, read)


def adapter_cost(shape: Shape, use: Use, passes: int) -> Cost:
    """Return the FLOP of a reference in an adapter that is merged into the weights.

    It is trained on so often as there are ``passes``; the way back costs about what the way forward
    does, since the base's weights take no gradient. Raises ValueError for no pass.
    """
    if passes < 1:
        raise ValueError("An adapter learns nothing without a pass over its text.")
    alone = shape.token * use.reference + shape.attention(use.reference, (use.reference + 1) / 2)
    return Cost(2.0 * passes * shape.layers * alone, 0.0)


def break_even(cheap: Cost, dear: Cost) -> float | None:
    """Return the uses from which on what is dearer to write is cheaper; None where it never is."""
    if dear.write <= cheap.write and dear.read <= cheap.read:
        return 0.0
    if dear.read >= cheap.read:
        return None
    return max(0.0, (dear.write - cheap.write) / (cheap.read - dear.read))


def cheapest(costs: Mapping[Form, Cost], uses: float, changes: float = 0.0) -> Form:
    """Return the form that costs least; of equal ones the one that is cheaper to write.

    Raises ValueError for no form, or fewer uses or changes than none.
    """
    if not costs or uses < 0 or changes < 0:
        raise ValueError("A form is chosen among some, for 0 uses or more.")
    return min(costs, key=lambda form: (costs[form].total(uses, changes), FORMS.index(form)))


def ranges(costs: Mapping[Form, Cost]) -> list[tuple[Form, float]]:
    """Return the forms that are ever cheapest, each with the uses from which on it is."""
    points = {0.0}
    for one in costs.values():
        points |= {at for other in costs.values() if (at := break_even(one, other)) is not None}
    found: list[tuple[Form, float]] = []
    ordered = sorted(points)
    for number, at in enumerate(ordered):
        after = ordered[number + 1] if number + 1 < len(ordered) else 2 * at + 1
        form = cheapest(costs, (at + after) / 2)
        if not found or found[-1][0] != form:
            found.append((form, at))
    return found


def expected_uses(
    ages: Sequence[float], *, known: float, half_life: float, horizon: float
) -> float:
    """Return how often a fact will be used within a horizon, from the ages of its uses, in days.

    A use counts half after each half-life; see ``expected_of``. Raises ValueError for times that
    are none.
    """
    if half_life <= 0 or any(age < 0 for age in ages):
        raise ValueError("Ages and horizons are 0 days or more, half-lives are above 0.")
    counted: float = sum(0.5 ** (age / half_life) for age in ages)
    return expected_of(counted, known=known, half_life=half_life, horizon=horizon)


def expected_of(counted: float, *, known: float, half_life: float, horizon: float) -> float:
    """Return how often a fact will be used within a horizon of days, from the count of its uses, of
    which each counts half after a half-life.

    What is to come fades alike. The count is set against the days for which the fact has been
    ``known`` (at least one), so that a new fact is not taken for an unused one. Raises ValueError
    for counts and times that are none.
    """
    if half_life <= 0 or horizon < 0 or known < 0 or counted < 0:
        raise ValueError("Ages and horizons are 0 days or more, half-lives are above 0.")
    observed = 1 - 0.5 ** (max(known, 1.0) / half_life)
    return counted / observed * (1 - 0.5 ** (horizon / half_life))


@dataclass(frozen=True)
class Move:
    """A proposal: a fact's form now, a cheaper one, and what it is to save."""

    now: Form
    to: Form
    saving: float

    @property
    def promotes(self) -> bool:
        """Whether it goes to what is dearer to write and cheaper to read."""
        return FORMS.index(self.to) > FORMS.index(self.now)


def proposed(
    now: Form,
    costs: Mapping[Form, Cost],
    uses: float,
    *,
    changes: float = 0.0,
    margin: float = 0.1,
) -> Move | None:
    """Return the move that saves most; None where none saves ``margin`` of what staying costs.

    What the present form cost to write is spent, so staying costs its reads, and writing it again
    after each of the ``changes`` that are expected. Where that is nothing there is nothing to save.
    """
    if now not in costs:
        raise ValueError(f"The cost of {now} is not known.")
    stay = costs[now].write * changes + costs[now].read * uses
    others = {form: cost for form, cost in costs.items() if form != now}
    if not others:
        return None
    to = cheapest(others, uses, changes)
    saving = stay - others[to].total(uses, changes)
    return Move(now, to, saving) if saving > margin * stay else None


def realised(before: Sequence[float], after: Sequence[float], write: float) -> float:
    """Return what a move saved over the uses ``after`` it, at what a use cost ``before`` it.

    Less than nothing where it did not pay. Raises ValueError where nothing was measured before.
    """
    if not before:
        raise ValueError("What a move saved is told against uses before it: there is none.")
    return sum(before) / len(before) * len(after) - sum(after) - write
