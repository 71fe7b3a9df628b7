"""The commands of docs/causal.md for people with a GPU, on tiny models of those architectures."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.worker import docred
from tests.worker.causal import tiny
from worker.heads.causal import adapters, export
from worker.training.causal import __main__ as training

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "causal.md").read_text(encoding="utf-8")
GUIDE = PAGE.partition("## With a GPU")[2].partition("\n## ")[0]
PLACES = ("London", "Paris", "Vienna", "Oslo", "Rome", "Bern")
BY_TORCH = "torchrun --nproc_per_node 4 -m "
CORPUS = ROOT / "worker" / "training" / "data" / "reading"
# So that it takes a moment: one step, on a few texts.
SHORT = ["--steps", "1", "--apart", "0", "--asked", "3", "--tokens", "600", "--batch", "2"]
PROGRAMS = {"worker.training.causal": training.main, "worker.heads.causal.export": export.main}


def few_texts(folder: Path) -> Path:
    """Write the begin of our own corpus."""
    for kind in ("documents", "statements"):
        (folder / kind).mkdir(parents=True)
        source = min((CORPUS / kind).glob("*.jsonl"))
        lines = source.read_text(encoding="utf-8").splitlines()[:4]
        (folder / kind / source.name).write_text("\n".join(lines), encoding="utf-8")
    shutil.copy(CORPUS / "names.json", folder)
    return folder


def commands() -> list[list[str]]:
    """Return the words of the guide's commands of our own programs, each module first."""
    blocks = re.findall(r"^```\n(.*?)^```", GUIDE, flags=re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    plain = [line.replace(BY_TORCH, "python -m ", 1) for line in lines]
    return [shlex.split(line)[2:] for line in plain if line.startswith("python -m ")]


def test_it_shows_what_several_gpus_need():
    (line,) = [line for line in GUIDE.splitlines() if line.startswith("torchrun")]
    assert line.startswith(BY_TORCH)
    assert shlex.split(line.removeprefix(BY_TORCH)) in commands()


@pytest.mark.parametrize("architecture", ["mistral", "llama", "qwen3"])
def test_each_command_does_what_it_is_shown_for(architecture, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)  # the commands name the schema and our own texts from there
    base = tiny.save(tmp_path / "base", architecture, tied=architecture != "mistral")
    rows = [docred.row(number, place=place) for number, place in enumerate(PLACES)]
    (tmp_path / "documents.json").write_text(json.dumps(rows), encoding="utf-8")
    corpus = few_texts(tmp_path / "corpus")
    given = {"BASE": str(base), "DOCUMENTS": str(tmp_path / "documents.json")}
    done = []
    for module, *words in commands():
        flags = [given.get(word, word) for word in words]
        flags = [str(tmp_path / word) if word.startswith("run/") else word for word in flags]
        if module == "worker.training.causal":
            out = flags[flags.index("--out") + 1]
            if out in done:  # the same run on several GPUs
                continue
            done.append(out)
            flags += [*SHORT, "--corpus", str(corpus), "--questions", str(corpus)]
        PROGRAMS[module](flags)
    assert [Path(out).name for out in done] == ["tokens", "read", "write"]
    for head in ("read", "write"):
        assert adapters.load_head(str(base), head, tmp_path / "run" / head).base.name == str(base)
        assert (tmp_path / "run" / "export" / head / "adapter_model.safetensors").is_file()
    adapters.forget()
    served = shlex.split(capsys.readouterr().out)
    assert served[:3] == ["vllm", "serve", str(tmp_path / "run" / "export" / "base")]
    assert served[served.index("--max-lora-rank") + 1] == "16"
