"""Late stopping, against a slow implementation that follows the paper's rule line by line."""

from __future__ import annotations

import pytest
import torch

from tests.worker.causal.test_decoding import NEVER, Listed, decoder, plainly, texts
from worker.heads.causal.decoding import Decoder
from worker.heads.causal.late_stopping import LateStopping

END = 17
STOP = {END}


@torch.no_grad()
def slowly(model, context: list[int], limit: int, cuts: int, allowed=None) -> list[int]:
    """Generate with late stopping, the whole context computed anew for every token."""
    made: list[int] = []
    total, found = 0.0, []  # found: (score, tokens before the cut)
    while len(made) < limit:
        logprobs = model(torch.tensor([context + made])).logits[0, -1].log_softmax(-1)
        order = logprobs.argsort(descending=True).tolist()
        if allowed is not None and len(made) < len(allowed):
            order = [id_ for id_ in order if id_ in allowed[len(made)]]
        token = order[0]
        if token == END and len(order) > 1:
            best = max(range(len(found)), key=lambda n: found[n][0], default=None)
            if len(found) < cuts or best > len(found) - cuts:
                score = (total + float(logprobs[END])) / (len(context) + len(made) + 1)
                found.append((score, len(made)))
                token = order[1]
        made.append(token)
        total += float(logprobs[token])
        if token == END:
            break
    if not found:
        return made
    return [*made[: max(found, key=lambda cut: cut[0])[1]], END]


def ready_to_end(seed: int = 0):
    """A decoder whose model often takes END for the best token."""
    made: Decoder = decoder(tied=False, seed=seed)
    with torch.no_grad():
        made.model.lm_head.weight[END] = made.model.lm_head.weight[[3, 20, 41, 60, 80]].sum(0)
    return made


@pytest.mark.parametrize("cuts", [1, 2, 5])
def test_it_cuts_where_the_slow_implementation_does(cuts):
    made = ready_to_end()
    prompts = texts(5, 11, 8, 3, 7, 14, seed=4)
    how = {"stop": STOP, "limit": 24, "late": LateStopping(END, cuts)}
    got = [one.ids for one in made.generate(prompts, **how, batch=4)]
    assert got == [slowly(made.model, prompt, 24, cuts) for prompt in prompts]
    early = [one.ids for one in made.generate(prompts, stop=STOP, limit=24)]
    longer = any(len(late) > len(one) for late, one in zip(got, early, strict=True))
    assert longer == (cuts > 1)  # with one, the first end is the best one


def test_it_counts_the_visible_part_of_a_text_and_the_start_as_context():
    made = ready_to_end()
    (text,) = texts(15, seed=4)
    visible, starts = [15, 6, 0], [[1], [2], [3, 4]]
    how = {"stop": STOP, "limit": 24, "late": LateStopping(END, 3)}
    got = made.branches(made.prefix(text), visible, starts, **how)
    for one, seen, start in zip(got, visible, starts, strict=True):
        assert one.ids == slowly(made.model, text[:seen] + start, 24, 3)


def test_it_obeys_constraints_and_ends_where_only_the_end_is_allowed():
    made = ready_to_end()
    (prompt,) = texts(6, seed=4)
    allowed = [[END, 4, 9], [5, 6], [END, 30], [7, 8], [END]]
    late = LateStopping(END, 5)
    (got,) = made.generate([prompt], constraints=[Listed(*allowed)], stop=STOP, limit=24, late=late)
    assert got.ids == slowly(made.model, prompt, 24, 5, allowed)
    assert got.stopped == "stop"
    assert len(got.ids) == len(got.logprobs)


def test_it_is_off_by_default_and_changes_nothing_where_no_end_comes():
    made = decoder(tied=False)
    prompts = texts(5, 9)
    late = LateStopping(95)
    with torch.no_grad():
        made.model.lm_head.weight[95] = 0
    got = made.generate(prompts, stop=NEVER, limit=6, late=late)
    assert [one.ids for one in got] == plainly(made.model, prompts, 6)
    assert [one.stopped for one in got] == ["limit", "limit"]


def test_it_leaves_what_was_cancelled_as_it_is():
    made = ready_to_end()
    prompts = texts(5, seed=4)
    left = iter(range(4))
    how = {"stop": STOP, "limit": 24, "late": LateStopping(END)}
    (got,) = made.generate(prompts, **how, cancelled=lambda: next(left, None) is None)
    assert (len(got.ids), got.stopped) == (4, "cancelled")


def test_it_notes_at_least_one_cut():
    with pytest.raises(ValueError, match="at least one cut"):
        LateStopping(END, 0)
