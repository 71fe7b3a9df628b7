"""Perplexity with calls in a text, against a computation token by token."""

from __future__ import annotations

import math

import pytest
import torch

from tests.worker.causal import tiny
from tests.worker.causal.checkpoints import published
from tests.worker.docred import row
from worker.heads.causal.adapters import AdapterMissing, AdapterOfAnotherBase
from worker.training import redocred
from worker.training.causal.perplexity import documents
from worker.training.causal.perplexity.calls import LONGEST_CALL, TextReader
from worker.training.causal.perplexity.documents import DocumentScorer, Models, diagnosis
from worker.training.causal.perplexity.drafts import Drafts
from worker.training.causal.perplexity.line import Line
from worker.training.causal.perplexity.measures import (
    bits_per_byte,
    compared,
    perplexity,
    ratio_interval,
)
from worker.training.causal.perplexity.passes import Passes
from worker.training.causal.perplexity.runner import with_adapter
from worker.training.causal.perplexity.scoring import PlacedCall, PlainText
from worker.training.causal.perplexity.texts import scored_text
from worker.training.causal.read_points import GoldMemory, fill
from worker.training.causal.sequences import Composer
from worker.training.causal.spacing import spaced
from worker.types import MemoryQuery

RELATIONS = {"P19": "place of birth", "P569": "date of birth"}


def decided(architecture):
    """Return a tiny base whose words are less evenly likely, a call now and then the likeliest."""
    made = tiny.base(architecture)
    with torch.no_grad():
        for parameter in made.model.parameters():
            if parameter.ndim > 1:
                parameter *= 4
        made.model.get_input_embeddings().weight[made.ids.read] *= 20
    return made


BASE, OTHER = decided("llama"), tiny.base("qwen3")
READ = BASE.ids.read
COMPOSER = Composer(BASE.tokenizer)
DOCUMENT = spaced(redocred.document(row()))
ELSEWHERE = spaced(redocred.document(row(1, "Ben Stone", "Warsaw")))
GOLD = fill([DOCUMENT, ELSEWHERE], RELATIONS)
TEXT = scored_text(DOCUMENT, COMPOSER, GOLD, RELATIONS, 200)
POOL = scored_text(ELSEWHERE, COMPOSER, GOLD, RELATIONS, 200).places
BORN = MemoryQuery("place of birth", subject="Ada Lovelace")


def ask_where_born(line, before, results, guess):
    """Ask one and the same for the first half of the text, and then something else."""
    half = len(before) < 40
    queries = (BORN if half else MemoryQuery("date of birth", subject="Ada Lovelace"),)
    ids = COMPOSER.query_ids(queries)
    line.feed(ids)
    return ids, queries


ADAPTED = Passes(BASE.model)
PLAIN = PlainText(ADAPTED, TEXT, READ)
MODELS = Models(Passes(OTHER.model), ADAPTED, COMPOSER, ask_where_born, 400)


def logs(context, model=BASE.model, banned=()):
    """The reference: logarithms of what follows a context, by one pass over nothing else."""
    with torch.no_grad():
        logits = model(torch.tensor([context])).logits[0, -1].double()
    logits[list(banned)] = -math.inf
    return logits.log_softmax(-1)


def context(calls, at, without=None):
    """Return all that stands before a token."""
    made = list(TEXT.start)
    for number in range(at + 1):
        for call in calls:
            if call.at == number and call is not without:
                made += call.ids
        made += TEXT.ids[number : number + 1] if number < at else ()
    return made


def reference(calls, *, priced, banned=()):
    """Return each token's loss, from the definition."""
    losses = []
    for at, id_ in enumerate(TEXT.ids):
        last = max((c for c in calls if c.at <= at), key=lambda c: c.at, default=None)
        no_call = not priced or at in banned or (last is not None and last.at == at)
        p = logs(context(calls, at), banned=[READ] if no_call else ())[id_].exp()
        if priced and last is not None:
            begun = logs(context(calls, last.at, last))[READ].exp()
            p_without = logs(context(calls, at, last), banned=[READ] if no_call else ())[id_].exp()
            p = begun * p + (1 - begun) * p_without
        losses.append(-math.log(p))
    return losses


