"""What decisions teach a write head: corrections of scores, fitted, measured and put to use."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

import pytest

from worker import registry
from worker.errors import CannotLoad
from worker.heads.log_odds import logit, sigmoid
from worker.learned import measures
from worker.learned.correction import BadCorrection, Correction, made_of
from worker.learned.fitting import LEAST_SLOPE, Decided, fit, least_for_as_many
from worker.learned.head import LearnedWriteHead, weighing
from worker.learned.measures import Kept
from worker.learned.reading import see, sign_names
from worker.protocol import parse_write
from worker.setups import HeadSetup
from worker.types import Argument, PassageExtraction, PassageText, Proposal, RelationSpec, Span

BASE = {"backend": "pairs", "hashes": {"weights": "ab"}}
TEXT = "Ada met Ben."
RELATIONS = [RelationSpec("1", "knows"), RelationSpec("2", "employs"), RelationSpec("3", "likes")]


def decided(*, good: str = "1", bad: str = "2", each: int = 200, seed: int = 3) -> Decided:
    """Return decisions of a reviewer for whom one relation is righter than its score, and another
    one less."""
    draw = random.Random(seed)
    rows = []
    for relation, moved in ((good, 1.5), (bad, -1.5)):
        for _ in range(each):
            score = draw.uniform(0.4, 0.95)
            rows.append((score, relation, draw.random() < sigmoid(logit(score) + moved)))
    return Decided(*map(list, zip(*rows, strict=True)))


def test_it_learns_what_relations_are_worth():
    learned = fit(decided(), BASE)
    assert learned.relations["1"] - learned.relations["2"] == pytest.approx(3.0, abs=0.7)
    assert 0.6 < learned.slope < 1.4
    assert learned.score(0.6, "1") > 0.75 > 0.45 > learned.score(0.6, "2")


def test_a_relation_without_decisions_is_as_all_are():
    learned = fit(decided(), BASE)
    assert learned.score(0.6, "99") == pytest.approx(
        sigmoid(learned.slope * logit(0.6) + learned.offset)
    )


def test_few_decisions_change_little():
    ten = Decided([0.6] * 10, ["1"] * 5 + ["2"] * 5, [True] * 5 + [False] * 5)
    few = fit(ten, BASE)
    assert abs(few.score(0.6, "1") - 0.6) < 0.35
    assert fit(decided(each=400), BASE).relations["2"] < few.relations["2"] < 0


def test_what_says_the_opposite_of_a_score_makes_it_count_for_little_and_never_backwards():
    scores = [0.5, 0.6, 0.7, 0.8, 0.9] * 60
    learned = fit(Decided(scores, ["1"] * 300, [s < 0.65 for s in scores]), BASE)
    assert learned.slope == pytest.approx(LEAST_SLOPE, abs=1e-3)
    assert learned.score(0.9, "1") > learned.score(0.5, "1")


@pytest.mark.parametrize("right", [True, False])
def test_it_fits_nothing_where_all_were_decided_alike(right):
    with pytest.raises(ValueError, match="alike"):
        fit(Decided([0.5] * 9, ["1"] * 9, [right] * 9), BASE)


def test_the_same_decisions_give_the_same_weights():
    assert fit(decided(), BASE).sha256 == fit(decided(), BASE).sha256
    assert fit(decided(), BASE).sha256 != fit(decided(seed=4), BASE).sha256


def test_it_proposes_from_where_as_many_right_ones_are_to_be_expected():
    learned = fit(decided(), BASE)
    draw = random.Random(1)
    read = [(draw.choice("12"), *[draw.uniform(0.1, 0.95)] * 2) for _ in range(500)]
    least = least_for_as_many(learned, read, 0.5)
    before = sum(learned.score(s, r) for r, s, _ in read if s >= 0.5)
    scores = [learned.score(s, r) for r, s, _ in read]
    after = sum(one for one in scores if one >= least)
    assert before <= after < before + 1
    assert sum(one >= least for one in scores) < sum(s >= 0.5 for _, s, _ in read)


@pytest.mark.parametrize("read", [[], [("1", 0.2, 0.2)]])
def test_it_leaves_the_threshold_where_nothing_was_proposed(read):
    assert least_for_as_many(fit(decided(), BASE), read, 0.5) is None


def test_it_learns_how_much_a_sign_behind_the_score_is_worth():
    draw = random.Random(2)
    rows = []
    for _ in range(2000):
        score, sign, noise = draw.uniform(0.4, 0.9), draw.gauss(3, 2), draw.gauss(0, 1)
        right = draw.random() < sigmoid(logit(score) + sign - 3)
        rows.append((score, "1", right, (sign, noise)))
    learned = fit(Decided(*map(list, zip(*rows, strict=True))), BASE, ("mood", "apart"))
    assert learned.signs["mood"] * learned.slope == pytest.approx(1.0, abs=0.35)
    assert abs(learned.signs["apart"]) < 0.2
    weighed = [learned.weighed(s, ("mood", "apart"), signs) for s, _, _, signs in rows]
    scores = [learned.score(one, "1") for one in weighed]
    right = [row[2] for row in rows]
    own = list(zip([row[0] for row in rows], right, strict=True))
    assert measures.calibration_error(list(zip(scores, right, strict=True))) < 0.06
    assert measures.log_loss(list(zip(scores, right, strict=True))) < measures.log_loss(own) - 0.1
    assert learned.weighed(0.7, ("mood", "apart"), ()) == 0.7
    assert Correction.of(learned.as_json()) == learned


def test_it_comes_back_from_json():
    learned = replace(fit(decided(), BASE), least=0.4)
    assert Correction.of(learned.as_json()) == learned
    assert learned.raw(learned.score(0.3, "1"), "1") == pytest.approx(0.3)


@pytest.mark.parametrize(
    "spoilt",
    [{"format": 2}, {"slope": 0}, {"slope": "1"}, {"offset": math.nan}, {"relations": None},
     {"base": 3}, {"least": True}],
)  # fmt: skip
def test_it_refuses_what_it_did_not_make(spoilt):
    kept = Correction(BASE, 1.0, 0.0).as_json() | spoilt
    with pytest.raises(BadCorrection):
        Correction.of(kept)


@dataclass(frozen=True)
class Config:
    threshold: float | None = None


class PairsHead:
    """A head of fixed proposals, with a threshold."""

    name, version = "pairs", "7"

    def __init__(self) -> None:
        self.config = Config()
        self.hashes = {"weights": "ab"}

    @property
    def threshold(self) -> float:
        return 0.5 if self.config.threshold is None else self.config.threshold

    def extract(self, passages, relations):
        ends = [Argument("Ada", Span(0, 3), "PER"), Argument("Ben", Span(8, 11), "PER")]
        made = [
            Proposal(ends[0], one, ends[1], Span(0, 12), score)
            for one, score in (("1", 0.4), ("2", 0.6), ("3", 0.55))
            if score >= self.threshold
        ]
        doubted = Proposal(ends[0], "1", ends[1], Span(0, 12), 0.4, mood="denied")
        unstated = (doubted,) if self.threshold <= 0.4 else ()
        return [PassageExtraction(p.id, tuple(made), "", (), unstated) for p in passages]


LEARNED = Correction(BASE, 1.0, 0.0, {"1": 1.0, "2": -1.0})


def test_a_head_proposes_by_what_was_learned():
    head = LearnedWriteHead(PairsHead(), LEARNED)
    (found,) = head.extract([PassageText("9", TEXT, ())], RELATIONS)
    assert [(p.relation_id, round(p.score, 2)) for p in found.proposals] == [
        ("1", 0.64), ("3", 0.55),
    ]  # fmt: skip
    assert parse_write(found.call) == [("Ada", "knows", "Ben"), ("Ada", "likes", "Ben")]
    assert found.unstated == ()


def test_it_is_told_from_the_head_under_it():
    own = PairsHead()
    head = LearnedWriteHead(own, LEARNED)
    assert head.hashes == {"weights": "ab", "learned": LEARNED.sha256}
    assert head.version == f"7+{LEARNED.sha256[:8]}"
    assert made_of(head) == made_of(own) == BASE
    head.extract([PassageText("9", TEXT, ())], RELATIONS)
    assert own.config == Config()


def test_a_relation_that_is_known_by_its_words_keeps_its_distance():
    own = PairsHead()
    own.known, own.described_threshold = {"P1": 0}, 0.7
    head = LearnedWriteHead(own, replace(LEARNED, relations={}, least=0.5))
    (found,) = head.extract([PassageText("9", TEXT, ())], RELATIONS)
    assert found.proposals == ()


@pytest.fixture
def learned(monkeypatch):
    own = PairsHead()
    monkeypatch.setattr(registry, "_load_head", lambda side, setup: own)
    monkeypatch.setattr(registry, "_heads", registry.kept.Kept(2**30))
    monkeypatch.setattr(registry, "_learned", [])
    registry.learned_from({LEARNED.sha256: LEARNED}.get)
    return HeadSetup("encoder", learned=LEARNED.sha256)


def test_the_registry_puts_what_was_learned_to_use(learned):
    assert isinstance(registry.write_head(learned), LearnedWriteHead)
    assert isinstance(registry.write_head("encoder"), PairsHead)


def test_what_was_learned_of_other_weights_counts_for_nothing(learned):
    registry.write_head("encoder").hashes["weights"] = "other"
    assert isinstance(registry.write_head(learned), PairsHead)


def test_learned_weights_that_are_not_here_say_so(learned):
    with pytest.raises(CannotLoad, match="Evaluation, Learning"):
        registry.write_head(replace(learned, learned="0" * 64))


def test_it_measures_both_ways_of_scoring():
    kept = [Kept(n, 0.6, 0.9 if n % 2 else 0.2, n % 2 == 1, True, n % 2 == 1) for n in range(40)]
    found = measures.compared(kept)
    assert found["own"]["precision"] == 0.5
    assert found["learned"] == {
        "proposed": 20, "right": 20, "precision": 1.0, "recall": 1.0,
        "log_loss": pytest.approx(0.164, abs=0.001),
        "calibration_error": pytest.approx(0.15),
    }  # fmt: skip
    assert found["at_its_recall"]["own"] == 0.5
    assert found["at_its_recall"]["learned"] == 1.0
    assert found["at_its_recall"]["interval"][0] > 0


@pytest.mark.parametrize(
    ("rows", "finds", "precision"),
    [
        ([], 1, 0.0),
        ([(0.9, True)], 0, 0.0),
        ([(0.9, True), (0.8, False), (0.7, True)], 1, 1.0),
        ([(0.9, True), (0.8, False), (0.7, True)], 2, 2 / 3),
        ([(0.9, True), (0.9, False)], 1, 0.5),
        ([(0.9, True)], 2, 0.0),
    ],
)
def test_precision_for_so_many_finds(rows, finds, precision):
    assert measures.precision_for(rows, finds) == pytest.approx(precision)


def test_one_document_has_no_interval():
    assert measures.compared([Kept(1, 0.6, 0.9, True, True, True)])["at_nine_tenths"] == {
        "own": 1.0, "learned": 1.0, "interval": None,
    }  # fmt: skip


def test_signs_weighed_at_hand_are_those_weighed_in_the_head():
    head = registry.write_head("encoder")
    text = "Ada Brook was born in Lindenau in 1921 and worked for Tarn Ltd."
    relations = [
        RelationSpec("1", "place of birth", wikidata_property="P19"),
        RelationSpec("2", "employer", wikidata_property="P108"),
    ]
    passage, names = PassageText("9", text, ()), sign_names(head)
    signs = {"mood": 0.4, "margin": -0.1, "look": 0.05, "offset": 0.3}
    own = see(head, passage, relations, 0.1)
    with weighing(head, signs):
        (found,) = head.extract([passage], relations)
    assert {one.proposal.relation_id for one in own} == {"1", "2"}
    learned = Correction(made_of(head), 1.0, 0.0, signs=signs)
    weighed = {
        one.proposal.relation_id: learned.weighed(one.proposal.score, names, one.signs)
        for one in own
    }
    for one in found.proposals:
        assert one.score == pytest.approx(weighed[one.relation_id], abs=1e-3)
    assert found.proposals
    (again,) = LearnedWriteHead(head, learned).extract([passage], relations)
    assert [p.score for p in again.proposals] == [
        pytest.approx(p.score, abs=1e-5) for p in found.proposals
    ]
    (plain,) = head.extract([passage], relations)
    assert [p.score for p in plain.proposals] == [
        pytest.approx(one.proposal.score, abs=1e-5) for one in own if one.proposal.score > 0.43
    ]
