"""``manage.py bench questions``, over tiny memories and with the head that needs no model."""

from __future__ import annotations

import io
import json
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from apps.accounts.models import Space
from apps.audit.models import Event
from apps.evaluation.bench import questions as bench_questions
from apps.evaluation.bench.clock import (
    DATABASE,
    EMBEDDING,
    PARTS,
    REST,
    SEARCH,
    SEARCH_DATABASE,
    Clock,
    embedding_timed,
)
from apps.evaluation.bench.made_up_memory import fill
from apps.evaluation.bench.question_maker import Asked, Questioner
from apps.evaluation.bench.report import Timing, figures, growth
from apps.evaluation.bench.temporary_database import PREFIX, in_use, temporary_database
from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.scratch_memory import Reply
from apps.memory.models import Alias, Entity, Triple, Word
from worker.heads.scripted.read_head import ScriptedReadHead
from worker.types import EntityRef, TracedAnswer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _short_warm_up(monkeypatch):
    monkeypatch.setattr(bench_questions, "WARM_UP", 2)


def bench(*options):
    out, err = io.StringIO(), io.StringIO()
    call_command("bench", "questions", *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def databases():
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        return cursor.fetchall()


def test_it_reports_each_size_where_its_time_goes_and_the_growth(space, migrated_already):
    before = [model.objects.count() for model in (Space, Entity, Triple, Event)]
    out, err = bench("--facts", "300,100,300", "--questions", "9", "--json")
    report = json.loads(out)
    assert [size["facts"] for size in report["sizes"]] == [100, 300]
    for size in report["sizes"]:
        assert size["n"] == report["questions"] == 9
        assert set(size["kinds"]) == {
            "single", "alias", "inverse", "two hops", "yes/no", "time", "misspelt", "absent",
            "unknown",
        }  # fmt: skip
        latency, split = size["latency_ms"], size["split_ms"]
        assert 0 < latency["p50"] <= latency["p95"]
        assert size["questions_per_second"] == pytest.approx(1000 / latency["mean"], rel=0.01)
        assert set(split) == set(PARTS)
        assert sum(split[part]["mean"] for part in PARTS) == pytest.approx(latency["mean"], abs=0.1)
        assert sum(split[part]["share"] for part in PARTS) == pytest.approx(1, abs=0.001)
        assert split[SEARCH]["mean"] > size["entity_search_database_ms"] > 0
        assert split[DATABASE]["mean"] > 0
        assert split[REST]["mean"] > 0
    grown = report["growth"]
    assert (grown["from"], grown["to"], grown["target"]) == (100, 300, 2.0)
    assert grown["p95"] > 0
    assert report["machine"]["cores"] >= report["machine"]["threads"] >= 1
    assert "300 facts made in" in err
    shown = bench_questions.table(report)
    assert "entity search ms" in shown
    assert "From 100 to 300 facts: " in shown
    alone = bench_questions.table(report | {"sizes": report["sizes"][:1], "growth": None})
    assert "(target" not in alone  # one size does not grow
    # Nothing is left, neither in the product's database nor beside it.
    assert databases() == []
    assert [model.objects.count() for model in (Space, Entity, Triple, Event)] == before


def test_it_drops_its_database_when_it_is_stopped(space, monkeypatch, migrated_already):
    def stopped(self, question, memory, context):
        assert Space.objects.get().slug == "bench"
        raise KeyboardInterrupt

    monkeypatch.setattr(ScriptedReadHead, "answer", stopped)
    with pytest.raises(KeyboardInterrupt):
        bench("--facts", "100", "--questions", "1")
    assert databases() == []
    assert list(Space.objects.all()) == [space]


def test_it_fills_a_memory_of_uneven_facts_and_asks_about_them():
    """In a database that is made and migrated as a user's is."""
    with temporary_database("500") as database:
        with pytest.raises(CommandError, match="memweb_bench_500 is in use: another measurement"):
            bench("--facts", "500")
        with in_use(database):
            filled = fill(500, 7, lambda line: None)
            assert (filled.facts, filled.entities) == (500, 200)
            assert (Triple.objects.count(), Entity.objects.count()) == (500, 200)
            assert Alias.objects.count() == filled.aliases > 20
            lengths = {len(name) for name in Entity.objects.values_list("name", flat=True)}
            assert len(lengths) > 15
            assert Triple.objects.values("relation").distinct().count() == 10
            assert filled.most > 5
            assert Triple.objects.filter(valid_from__isnull=False).exists()
            assert Word.objects.exists()
            entity = Entity.objects.get(pk=1)
            assert sum(x * x for x in entity.embedding) == pytest.approx(1, abs=0.01)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT indisvalid FROM pg_index"
                    " WHERE indexrelid = 'memory_entity_hnsw'::regclass"
                )
                assert cursor.fetchone() == (True,)
            asked = Questioner(filled, 8).questions(27)
            assert asked == Questioner(filled, 8).questions(27)
            assert asked != Questioner(filled, 9).questions(27)
    assert databases() == []
    for one in asked:
        assert bool(one.right) == (one.kind not in ("absent", "unknown")), one