def placed(results, queries=None):
    return [
        PlacedCall(
            p.at, (*COMPOSER.query_ids(queries or p.point.queries), *COMPOSER.result_ids(those))
        )
        for p, those in zip(TEXT.places, results, strict=True)
        if those
    ]


def sums(losses):
    """What is added up of a document, by hand."""
    found = {"overall": [sum(losses), len(losses), sum(losses), len(TEXT.text.encode())]}
    for name, pieces in (("target", [p.target for p in TEXT.places]), ("entity", TEXT.entities)):
        each = [[losses[i] for i in p.tokens] for p in pieces]
        found[name] = [
            sum(sum(e) / len(e) for e in each), len(each), sum(map(sum, each)),
            sum(p.bytes for p in pieces),
        ]  # fmt: skip
    return found


def same(found, losses, *measures):
    expected = {k: v for k, v in sums(losses).items() if not measures or k in measures}
    assert set(found) == set(expected)
    for name, row_ in expected.items():
        assert found[name] == pytest.approx(row_, abs=2e-4), name


def test_the_text_has_the_places_that_training_would_give_it():
    assert TEXT.text.startswith("Ada Lovelace was born in London in 1815. It rained.")
    assert [p.name for p in TEXT.places] == ["London", "1815"]
    for place in TEXT.places:
        assert BASE.tokenizer.decode(TEXT.ids[place.target.tokens[0] :]).startswith(
            " " + place.name
        )
        assert place.at == place.target.tokens[0]
    assert [p.bytes for p in TEXT.entities] == [12, 6, 4, 8, 6]
    assert TEXT.places[0].asked_by([BORN])
    assert TEXT.places[0].asked_by([MemoryQuery("place of birth", subject="LOVELACE")])
    assert not TEXT.places[0].asked_by([MemoryQuery("place of birth", object="London")])
    assert not TEXT.places[1].asked_by([BORN])


@pytest.mark.parametrize("results", [[(), ()], [("London",), ()], [("London", "Paris"), ("1815",)]])
@pytest.mark.parametrize("priced", [False, True])
def test_it_scores_each_token_as_one_pass_for_it_alone_would(results, priced):
    calls = placed(results)
    scored = PLAIN.score(calls)
    banned = [len(TEXT.ids) - 3]
    found = scored.priced(banned) if priced else scored.given()
    assert found.tolist() == pytest.approx(reference(calls, priced=priced, banned=banned), abs=1e-4)


@pytest.mark.parametrize("results", [[(), ()], [("London",), ()], [("London", "Paris"), ("1815",)]])
def test_it_scores_some_tokens_as_it_does_all(results):
    calls = placed(results)
    all_ = PLAIN.score(calls).given()
    for some in ([len(TEXT.ids) - 1], [0, TEXT.places[0].at], [TEXT.places[1].at], []):
        found = PLAIN.given_at(calls, some)
        assert found[some].tolist() == pytest.approx(all_[some].tolist(), abs=1e-4)
        assert int(found.isnan().sum()) == len(TEXT.ids) - len(some)


@pytest.mark.parametrize("architecture", ["llama", "mistral", "qwen2", "qwen3"])
def test_a_line_goes_on_from_any_place_of_another(architecture):
    model = tiny.base(architecture).model
    ids = [*TEXT.start, *TEXT.ids]

    def states(ids):
        with torch.no_grad():
            return model.model(torch.tensor([ids])).last_hidden_state[0]

    line = Line(Passes(model), ids)
    branches = [(4, [7, 8, 9]), (9, []), (12, [30, 31])]
    for (length, more), found in zip(branches, line.beside(branches), strict=True):
        assert torch.allclose(found, states([*ids[:length], *more])[length:], atol=1e-5)
    other = line.fork(6)
    other.feed([50, 51])
    assert torch.allclose(other.states, states([*ids[:6], 50, 51]), atol=1e-5)
    line.feed([60])
    assert torch.allclose(line.states, states([*ids, 60]), atol=1e-5)
    assert (line.length, other.length) == (len(ids) + 1, 8)


