"""Which step failed when an answer is wrong, read from rows alone."""

from apps.asking.services.diagnosis.steps import Diagnosis, diagnose

__all__ = ["Diagnosis", "diagnose"]
