"""What tests of ranked readings need in place of the trained cross-encoder."""

from functools import cache

from worker.heads.encoder.base import WEIGHTS, encoder, read_manifest
from worker.heads.encoder.known_texts import FILE, load_known
from worker.heads.encoder.ranking import Ranking
from worker.heads.encoder.relation_matching import ADAPTER, RelationMatcher

# The reading that the words speak most for is the best one.
BY_WORDS = Ranking({"first": 1.0}, {}, 0.0, first=Ranking.of().first)


class Counting:
    """A scorer that tells in which place a reading stands, and remembers the most at once."""

    def __init__(self):
        self.most = 0

    def scores(self, compared):
        self.most = max(self.most, len(compared))
        return [float(-place) for place in range(len(compared))]


@cache
def shipped_matcher():
    """Return the shipped relation matcher, which needs no weights of the ranking."""
    folder, shared = WEIGHTS / ADAPTER, encoder()
    known = load_known(folder / FILE, str(read_manifest(ADAPTER, folder)["sha256"]))
    return RelationMatcher(shared, shared.load_adapter(ADAPTER, folder), known)
