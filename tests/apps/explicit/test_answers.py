"""Answers that attend to explicit memories: never to a stale one, whatever happens meanwhile."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from django.urls import reverse

from apps.asking.models import AttendedMemory
from apps.asking.services import question_run
from apps.audit.models import Event
from apps.explicit import services
from apps.explicit.models import ExplicitChoice, ExplicitMemory
from apps.explicit.services.files import maker_id, place_of
from apps.memory.controller import MemoryController
from apps.memory.models import Triple
from tests import factories
from tests.apps.explicit.rows import WordEmbedder, make_memory
from tests.apps.explicit.stub_head import StubHead, ask, build
from worker import registry
from worker.heads.answering import Reading
from worker.types import AttendedReference


@pytest.mark.django_db
def test_an_answer_names_what_it_attended_to(space, carol, head, fact) -> None:
    question = ask(space, carol)
    assert question.answer.text == "Ada Brook was born in Lindenau [1]."
    memory = ExplicitMemory.objects.get()
    row = question.answer.attended.get()
    assert (row.memory, row.version, row.triples) == (memory.pk, 1, [fact.pk])
    assert row.shares == [[0, 4, 1234], [5, 9, 200]]
    assert (row.name, row.sha256) == (memory.name, memory.sha256)
    told = Event.objects.get(action="question.answered").payload["attended"]
    assert told[0]["facts"] == [fact.pk]
    assert told[0]["sha256"] == memory.sha256
    assert memory.uses == pytest.approx(1.0)
    ask(space, carol)
    memory.refresh_from_db()
    assert memory.uses == pytest.approx(2.0, abs=1e-3)


@pytest.mark.django_db
def test_its_page_shows_where_the_model_looked(space, carol, head, fact, client) -> None:
    question = ask(space, carol)
    client.force_login(carol)
    page = client.get(reverse("asking:question", args=[space.slug, question.pk])).content.decode()
    assert "Explicit memories" in page
    assert "12.3 %" in page
    assert "no proof" in page
    assert "approved by Alice" in page or "approved by alice" in page


@pytest.mark.django_db
def test_a_fact_retracted_while_an_answer_is_decoded_is_not_in_it(
    space, alice, carol, head, fact
) -> None:
    def retract() -> None:
        head.while_decoding = lambda: None
        MemoryController(space).retract(fact, actor=alice, reason="not so")

    head.while_decoding = retract
    head.cites = False  # only what it looked at, and not its citation, tells that it is stale
    question = ask(space, carol)
    assert [len(one.references) for one in head.shelves] == [1, 0]
    assert question.answer.abstained
    assert not question.answer.attended.exists()


@pytest.mark.django_db
def test_an_answer_that_never_comes_through_is_put_back(
    space, alice, carol, head, fact, settings
) -> None:
    homes = iter(["2001-01-01", "2002-01-01", "2003-01-01", "2004-01-01"])

    def change() -> None:
        Triple.objects.filter(pk=fact.pk).update(valid_to=next(homes))
        build(space, alice)

    head.while_decoding = change
    question = ask(space, carol)
    assert question.state == "queued"
    assert "changed while" in question.error
    assert not AttendedMemory.objects.exists()
    head.while_decoding = lambda: None
    assert question_run(question_id=question.pk).state == "done"


@pytest.mark.django_db
def test_two_workers_with_caches_attend_to_nothing_stale(
    space, alice, carol, head, fact, maker, monkeypatch
) -> None:
    """Whatever a worker still holds: it attends to what the database gives it, by number and
    version, and to nothing else."""
    one, other = head, StubHead(maker)
    for worker in (one, other):
        monkeypatch.setattr(registry, "read_head", lambda which, worker=worker: worker)
        assert ask(space, carol).answer.attended.exists()
    MemoryController(space).retract(fact, actor=alice, reason="not so")
    for worker in (one, other):
        monkeypatch.setattr(registry, "read_head", lambda which, worker=worker: worker)
        answer = ask(space, carol).answer
        assert answer.abstained
        assert not answer.attended.exists()

    class FromItsCache(StubHead):
        def answer(self, question, memory, context):
            memory.shelf([question], self.maker.said, 5)
            held = one.shelves[0].references[0]
            silent = Reading(memory, None).abstain("Nothing to tell.")
            shown = AttendedReference(held.id, held.version, (), name=held.name, sha256=held.sha256)
            return replace(silent, attended=(shown,))

    monkeypatch.setattr(registry, "read_head", lambda which: FromItsCache(maker))
    question = ask(space, carol)
    assert question.state == "failed"
    assert "was not given" in question.error


@pytest.mark.django_db
def test_it_goes_on_without_what_could_not_be_read(space, carol, head, fact) -> None:
    head.left_out = "The store of explicit memories did not answer within 2 seconds."
    question = ask(space, carol)
    assert question.answer.attended.get().left_out == head.left_out
    assert ExplicitMemory.objects.get().state == "fresh"  # its file is whole
    assert ExplicitMemory.objects.get().uses == 0


@pytest.mark.django_db
def test_a_store_that_is_away_says_nothing_of_its_files(
    space, carol, head, fact, monkeypatch
) -> None:
    def away(path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("pathlib.Path.read_bytes", away)
    head.left_out, head.damaged = "The file cannot be read.", True
    ask(space, carol)
    assert ExplicitMemory.objects.get().state == "fresh"


@pytest.mark.django_db
def test_a_memory_whose_file_is_gone_is_built_again(space, carol, head, fact) -> None:
    for path in place_of(space.pk).root.rglob("*.safetensors"):
        path.unlink()
    head.left_out, head.damaged = "The memory has no file.", True
    ask(space, carol)
    assert ExplicitMemory.objects.get().state == "stale"
    assert services.build_sweep() == 1


@pytest.mark.django_db
def test_nothing_is_looked_up_where_it_is_off(space, alice, carol, head, fact) -> None:
    services.explicit_switch_off(space=space, actor=alice)
    assert ask(space, carol).answer.reason == "Explicit memory is off in this space."
    ExplicitChoice.objects.update(is_on=True)
    ExplicitMemory.objects.all().delete()
    assert "has no explicit memories" in ask(space, carol).answer.reason


@pytest.mark.django_db
def test_after_each_retraction_the_next_look_up_has_nothing_of_it(space, alice, maker) -> None:
    """MEMWEB_RETRACTIONS says how many: they take a second for 20 to 30."""
    count = int(os.environ.get("MEMWEB_RETRACTIONS", "200"))
    relation = factories.make_relation(space, "home")
    triples = [factories.make_triple(space, f"P{n}", relation, f"Q{n}") for n in range(count)]
    said = maker_id(maker.said)
    memories = {
        one.pk: make_memory([one], text=f"P{n} lives in Q{n}", maker=said)
        for n, one in enumerate(triples)
    }
    shelf = services.SpaceShelf(space, WordEmbedder())
    ExplicitChoice.objects.create(space=space, is_on=True, base="b", changed_by=alice)
    controller = MemoryController(space)
    gone: set[str] = set()
    wrong = 0
    for n, triple in enumerate(triples):
        asked = [f"P{n} lives in Q{n}"]
        before = {one.id for one in shelf.shelf(asked, maker.said, 5).references}
        controller.retract(triple, actor=alice, reason="not so")
        gone.add(str(memories[triple.pk].pk))
        after = {one.id for one in shelf.shelf(asked, maker.said, 5).references}
        wrong += bool(after & gone) + bool(before & (gone - {str(memories[triple.pk].pk)}))
    assert wrong == 0
    assert not ExplicitMemory.objects.exclude(state="stale").exists()
