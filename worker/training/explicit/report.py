"""What an adapter ``explicit`` reaches: ``python -m worker.training.explicit.report --json``.

Questions in wordings that were kept apart, over documents of another writer, are answered with no
reference, with references as text, with all of their tokens as memories of all layers and with a
few of some. An answer is right that the model would give word by word as it stands in the
reference; "I don't know." is an abstention; all else is wrong. The perplexity is that of the right
answer's tokens. Without ``--adapter`` it is the base as it comes.

With ``--parts`` each scheme is asked again with its keys and values in so many bytes a vector,
by codebooks that are learnt from other documents (``--learn``).
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, get_args

import torch

from worker.explicit.encode import DENSE, KEPT, Choice, Memory, Scheme
from worker.explicit.quantise import Codebooks, learnt_from
from worker.heads.causal import base as bases
from worker.heads.causal.tokens import encode
from worker.training.causal import prepare
from worker.training.causal.data import UNKNOWN
from worker.training.causal.folders import REFUSALS, put_rows
from worker.training.causal.publish import published_tensors, read_checkpoint
from worker.training.causal.sequences import TARGET, Composer
from worker.training.explicit.groups import composed, tokens_of
from worker.training.explicit.sheets import Sheet, of_facts, papers, sheets, without
from worker.training.explicit.told import Teller
from worker.training.explicit.trainee import MemoryTrainee


@dataclass(frozen=True)
class Way:
    """How references are given: as ``text``, by a ``scheme`` as memories, or not at all."""

    name: str
    text: bool = False
    scheme: Scheme | None = None
    codebooks: Codebooks | None = None


@dataclass
class Figures:
    """Shares of ``asked`` questions, and the perplexity of the right answers."""

    way: str
    references: int
    asked: int = 0
    right: int = 0
    abstained: int = 0
    tokens: int = 0
    loss: float = 0.0

    def told(self) -> dict[str, object]:
        """Return them as they are printed."""
        asked = max(self.asked, 1)
        return {
            "way": self.way, "references": self.references, "asked": self.asked,
            "right": round(self.right / asked, 3),
            "wrong": round((self.asked - self.right - self.abstained) / asked, 3),
            "abstained": round(self.abstained / asked, 3),
            "perplexity": round(math.exp(self.loss / max(self.tokens, 1)), 2),
        }  # fmt: skip


class Marker:
    """Marks the answers of a model to sheets of questions."""

    def __init__(self, model: MemoryTrainee, composer: Composer) -> None:
        self.model, self.composer = model, composer
        self.unknown = encode(composer.tokenizer, f" {UNKNOWN}")[0]

    @torch.inference_mode()
    def figures(self, way: Way, made: Iterable[Sheet], references: int) -> Figures:
        """Ask all questions of all sheets. With UNKNOWN for an answer, to abstain is right."""
        found = Figures(way.name, references)
        for sheet in made:
            self._ask(way, sheet, found)
        return found

    def _ask(self, way: Way, sheet: Sheet, found: Figures) -> None:
        given = sheet.references if way.text or way.scheme else ()
        group = composed(self.composer, sheet.questions, given, text=way.text)
        self.model.scheme = way.scheme if given else None
        self.model.restored = None if way.codebooks is None else way.codebooks.restored
        batch = self.model.collated([group], self.composer.tokenizer.eos_token_id)
        logits = self.model(batch)
        learnt = [n for n in range(1, len(group)) if group.weights[n] > 0]
        wanted = torch.tensor([group.ids[n] for n in learnt], device=logits.device)
        losses = torch.nn.functional.cross_entropy(logits, wanted, reduction="none")
        chosen = logits.argmax(-1)
        for branch, question in enumerate(sheet.questions, 1):
            at = [n for n, token in enumerate(learnt) if group.branches[token] == branch]
            right = bool((chosen[at] == wanted[at]).all())
            answer = [n for n in at if group.kinds[learnt[n]] == TARGET]
            found.asked += 1
            found.right += right
            found.abstained += not right and int(chosen[at[0]]) == self.unknown
            if question.answer != UNKNOWN:
                found.tokens += len(answer)
                found.loss += float(losses[answer].sum())


def ways(kept: Sequence[int], shares: Sequence[float], choice: Choice) -> list[Way]:
    """Return the ways to be compared: none, text, dense, and a scheme for each pair."""
    made = [
        Way("none"),
        Way("text", text=True),
        Way("memory, all tokens, all layers", scheme=DENSE),
    ]
    for share in shares:
        for tokens in kept:
            name = f"memory, {tokens} tokens, {share:g} of the layers"
            made.append(Way(name, scheme=Scheme(tokens, share, choice)))
    return made


def quantised(way: Way, parts: Sequence[int], learning: Sequence[Memory]) -> Iterator[Way]:
    """Yield a way again by codebooks of so many parts, which are learnt from memories."""
    for count in parts:
        books = learnt_from(learning, count)
        taken = max(books.bytes_of(one) for one in learning)
        name = f"{way.name}, {count} bytes a vector: {taken} bytes"
        yield replace(way, name=name, codebooks=books)


def parser() -> argparse.ArgumentParser:
    """Return the flags of the command."""
    made = argparse.ArgumentParser(description="Measure an adapter that attends to memories.")
    prepare.add_own_material(made, "explicit")
    made.add_argument(
        "--adapter", type=Path, help="checkpoint of a run, or folder of a published one"
    )
    made.add_argument("--rows", type=Path, help="trained rows of the protocol's tokens")
    made.add_argument(
        "--documents", type=Path,
        default=Path("worker/training/data/reading/report/documents.jsonl"),
    )  # fmt: skip
    made.add_argument("--triples", type=Path, help="facts, in place of --documents")
    made.add_argument("--asking", type=Path, help="questions about --triples")
    made.add_argument("--most", type=int, default=0, help="documents; 0 for all")
    made.add_argument("--references", type=int, default=5, help="beside a question")
    made.add_argument("--missing", action="store_true", help="leave the answering one out")
    made.add_argument("--kept", type=int, nargs="*", default=[KEPT], help="tokens")
    made.add_argument("--shares", type=float, nargs="*", default=[0.5], help="of the layers")
    made.add_argument("--choice", choices=get_args(Choice), default="mean", help="of tokens")
    made.add_argument("--parts", type=int, nargs="*", default=[], help="bytes of a coded vector")
    made.add_argument(
        "--learn", type=Path, default=Path("worker/training/data/reading/tune/documents.jsonl"),
        help="documents from which codebooks are learnt",
    )  # fmt: skip
    made.add_argument("--only", nargs="*", help="words that the name of a way has to begin with")
    made.add_argument("--rank", type=int, default=16)
    made.add_argument("--alpha", type=int, default=32)
    made.add_argument("--seed", type=int, default=7)
    made.add_argument("--json", action="store_true", help="one object to standard output")
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    given = parser().parse_args(arguments)
    try:
        rows = [one.told() for one in report(given)]
    except (*REFUSALS, OSError, ValueError) as error:
        sys.exit(str(error))
    if given.json:
        print(json.dumps({"adapter": str(given.adapter or ""), "ways": rows}))


def report(given: argparse.Namespace) -> list[Figures]:
    """Return the figures of each way, and tell them as they come."""
    source = prepare.gathered(given)
    base = bases.load(given.base)
    if given.rows:
        put_rows(base, given.rows)
    composer = Composer(base.tokenizer)
    model = _model(base, given)
    teller = Teller(source, composer)
    drawn = list(_sheets(given, teller, random.Random(given.seed)))
    marker = Marker(model, composer)
    found = []
    for way in _compared(given, teller, model):
        one = marker.figures(way, drawn, given.references)
        print(json.dumps(one.told()), file=sys.stderr, flush=True)
        found.append(one)
    return found


def _model(base: bases.Base, given: argparse.Namespace) -> MemoryTrainee:
    weights: dict[str, Any] = {}
    rank, alpha = given.rank, given.alpha
    if given.adapter and given.adapter.is_dir():
        weights, config = published_tensors(given.adapter)
        rank, alpha = config["r"], config["lora_alpha"]
    elif given.adapter:
        weights = read_checkpoint(given.adapter)[0]["weights"]
    model = MemoryTrainee(base, None, rank=rank, alpha=alpha)
    model.put(weights)
    model.eval()
    return model


def _compared(given: argparse.Namespace, teller: Teller, model: MemoryTrainee) -> Iterator[Way]:
    """Yield the ways that are asked for, each before what codes leave of it."""
    rng = random.Random(given.seed)
    for way in ways(given.kept, given.shares, given.choice):
        if given.only and not any(way.name.startswith(word) for word in given.only):
            continue
        yield way
        if given.parts and way.scheme and way.scheme.kept:
            read = papers(given.learn, teller, rng)
            told = [one for paper in read for one in paper.passages]
            with torch.inference_mode():
                memories = model.encoded(*tokens_of(teller.composer, told), way.scheme)
            yield from quantised(way, given.parts, memories)


def _sheets(given: argparse.Namespace, teller: Teller, rng: random.Random) -> Iterable[Sheet]:
    if given.triples and given.asking:
        made = of_facts(given.triples, given.asking, teller, given.references, rng)
        return islice(made, given.most or None)
    read = papers(given.documents, teller, rng)[: given.most or None]
    return (without if given.missing else sheets)(read, given.references, rng)


if __name__ == "__main__":
    main()
