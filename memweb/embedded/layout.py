"""Where the embedded servers keep their data, sockets and logs.

Two things decide. PostgreSQL refuses to run as root, so under root it runs as ``pgserver``, who
must be able to enter the folder; and a unix socket's path may not be longer than 107 bytes.
Where the checkout does not allow either, a folder named after a hash of ``var``'s path is used.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from memweb.embedded.errors import EmbeddedError

OS_USER = "pgserver"
SOCKET_NAME = ".s.PGSQL.5432"
# Linux allows 107 bytes and macOS 103.
SOCKET_PATH_BYTES = 103
RECORD = "embedded.json"


@dataclass(frozen=True)
class Layout:
    """The folders of one pair of embedded servers."""

    var: Path
    postgres: Path  # PostgreSQL's data
    redis: Path
    sockets: Path
    logs: Path
    outside: Path  # used for what cannot lie under var
    as_root: bool

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"


def others_may_enter(folder: Path) -> bool:
    """Tell whether users other than the owner can walk down to ``folder``."""
    return all(
        path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents) if path.exists()
    )


def layout_for(var: Path) -> Layout:
    """Return the folders for ``var``, reading the record of an earlier start; changes nothing."""
    var = var.resolve()
    as_root = os.geteuid() == 0
    digest = hashlib.sha256(os.fsencode(var)).hexdigest()[:10]
    outside = (
        Path(f"/var/lib/memweb-{digest}")
        if as_root
        else Path(f"/tmp/memweb-{os.geteuid()}-{digest}")  # noqa: S108 made 0700, owner checked
    )
    inside = others_may_enter(var.parent) if as_root else True
    recorded = _recorded_data(var)
    postgres = recorded or (var / "postgres" if inside else outside / "postgres")
    inside = inside and postgres.is_relative_to(var)
    short = len(os.fsencode(var / "run" / SOCKET_NAME)) <= SOCKET_PATH_BYTES
    return Layout(
        var=var,
        postgres=postgres,
        redis=var / "redis",
        sockets=var / "run" if inside and short else outside / "run",
        logs=var / "log",
        outside=outside,
        as_root=as_root,
    )


def _recorded_data(var: Path) -> Path | None:
    try:
        value = json.loads((var / RECORD).read_text(encoding="utf-8"))["postgres"]
        return var / str(value)  # an absolute path replaces var
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmbeddedError(
            f"{var / RECORD} cannot be read ({error}); it says where the database lies, so repair "
            'it, for example to {"postgres": "postgres"}.'
        ) from None


def prepare(layout: Layout) -> None:
    """Make the folders with the permissions they need and record where the data lies.

    Raises EmbeddedError when a folder belongs to somebody else, OSError when one cannot be made.
    """
    layout.var.mkdir(parents=True, exist_ok=True)
    if layout.var.stat().st_uid != os.geteuid() and not os.access(layout.var, os.W_OK):
        raise EmbeddedError(
            f"{layout.var} belongs to another user; start memweb as that user, or set MEMWEB_VAR "
            "to a folder of your own."
        )
    if layout.as_root and layout.postgres.is_relative_to(layout.var):
        layout.var.chmod(stat.S_IMODE(layout.var.stat().st_mode) | stat.S_IXOTH | stat.S_IXGRP)
    for folder in (layout.logs, layout.redis):
        folder.mkdir(mode=0o700, exist_ok=True)
    if layout.sockets.is_relative_to(layout.outside):
        _make_outside(layout)
    record = layout.var / RECORD
    if not record.exists():
        _set_aside_orphan(layout)
        _write_record(record, layout)
    _own(layout.sockets, layout)


def _make_outside(layout: Layout) -> None:
    with contextlib.suppress(FileExistsError):
        layout.outside.mkdir(mode=0o755 if layout.as_root else 0o700)
    status = layout.outside.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise EmbeddedError(
            f"{layout.outside} belongs to another user; remove it, or move the checkout to a "
            "shorter path."
        )
    layout.outside.chmod(0o755 if layout.as_root else 0o700)


def _set_aside_orphan(layout: Layout) -> None:
    """Rename data that a removed checkout at the same path left outside of it."""
    if layout.postgres.is_relative_to(layout.outside) and layout.postgres.exists():
        layout.postgres.rename(layout.postgres.with_name(f"postgres.old-{time.time_ns()}"))


def _write_record(record: Path, layout: Layout) -> None:
    data = layout.postgres
    value = str(data.relative_to(layout.var) if data.is_relative_to(layout.var) else data)
    temporary = record.with_suffix(".new")
    temporary.write_text(json.dumps({"postgres": value}) + "\n", encoding="utf-8")
    temporary.replace(record)


def _own(folder: Path, layout: Layout) -> None:
    """Make ``folder`` for PostgreSQL's user alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    if layout.as_root:
        os.chown(folder, *os_user_ids())


def os_user_ids() -> tuple[int, int]:
    """Return user and group id of the user that PostgreSQL runs as under root, made if absent."""
    import pwd

    with contextlib.suppress(KeyError):
        entry = pwd.getpwnam(OS_USER)
        return entry.pw_uid, entry.pw_gid
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", OS_USER]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        entry = pwd.getpwnam(OS_USER)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        detail = (getattr(error, "stderr", "") or str(error)).strip()
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and the user {OS_USER} could not be made ({detail})"
            "; start memweb as an ordinary user, or make that user yourself."
        ) from None
    return entry.pw_uid, entry.pw_gid
