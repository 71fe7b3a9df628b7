"""What spacing and adaptation gain in a simulated year of questions, against none of them.

A memory of facts that go out of date, each relation at its own rate, is asked by people with topics
of their own, in three patterns of use. Facts come up for review by nobody's order (``none``), one
after the other (``calendar``, as many cards as ``spacing`` takes) or by ``worker.spacing``, which
learns the rates from what reviewers find. Retrieval gives the five nearest of what lies around a
question; where the fact that answers is not among them, it gives the next five, and so on. Seeded;
nothing in it is measured on people: distances, marks and the seconds of a card are assumed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from worker import spacing
from worker.benchmarks import Options, Report

DAYS: Final = 365
FACTS: Final = 1500
TOPICS: Final = 60
PEOPLE: Final = 6
ASKED: Final = 40  # questions a day
RATES: Final = (1.5, 0.4, 0.08, 0.002)  # changes a year of the facts of each relation
LASTING: Final = (True, True, True, False)
PATTERNS: Final = ("steady", "waves", "shifting")
POLICIES: Final = ("none", "calendar", "spacing", "spacing and adaptation")
MARKED: Final = 0.1  # share of wrong answers that somebody marks as wrong, in every policy
RIGHT: Final = 0.03  # and of right ones that somebody marks as right
CARD_SECONDS: Final = 20.0
WITHIN: Final = 90  # days in which a change counts as found in time
AROUND: Final = 60  # facts that lie around a question
EACH: Final = 5
NEAR: Final = ((0.40, 0.08), (0.56, 0.08))  # mean and spread of the distance: what answers, others
DAY: Final = timedelta(days=1)
BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
HALF_LIFE: Final = 30.0  # days after which a use counts half, as in a space

Numbers = npt.NDArray[Any]


@dataclass
class World:
    """What happens whatever the policy: facts, when they change, and what is asked."""

    relation: Numbers
    topic: Numbers
    changes: list[list[float]]
    questions: list[list[tuple[int, int]]]  # by day: who asks, and for which fact


@dataclass
class Memory:
    """What a policy knows of the facts, and what it found."""

    held: list[spacing.Held]
    due: Numbers
    uses: Numbers = field(default_factory=lambda: np.zeros(FACTS))
    used_on: Numbers = field(default_factory=lambda: np.zeros(FACTS))
    liked: Numbers = field(default_factory=lambda: np.zeros((PEOPLE, TOPICS)))
    seen_change: list[int] = field(default_factory=lambda: [0] * len(RATES))
    confirmed: Numbers = field(default_factory=lambda: np.zeros(FACTS, int))
    known: Numbers = field(default_factory=lambda: np.zeros(FACTS, int))  # changes that it knows
    found: list[float] = field(default_factory=list)  # days from a change to its finding
    cards: int = 0
    wrong: int = 0
    rounds: list[int] = field(default_factory=list)


def world(pattern: str, seed: int) -> World:
    """Make a year of a pattern: ``steady`` asks for the same topics all year, ``waves`` for few at
    a time for some weeks each, ``shifting`` for others every quarter."""
    rng = np.random.default_rng(seed)
    relation = rng.integers(len(RATES), size=FACTS)
    topic = rng.integers(TOPICS, size=FACTS)
    changes = []
    for one in relation:
        at, days = 0.0, []
        while (at := at + rng.exponential(365 / RATES[one])) < DAYS:
            days.append(at)
        changes.append(days)
    of_topic = [np.flatnonzero(topic == one) for one in range(TOPICS)]
    zipf = 1 / np.arange(1, TOPICS + 1) ** 1.2
    zipf /= zipf.sum()
    orders = [rng.permutation(TOPICS) for _ in range(PEOPLE)]
    questions = []
    for day in range(DAYS):
        if (pattern == "waves" and day % 21 == 0) or (pattern == "shifting" and day % 91 == 0):
            orders = [rng.permutation(TOPICS) for _ in range(PEOPLE)]
        share = zipf ** (2.0 if pattern == "waves" else 1.0)
        asked = []
        for who in rng.integers(PEOPLE, size=ASKED):
            facts = of_topic[orders[who][rng.choice(TOPICS, p=share / share.sum())]]
            if len(facts):
                within = 1 / np.arange(1, len(facts) + 1)
                asked.append((int(who), int(rng.choice(facts, p=within / within.sum()))))
        questions.append(asked)
    return World(relation, topic, changes, questions)


def year(made: World, policy: str, seed: int, a_day: float = 0.0) -> Memory:
    """Let a year go by under a policy; ``a_day`` are the cards of a calendar."""
    rng = np.random.default_rng([seed, 1])  # the same draws for every policy
    first = [spacing.first_stability(lasts=one) for one in LASTING]
    held = [spacing.Held(first[one], spacing.DIFFICULTY, BEGAN) for one in made.relation]
    memory = Memory(held, np.array([spacing.interval(one.stability, 0) for one in held]))
    turn = 0.0
    for day in range(DAYS):
        for who, fact in made.questions[day]:
            _answer(made, memory, policy, day, who, fact, rng)
        if policy == "calendar":
            for number in range(int(turn), int(turn + a_day)):
                _review(made, memory, number % FACTS, day)
            turn += a_day
        elif policy != "none":
            _learn(made, memory, day)
            for one in np.flatnonzero(memory.due <= day):
                _review(made, memory, int(one), day)
    return memory


def _gone(made: World, memory: Memory, fact: int, day: int) -> list[float]:
    """Return the changes of a fact that the memory does not know of."""
    return [at for at in made.changes[fact] if at <= day][memory.known[fact] :]


def _answer(
    made: World, memory: Memory, policy: str, day: int, who: int, fact: int,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    others = rng.integers(FACTS, size=AROUND)
    near = np.array([rng.normal(*NEAR[0]), *rng.normal(*NEAR[1], size=AROUND)])
    marks = rng.random(2)
    ids = np.array([fact, *others])
    if policy.startswith("spacing"):
        near += [_pull(memory, policy, int(one), day, who, int(made.topic[one])) for one in ids]
    memory.rounds.append(int((near < near[0]).sum()) // EACH + 1)
    if gone := _gone(made, memory, fact, day):
        memory.wrong += 1
        if marks[0] < MARKED:
            _corrected(made, memory, fact, day, gone)
    elif marks[1] < RIGHT:
        _confirmed(memory, fact, day)
    age = day - memory.used_on[fact]
    memory.uses[fact] = 1 + memory.uses[fact] * 0.5 ** (age / HALF_LIFE)
    memory.used_on[fact] = day
    memory.liked[who] *= 0.5 ** (PEOPLE / ASKED / HALF_LIFE)
    memory.liked[who, made.topic[fact]] += 1
    _schedule(memory, fact, day)


def _pull(memory: Memory, policy: str, fact: int, day: int, who: int, topic: int) -> float:
    held = memory.held[fact]
    since = max((held.at - BEGAN) / DAY, float(memory.used_on[fact]))
    useful = float(memory.liked[who, topic]) if policy.endswith("adaptation") else 0.0
    return spacing.rank(0.0, spacing.strength(day - since, held.stability), useful)


def _review(made: World, memory: Memory, fact: int, day: int) -> None:
    memory.cards += 1
    if gone := _gone(made, memory, fact, day):
        _corrected(made, memory, fact, day, gone)
    else:
        _confirmed(memory, fact, day)
    _schedule(memory, fact, day)


def _corrected(made: World, memory: Memory, fact: int, day: int, gone: list[float]) -> None:
    """Put what holds now in place of a fact: a new one, of a relation that is known better."""
    of = int(made.relation[fact])
    memory.found += [day - at for at in gone]
    memory.known[fact] += len(gone)
    memory.seen_change[of] += 1
    stability = _first(made, memory, of, day)
    memory.held[fact] = spacing.Held(stability, spacing.DIFFICULTY, BEGAN + day * DAY)
    memory.confirmed[fact] = 0


def _first(made: World, memory: Memory, relation: int, day: int) -> float:
    """Return the stability of a relation's facts, from the changes that were seen so far."""
    years = float((made.relation == relation).sum()) * day / 365
    return spacing.first_stability(
        lasts=LASTING[relation], changes=memory.seen_change[relation], years=years
    )


