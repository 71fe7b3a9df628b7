from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    """Since when a subject's references have their form is the time of the last move."""

    dependencies = [
        ('explicit', '0006_adapting'),
    ]

    operations = [
        # Backwards the column takes the time of the migration, as a new row would its own.
        migrations.AlterField(
            model_name='explicitplace',
            name='since',
            field=models.DateTimeField(default=timezone.now),
        ),
        migrations.RemoveField(
            model_name='explicitplace',
            name='since',
        ),
    ]
