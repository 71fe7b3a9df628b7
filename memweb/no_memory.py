"""Whether an error says that there is no memory left, whoever raised it."""

from __future__ import annotations

import errno
import re

_SAID = re.compile(
    r"(?:can't|cannot|could not) allocate memory|not enough memory|failed to map segment"
    r"|can't start new thread|std::bad_alloc|CUDA out of memory",
    re.I,
)
SENTENCE = (
    "There is too little memory to go on ({}). Free some, or raise the limit of this process: "
    "`ulimit -v`, or that of its container."
)


def lacks_memory(error: BaseException) -> bool:
    """Tell whether an error says that there is no memory left: Python's own, that of the system,
    torch's (a RuntimeError), that of a thread or of loading a library."""
    no_memory = isinstance(error, OSError) and error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or no_memory or says_no_memory(str(error))


def says_no_memory(text: str) -> bool:
    """Tell whether a line of a log, or the words of an error, say that there is no memory left."""
    return bool(_SAID.search(text))


def sentence(error: BaseException) -> str:
    """Return what to tell the person who started a process."""
    return SENTENCE.format(" ".join(str(error).split()) or type(error).__name__)
