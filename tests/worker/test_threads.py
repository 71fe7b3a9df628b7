"""How torch's threads wait, whoever starts the process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "OMP_NUM_THREADS", "KMP_BLOCKTIME")


def _openmp(module: str, **chosen: str) -> dict[str, str]:
    """Return what the OMP library of a process that loads a head says of itself."""
    bare = {name: value for name, value in os.environ.items() if name not in NAMES}
    found = subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        env=bare | {"OMP_DISPLAY_ENV": "VERBOSE", "PYTHONPATH": str(ROOT)} | chosen,
        capture_output=True,
        text=True,
        check=True,
    )
    pairs = (line.split("=", 1) for line in found.stderr.splitlines() if "=" in line)
    return {name.split()[-1]: value.strip().strip("'") for name, value in pairs}


# Modules of both that load torch and little else: peft alone takes seconds of a processor.
HEAD, BENCHMARK = "worker.heads.encoder.decode", "worker.benchmarks.machine"


@pytest.mark.slow
def test_it_lets_waiting_threads_sleep():
    said = _openmp(HEAD)
    if "GOMP_SPINCOUNT" not in said:
        pytest.skip("this torch was built with another OpenMP library")
    assert said["OMP_WAIT_POLICY"] == "PASSIVE"
    assert said["GOMP_SPINCOUNT"] == "0"
    assert int(said["OMP_NUM_THREADS"]) == min(4, len(os.sched_getaffinity(0)))


@pytest.mark.slow
def test_it_leaves_what_somebody_chose():
    said = _openmp(BENCHMARK, OMP_NUM_THREADS="1")
    if "GOMP_SPINCOUNT" not in said:
        pytest.skip("this torch was built with another OpenMP library")
    assert (said["OMP_NUM_THREADS"], said["OMP_WAIT_POLICY"]) == ("1", "PASSIVE")
