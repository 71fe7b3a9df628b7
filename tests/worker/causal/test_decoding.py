"""Generating in batches, over one prefix, equals generating alone with transformers."""

from __future__ import annotations

import random

import pytest
import torch
from transformers import DynamicCache

from memweb.no_memory import lacks_memory
from tests.worker.causal.architectures import KINDS, VOCABULARY, as_base, tiny_model
from worker.heads.causal import decoding
from worker.heads.causal import rows as rows_module
from worker.heads.causal.choosing import NothingAllowed, Sampling
from worker.heads.causal.decoding import Decoder, Generated
from worker.heads.causal.limits import ContextTooLong, OutOfMemory
from worker.heads.causal.rows import Past

NEVER = {VOCABULARY}  # no token stops
LIMIT = 8
every_kind = pytest.mark.parametrize(
    ("kind", "tied"), [(kind, tied) for kind in KINDS for tied in (True, False)]
)


def texts(*lengths: int, seed: int = 1) -> list[list[int]]:
    chance = random.Random(seed)
    return [[chance.randrange(1, VOCABULARY) for _ in range(length)] for length in lengths]


@torch.no_grad()
def plainly(model, prompts, limit=LIMIT, stop=None) -> list[list[int]]:
    """What ``generate()`` of transformers gives for left-padded prompts, without padding."""
    width = max(map(len, prompts))
    made = model.generate(
        input_ids=torch.tensor([[0] * (width - len(row)) + row for row in prompts]),
        attention_mask=torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in prompts]),
        max_new_tokens=limit,
        do_sample=False,
        pad_token_id=0,
        eos_token_id=stop,
    )
    return [row[width:] for row in made.tolist()]


def ids(generated: list[Generated]) -> list[list[int]]:
    return [one.ids for one in generated]


def decoder(kind="llama", **more) -> Decoder:
    return Decoder(as_base(tiny_model(kind, **more)))


@every_kind
def test_it_generates_what_transformers_does(kind, tied):
    made = decoder(kind, tied=tied)
    prompts = texts(5, 11, 8, 3)
    alone = [plainly(made.model, [prompt])[0] for prompt in prompts]
    for batch in (1, 3, 4):
        got = made.generate(prompts, stop=NEVER, limit=LIMIT, batch=batch)
        assert ids(got) == alone
        assert {one.stopped for one in got} == {"limit"}
    assert plainly(made.model, prompts) == alone  # they pad too


@every_kind
def test_it_branches_off_a_text_as_if_it_ended_there(kind, tied):
    made = decoder(kind, tied=tied)
    (text,) = texts(20)
    visible, starts = [12, 4, 0, 13, 20], texts(1, 1, 3, 2, 1, seed=2)
    got = made.branches(made.prefix(text), visible, starts, stop=NEVER, limit=LIMIT, batch=3)
    whole = [text[:seen] + start for seen, start in zip(visible, starts, strict=True)]
    assert ids(got) == [plainly(made.model, [prompt])[0] for prompt in whole]


def test_rows_join_a_batch_as_others_end(monkeypatch):
    made = decoder("qwen2, half sliding")
    (text,) = texts(20)
    visible = [3, 20, 11, 8, 17, 0, 5, 14]
    starts = texts(1, 3, 1, 2, 1, 4, 1, 1, seed=2)
    free = [
        plainly(made.model, [text[:seen] + start])[0]
        for seen, start in zip(visible, starts, strict=True)
    ]
    stop = {free[0][1], free[1][3], free[2][0], free[4][2]}
    batches = short_of_memory(monkeypatch, 3, ON_CPU)
    prefix = made.prefix(text)
    got = made.branches(prefix, visible, starts, stop=stop, limit=LIMIT, batch=3)
    for one, whole in zip(got, free, strict=True):
        end = next((n for n, id_ in enumerate(whole, 1) if id_ in stop), None)
        assert one.ids == whole[:end]
    assert batches.count(3) > len(batches) * 0.6
    del batches[:]
    monkeypatch.setattr(decoding, "LONGEST", 4)  # then a new batch begins
    again = made.branches(prefix, visible, starts, stop=stop, limit=LIMIT, batch=3)
    assert ids(again) == ids(got)


