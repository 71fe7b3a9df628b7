"""What rests on a source: found, withdrawn as one, undone as one; what others support stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Role, Space, User
from apps.asking.models import Answer, Citation
from apps.audit.models import Event
from apps.curation.models import Candidate, Decision
from apps.curation.services import candidate_accept, decision_undo
from apps.memory.controller import MemoryController
from apps.memory.models import Triple
from apps.memory.services import entities_merge
from apps.provenance.models import Withdrawal
from apps.provenance.selectors.resting import NoSuchSource, resting_on, source_of
from apps.provenance.services.withdrawing import WithdrawalError, withdraw, withdrawal_undo
from apps.sources.models import Document
from tests import factories

Open = Callable[[User], Client]

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = "Ada Brook was born in Lindenau. Ada Brook lives in Karsberg."
SECOND = "Again: Ada Brook was born in Lindenau. Ada Brook died in Moorau."


class Two:
    """Two documents: both say where Ada was born (bob, then alice accepted), the first one alone
    where she lives (bob), the second one alone where she died (alice)."""

    def __init__(self, space: Space, alice: User, bob: User) -> None:
        factories.grant(space, alice, Role.REVIEWER)
        self.space, self.alice, self.bob = space, alice, bob
        self.first = factories.make_document(space, alice, FIRST, title="First")
        self.second = factories.make_document(space, alice, SECOND, title="Second")
        for document, version in ((self.first, "aaaa1111"), (self.second, "bbbb2222")):
            factories.make_extraction(document, alice, head="encoder", head_version=version)
        self.born = self._accept(self.first, "born in", "Lindenau", bob)
        self.lives = self._accept(self.first, "lives in", "Karsberg", bob)
        assert self._accept(self.second, "born in", "Lindenau", alice) == self.born
        self.died = self._accept(self.second, "died in", "Moorau", alice)

    def candidate(self, document: Document, relation: str, place: str) -> Candidate:
        return factories.make_candidate(document, self.alice, relation=relation, object=place)

    def _accept(self, document: Document, relation: str, place: str, by: User) -> Triple:
        decision = candidate_accept(candidate=self.candidate(document, relation, place), actor=by)
        assert decision.triple is not None
        return decision.triple

    def withdraw(self, key: str, seen_at: datetime | None = None):  # type: ignore[no-untyped-def]
        return withdraw(
            source=source_of(self.space, key), actor=self.alice, reason="forged",
            seen_at=seen_at or timezone.now(),
        )  # fmt: skip

    def status(self, fact: Triple) -> str:
        return Triple.objects.get(pk=fact.pk).status

    def pieces(self, fact: Triple) -> int:
        return fact.evidence.filter(retracted_at=None).count()


@pytest.fixture
def two(space: Space, alice: User, bob: User) -> Two:
    return Two(space, alice, bob)


def _key(two: Two, kind: str) -> str:
    return {
        "document": f"document:{two.first.pk}",
        "reviewer": f"reviewer:{two.bob.pk}",
        "head": "head:encoder:aaaa1111",
    }[kind]


@pytest.mark.parametrize("kind", ["document", "reviewer", "head"])
def test_it_retracts_what_only_the_source_supports_and_brings_it_back(two: Two, kind: str) -> None:
    key = _key(two, kind)
    resting = resting_on(source_of(two.space, key))
    assert (resting.active, resting.past, resting.staying) == ((two.lives.pk,), (), (two.born.pk,))
    before = list(Triple.objects.order_by("pk").values())
    done = two.withdraw(key)
    assert (done.withdrawal.facts, done.withdrawal.evidence, done.left) == (1, 2, ())
    assert [two.status(one) for one in (two.born, two.lives, two.died)] == [
        "active", "retracted", "active",
    ]  # fmt: skip
    assert [two.pieces(one) for one in (two.born, two.lives, two.died)] == [1, 0, 1]
    event = Event.objects.get(action="provenance.withdrawn")
    assert event.payload["facts"] == 1
    assert event.payload["reason"] == "forged"
    assert resting_on(source_of(two.space, key)).facts == 0
    undone = withdrawal_undo(withdrawal=done.withdrawal, actor=two.alice)
    assert undone.left == ()
    assert list(Triple.objects.order_by("pk").values()) == before
    assert [two.pieces(one) for one in (two.born, two.lives, two.died)] == [2, 1, 1]
    assert Event.objects.get(action="provenance.withdrawal_undone").payload["facts"] == 1


def test_an_import_is_a_source_like_a_document(two: Two) -> None:
    Document.objects.filter(pk=two.first.pk).update(format="triples")
    with pytest.raises(NoSuchSource):
        source_of(two.space, f"document:{two.first.pk}")
    source = source_of(two.space, f"import:{two.first.pk}")
    assert source.key == f"import:{two.first.pk}"
    assert resting_on(source).active == (two.lives.pk,)
    done = two.withdraw(source.key)
    assert (done.withdrawal.kind, done.withdrawal.document) == ("import", two.first)


def test_the_fact_and_its_life_tell_of_the_withdrawal(two: Two, sign_in: Open) -> None:
    done = two.withdraw(f"document:{two.first.pk}")
    alices = sign_in(two.alice)
    said = "withdrew what rested on “First” alone: 1 fact and 2 pieces of evidence: forged"
    page = alices.get(f"/s/atlas/facts/{two.lives.pk}/").content.decode()
    assert "withdrew what rested on a source alone" in page
    for address in (f"audit/facts/{two.lives.pk}/", "audit/",
                    f"audit/?fact={two.lives.pk}"):  # fmt: skip
        assert said in alices.get(f"/s/atlas/{address}").content.decode(), address
    withdrawal_undo(withdrawal=done.withdrawal, actor=two.alice)
    back = "undid the withdrawal of “First”: 1 fact and 2 pieces of evidence came back"
    page = alices.get(f"/s/atlas/audit/facts/{two.lives.pk}/").content.decode()
    assert back in page
    assert "Today</strong> the memory holds it" in page


def test_each_source_counts_what_the_other_supports(two: Two) -> None:
    two.withdraw(f"document:{two.first.pk}")
    assert resting_on(source_of(two.space, f"document:{two.second.pk}")).active == (
        two.born.pk, two.died.pk,
    )  # fmt: skip
    two.withdraw(f"document:{two.second.pk}")
    assert {two.status(one) for one in (two.born, two.lives, two.died)} == {"retracted"}


def test_evidence_that_two_reviewers_stand_for_is_not_one_reviewers(two: Two) -> None:
    evidence = two.lives.evidence.get()
    again = two.candidate(two.first, "resides in", "Karsberg")
    Decision.objects.create(
        candidate=again, action="merge", actor=two.alice, triple=two.lives, evidence=evidence
    )
    assert resting_on(source_of(two.space, f"reviewer:{two.bob.pk}")).active == ()
    assert resting_on(source_of(two.space, f"document:{two.first.pk}")).active == (two.lives.pk,)


def test_a_fact_in_somebodys_words_rests_on_who_accepted_it(two: Two) -> None:
    fact = factories.make_triple(two.space, "Ada Brook", "nickname", "Addie")
    candidate = Candidate.objects.create(
        space=two.space, origin="import", proposed_by=two.alice, subject_text="Ada Brook",
        relation=fact.relation, object_text="Addie", state="accepted",
    )  # fmt: skip
    Decision.objects.create(candidate=candidate, action="accept", actor=two.bob, triple=fact)
    assert fact.pk in resting_on(source_of(two.space, f"reviewer:{two.bob.pk}")).active
    done = two.withdraw(f"reviewer:{two.bob.pk}")
    assert two.status(fact) == "retracted"
    withdrawal_undo(withdrawal=done.withdrawal, actor=two.alice)
    assert two.status(fact) == "active"


def test_what_was_loaded_without_review_stays(two: Two) -> None:
    loaded = factories.make_triple(two.space, "Ada Brook", "works in", "Karsberg")
    found = two.candidate(two.first, "works in", "Karsberg")
    decision = candidate_accept(candidate=found, actor=two.bob)
    assert decision.triple == loaded
    Decision.objects.filter(pk=decision.pk).update(action="merge")
    resting = resting_on(source_of(two.space, f"document:{two.first.pk}"))
    assert loaded.pk in resting.staying
    two.withdraw(f"document:{two.first.pk}")
    assert two.status(loaded) == "active"


def test_a_fact_that_was_replaced_goes_and_comes_back_as_history(two: Two) -> None:
    later = factories.make_triple(two.space, "Ada Brook", two.lives.relation, "Moorau")
    two.lives.status, two.lives.superseded_by = "superseded", later
    two.lives.retracted_at = timezone.now()
    two.lives.save()
    before = Triple.objects.filter(pk=two.lives.pk).values().get()
    resting = resting_on(source_of(two.space, f"document:{two.first.pk}"))
    assert (resting.active, resting.past) == ((), (two.lives.pk,))
    done = two.withdraw(f"document:{two.first.pk}")
    assert two.status(two.lives) == "retracted"
    withdrawal_undo(withdrawal=done.withdrawal, actor=two.alice)
    assert Triple.objects.filter(pk=two.lives.pk).values().get() == before


def test_a_merged_duplicate_counts_for_the_fact_that_it_led_to(two: Two) -> None:
    text = "A. Brook lives in Karsberg."
    third = factories.make_document(two.space, two.alice, text, title="Third")
    found = factories.make_candidate(
        third, two.alice, subject="A. Brook", relation="lives in", object="Karsberg"
    )
    twin = candidate_accept(candidate=found, actor=two.alice).triple
    assert twin is not None
    assert twin != two.lives
    entities_merge(source=twin.subject, target=two.lives.subject, actor=two.alice)
    resting = resting_on(source_of(two.space, f"document:{two.first.pk}"))
    assert two.lives.pk in resting.staying


def test_a_fact_that_was_decided_on_meanwhile_is_left_alone_and_told(two: Two) -> None:
    seen = timezone.now()
    third = factories.make_document(two.space, two.alice, FIRST + " ", title="Third")
    found = two.candidate(third, "lives in", "Karsberg")
    decision = candidate_accept(candidate=found, actor=two.alice)
    decision_undo(decision=decision, actor=two.alice)  # only the first supports it again
    with pytest.raises(WithdrawalError, match="look again"):
        withdraw(
            source=source_of(two.space, "head:encoder:aaaa1111"), actor=two.alice,
            reason="forged", seen_at=two.lives.recorded_at.replace(year=2001),
        )  # fmt: skip
    done = two.withdraw(f"document:{two.first.pk}", seen)
    assert done.left == (two.lives.pk,)
    assert two.status(two.lives) == "active"
    assert two.pieces(two.lives) == 1
    assert two.pieces(two.born) == 1  # of the others, the evidence went


def test_undoing_leaves_alone_what_changed_since(two: Two) -> None:
    done = two.withdraw(f"document:{two.first.pk}")
    again = factories.make_triple(two.space, "Ada Brook", two.lives.relation, "Karsberg")
    undone = withdrawal_undo(withdrawal=done.withdrawal, actor=two.alice)
    assert undone.left == (two.lives.pk,)
    assert (two.status(two.lives), two.status(again)) == ("retracted", "active")


def test_undoing_brings_back_nothing_whose_decision_was_undone(two: Two) -> None:
    done = two.withdraw(f"document:{two.first.pk}")
    decision = Decision.objects.get(triple=two.lives)
    decision_undo(decision=decision, actor=two.bob)
    assert withdrawal_undo(withdrawal=done.withdrawal, actor=two.alice).left == (two.lives.pk,)
    assert two.status(two.lives) == "retracted"
    assert two.pieces(two.lives) == 0


def test_undoing_does_not_contradict_what_came_since(two: Two) -> None:
    two.lives.relation.single_valued = True
    two.lives.relation.save()
    done = two.withdraw(f"document:{two.first.pk}")
    factories.make_triple(two.space, "Ada Brook", two.lives.relation, "Moorau")
    assert withdrawal_undo(withdrawal=done.withdrawal, actor=two.alice).left == (two.lives.pk,)


def test_it_is_undone_once_and_the_last_one_first(two: Two) -> None:
    first = two.withdraw(f"document:{two.first.pk}").withdrawal
    second = two.withdraw(f"document:{two.second.pk}").withdrawal
    with pytest.raises(WithdrawalError, match="later withdrawal"):
        withdrawal_undo(withdrawal=first, actor=two.alice)
    withdrawal_undo(withdrawal=second, actor=two.alice)
    withdrawal_undo(withdrawal=first, actor=two.alice)
    with pytest.raises(WithdrawalError, match="undone before"):
        withdrawal_undo(withdrawal=first, actor=two.alice)
    with pytest.raises(WithdrawalError, match="Nothing"):
        two.withdraw("document:" + str(factories.make_document(two.space, two.alice, "x y.").pk))


@pytest.mark.parametrize(
    "key",
    ["", "document", "document:", "document:x", "document:-1", "document:" + "9" * 30,
     "document:99999", "import:1", "reviewer:99999", "head:", "head:encoder:none", "else:1",
     "document:\u0661"],
)  # fmt: skip
def test_it_knows_no_other_sources(two: Two, key: str) -> None:
    with pytest.raises(NoSuchSource):
        source_of(two.space, key)


def test_it_knows_no_source_of_another_space(two: Two, mallory: User) -> None:
    elsewhere = Space.objects.get(slug="elsewhere")
    for kind in ("document", "reviewer", "head"):
        with pytest.raises(NoSuchSource):
            source_of(elsewhere, _key(two, kind))


def _answer(fact: Triple, by: User) -> Answer:
    question = factories.make_question(fact.space, by, state="done")
    answer = Answer.objects.create(
        question=question, text="In Karsberg.", abstained=False, head_version="1", seconds=1
    )
    Citation.objects.create(
        answer=answer, number=1, triple=fact, statement="x", approved_by_label="bob",
        approved_at=timezone.now(),
    )  # fmt: skip
    return answer


def test_its_pages_lead_from_the_dry_run_to_the_undo(two: Two, sign_in: Open) -> None:
    _answer(two.lives, two.bob)
    alices = sign_in(two.alice)
    page = alices.get(f"/s/atlas/audit/rests/?source=document:{two.first.pk}")
    text = page.content.decode()
    assert "also: “Second”" in text
    assert "Where was Ada Brook born?" in text
    assert "Retracts 1 fact that only it supports and 2 pieces of evidence; 1 fact stays" in text
    assert Triple.objects.filter(status="retracted").count() == 0
    sent = {
        "source": f"document:{two.first.pk}",
        "seen_at": page.context["reason"].initial["seen_at"],
        "reason": "forged",
    }
    answer = alices.post("/s/atlas/audit/rests/withdraw/", sent)
    row = Withdrawal.objects.get()
    assert answer.headers["Location"] == f"/s/atlas/audit/withdrawals/{row.pk}/"
    shown = alices.get(answer.headers["Location"]).content.decode()
    assert "forged" in shown
    assert "Withdrawn: 1 fact and 2 pieces of evidence." in shown
    assert "Undo the withdrawal" in shown
    again = alices.post("/s/atlas/audit/rests/withdraw/", sent, follow=True).content.decode()
    assert "Nothing rests on this any more." in again
    alices.post(f"/s/atlas/audit/withdrawals/{row.pk}/undo/")
    assert two.status(two.lives) == "active"
    assert "Undone" in alices.get(f"/s/atlas/audit/withdrawals/{row.pk}/").content.decode()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": ""}, "This field is required."),
        ({"reason": "x" * 501}, "at most 500"),
        ({"seen_at": "yesterday"}, "Open the page again"),
        ({"seen_at": "2999-01-01T00:00:00+00:00"}, "Open the page again"),
        ({"seen_at": "2026-01-01T00:00:00"}, "Open the page again"),
        ({"source": "document:99999"}, "none of these"),
        ({"source": ""}, "What rests on this"),
    ],
)
def test_a_wrong_form_changes_nothing(
    two: Two, sign_in: Open, changed: dict[str, str], words: str
) -> None:
    sent = {
        "source": f"document:{two.first.pk}",
        "seen_at": timezone.now().isoformat(),
        "reason": "forged",
    } | changed
    answer = sign_in(two.alice).post("/s/atlas/audit/rests/withdraw/", sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Withdrawal.objects.exists()


def test_auditors_look_and_owners_decide(
    two: Two, bob: User, carol: User, dave: User, mallory: User, sign_in: Open
) -> None:
    look = f"/s/atlas/audit/rests/?source=document:{two.first.pk}"
    page = sign_in(dave).get(look)
    assert page.status_code == 200
    assert "Withdraw…" not in page.content.decode()
    row = two.withdraw(f"document:{two.first.pk}").withdrawal
    for person, read, write in ((dave, 200, 403), (bob, 403, 403), (carol, 403, 403),
                                (mallory, 404, 404)):  # fmt: skip
        client = sign_in(person)
        assert client.get(look).status_code == read
        assert client.get(f"/s/atlas/audit/withdrawals/{row.pk}/").status_code == read
        assert client.post("/s/atlas/audit/rests/withdraw/").status_code == write
        assert client.post(f"/s/atlas/audit/withdrawals/{row.pk}/undo/").status_code == write
    assert sign_in(mallory).get(f"/s/elsewhere/audit/withdrawals/{row.pk}/").status_code == 404
    assert sign_in(dave).get("/s/atlas/audit/rests/?source=else").status_code == 422
    row.refresh_from_db()
    assert row.undone_at is None


def test_its_page_shows_some_and_counts_the_rest(two: Two, sign_in: Open) -> None:
    with transaction.atomic():
        for number in range(8):
            fact = factories.make_triple(two.space, "Ada Brook", f"r{number}", "Karsberg")
            factories.make_evidence(fact, two.first, two.bob)
            _answer(fact, two.bob)
    page = sign_in(two.alice).get(f"/s/atlas/audit/rests/?source=document:{two.first.pk}")
    assert page.content.decode().count("and 4 more") == 1  # facts
    assert page.content.decode().count("and 3 more") == 1  # answers


def test_many_facts_take_few_statements(
    two: Two, django_assert_max_num_queries, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction.atomic():
        for number in range(60):
            fact = factories.make_triple(two.space, "Ada Brook", f"r{number}", "Karsberg")
            factories.make_evidence(fact, two.first, two.bob)
    with django_assert_max_num_queries(25):
        done = two.withdraw(f"document:{two.first.pk}")
    assert done.withdrawal.facts == 61
    with django_assert_max_num_queries(25):
        withdrawal_undo(withdrawal=done.withdrawal, actor=two.alice)
    assert Triple.objects.filter(status="retracted").count() == 0


def test_the_memory_refuses_nothing_of_another_space(two: Two, mallory: User) -> None:
    elsewhere = MemoryController(Space.objects.get(slug="elsewhere"))
    with transaction.atomic():
        assert (
            elsewhere.retract_at_once(
                facts=[two.lives.pk],
                evidence=[two.lives.evidence.get().pk],
                moment=timezone.now(),
            )
            == []
        )
    assert (two.status(two.lives), two.pieces(two.lives)) == ("active", 1)
