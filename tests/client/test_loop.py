"""The client and memweb together: every kind of call, with its rights and events."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from apps.accounts.models import AccessToken, Space, User
from apps.asking.models import Question
from apps.asking.selectors import answer_as_dict
from apps.curation.models import Candidate
from memweb_client import (
    Answer,
    AsyncClient,
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    Unauthorized,
    UnsupportedMedia,
    me,
    spaces,
)
from memweb_client.decoding import encode
from tests import factories
from tests.client.conftest import ATLAS, Opens

ROW = {"subject": "Ada Brook", "relation": "place of birth", "object": "Lindenau"}


def test_it_says_who_calls(space: Space, bob: User, open_client: Opens) -> None:
    memweb = open_client(bob, space=space)
    found = memweb.send(me())
    assert (found.username, [one.slug for one in found.spaces]) == ("bob", ["atlas"])
    assert found.token
    assert found.token.space == "atlas"
    assert [one.name for one in memweb.each(spaces())] == ["Atlas"]
    assert memweb.send(ATLAS.space()).slug == "atlas"
    AccessToken.objects.all().delete()
    with pytest.raises(Unauthorized):
        memweb.send(me())


def test_documents_are_added_and_listed(space: Space, bob: User, open_client: Opens) -> None:
    memweb = open_client(bob)
    call = ATLAS.document_upload(factories.TEXT.encode(), filename="ada.txt", title="Ada")
    added = memweb.send(call)
    assert (added.title, added.filename) == ("Ada", "ada.txt")
    assert memweb.send(call).id == added.id
    other = memweb.send(ATLAS.document_write("Bo was born in Rome.", title="Bo"))
    assert [one.id for one in memweb.each(ATLAS.documents(limit=1))] == [other.id, added.id]
    assert [one.id for one in memweb.each(ATLAS.documents(q="ada"))] == [added.id]
    assert next(memweb.each(ATLAS.passages(added.id))).text.startswith("Ada Brook")
    (extraction,) = memweb.each(ATLAS.extractions(added.id))
    assert memweb.send(ATLAS.extraction_cancel(extraction.id)).state == "cancelled"
    assert memweb.send(ATLAS.extraction_start(added.id)).id == extraction.id
    with pytest.raises(UnsupportedMedia):
        memweb.send(ATLAS.document_upload(b"\x00\x01", filename="x.bin"))
    with pytest.raises(NotFound):
        memweb.send(ATLAS.document(10**9))


def test_candidates_are_decided(space: Space, bob: User, carol: User, open_client: Opens) -> None:
    factories.make_candidate(factories.make_document(space, carol), carol)
    memweb = open_client(bob)
    (candidate,) = memweb.each(ATLAS.candidates())
    assert memweb.send(ATLAS.candidate_hold(candidate.id)).holder == "bob"
    decision = memweb.send(ATLAS.candidate_accept(candidate))
    assert decision.triple
    with pytest.raises(Conflict) as raised:
        memweb.send(ATLAS.candidate_reject(candidate, reason="late"))
    assert raised.value.more["decision"]["by"] == decision.by
    fact = memweb.send(ATLAS.triple(decision.triple))
    assert [one.id for one in memweb.each(ATLAS.triples(q="brook"))] == [fact.id]
    (evidence,) = memweb.each(ATLAS.evidence(fact.id))
    assert (evidence.sentence, evidence.approved_by) == (candidate.sentence, decision.by)
    history = memweb.send(ATLAS.history(fact.id))
    assert [one.id for one in history.decisions] == [decision.id]
    assert memweb.send(ATLAS.triple_retract(fact.id, reason="wrong")).status == "retracted"
    with pytest.raises(Forbidden):
        list(open_client(carol).each(ATLAS.candidates()))


def test_a_batch_is_decided_alike(space: Space, bob: User, carol: User, open_client: Opens) -> None:
    factories.make_candidate(factories.make_document(space, carol), carol)
    memweb = open_client(bob)
    done = memweb.send(ATLAS.candidates_decide(list(memweb.each(ATLAS.candidates())), "defer"))
    assert (len(done.decisions), done.refused) == (1, ())
    (deferred,) = memweb.each(ATLAS.candidates(state="deferred"))
    assert memweb.send(ATLAS.decision_undo(done.decisions[0].id)).id == deferred.id


def test_the_memory_is_read_and_written(filled: Space, bob: User, open_client: Opens) -> None:
    memweb = open_client(bob)
    read = memweb.send(ATLAS.read("place of birth", subject="ada brook"))
    assert [one.object.name for one in read.facts] == ["Lindenau"]
    assert all(one.exact for one in read.candidates if one.accepted)
    (entity,) = memweb.each(ATLAS.resolve("Ada Brook"))
    assert memweb.send(ATLAS.entity(entity.id)).name == "Ada Brook"
    assert entity.id in {one.id for one in memweb.each(ATLAS.entities(q="ada", limit=1))}
    made = memweb.send(ATLAS.write([{**ROW, "object": "Rome"}], title="From a program"))
    assert (made.candidates, made.queued) == (1, False)
    assert Candidate.objects.filter(space=filled, object_text="Rome").count() == 1
    with pytest.raises(BadRequest, match="There is no such field"):
        memweb.send(ATLAS.write([{**ROW, "colour": "red"}]))


@pytest.mark.usefixtures("working")
def test_a_question_is_answered(filled: Space, carol: User, open_client: Opens) -> None:
    memweb = open_client(carol)
    question = memweb.wait(ATLAS.question_ask("Where was Ada Brook born?"))
    answer = memweb.send(ATLAS.answer(question.id))
    assert answer.citations[0].triple.object == "Lindenau"
    assert answer.citations[0].sentence
    known = answer_as_dict(Question.objects.get(pk=question.id))
    assert encode(answer) == known
    other = memweb.send(ATLAS.question_ask("Where was Ada Brook born?"))
    with pytest.raises(Conflict):
        memweb.send(ATLAS.answer(other.id))
    *_, last = memweb.stream(ATLAS.answer_stream(other.id))
    assert isinstance(last, Answer)
    assert last.answer == answer.answer
    assert [one.id for one in memweb.each(ATLAS.questions())] == [other.id, question.id]


@pytest.mark.usefixtures("working")
def test_an_export_is_fetched(
    filled: Space, dave: User, open_client: Opens, settings: Any, tmp_path: Any
) -> None:
    settings.EXPORT_DIR = tmp_path
    memweb, file = open_client(dave), io.BytesIO()
    done = memweb.wait(ATLAS.export_start(format="jsonl"))
    assert memweb.download(ATLAS.export_file(done.id), file) == done.size == len(file.getvalue())
    assert [one.id for one in memweb.each(ATLAS.exports())] == [done.id]
    assert list(memweb.each(ATLAS.benchmarks())) == list(memweb.each(ATLAS.runs())) == []
    with pytest.raises(NotFound):
        memweb.send(ATLAS.run_start(10**9))
    with pytest.raises(NotFound):
        memweb.download(ATLAS.export_file(10**9), file)


def test_it_is_the_same_with_await(
    filled: Space, carol: User, open_async: Callable[[User], AsyncClient]
) -> None:
    opened = open_async(carol)

    async def use() -> None:
        async with opened as memweb:
            assert (await memweb.send(me())).username == "carol"
            facts = [one async for one in memweb.each(ATLAS.triples(limit=1))]
            assert len(facts) == 2
            with pytest.raises(NotFound):
                await memweb.send(ATLAS.triple(10**9))

    async_to_sync(use)()
