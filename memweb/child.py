"""What a process that another one starts has to do before it can load anything of ours."""

from __future__ import annotations


def set_up() -> None:
    """Load Django, as ``manage.py`` does."""
    import django

    django.setup()
