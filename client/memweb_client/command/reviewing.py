"""``memweb review``"""

from __future__ import annotations

import argparse

from memweb_client.command.saying import Session, counted


def review(session: Session, given: argparse.Namespace) -> int:
    """Say how much waits for people."""
    found = session.client.send(session.space.figures())
    for line in (
        counted(found.pending, "candidate waits for a decision", "candidates wait for a decision"),
        counted(found.deferred, "is put off", "are put off"),
        counted(found.proposed_relations, "proposed relation", "proposed relations"),
    ):
        session.speaker.say(line)
    waiting = {
        "pending": found.pending,
        "deferred": found.deferred,
        "proposed_relations": found.proposed_relations,
    }
    session.speaker.give(waiting)
    return 0
