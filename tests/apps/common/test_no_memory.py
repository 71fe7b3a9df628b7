"""Errors that say that there is no memory left, and how a command ends that meets one."""

from __future__ import annotations

import errno
import runpy
import sys

import pytest
from django.conf import settings
from django.core import management

from memweb.embedded import postgres_server
from memweb.embedded.layout import layout_for
from memweb.no_memory import lacks_memory


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (RuntimeError("can't start new thread"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 80 bytes"), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."), True),
        (ImportError("libtorch_cpu.so: failed to map segment from shared object"), True),
        (OSError(errno.ENOENT, "No such file"), False),
        (RuntimeError("a memory of somebody"), False),
        (ImportError("No module named 'torch'"), False),
    ],
)
def test_it_knows_what_lacks_memory(error, expected):
    assert lacks_memory(error) is expected


@pytest.fixture
def manage(monkeypatch):
    """Return a function that runs ``manage.py check``, which meets an error."""

    def run(error):
        def meets(arguments):
            raise error

        monkeypatch.setattr(sys, "argv", ["manage.py", "check"])
        monkeypatch.setattr(management, "execute_from_command_line", meets)
        monkeypatch.setattr("signal.signal", lambda *given: None)
        runpy.run_path(str(settings.BASE_DIR / "manage.py"), run_name="__main__")

    return run


def test_a_command_without_memory_ends_with_one_sentence(manage):
    with pytest.raises(SystemExit) as ended:
        manage(RuntimeError("can't start new thread"))
    said = str(ended.value.code)
    assert said.startswith("There is too little memory to go on (can't start new thread).")
    assert "\n" not in said
    with pytest.raises(SystemExit, match=r"\(MemoryError\)"):
        manage(MemoryError())


def test_a_database_without_memory_advises_no_backup(tmp_path):
    layout, log = layout_for(tmp_path / "var"), tmp_path / "postgresql.log"
    line = "[7] FATAL:  could not map anonymous shared memory: Cannot allocate memory"
    said = postgres_server._start_failure(line, layout, log)
    assert "could not map anonymous shared memory" in said
    assert "ulimit -v" in said
    assert "backup" not in said
    assert "backup" in postgres_server._start_failure("[7] FATAL:  broken", layout, log)


def test_another_error_of_a_command_keeps_its_traceback(manage):
    with pytest.raises(RuntimeError, match="else"):
        manage(RuntimeError("something else"))
