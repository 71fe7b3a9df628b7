"""Small benchmarks that come with memweb, for spaces that know what they ask about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from apps.accounts.models import Space, User
from apps.evaluation.models import Benchmark, BenchmarkVersion
from apps.evaluation.services.benchmarks.making import version_make
from apps.evaluation.services.benchmarks.reading import read_cases

DATA: Final = Path(__file__).resolve().parents[2] / "data"


@dataclass(frozen=True)
class Sample:
    """A benchmark of ours; ``about`` is a name that a space knows where it makes sense, empty where
    it makes sense in every space that has the standard relations."""

    slug: str
    name: str
    about: str
    description: str
    kind: str = Benchmark.Kind.QUESTIONS
    suffix: str = "jsonl"
    licence: str = "CC0-1.0"
    file: str = ""  # where it is that of another sample

    @property
    def path(self) -> Path:
        """Its cases, as a file that could be uploaded."""
        return DATA / f"{self.file or self.slug}.{self.suffix}"


SAMPLES: Final = (
    Sample(
        "demo_world",
        "Musicians of the Norwegian coast",
        "Ingrid Varnholt",
        "30 questions about the people and works of the demo documents, with some that they do "
        "not answer.",
    ),
    Sample(
        "sample_sentences",
        "Sentences that state a fact, or only look like it",
        "",
        "18 sentences: the same names, now stated, now denied, doubted or joined otherwise.",
        kind=Benchmark.Kind.STATEMENTS,
    ),
    Sample(
        "sample_documents",
        "Three short documents",
        "",
        "A letter, a notice and minutes, with what they state and what only seems to be.",
        kind=Benchmark.Kind.DOCUMENTS,
    ),
    Sample(
        "sample_extraction",
        "Two annotated documents",
        "",
        "In DocRED format, to see how such a file is read.",
        kind=Benchmark.Kind.EXTRACTION,
        suffix="json",
    ),
    Sample(
        "sample_relations",
        "20 questions and what they ask for",
        "",
        "Each with the relation that it asks for, and from which side.",
        kind=Benchmark.Kind.RELATIONS,
    ),
    Sample(
        "sample_edits",
        "Eight edits, and what they should leave alone",
        "",
        "New answers to questions about invented people and places, each with a rephrasing and a "
        "question that must not change.",
        kind=Benchmark.Kind.EDITING,
    ),
    Sample(
        "sample_perplexity",
        "Two annotated documents, read word by word",
        "",
        "How well a language model foresees them, with the memory and without.",
        kind=Benchmark.Kind.PERPLEXITY,
        suffix="json",
        file="sample_extraction",
    ),
)


def samples_for(space: Space) -> list[Sample]:
    """Return the samples that make sense in a space and are not there yet."""
    there = set(Benchmark.objects.filter(space=space).values_list("name", flat=True))
    entities = space.entities.filter(merged_into=None)
    return [
        one
        for one in SAMPLES
        if one.name not in there and (not one.about or entities.filter(name=one.about).exists())
    ]


def sample_keep(*, space: Space, actor: User, sample: Sample) -> BenchmarkVersion:
    """Make a sample a benchmark of the space. Raises Unchanged and BenchmarkRefused."""
    reading = read_cases(sample.path.read_bytes(), filename=sample.path.name, kind=sample.kind)
    return version_make(
        space=space,
        actor=actor,
        name=sample.name,
        kind=sample.kind,
        origin=BenchmarkVersion.Origin.SHIPPED,
        cases=reading.cases,
        licence=sample.licence,
        filename=sample.path.name,
        description=sample.description,
    )


def sample_named(slug: str, samples: Sequence[Sample] = SAMPLES) -> Sample | None:
    """Return the sample of a name; None where there is none."""
    return next((one for one in samples if one.slug == slug), None)
