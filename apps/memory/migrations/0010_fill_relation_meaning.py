"""Give the relations that spaces have already what the shipped ones say of times and order.

Until now the code knew this by the Wikidata property and, of the relations about time and order
that have none, by the name.
"""

import json
from pathlib import Path

from django.db import migrations

STANDARD = Path(__file__).resolve().parent.parent / "data" / "relations.json"
FIELDS = ("lasts", "cue_words", "role")


def fill(apps, schema_editor):
    rows = apps.get_model("memory", "Relation").objects
    if not rows.exists():  # a new database needs no file that later versions may move
        return
    for item in json.loads(STANDARD.read_text(encoding="utf-8")):
        meaning = {name: item[name] for name in FIELDS}
        rows.filter(wikidata_property=item["wikidata_property"]).update(**meaning)
        if item["role"]:
            named = rows.filter(wikidata_property="", normalised=item["name"])
            named.update(role=item["role"])


class Migration(migrations.Migration):
    dependencies = [("memory", "0009_relation_meaning")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
