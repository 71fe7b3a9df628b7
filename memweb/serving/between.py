"""Databases that stand between two migrations which this version knows only by name.

Squashed migrations say which ones they replace. A database to which all of these were applied is
that of the squashed ones, and one to which none was applied is made by them. To get from between to
the end takes the version that still has them.
"""

from __future__ import annotations

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from memweb.embedded import EmbeddedError

LAST_WITH_ALL = "c062a008"  # the commit
REFUSED = (
    "This database was made by an older version and never brought to that version's end (of"
    " {all} migrations that are replaced here, {missing} are missing, the first of them {first}):"
    " run `manage.py migrate` of commit {commit} on it once, and then this version"
    " (docs/operations.md, Upgrading)."
)


def refuse_if_between() -> None:
    """Raise EmbeddedError where some of the replaced migrations were applied, others not, and the
    squashed ones did not do it. Changes nothing."""
    applied = {*MigrationRecorder(connection).applied_migrations()}
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    # A squashed migration that is applied here records those that it replaces as well.
    old = {name for one in loader.disk_migrations.values() for name in one.replaces}
    by_squashed = {
        name
        for key, one in loader.disk_migrations.items()
        if key in applied
        for name in one.replaces
    }
    missing = sorted(old - applied)
    if missing and (old & applied) - by_squashed:
        raise EmbeddedError(
            REFUSED.format(
                all=len(old),
                missing=len(missing),
                first=".".join(missing[0]),
                commit=LAST_WITH_ALL,
            )
        )
