"""A fact that ends on the day on which it begins holds on no day: such periods get a meaning.

A superseded one was corrected from its first day on and has no end; any other one was meant to
hold on that day. Each repair is an event.
"""

from datetime import timedelta
from typing import Any

from django.db import migrations
from django.db.models import F


def repair(apps: Any, schema_editor: Any) -> None:
    triples = apps.get_model("memory", "Triple").objects
    events = apps.get_model("audit", "Event").objects
    for triple in triples.filter(valid_from__isnull=False, valid_from=F("valid_to")).order_by("pk"):
        was = triple.valid_to
        is_past = triple.status == "superseded"
        triple.valid_to = None if is_past else was + timedelta(days=1)
        triple.save(update_fields=["valid_to"])
        events.create(
            space_id=triple.space_id,
            actor_label="migration",
            action="triple.repaired",
            subject_type="memory.triple",
            subject_id=triple.pk,
            payload={
                "valid_from": triple.valid_from.isoformat(),
                "valid_to": [
                    was.isoformat(),
                    triple.valid_to.isoformat() if triple.valid_to else None,
                ],
            },
        )


class Migration(migrations.Migration):
    dependencies = [
        ("memory", "0012_entity_merges"),
        ("audit", "0002_append_only"),
    ]

    operations = [migrations.RunPython(repair, migrations.RunPython.noop)]
