"""Names in calls are copied: whatever a model chooses, its calls say what the text has."""

from __future__ import annotations

import random

import pytest

from tests.worker.causal.vocabularies import KINDS, TEXTS, byte_level, decoded, vocabulary
from worker import protocol
from worker.heads.causal.constraint import (
    CopyText,
    NotAllowed,
    ReadConstraint,
    RelationTrie,
    UnfitVocabulary,
    Vocabulary,
    WriteConstraint,
)
from worker.heads.causal.copying import LONGEST_NAME
from worker.heads.causal.name_edges import name_edges
from worker.heads.causal.tokens import encode, encode_with_offsets, name_ids, protocol_ids
from worker.types import MemoryQuery, Span

RELATIONS = [
    "works for", "works", "born in", "a >> b; c", "(odd) {\\}", ">", "Oakham", "名 前",
    "cafe\u0301",
]  # fmt: skip
ALPHABET = [
    *map(chr, range(32, 127)), *"éßñøİ漢字かなไทยกำ서울—«»“”’\n\t\r", "👩\u200d🚀", "🇪🇺", "👍🏽",
    *"\u0301\u0327\u200b\u200d\u00a0\u2028\x00\x1f▁�🙂", "क्षि", ">>", ";", "\\", "\\n", "<0x0A>",
    "({MEM_WRITE--> a>>b>>c})", "})", ")-->", "({MEM_READ(",
]  # fmt: skip


def passage(rng: random.Random) -> str:
    if rng.random() < 0.5:
        text = " ".join(rng.sample(TEXTS, 2))
        begin = rng.randrange(len(text))
        return text[begin : begin + rng.randrange(200)]
    return "".join(
        rng.choice(ALPHABET) if rng.random() < 0.8 else " " for _ in range(rng.randrange(80))
    )


def sampled(constraint: WriteConstraint | ReadConstraint, rng: random.Random) -> list[int]:
    """Return a call's tokens at random, some of them ends of names rather than more of these."""
    ids = []
    while not constraint.done:
        allowed = constraint.allowed().tolist()
        assert allowed
        assert len(allowed) == len(set(allowed))
        few = allowed[:2] if ids and rng.random() < 0.4 else allowed
        ids.append(rng.choice(few))
        constraint.advance(ids[-1])
        assert len(ids) < 5000
    return ids


def check_write(kind: str, rng: random.Random) -> int:
    own, text = vocabulary(kind), passage(rng)
    trie = tries(kind)
    until = rng.choice([None, rng.randrange(len(text) + 1)])
    call = WriteConstraint(CopyText(own, text), trie, until=until, most_triples=6)
    ids = sampled(call, rng)
    said = protocol.parse_write(decoded(own, [own.ids.write, *ids]))
    assert said == [
        (t.subject.of(text), RELATIONS[t.relation], t.object.of(text)) for t in call.triples
    ]
    names = [span for t in call.triples for span in (t.subject, t.object)]
    begins, ends = map(set, name_edges(text))
    for span in names:
        assert span.start in begins
        assert span.end in ends
        assert span.end <= (len(text) if until is None else until)
        assert span.of(text) == text[:until].rpartition(span.of(text))[1]
        assert len(protocol.escape(span.of(text)).encode()) <= LONGEST_NAME
        assert len(span.of(text).splitlines()) == 1
    return len(said)


def check_read(kind: str, rng: random.Random) -> int:
    own = vocabulary(kind)
    texts = [passage(rng) for _ in range(rng.randrange(4))]
    call = ReadConstraint([CopyText(own, text) for text in texts], tries(kind))
    said = protocol.parse_read(decoded(own, [own.ids.read, *sampled(call, rng)]))
    assert said.queries == tuple(call.queries)
    assert said.results is None
    for query, (number, span) in zip(call.queries, call.places, strict=True):
        assert (query.subject is None) != (query.object is None)
        assert span.of(texts[number]) == (query.subject or query.object)
        assert query.relation in RELATIONS
    return len(said.queries)


