import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What a question takes from earlier turns, and what a person says that it is about."""

    dependencies = [
        ("asking", "0011_misreading_as_read"),
        ("memory", "0018_fill_implications"),
    ]
    operations = [
        migrations.AddField(
            model_name="question",
            name="topic",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="memory.entity",
            ),
        ),
        migrations.AddField(
            model_name="answer",
            name="topic",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
