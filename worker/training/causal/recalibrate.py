"""Turn the scores of a causal write head into the shares that are right.

    python -m worker.training.causal.recalibrate --data FILE ... --adapter FOLDER

Files are those that ``evaluate statements`` and ``evaluate documents`` write with ``--scores``,
made with this head as it is. What a head says of a proposal is the chance that it gave to its own
words; a line over the log odds of these (Platt 1999) is kept in the adapter's manifest, and the
head reads it when it is loaded. The order of proposals stays.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worker.heads.causal.adapters import (
    MANIFEST,
    AdapterMissing,
    DamagedAdapter,
    file_hash,
    read_manifest,
)
from worker.heads.causal.calibration import KEY, Calibration
from worker.training.metrics import calibration_error
from worker.training.recalibrate import Scored, read
from worker.training.write_publish import platt, write_json

HEAD = "write"


def fitted(scored: Sequence[Scored]) -> Calibration:
    """Return what makes shares of scores. Raises ValueError unless some are right, some are wrong,
    and the right ones score higher."""
    right = sum(one for _, one in scored)
    if not 0 < right < len(scored):
        raise ValueError("no line fits where all proposals are right, or none.")
    scale, offset = platt([(score, one, "") for score, one in scored])
    if scale <= 0:
        raise ValueError("what is right does not score higher than what is wrong.")
    return Calibration(scale, offset)


def calibrate(manifest: dict[str, Any], files: Sequence[Path]) -> tuple[float, float]:
    """Put the calibration by some files into a manifest; return the calibration error on these
    files before and after.

    Scores of an adapter that is calibrated already are moved further. Raises OSError, and
    ValueError for files that do not fit, among them those that were used before: their scores are
    those of the head as it was.
    """
    hashes = [file_hash(path) for path in files]
    kept = manifest.get(KEY, {})
    if {one["sha256"] for one in kept.get("data", [])} & set(hashes):
        raise ValueError("the head was calibrated by these proposals already.")
    scored = [one for path in files for one in read(path.read_text("utf-8").splitlines())]
    made = fitted(scored)
    before = calibration_error([(score, right, "") for score, right in scored])
    after = calibration_error([(made(score), right, "") for score, right in scored])
    data = [{"file": path.name, "sha256": one} for path, one in zip(files, hashes, strict=True)]
    whole = made.after(Calibration.of(manifest))
    manifest[KEY] = {
        "scale": whole.scale,
        "offset": whole.offset,
        "proposals": len(scored),
        "data": [*kept.get("data", []), *data],
    }
    return before, after


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrate an adapter; return 0, or 2 for files that cannot be used."""
    parser = argparse.ArgumentParser(description="Calibrate the scores of a causal write head.")
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--adapter", type=Path, required=True, metavar="FOLDER")
    options = parser.parse_args(arguments)
    try:
        manifest = read_manifest(options.adapter, HEAD)
        before, after = calibrate(manifest, options.data)
        write_json(options.adapter / HEAD / MANIFEST, manifest)
    except (OSError, ValueError, AdapterMissing, DamagedAdapter) as error:
        print(f"Not calibrated: {error}", file=sys.stderr)
        return 2
    print(
        f"{manifest[KEY]['proposals']} proposals; calibration error {before:.3f} before, "
        f"{after:.3f} after"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
