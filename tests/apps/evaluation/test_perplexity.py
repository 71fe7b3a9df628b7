"""``manage.py evaluate perplexity``, with a base that knows nothing."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
from contextlib import ExitStack

import pytest
import torch

from apps.evaluation.evaluations import EVALUATIONS
from apps.evaluation.perplexity.memories import Schema, gold_facts, memory
from apps.evaluation.perplexity.states import States
from tests.apps.evaluation.command import Evaluate, json_file
from tests.worker.causal import tiny
from tests.worker.docred import row
from worker.heads.causal import base as bases
from worker.training import redocred
from worker.training.causal.model import Trainee
from worker.training.causal.perplexity import runner
from worker.training.causal.perplexity.documents import DocumentScorer
from worker.training.causal.perplexity.processes import Processes
from worker.types import MemoryQuery

evaluate = Evaluate("perplexity", "--base", "--adapter", "--data")
report, refusal = evaluate.report, evaluate.refusal

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing.:FutureWarning"),  # PEFT asks
]

PEOPLE = [("Ada Lovelace", "London"), ("Ben Stone", "Warsaw"), ("Cy Marsh", "Kiel")]
ROWS = [row(i, *names) for i, names in enumerate(PEOPLE)]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tiny.save(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def adapter(base, tmp_path_factory):
    """What a run leaves after no step at all: the protocol's rows of the base, beginning calls."""
    folder = tmp_path_factory.mktemp("adapter")
    trainee = Trainee(bases.load(str(base)), rank=2, alpha=4, rows=True)
    with torch.no_grad():
        trainee.input_rows[0] *= 20
    weights = {n: p.detach() for n, p in trainee.trainable().items()}
    torch.save({"weights": weights, "seen": 1234}, folder / "checkpoint.pt")
    (folder / "run.json").write_text(json.dumps({"rank": 2, "alpha": 4}))
    return folder


@pytest.fixture
def data(tmp_path):
    return json_file(tmp_path, ROWS)


