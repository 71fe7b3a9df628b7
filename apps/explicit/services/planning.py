"""What the explicit memories of a subject say: its facts in words, then the sentences that state
them, each only as long as everything that it states stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Func

from apps.accounts.models import Space
from apps.memory.controller.wording import statement_of
from apps.memory.models import Evidence, Triple
from apps.sources.models import Document
from worker.interfaces import ReferenceMaker
from worker.references import TextReference

MOST_SENTENCES = 3  # of a fact
TOO_LONG = "It is longer than what is encoded at once, which is 127 tokens."


@dataclass(frozen=True)
class Planned:
    """A reference to be, the facts that it states and the evidence that it quotes."""

    reference: TextReference
    facts: tuple[int, ...]
    evidence: tuple[int, ...]


@dataclass(frozen=True)
class Text:
    """A sentence, or a fact in words, with what it states and what it quotes."""

    text: str
    facts: tuple[int, ...]
    evidence: tuple[int, ...] = ()


# The subjects with an active fact that no memory of this maker, in the form it is to have, stands
# for.
_LACKING = """
SELECT DISTINCT t.subject_id FROM memory_triple t
 WHERE t.space_id = %(space)s AND t.status = 'active' AND t.subject_id > %(after)s
   AND NOT EXISTS (
       SELECT FROM explicit_explicitfact f JOIN explicit_explicitmemory m ON m.id = f.memory_id
        WHERE f.triple_id = t.id AND m.subject_id = t.subject_id AND m.maker = %(maker)s
          AND m.state IN ('fresh', 'failed') AND m.embedded_by IN ('', %(embedder)s)
          AND (m.state = 'failed' OR NOT EXISTS (
              SELECT FROM explicit_explicitplace p
               WHERE p.subject_id = m.subject_id AND p.form <> m.form)))
 ORDER BY t.subject_id LIMIT %(most)s
"""


def lacking(space: Space, maker: str, embedder: str, after: int, most: int) -> list[int]:
    """Return the first subjects, beyond a number, that lack a memory of some fact."""
    values: dict[str, Any] = {
        "space": space.pk, "maker": maker, "embedder": embedder, "after": after, "most": most,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_LACKING, values)
        return [pk for (pk,) in cursor.fetchall()]


def texts_of(space: Space, subject: int) -> list[Text]:
    """Return what there is to say of a subject: every active fact in words, in the order in which
    they came, and the sentences that they rest on."""
    return texts_by_subject(space, [subject])[subject]


def texts_by_subject(space: Space, subjects: Iterable[int]) -> dict[int, list[Text]]:
    """Return what there is to say of each of some subjects, in as many queries as of one."""
    triples: dict[int, list[Triple]] = {subject: [] for subject in subjects}
    if not triples:
        return {}
    rows = (
        Triple.objects.filter(space=space, subject__in=triples, status=Triple.Status.ACTIVE)
        .select_related("subject", "relation", "object")
        .defer("subject__embedding", "object__embedding", "relation__embedding")
        .order_by("pk")
    )
    for triple in rows:
        triples[triple.subject_id].append(triple)
    standing = _standing([triple.pk for own in triples.values() for triple in own])
    stating = _stating({one.passage_id for each in standing.values() for one in each})
    return {
        subject: [
            *(Text(statement_of(triple), (triple.pk,)) for triple in own),
            *_sentences([one for triple in own for one in standing[triple.pk]], stating),
        ]
        for subject, own in triples.items()
    }


def _standing(facts: Sequence[int]) -> dict[int, list[Evidence]]:
    """Return by fact the sentences of documents that it rests on, the surest first; none that
    states what was taken out of the memory."""
    spoilt = Func(
        "passage", "sentence_start", "sentence_end",
        function="explicit_spoilt", output_field=BooleanField(),
    )  # fmt: skip
    found: dict[int, list[Evidence]] = defaultdict(list)
    for one in (
        Evidence.objects.filter(triple__in=facts, retracted_at=None)
        .exclude(passage__text="")
        .exclude(passage__document__format=Document.Format.TRIPLES)
        .annotate(spoilt=spoilt)
        .filter(spoilt=False)
        .select_related("passage")
        .order_by("triple_id", "-score", "pk")
    ):
        found[one.triple_id].append(one)
    return found


def _sentences(
    standing: Iterable[Evidence], stating: Mapping[int, Sequence[tuple[int, int, int]]]
) -> Iterable[Text]:
    """Yield the sentences of a subject's evidence, each once, with all active facts that it
    states."""
    counted: dict[int, int] = defaultdict(int)
    seen: set[str] = set()
    for one in standing:
        passage = one.passage
        text = passage.text[one.sentence_start - passage.start : one.sentence_end - passage.start]
        if counted[one.triple_id] >= MOST_SENTENCES or text in seen:
            continue
        seen.add(text)
        counted[one.triple_id] += 1
        stated = {
            triple
            for start, end, triple in stating.get(one.passage_id, ())
            if start < one.sentence_end and end > one.sentence_start
        }
        yield Text(text, tuple(sorted(stated)), (one.pk,))


def _stating(passages: Iterable[int]) -> dict[int, list[tuple[int, int, int]]]:
    """Return by passage where a sentence of it is evidence for an active fact: its start, its end
    and the fact."""
    found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    rows = Evidence.objects.filter(
        passage__in=passages, retracted_at=None, triple__status=Triple.Status.ACTIVE
    )
    for passage, *place in rows.values_list("passage", "sentence_start", "sentence_end", "triple"):
        found[passage].append((place[0], place[1], place[2]))
    return found


def planned(texts: Sequence[Text], maker: ReferenceMaker) -> list[Planned]:
    """Put what there is to say together into references; what is too long by itself has no
    tokens."""
    marked = [
        (one.text, (*(f"f{pk}" for pk in one.facts), *(f"e{pk}" for pk in one.evidence)))
        for one in texts
    ]
    return [
        Planned(one, _numbers(one.marks, "f"), _numbers(one.marks, "e"))
        for one in maker.references(marked)
    ]


def _numbers(marks: Iterable[str], kind: str) -> tuple[int, ...]:
    return tuple(sorted({int(one[1:]) for one in marks if one[0] == kind}))


def names_of(facts: Sequence[int]) -> list[str]:
    """Return the names of the ends of facts, each once."""
    ends = Triple.objects.filter(pk__in=facts).order_by("pk")
    pairs = ends.values_list("subject__name", "object__name")
    return list(dict.fromkeys(name for pair in pairs for name in pair))
