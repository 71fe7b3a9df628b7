"""A candidate that ends on the day on which it begins was meant to hold on that day."""

from datetime import timedelta
from typing import Any

from django.db import migrations
from django.db.models import F


def repair(apps: Any, schema_editor: Any) -> None:
    day = timedelta(days=1)
    candidates = apps.get_model("curation", "Candidate").objects
    candidates.filter(valid_from__isnull=False, valid_from=F("valid_to")).update(
        valid_to=F("valid_to") + day
    )
    # What an undo would bring back.
    decisions = apps.get_model("curation", "Decision").objects
    for decision in decisions.filter(
        replaced__valid_from__isnull=False, replaced_valid_to=F("replaced__valid_from")
    ):
        decision.replaced_valid_to += day
        decision.save(update_fields=["replaced_valid_to"])


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0010_extraction_turns"),
        ("memory", "0013_repair_empty_periods"),
    ]

    operations = [migrations.RunPython(repair, migrations.RunPython.noop)]