class Counted:
    """Counts the tokens that a model reads, and the passes."""

    def __init__(self, model):
        self.tokens = self.passes = 0
        self.hook = model.model.register_forward_pre_hook(self.count, with_kwargs=True)

    def count(self, module, args, kwargs):
        self.tokens += kwargs["input_ids"].numel()
        self.passes += 1


def test_it_reads_what_stands_before_the_first_call_once():
    """A text twice after its first call, as it stands and without its last call: more is read of
    no row, and of a memory without answers nothing but what looks at the calls."""
    text, start, first = len(TEXT.ids), len(TEXT.start), TEXT.places[0].at
    second = TEXT.places[1].at

    def tokens(memories):
        counted = Counted(BASE.model)
        try:
            DocumentScorer(MODELS, memories, POOL, 7).document(TEXT)
        finally:
            counted.hook.remove()
        return counted.tokens

    def added(results):
        return sum(len(call.ids) for call in placed(results))

    plain = start + text
    # In the answers' row the stretch after the second call is read without it, but its last token.
    answers = text - first + added([("London",), ("1815",)]) + text - second - 1
    end = max(TEXT.places[1].target.tokens) + 1
    wrong = end - first + added([("Warsaw",), ("Warsaw",)])
    empty = end - first + sum(len(COMPOSER.query_ids(p.point.queries)) + 1 for p in TEXT.places)
    assert tokens({}) == tokens({"none": None}) == plain + answers + wrong + empty
    assert tokens({"a": lambda query: ()}) == tokens({})  # forgotten before it was looked at


def test_a_likely_call_weighs_more_than_an_unlikely_one():
    """The mixture lies between both ways, nearer to the likelier."""
    calls = placed([("London",), ()])
    scored = PLAIN.score(calls)
    at = calls[0].at
    share = scored.beside_begin[at].exp()
    called, not_called = scored.given()[at], None
    plain = PLAIN.score([])
    not_called = plain.given()[at]
    mixed = share * (-called).exp() + (1 - share) * (-not_called).exp()
    assert float(scored.priced()[at]) == pytest.approx(-math.log(mixed), abs=1e-5)


def own_calls_by_hand():
    """Return (place, kept, results) of the calls that greedy reading begins."""
    kept, made, at = [], [], 0
    while at < len(TEXT.ids):
        if int(logs(context(kept, at)).argmax()) == READ:
            before = TEXT.text[: TEXT.begins[at]]
            queries = ask_where_born(Line(ADAPTED, TEXT.start), before, (), ())[1]
            results = GOLD.read(queries[0])
            new = bool(results) and queries not in [m[0] for m in made]
            made.append((queries, at, new))
            if new:
                ids = (*COMPOSER.query_ids(queries), *COMPOSER.result_ids(results))
                kept.append(PlacedCall(at, ids))
        at += 1
    return kept, made


def test_every_row_of_a_document_is_what_the_definition_says():
    scorer = DocumentScorer(MODELS, {"gold": GOLD.read, "none": None}, POOL, 7)
    found = scorer.document(TEXT)
    same(found["off"], reference([], priced=False))
    same(
        found["base"],
        [
            -float(logs(context([], at), OTHER.model, BASE.ids.own)[id_])
            for at, id_ in enumerate(TEXT.ids)
        ],
    )
    answers = placed([("London",), ("1815",)])
    same(found["gold_answers"]["given"], reference(answers, priced=False))
    same(found["gold_answers"]["priced"], reference(answers, priced=True))
    gold = found["memories"]["gold"]
    same(gold["gold_queries"]["given"], reference(answers, priced=False))
    # At both gold places the queries of the model are one: the second call is taken out.
    once = placed([("London",), ()], (BORN,))
    same(gold["gold_positions"]["given"], reference(once, priced=False))
    same(
        gold["gold_positions"]["priced"],
        reference(once, priced=True, banned=[TEXT.places[1].at]),
    )
    kept, made = own_calls_by_hand()
    assert kept
    assert len(kept) < len(made)
    taken_out = [at for _, at, new in made if not new]
    same(gold["own_positions"]["priced"], reference(kept, priced=True, banned=taken_out))
    same(gold["own_positions"]["given"], reference(kept, priced=False))
    assert gold["calls"]["begun"] == len(made)
    assert gold["calls"]["own_results"] == len(kept)
    assert (gold["calls"]["places"], gold["calls"]["asked"]) == (2, 2)
    assert (gold["calls"]["query_right"], gold["calls"]["target"]) == (1, 1)


