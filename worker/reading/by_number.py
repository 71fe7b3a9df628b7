"""Two sets that a question compares, by number or for what is in both, read alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from worker.heads.timing import AskedTime
from worker.reading.items import Item
from worker.reading.look_up import ReadingFor, looked_up, options_of, why_not_compared
from worker.reading.parse import Parser
from worker.reading.question import AnyOf, Node, Question, options_in
from worker.reading.tallies import Rivals
from worker.types import TracedAnswer


def compared(
    two: Rivals,
    parser: Parser,
    time: AskedTime | None,
    laid_out: Callable[[Question], Question],
    reading: ReadingFor,
) -> TracedAnswer | None:
    """Return which of two has more of something by the likeliest way to count it of both; None
    where it is not understood."""
    names = AnyOf(two.names) if two.names else None
    first: Question | None = None
    others = list(parser.tried(two.rows[1]))
    for one in parser.tried(two.rows[0]):
        for other in others:
            if not _alike(one.target, other.target):
                continue
            target = AnyOf((one.target, other.target))
            question = laid_out(
                Question(two.form, target, names, time, sign=two.sign, form_spans=two.spans)
            )
            first = first or question
            if (found := looked_up(question, reading)) is not None:
                return found
    return why_not_compared(first, reading) if first is not None else None


def same(
    rows: tuple[Sequence[Item], Sequence[Item]],
    parser: Parser,
    time: AskedTime | None,
    laid_out: Callable[[Question], Question],
    reading: ReadingFor,
) -> TracedAnswer | None:
    """Return whether two have the same of something; None where it is not understood, or is not
    known of both."""
    others = list(parser.tried(rows[1]))
    for one in parser.tried(rows[0]):
        for other in others:
            if _alike(one.target, other.target):
                asked = Question("whether", other.target, among=one.target, time=time)
                if (found := looked_up(laid_out(asked), reading)) is not None:
                    return found
    return None


def _alike(one: Node, other: Node) -> bool:
    """Tell whether the last steps to two sets go by the same relations."""
    ways = [
        {(o.relation.id, o.known) for o in options_of(node) or options_in(node)}
        for node in (one, other)
    ]
    return ways[0] == ways[1]
