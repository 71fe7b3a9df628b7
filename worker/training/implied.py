"""What follows from a text, learned beside what it states.

Annotators of Re-DocRED count what follows; our own corpus counts what is stated, and teaches the
vectors of pairs that a pair without such words has no relation. Over those vectors, as they are
in the end, the relations' vectors are fitted once more to Re-DocRED alone: a linear map, a few
seconds.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence

import torch
from torch import Tensor

from worker.training import examples
from worker.training.redocred import GoldDocument
from worker.training.write_corpus import Corpus
from worker.training.write_model import Trainee, threshold_loss

EPOCHS, TOGETHER, RATE = 12, 8, 2e-3


def fit_implied(model: Trainee, corpus: Corpus) -> dict[str, Tensor]:
    """Return vectors (R, pair) and biases (R,) of all relations, those that Re-DocRED's annotators
    judged fitted to its training documents, and the pair's own threshold (1, pair) and (1,)."""
    model.eval()
    pairs, labels = _pairs(model, corpus, corpus.train)
    with torch.no_grad():
        vectors, bias = (tensor.detach().clone() for tensor in model.relation_vectors())
    judged = corpus.annotated
    own = vectors[judged].requires_grad_(True)
    own_bias = bias[judged].requires_grad_(True)
    threshold = copy.deepcopy(model.extractor.threshold).requires_grad_(True)
    optimiser = torch.optim.AdamW(
        [own, own_bias, *threshold.parameters()], lr=RATE, weight_decay=0.0
    )
    order = list(range(len(pairs)))
    for epoch in range(EPOCHS):
        random.Random(epoch).shuffle(order)
        for at in range(0, len(order), TOGETHER):
            some = order[at : at + TOGETHER]
            x, gold = torch.cat([pairs[i] for i in some]), torch.cat([labels[i] for i in some])
            loss = threshold_loss(x @ own.T + own_bias - threshold(x), gold)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    vectors[judged], bias[judged] = own.detach(), own_bias.detach()
    return {
        "implied.vectors": vectors,
        "implied.bias": bias,
        "implied.threshold.weight": threshold.weight.detach(),
        "implied.threshold.bias": threshold.bias.detach(),
    }


@torch.inference_mode()
def _pairs(
    model: Trainee, corpus: Corpus, documents: Sequence[GoldDocument]
) -> tuple[list[Tensor], list[Tensor]]:
    """Return of each document the vectors of its pairs and the relations that hold of them."""
    vectors, labels = [], []
    for document in documents:
        one = examples.example(document, corpus.properties, corpus.annotated)
        if one is None:
            continue
        states, attention = model.encode([one])
        found = model.extractor.pairs(states[0], attention[0], one.entities)
        vectors.append(found[one.asked].float().clone())
        labels.append(one.labels[one.asked][:, one.candidates])
    return vectors, labels