def test_an_empty_memory_leaves_the_text_as_it_is():
    found = DocumentScorer(MODELS, {"none": None}, POOL, 7).document(TEXT)
    begun = [
        at for at in range(len(TEXT.ids)) if int(logs(context([], at)).argmax()) == READ
    ]  # fmt: skip
    assert begun
    none = found["memories"]["none"]
    same(none["own_positions"]["priced"], reference([], priced=True, banned=begun))
    assert none["gold_queries"]["given"] == found["off"]
    assert found["controls"]["empty_memory"] == none["own_positions"]["priced"]
    assert none["calls"]["write"] == 2


def test_an_empty_memory_is_scored_as_one_that_answers_nothing():
    asked = DocumentScorer(MODELS, {"a": lambda query: (), "b": None}, POOL, 7).document(TEXT)
    a, b = (asked["memories"][name] for name in "ab")
    for name in ("own_positions", "gold_positions", "gold_queries"):
        for way in ("given", "priced"):
            for measure, row_ in a[name][way].items():
                assert row_ == pytest.approx(b[name][way][measure], abs=1e-4), (name, way)


def test_the_controls_lie_and_say_nothing():
    found = DocumentScorer(MODELS, {}, POOL, 7).document(TEXT)["controls"]
    wrong = placed([("Warsaw",), ("1815",)])
    assert "1815" in GOLD.read(MemoryQuery("date of birth", subject="Ben Stone"))
    # The other's year of birth is the same, so that it would be right: its town is taken.
    wrong = placed([("Warsaw",), ("Warsaw",)])
    same(found["wrong_answers"], reference(wrong, priced=False), "target")
    empty = [
        PlacedCall(p.at, (*COMPOSER.query_ids(p.point.queries), BASE.ids.end)) for p in TEXT.places
    ]
    same(found["empty_answers"], reference(empty, priced=False), "target")


def test_guesses_change_nothing_but_the_passes():
    class Fixed:
        """Allows one of two tokens at each step."""

        def __init__(self):
            self.made = []

        @property
        def done(self):
            return len(self.made) == 9

        def allowed(self):
            return [7] if len(self.made) in (2, 3, 8) else [5, 6, 40 + len(self.made)]

        def advance(self, token):
            self.made.append(token)

    def made(guess):
        line = Line(ADAPTED, [*TEXT.start, *TEXT.ids[:4]])
        line.feed([READ])
        ids = line.generate(Fixed(), lambda made: guess[len(made) :])
        return ids, line.length, line.logits

    right, length, logits = made(())
    for guess in (right, right[:4], [*right[:5], 99, *right[6:]], [99], [*right, 4, 4]):
        ids, its_length, its_logits = made(guess)
        assert (ids, its_length) == (right, length)
        assert torch.allclose(its_logits, logits, atol=1e-4)
    assert Line(ADAPTED, TEXT.start).generate(Fixed(), limit=4) is None


def test_a_call_that_the_window_cannot_hold_is_not_made():
    room = len(TEXT.start) + len(TEXT.ids) + LONGEST_CALL
    for window, made in ((room - 1, 0), (room, 1)):
        reader = TextReader(PLAIN, COMPOSER, ask_where_born, GOLD.read, window=window)
        calls = reader.at([TEXT.places[0].at], Drafts(BASE.ids))
        assert len(calls.placed(COMPOSER)) == made


