"""A relation has sentences that state it, with their names marked."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memory", "0015_name_in_pack")]

    operations = [
        migrations.AddField(
            model_name="relation",
            name="examples",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=300),
                blank=True,
                db_default=[],
                default=list,
                size=None,
            ),
        ),
    ]
