from __future__ import annotations

import pytest
import torch

from tests.worker.causal import tiny
from worker.heads.causal.tokens import encode
from worker.training.causal.sequences import CALL, ENTITY, PROMPT, RESULT, TARGET, TEXT, Composer
from worker.types import MemoryQuery

TEXT_HERE = "Ada Lovelace was born in London. She wrote."
BORN = MemoryQuery("place of birth", subject="Ada Lovelace")


@pytest.fixture(scope="module")
def base():
    return tiny.base()


@pytest.fixture(scope="module")
def composer(base):
    return Composer(base.tokenizer)


def test_a_read_sequence_has_its_call_directly_before_the_word(base, composer):
    at = TEXT_HERE.index("London")
    made = composer.read(TEXT_HERE, [(at, [BORN], ["London"])], [(at, at + 6)], [(0, 12)])
    text = [i for i, kind in zip(made.ids, made.kinds, strict=True) if kind not in (CALL, RESULT)]
    assert text == [base.tokenizer.bos_token_id, *encode(base.tokenizer, TEXT_HERE)]
    assert base.tokenizer.decode(made.ids[1:]) == (
        "Ada Lovelace was born in({MEM_READ( Ada Lovelace>> place of birth>>)--> London}) London."
        " She wrote."
    )


def test_nothing_is_learnt_of_results(composer):
    made = composer.read(TEXT_HERE, [(25, [BORN], ["London", "Paris"])], [(25, 31)], [(0, 12)])
    weights = dict.fromkeys(made.kinds, 0.0) | dict(zip(made.kinds, made.weights, strict=True))
    assert weights == {TEXT: 1.0, ENTITY: 1.0, CALL: 2.0, RESULT: 0.0, TARGET: 2.0}
    assert made.weights[0] == 0.0  # what begins a text is given


def test_a_question_has_its_steps_one_after_the_other(base, composer):
    two = MemoryQuery("spouse", object="London")
    made = composer.answer("Who?", [([BORN], ["London"]), ([two], ["Ada", "Bob"])], "Ada; Bob")
    assert base.tokenizer.decode(made.ids[1:-1]) == (
        "Question: Who?\nAnswer:({MEM_READ( Ada Lovelace>> place of birth>>)--> London})"
        "({MEM_READ(>> spouse>> London)--> Ada; Bob}) Ada; Bob"
    )
    assert made.ids[-1] == base.ids.stop
    assert made.kinds[1] == PROMPT
    assert made.weights[1] == 0.0


def test_a_write_sequence_branches_after_each_sentence(base, composer):
    first, last = TEXT_HERE.index(".") + 1, len(TEXT_HERE)
    made = composer.write(TEXT_HERE, [(first, [("Ada Lovelace", "birth", "London")]), (last, [])])
    trunk = [i for i, branch in zip(made.ids, made.branches, strict=True) if branch == 0]
    assert trunk == [base.tokenizer.bos_token_id, *encode(base.tokenizer, TEXT_HERE)]
    assert made.ids[-2:] == [base.ids.write, base.ids.end]
    seen = made.seen()
    before = 1 + len(encode(base.tokenizer, TEXT_HERE[:first]))
    call = made.branches.index(1)
    assert seen[call].nonzero().flatten().tolist() == [*range(before), call]
    assert made.positions[call] == before
    other = len(made) - 2
    assert seen[other].nonzero().flatten().tolist() == [*range(len(trunk)), other]


def test_a_branch_computes_what_plain_text_and_its_call_do(base, composer):
    first = TEXT_HERE.index(".") + 1
    made = composer.write(TEXT_HERE, [(first, [("Ada", "birth", "London")]), (len(TEXT_HERE), [])])
    with torch.inference_mode():
        tree = base.model(
            torch.tensor([made.ids]),
            attention_mask=made.seen()[None, None],
            position_ids=torch.tensor([made.positions]),
        ).logits[0]
        branch = [i for i, b in enumerate(made.branches) if b == 1]
        start = [base.tokenizer.bos_token_id, *encode(base.tokenizer, TEXT_HERE[:first])]
        plain = base.model(torch.tensor([start + [made.ids[i] for i in branch]])).logits[0]
    assert torch.allclose(tree[branch], plain[len(start) :], atol=1e-5)


def test_a_cut_sequence_keeps_its_first_tokens(composer):
    made = composer.write(TEXT_HERE, [(len(TEXT_HERE), [("a", "b", "c")])])
    cut = made.cut(5)
    assert len(cut) == 5
    assert cut.trunk == 5
    assert cut.ids == made.ids[:5]
    assert len(made.cut(10_000)) == len(made)
