"""Other programs that are told of what happens."""

import django.contrib.postgres.fields
import django.db.models.deletion
import uuid
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
                name='Delivery',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='queued', max_length=10)),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('lease_token', models.UUIDField(editable=False, null=True)),
                    ('lease_until', models.DateTimeField(editable=False, null=True)),
                    ('error', models.TextField(blank=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('rung_at', models.DateTimeField(editable=False, null=True)),
                    ('started_at', models.DateTimeField(editable=False, null=True)),
                    ('finished_at', models.DateTimeField(editable=False, null=True)),
                    ('kind', models.CharField(max_length=30)),
                    ('source', models.BigIntegerField(null=True)),
                    ('message', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('body', models.TextField()),
                    ('tries', models.PositiveIntegerField(default=0)),
                    ('due_at', models.DateTimeField()),
                    ('until', models.DateTimeField()),
                    ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='webhooks.endpoint')),
                ],
                options={
                    'verbose_name_plural': 'deliveries',
                    'ordering': ['-pk'],
                    'abstract': False,
                    'indexes': [
                        models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['id'], name='webhooks_delivery_open'),
                        models.Index(fields=['endpoint', '-started_at'], name='webhooks_delivery_served'),
                        models.Index(fields=['created_at'], name='webhooks_delivery_age'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'done', 'failed', 'cancelled'])), name='webhooks_delivery_state_known'),
                        models.CheckConstraint(condition=models.Q(models.Q(('lease_token__isnull', False), ('lease_until__isnull', False), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('lease_token__isnull', True), ('lease_until__isnull', True)), _connector='OR'), name='webhooks_delivery_lease_when_running'),
                        models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('error', ''), _negated=True), _connector='OR'), name='webhooks_delivery_failed_says_why'),
                        models.UniqueConstraint(condition=models.Q(('source__isnull', False)), fields=('endpoint', 'kind', 'source'), name='webhooks_delivery_once'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Attempt',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('status', models.PositiveSmallIntegerField(null=True)),
                    ('answer', models.CharField(blank=True, max_length=600)),
                    ('error', models.CharField(blank=True, max_length=500)),
                    ('seconds', models.FloatField()),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tried', to='webhooks.delivery')),
                ],
                options={
                    'ordering': ['-pk'],
                },
            ),
            migrations.CreateModel(
                name='Endpoint',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=80)),
                    ('address', models.CharField(max_length=500)),
                    ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None)),
                    ('is_on', models.BooleanField(default=True)),
                    ('salt', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('old_salt', models.UUIDField(editable=False, null=True)),
                    ('old_until', models.DateTimeField(editable=False, null=True)),
                    ('site', models.CharField(max_length=200)),
                    ('begins', models.PositiveBigIntegerField()),
                    ('failures', models.PositiveIntegerField(default=0)),
                    ('failing_since', models.DateTimeField(null=True)),
                    ('rests_until', models.DateTimeField(null=True)),
                    ('ended_at', models.DateTimeField(null=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='endpoints', to='accounts.space')),
                ],
                options={
                    'ordering': ['name', 'pk'],
                    'constraints': [
                        models.UniqueConstraint(fields=('space', 'name'), name='webhooks_endpoint_name'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Feed',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('position', models.PositiveBigIntegerField()),
                    ('checkpoint', models.PositiveBigIntegerField()),
                    ('space', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='feed', to='accounts.space')),
                ],
            ),
        ]),
    ]
