"""An answer keeps how its question was taken: what a pronoun stands for, which days a time means."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("asking", "0003_misreadings")]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="understood",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
