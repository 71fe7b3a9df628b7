"""A question whose head tells how far it is: shown while it lasts, and no evidence of anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse

from apps.asking.models import Answer, AnswerProgress, Question
from apps.asking.selectors import answer_as_dict
from apps.asking.services import question_ask, question_cancel, question_run, question_sweep
from apps.asking.services.errors import NotCancellable
from apps.asking.services.supported import NOTHING_LEFT, supported
from apps.asking.terminal import answer_as_text
from apps.audit.models import Event
from tests.apps.asking.rows import QUESTION
from worker import registry
from worker.heads.combined.read_head import OneThenOther
from worker.heads.scripted.read_head import ScriptedReadHead
from worker.heads.scripted.streaming import REMARK, ScriptedStreamingHead
from worker.types import MemoryQuery, ReadTrace, Span, TracedAnswer

PLAIN = "Ada Brook was born in Lindenau [1]."


@pytest.fixture(autouse=True)
def streaming(settings, monkeypatch):
    """A head that streams, without a wait between two tellings."""
    settings.READ_HEAD = "scripted-streaming"
    monkeypatch.setattr("apps.asking.services.progress.EVERY", 0.0)
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def asked(space, carol, born) -> Question:
    return question_ask(space=space, actor=carol, text=QUESTION)


def shows(space) -> None:
    space.read_head = {"cut": False}
    space.save(update_fields=["read_head"])


def page(question: Question) -> str:
    return reverse("asking:question", args=["atlas", question.pk])


class Peeks(ScriptedStreamingHead):
    """Looks at the page, or does something else, each time it has told something."""

    def __init__(self, look):
        super().__init__(delay=0.0)
        self.look = look

    def answer_streaming(self, question, memory, context, told):
        def told_and_seen(progress):
            told(progress)
            self.look()

        return super().answer_streaming(question, memory, context, told_and_seen)


def use(monkeypatch, head) -> None:
    monkeypatch.setattr(registry, "read_head", lambda which: head)


def test_the_page_shows_text_and_reads_as_they_come(asked, carol, sign_in, monkeypatch):
    client, seen = sign_in(carol), []
    use(monkeypatch, Peeks(lambda: seen.append(client.get(page(asked)).content.decode())))
    assert question_run(question_id=asked.pk).state == "done"
    first, *_, last = seen
    assert "({MEM_READ(Ada Brook&gt;&gt;place of birth&gt;&gt;)--&gt;" in first
    assert "Nothing of this is checked yet." in first
    assert "Lindenau</span>" in first  # the result of the read
    assert f"{PLAIN} {REMARK}" in last
    assert "every 1s" in last
    assert len(seen) == 1 + len(f"{PLAIN} {REMARK}".split())
    after = client.get(page(asked)).content.decode()
    assert "Nothing of this is checked yet." not in after
    assert not AnswerProgress.objects.exists()


def test_a_poll_brings_what_is_new_and_nothing_else(asked, carol, sign_in, monkeypatch):
    client, statuses, seen = sign_in(carol), [], [""]

    def poll() -> None:
        for _ in range(2):
            response = client.get(page(asked), {"seen": seen[0]}, headers={"hx-request": "true"})
            statuses.append(response.status_code)
            if response.context:
                seen[0] = response.context["seen"]

    use(monkeypatch, Peeks(poll))
    question_run(question_id=asked.pk)
    assert statuses == [200, 204] * (len(statuses) // 2)


def test_it_tells_at_most_some_times_a_second(asked, monkeypatch):
    monkeypatch.setattr("apps.asking.services.progress.EVERY", 60.0)
    steps = []
    use(monkeypatch, Peeks(lambda: steps.append(AnswerProgress.objects.get().steps)))
    question_run(question_id=asked.pk)
    assert set(steps) == {1}  # the read, and no word after it


def test_a_cancelled_question_stops_its_head(asked, carol, sign_in, monkeypatch):
    told, client = [], sign_in(carol)

    def cancel() -> None:
        told.append(1)
        if len(told) == 3:
            client.post(reverse("asking:cancel", args=["atlas", asked.pk]))

    use(monkeypatch, Peeks(cancel))
    question = question_run(question_id=asked.pk)
    assert question.state == "cancelled"
    assert len(told) == 3
    assert not Answer.objects.exists()
    assert not AnswerProgress.objects.exists()
    assert list(Event.objects.values_list("action", flat=True).order_by("pk")) == [
        "question.asked",
        "question.cancelled",
    ]
    html = client.get(page(asked)).content.decode()
    assert "This question was cancelled" in html
    assert "Ask again" in html
    client.post(reverse("asking:retry", args=["atlas", asked.pk]))
    use(monkeypatch, ScriptedStreamingHead(delay=0.0))
    assert question_run(question_id=asked.pk).answer.text == PLAIN


def test_only_who_asked_or_an_owner_cancels(asked, alice, bob, dave, mallory, carol, sign_in):
    address = reverse("asking:cancel", args=["atlas", asked.pk])
    assert [sign_in(one).post(address).status_code for one in (bob, dave, mallory)] == [
        404,
        403,
        404,
    ]
    assert sign_in(carol).get(address).status_code == 405
    asked.refresh_from_db()
    assert asked.state == "queued"
    assert 'id="cancel"' in sign_in(carol).get(page(asked)).content.decode()
    assert sign_in(alice).post(address).status_code == 302
    asked.refresh_from_db()
    assert asked.state == "cancelled"
    with pytest.raises(NotCancellable):
        question_cancel(question=asked, actor=alice)


def test_what_was_told_before_a_worker_was_lost_is_swept(asked):
    AnswerProgress.objects.create(question=asked, text="So far")
    question_sweep()
    assert not AnswerProgress.objects.exists()


def test_a_head_that_breaks_leaves_no_progress(asked, monkeypatch, settings):
    def broken() -> None:
        raise ValueError("broken")

    settings.JOB_ATTEMPTS = 1
    use(monkeypatch, Peeks(broken))
    question_run(question_id=asked.pk)
    question_run(question_id=asked.pk)
    assert Question.objects.get(pk=asked.pk).state == "failed"
    assert not AnswerProgress.objects.exists()


def test_what_no_read_bears_out_is_cut(asked):
    answer = question_run(question_id=asked.pk).answer
    assert (answer.text, answer.unsupported) == (PLAIN, [])


def test_a_space_may_show_it_marked(asked, space, carol, sign_in):
    shows(space)
    question = question_ask(space=space, actor=carol, text=QUESTION)
    answer = question_run(question_id=question.pk).answer
    assert answer.text == f"{PLAIN} {REMARK}"
    ((start, end),) = answer.unsupported
    assert answer.text[start:end].strip() == REMARK
    html = sign_in(carol).get(page(question)).content.decode()
    assert f'<span class="unsupported">{REMARK}</span>' in html
    assert "not from the memory" in html
    found = answer_as_dict(question)
    assert found["unsupported"] == [[start, end]]
    assert f"Not from the memory: {REMARK}" in answer_as_text(found)


SAID = TracedAnswer("Oslo is large. So it is.", False)


def test_where_nothing_is_left_it_abstains_and_says_why():
    cut = supported(replace(SAID, unsupported=(Span(0, 14), Span(15, 24))))
    assert (cut.abstained, cut.reason) == (True, NOTHING_LEFT)
    assert supported(SAID) is SAID


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"unsupported": (Span(0, 14),)}, "it cites no fact"),
        ({"unsupported": (Span(0, 99),)}, "does not stand where it should"),
        ({"unsupported": (Span(4, 9), Span(0, 5))}, "does not stand where it should"),
        ({"text": "Oslo [1].", "unsupported": (Span(0, 9),)}, "cites a fact"),
    ],
)
def test_a_head_is_not_believed_about_what_is_its_own(asked, monkeypatch, given, says):
    class Says(ScriptedReadHead):
        def answer(self, question, memory, context):
            return replace(SAID, **given)

    use(monkeypatch, Says())
    question = question_run(question_id=asked.pk)
    assert question.state == "failed"
    assert says in question.error


class ReadsOn(ScriptedReadHead):
    """Reads the same thing twice, and one that is not there, before it answers."""

    def answer(self, question, memory, context):
        found = super().answer(question, memory, context)
        (read,) = found.reads
        again = memory.read(read.result.query)
        none = memory.read(MemoryQuery("place of birth", subject="Nobody Known"))
        empty = ReadTrace("({MEM_READ(Nobody Known>>place of birth>>)--> })", none)
        reads = (ReadTrace(read.call, again), empty, read, read)
        return replace(found, reads=reads, calls="\n".join(one.call for one in reads))


def test_every_read_of_several_is_stored_in_order_with_its_literal_call(
    asked, carol, sign_in, monkeypatch
):
    use(monkeypatch, ReadsOn())
    question = question_run(question_id=asked.pk)
    reads = list(question.answer.reads.all())
    full = "({MEM_READ(Ada Brook>>place of birth>>)--> Lindenau})"
    empty = "({MEM_READ(Nobody Known>>place of birth>>)--> })"
    assert [(one.index, one.call) for one in reads] == [
        (0, full),
        (1, empty),
        (2, full),
        (3, full),
    ]
    assert [len(one.results) for one in reads] == [1, 0, 1, 1]
    html = sign_in(carol).get(page(question)).content.decode()
    titles = [html.index(f"Memory read {number}") for number in (1, 2, 3, 4)]
    assert titles == sorted(titles)
    assert html.count("No fact</p>") == 1
    assert html.count("({MEM_READ(Ada Brook&gt;&gt;place of birth&gt;&gt;)--&gt; Lindenau})") == 3


def test_the_second_of_two_heads_streams_after_the_reads_of_the_first(asked, monkeypatch):
    class Lost(ScriptedReadHead):
        name = "lost"

        def answer(self, question, memory, context):
            found = super().answer(question, memory, context)
            return TracedAnswer("I don't know.", True, "What?", reads=found.reads)

    counts = []
    head = OneThenOther(
        "two",
        Lost(),
        Peeks(lambda: counts.append(len(AnswerProgress.objects.get().reads))),
    )
    use(monkeypatch, head)
    answer = question_run(question_id=asked.pk).answer
    assert counts[0] == counts[-1] == 2
    assert answer.reads.count() == 2
    assert answer.understood == [
        "The head “lost” did not understand the question; “scripted-streaming” answered it."
    ]
