"""Names that a question has in part, in another order or misspelt."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Space, User
from apps.common.names import normalise_name
from apps.evaluation.bench.made_up_names import Names, misspelt
from apps.memory import services
from apps.memory.controller import MemoryController
from apps.memory.controller.words import edits_between, fold
from apps.memory.models import Alias, Entity, Word
from tests import factories

Found = list[tuple[str, str, str, int]]


KNOWN = [
    ("Marie Curie", "PER"),
    ("Albert Einstein", "PER"),
    ("William Shakespeare", "PER"),
    ("J. R. R. Tolkien", "PER"),
    ("Jean-Paul Sartre", "PER"),
    ("Lech Wałęsa", "PER"),
    ("The Beatles", "ORG"),
    ("Microsoft Corporation", "ORG"),
    ("University of Warsaw", "ORG"),
    ("Warsaw", "LOC"),
    ("Newcastle", "LOC"),
    ("New York", "LOC"),
    ("Australia", "LOC"),
    ("Iran", "LOC"),
    ("Apollo 11", "MISC"),
    ("Ghana", "LOC"),
    ("Prayut Chan - o - cha", "PER"),
    ("People 's Republic", "LOC"),
    ("Take a Letter Miss Smith", "MISC"),
]


@pytest.fixture(scope="module")
def known(rows_of_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    with rows_of_the_module():
        space = factories.make_space("atlas")
        for name, type_ in KNOWN:
            factories.make_entity(space, name, type=type_)
        factories.make_entity(space, "12 March 1998", type="TIME", kind=Entity.Kind.TIME)
    return space.pk


@pytest.fixture
def space(known: int, db: None) -> Space:
    return Space.objects.get(pk=known)


@pytest.fixture
def memory(space: Space) -> MemoryController:
    return MemoryController(space)


def found(memory: MemoryController, text: str) -> Found:
    return [(text[a:b], e.name, e.how, e.edits) for a, b, e in memory.find_entities(text)]


@pytest.mark.parametrize(
    ("text", "surface", "name", "how", "edits"),
    [
        ("Where was Marie Currie born?", "Marie Currie", "Marie Curie", "spelling", 1),
        ("Who was Albert Einstien?", "Albert Einstien", "Albert Einstein", "spelling", 1),
        ("Who is Shakespere?", "Shakespere", "William Shakespeare", "partial", 1),
        ("what did william shakespere write", "william shakespere",
         "William Shakespeare", "spelling", 1),
        ("Who was born in Warsawa?", "Warsawa", "Warsaw", "spelling", 1),
        ("Was Curie Marie a chemist?", "Curie Marie", "Marie Curie", "spelling", 0),
        ("Did Curie live there?", "Curie", "Marie Curie", "partial", 0),
        ("where was einstein born", "einstein", "Albert Einstein", "partial", 0),
        ("What did JRR Tolkien write?", "JRR Tolkien", "J. R. R. Tolkien", "spelling", 0),
        ("What did Tolkien write?", "Tolkien", "J. R. R. Tolkien", "partial", 0),
        ("Tolkien's books", "Tolkien", "J. R. R. Tolkien", "partial", 0),
        ("Where did Jean Paul Sartre die?", "Jean Paul Sartre",
         "Jean-Paul Sartre", "spelling", 0),
        ("Where did Jeanpaul Sartre die?", "Jeanpaul Sartre", "Jean-Paul Sartre", "spelling", 0),
        ("Who is Lech Walesa?", "Lech Walesa", "Lech Wałęsa", "spelling", 0),
        ("Who is Lech Valesa?", "Lech Valesa", "Lech Wałęsa", "spelling", 1),
        ("Who plays in Beatles?", "Beatles", "The Beatles", "spelling", 0),
        ("Who founded Microsoft?", "Microsoft", "Microsoft Corporation", "partial", 0),
        ("Where is New Castle?", "New Castle", "Newcastle", "spelling", 0),
        ("Einstein birthplace", "Einstein", "Albert Einstein", "partial", 0),
        ("Who leads Ghnaa?", "Ghnaa", "Ghana", "spelling", 1),
        ("What does Praytu Chan-o-cha chair?", "Praytu Chan-o-cha",
         "Prayut Chan - o - cha", "spelling", 1),
        ("What does People 's Repblic claim?", "People 's Repblic",
         "People 's Republic", "spelling", 1),
        ("Who sang Take a Letter Miss Smiht?", "Take a Letter Miss Smiht",
         "Take a Letter Miss Smith", "spelling", 1),
        ("Where is Warsaw University?", "Warsaw University",
         "University of Warsaw", "spelling", 0),
    ],
)  # fmt: skip
def test_it_finds_a_name_and_says_how(
    memory: MemoryController, text: str, surface: str, name: str, how: str, edits: int
) -> None:
    assert (surface, name, how, edits) in found(memory, text)


@pytest.mark.parametrize(
    "text",
    [
        "Where is Austria?",
        "Where is Iraq?",
        "Where is York?",
        "Who flew with Apollo 12?",
        "Who flew with Apollo?",
        "What happened in 1999?",
        "What happened in March?",
        "Who is Mario Curie?",
        "Who is Maria Curie?",
        "Who is Alberta Einstein?",
        "Who is Stephen Curie?",
        "Who is A. Tolkien?",
        "Where do Australians live?",
        "Who is Pierre?",
        "Who founded the University of Harsaw?",
        "which curious wars saw it",
    ],
)
def test_it_takes_no_other_name_for_a_known_one(memory: MemoryController, text: str) -> None:
    assert found(memory, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Where was she born?",
        "where was she born",
        "WHERE WAS SHE BORN?",
        "Where Was She Born?",
        "It was her. Who is it?",
        "What is the capital of her country?",
        "who was the king",
        "which painted stones did he find",
        "What did the wise baker say to kings?",
        "Which Polish chemist lived there?",
        "How many awards did he receive?",
        "Ou est-elle née ?",
    ],
)
def test_it_takes_no_common_word_for_a_name(
    memory: MemoryController, space: Space, text: str
) -> None:
    for name, type_ in [
        ("She", "MISC"), ("Her", "MISC"), ("It", "MISC"), ("Where", "MISC"), ("Capital", "MISC"),
        ("Born", "ORG"), ("Was", "PER"), ("The Who", "ORG"), ("Who", "ORG"), ("Award", "MISC"),
        ("Stephen King", "PER"), ("Emma Stones", "PER"), ("Josephine Baker", "PER"),
        ("Polis", "LOC"), ("Receiver", "MISC"), ("Chemists", "ORG"),
    ]:  # fmt: skip
        factories.make_entity(space, name, type=type_)
    assert found(memory, text) == []


def test_it_finds_a_common_word_that_is_written_as_a_name(
    memory: MemoryController, space: Space
) -> None:
    for name in ("Her", "The Who", "It"):
        factories.make_entity(space, name, type="MISC")
    assert found(memory, "Who directed Her?") == [("Her", "Her", "exact", 0)]
    assert found(memory, "Who wrote It, and who is in The Who?") == [
        ("The Who", "The Who", "exact", 0),
        ("It", "It", "exact", 0),
    ]


def test_an_exact_name_goes_before_a_misspelt_one(memory: MemoryController, space: Space) -> None:
    for name in ("Marie Curry", "Curry", "Warsaw Pact"):
        factories.make_entity(space, name, type="MISC")
    assert found(memory, "Who is Marie Curry?") == [("Marie Curry", "Marie Curry", "exact", 0)]
    assert found(memory, "What is Curry?") == [("Curry", "Curry", "exact", 0)]
    assert found(memory, "What is the Warsaw Pact?") == [("Warsaw Pact", "Warsaw Pact", "exact", 0)]
    assert found(memory, "Did Warsaw and Warsawa fight?") == [
        ("Warsawa", "Warsaw", "spelling", 1),
        ("Warsaw", "Warsaw", "exact", 0),
    ]


def test_the_nearest_spelling_goes_before_others(memory: MemoryController, space: Space) -> None:
    for name in ("Kristoffersen", "Kristofferson", "Christofferson"):
        factories.make_entity(space, name, type="PER")
    assert found(memory, "Who is Kristofersen?") == [
        ("Kristofersen", "Kristoffersen", "spelling", 1)
    ]


def test_it_finds_fifty_names_in_one_question(memory: MemoryController, space: Space) -> None:
    made = (name for name, type_ in Names(3000).names(3000) if type_ == "PER")
    names = [name for name in made if len(name) > 14 and "-" not in name][:50]
    for name in names:
        factories.make_entity(space, name, type="PER")
    asked = "Which of " + ", ".join(names[:49]) + " and Marie Curie met first?"
    assert {name for _, name, _, _ in found(memory, asked)} == {*names[:49], "Marie Curie"}
    wrong = [misspelt(name, random.Random(3)) for name in names]
    hits = found(memory, "Which of " + ", ".join(wrong) + " met first?")
    assert len({name for _, name, _, _ in hits} & set(names)) >= 45
    assert {how for _, _, how, _ in hits} == {"spelling"}


@pytest.mark.parametrize(
    "text",
    [
        "Marie Currie and Tolkein " * 400,
        "xyzzy " * 1666,
        "Xyzzy Plugh " * 833,
        "." + " " * 9998 + ".",
        "Aa" * 5000,
        "é" * 10_000,
        "e\u0301" * 5000,
        "東京" * 5000,
        "A B " * 2500,
        "?!" * 5000,
        "Curie " * 1666,
        ", ".join(["Marie Currie", "Alber Einstein"] * 300),
    ],
)
def test_a_long_question_takes_few_queries(
    memory: MemoryController, text: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(6):
        hits = memory.find_entities(text)
    assert all(0 <= start < end <= len(text) for start, end, _ in hits)


@pytest.mark.parametrize(
    ("name", "text", "surface"),
    [
        ("محمود درويش", "أين ولد محمود درويش؟", "محمود درويش"),
        ("محمود درويش", "أين ولد مَحْمُود دَرْوِيش؟", "مَحْمُود دَرْوِيش"),
        ("שמואל עגנון", "איפה נולד שמואל עגנון?", "שמואל עגנון"),
        ("Zoë Kravitz", "Where was Zoe\u0308 Kravitz born?", "Zoe\u0308 Kravitz"),
        ("Zoë Kravitz", "Where was Zoe Kravitz born?", "Zoe Kravitz"),
        ("Zoë Kravitz", "👩‍🎤 Where was Zoe Kravits 🎂 born?", "Zoe Kravits"),
        ("I ❤ Huckabees", "Who directed I ❤ Huckabees?", "I ❤ Huckabees"),
        ("Huckabees", "Who directed ❤️Huckabees❤️?", "❤️Huckabees❤️"),
    ],
)
def test_it_reads_other_scripts_accents_and_emoji(
    memory: MemoryController, space: Space, name: str, text: str, surface: str
) -> None:
    factories.make_entity(space, name, type="PER")
    hits = memory.find_entities(text)
    assert [entity.name for _, _, entity in hits] == [name]
    assert text[hits[0][0] : hits[0][1]].strip("❤️") == surface.strip("❤️")


def test_it_corrects_no_word_that_the_memory_knows(memory: MemoryController, space: Space) -> None:
    factories.make_entity(space, "Edwina Currie", type="PER")
    assert found(memory, "Where was Marie Currie born?") == []


def test_it_prefers_the_exact_name(memory: MemoryController, space: Space) -> None:
    factories.make_entity(space, "Albert Einstien", type="PER")
    assert found(memory, "Who is Albert Einstien?") == [
        ("Albert Einstien", "Albert Einstien", "exact", 0)
    ]


def test_it_finds_all_whom_a_surname_may_mean(memory: MemoryController, space: Space) -> None:
    factories.make_entity(space, "Pierre Curie", type="PER")
    names = [name for _, name, _, _ in found(memory, "Where was Curie born?")]
    assert names == ["Marie Curie", "Pierre Curie"]
    for number in range(10):
        factories.make_entity(space, f"{'abcdefghij'[number] * 5} Curie", type="PER")
    assert found(memory, "Where was Curie born?") == []


def test_it_takes_a_misspelt_alias_and_follows_a_merge(
    memory: MemoryController, space: Space
) -> None:
    target = Entity.objects.get(space=space, name="Marie Curie")
    Alias.objects.create(space=space, entity=target, name="Maria Skłodowska")
    factories.make_entity(space, "Madame Radioactivity", merged_into=target)
    assert found(memory, "Who is Maria Sklodovska?") == [
        ("Maria Sklodovska", "Marie Curie", "spelling", 1)
    ]
    assert found(memory, "Who is Madame Radioactivty?")[0][1:] == ("Marie Curie", "spelling", 1)


def test_it_leaves_other_spaces_alone(memory: MemoryController) -> None:
    other = MemoryController(factories.make_space("other"))
    assert found(other, "Where was Marie Currie born?") == []
    assert found(other, "Where was Curie born?") == []


def test_it_asks_the_database_four_times_at_most(memory: MemoryController) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert found(memory, "Where was Marie Currie born?")
    assert len(queries) <= 4
    with CaptureQueriesContext(connection) as queries:
        assert found(memory, "Where was Marie Curie born?")
    assert len(queries) == 1


def test_it_keeps_the_words_as_names_change(alice: User) -> None:
    space = factories.make_space("zorbas")

    def words() -> set[str]:
        return set(Word.objects.filter(space=space).values_list("word", flat=True))

    one = factories.make_entity(space, "Zorba Quillon")
    two = factories.make_entity(space, "Zorba 1999 Übel")
    assert words() == {"zorba", "quillon", "ubel"}
    services.entity_change(entity=one, actor=alice, name="Zorba Quillen", type="", description="")
    assert words() == {"zorba", "quillon", "quillen", "ubel"}  # the old name is an alias now
    one.aliases.all().delete()
    assert words() == {"zorba", "quillen", "ubel"}
    services.entities_merge(source=two, target=one, actor=alice)
    assert words() == {"zorba", "quillen", "ubel"}
    two.aliases.all().delete()
    Alias.objects.all().delete()
    one.absorbed.all().delete()
    Entity.objects.filter(pk=two.pk).delete()
    assert words() == {"zorba", "quillen"}


def test_it_rebuilds_the_words(memory: MemoryController, space: Space) -> None:
    before = set(Word.objects.values_list("word", flat=True))
    Word.objects.filter(word="curie").delete()
    Word.objects.create(space=space, word="nowhere")
    err = io.StringIO()
    call_command("rebuild_words", space=space.slug, stderr=err)
    assert set(Word.objects.values_list("word", flat=True)) == before
    assert "1 words added, 1 dropped" in err.getvalue()
    with pytest.raises(CommandError, match="no space 'nowhere'"):
        call_command("rebuild_words", space="nowhere")


NAMES = ["J. R. R. Tolkien", "Jean-Paul", "O’Brien", "Łódź", "Marie Skłodowska-Curie", "U.S.",
         "AC/DC", "東京 タワー", "Ærø Straße", "9 to 5", "a b", "x", "!!", "Ελλάδα", "Жуков",
         "d'Arc", "İstanbul", "ﬁne", "snake_case", "Đặng"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.django_db
def test_it_folds_names_as_the_database_does(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT memory_fold(%s)", [normalise_name(name)])
        assert cursor.fetchone() == (fold(name),)


@given(st.text(alphabet="abcdeé -.'", min_size=1, max_size=20))
def test_it_folds_a_folded_name_to_itself(name: str) -> None:
    assert fold(fold(name)) == fold(name)


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("einstien", "einstein", 1), ("iraq", "iran", 1), ("1998", "1999", None),
     ("abc", "abd", None), ("shakspere", "shakespeare", 2), ("warsaw", "warszawa", None)],
)  # fmt: skip
def test_it_counts_edits(one: str, other: str, edits: int | None) -> None:
    assert edits_between(one, other) == edits


@given(st.data())
@pytest.mark.django_db
def test_words_that_are_near_share_a_variant(data: st.DataObject) -> None:
    letters = "abc"
    word = data.draw(st.text(alphabet=letters, min_size=4, max_size=12))
    other = list(word)
    for _ in range(2 if len(word) > 8 else 1):
        at = data.draw(st.integers(0, len(other) - 1))
        match data.draw(st.sampled_from("adx")):
            case "a":
                other.insert(at, data.draw(st.sampled_from(letters)))
            case "d":
                del other[at]
            case _:
                other[at] = data.draw(st.sampled_from(letters))
    typed = "".join(other)
    if edits_between(word, typed) is None:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT memory_variants(1, %s) && memory_variants(1, %s)", [word, typed])
        assert cursor.fetchone() == (True,)
