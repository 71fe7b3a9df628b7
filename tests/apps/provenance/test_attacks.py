"""Attacks of a superuser past triggers: each is found, and the row that was touched is named.

With MEMWEB_MUTATIONS=1000 as many are tried as the figures of docs/experiments.md are of.
"""

from __future__ import annotations

import os
from collections import Counter
from random import Random

import pytest
from django.db import connection, transaction

from apps.provenance.notes import Head, parse_head, parse_note
from apps.provenance.services.replay import ALL, Report, verify, view_of_caller
from tests.apps.provenance.mutations import ATTACKS, NothingToDo, Touched
from tests.apps.provenance.recorded import make_recorded

pytestmark = pytest.mark.django_db(transaction=True)
MUTATIONS = int(os.environ.get("MEMWEB_MUTATIONS", "60"))


def _attacked(name: str, seed: int, kept: Head) -> tuple[Touched, Report] | None:
    """Attack, verify, and take everything back; None where there was nothing to attack."""
    with transaction.atomic():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
                touched = ATTACKS[name](Random(seed), cursor)
                cursor.execute("SET LOCAL session_replication_role = DEFAULT")
            return touched, verify(ALL, kept=kept, view=view_of_caller())
        except NothingToDo:
            return None
        finally:
            transaction.set_rollback(True)


def test_every_mutation_is_found_and_named(var) -> None:
    make_recorded("Before")
    recorded = make_recorded()
    kept = parse_head(parse_note(recorded.kept).text)
    clean = verify(ALL, kept=kept)
    assert clean.holds, [one.sentence for one in clean.findings]
    names = list(ATTACKS)
    tried: Counter[str] = Counter()
    missed, unnamed = [], []
    for seed in range(MUTATIONS):
        name = names[seed % len(names)]
        done = _attacked(name, seed, kept)
        if done is None:
            continue
        touched, report = done
        tried[name] += 1
        if report.holds:
            missed.append((name, seed, touched))
        elif not any(one.names(*row) for one in report.findings for row in touched):
            unnamed.append((name, seed, touched, [one.sentence for one in report.findings][:4]))
    print(sum(tried.values()), tried, *unnamed, sep="\n")
    assert not missed
    assert not unnamed
    assert len(tried) == len(names)
    assert verify(ALL, kept=kept).holds