def test_the_oldest_text_leaves_first():
    cut = scored_text(DOCUMENT, COMPOSER, GOLD, RELATIONS, 10)
    assert DOCUMENT.text.endswith(cut.text)
    assert len(cut.ids) <= 10
    assert cut.left_out + len(cut.ids) == len(TEXT.ids)
    # Where a name first stands now, the fact is asked for by what is left of the other.
    assert [(p.name, p.point.queries[0].subject) for p in cut.places] == [("London", "Lovelace")]
    assert [BASE.tokenizer.decode([cut.ids[i] for i in e.tokens]) for e in cut.entities][-1] == (
        " London"
    )


def test_it_tells_why_a_target_was_not_read():
    place = TEXT.places[0]
    good = documents.MadeCall(place.at, (), (BORN,), ("Paris", "London"), True)
    bad = documents.MadeCall(place.at, (), (BORN,), ("Paris",), True)
    assert diagnosis(place, good, ()) == "found"
    assert diagnosis(place, bad, ("Paris",)) == "write"
    assert diagnosis(place, None, ()) == "write"
    assert diagnosis(place, bad, ("LONDON",)) == "read"
    assert diagnosis(place, None, ("London",)) == "missing"


def test_perplexities_are_exponentials_of_means_and_intervals_hold_them():
    rows = [[2.0, 1, 4.0, 8], [6.0, 3, 12.0, 8], [1.0, 1, 1.0, 4]]
    assert perplexity(rows) == pytest.approx(math.exp(9 / 5))
    assert bits_per_byte(rows) == pytest.approx(17 / math.log(2) / 20)
    assert perplexity([]) is None
    assert perplexity([[0.0, 0, 0.0, 0]]) is None
    better = [[loss - 0.5 * n, n, nats, size] for loss, n, nats, size in rows]
    assert ratio_interval(better, rows) == pytest.approx([math.exp(-0.5)] * 2)
    assert ratio_interval([], []) is None
    assert ratio_interval(rows, better) == ratio_interval(rows, better)
    on, off = ([dict.fromkeys(("overall", "target", "entity"), r) for r in those]
               for those in (better, rows))  # fmt: skip
    found = compared(on, off)["target"]
    assert found["ratio"] == pytest.approx(math.exp(-0.5))
    assert found["ratio"] == pytest.approx(found["on"] / found["off"])
    low, high = found["on_interval_95"]
    assert low < found["on"] < high


def test_a_memory_without_the_gold_fact_is_no_gold_memory():
    assert GoldMemory().read(BORN) == []


def test_it_takes_published_adapters_and_what_a_run_leaves(tmp_path):
    name = str(tiny.save(tmp_path / "base"))
    folder = published(tmp_path, name)
    ids = torch.tensor([TEXT.ids])
    with torch.no_grad():
        base, model, called = with_adapter(name, folder)
        logits = model(ids).logits
        assert not torch.allclose(logits, base.model(ids).logits, atol=1e-3)
        one, again, its_name = with_adapter(name, folder / "read")
        assert (one.hash, its_name) == (base.hash, called)
        assert torch.equal(again(ids).logits, logits)
        (folder / "read" / "run.json").write_text((tmp_path / "read" / "run.json").read_text())
        (folder / "read" / "checkpoint.pt").write_bytes(
            (tmp_path / "read" / "checkpoint.pt").read_bytes()
        )
        _, run, its_name = with_adapter(name, folder / "read")
        assert "90 tokens seen" in its_name
        assert torch.allclose(run(ids).logits, logits, atol=0.02)  # published in bfloat16
    with pytest.raises(AdapterOfAnotherBase):
        with_adapter(str(tiny.save(tmp_path / "other", seed=5)), folder)
    with pytest.raises(AdapterMissing):
        with_adapter(name, tmp_path / "nothing")
