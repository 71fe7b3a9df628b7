"""Forms that were sent."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from memweb.tables import CreateModels


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ('accounts', '0001_squashed_0011_identities'),
    ]
    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Submission',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('digest', models.CharField(max_length=64)),
                    ('address', models.CharField(max_length=500)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [
                        models.UniqueConstraint(fields=('user', 'digest'), name='common_submission_once'),
                    ],
                },
            ),
        ]),
    ]
