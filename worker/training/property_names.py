"""The English names of Wikidata properties that questions ask for, as they are shipped.

    python -m worker.training.property_names --labels properties_en.json \\
        --questions annotated_wd_data_train.txt annotated_wd_data_valid.txt

writes ``data/property_names.json``: the name (Wikidata, CC0) of every property in the files of
SimpleQuestions, so that trained weights can be measured where the labels are not at hand.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

NAMES = Path(__file__).parent / "data" / "property_names.json"
DELETED = {"P738": "influence of"}  # gone from Wikidata; SimpleQuestions still uses it


def property_names() -> dict[str, str]:
    """Return the shipped names by property id."""
    names: dict[str, str] = json.loads(NAMES.read_text(encoding="utf-8"))
    return names


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file. Exits with one sentence on bad input."""
    parser = argparse.ArgumentParser(description="Write the names of the properties in use.")
    parser.add_argument("--labels", type=Path, required=True, help="a JSON object of names by id")
    parser.add_argument("--questions", type=Path, required=True, nargs="+")
    parser.add_argument("--out", type=Path, default=NAMES)
    options = parser.parse_args(arguments)
    labels = json.loads(options.labels.read_text(encoding="utf-8")) | DELETED
    used = {
        "P" + line.split("\t")[1][1:]
        for path in options.questions
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    if missing := sorted(used - set(labels)):
        parser.error(f"{options.labels} has no name for {', '.join(missing)}")
    names = {pid: labels[pid] for pid in sorted(used, key=lambda pid: int(pid[1:]))}
    draft = options.out.with_name(f"{options.out.name}.draft")
    draft.write_text(json.dumps(names, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(options.out)
    print(f"{len(names)} names in {options.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
