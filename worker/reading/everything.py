"""Sets that begin at nothing which a question names: all that have a child, all firms.

They come from relations of which the memory has few enough facts to be read in whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from worker.heads.answering import MOST_OF_ALL
from worker.reading.alignment import Alignment
from worker.reading.around import Around
from worker.reading.chains import Chain
from worker.reading.execute import dating
from worker.reading.question import Anything, Option, Reached
from worker.types import SIDES, RelationSpec

MOST_RELATIONS = 10  # of which all facts are looked at, those aside that put things in order
_MOST_MEASURES = 4
_VALUES = frozenset(["TIME", "NUM"])


def everything(
    relations: Sequence[RelationSpec], around: Around, alignment: Alignment
) -> list[Chain]:
    """Return the sets of all that stand on one side of a relation, the likeliest first."""
    by_words = sorted(
        (one for one in relations if one.used),
        key=lambda one: -max(alignment.best((one, known)) for known in SIDES),
    )
    likely = by_words[:MOST_RELATIONS]
    measures = [one for one in by_words if one.object_types == ("NUM",)][:_MOST_MEASURES]
    dated = [one for one in dating(relations) if one.used]
    there = around.look_whole([*likely, *measures, *dated], MOST_OF_ALL)
    found = []
    for relation, known in product(likely, SIDES):
        ends = there.get((relation.id, known), ())
        if ends and not (known == "subject" and ends[0].type in _VALUES):
            node = Reached(Anything(), (Option(relation, known),))
            found.append(Chain(frozenset(), node, ((relation, known),), tuple(ends)))
    return found
