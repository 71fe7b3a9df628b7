"""Texts that are read side by side in passes of one model, each as if it were alone."""

from __future__ import annotations

import threading

import pytest
import torch

from tests.worker.causal.architectures import KINDS, tiny_model
from worker.training.causal.perplexity.line import Line
from worker.training.causal.perplexity.passes import Passes

TEXTS = [[5, 6, 7, 8, 9, 10, 11], [30, 31], [60, 5, 61, 7, 62], [12] * 9]


def alone(model, ids):
    """The reference: states (T, D) and logits (T, V) by one pass over nothing else."""
    with torch.inference_mode():
        states = model.model(torch.tensor([ids])).last_hidden_state[0]
        return states, model.get_output_embeddings()(states)


def at_once(*works):
    """Run each in a thread; raise what one of them raised."""
    errors = []

    def run(work):
        try:
            work()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
    return not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_read_as_if_it_were_alone(kind):
    model = tiny_model(kind)
    passes, sizes = Passes(model), []
    model.model.register_forward_pre_hook(
        lambda module, args, kwargs: sizes.append(kwargs["input_ids"].numel()) if kwargs else None,
        with_kwargs=True,
    )
    found = {}

    def reads(number, ids):
        with passes.member():
            together.wait()
            line = Line(passes, ids[:1])
            first = line.logits
            for begin in range(1, len(ids), 2):
                line.feed(ids[begin : begin + 2])
                last = line.logits_from(line.length - 1)
            found[number] = line.states, first, last[-1]

    together = threading.Barrier(len(TEXTS))
    assert at_once(*(lambda n=n, ids=ids: reads(n, ids) for n, ids in enumerate(TEXTS)))
    assert sizes[0] == len(TEXTS)  # one token of each
    for number, ids in enumerate(TEXTS):
        states, logits = alone(model, ids)
        assert torch.allclose(found[number][0], states, atol=1e-5), ids
        assert torch.allclose(found[number][1], logits[0], atol=1e-4)
        assert torch.allclose(found[number][2], logits[-1], atol=1e-4)


def test_forks_write_over_nothing_that_another_looks_at():
    model = tiny_model()
    passes = Passes(model)
    trunk = Line(passes, TEXTS[0])
    assert len(trunk.states) == 7
    forks = [trunk.fork(length) for length in (3, 5, 7)]
    again = forks[1].fork(4)
    for number, fork in enumerate([*forks, again]):
        fork.feed([40 + number, 50])
        assert fork.length == len(fork.states)
    trunk.rewind(2)
    trunk.feed([70, 71, 72])
    lines = {
        trunk: [*TEXTS[0][:2], 70, 71, 72],
        again: [*TEXTS[0][:4], 43, 50],
        **{
            f: [*TEXTS[0][:n], 40 + i, 50]
            for i, (f, n) in enumerate(zip(forks, (3, 5, 7), strict=True))
        },
    }
    for line, ids in lines.items():
        line.feed([80])  # sees all keys and values before it
        assert torch.allclose(line.states, alone(model, [*ids, 80])[0], atol=1e-5)


def test_who_leaves_keeps_nobody_waiting_and_errors_reach_all():
    model = tiny_model()
    passes, done = Passes(model), []
    joined = threading.Barrier(2)

    def reads(pieces):
        with passes.member():
            joined.wait()
            line = Line(passes, [5])
            for _ in range(pieces):
                line.feed([6])
                done.append(line.logits)

    assert at_once(lambda: reads(1), lambda: reads(5))
    assert len(done) == 6

    def breaks(line):
        with passes.member():
            joined.wait()
            with pytest.raises(IndexError):
                _ = line.states
            done.append("broke")

    both = [Line(passes, [5]), Line(passes, [10**6])]
    assert at_once(*(lambda line=line: breaks(line) for line in both))
    assert done[-2:] == ["broke", "broke"]
    assert model.config._attn_implementation == "sdpa"