def test_it_does_so_with_attention_that_adds_its_mask():
    made = decoder("qwen2, half sliding")
    (text,) = texts(20)
    expected = made.branches(made.prefix(text), [9, 20], [[1], [1, 2]], stop=NEVER, limit=LIMIT)
    made.model.set_attn_implementation("eager")
    got = made.branches(made.prefix(text), [9, 20], [[1], [1, 2]], stop=NEVER, limit=LIMIT)
    assert ids(got) == ids(expected)


def test_it_stops_where_it_is_told_to():
    made = decoder()
    prompts = texts(5, 11, 8, 3, 6, 7)
    free = plainly(made.model, prompts)
    stop = {free[0][3], free[1][0], free[2][7]}
    got = made.generate(prompts, stop=stop, limit=LIMIT, batch=4)
    for one, whole in zip(got, free, strict=True):
        end = next((n for n, id_ in enumerate(whole, 1) if id_ in stop), None)
        assert one.ids == whole[:end]
        assert one.stopped == ("stop" if end else "limit")
        assert len(one.logprobs) == len(one.ids)
    assert {len(one.ids) for one in got} >= {1}


def test_it_gives_the_log_probability_of_each_token():
    made = decoder()
    (prompt,) = texts(6)
    (got,) = made.generate([prompt], stop=NEVER, limit=4)
    with torch.no_grad():
        logits = made.model(torch.tensor([prompt + got.ids])).logits[0, 5:-1].log_softmax(-1)
    wanted = logits.gather(1, torch.tensor(got.ids).unsqueeze(1)).flatten()
    assert torch.allclose(torch.tensor(got.logprobs), wanted, atol=1e-5)


def test_it_tells_tokens_as_they_come_and_can_be_cancelled():
    made = decoder()
    heard: list[tuple[int, int]] = []
    got = made.generate(
        texts(5, 9, 4), stop=NEVER, limit=LIMIT, batch=2,
        cancelled=lambda: len(heard) >= 6, told=lambda row, id_: heard.append((row, id_)),
    )  # fmt: skip
    assert [one.stopped for one in got] == ["cancelled"] * 3
    assert [len(one.ids) for one in got] == [3, 3, 0]
    for row, one in enumerate(got):
        assert [id_ for number, id_ in heard if number == row] == one.ids


class Listed:
    """Allows the ids of a list, one set after another."""

    def __init__(self, *allowed) -> None:
        self.left = list(allowed)
        self.done = False

    def allowed(self):
        return self.left[0]

    def advance(self, token: int) -> None:
        assert token in self.left.pop(0)
        self.done = not self.left


def test_it_takes_the_best_of_what_a_constraint_allows():
    made = decoder()
    (prompt,) = texts(6)
    sets = [[5, 9, 70], torch.tensor([3, 4, 5, 6]), [8], [1, 90]]
    expected = []
    for allowed in sets:
        with torch.no_grad():
            logits = made.model(torch.tensor([prompt + expected])).logits[0, -1]
        expected.append(max([int(n) for n in allowed], key=lambda n: logits[n]))
    free = plainly(made.model, texts(9, seed=3))[0]
    got = made.generate(
        [prompt, texts(9, seed=3)[0]], constraints=[Listed(*sets), None], stop=NEVER, limit=LIMIT
    )
    assert ids(got) == [expected, free]
    assert [one.stopped for one in got] == ["stop", "limit"]


def test_it_says_so_where_a_constraint_has_no_way_out():
    with pytest.raises(NothingAllowed):
        decoder().generate([[1]], constraints=[Listed([])], stop=NEVER, limit=2)


def test_it_samples_the_same_by_the_same_seed_in_any_batch():
    made = decoder()
    prompts = texts(5, 5, 9)
    how = {"stop": NEVER, "limit": LIMIT}
    first = made.generate(prompts, **how, sampling=Sampling(1.5, 3), batch=3)
    assert ids(first) == ids(made.generate(prompts, **how, sampling=Sampling(1.5, 3), batch=1))
    assert ids(first) != ids(made.generate(prompts, **how, sampling=Sampling(1.5, 4)))
    near = made.generate(prompts, **how, sampling=Sampling(1e-4))
    assert ids(near) == ids(made.generate(prompts, **how))
    with pytest.raises(ValueError, match="temperature"):
        Sampling(0)