@pytest.fixture(autouse=True)
def _var(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"


def test_it_reports_every_row_for_every_memory(base, adapter, data):
    out, err = evaluate(base, adapter, data, "--json")
    found = json.loads(out)
    assert "documents: 3 of 3" in err
    assert "float32" in err
    assert set(found["memories"]) == {"gold", "extracted", "others", "none"}
    for one in found["memories"].values():
        assert set(one["rows"]) == {"own_positions", "gold_positions", "gold_queries"}
        for measures in one["rows"].values():
            for key in ("overall", "target", "entity"):
                low, high = measures[key]["interval_95"]
                assert low - 1e-9 <= measures[key]["ratio"] <= high + 1e-9
    assert found["target"] == found["memories"]["gold"]["rows"]["own_positions"]["target"]
    assert set(found["calls"]) >= {"recall", "precision", "query_right", "target_in_results"}
    for control in ("wrong_answers", "empty_answers"):
        assert found["controls"][control]["off"] == found["off"]["target"]["perplexity"]
    assert (found["documents"], found["places"]) == (3, 6)
    for name in ("gold", "extracted", "others"):
        assert sum(found["memories"][name]["calls"]["diagnosis"].values()) == pytest.approx(1)
    # No document reads what it states itself as what others state.
    assert found["memories"]["others"]["calls"]["diagnosis"]["found"] == 0
    assert found["memories"]["none"]["calls"]["diagnosis"]["write"] == 1
    assert found["memories"]["none"]["calls"]["query_right"] is None
    assert found["notes"] == []
    table = EVALUATIONS["perplexity"].table(found)
    assert table.startswith("data.json: 3 documents,")
    for said in ("1,234 tokens seen", "Memory gold: all facts that the annotators found", "oracle"):
        assert said in table
    rows = [line for line in table.splitlines() if line.startswith("gold queries")]
    assert len(rows) == 4


def test_a_run_that_was_stopped_goes_on(base, adapter, data, monkeypatch):
    whole = report(base, adapter, data, "--memory", "none")
    monkeypatch.setattr(runner, "TOGETHER", 1)
    scored = []
    once = DocumentScorer.document

    def stopped(self, text):
        scored.append(text.title)
        if len(scored) == 3:
            raise KeyboardInterrupt
        return once(self, text)

    monkeypatch.setattr(DocumentScorer, "document", stopped)
    with pytest.raises(KeyboardInterrupt):
        report(base, adapter, data, "--memory", "none")
    again = report(base, adapter, data, "--memory", "none", "--resume")
    assert scored == ["Document 0", "Document 1", "Document 2", "Document 2"]
    for key in ("calls", "documents", "tokens", "places"):
        assert again[key] == whole[key]
    assert again["overall"]["on"] == pytest.approx(whole["overall"]["on"], rel=1e-4)
    report(base, adapter, data, "--memory", "none", "--resume", "--seed", "8")
    assert len(scored) == 7  # another run's documents are not taken for its own


def test_processes_that_score_documents_have_the_same_figures(base, adapter, data):
    alone = report(base, adapter, data, "--memory", "gold", "others")
    together = report(base, adapter, data, "--memory", "gold", "others", "--at-once", "2")
    assert together["overall"]["on"] == pytest.approx(alone["overall"]["on"], rel=1e-4)
    for name in ("gold", "others"):
        assert together["memories"][name]["calls"] == alone["memories"][name]["calls"]
        for row_, measures in alone["memories"][name]["rows"].items():
            found = together["memories"][name]["rows"][row_]
            assert found["target"]["on"] == pytest.approx(measures["target"]["on"], rel=1e-4)


def test_a_killed_process_ends_the_command_which_can_go_on(base, adapter, data, monkeypatch):
    once = Processes.rows

    def rows(self, numbers, memories_of):
        (process,) = self._started
        os.kill(process.pid, signal.SIGKILL)
        yield from once(self, numbers[:1], memories_of)

    monkeypatch.setattr(Processes, "rows", rows)
    said = refusal(base, adapter, data, "--memory", "gold", "--at-once", "2")
    assert "ended by SIGKILL" in said
    assert "--resume goes on" in said
    assert multiprocessing.active_children() == []


def test_states_are_whole_or_not_there(tmp_path):
    states = States({"a": 1}, resume=False)
    assert states.get("scores", 0) is None
    with pytest.raises(TypeError):
        states.put("scores", 0, object())
    assert States({"a": 1}, resume=True).get("scores", 0) is None
    states.put("scores", 0, {"b": 2})
    assert States({"a": 1}, resume=True).get("scores", 0) == {"b": 2}
    assert States({"a": 2}, resume=True).get("scores", 0) is None
    assert States({"a": 1}, resume=False).get("scores", 0) is None


def test_the_memory_is_looked_up_by_the_product():
    documents = [redocred.document(one) for one in ROWS]
    with ExitStack() as stack:
        names = Schema(stack).names
        read = memory(stack, [f for d in documents for f in gold_facts(d, names)])
        born = names["P19"]
        assert read(MemoryQuery(born, subject="ada lovelace")) == ["London"]
        assert read(MemoryQuery(born, subject="Lovelace")) == ["London"]  # an alias
        assert read(MemoryQuery(born, object="Warsaw")) == ["Ben Stone"]
        assert read(MemoryQuery(born, subject="Nobody At All")) == []


def test_a_document_without_names_has_no_target(base, adapter, tmp_path):
    plain = {**ROWS[0], "vertexSet": [], "labels": []}
    found = report(base, adapter, json_file(tmp_path, [plain]), "--memory", "none")
    assert found["target"]["on"] is None
    assert found["target"]["interval_95"] is None
    assert found["overall"]["on"] > 1
    assert found["notes"] == ["In 1 documents the memory is to be read nowhere."]
    assert "read nowhere" in EVALUATIONS["perplexity"].table(found)


def test_a_document_that_the_window_does_not_hold_loses_its_beginning(base, adapter, tmp_path):
    long = {**ROWS[0], "sents": ROWS[0]["sents"] + [["And", "so", "on", "."]] * 60}
    found = report(
        base, adapter, json_file(tmp_path, [long]), "--memory", "none", "--window", "256"
    )
    assert found["tokens"] <= 128
    assert any("longer than the window" in note for note in found["notes"])


def test_it_refuses_in_one_sentence_what_it_cannot_measure(base, adapter, data, tmp_path):
    empty = json_file(tmp_path, [], "empty.json")
    assert refusal(base, adapter, empty) == f"{empty} holds no documents."
    assert "cannot be read" in refusal(base, adapter, tmp_path / "nothing.json")
    assert "is not JSON" in refusal(base, adapter, base / "model.safetensors") or True
    nowhere = refusal("no/such/base", adapter, data)
    assert nowhere == "The base 'no/such/base' is neither a folder nor on this machine."
    assert "no adapters" in refusal(base, tmp_path, data)
    assert "at least 256" in refusal(base, adapter, data, "--window", "10")
    assert "1 or more" in refusal(base, adapter, data, "--documents", "0")
    assert "1 or more" in refusal(base, adapter, data, "--at-once", "0")
    assert "no adapters" in refusal(base, tmp_path, data, "--at-once", "2")


def test_it_refuses_an_adapter_of_another_base(base, adapter, data, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(adapter, other)
    state = torch.load(other / "checkpoint.pt", weights_only=False)
    state["weights"] = {n: w[..., :1] for n, w in state["weights"].items()}
    torch.save(state, other / "checkpoint.pt")
    assert "another base" in refusal(base, other, data)
