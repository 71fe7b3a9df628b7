"""Relations that are known by their words and examples, and how that is learned and measured."""

import json

import pytest
import torch

from worker.heads.encoder.described import SIGNS, DescribedScorer, one_way, stated
from worker.heads.encoder.features import windows
from worker.heads.encoder.near_pairs import most_in, nearest_pairs, says_something
from worker.heads.encoder.proposals import EntityMentions
from worker.heads.encoder.window_entities import entities_in_window
from worker.heads.encoder.write_head import EncoderWriteHead
from worker.training import described
from worker.types import MentionSpan, RelationSpec, Span

TEXT = "In 1815 Ada Lovelace was born in London. She wrote to Babbage in Turin."
SENTENCES = (Span(0, 40), Span(41, 71))
BIRTH = RelationSpec(
    "b",
    "place of birth",
    "The subject is a person, and the object is where they were born.",
    template="{subject} was born in {object}.",
    subject_types=("PER",),
    object_types=("LOC",),
)
MAKER = RelationSpec(
    "m",
    "manufacturer",
    "The subject is a product, and the object is who makes it.",
    template="{subject} is made by {object}.",
    subject_types=("PER",),
    object_types=("LOC",),
)
COACH = RelationSpec(
    "c",
    "coached by",
    "The subject is a sportsperson, and the object is who trains them.",
    template="{subject} is coached by {object}.",
    subject_types=("PER",),
    object_types=("PER",),
)


def entity(text, name, kind):
    start = text.index(name)
    return EntityMentions((MentionSpan(Span(start, start + len(name)), kind),), kind)


def laid_out(text, sentences, names):
    (window,) = windows(text, sentences, size=512, stride=256)
    placed = entities_in_window(window, [entity(text, *name) for name in names])
    one, other = torch.triu_indices(len(names), len(names), 1)
    return window, placed.entities, (torch.cat([one, other]), torch.cat([other, one]))


@pytest.fixture(scope="module")
def head():
    return EncoderWriteHead()


NAMES = (("Ada Lovelace", "PER"), ("London", "LOC"), ("Turin", "LOC"))


def scores(head, text, sentences, names, *specs):
    window, entities, pairs = laid_out(text, sentences, names)
    return head.described.scores(text, window, head.states_of(window), entities, pairs, specs)


def test_a_pair_has_the_mentions_that_stand_nearest():
    window, entities, pairs = laid_out(TEXT, SENTENCES, (*NAMES, ("Babbage", "PER")))
    found = nearest_pairs(window, entities, pairs)
    assert found.rows.tolist() == [0, 5, 6, 11]  # Ada and London, Turin and Babbage, both ways
    assert found.straight.tolist() == [True, False, False, True]
    assert (found.subject[0], found.object[0]) == (found.object[2], found.subject[2])
    spans = entities.spans
    ends = [spans[int(found.subject[0])][1], spans[int(found.object[0])][0]]
    assert (int(found.gap[0]), found.between[0].tolist()) == (3, ends)


def test_of_several_mentions_the_nearest_count():
    text = "Ada Brook, who met Ben in Rome, left Rome with Ada Brook."
    (window,) = windows(text, [Span(0, len(text))], size=512, stride=256)
    own = [
        EntityMentions(tuple(MentionSpan(Span(i, i + n), kind) for i in at), kind)
        for at, n, kind in (((0, 47), 9, "PER"), ((26, 37), 4, "LOC"))
    ]
    entities = entities_in_window(window, own).entities
    found = nearest_pairs(window, entities, (torch.tensor([0, 1]), torch.tensor([1, 0])))
    assert (found.gap.tolist(), found.straight.tolist()) == ([1, 1], [False, True])
    words = window.words
    between = [text[w.start : w.end] for w in words if w.first == int(found.between[0, 0])]
    assert between == ["with"]
    assert found.among(torch.tensor([False, True])).rows.tolist() == [1]


