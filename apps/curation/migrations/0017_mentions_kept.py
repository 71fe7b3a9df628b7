"""What a write head found to be a mention is kept with the passage."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("curation", "0016_disputes")]

    operations = [
        migrations.AddField(
            model_name="passageextraction",
            name="mentions",
            field=models.JSONField(null=True),
        ),
    ]
