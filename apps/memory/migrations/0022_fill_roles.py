"""Give the relations that spaces have already the roles of the shipped ones about coming into being
and ceasing, places and family.

Until now the code knew this by the Wikidata property.
"""

import json
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).resolve().parent.parent / "data"
NEW = (
    "inception", "dissolution", "within", "country", "continent", "from", "citizenship", "origin",
    "father", "mother", "parent", "child", "spouse", "sibling",
)  # fmt: skip


def fill(apps, schema_editor):
    rows = apps.get_model("memory", "Relation").objects
    if not rows.exists():  # a new database needs no file that later versions may move
        return
    for item in _items():
        if item["role"] not in NEW:
            continue
        key = {"wikidata_property": item["wikidata_property"]} if "wikidata_property" in item else {
            "wikidata_property": "", "name_in_pack": item["name"]
        }  # fmt: skip
        for row in rows.filter(role="", **key).defer("embedding"):  # an owner's choice stays
            _give(apps, row, item["role"])


def _items():
    standard = json.loads((DATA / "relations.json").read_text(encoding="utf-8"))
    packs = json.loads((DATA / "packs.json").read_text(encoding="utf-8"))
    return standard + [item for pack in packs for item in pack["relations"]]


def clear(apps, schema_editor):
    for row in apps.get_model("memory", "Relation").objects.filter(role__in=NEW).defer("embedding"):
        _give(apps, row, "")


def _give(apps, row, role):
    apps.get_model("memory", "Relation").objects.filter(pk=row.pk).update(role=role)
    apps.get_model("audit", "Event").objects.create(
        space_id=row.space_id, actor_label="memweb", action="relation.changed",
        subject_type="memory.relation", subject_id=row.pk,
        payload={"changed": {"role": [row.role, role]}},
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("memory", "0021_more_roles"), ("audit", "0004_keep_changes")]
    operations = [migrations.RunPython(fill, clear)]