def test_the_greatest_of_ranges_is_that_of_each_alone():
    torch.manual_seed(2)
    table = torch.rand(23, 3)
    ranges = torch.tensor([[a, b] for a in range(24) for b in range(24)])
    found = most_in(table, ranges)
    for (a, b), row in zip(ranges.tolist(), found, strict=True):
        expected = table[a:b].amax(0) if b > a else torch.full((3,), -1.0)
        assert torch.equal(row, expected)
    assert most_in(table, ranges[:0]).shape == (0, 3)


def test_names_that_overlap_or_stand_far_apart_are_no_pair():
    inside = (("Ada Lovelace", "PER"), ("Lovelace", "PER"))
    window, entities, pairs = laid_out(TEXT, SENTENCES, inside)
    assert not len(nearest_pairs(window, entities, pairs))
    long = "Ada Brook sat. London slept."
    parts = (Span(0, 14), Span(15, 28))
    window, entities, pairs = laid_out(long, parts, (("Ada Brook", "PER"), ("London", "LOC")))
    assert not len(nearest_pairs(window, entities, pairs))


def test_it_knows_which_words_say_something():
    (window,) = windows("She was born in 1990, you see.", [Span(0, 30)], size=512, stride=256)
    kept = says_something("She was born in 1990, you see.", window)
    assert [w.first for w in window.words if kept[w.first]] == [1, 3, 7, 8]  # she born you see


@pytest.mark.parametrize(
    ("spec", "text", "subject", "object_"),
    [
        (BIRTH, "Ada Brook was born in Lindenau.", "Ada Brook", "Lindenau"),
        (RelationSpec("x", "y", template="{object} made {subject}!"), "the Tern made the Gull!",
         "the Gull", "the Tern"),
        (RelationSpec("x", "likes"), "the Gull: likes: the Tern.", "the Gull", "the Tern"),
    ],
)  # fmt: skip
def test_a_relation_is_stated_with_names_of_its_types(spec, text, subject, object_):
    made = stated(spec)
    assert made.text == text
    assert (made.subject.of(text), made.object.of(text)) == (subject, object_)


def test_a_relation_that_the_words_speak_of_scores_higher(head):
    found = scores(head, TEXT, SENTENCES, NAMES, BIRTH, MAKER)
    assert found[0, 0] > 2 * found[0, 1]
    assert found[1, 0] == 0  # Turin is named a sentence later
    assert found[3:5].abs().sum() == 0  # from place to person: types that neither takes


def test_a_pair_has_a_relation_one_way_round():
    pairs = (torch.tensor([0, 1, 0]), torch.tensor([1, 0, 2]))
    found = one_way(torch.tensor([[0.3, 0.5], [0.7, 0.5], [0.2, 0.1]]), pairs)
    assert found.tolist() == torch.tensor([[0.0, 0.5], [0.7, 0.5], [0.2, 0.1]]).tolist()


def test_what_a_relation_scores_does_not_depend_on_the_others_asked_for(head):
    both = scores(head, TEXT, SENTENCES, NAMES, BIRTH, MAKER)
    assert torch.equal(both[:, 1:], scores(head, TEXT, SENTENCES, NAMES, MAKER))


def test_example_sentences_are_words_of_a_relation(head):
    lines = (
        "[Ada Brook] trains under [Ben Hale].",
        "no names",
        "[object: Ben] taught [Ada Brook].",
    )
    told = RelationSpec(**{**vars(COACH), "examples": lines})
    words = head.described.wording(told)
    assert (head.described.wording(COACH).count, words.count) == (1, 3)
    assert words.order.tolist() == [1, 1, -1]
    assert words.pieces.norm(dim=-1).allclose(torch.ones(len(words.pieces)), atol=1e-4)
    text = "Since May Cleo Marr trains under Dag Lund."
    names = (("Cleo Marr", "PER"), ("Dag Lund", "PER"))
    before = scores(head, text, [Span(0, len(text))], names, COACH)
    after = scores(head, text, [Span(0, len(text))], names, told)
    assert after[0, 0] > before[0, 0]


