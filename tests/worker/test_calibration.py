"""A head with a reader calibrated on annotated texts: what counts as right, what is chosen."""

from dataclasses import dataclass

import pytest
import torch

from worker.heads.encoder.proposals import EntityMentions, ScoredTriple
from worker.heads.encoder.scoring import SIGNS, Scoring
from worker.training import calibration
from worker.training.redocred import GoldDocument, GoldMention, GoldTriple
from worker.types import MentionSpan, RelationSpec, Span

BORN = RelationSpec("1", "place of birth", wikidata_property="P19")
TEXT = "Ada Brook was born in Oslo."
ADA, OSLO = Span(0, 9), Span(22, 26)


def document(mood):
    entities = ((GoldMention(ADA, "PER"),), (GoldMention(OSLO, "LOC"),))
    return GoldDocument(
        "", TEXT, (Span(0, len(TEXT)),), entities, (GoldTriple(0, "P19", 1, (0,), mood),)
    )


@dataclass(frozen=True)
class Config:
    threshold: float | None = None
    keep_signs: bool = False


class Finds:
    """A head that finds the fact in every text, surer the more sure it is told to be."""

    manifest = {"scoring": {"offset": 0.0}, "thresholds": {"review": 0.5}}

    def __init__(self, margins, mood="stated"):
        self.config, self.margins, self.mood = Config(), iter(margins), mood

    def scored(self, passages, relations):
        assert self.config.keep_signs
        ends = [EntityMentions((MentionSpan(s, k),), k) for s, k in ((ADA, "PER"), (OSLO, "LOC"))]
        return [
            [
                ScoredTriple(
                    ends[0], "1", ends[1], 0.5, self.mood,
                    (next(self.margins), *[0.0] * (len(SIGNS) - 1)),
                )
            ]
            for _ in passages
        ]  # fmt: skip


def test_a_denial_is_nothing_to_find_and_its_statement_is_wrong():
    head = Finds([1.0, 1.0])
    judged = calibration.found(head, [document("stated"), document("denied")], [BORN])
    assert judged.facts == 1
    assert judged.right.tolist() == [True, False]
    assert head.config == Config()


def test_what_is_found_as_denied_is_not_judged():
    judged = calibration.found(Finds([1.0], "denied"), [document("stated")], [BORN])
    assert judged.signs.shape == (0, len(SIGNS))
    assert judged.facts == 1


def test_scores_and_threshold_are_those_of_the_shares_that_are_right():
    torch.manual_seed(2)
    margins = torch.randn(400) * 2
    stated = torch.rand(400) < margins.sigmoid()
    documents = [document("stated" if one else "denied") for one in stated]
    fitted, review = calibration.chosen(Finds(margins.tolist()), documents, [BORN], 0.6)
    assert fitted["margin"] == pytest.approx(1.0, abs=0.25)
    signs = torch.zeros(400, len(SIGNS))
    signs[:, 0] = margins
    kept = Scoring.of(fitted)(signs) >= review
    assert stated[kept].float().mean() >= 0.6


def test_a_head_that_finds_nothing_wrong_stays_as_it_is():
    head = Finds([1.0])
    assert calibration.chosen(head, [document("stated")], [BORN], 0.5) == ({"offset": 0.0}, 0.5)
