"""The command ``memweb``."""

from memweb_client.command.main import main, run

__all__ = ["main", "run"]
