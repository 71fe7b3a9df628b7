"""Collecting static files only when one of them has changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect_if_changed() -> bool:
    """Run collectstatic unless the collected files are those of the sources; tell whether it ran.

    The comparison is by path, size and time of change of every source file.
    """
    root = Path(settings.STATIC_ROOT)
    stamp = root.with_name(root.name + ".stamp")
    current = _fingerprint()
    if root.is_dir() and stamp.exists() and stamp.read_text(encoding="ascii") == current:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(current, encoding="ascii")
    return True


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list(None), key=lambda found: found[0]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
