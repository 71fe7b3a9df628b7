"""Many write while the sequencer is killed again and again: no event is lost, none stands twice.

With MEMWEB_WRITERS=20, MEMWEB_WRITTEN=5000 and MEMWEB_KILLS=30 as docs/experiments.md tells of.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest
from django.db import connection, transaction

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.audit.services import record
from apps.memory.models import Entity
from apps.provenance.models import Entry, Log
from apps.provenance.services.replay import ALL, verify
from apps.provenance.services.sequencer import seal
from tests.apps.provenance.recorded import make_recorded

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = int(os.environ.get("MEMWEB_WRITERS", "6"))
WRITTEN = int(os.environ.get("MEMWEB_WRITTEN", "300"))
KILLS = int(os.environ.get("MEMWEB_KILLS", "3"))
SEALING = """
import sys
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from apps.provenance.services import sequencer
sequencer.AT_ONCE = 40
print("seals", flush=True)
while True:
    sequencer.seal()
"""


class TakenBack(Exception):
    """A transaction that is not committed."""


def _write(space: Space, user: User, number: int, count: int) -> None:
    rng = Random(number)
    for nth in range(count):
        try:
            with transaction.atomic():
                Entity.objects.create(space=space, name=f"Thing {number} {nth}")
                for _ in range(rng.choice((1, 1, 1, 3))):
                    record(
                        space=rng.choice((space, space, None)), action="membership.granted",
                        actor=user, payload={"user": f"{number} {nth}", "role": "asker"},
                    )  # fmt: skip
                record(
                    space=space, action="membership.granted", actor=user,
                    payload={"user": "last", "role": "asker"},
                )  # fmt: skip
                if rng.random() < 0.1:
                    raise TakenBack
        except TakenBack:
            continue
    connection.close()


@contextmanager
def _sequencer() -> Iterator[subprocess.Popen[str]]:
    name = str(connection.settings_dict["NAME"])
    process = subprocess.Popen(
        [sys.executable, "-c", SEALING, name], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "seals\n"
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()


def test_none_is_lost_or_doubled_however_often_the_sequencer_is_killed(var) -> None:
    recorded = make_recorded()
    alice = User.objects.get(username="alice")
    writers = [
        threading.Thread(target=_write, args=(recorded.space, alice, one, WRITTEN // WRITERS))
        for one in range(WRITERS)
    ]
    for one in writers:
        one.start()
    rng, kills = Random(7), 0
    while kills < KILLS or any(one.is_alive() for one in writers):
        with _sequencer():
            time.sleep(rng.uniform(0.0, 0.4))
        kills += 1
    for one in writers:
        one.join()
    left = Event.objects.filter(entry=None).count()
    assert seal() == left
    assert not Event.objects.filter(entry=None).exists()
    assert Entry.objects.count() == Event.objects.count()
    for log in Log.objects.all():
        indices = Entry.objects.filter(log=log).order_by("index").values_list("index", flat=True)
        assert list(indices) == list(range(log.size))
    report = verify(ALL)
    assert report.holds, [one.sentence for one in report.findings[:5]]
    assert sum(log.size for log in report.logs) == Event.objects.count()
    print(f"{Event.objects.count()} events, {kills} kills, {left} left to the last")
