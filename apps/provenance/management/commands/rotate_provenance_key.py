"""``manage.py rotate_provenance_key``: go over to another key that signs checkpoints."""

from __future__ import annotations

from typing import Any

from apps.common.commands import ServedCommand
from apps.provenance.keys import KeyFileError
from apps.provenance.services.checkpoints import LogContradicted, checkpoint_all
from apps.provenance.services.signing import current_key, rotate


class Command(ServedCommand):
    """The old key signs what there is, the new one all that follows; the log tells of it."""

    help = "Go over to another key that signs checkpoints: the one in the key file, if it is new."
    refusals = (KeyFileError, LogContradicted)

    def handle(self, *args: Any, **options: Any) -> None:
        if current_key() is not None:
            self._sign_with_the_old_key()
        key = rotate(actor_label="manage.py rotate_provenance_key")
        made = checkpoint_all()
        self.stdout.write(
            f"Checkpoints are signed with the key {bytes(key.public).hex()} from now on"
            f" ({len(made)} signed)."
        )

    def _sign_with_the_old_key(self) -> None:
        try:
            checkpoint_all()
        except KeyFileError as error:  # lost, or replaced by the new one already
            self.stderr.write(f"The old key signs nothing any more. {error}")
