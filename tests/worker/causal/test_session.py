"""One sequence that is fed, continued and rewound."""

from __future__ import annotations

import pytest
import torch

from tests.worker.causal.architectures import KINDS
from tests.worker.causal.test_decoding import Listed, decoder, plainly, texts
from worker.heads.causal.limits import ContextTooLong
from worker.heads.causal.session import EndlessSession


def whole(made, ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return made.model(torch.tensor([ids])).logits[0, -1]


@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_on_after_feeding_and_rewinding_as_if_nothing_else_had_been(kind):
    made = decoder(kind)
    prompt, more, other = texts(9, 7, 5)
    session = made.session(prompt)
    first = [session.step() for _ in range(6)]
    assert first == plainly(made.model, [prompt])[0][:6]
    session.feed(more)
    assert torch.allclose(session.logits, whole(made, prompt + first + more), atol=1e-4)
    session.rewind(11)
    assert session.length == 11
    assert torch.allclose(session.logits, whole(made, prompt + first[:2]), atol=1e-4)
    session.feed(other)
    kept = prompt + first[:2] + other
    assert session.ids == kept
    assert [session.step() for _ in range(4)] == plainly(made.model, [kept])[0][:4]


def test_it_computes_nothing_for_a_token_that_is_taken_back_at_once(monkeypatch):
    made = decoder()
    (prompt,) = texts(9)
    session = made.session(prompt)
    best = session.step()
    monkeypatch.setattr(session._rows, "feed", None)
    session.rewind(9)
    second = session.step(banned={best})
    session.rewind(9)
    order = whole(made, prompt).topk(2).indices.tolist()
    assert [best, second] == order
    assert session.step() == best


def test_it_obeys_a_constraint_and_knows_the_log_probability():
    made = decoder()
    (prompt,) = texts(9)
    session = made.session(prompt)
    constraint = Listed([7, 8, 9], [4])
    logits = whole(made, prompt)
    best = max([7, 8, 9], key=lambda id_: logits[id_])
    assert session.step(constraint) == best
    assert session.logprob == pytest.approx(float(logits.log_softmax(-1)[best]), abs=1e-4)
    assert session.step(constraint) == 4
    assert constraint.done


def test_it_refuses_to_rewind_to_nothing_or_to_the_future():
    session = decoder().session([1, 2, 3])
    for length in (0, 4):
        with pytest.raises(ValueError, match="no first"):
            session.rewind(length)
    with pytest.raises(ValueError, match="at least one token"):
        _ = decoder().session([]).logits


def test_the_oldest_tokens_leave_where_the_window_is_full():
    made = decoder()  # which sees 128 tokens
    prompt, call, results = texts(120, 5, 4)
    session = EndlessSession(made.session, prompt)
    assert (session.length, session.left_out) == (120, 0)
    session.feed(call)
    before = session.length
    session.feed(results)
    assert session.length == 129
    assert session.left_out == 129 - 96
    kept = [*prompt[:1], *[*prompt, *call, *results][1 + 129 - 96 :]]
    assert kept[-9:] == [*call, *results]
    assert torch.allclose(session.logits, whole(made, kept), atol=1e-4)
    session.rewind(before)
    assert session.length == 125
    assert torch.allclose(session.logits, whole(made, kept[:-4]), atol=1e-4)
    (more,) = texts(96)
    with pytest.raises(ContextTooLong):
        session.feed(more)
    assert session.length == 125


def test_a_prompt_that_is_longer_than_the_window_loses_its_beginning():
    made = decoder()
    (prompt,) = texts(200)
    session = EndlessSession(made.session, prompt)
    assert (session.length, session.left_out) == (200, 104)
    kept = [*prompt[:1], *prompt[105:]]
    assert torch.allclose(session.logits, whole(made, kept), atol=1e-4)
