"""Give the relations of packs that spaces have already what the shipped ones imply."""

import json
from pathlib import Path

from django.db import migrations

PACKS = Path(__file__).resolve().parent.parent / "data" / "packs.json"
FIELDS = ("implies", "implies_back")


def fill(apps, schema_editor):
    rows = apps.get_model("memory", "Relation").objects.exclude(name_in_pack="")
    if not rows.exists():  # a new database needs no file that later versions may move
        return
    for pack in json.loads(PACKS.read_text(encoding="utf-8")):
        for item in pack["relations"]:
            meaning = {name: item[name] for name in FIELDS if name in item}
            # What an owner has written since stays.
            plain = rows.filter(name_in_pack=item["name"], implies=[], implies_back=[])
            if meaning:
                plain.update(**meaning)


class Migration(migrations.Migration):
    dependencies = [("memory", "0018_fill_implications")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
