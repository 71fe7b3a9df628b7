"""Give the relations that spaces have already what the shipped ones say of times and order.

Until now the code knew this by the Wikidata property and, of the relations about time and order
that have none, by the name.
"""

import json
from pathlib import Path

from django.db import migrations

STANDARD = Path(__file__).resolve().parent.parent / "data" / "relations.json"
FIELDS = ("lasts", "cue_words")
# That there are by now; the file has later ones too, which 0022 fills in.
ROLES = (
    "starts", "ends", "happens", "dates", "replaces", "replaced_by", "follows", "followed_by"
)  # fmt: skip


def fill(apps, schema_editor):
    rows = apps.get_model("memory", "Relation").objects
    if not rows.exists():  # a new database needs no file that later versions may move
        return
    for item in json.loads(STANDARD.read_text(encoding="utf-8")):
        meaning = {name: item[name] for name in FIELDS}
        meaning["role"] = item["role"] if item["role"] in ROLES else ""
        rows.filter(wikidata_property=item["wikidata_property"]).update(**meaning)
        if meaning["role"]:
            named = rows.filter(wikidata_property="", normalised=item["name"])
            named.update(role=meaning["role"])


class Migration(migrations.Migration):
    dependencies = [("memory", "0009_relation_meaning")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
