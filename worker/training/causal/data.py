"""What a run is trained on: sequences of a head, drawn anew for each epoch, by a seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

from worker.heads.causal.tokens import encode
from worker.training import augment
from worker.training.causal.material import Material, docred_part, material
from worker.training.causal.question_data import AskedQuestion, Mixture
from worker.training.causal.read_points import GoldMemory, fill, read_points
from worker.training.causal.sequences import Composer, TokenTree
from worker.training.causal.settings import RunConfig
from worker.training.causal.windows import ranges, window
from worker.training.causal.write_calls import write_calls
from worker.training.redocred import GoldDocument

__all__ = [
    "Material",
    "docred_part",
    "material",
    "read_sequence",
    "read_sequences",
    "sequences",
    "write_sequences",
]

LONG = 6  # sentences: shorter texts of our corpus have too little to read again
LONGEST = 512  # tokens of a sequence
UNKNOWN = "I don't know."
STATED = (None, "stated", "ended")
SWAPPED = 0.5  # of DocRED's documents get other names, so that the base cannot know the facts


def write_sequences(
    source: Material,
    composer: Composer,
    rng: random.Random,
    *,
    longest: int = LONGEST,
    dropped: Counter[str] | None = None,
) -> Iterator[TokenTree]:
    """Yield one epoch for the write head: our corpus under other names, and its wordings.

    ``dropped`` counts what was left out, by reason.
    """
    dropped = Counter() if dropped is None else dropped
    documents = [*source.documents, *(source.texts.epoch(rng) if source.texts else ())]
    rng.shuffle(documents)
    for document in documents:
        renamed = augment.rename(document, source.names, rng, 0.5)
        yield from write_windows(renamed, source, composer, longest, dropped)


def write_windows(
    document: GoldDocument,
    source: Material,
    composer: Composer,
    longest: int,
    dropped: Counter[str],
) -> Iterator[TokenTree]:
    """Yield a document with its calls, in windows of at most ``longest`` tokens."""
    dropped["facts that are not stated"] += sum(t.mood not in STATED for t in document.triples)
    calls = write_calls(document, source.relations, source.inverses)
    tree = composer.write(document.text, calls)
    if len(tree) <= longest:
        yield tree
        return
    written = {at: len(composer.write_ids(triples)) for at, triples in calls}
    sizes = [
        len(encode(composer.tokenizer, s.of(document.text))) + written.get(s.end, 0) + 1
        for s in document.sentences
    ]
    made = sum(len(triples) for _, triples in calls)
    for kept in ranges(sizes, longest - 1):
        part = window(document, kept)
        calls = write_calls(part, source.relations, source.inverses)
        made -= sum(len(triples) for _, triples in calls)
        tree = composer.write(part.text, calls)
        if len(tree) <= longest:
            yield tree
        else:
            dropped["sentences longer than a sequence"] += 1
    dropped["facts across two windows"] += max(made, 0)


def read_sequences(
    source: Material,
    composer: Composer,
    rng: random.Random,
    *,
    asked: int = 3000,
    swapped: float = SWAPPED,
    mixture: Mixture | None = None,
    longest: int = LONGEST,
    dropped: Counter[str] | None = None,
) -> Iterator[TokenTree]:
    """Yield one epoch for the read head: documents with their calls, and questions.

    ``asked`` is how many questions are made beside those of the worlds, of the kinds that
    ``mixture`` says. ``swapped`` is the share of DocRED's documents that are
    counterfactual copies: other names stand in the text and in the memory.
    """
    dropped = Counter() if dropped is None else dropped
    relations = source.relations
    names = augment.names_by_type(source.docred)
    everything = fill(source.docred, relations)
    rows: list[GoldDocument | AskedQuestion] = [
        *source.docred, *(d for d in source.documents if len(d.sentences) >= LONG), *source.world
    ]  # fmt: skip
    dropped["texts too short to read in"] += sum(len(d.sentences) < LONG for d in source.documents)
    if source.questions:
        rows += source.questions.questions(asked, rng, mixture)
    rng.shuffle(rows)
    own = {id(d) for d in source.documents}
    for row in rows:
        if isinstance(row, AskedQuestion):
            yield composer.answer(row.text, row.calls, "; ".join(row.answers) or UNKNOWN)
            continue
        document, memory = row, everything
        if id(row) in own or rng.random() < swapped:
            if id(row) in own:
                document = augment.rename(row, source.names, rng, 0.7)
            else:
                document = augment.swap_names(row, names, rng, 0.8)
            memory = fill([document], relations)
        yield from read_windows(document, memory, relations, composer, longest, dropped)


def read_windows(
    document: GoldDocument,
    memory: GoldMemory,
    relations: Mapping[str, str],
    composer: Composer,
    longest: int,
    dropped: Counter[str],
) -> Iterator[TokenTree]:
    """Yield a document with its reads, in windows of at most ``longest`` tokens."""
    counted: Counter[str] = Counter()
    tree = read_sequence(document, memory, relations, composer, counted)
    if len(tree) <= longest:
        dropped.update(counted)
        yield tree
        return
    # Calls and results take their share of the room, each sentence alike.
    share = longest / len(tree)
    sizes = [len(encode(composer.tokenizer, s.of(document.text))) for s in document.sentences]
    for kept in ranges(sizes, int(share * sum(sizes))):
        tree = read_sequence(window(document, kept), memory, relations, composer, dropped)
        dropped["tokens beyond a sequence"] += max(len(tree) - longest, 0)
        yield tree.cut(longest)


def read_sequence(
    document: GoldDocument,
    memory: GoldMemory,
    relations: Mapping[str, str],
    composer: Composer,
    dropped: Counter[str] | None = None,
) -> TokenTree:
    """Return a document with the calls that it would have made."""
    points = read_points(document, memory, relations, dropped)
    calls = [(p.target.start, p.queries, p.results) for p in points]
    mentions = [(m.span.start, m.span.end) for e in document.entities for m in e]
    targets = [(p.target.start, p.target.end) for p in points]
    return composer.read(document.text, calls, targets, mentions)


def sequences(
    source: Material,
    composer: Composer,
    config: RunConfig,
    rng: random.Random,
    dropped: Counter[str] | None = None,
) -> Iterator[TokenTree]:
    """Yield one epoch of a run; that of the protocol's rows is one of both heads."""

    def writing() -> Iterator[TokenTree]:
        return write_sequences(source, composer, rng, longest=config.longest, dropped=dropped)

    def reading() -> Iterator[TokenTree]:
        return read_sequences(
            source, composer, rng, asked=config.asked, swapped=config.swapped,
            mixture=Mixture(config.absent, config.conditions, config.several, config.whether),
            longest=config.longest, dropped=dropped,
        )  # fmt: skip

    if config.head == "write":
        yield from writing()
    elif config.head == "read":
        yield from reading()
    else:
        write = writing()
        for row in reading():
            yield row
            yield from islice(write, 2)
        yield from write