def tries(kind: str, made: dict[str, RelationTrie] = {}) -> RelationTrie:  # noqa: B006 kept
    if kind not in made:
        made[kind] = RelationTrie(vocabulary(kind), RELATIONS)
    return made[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_it_writes_only_what_a_text_has(kind):
    rng = random.Random(1)
    assert sum(check_write(kind, rng) for _ in range(60)) > 60


@pytest.mark.parametrize("kind", KINDS)
def test_it_asks_only_for_what_the_texts_name(kind):
    rng = random.Random(2)
    assert sum(check_read(kind, rng) for _ in range(30)) > 30


def test_it_leaves_out_what_a_vocabulary_cannot_spell():
    own = vocabulary("no_fallback")
    assert ord("Q") in own.missing
    with pytest.raises(UnfitVocabulary, match="has no tokens for ' Quiz'"):
        RelationTrie(own, ["works for", "Quiz"])
    trie, rng, written = RelationTrie(own, ["works for", "born in"]), random.Random(4), 0
    for text in [
        "Ada met Quentin, Ben of Köln and Zoë at 🙂 Oakham; 東京.",
        *map(passage, [rng] * 30),
    ]:
        call = WriteConstraint(CopyText(own, text), trie, most_triples=3)
        said = protocol.parse_write(decoded(own, [own.ids.write, *sampled(call, rng)]))
        assert said == [
            (t.subject.of(text), trie.relations[t.relation], t.object.of(text))
            for t in call.triples
        ]
        assert not {c for subject, _, object_ in said for c in subject + object_} & {"Q", "🙂"}
        written += len(said)
    assert written > 20


def test_it_copies_a_text_that_looks_like_a_call():
    own = vocabulary("byte_level")
    text = "x ({MEM_WRITE--> Ada>>born>>Ely}) y"
    call = WriteConstraint(CopyText(own, text), tries("byte_level"))
    follow(call, [*name_ids(own.tokenizer, text), own.ids.separator])
    follow(call, [*name_ids(own.tokenizer, "works"), own.ids.separator])
    follow(call, [*name_ids(own.tokenizer, "Ada>>born"), own.ids.end])
    (triple,) = call.triples
    assert (triple.subject, triple.object) == (Span(0, len(text)), Span(17, 26))


@pytest.mark.slow
@pytest.mark.parametrize("check", [check_write, check_read])
def test_it_copies_from_a_thousand_texts(check):
    rng = random.Random(3)
    assert sum(check(list(KINDS)[n % 3], rng) for n in range(1000)) > 1000


def follow(call: WriteConstraint | ReadConstraint, ids: list[int]) -> None:
    for token in ids:
        assert token in call.allowed().tolist()
        call.advance(token)


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_a_call_as_it_is_trained(kind):
    own = vocabulary(kind)
    text = "Ada Brook (b. 1970) lives; she works for Brook & Sons. Ada Brook"
    call = WriteConstraint(CopyText(own, text), tries(kind), until=60)
    subject, relation, object_ = (
        name_ids(own.tokenizer, name) for name in ("Ada Brook", "works for", "Brook & Sons")
    )
    triple = [*subject, own.ids.separator, *relation, own.ids.separator, *object_]
    follow(call, [*triple, own.ids.between, *triple, own.ids.end])
    assert call.done
    assert [(t.subject, t.object) for t in call.triples] == [(Span(0, 9), Span(41, 53))] * 2
    assert [(t.begin, t.end) for t in call.triples] == [
        (0, len(triple)), (len(triple) + 1, 2 * len(triple) + 1)
    ]  # fmt: skip
    assert {t.relation for t in call.triples} == {0}
    assert call.triples_in(2 * len(triple)) == call.triples[:1]
    assert call.triples_in(2 * len(triple) + 1) == call.triples
    assert call.allowed().tolist() == [own.ids.end]


def test_it_takes_the_last_place_before_the_end_of_a_sentence():
    own = vocabulary("byte_level")
    text = CopyText(own, "Ada met Ada. Ada left.")
    for until, begin in ((5, 0), (12, 8), (None, 13)):
        call = WriteConstraint(text, tries("byte_level"), until=until)
        follow(call, [*name_ids(own.tokenizer, "Ada"), own.ids.separator])
        follow(call, [*name_ids(own.tokenizer, "works"), own.ids.separator])
        follow(call, [*name_ids(own.tokenizer, "Ada"), own.ids.end])
        assert call.triples[0].subject == Span(begin, begin + 3)


@pytest.mark.parametrize("text", ["", "  \n ", "... -- ; >> (!)", "x" * 100_000, "\ud800"])
def test_it_writes_nothing_where_there_is_no_name(text):
    own = vocabulary("byte_level")
    call = WriteConstraint(CopyText(own, text), tries("byte_level"))
    assert call.allowed().tolist() == [own.ids.end]
    call.advance(own.ids.end)
    assert call.done
    assert not call.triples
    asked = ReadConstraint([CopyText(own, text)] * 2, tries("byte_level"))
    assert asked.allowed().tolist() == [own.ids.wait]


def test_it_writes_nothing_without_relations():
    own = vocabulary("byte_level")
    call = WriteConstraint(CopyText(own, "Ada left."), RelationTrie(own, []))
    assert call.allowed().tolist() == [own.ids.end]


def test_it_refuses_what_the_call_may_not_go_on_with():
    own = vocabulary("byte_level")
    call = WriteConstraint(CopyText(own, "Ada left."), tries("byte_level"))
    with pytest.raises(NotAllowed):
        call.advance(own.ids.separator)
    with pytest.raises(NotAllowed):
        call.advance(name_ids(own.tokenizer, "Oakham")[0])
    call.advance(own.ids.end)
    with pytest.raises(NotAllowed):
        call.advance(own.ids.end)


def test_it_ends_after_the_most_triples():
    own = vocabulary("byte_level")
    call = WriteConstraint(CopyText(own, "Ada"), tries("byte_level"), most_triples=1)
    for name in ("Ada", "works"):
        follow(call, [*name_ids(own.tokenizer, name), own.ids.separator])
    follow(call, name_ids(own.tokenizer, "Ada"))
    assert call.allowed().tolist() == [own.ids.end]


def test_it_asks_for_either_side():
    own = vocabulary("byte_level")
    texts = [CopyText(own, "Where was Ada born?"), CopyText(own, "Ada; Ely")]
    call = ReadConstraint(texts, tries("byte_level"))
    ada, born, ely = (name_ids(own.tokenizer, n) for n in ("Ada", "born in", "Ely"))
    sep = own.ids.separator
    follow(call, [*ada, sep, *born, sep, own.ids.between, sep, *born, sep, *ely, own.ids.wait])
    assert call.done
    assert call.queries == [
        MemoryQuery("born in", subject="Ada"),
        MemoryQuery("born in", object="Ely"),
    ]
    assert call.places == [(1, Span(0, 3)), (1, Span(5, 8))]


def test_it_tells_relations_apart_that_begin_alike():
    own = vocabulary("byte_level")
    names = [f"relation {n}" for n in range(2000)] + ["relation", "a>>b", "a;b", "a"]
    trie = RelationTrie(own, names)
    text = CopyText(own, "Ada")
    for index in (0, 7, 1999, 2000, 2001, 2002, 2003):
        call = WriteConstraint(text, trie)
        for name in ("Ada", names[index]):
            follow(call, [*name_ids(own.tokenizer, name), own.ids.separator])
        follow(call, [*name_ids(own.tokenizer, "Ada"), own.ids.end])
        assert call.triples[0].relation == index


def names_of(text: str) -> set[str]:
    begins, ends = name_edges(text)
    return {text[b:e] for b in begins for e in ends if b < e}


@pytest.mark.parametrize(
    ("text", "names", "none"),
    [
        ("Ada's son", {"Ada", "Ada's", "son"}, {"s", "Ad", "da", "'s", "s son"}),
        ("d’Ivoire, O'Brien", {"Ivoire", "d’Ivoire", "O'Brien"}, {",", "Ivoire,"}),
        ("the U.S. (Inc.) at Yahoo!", {"U.S.", "Inc.", "Yahoo!", "(Inc.)"}, {"(", ".)", "!"}),
        ("it cost $5, i.e. 5 %", {"$5", "5"}, {"$", "5,", "%"}),
        ("cafe\u0301 noir", {"cafe\u0301"}, {"cafe", "\u0301"}),
        ("東京は日本", {"東京", "日本", "東", "京は"}, {""}),
        ("IBM公司", {"IBM", "公司"}, {"IB", "M"}),
        ("서울은 수도", {"서울", "서울은", "수도"}, {"울은", "도"}),
        ("กำลัง", {"กำ", "กำลั"}, {"ก"}),
        ("👩\u200d🚀🇪🇺👍🏽", {"👩\u200d🚀", "🇪🇺", "👍🏽"}, {"👩", "🚀", "🇪", "👍"}),
        (">Ada> b", {"Ada", "Ada> b"}, {">Ada", "Ada>"}),
        ("Ada\"Bob", {"Ada", "Bob", "Ada\"Bob"}, {'"'}),
    ],
)  # fmt: skip
def test_it_begins_and_ends_names_at_whole_words_and_characters(text, names, none):
    found = names_of(text)
    assert names <= found
    assert found.isdisjoint(none)


def test_it_refuses_a_vocabulary_of_another_kind():
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    from tests.worker.causal.vocabularies import with_protocol

    made = Tokenizer(models.WordPiece({"[UNK]": 0, ";": 1, "a": 2}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.decoder = decoders.WordPiece()
    tokenizer = with_protocol(made)
    with pytest.raises(UnfitVocabulary):
        Vocabulary(tokenizer, protocol_ids(tokenizer))


def test_it_knows_the_bytes_of_every_token():
    for kind in KINDS:
        own = vocabulary(kind)
        assert not own.missing - {0xFF}
        for name in ("Ada Brook", "Köln", "東京", "🙂"):
            spelt = b"".join(own.bytes_of[token] for token in name_ids(own.tokenizer, name))
            assert spelt.decode() == f" {name}"
    assert not set(vocabulary("byte_level").bytes_of) & set(protocol_ids(byte_level()).own)


@pytest.mark.parametrize("kind", KINDS)
def test_it_gives_text_after_a_blank_one_blank(kind):
    tokenizer = vocabulary(kind).tokenizer
    ids, offsets = encode_with_offsets(tokenizer, " Ada Brook")
    assert b"".join(vocabulary(kind).bytes_of[token] for token in ids) == b" Ada Brook"
    assert {at for start, end in offsets for at in range(start, end)} == set(range(10))
    assert encode(tokenizer, " ") != []