def test_it_says_that_it_needs_the_right_to_make_databases():
    own = connections["default"].copy()
    own.settings_dict["OPTIONS"] = own.settings_dict["OPTIONS"] | {"options": "-c role=pg_monitor"}
    with in_use(own), pytest.raises(EvaluationError, match="CREATEDB"), temporary_database("x"):
        pass


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--facts", "0"], "between 100 and 5,000,000 facts, not 0"),
        (["--facts", "-100"], "between 100 and 5,000,000 facts, not -100"),
        (["--facts", "1000,many"], "'many' is no number of facts"),
        (["--facts", ""], "'' is no number of facts"),
        (["--questions", "0"], "between 1 and 100,000 questions, not 0"),
        (["--questions", "ten"], "'ten' is no number of questions"),
        (["--head", "crystal"], "crystal"),
    ],
)
def test_it_refuses_bad_options_in_plain_words(options, why):
    with pytest.raises(CommandError) as refused:
        bench(*(f"{options[0]}={options[1]}",))
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


def test_it_refuses_a_benchmark_that_it_does_not_know():
    with pytest.raises(CommandError, match="invalid choice: 'speed'"):
        call_command("bench", "speed")


@pytest.mark.parametrize(
    ("text", "given", "right", "verdict", "counts"),
    [
        ("Ada was born in Lindenau [1].", ["Lindenau"], {"Lindenau"}, "", True),
        ("Ada was born in Lindenau [1].", ["Lindenau"], {"Lindenau", "Acme"}, "", True),
        ("Ada was born in Acme [1].", ["Acme", "Lindenau"], {"Lindenau"}, "", False),
        ("", [], {"Lindenau"}, "", False),
        ("", [], set(), "", True),
        ("Ada was born in Acme [1].", ["Acme"], set(), "", False),
        ("Yes. Ada was born in Lindenau [1].", [], {"Lindenau"}, "yes", True),
        ("No. Ada was born in Lindenau [1].", [], {"Lindenau"}, "yes", False),
        ("No. Ada was born in Lindenau [1].", [], {"Lindenau"}, "no", True),
        ("", [], {"Lindenau"}, "no", True),  # a relation of several values rules nothing out
        ("", [], {"Lindenau"}, "yes", False),
    ],
)
def test_it_knows_a_right_answer(text, given, right, verdict, counts):
    answer = TracedAnswer(
        text, abstained=not text, answers=tuple(EntityRef(name, name) for name in given)
    )
    asked = Asked("single", "?", frozenset(right), verdict)
    assert bench_questions.right(asked, Reply(answer, 0.1)) == counts
    assert not bench_questions.right(asked, Reply(None, 0.1, "stopped"))


def test_each_moment_belongs_to_one_part():
    clock = Clock()
    with clock.part(SEARCH):
        time.sleep(0.01)
        assert clock.statement(lambda *given: given, "SELECT 1", None) == ("SELECT 1", None)
        with clock.part(DATABASE):
            time.sleep(0.01)
    with clock.part(DATABASE):
        time.sleep(0.01)
    taken = clock.taken(0.05)
    assert taken[SEARCH] >= 20
    assert 10 <= taken[SEARCH_DATABASE] < taken[SEARCH]
    assert 10 <= taken[DATABASE] < 20 + taken[SEARCH]
    assert sum(taken[part] for part in PARTS) == pytest.approx(50)
    assert clock.taken(0)[SEARCH] == 0


def test_it_times_the_vectors_of_questions():
    class Matcher:
        forgotten = 0

        def question_vectors(self, questions):
            time.sleep(0.01)
            return questions

        def forget_questions(self):
            self.forgotten += 1

    head, clock = ScriptedReadHead(), Clock()
    head.matcher = Matcher()
    with embedding_timed(head, clock) as forget:
        forget()
        assert head.matcher.question_vectors(["a"]) == ["a"]
    assert clock.taken(1)[EMBEDDING] >= 10
    assert head.matcher.forgotten == 1
    head.matcher.question_vectors(["a"])
    assert clock.taken(1)[EMBEDDING] == 0


def test_the_growth_is_from_the_smallest_to_the_largest():
    def timings(*totals):
        return [
            Timing("single", total, dict.fromkeys((*PARTS, SEARCH_DATABASE), total / 4), True)
            for total in totals
        ]

    found = growth([(100, timings(10, 20, 30)), (200, timings(1, 1)), (300, timings(20, 30, 90))])
    assert (found["from"], found["to"], found["p50"], found["p95"]) == (100, 300, 1.5, 3.0)
    assert found["mean"] == pytest.approx(70 / 30, abs=0.01)
    assert found["parts"][SEARCH] == pytest.approx(140 / 60, abs=0.01)
    assert growth([(100, timings(1))]) is None
    assert figures(timings(10, 30))["questions_per_second"] == 50
