"""Answers of the API that are kept for a call that is sent again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from memweb.tables import CreateModels


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ('api', '0001_initial'),
        ('api', '0002_kept_for_spaces'),
    ]
    dependencies = [
        ('accounts', '0001_squashed_0011_identities'),
    ]
    operations = [
        CreateModels([
            migrations.CreateModel(
                name='KeptAnswer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=200)),
                    ('asked', models.CharField(max_length=64)),
                    ('status', models.PositiveSmallIntegerField(default=0)),
                    ('body', models.JSONField(null=True)),
                    ('headers', models.JSONField(default=dict)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('space', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.space')),
                ],
                options={
                    'indexes': [
                        models.Index(fields=['user', 'created_at'], name='api_keptanswer_by_age'),
                    ],
                    'constraints': [
                        models.UniqueConstraint(fields=('user', 'key'), name='api_keptanswer_once'),
                    ],
                },
            ),
        ]),
    ]
