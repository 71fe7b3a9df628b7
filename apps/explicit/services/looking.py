"""The explicit memories that an answer may attend to (``worker.interfaces.KeepsReferences``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from pgvector import HalfVector

from apps.accounts.models import Space, User
from apps.explicit.models import Form
from apps.explicit.selectors import Near, as_then, is_on, nearest
from apps.explicit.services.adapting import adapts_to
from apps.explicit.services.files import maker_id, place_of
from apps.explicit.services.planning import texts_by_subject
from apps.memory.controller.refs import entity_ref, relation_spec
from apps.memory.fading import USE_HALF_LIFE_DAYS
from apps.memory.models import Triple
from worker import spacing
from worker.interfaces import Embedder
from worker.references import KeptReference, Shelf
from worker.types import Fact

RANKING: Final = {
    "factor": spacing.FACTOR,
    "decay": spacing.DECAY,
    "faded": spacing.FADED,
    "liked": spacing.USEFUL,
    "half_liked": spacing.HALF_USEFUL,
    "half_life": USE_HALF_LIFE_DAYS,
}
OFF = "Explicit memory is off in this space."
NONE = "This space has no explicit memories of this language model. An owner builds them."

NO_OTHER = "No explicit memory is left to look at."


class SpaceShelf:
    """What a space has for an answer, looked up once for each question."""

    def __init__(self, space: Space, embedder: Embedder, asker: User | None = None) -> None:
        """Look up for ``asker``, to whom retrieval adapts unless they do not want it."""
        self.space, self.embedder, self.asker = space, embedder, asker
        self.why: dict[int, dict[str, float]] = {}  # by memory, what it was ranked by

    def shelf(self, stretches: Sequence[str], made_by: Mapping[str, str], each: int) -> Shelf:
        """See KeepsReferences. Freshness, facts and nearness are of one snapshot."""
        if not is_on(self.space):
            return Shelf(trouble=OFF)
        vectors = [HalfVector(one.tolist()).to_text() for one in self.embedder.embed(stretches)]
        found = self._nearest(vectors, made_by, each)
        # The last stretch's first, as ``worker.explicit.retrieve`` has it; each once.
        rows = {near.id: near for stretch in reversed(found) for near in stretch}
        self.why |= {pk: _why(one) for pk, one in rows.items()}
        return self._shelved(rows)

    def _shelved(self, rows: Mapping[int, Near]) -> Shelf:
        """Return memories with their facts, in the order of ``rows``."""
        facts = self._facts(rows.values())
        said = texts_by_subject(
            self.space, {one.subject for one in rows.values() if one.form == Form.TEXT}
        )
        references = tuple(
            KeptReference(
                str(one.id), one.version, one.name, one.sha256, one.bytes, one.tokens,
                tuple(facts[pk] for pk in one.facts if pk in facts),
                tuple(text.text for text in said[one.subject]) if one.form == Form.TEXT else (),
            )
            for one in rows.values()
        )  # fmt: skip
        return Shelf(place_of(self.space.pk), references, trouble="" if references else NONE)

    def _nearest(
        self, vectors: Sequence[str], made_by: Mapping[str, str], each: int
    ) -> list[list[Near]]:
        adapts = self.asker is not None and adapts_to(self.space, self.asker)
        return nearest(
            space=self.space.pk,
            maker=maker_id(made_by),
            embedder=self.embedder.name,
            vectors=vectors,
            count=each,
            ranking=RANKING,
            user=self.asker.pk if self.asker and adapts else None,
        )

    def _facts(self, rows: Iterable[Near]) -> dict[int, Fact]:
        """Return the facts of memories as heads see them: those that are active now."""
        asked = {pk for one in rows for pk in one.facts}
        triples = (
            Triple.objects.filter(space=self.space, pk__in=asked, status=Triple.Status.ACTIVE)
            .select_related("subject", "relation", "object")
            .defer("subject__embedding", "object__embedding", "relation__embedding")
        )
        return {
            one.pk: Fact(
                str(one.pk),
                entity_ref(one.subject),
                relation_spec(one.relation),
                entity_ref(one.object),
                one.valid_from,
                one.valid_to,
            )
            for one in triples
        }


class ShelfKnownAt(SpaceShelf):
    """What a space has for an answer on the memory of an earlier moment: the memories of now that
    tell of nothing which came later. What was taken out since has none any more."""

    def __init__(self, space: Space, embedder: Embedder, known_at: datetime) -> None:
        super().__init__(space, embedder)
        self.known_at = known_at

    def _nearest(
        self, vectors: Sequence[str], made_by: Mapping[str, str], each: int
    ) -> list[list[Near]]:
        found = super()._nearest(vectors, made_by, each)
        facts = {pk for stretch in found for one in stretch for pk in one.facts}
        later = set(
            Triple.objects.filter(pk__in=facts, recorded_at__gt=self.known_at).values_list(
                "pk", flat=True
            )
        )
        return [[one for one in stretch if not later & set(one.facts)] for stretch in found]


class ShelfAsThen(SpaceShelf):
    """The memories that an answer attended to, whatever is nearest to its question by now."""

    def __init__(self, space: Space, embedder: Embedder, versions: Mapping[int, int]) -> None:
        """Give ``versions``, memories by number with their versions, in this order. ``gone`` says
        after a look-up which of them are not what they were."""
        super().__init__(space, embedder)
        self.versions = versions
        self.gone: set[int] = set()

    def shelf(self, stretches: Sequence[str], made_by: Mapping[str, str], each: int) -> Shelf:
        """See KeepsReferences; neither the text nor the number counts."""
        if not is_on(self.space):
            return Shelf(trouble=OFF)
        found = as_then(space=self.space.pk, maker=maker_id(made_by), versions=self.versions)
        self.gone = set(self.versions) - {one.id for one in found}
        shelf = self._shelved({one.id: one for one in found})
        return shelf if found else replace(shelf, trouble=NO_OTHER)


def _why(one: Near) -> dict[str, float]:
    """Return what a memory was ranked by, as an answer keeps it."""
    return {
        "distance": round(one.distance, 4),
        "strength": round(one.strength, 4),
        "useful": round(one.useful, 2),
    }
