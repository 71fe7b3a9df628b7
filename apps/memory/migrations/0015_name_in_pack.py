"""A relation that came with a pack keeps the name that the pack gives it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memory", "0014_no_empty_period")]

    operations = [
        migrations.AddField(
            model_name="relation",
            name="name_in_pack",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AddConstraint(
            model_name="relation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("name_in_pack", ""), _negated=True),
                fields=("space", "name_in_pack"),
                name="memory_relation_of_pack_once",
            ),
        ),
    ]
