"""``python -m memweb_client``: the command ``memweb``."""

from memweb_client.command import run

run()
