"""After erasures a log verifies as before, and an erasure that nobody told of is found."""

from __future__ import annotations

import pytest

from apps.accounts.models import Role, User
from apps.accounts.services import person_add
from apps.dashboard.services import role_grant
from apps.provenance.services.document_erasure import document_erase
from apps.provenance.services.person_erasure import person_erase
from apps.provenance.services.replay import ALL, verify
from apps.provenance.services.replay.erasures import Told, _is_run
from apps.provenance.services.retention import questions_over_erase
from apps.provenance.services.sequencer import seal
from apps.sources.models import Document
from tests.apps.provenance.recorded import Recorded, make_recorded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def recorded(var) -> Recorded:
    return make_recorded()


def _sentences() -> list[str]:
    seal()
    return [one.sentence for one in verify(ALL).findings]


def test_it_holds_after_a_document_a_person_and_questions_are_erased(recorded) -> None:
    assert _sentences() == []
    owner = User.objects.filter(memberships__space=recorded.space, memberships__role=Role.OWNER)[0]
    for document in Document.objects.filter(space=recorded.space):
        document_erase(document=document, actor=owner, reason="asked for", retract=True)
        assert _sentences() == []
    others = User.objects.filter(memberships__space=recorded.space).exclude(pk=owner.pk).distinct()
    for person in others:
        person_erase(person=person, reason="asked for", actor=owner)
        assert _sentences() == []
    heir = User(username="heir")
    person_add(user=heir, actor=owner, how="a test")
    role_grant(space=recorded.space, actor=owner, user=heir, role=Role.OWNER)
    person_erase(person=owner, reason="left the firm", actor=heir)
    assert _sentences() == []
    recorded.space.question_days = 1
    questions_over_erase(recorded.space)
    assert _sentences() == []


def test_numbers_are_found_in_runs_however_they_were_told() -> None:
    told = Told()
    for first, last in ((10, 12), (3, 5), (4, 8), (20, 20), (11, 11)):
        told.add(first, last)
    assert [one for one in range(25) if one in told] == [3, 4, 5, 6, 7, 8, 10, 11, 12, 20]
    assert 1 not in Told()


@pytest.mark.parametrize("run", [[5, 3], [-1, 3], [1, 2**63], [1, 2.0], [1], [True, 3], "12", None])
def test_what_is_no_run_says_nothing(run) -> None:
    assert not _is_run(run)
    assert _is_run([3, 3])
