from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('asking', '0017_why_attended'),
    ]

    operations = [
        migrations.AddField(
            model_name='attendedmemory',
            name='name',
            field=models.CharField(blank=True, db_default='', max_length=64),
        ),
        migrations.AddField(
            model_name='attendedmemory',
            name='sha256',
            field=models.CharField(blank=True, db_default='', max_length=64),
        ),
    ]
