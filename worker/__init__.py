"""The model side: plain Python, without Django or Celery.

Importing it comes before the first import of torch, whoever starts the process, so this is where
the threads of its matrix products are laid down. They are made when torch's OpenMP library loads,
which reads the environment once.
"""

import os

MOST_THREADS = 4  # the encoder is small: more wait for each other longer than they help

# A thread that waits for the others sleeps instead of spinning. Beside other load, two spinning
# threads take many times the processor time of one, and keep it from whoever could use it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("KMP_BLOCKTIME", "0")  # the same for builds of torch with Intel's library
os.environ.setdefault(
    "OMP_NUM_THREADS",
    str(min(MOST_THREADS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)),
)
