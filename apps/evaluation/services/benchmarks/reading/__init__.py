"""Uploaded files read row by row: what they hold, and all that is wrong with them at once."""

from apps.evaluation.services.benchmarks.reading.cases import (
    FORMATS,
    MOST_SHOWN,
    Reading,
    read_cases,
    reading_of,
)
from apps.evaluation.services.formats.rows import RowFault, UnreadableFile

__all__ = [
    "FORMATS",
    "MOST_SHOWN",
    "Reading",
    "RowFault",
    "UnreadableFile",
    "read_cases",
    "reading_of",
]
