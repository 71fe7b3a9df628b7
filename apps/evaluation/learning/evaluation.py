"""What decisions of reviewers are worth to the write head: ``evaluate learning``."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from apps.evaluation.learning.caching import Cache
from apps.evaluation.learning.picture import curve_picture
from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.heads import load_write_head
from apps.evaluation.measuring.progress import Progress, Tell
from apps.evaluation.measuring.schema import relations_asked
from apps.evaluation.measuring.tables import columns
from worker.learned.curve import NAMES, Read, learn, point, scored
from worker.learned.reading import sign_names
from worker.training import redocred
from worker.training.redocred import GoldDocument

HELP = "what simulated reviewers teach the write head, on documents in DocRED format"
NEEDS_DATABASE = False
MOST_SEEDS: Final = 20


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``evaluate learning``."""
    parser.add_argument(
        "--data", required=True, type=Path, metavar="FILE", help="documents in DocRED format"
    )
    parser.add_argument(
        "--found", required=True, type=Path, metavar="FILE.jsonl",
        help="where it is kept what the head found in them; a file that is there is gone on with",
    )  # fmt: skip
    parser.add_argument("--head", default=settings.WRITE_HEAD, help="which write head")
    parser.add_argument(
        "--decisions", type=int, nargs="+", default=[300, 1000, 3000], metavar="N",
        help="after how many decisions it is measured (300 1000 3000)",
    )  # fmt: skip
    parser.add_argument("--seeds", type=int, default=3, help="orders of the documents (3)")
    parser.add_argument(
        "--unseen-alone", action="store_true",
        help="decide on documents that the head was not trained on alone: half of them, in turn",
    )  # fmt: skip
    parser.add_argument(
        "--offsets-alone", action="store_true",
        help="learn what relations are worth, and nothing of the signs behind a score",
    )  # fmt: skip
    parser.add_argument("--picture", type=Path, metavar="FILE.svg", help="draw the curve")


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Measure what is learned. Raises EvaluationError and UnknownBackend."""
    numbers = sorted(set(options["decisions"]))
    if numbers[0] < 1 or not 1 <= options["seeds"] <= MOST_SEEDS:
        raise EvaluationError(f"Give numbers of decisions from 1 on, and 1 to {MOST_SEEDS} seeds.")
    try:
        documents = redocred.read(options["data"])
    except OSError as error:
        raise EvaluationError(f"{options['data']} cannot be read: {error.strerror}.") from error
    except redocred.MalformedDocuments as error:
        raise EvaluationError(f"{error}.") from error
    head: Any = load_write_head(options["head"], None)
    asked = relations_asked(documents, texts=_texts(head), labels=None, only_used=False)
    found = Cache(options["found"], head, asked.specs).found(
        documents, Progress(tell, "documents", len(documents))
    )
    read = [Read(one, rows) for one, rows in zip(documents, found, strict=True)]
    threshold = float(getattr(head, "threshold", 0.0))
    names = () if options["offsets_alone"] else sign_names(head)
    report = {
        "file": options["data"].name,
        "head": head.name,
        "version": head.version,
        "threshold": threshold,
        "signs": names,
        **_curve(parted(read, getattr(head, "manifest", {})), threshold, numbers, options, names),
    }
    if options["picture"]:
        try:
            options["picture"].write_text(curve_picture(report), encoding="utf-8")
        except OSError as error:
            raise EvaluationError(f"{error.filename} cannot be written.") from error
    return report


def parted(read: Sequence[Read], manifest: Mapping[str, Any]) -> tuple[list[Read], list[Read]]:
    """Return the documents to decide on and those to measure on: of the file that a head was
    trained on, those that training left out; of another one the last fifth in a seeded order.
    Raises EvaluationError where there are fewer than ten."""
    if len(read) < 10:
        raise EvaluationError("Too few documents: at least 10 are needed.")
    by_gold = {id(one.gold): one for one in read}
    gold = [one.gold for one in read]
    sizes = manifest.get("split", {})
    if sizes:
        dev, held = sizes["dev"]["documents"], sizes["held"]["documents"]
        parts = redocred.split(gold, seed=manifest["seed"], dev=dev, held=held)
        if redocred.titles_hash(parts[0]) == sizes["train"]["titles"]:
            return _read(parts[0], by_gold), _read([*parts[1], *parts[2]], by_gold)
    fifth = len(read) // 5
    train, _, kept = redocred.split(gold, seed=7, dev=0, held=fifth)
    return _read(train, by_gold), _read(kept, by_gold)


def _read(gold: Sequence[GoldDocument], by_gold: Mapping[int, Read]) -> list[Read]:
    return [by_gold[id(one)] for one in gold]


def _curve(
    parts: tuple[list[Read], list[Read]],
    threshold: float,
    numbers: Sequence[int],
    options: Mapping[str, Any],
    names: Sequence[str],
) -> dict[str, Any]:
    """Return the figures of the head as it is and after each number of decisions."""
    to_decide, kept = parts
    if options["unseen_alone"]:
        kept, to_decide = kept[::2], kept[1::2]
    own = scored(kept, None, threshold)
    rows = [{"decisions": 0, "documents": 0, **point(own, [own])}]
    for number in numbers:
        seeds = [
            learn(to_decide, threshold, number, seed, names) for seed in range(options["seeds"])
        ]
        if seeds[0].decisions < number:
            rows.append({"decisions": number, "there_are": seeds[0].decisions})
            continue
        made = [scored(kept, one.correction, threshold, names) for one in seeds]
        rows.append(
            {
                "decisions": number,
                "documents": sum(one.documents for one in seeds) / len(seeds),
                "spread": [_spread(one.correction) for one in seeds],
                **point(own, made),
            }
        )
    return {
        "decided_on": len(to_decide),
        "measured_on": len(kept),
        "seeds": options["seeds"],
        "curve": rows,
    }


def _spread(learned: Any) -> float:
    """Return how far the offsets of relations reach from the lowest to the highest."""
    offsets = learned.relations.values() if learned else [0.0]
    return float(max(offsets) - min(offsets))


def table(report: Mapping[str, Any]) -> str:
    """Return the curve for people to read."""
    head = [
        f"{report['head']} {report['version']}, {report['seeds']} seeds: decided on "
        f"{report['decided_on']} documents of {report['file']}, measured on "
        f"{report['measured_on']} others",
        "",
    ]
    lines = [("decisions", *(name.replace("_", " ") for name in NAMES), "gain of the last")]
    for row in report["curve"]:
        if "there_are" in row:
            lines.append((f"{row['decisions']}", f"there are only {row['there_are']}", *[""] * 4))
            continue
        figures = [_said(row[name]) for name in NAMES]
        low, high = row["precision_at_equal_recall"]["gain"]
        lines.append((str(row["decisions"]), *figures, f"{low:+.3f} to {high:+.3f}"))
    return "\n".join([*head, columns(lines)])


def _said(figure: Mapping[str, Any]) -> str:
    low, high = figure["interval"]
    return f"{figure['mean']:.3f} ({low:.3f}-{high:.3f})"


def _texts(head: Any) -> dict[str, tuple[str, str]]:
    manifest = getattr(head, "manifest", {})
    pairs = zip(manifest.get("relations", ()), manifest.get("relation_names", ()), strict=False)
    return {pid: (name, "") for pid, name in pairs}
