"""What a run learns from: counts and samples, without a model.

    python -m worker.training.causal.prepare --head read --data FILE... [--show 3]

Prints how many sequences and tokens an epoch has, how many calls, and what was left out and why.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from worker.heads.causal import base as bases
from worker.heads.causal.installed import SMOLLM2
from worker.training.causal import data
from worker.training.causal.sequences import (
    CALL,
    ENTITY,
    PROMPT,
    RESULT,
    TARGET,
    TEXT,
    Composer,
    TokenTree,
)
from worker.training.causal.settings import RunConfig, add_flags, chosen
from worker.training.redocred import MalformedDocuments
from worker.training.statements import MalformedCorpus

KINDS = {TEXT: "text", TARGET: "target", ENTITY: "entity", CALL: "call", RESULT: "result",
         PROMPT: "question"}  # fmt: skip


class UnfitData(ValueError):
    """The data cannot be trained on."""


def add_data_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say what a head is trained on."""
    parser.add_argument("--head", choices=["read", "write", "tokens"], required=True)
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="files in DocRED's format")
    parser.add_argument("--apart", type=int, default=80, help="documents of each that are kept out")
    parser.add_argument("--only-data", action="store_true", help="leave our own texts out")
    add_material_flags(parser)


def add_material_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that name the base and our own material."""
    parser.add_argument("--base", default=SMOLLM2, help="name, folder or smollm2")
    parser.add_argument("--schema", type=Path, default=Path("apps/memory/data/relations.json"))
    parser.add_argument("--packs", type=Path, default=Path("apps/memory/data/packs.json"))
    parser.add_argument(
        "--corpus", type=Path, default=Path("worker/training/data/reading"),
        help="texts with every fact annotated",
    )  # fmt: skip
    parser.add_argument(
        "--questions", type=Path, default=Path("worker/training/data/questions"),
        help="worlds with questions",
    )  # fmt: skip


def add_own_material(parser: argparse.ArgumentParser, head: str) -> None:
    """Add the flags of a head that learns from our own material alone."""
    add_material_flags(parser)
    parser.set_defaults(head=head, data=[], apart=0, only_data=False)


def gathered(given: argparse.Namespace) -> data.Material:
    """Return the material that the flags name. Raises UnfitData with what is wrong of it."""
    try:
        docred = []
        for path in given.data:
            part = data.docred_part(path, "train", seed=7, dev=given.apart // 2,
                                    held=given.apart - given.apart // 2)  # fmt: skip
            if not part:
                raise UnfitData(f"{path} has no more than the {given.apart} documents of --apart.")
            docred += part
        source = data.material(
            schema=given.schema,
            packs=given.packs,
            reading=None if given.only_data else given.corpus,
            questions=None if given.only_data else given.questions,
            docred=docred,
        )
    except OSError as error:
        raise UnfitData(
            f"{error.filename or 'A file'} cannot be read: {error.strerror}."
        ) from error
    except (MalformedDocuments, MalformedCorpus) as error:
        raise UnfitData(str(error)) from error
    source.dropped["documents of --data kept out"] += given.apart * len(given.data)
    if not (source.docred or source.documents or source.questions):
        raise UnfitData("There is nothing to learn from: name files with --data.")
    if given.head == "write" and not source.documents:
        raise UnfitData("The write head learns from our own texts: leave --only-data out.")
    return source


def hashes(given: argparse.Namespace) -> list[dict[str, str]]:
    """Return the name and the SHA-256 of each file that is learnt from."""
    files = [*given.data, given.schema, given.packs]
    if not given.only_data:
        files += sorted(given.corpus.rglob("*.json*"))
        files += sorted(given.questions.glob("training/*.jsonl"))
    return [
        {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in files
    ]


def counted(
    source: data.Material, composer: Composer, config: RunConfig
) -> tuple[dict[str, Any], list[TokenTree]]:
    """Return the counts of the first epoch, and some of its sequences."""
    dropped = Counter(source.dropped)
    tokens: Counter[str] = Counter()
    samples: list[TokenTree] = []
    rng, choosing = random.Random(f"{config.seed} 0"), random.Random(config.seed)
    number = calls = empty = 0
    for number, row in enumerate(data.sequences(source, composer, config, rng, dropped), 1):
        tokens.update(KINDS[kind] for kind in row.kinds)
        begun = [at for at, id_ in enumerate(row.ids)
                 if id_ in (composer.ids.read, composer.ids.write)]  # fmt: skip
        calls += len(begun)
        empty += sum(row.ids[at + 1] == composer.ids.end for at in begun if at + 1 < len(row))
        if len(samples) < 20:
            samples.append(row)
        elif choosing.random() < 20 / number:
            samples[choosing.randrange(20)] = row
    counts = {
        "sequences": number,
        "calls": calls,
        "calls that write nothing": empty,
        "tokens": dict(sorted(tokens.items())),
        "left out": {reason: count for reason, count in sorted(dropped.items()) if count},
    }
    return counts, samples


def told(counts: Mapping[str, Any], indent: str = "") -> str:
    """Return counts as lines."""
    lines: list[str] = []
    for name, value in counts.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{name}:", told(value, indent + "  ")]
        else:
            lines.append(f"{indent}{value:>9,}  {name}")
    return "\n".join(line for line in lines if line)


def shown(row: TokenTree, composer: Composer) -> str:
    """Return a sequence as text; each branch on a line of its own."""
    parts: list[str] = []
    for branch, pairs in groupby(zip(row.branches, row.ids, strict=True), key=lambda pair: pair[0]):
        text = str(composer.tokenizer.decode([id_ for _, id_ in pairs]))
        parts.append(f"  {text}" if branch else text)
    return "\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Show what a run learns from.")
    add_data_flags(parser)
    add_flags(parser)
    parser.add_argument("--show", type=int, default=2, help="sequences to print")
    given = parser.parse_args(arguments)
    try:
        config = chosen(given)
        source = gathered(given)
        composer = Composer(bases.tokenizer(given.base))
    except (UnfitData, ValueError, bases.BaseMissing) as error:
        sys.exit(str(error))
    counts, samples = counted(source, composer, config)
    print(told(counts))
    for row in samples[: given.show]:
        print(f"\n{shown(row, composer)}")


if __name__ == "__main__":
    main()
