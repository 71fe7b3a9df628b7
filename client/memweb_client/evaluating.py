"""Calls for benchmarks, runs, schedules and what decisions teach a head."""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType
from typing import Literal
from urllib.parse import quote

from memweb_client import shapes
from memweb_client.place import Place
from memweb_client.values import Call, Listing, asked, said

Source = Literal["memory", "marks", "decisions"]


class Evaluating(Place):
    """Benchmarks of a space, runs of heads on them, and trainings."""

    def benchmarks(
        self, *, archived: bool | None = None, limit: int | None = None
    ) -> Listing[shapes.Benchmark]:
        params = asked(archived=archived, limit=limit)
        return Listing(self._at("/benchmarks"), shapes.Benchmark, params)

    def benchmark(self, pk: int) -> Call[shapes.Benchmark]:
        return Call("GET", self._at(f"/benchmarks/{pk:d}"), shapes.Benchmark)

    def benchmark_upload(
        self,
        content: bytes,
        *,
        filename: str,
        name: str,
        kind: str,
        licence: str | None = None,
        description: str | None = None,
        dry_run: bool | None = None,
    ) -> Call[shapes.Preview]:
        """Return the call that uploads cases; with ``dry_run`` they are shown and not kept."""
        data = asked(
            name=name, kind=kind, licence=licence, description=description, dry_run=dry_run
        )
        at = self._at("/benchmarks")
        return Call("POST", at, shapes.Preview, data=data, file=(filename, content))

    def benchmark_draw(
        self,
        source: Source,
        *,
        size: int | None = None,
        seed: int | None = None,
        kinds: Sequence[str] | None = None,
        name: str | None = None,
        licence: str | None = None,
        description: str | None = None,
        dry_run: bool | None = None,
        sha256: str | None = None,
    ) -> Call[shapes.Preview]:
        """Return the call that makes a benchmark of approved facts, marks or decisions. With the
        ``sha256`` of a dry run it is refused where other cases would be kept."""
        body = said(
            source=source, size=size, seed=seed, kinds=kinds, name=name, licence=licence,
            description=description, dry_run=dry_run, sha256=sha256,
        )  # fmt: skip
        return Call("POST", self._at("/benchmarks/draw"), shapes.Preview, body=body)

    def benchmark_archive(self, pk: int) -> Call[shapes.Benchmark]:
        return Call("POST", self._at(f"/benchmarks/{pk:d}/archive"), shapes.Benchmark)

    def benchmark_restore(self, pk: int) -> Call[shapes.Benchmark]:
        return Call("POST", self._at(f"/benchmarks/{pk:d}/restore"), shapes.Benchmark)

    def baseline_pin(self, benchmark: int, run: int | None) -> Call[shapes.Benchmark]:
        """Return the call that makes a run the one that others are measured against, or none."""
        at = self._at(f"/benchmarks/{benchmark:d}/baseline")
        return Call("PUT", at, shapes.Benchmark, body={"run": run})

    def versions(self, benchmark: int, *, limit: int | None = None) -> Listing[shapes.Version]:
        at = self._at(f"/benchmarks/{benchmark:d}/versions")
        return Listing(at, shapes.Version, asked(limit=limit))

    def cases(
        self,
        benchmark: int,
        version: int,
        *,
        q: str | None = None,
        kind: str | None = None,
        relation: str | None = None,
        limit: int | None = None,
    ) -> Listing[shapes.Case]:
        at = self._at(f"/benchmarks/{benchmark:d}/versions/{version:d}/cases")
        return Listing(at, shapes.Case, asked(q=q, kind=kind, relation=relation, limit=limit))

    def samples(self) -> Listing[shapes.Sample]:
        """Return the list of the benchmarks that come with memweb and fit the space."""
        return Listing(self._at("/samples"), shapes.Sample)

    def sample_add(self, slug: str) -> Call[shapes.Benchmark]:
        return Call("POST", self._at(f"/samples/{quote(slug, safe='')}"), shapes.Benchmark)

    def schedules(self, benchmark: int) -> Listing[shapes.Schedule]:
        return Listing(self._at(f"/benchmarks/{benchmark:d}/schedules"), shapes.Schedule)

    def schedule_set(
        self,
        benchmark: int,
        when: Literal["night", "decisions", "head"],
        *,
        every: int | None = None,
        mode: str | None = None,
        measure: str | None = None,
    ) -> Call[shapes.Schedule]:
        """Return the call that lets a benchmark run by itself and watches a measure."""
        body = said(when=when, every=every, mode=mode, measure=measure)
        at = self._at(f"/benchmarks/{benchmark:d}/schedules")
        return Call("POST", at, shapes.Schedule, body=body)

    def schedule(self, pk: int) -> Call[shapes.Schedule]:
        return Call("GET", self._at(f"/schedules/{pk:d}"), shapes.Schedule)

    def schedule_seen(self, pk: int) -> Call[shapes.Schedule]:
        return Call("POST", self._at(f"/schedules/{pk:d}/seen"), shapes.Schedule)

    def schedule_remove(self, pk: int) -> Call[None]:
        return Call("DELETE", self._at(f"/schedules/{pk:d}"), NoneType)

    # Runs

    def runs(
        self,
        *,
        benchmark: int | None = None,
        state: str | None = None,
        limit: int | None = None,
    ) -> Listing[shapes.Run]:
        params = asked(benchmark=benchmark, state=state, limit=limit)
        return Listing(self._at("/runs"), shapes.Run, params)

    def run(self, pk: int) -> Call[shapes.Run]:
        return Call("GET", self._at(f"/runs/{pk:d}"), shapes.Run)

    def run_start(
        self,
        benchmark: int,
        *,
        version: int | None = None,
        mode: str | None = None,
        head: str | None = None,
        moment: int | None = None,
        note: str | None = None,
        beside: bool | None = None,
    ) -> Call[shapes.Run]:
        """Return the call that asks every case of a benchmark; ``wait`` waits for the end.
        ``moment`` is an earlier run, whose memory is asked again; ``beside`` starts a run in each
        other possible mode too, which ``runs`` lists."""
        body = said(
            benchmark=benchmark,
            version=version,
            mode=mode,
            head=head,
            moment=moment,
            note=note,
            beside=beside,
        )
        at = self._at("/runs")
        return Call("POST", at, shapes.Run, body=body, then=lambda one: self.run(one.id))

    def results(self, run: int, *, limit: int | None = None) -> Listing[shapes.Result]:
        return Listing(self._at(f"/runs/{run:d}/results"), shapes.Result, asked(limit=limit))

    def run_cancel(self, pk: int) -> Call[shapes.Run]:
        return Call("POST", self._at(f"/runs/{pk:d}/cancel"), shapes.Run)

    def run_retry(self, pk: int) -> Call[shapes.Run]:
        """Return the call that lets a run go on that failed or was cancelled."""
        return Call("POST", self._at(f"/runs/{pk:d}/retry"), shapes.Run, then=self._run)

    def _run(self, one: shapes.Run) -> Call[shapes.Run]:
        return self.run(one.id)

    def comparison(self, runs: Sequence[int]) -> Call[shapes.Comparison]:
        """Return the call that compares two to six runs of one benchmark."""
        params = {"runs": ",".join(str(int(one)) for one in runs)}
        return Call("GET", self._at("/comparison"), shapes.Comparison, params=params)

    def flips(
        self,
        base: int,
        run: int,
        *,
        changed: Literal["worse", "better"] | None = None,
        skip: int | None = None,
    ) -> Call[shapes.Flips]:
        """Return the call for the cases that came out otherwise in a second run."""
        params = asked(base=base, run=run, changed=changed, skip=skip)
        return Call("GET", self._at("/flips"), shapes.Flips, params=params)

    # Learning

    def learning(self) -> Call[shapes.Material]:
        """Return the call that says what a training would learn from, and what is on."""
        return Call("GET", self._at("/learning"), shapes.Material)

    def learning_back(self) -> Call[shapes.Material]:
        """Return the call that goes back to the weights that were on before."""
        return Call("POST", self._at("/learning/back"), shapes.Material)

    def trainings(self, *, limit: int | None = None) -> Listing[shapes.Training]:
        return Listing(self._at("/trainings"), shapes.Training, asked(limit=limit))

    def training(self, pk: int) -> Call[shapes.Training]:
        return Call("GET", self._at(f"/trainings/{pk:d}"), shapes.Training)

    def _training(self, rest: str) -> Call[shapes.Training]:
        def look(one: shapes.Training) -> Call[shapes.Training]:
            return self.training(one.id)

        return Call("POST", self._at(f"/trainings{rest}"), shapes.Training, then=look)

    def training_start(self) -> Call[shapes.Training]:
        """Return the call that trains on the decisions that stand now; ``wait`` waits."""
        return self._training("")

    def training_cancel(self, pk: int) -> Call[shapes.Training]:
        return self._training(f"/{pk:d}/cancel")

    def training_retry(self, pk: int) -> Call[shapes.Training]:
        return self._training(f"/{pk:d}/retry")

    def training_on(self, pk: int) -> Call[shapes.Training]:
        """Return the call that lets the head propose by the weights of a training."""
        return Call("POST", self._at(f"/trainings/{pk:d}/on"), shapes.Training)

    def head_run_start(
        self,
        side: Literal["write", "read"],
        benchmark: int,
        *,
        backend: str | None = None,
        base: str | None = None,
        adapter: str | None = None,
        least: int | None = None,
        cut: bool | None = None,
    ) -> Call[shapes.Run]:
        """Return the call that runs a benchmark with another head, before it is chosen, of the
        memory of the pinned run; ``wait`` waits for the end."""
        body = said(
            benchmark=benchmark, backend=backend, base=base, adapter=adapter, least=least, cut=cut
        )
        return Call("POST", self._at(f"/heads/{side}/runs"), shapes.Run, body=body, then=self._run)

    def training_run(self, pk: int, benchmark: int) -> Call[shapes.Run]:
        """Return the call that runs a benchmark with the weights of a training."""
        at, body = self._at(f"/trainings/{pk:d}/run"), {"benchmark": benchmark}
        return Call("POST", at, shapes.Run, body=body, then=self._run)
