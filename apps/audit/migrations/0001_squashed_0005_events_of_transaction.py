"""The event log and the changes of rows, to which the database lets nobody do more than add."""

import django.contrib.postgres.functions
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from apps.audit.migrations import _keep_changes
from memweb.tables import CreateModels


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ('audit', '0001_initial'),
        ('audit', '0002_append_only'),
        ('audit', '0003_row_changes'),
        ('audit', '0004_keep_changes'),
        ('audit', '0005_events_of_transaction'),
    ]
    dependencies = [
        ('accounts', '0001_squashed_0011_identities'),
    ]
    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Event',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('actor_label', models.CharField(max_length=200)),
                    ('action', models.CharField(max_length=60)),
                    ('subject_type', models.CharField(max_length=40)),
                    ('subject_id', models.BigIntegerField(null=True)),
                    ('payload', models.JSONField(default=dict)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to=settings.AUTH_USER_MODEL)),
                    ('space', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='accounts.space')),
                    ('erased', models.BinaryField(null=True)),
                    ('request', models.CharField(blank=True, db_default='', default='', max_length=80)),
                    ('salt', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, null=True)),
                    ('transaction', models.BigIntegerField(editable=False, null=True)),
                ],
                options={
                    'ordering': ['-pk'],
                    'indexes': [
                        models.Index(fields=['space', '-id'], name='audit_event_space_newest'),
                        models.Index(fields=['space', 'action', '-id'], name='audit_event_space_action'),
                        models.Index(fields=['subject_type', 'subject_id'], name='audit_event_subject'),
                        models.Index(fields=['actor', '-id'], name='audit_event_actor'),
                        models.Index(fields=['transaction', 'id'], name='audit_event_transaction'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='RowChange',
                fields=[
                    ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                    ('transaction', models.BigIntegerField()),
                    ('space', models.BigIntegerField(null=True)),
                    ('table', models.CharField(max_length=63)),
                    ('row', models.BigIntegerField()),
                    ('op', models.CharField(choices=[('insert', 'Insert'), ('update', 'Update'), ('delete', 'Delete'), ('adopt', 'Adopt')], max_length=6)),
                    ('by', models.CharField(max_length=63)),
                    ('before', models.JSONField(null=True)),
                    ('after', models.JSONField(null=True)),
                    ('private_before', models.JSONField(null=True)),
                    ('private_after', models.JSONField(null=True)),
                    ('salt', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, null=True)),
                    ('erased', models.BinaryField(null=True)),
                ],
                options={
                    'ordering': ['pk'],
                    'indexes': [
                        models.Index(fields=['transaction', 'id'], name='audit_rowchange_transaction'),
                        models.Index(fields=['table', 'row', 'id'], name='audit_rowchange_row'),
                    ],
                },
            ),
        ]),
        migrations.RunSQL(_keep_changes.FUNCTIONS),
    ]
