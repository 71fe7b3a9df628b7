"""Importing the bundle of a whole space into an empty one."""

from apps.provenance.services.imports.spaces import Imported, ImportRefused, space_import

__all__ = ["ImportRefused", "Imported", "space_import"]
