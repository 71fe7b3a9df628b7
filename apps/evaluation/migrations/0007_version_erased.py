from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0001_squashed_0006_run_exports")]
    operations = [
        migrations.AddField(
            model_name="benchmarkversion",
            name="erased",
            field=models.PositiveIntegerField(default=0),
        )
    ]
