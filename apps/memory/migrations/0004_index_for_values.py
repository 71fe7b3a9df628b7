"""Values of times become EDTF, and are found by an index."""

import calendar

import django.contrib.postgres.indexes
from django.db import migrations, models


def _edtf(value, name):
    """Return {"year": 1867, "month": 11} as worker.literals writes it since."""
    year, month, day = (value.get(part) for part in ("year", "month", "day"))
    first = (year, month or 1, day or 1)
    last_month = month or 12
    last = (year, last_month, day or calendar.monthrange(year, last_month)[1])
    edtf = f"{year:04}" + "".join(f"-{part:02}" for part in (month, day) if part)
    return {
        "edtf": edtf,
        "from": "{:04}-{:02}-{:02}".format(*first),
        "to": "{:04}-{:02}-{:02}".format(*last),
        "precision": "day" if day else "month" if month else "year",
        "text": name,
    }


def to_edtf(apps, schema_editor):
    Entity = apps.get_model("memory", "Entity")
    for entity in Entity.objects.filter(value__has_key="year").only("value", "name").iterator():
        Entity.objects.filter(pk=entity.pk).update(value=_edtf(entity.value, entity.name))


def to_parts(apps, schema_editor):
    """Times that the parts cannot say, and quantities, lose their value."""
    Entity = apps.get_model("memory", "Entity")
    for entity in Entity.objects.filter(value__isnull=False).only("value").iterator():
        value = None
        if entity.value.get("precision") in ("year", "month", "day"):
            numbers = entity.value["edtf"].split("-")
            if all(number.isdecimal() for number in numbers):
                value = dict(zip(("year", "month", "day"), map(int, numbers)))
        Entity.objects.filter(pk=entity.pk).update(value=value)


class Migration(migrations.Migration):

    dependencies = [
        ('memory', '0003_indexes_for_search_and_embedding'),
    ]

    operations = [
        migrations.RunPython(to_edtf, to_parts),
        migrations.AddIndex(
            model_name='entity',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('value__isnull', False)), fields=['value'], name='memory_entity_value', opclasses=['jsonb_path_ops']),
        ),
    ]
