from django.db import migrations, models


class Migration(migrations.Migration):
    """How the question of an answer was read, part by part."""

    dependencies = [("asking", "0008_questions_named_below")]
    operations = [
        migrations.AddField(
            model_name="answer",
            name="reading",
            field=models.JSONField(blank=True, default=dict),
        )
    ]
