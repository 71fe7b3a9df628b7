#!/usr/bin/env python3
"""Run a command of memweb, with its embedded servers where no others are named."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

# These need no database, or look after the servers themselves.
SERVERLESS = {
    "up",
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
}
SERVERLESS |= {"makemessages", "startapp", "startproject", "test", "version", "verify_provenance"}
SERVERLESS |= {"evaluate", "health"}


def _end(signum: int, frame: FrameType | None) -> NoReturn:
    """Leave in an orderly way, so that servers which this process started are stopped."""
    sys.exit(128 + signum)


def _start_servers(arguments: Sequence[str]) -> None:
    """Start the embedded servers for a command that is run on its own.

    For memweb's own commands the database is brought up to date too. Raises EmbeddedError or
    ImproperlyConfigured.
    """
    command = arguments[0] if arguments else "help"
    if command in SERVERLESS or command.startswith("-") or {"--help", "-h"} & {*arguments}:
        return
    import django
    from django.core.management import get_commands

    from memweb.serving import servers

    django.setup()
    servers.start()
    # Django's commands, of which migrate is extended, do what they are told and no more.
    if command != "migrate" and get_commands().get(command, "").startswith("apps."):
        servers.migrate()


def main() -> None:
    """Run the command; without memory for it, end with one sentence instead of a traceback."""
    from memweb import no_memory

    try:
        _main()
    except Exception as error:
        if not no_memory.lacks_memory(error):
            raise
        sys.exit(no_memory.sentence(error))


def _main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memweb.settings")
    try:
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line

        from apps.common.requests import during
        from memweb.embedded import EmbeddedError
    except ImportError as error:
        if "failed to map segment" in str(error):  # a library for which there is no memory
            raise
        sys.exit(f"memweb is not installed ({error}); run `make install` and use .venv/bin/python.")
    signal.signal(signal.SIGTERM, _end)
    try:
        _ = settings.VAR_DIR  # reads all settings, and makes the folder and its key
    except OSError as error:
        place = error.filename or os.environ.get("MEMWEB_VAR", "var")
        sys.exit(f"memweb cannot use {place}: {error.strerror}.")
    except (EmbeddedError, ImproperlyConfigured) as error:
        sys.exit(str(error))
    try:
        with during(f"command:{sys.argv[1] if len(sys.argv) > 1 else 'help'}"):
            _start_servers(sys.argv[1:])
            execute_from_command_line(sys.argv)
    except (EmbeddedError, ImproperlyConfigured) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
