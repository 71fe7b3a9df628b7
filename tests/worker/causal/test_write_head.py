"""The causal write head around a model that says what a test has written down."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from memweb.no_memory import lacks_memory
from tests.worker.causal.said import HEAD, write_ids
from worker import stopping
from worker.heads.causal.decoding import Generated
from worker.heads.causal.late_stopping import LateStopping
from worker.heads.causal.limits import OutOfMemory
from worker.heads.causal.write_head import CausalWriteHead, stretches
from worker.protocol import parse_write
from worker.types import PassageExtraction, PassageText, RelationSpec, Span

RELATIONS = [
    RelationSpec("1", "place of birth", subject_types=("PER",), object_types=("LOC",)),
    RelationSpec("2", "date of birth", subject_types=("PER",), object_types=("TIME",)),
    RelationSpec("3", "author", subject_types=("MISC",), object_types=("PER", "ORG")),
]
TEXT = "Ada Lovelace was born in London in 1815. Lovelace wrote the Notes."
SENTENCES = (Span(0, 40), Span(41, len(TEXT)))


def extracted(
    calls: Sequence[list[int]], text: str = TEXT, sentences: tuple[Span, ...] = SENTENCES
) -> PassageExtraction:
    """Return the extraction where the model writes a call after each sentence."""

    def branches(prefix: Any, visible: Any, starts: Any, *, constraints: Any, **_: Any) -> Any:
        made = []
        for ids, constraint in zip(calls, constraints, strict=True):
            for token in ids:
                assert token in constraint.allowed()
                constraint.advance(token)
            made.append(Generated(list(ids), [-0.01] * len(ids), "stop"))
        return made

    head = CausalWriteHead(head=HEAD)
    head.decoder = SimpleNamespace(prefix=list, branches=branches)  # type: ignore[assignment]
    (made,) = head.extract([PassageText("p", text, sentences)], RELATIONS)
    return made


def test_it_proposes_what_is_written_with_exact_spans() -> None:
    first = write_ids(
        ("Ada Lovelace", "place of birth", "London"), ("Ada Lovelace", "date of birth", "1815")
    )

    made = extracted([first, write_ids(("Notes", "author", "Lovelace"))])

    found = [(p.subject.text, p.relation_id, p.object.text) for p in made.proposals]
    assert found == [
        ("Ada Lovelace", "1", "London"), ("Ada Lovelace", "2", "1815"), ("Notes", "3", "Lovelace"),
    ]  # fmt: skip
    for one in made.proposals:
        assert one.subject.span.of(TEXT) == one.subject.text
        assert one.object.span.of(TEXT) == one.object.text
        assert one.sentence in SENTENCES
        assert 0 < one.score <= 1
    assert made.proposals[1].object.kind == "time"
    assert made.proposals[1].object.value is not None


def test_it_names_a_surname_in_full_and_says_so_in_the_call() -> None:
    made = extracted([write_ids(), write_ids(("Notes", "author", "Lovelace"))])

    (one,) = made.proposals
    assert one.object.called == "Ada Lovelace"
    assert one.object.span == Span(41, 49)
    assert parse_write(made.call) == [("Notes", "author", "Ada Lovelace")]


def test_its_calls_end_late_where_it_is_told_so() -> None:
    told: list[LateStopping | None] = []

    def branches(prefix: Any, visible: Any, starts: Any, **settings: Any) -> Any:
        told.append(settings["late"])
        return [Generated(write_ids(), [-0.01], "stop") for _ in starts]

    head = CausalWriteHead(head=HEAD)
    head.decoder = SimpleNamespace(prefix=list, branches=branches)  # type: ignore[assignment]
    for late in (False, True, False):
        head.stop_late(late)
        head.extract([PassageText("p", TEXT, SENTENCES)], RELATIONS)
    assert told == [None, LateStopping(HEAD.base.ids.end), None]


def test_it_says_nothing_twice() -> None:
    call = write_ids(("Ada Lovelace", "place of birth", "London"))

    assert len(extracted([call, call]).proposals) == 1


def test_its_evidence_runs_from_the_name_to_the_sentence_that_states_it() -> None:
    text = "Ada Lovelace came to town. She was born in London."
    sentences = (Span(0, 26), Span(27, len(text)))

    made = extracted(
        [write_ids(), write_ids(("Ada Lovelace", "place of birth", "London"))], text, sentences
    )

    assert made.proposals[0].sentence == Span(0, len(text))


def test_it_proposes_nothing_of_a_name_and_itself() -> None:
    assert (
        extracted([write_ids(("London", "place of birth", "London")), write_ids()]).proposals == ()
    )


def test_it_says_nothing_of_no_text_or_without_relations() -> None:
    head = CausalWriteHead(head=HEAD)

    (empty,) = head.extract([PassageText("p", "", ())], RELATIONS)
    (unasked,) = head.extract([PassageText("p", TEXT, SENTENCES)], [])

    assert empty.call == unasked.call == "({MEM_WRITE-->})"


def test_it_gives_whole_spans_whatever_the_model_is() -> None:
    head = CausalWriteHead(head=HEAD)  # random weights
    text = TEXT + " It says: ({MEM_WRITE--> Ada>>author>>Ada})."

    (made,) = head.extract([PassageText("p", text, (Span(0, len(text)),))], RELATIONS)

    for one in made.proposals:
        assert one.subject.span.of(text) == one.subject.text
        assert one.object.span.of(text) == one.object.text
    assert len(parse_write(made.call)) == len(made.proposals)


def test_it_stops_where_nobody_wants_the_document_any_more() -> None:
    class Gone(Exception):
        pass

    looked: list[int] = []

    def gone() -> None:
        looked.append(1)
        if len(looked) == 3:  # under way
            raise Gone

    with pytest.raises(Gone), stopping.asked(gone):
        CausalWriteHead(head=HEAD).extract([PassageText("p", TEXT, SENTENCES)], RELATIONS)
    assert len(looked) == 3


def test_want_of_memory_halves_its_batch_twice_and_then_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    head = CausalWriteHead(head=HEAD)
    tried: list[int] = []

    def full(pending: Any, batch: int, *_: Any) -> None:
        tried.append(len(pending[:batch]))
        raise OutOfMemory("The memory is not enough for this text.")

    monkeypatch.setattr(head.decoder, "_finish", full)
    said = "Ada Lovelace wrote notes. "
    sentences = tuple(Span(at, at + len(said) - 1) for at in range(0, 12 * len(said), len(said)))
    with pytest.raises(OutOfMemory) as error:
        head.extract([PassageText("p", said * 12, sentences)], RELATIONS)
    assert tried == [8, 4, 2]
    assert lacks_memory(error.value)  # so the job goes back into its queue, and says so at last


@pytest.mark.parametrize("window", [3, 7, 20, 100])
def test_it_cuts_long_passages_so_that_every_sentence_is_read_once(window: int) -> None:
    text = " ".join(f"S{n} has some words." for n in range(20)) + " " + "w" * 50
    starts = [text.index(f"S{n} ") for n in range(20)]
    ends = [*(start - 1 for start in starts[1:]), text.index(" www")]
    sentences = [Span(a, b) for a, b in zip(starts, ends, strict=True)]
    sentences.append(Span(text.index("www"), len(text)))
    offsets = [(at, min(at + 2, len(text))) for at in range(0, len(text), 2)]

    cut = list(stretches(sentences, offsets, window))

    asked = [one for _, those in cut for one in those]
    assert "".join(s.of(text) for s in asked) == "".join(s.of(text) for s in sentences)
    assert asked == sorted(asked)
    for stretch, those in cut:
        assert all(stretch.start <= s.start and s.end <= stretch.end for s in those)
        assert stretch.end - stretch.start <= 2 * window + 4
