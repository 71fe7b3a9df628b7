"""A worker that answers by explicit memories and builds them, by stubs without a model, slowly.

``python -m tests.acceptance.explicit_worker QUEUE,...``; STUB_DELAY says for how many seconds it
decodes, or encodes a text.
"""

from __future__ import annotations

import os
import sys
import time

import django


def main() -> None:
    django.setup()
    from memweb.celery import app
    from tests.apps.explicit.rows import StubMaker, WordEmbedder
    from tests.apps.explicit.stub_head import StubHead
    from worker import registry

    delay = float(os.environ["STUB_DELAY"])
    maker = StubMaker()
    maker.before_put = lambda: time.sleep(delay)
    head = StubHead(maker)
    head.while_decoding = lambda: time.sleep(delay)
    registry.reference_maker = lambda base, adapter="": maker
    registry.embedder = lambda name: WordEmbedder()
    registry.read_head = lambda which: head
    app.conf.beat_schedule = {
        name: one for name, one in app.conf.beat_schedule.items()
        if name in ("asking.sweep_questions", "explicit.sweep_builds")
    }  # fmt: skip
    app.worker_main(
        ["--skip-checks", "worker", "--beat", "--pool", "solo", "--queues", sys.argv[1],
         "--schedule", os.environ["MEMWEB_VAR"] + f"/beat-{os.getpid()}", "--loglevel", "WARNING"]
    )  # fmt: skip


if __name__ == "__main__":
    main()
