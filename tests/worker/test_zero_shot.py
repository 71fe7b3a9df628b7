"""Relations that are known by their words alone, and how that is learned and measured."""

import pytest
import torch

from tests.worker.docred import row
from worker.heads.encoder.base import encoder
from worker.heads.encoder.features import windows
from worker.heads.encoder.pair_context import pair_contexts
from worker.heads.encoder.proposals import EntityMentions
from worker.heads.encoder.window_entities import entities_in_window
from worker.heads.encoder.write_head import EncoderWriteHead
from worker.heads.encoder.zero_shot import SIGNS, ZeroShotScorer, statement, way
from worker.training import redocred, zero_shot
from worker.training.write_corpus import held_relations
from worker.training.write_model import TrainingConfig
from worker.types import MentionSpan, RelationSpec, Span

BIRTH = {
    "wikidata_property": "P19",
    "name": "place of birth",
    "description": "The subject is a person, and the object is where they were born.",
    "aliases": ["birthplace"],
    "inverse_property": None,
    "subject_types": ["PER"],
    "object_types": ["LOC"],
    "template": "{subject} was born in {object}.",
}
TEXT = "In 1815 Ada Lovelace was born in London. She wrote to Babbage in Turin."
SENTENCES = (Span(0, 40), Span(41, 71))


def entity(name, kind):
    start = TEXT.index(name)
    return EntityMentions((MentionSpan(Span(start, start + len(name)), kind),), kind)


ENTITIES = [entity("Ada Lovelace", "PER"), entity("London", "LOC"), entity("Babbage", "PER")]


@pytest.fixture(scope="module")
def read():
    (window,) = windows(TEXT, SENTENCES, size=512, stride=256)
    return window, entities_in_window(window, ENTITIES).entities


def pairs_of(count):
    one, other = torch.triu_indices(count, count, 1)
    return torch.cat([one, other]), torch.cat([other, one])


def test_a_stretch_shows_what_stands_around_two_names(read):
    found = pair_contexts(TEXT, *read, pairs_of(3))
    assert set(found) == {0, 3}  # Ada and London, in both orders; Babbage is a sentence away
    assert found[0].text == "In 1815 the person was born in the place."
    assert (found[0].gap, found[0].first_first) == (3, True)
    assert (found[3].text, found[3].first_first) == (found[0].text, False)


def test_names_that_overlap_have_no_stretch():
    whole = entity("Ada Lovelace", "PER")
    part = EntityMentions((MentionSpan(Span(12, 20), "LOC"),), "LOC")
    (window,) = windows(TEXT, SENTENCES, size=512, stride=256)
    placed = entities_in_window(window, [whole, part])
    assert pair_contexts(TEXT, window, placed.entities, pairs_of(2)) == {}


@pytest.mark.parametrize(
    ("spec", "said", "given"),
    [
        (zero_shot.spec_of(BIRTH), "the person was born in the place.", "typed"),
        (zero_shot.spec_of(BIRTH, "stated"), "something was born in something.", "untyped"),
        (zero_shot.spec_of(BIRTH, "described"), "something place of birth something.", "untyped"),
    ],
)
def test_a_relation_is_stated_with_what_it_relates(spec, said, given):
    assert (statement(spec), way(spec)) == (said, given)
    assert spec.wikidata_property == ""


def signs(scorer, read, *specs):
    rows, found = scorer.signs(TEXT, *read, pairs_of(3), specs, torch.zeros(6, len(specs)))
    assert rows.tolist() == [0, 3]
    return found


@pytest.fixture(scope="module")
def scorer():
    return EncoderWriteHead().zero_shot


def test_a_relation_that_the_words_speak_of_scores_higher(scorer, read):
    birth = zero_shot.spec_of(BIRTH)
    other = RelationSpec(
        "x",
        "manufacturer",
        "The subject is a product, and the object is who makes it.",
        template="{subject} is made by {object}.",
        subject_types=("PER",),
        object_types=("LOC",),
    )
    margins = scorer.margins(signs(scorer, read, birth, other), ["typed", "typed"])
    assert margins[0, 0] > margins[0, 1] + 1


def test_what_a_relation_scores_does_not_depend_on_the_others_asked_for(scorer, read):
    birth, other = zero_shot.spec_of(BIRTH), RelationSpec("x", "employer")
    both = signs(scorer, read, birth, other)
    assert torch.allclose(both[:, :1], signs(scorer, read, birth), atol=1e-5)


def test_a_rival_that_fits_is_a_sign_of_its_own(scorer, read):
    rivals = torch.full((6, 1), 7.0)
    _, found = scorer.signs(TEXT, *read, pairs_of(3), [zero_shot.spec_of(BIRTH)], rivals)
    assert found[..., SIGNS.index("rival")].tolist() == [[7.0], [7.0]]


def test_a_relation_without_words_that_say_anything_has_a_score(scorer, read):
    found = signs(scorer, read, RelationSpec("x", "—"), RelationSpec("y", "关系"))
    assert torch.isfinite(scorer.margins(found, ["untyped", "untyped"])).all()


def test_no_pair_and_no_relation_give_no_signs(scorer, read):
    none = torch.zeros(0, dtype=torch.long)
    rows, found = scorer.signs(TEXT, *read, (none, none), [], torch.zeros(0, 0))
    assert (len(rows), found.shape) == (0, (0, 0, len(SIGNS)))


def test_a_folder_without_a_regression_uses_the_shipped_one(tmp_path):
    assert (
        ZeroShotScorer.of(encoder(), tmp_path).threshold == EncoderWriteHead().zero_shot.threshold
    )


def test_the_regression_finds_what_tells_labels_apart():
    torch.manual_seed(0)
    x = torch.randn(4000, len(SIGNS))
    labels = torch.rand(4000) < (2 * x[:, 2] - 1).sigmoid()
    fitted = zero_shot.regression(x, labels)
    assert fitted["weight"][2] == pytest.approx(2, abs=0.2)
    assert fitted["weight"][[0, 1, 3]].abs().max() < 0.2
    assert fitted["typed"].tolist() == [1.0, pytest.approx(-1, abs=0.2)]


def test_it_labels_the_pairs_that_a_gold_fact_relates():
    document = redocred.document(row())
    names = [{"ada lovelace"}, {"london"}, {"lovelace"}]
    spec = zero_shot.spec_of(BIRTH)
    right = zero_shot._right(document, names, pairs_of(3), [spec, RelationSpec("P0", "none")])
    one, other = pairs_of(3)
    found = {(int(one[r]), int(other[r])) for r in right[:, 0].nonzero().flatten()}
    assert found == {(0, 1), (2, 1)}  # two clusters with a name of the same gold entity
    assert not right[:, 1].any()


def test_it_holds_out_the_same_types_each_time_and_none_that_fewrel_has():
    label = {"h": 0, "t": 1, "evidence": []}
    many = row()
    many["labels"] = [{**label, "r": f"P{p}"} for p in (1, 2, 3, 4) for _ in range(60)]
    documents = [redocred.document(many)]
    config = TrainingConfig(hold_relations=2)
    drawn = held_relations(documents, {"P3"}, config)
    assert drawn == held_relations(documents, {"P3"}, config)
    assert len(drawn) == 2
    assert "P3" not in drawn
    assert held_relations(documents, set(), TrainingConfig()) == set()
