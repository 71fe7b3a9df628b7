"""Building as a job: subject after subject, each reference saved by itself.

A memory's row is there, as one that is being built, before its text is encoded, so that a change of
its facts meanwhile marks it; it becomes fresh in the transaction that sees that everything still
holds. Whoever takes over after a kill clears what was begun and goes on with what is lacking.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from pgvector import HalfVector

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common import jobs
from apps.explicit.models import (
    ExplicitBuild,
    ExplicitChoice,
    ExplicitMemory,
    ExplicitPlace,
    ExplicitSentence,
    ExplicitWeight,
    Form,
)
from apps.explicit.selectors import choice_of, is_on, open_build
from apps.explicit.services.errors import NotOn, NotOpen
from apps.explicit.services.files import SYSTEM, files_drop, maker_id, mark, place_of, unsound
from apps.explicit.services.places import form_of, weight_save
from apps.explicit.services.planning import TOO_LONG, Planned, lacking, names_of, planned, texts_of
from apps.memory.controller.writing import lock
from apps.memory.models import Evidence
from worker import registry
from worker.errors import WorkerError
from worker.freed import give_back
from worker.interfaces import Embedder, ReferenceMaker
from worker.references import MadeReference

AT_ONCE: Final = 8  # subjects that are looked for at once
REST: Final = timedelta(hours=1)  # after a build by the clock that failed


def _record_failure(build: ExplicitBuild) -> None:
    _told(build, "explicit.build_failed", reason=build.error)


BUILDS: Final = jobs.Kind(
    model=ExplicitBuild,
    task="explicit.build",
    queue="evaluate",
    worker="Building explicit memories",
    record_failure=_record_failure,
    most_rung=4,
    limit="OPEN_BUILDS",
    things="builds of explicit memories",
)


def build_request(*, space: Space, actor: User, by_clock: bool = False) -> ExplicitBuild:
    """Queue a build of what a space lacks, or return the one that is queued or under way.
    Raises NotOn and jobs.TooManyOpen."""
    if found := open_build(space):
        return found
    try:
        with transaction.atomic():
            if not is_on(space):
                raise NotOn
            jobs.check_room(BUILDS, actor.pk)
            build = ExplicitBuild.objects.create(space=space, asked_by=actor, by_clock=by_clock)
            _told(build, "explicit.build_asked", actor=None if by_clock else actor)
            jobs.ring(BUILDS, build)
            return build
    except IntegrityError:  # somebody else asked at the same moment
        if found := open_build(space):
            return found
        raise


def build_cancel(*, build: ExplicitBuild, actor: User) -> ExplicitBuild:
    """End a build that is queued or under way; what it made stays. Raises NotOpen."""
    with transaction.atomic():
        if not jobs.cancel(build):
            raise NotOpen
        build.refresh_from_db()
        _told(build, "explicit.build_cancelled", actor=actor)
    return build


def build_run(*, build_id: int) -> ExplicitBuild:
    """Do all that is left of a build, if no one else is at it; return how it stands."""
    return jobs.run(BUILDS, build_id, lambda job: _slice(job, math.inf))


def build_run_next() -> ExplicitBuild | None:
    """Do a slice of the build whose turn it is; None when there is none."""
    seconds = settings.SLICE_SECONDS
    return jobs.run_next(BUILDS, lambda job: _slice(job, seconds))


def build_sweep() -> int:
    """Ring again for builds that nobody answered, and ask for one where memories went stale, or
    are to have another form; return how many it rang for."""
    rows = ExplicitMemory.objects.filter(space__explicit_choice__is_on=True).order_by()
    stale = rows.filter(state=ExplicitMemory.State.STALE)
    elsewhere = ExplicitPlace.objects.filter(subject=OuterRef("subject")).exclude(
        form=OuterRef("form")
    )
    misplaced = rows.filter(Exists(elsewhere), state=ExplicitMemory.State.FRESH)
    spaces = stale.values_list("space", flat=True).union(misplaced.values_list("space", flat=True))
    for choice in ExplicitChoice.objects.filter(space__in=list(spaces)).select_related(
        "space", "changed_by"
    ):
        failed = ExplicitBuild.objects.filter(
            space=choice.space, state=ExplicitBuild.State.FAILED,
            finished_at__gt=timezone.now() - REST,
        )  # fmt: skip
        if failed.exists():
            continue
        try:
            build_request(space=choice.space, actor=choice.changed_by, by_clock=True)
        except (NotOn, jobs.TooManyOpen):
            continue  # the next sweep looks again
    return jobs.sweep(BUILDS)


def _told(build: ExplicitBuild, action: str, *, actor: User | None = None, **more: object) -> None:
    record(
        space=build.space, action=action, actor=actor, actor_label="" if actor else SYSTEM,
        subject=build, payload={"build": build.pk, "by_clock": build.by_clock, **more},
    )  # fmt: skip


def _slice(build: ExplicitBuild, seconds: float) -> None:
    """Build for about so many seconds, but at least one subject; then end, or give way."""
    choice = choice_of(build.space)
    if choice is None or not choice.is_on:
        raise WorkerError(str(NotOn()), permanent=True)
    registry.keep_at_most(settings.HEADS_MB * 2**20)
    maker = registry.reference_maker(choice.base, choice.adapter)
    embedder = registry.embedder(settings.EMBEDDER)
    deadline = time.monotonic() + seconds  # loading a model is no part of the slice
    if build.reached == 0:
        _clear(build, maker_id(maker.said))
    is_done = _went_on(build, maker, embedder, deadline)
    if is_done and choice.hierarchy != ExplicitChoice.Hierarchy.OFF:
        _weigh(maker)
    give_back()
    with transaction.atomic():
        if not is_done:
            jobs.give_way(build)
            jobs.ring(BUILDS, build)
        else:
            jobs.finish(build)
            _told(
                build, "explicit.built", made=build.made, failed=build.failed,
                removed=build.removed, base=choice.base, model=maker.said["model"],
                adapter=maker.said["adapter"],
            )  # fmt: skip


def _weigh(maker: ReferenceMaker) -> None:
    """Measure once what a reference costs with a maker on this machine."""
    of = maker_id(maker.said)
    if not ExplicitWeight.objects.filter(maker=of).exists():
        weight_save(of, maker.weighed())


def _went_on(
    build: ExplicitBuild, maker: ReferenceMaker, embedder: Embedder, deadline: float
) -> bool:
    """Build subject after subject, at least one; tell whether none is left. What changes behind
    the one that was reached is stale, and for the next build."""
    said = maker_id(maker.said)
    while subjects := lacking(build.space, said, embedder.name, build.reached, AT_ONCE):
        for subject in subjects:
            _build(build, subject, maker, embedder)
            with transaction.atomic():
                jobs.renew(build, got_on=True)
                build.reached = subject
                build.save(update_fields=["reached"])
            if time.monotonic() >= deadline:
                return False
    return True


def _clear(build: ExplicitBuild, maker: str) -> None:
    """Let go of what is stale, of another model, or begun by whoever was at it before."""
    with transaction.atomic():
        jobs.renew(build)
        lock(build.space)
        mark(unsound(build.space))
        rows = ExplicitMemory.objects.filter(space=build.space)
        gone = rows.filter(state__in=["stale", "building"]) | rows.exclude(maker=maker)
        _remove(build, list(gone.values_list("pk", "name")))


def _remove(build: ExplicitBuild, gone: Sequence[tuple[int, str]]) -> None:
    ExplicitMemory.objects.filter(pk__in=[pk for pk, _ in gone]).delete()
    files_drop(build.space_id, [name for _, name in gone])
    build.removed += len(gone)
    build.save(update_fields=["removed"])


def _build(build: ExplicitBuild, subject: int, maker: ReferenceMaker, embedder: Embedder) -> None:
    """Bring the memories of a subject up to date. Raises LeaseLost and WorkerError."""
    plans = planned(texts_of(build.space, subject), maker)
    begun = _begin(build, subject, plans, maker, embedder.name)
    for pk, plan, form in begun:
        if form == Form.TEXT:
            made = MadeReference(maker.name(plan.reference.text), "", 0, 0)
        else:
            place, names = place_of(build.space_id), names_of(plan.facts)
            try:
                (made,) = maker.put(place, [plan.reference], [names])
            except OSError as error:
                raise WorkerError(
                    f"A memory could not be written. {error}", permanent=False
                ) from error
        (vector,) = embedder.embed([plan.reference.text])
        _end(build, pk, made, HalfVector(vector.tolist()), embedder.name)


def _begin(
    build: ExplicitBuild,
    subject: int,
    plans: Sequence[Planned],
    maker: ReferenceMaker,
    embedder: str,
) -> list[tuple[int, Planned, str]]:
    """Save the rows of what is to be built, and let go of what is not to be any more."""
    with transaction.atomic():
        jobs.renew(build)
        lock(build.space)
        rows = ExplicitMemory.objects.filter(space=build.space, subject=subject).prefetch_related(
            "facts", "sentences"
        )
        form = form_of(build.space, subject, {row.form for row in rows})
        there = {_what(row): row for row in rows if row.embedded_by in ("", embedder)}
        meant = {
            (form, maker.name(plan.reference.text), plan.facts, plan.evidence): plan
            for plan in plans
        }
        kept = {there[what].pk for what in meant if what in there}
        wanted = [plan for what, plan in meant.items() if what not in there]
        _remove(build, [(row.pk, row.name) for row in rows if row.pk not in kept])
        begun = []
        for plan in wanted:
            pk = _row(build, subject, plan, maker, form)
            if plan.reference.ids:
                begun.append((pk, plan, form))
            else:
                build.failed += 1
        build.save(update_fields=["failed"])
        return begun


def _what(row: ExplicitMemory) -> tuple[object, ...]:
    """Return what a memory is of, if it stands: its form, its text's name, its facts, its
    evidence."""
    if row.state not in (ExplicitMemory.State.FRESH, ExplicitMemory.State.FAILED):
        return ()
    facts = sorted(one.triple_id for one in row.facts.all())
    return (
        row.form,
        row.name,
        tuple(facts),
        tuple(sorted(one.evidence_id for one in row.sentences.all())),
    )


def _row(
    build: ExplicitBuild, subject: int, plan: Planned, maker: ReferenceMaker, form: str
) -> int:
    """Save a memory that is being built, or one that cannot be, with what it stands for."""
    failed = not plan.reference.ids
    row = ExplicitMemory.objects.create(
        space=build.space,
        subject_id=subject,
        state=ExplicitMemory.State.FAILED if failed else ExplicitMemory.State.BUILDING,
        form=form,
        maker=maker_id(maker.said),
        model=maker.said["model"],
        adapter=maker.said["adapter"],
        scheme={"scheme": maker.said["scheme"]},
        name=maker.name(plan.reference.text),
        error=TOO_LONG if failed else "",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO explicit_explicitfact (memory_id, triple_id, digest)"
            " SELECT %s, fact, explicit_digest(fact) FROM unnest(%s::bigint[]) AS f(fact)",
            [row.pk, list(plan.facts)],
        )
    evidence = Evidence.objects.filter(pk__in=plan.evidence)
    ExplicitSentence.objects.bulk_create(
        ExplicitSentence(
            memory=row, evidence=one, passage_id=one.passage_id,
            start=one.sentence_start, end=one.sentence_end,
        )
        for one in evidence
    )  # fmt: skip
    return row.pk


_FRESH = """
UPDATE explicit_explicitmemory
   SET state = 'fresh', sha256 = %(sha256)s, bytes = %(bytes)s, tokens = %(tokens)s,
       embedding = %(vector)s::halfvec, embedded_by = %(embedder)s
 WHERE id = %(id)s AND state = 'building' AND name = %(name)s AND explicit_sound(id)
"""


def _end(
    build: ExplicitBuild, pk: int, made: MadeReference, vector: HalfVector, embedder: str
) -> None:
    """Let a memory be attended to, if everything that it stands for still holds."""
    values: dict[str, Any] = {
        "id": pk, "name": made.name, "sha256": made.sha256, "bytes": made.bytes,
        "tokens": made.tokens, "vector": vector.to_text(), "embedder": embedder,
    }  # fmt: skip
    with transaction.atomic():
        jobs.renew(build, got_on=True)
        lock(build.space)  # who changes facts has ended, or waits and then marks this
        with connection.cursor() as cursor:
            cursor.execute(_FRESH, values)
            if cursor.rowcount:
                if made.bytes:
                    # Another subject that says the same has the same file, which was written anew.
                    same = ExplicitMemory.objects.filter(
                        space=build.space, name=made.name, form=Form.MEMORY,
                        state=ExplicitMemory.State.FRESH,
                    )  # fmt: skip
                    same.update(sha256=made.sha256, bytes=made.bytes, tokens=made.tokens)
                build.made += 1
                build.save(update_fields=["made"])
                return
        mark([pk])  # something changed meanwhile: the next build is for it