def _learn(made: World, memory: Memory, day: int) -> None:
    """Let facts follow what is known by now of their relations, as the clock does once a day."""
    first = [_first(made, memory, one, day) for one in range(len(RATES))]
    for fact, held in enumerate(memory.held):
        wanted = spacing.kept_within(
            held.stability, first[made.relation[fact]], int(memory.confirmed[fact])
        )
        if abs(wanted - held.stability) > 0.1 * wanted:
            memory.held[fact] = replace(held, stability=wanted)
            _schedule(memory, fact, day)


def _confirmed(memory: Memory, fact: int, day: int) -> None:
    memory.held[fact] = spacing.confirmed(memory.held[fact], BEGAN + day * DAY)
    memory.confirmed[fact] += 1


def _schedule(memory: Memory, fact: int, day: int) -> None:
    held = memory.held[fact]
    uses = float(memory.uses[fact] * 0.5 ** ((day - memory.used_on[fact]) / HALF_LIFE))
    memory.due[fact] = (held.at - BEGAN) / DAY + spacing.interval(held.stability, uses)


def measure(options: Options) -> Report:
    """Return what each policy gives in each pattern, from the same year."""
    report: dict[str, Any] = {"days": DAYS, "facts": FACTS, "questions": DAYS * ASKED, "of": {}}
    for pattern in PATTERNS:
        made = world(pattern, options.seed)
        changed = [at for days in made.changes for at in days if at < DAYS - WITHIN]
        of: dict[str, dict[str, float]] = defaultdict(dict)
        cards = 0
        for policy in ("none", "spacing", "spacing and adaptation", "calendar"):
            memory = year(made, policy, options.seed, a_day=cards / DAYS)
            cards = memory.cards if policy == "spacing" else cards
            asked = len(memory.rounds)
            of[policy] = {
                "found_in_time": sum(one <= WITHIN for one in memory.found) / len(changed),
                "out_of_date": memory.wrong / asked,
                "cards": memory.cards,
                "minutes_a_week": memory.cards * CARD_SECONDS / 60 / DAYS * 7,
                "looks": float(np.mean(memory.rounds)),
                "at_first": sum(one == 1 for one in memory.rounds) / asked,
            }
        report["of"][pattern] = dict(of)
    return report


def table(report: Report) -> str:
    """Return the figures as a table of Markdown."""
    rows = [
        "| pattern | policy | changes found in 90 days | answers out of date | cards | reviewer "
        "minutes a week | answered at first look | looks an answer |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for pattern, of in report["of"].items():
        for policy in POLICIES:
            one = of[policy]
            rows.append(
                f"| {pattern} | {policy} | {one['found_in_time']:.1%} | {one['out_of_date']:.1%} "
                f"| {one['cards']:,.0f} | {one['minutes_a_week']:.0f} | {one['at_first']:.1%} "
                f"| {one['looks']:.3f} |"
            )
    return "\n".join(rows)
