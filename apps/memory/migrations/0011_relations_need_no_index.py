"""Relations are compared one by one: a space has too few of them for an index of vectors."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("memory", "0010_fill_relation_meaning"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="relation",
            name="memory_relation_hnsw",
        ),
    ]
