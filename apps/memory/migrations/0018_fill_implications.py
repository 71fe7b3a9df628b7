"""Give the standard relations that spaces have already what the shipped ones imply."""

import json
from pathlib import Path

from django.db import migrations

STANDARD = Path(__file__).resolve().parent.parent / "data" / "relations.json"
FIELDS = ("implies", "implies_back")


def fill(apps, schema_editor):
    rows = apps.get_model("memory", "Relation").objects
    if not rows.exists():  # a new database needs no file that later versions may move
        return
    for item in json.loads(STANDARD.read_text(encoding="utf-8")):
        meaning = {name: item[name] for name in FIELDS if name in item}
        if meaning:
            rows.filter(wikidata_property=item["wikidata_property"]).update(**meaning)


class Migration(migrations.Migration):
    dependencies = [("memory", "0017_implications")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
