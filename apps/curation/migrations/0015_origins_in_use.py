from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('curation', '0014_approved_wording'),
    ]

    operations = [
        migrations.AlterField(
            model_name='candidate',
            name='origin',
            field=models.CharField(choices=[('head', 'Write head'), ('import', 'Import'), ('correction', 'Correction of an answer'), ('gap', 'Gap found by a question')], max_length=10),
        ),
    ]