def test_relations_and_texts_without_words_have_a_score(head):
    odd = [
        RelationSpec("x", "—"),
        RelationSpec("y", "关系"),
        RelationSpec("z", "a", examples=("",)),
    ]
    assert torch.isfinite(scores(head, TEXT, SENTENCES, NAMES, *odd)).all()
    bare = "Ada, London"
    found = scores(head, bare, [Span(0, 11)], (("Ada", "PER"), ("London", "LOC")), *odd, BIRTH)
    assert torch.isfinite(found).all()
    none = torch.zeros(0, dtype=torch.long)
    window, entities, _ = laid_out(TEXT, SENTENCES, NAMES)
    states = head.states_of(window)
    assert head.described.scores(TEXT, window, states, entities, (none, none), odd).shape == (0, 3)
    assert head.described.scores(TEXT, window, states, entities, (none, none), []).shape == (0, 0)


def test_a_folder_without_a_regression_uses_the_shipped_one(head, tmp_path):
    other = DescribedScorer.of(head.states_of, tmp_path)
    assert other.threshold == head.described.threshold
    assert 0 < other.threshold < 1


def test_the_regression_finds_what_tells_labels_apart():
    torch.manual_seed(0)
    x = torch.randn(4000, len(SIGNS))
    labels = torch.rand(4000) < (2 * x[:, 2] - 1).sigmoid()
    fitted = described.regression(x, labels)
    assert fitted["weight"][2] == pytest.approx(2, abs=0.2)
    assert fitted["weight"][[0, 1, 3]].abs().max() < 0.2
    assert float(fitted["offset"]) == pytest.approx(-1, abs=0.2)


def test_figures_are_those_of_the_best_order():
    right = torch.tensor([True, False, True, False])
    found = described.figures(torch.tensor([0.9, 0.2, 0.7, 0.8]), right, torch.tensor([1, 0, 3, 2]))
    assert found["average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert (found["f1"], found["score"]) == (pytest.approx(0.8), pytest.approx(0.7))
    assert found["direction"] == 0.5
    assert found["proposed_precision"] == pytest.approx(2 / 3)
    assert found["proposed_recall"] == 1


def test_each_relation_is_judged_by_what_was_learned_from_the_others():
    torch.manual_seed(1)
    made = {}
    for name in "abc":
        for way in described.WAYS:
            signs = torch.randn(200, len(SIGNS))
            right = signs[:, 0] > 1  # in "c" the sign speaks against it
            right = ~right if name == "c" else right
            made[name, *way] = described.Found(signs, right, torch.full((200,), -1))
    tensors, result = described.learned(made)
    assert result["by_relation"]["a"]["right"] == int(made["a", 3, True].right.sum())
    assert result["by_relation"]["c"]["average_precision"] < 0.9
    assert set(tensors) == {"mean", "deviation", "weight", "offset", "threshold"}


def test_no_head_was_trained_on_the_relations_that_it_learns_from(head):
    rows = [json.loads(line) for line in described.ADDED.read_text().splitlines()]
    assert len(rows) >= 16
    assert not {row["relation"] for row in rows} & set(head.manifest["relation_names"])
    for row in rows:
        assert len(row["stated"]) >= 12
        assert len(row["near"]) >= 6
        assert described.spec_of(row, typed=False).subject_types == ()


def test_it_marks_a_composed_text_as_an_owner_would(head):
    import random
    from pathlib import Path

    data = Path(__file__).parents[2] / "apps" / "memory" / "data"
    rows, added, drawn, composer = described.corpora(
        data / "relations.json", data / "packs.json", 1
    )
    (wording,) = [
        w
        for w in added[0].wordings
        if w.text == "{o} is sponsored by {s} for the third year running."
    ]
    (text,) = described.texts(head, composer, [wording], random.Random(2))
    line = described.marked(text.document, "sponsors")
    assert line.startswith("[object: ")
    assert "] is sponsored by [subject: " in line
    found = described.found(head.described, described.spec_of(rows[0], [line]), [text])
    assert found.right.sum() == 1
    assert found.signs.shape == (len(found.right), len(SIGNS))
    made = described.episodes(head.described, rows[:1], added[:1], composer, [text], 3)
    assert len(made) == len(described.WAYS)
    assert drawn