@every_kind
def test_it_goes_on_from_a_past_that_was_computed_elsewhere(kind, tied):
    model = tiny_model(kind, tied=tied)
    (before,) = texts(4, seed=5)  # shorter than the window, from which a cache drops what is old
    cache = DynamicCache(config=model.config)
    with torch.no_grad():
        model(torch.tensor([before]), past_key_values=cache, use_cache=True)
    past = Past([(layer.keys, layer.values) for layer in cache.layers], len(before))
    made = Decoder(as_base(model), past=past)
    prompts = texts(5, 2, 8)
    expected = [plainly(model, [before + prompt])[0] for prompt in prompts]
    assert ids(made.generate(prompts, stop=NEVER, limit=LIMIT)) == expected
    (text,) = texts(9, seed=6)
    got = made.branches(made.prefix(text), [0, 7], [[3], [4, 5]], stop=NEVER, limit=LIMIT)
    wanted = [plainly(model, [before + row])[0] for row in ([3], [*text[:7], 4, 5])]
    assert ids(got) == wanted
    session = made.session(prompts[0])
    assert [session.step() for _ in range(LIMIT)] == expected[0]


def test_it_refuses_a_context_that_fills_the_window_and_ends_at_it():
    made = decoder()
    (long,) = texts(128)
    for refused in (
        lambda: made.generate([long], stop=NEVER, limit=1),
        lambda: made.prefix(long),
        lambda: made.session(long),
        lambda: made.session(long[:100]).feed(long[:28]),
        lambda: made.branches(made.prefix(long[:127]), [127], [[1]], stop=NEVER, limit=1),
    ):
        with pytest.raises(ContextTooLong, match="128 tokens; the model takes 128"):
            refused()
    (got,) = made.generate([long[:120]], stop=NEVER, limit=20)
    assert (len(got.ids), got.stopped) == (8, "limit")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"limit": 0}, "at least 1"),
        ({"batch": 0}, "at least 1"),
        ({"prompts": [[]]}, "at least one token"),
    ],
)
def test_it_refuses_what_makes_no_sense(wrong, message):
    asked = {"prompts": [[1]], "stop": NEVER, "limit": 1} | wrong
    with pytest.raises(ValueError, match=message):
        decoder().generate(**asked)


def test_it_refuses_a_row_that_sees_more_than_there_is():
    made = decoder()
    with pytest.raises(ValueError, match="whole prefix"):
        made.branches(made.prefix([1, 2]), [3], [[1]], stop=NEVER, limit=1)


def short_of_memory(monkeypatch, most: int, error: Exception, after: int = 0) -> list[int]:
    """Let no batch of more rows than ``most`` be computed after some steps; return what came."""
    batches: list[int] = []
    feed = rows_module.Rows.feed

    def poor(self, tokens, **more):
        batches.append(len(tokens))
        if len(tokens) > most and len(batches) > after:
            with rows_module.memory():
                raise error
        return feed(self, tokens, **more)

    monkeypatch.setattr(rows_module.Rows, "feed", poor)
    return batches


ON_CPU = RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried ...")


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory"), ON_CPU])
def test_it_halves_a_batch_that_the_memory_is_not_enough_for(monkeypatch, error):
    made = decoder()
    prompts = texts(5, 11, 8, 3, 6, 7, 4, 9)
    expected = plainly(made.model, prompts)
    heard: list[tuple[int, int]] = []
    batches = short_of_memory(monkeypatch, 2, error, after=3)
    got = made.generate(
        prompts, stop=NEVER, limit=LIMIT, told=lambda row, id_: heard.append((row, id_))
    )
    assert ids(got) == expected
    assert batches[:6] == [8, 8, 8, 8, 4, 2]
    assert max(batches[5:]) == 2
    assert len(heard) == len(set(enumerate(heard))) == 8 * LIMIT  # nothing was made twice


@pytest.mark.parametrize(("most", "tries"), [(1, [8, 4, 2]), (0, [8, 4, 2])])
def test_it_gives_up_after_two_halvings(monkeypatch, most, tries):
    batches = short_of_memory(monkeypatch, most, ON_CPU)
    assert lacks_memory(OutOfMemory())  # by which a job goes back into its queue, and says so
    with pytest.raises(OutOfMemory, match="not enough"):
        decoder().generate(texts(*[4] * 8), stop=NEVER, limit=2)
    assert batches == tries


def test_it_does_not_take_other_errors_for_want_of_memory(monkeypatch):
    batches = short_of_memory(monkeypatch, 0, RuntimeError("shapes do not fit"))
    with pytest.raises(RuntimeError, match="shapes"):
        decoder().generate([[1], [2]], stop=NEVER, limit=2)
    assert batches == [2]
