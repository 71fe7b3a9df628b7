"""The sealed log, and the tables whose rows it tells of."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from apps.provenance.migrations import _watched
from memweb.tables import CreateModels


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ('provenance', '0001_initial'),
        ('provenance', '0002_watch_rows'),
        ('provenance', '0003_keys'),
        ('provenance', '0004_withdrawals'),
        ('provenance', '0005_verifications'),
        ('provenance', '0006_watch_erasures'),
        ('provenance', '0007_exports'),
        ('provenance', '0008_origins'),
        ('provenance', '0009_why_removed'),
        ('provenance', '0010_space_imports'),
        ('provenance', '0011_erasings'),
        ('provenance', '0012_watch_heads'),
        ('provenance', '0013_erasing_progress'),
        ('provenance', '0014_watch_choices'),
    ]
    dependencies = [
        ('accounts', '0001_squashed_0011_identities'),
        ('asking', '0001_squashed_0021_perhaps'),
        ('audit', '0001_squashed_0005_events_of_transaction'),
        ('curation', '0001_squashed_0027_said_again'),
        ('memory', '0001_squashed_0023_fact_schedule'),
        ('sources', '0001_squashed_0006_same_messages'),
    ]
    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Log',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('identity', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                    ('size', models.PositiveBigIntegerField(default=0)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('space', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='log', to='accounts.space')),
                ],
                options={
                    'ordering': ['pk'],
                    'constraints': [
                        models.UniqueConstraint(fields=('space',), name='provenance_log_once', nulls_distinct=False),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Entry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('index', models.PositiveBigIntegerField()),
                    ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='entry', to='audit.event')),
                    ('log', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='provenance.log')),
                ],
                options={
                    'verbose_name_plural': 'entries',
                    'ordering': ['log_id', 'index'],
                    'constraints': [
                        models.UniqueConstraint(fields=('log', 'index'), name='provenance_entry_once'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Checkpoint',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('size', models.PositiveBigIntegerField()),
                    ('root', models.BinaryField()),
                    ('note', models.TextField()),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('log', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checkpoints', to='provenance.log')),
                ],
                options={
                    'ordering': ['-pk'],
                    'constraints': [
                        models.UniqueConstraint(fields=('log', 'size'), name='provenance_checkpoint_once'),
                        models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='provenance_checkpoint_has_size'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Sequencer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sealed_to', models.BigIntegerField(default=0)),
                    ('seen_id', models.BigIntegerField(null=True)),
                    ('seen_xid', models.BigIntegerField(null=True)),
                ],
                options={
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('pk', 1)), name='provenance_sequencer_is_one'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Tile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('level', models.PositiveSmallIntegerField()),
                    ('index', models.PositiveBigIntegerField()),
                    ('hashes', models.BinaryField()),
                    ('log', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tiles', to='provenance.log')),
                ],
                options={
                    'constraints': [
                        models.UniqueConstraint(fields=('log', 'level', 'index'), name='provenance_tile_once'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Delivery',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('destination', models.CharField(max_length=300)),
                    ('state', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Delivered'), ('failed', 'Given up')], default='waiting', max_length=10)),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('error', models.CharField(blank=True, max_length=500)),
                    ('due_at', models.DateTimeField()),
                    ('delivered_at', models.DateTimeField(null=True)),
                    ('checkpoint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='provenance.checkpoint')),
                ],
                options={
                    'verbose_name_plural': 'deliveries',
                    'ordering': ['-pk'],
                    'indexes': [
                        models.Index(condition=models.Q(('state', 'waiting')), fields=['due_at'], name='provenance_delivery_waiting'),
                    ],
                    'constraints': [
                        models.UniqueConstraint(fields=('checkpoint', 'destination'), name='provenance_delivery_once'),
                        models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'done', 'failed'])), name='provenance_delivery_state_known'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Key',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('public', models.BinaryField(unique=True)),
                    ('vouched', models.TextField(blank=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                ],
                options={
                    'ordering': ['-pk'],
                },
            ),
            migrations.CreateModel(
                name='Withdrawal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('document', 'Document'), ('import', 'Import'), ('reviewer', 'Reviewer'), ('head', 'Version of a head')], max_length=10)),
                    ('name', models.CharField(max_length=300)),
                    ('head', models.CharField(blank=True, max_length=40)),
                    ('head_version', models.CharField(blank=True, max_length=80)),
                    ('reason', models.CharField(max_length=500)),
                    ('at', models.DateTimeField()),
                    ('facts', models.PositiveIntegerField(default=0)),
                    ('evidence', models.PositiveIntegerField(default=0)),
                    ('undone_at', models.DateTimeField(null=True)),
                    ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawals', to=settings.AUTH_USER_MODEL)),
                    ('document', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='withdrawals', to='sources.document')),
                    ('reviewer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawals', to='accounts.space')),
                    ('undone_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='provenance_withdrawal_says_why'),
                        models.CheckConstraint(condition=models.Q(models.Q(('undone_at__isnull', True), ('undone_by__isnull', True)), models.Q(('undone_at__isnull', False), ('undone_by__isnull', False)), _connector='OR'), name='provenance_withdrawal_undone_by'),
                        models.CheckConstraint(condition=models.Q(models.Q(('document__isnull', False), ('kind__in', ['document', 'import'])), models.Q(('kind', 'reviewer'), ('reviewer__isnull', False)), models.Q(('kind', 'head'), models.Q(('head', ''), _negated=True)), _connector='OR'), name='provenance_withdrawal_has_source'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='WithdrawnRow',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('was', models.CharField(blank=True, max_length=10)),
                    ('was_retracted_at', models.DateTimeField(null=True)),
                    ('evidence', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='memory.evidence')),
                    ('triple', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='withdrawals', to='memory.triple')),
                    ('withdrawal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='provenance.withdrawal')),
                ],
                options={
                    'ordering': ['pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(models.Q(('evidence__isnull', True), ('triple__isnull', False)), models.Q(('evidence__isnull', False), ('triple__isnull', True)), _connector='OR'), name='provenance_withdrawnrow_is_one'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Verification',
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
                    ('doing', models.CharField(blank=True, max_length=100)),
                    ('progress', models.PositiveBigIntegerField(default=0)),
                    ('total', models.PositiveBigIntegerField(default=0)),
                    ('holds', models.BooleanField(null=True)),
                    ('findings', models.PositiveBigIntegerField(default=0)),
                    ('report', models.JSONField(null=True)),
                    ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('log', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='verifications', to='provenance.log')),
                ],
                options={
                    'ordering': ['-pk'],
                    'abstract': False,
                    'indexes': [
                        models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['id'], name='provenance_verification_open'),
                        models.Index(fields=['asked_by', '-started_at'], name='provenance_verify_turn'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'done', 'failed', 'cancelled'])), name='provenance_verification_state_known'),
                        models.CheckConstraint(condition=models.Q(models.Q(('lease_token__isnull', False), ('lease_until__isnull', False), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('lease_token__isnull', True), ('lease_until__isnull', True)), _connector='OR'), name='provenance_verification_lease_when_running'),
                        models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('error', ''), _negated=True), _connector='OR'), name='provenance_verification_failed_says_why'),
                        models.UniqueConstraint(condition=models.Q(('state__in', ['queued', 'running'])), fields=('log',), name='provenance_verification_one_open'),
                        models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('holds__isnull', False), ('report__isnull', False)), _connector='OR'), name='provenance_verification_done_says_what'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Export',
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
                    ('scope', models.CharField(choices=[('space', 'The whole space'), ('period', 'A period'), ('document', 'One document'), ('entity', 'One entity'), ('reviewer', 'One reviewer'), ('head', 'One version of the model'), ('answer', 'One answer')], max_length=10)),
                    ('format', models.CharField(choices=[('bundle', 'Bundle with proof'), ('jsonl', 'JSON Lines'), ('csv', 'CSV'), ('prov-json', 'W3C PROV-JSON'), ('prov-n', 'W3C PROV-N'), ('trig', 'RDF as TriG'), ('json-ld', 'RDF as JSON-LD')], max_length=10)),
                    ('number', models.BigIntegerField(null=True)),
                    ('version', models.CharField(blank=True, max_length=80)),
                    ('since', models.DateField(null=True)),
                    ('until', models.DateField(null=True)),
                    ('address', models.CharField(max_length=300)),
                    ('counts', models.JSONField(default=dict)),
                    ('newest', models.BigIntegerField(null=True)),
                    ('last', models.BigIntegerField(default=0)),
                    ('done', models.PositiveBigIntegerField(default=0)),
                    ('parts', models.JSONField(default=dict)),
                    ('size', models.PositiveBigIntegerField(null=True)),
                    ('sha256', models.CharField(blank=True, max_length=64)),
                    ('expires_at', models.DateTimeField(null=True)),
                    ('removed_at', models.DateTimeField(null=True)),
                    ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exports', to=settings.AUTH_USER_MODEL)),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exports', to='accounts.space')),
                    ('removed_because', models.CharField(blank=True, max_length=300)),
                ],
                options={
                    'ordering': ['-pk'],
                    'abstract': False,
                    'indexes': [
                        models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['id'], name='provenance_export_open'),
                        models.Index(fields=['requested_by', '-started_at'], name='provenance_export_turn'),
                        models.Index(fields=['space', '-id'], name='provenance_export_newest'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'done', 'failed', 'cancelled'])), name='provenance_export_state_known'),
                        models.CheckConstraint(condition=models.Q(models.Q(('lease_token__isnull', False), ('lease_until__isnull', False), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('lease_token__isnull', True), ('lease_until__isnull', True)), _connector='OR'), name='provenance_export_lease_when_running'),
                        models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('error', ''), _negated=True), _connector='OR'), name='provenance_export_failed_says_why'),
                        models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('expires_at__isnull', False), ('sha256__regex', '^[0-9a-f]{64}$'), ('size__isnull', False)), _connector='OR'), name='provenance_export_done_has_file'),
                        models.CheckConstraint(condition=models.Q(('since__isnull', True), ('until__isnull', True), ('since__lte', models.F('until')), _connector='OR'), name='provenance_export_period'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Origin',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('identity', models.UUIDField()),
                    ('name', models.CharField(max_length=300)),
                    ('checkpoint', models.TextField()),
                    ('key', models.CharField(max_length=500)),
                    ('key_given', models.BooleanField()),
                    ('sha256', models.CharField(max_length=64)),
                    ('made_at', models.DateTimeField()),
                    ('imported_at', models.DateTimeField(auto_now_add=True)),
                    ('imported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('space', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='origin', to='accounts.space')),
                ],
            ),
            migrations.CreateModel(
                name='PastEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('index', models.PositiveBigIntegerField()),
                    ('at', models.DateTimeField()),
                    ('action', models.CharField(max_length=60)),
                    ('actor_label', models.CharField(max_length=200)),
                    ('payload', models.JSONField(null=True)),
                    ('leaf', models.TextField()),
                    ('origin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='provenance.origin')),
                ],
                options={
                    'ordering': ['origin_id', 'index'],
                    'constraints': [
                        models.UniqueConstraint(fields=('origin', 'index'), name='provenance_pastevent_once'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='SpaceImport',
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
                    ('size', models.PositiveBigIntegerField()),
                    ('key', models.CharField(blank=True, max_length=500)),
                    ('doing', models.CharField(blank=True, max_length=100)),
                    ('progress', models.PositiveBigIntegerField(default=0)),
                    ('total', models.PositiveBigIntegerField(default=0)),
                    ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='space_imports', to=settings.AUTH_USER_MODEL)),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='imports', to='accounts.space')),
                ],
                options={
                    'ordering': ['-pk'],
                    'abstract': False,
                    'indexes': [
                        models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['id'], name='provenance_spaceimport_open'),
                        models.Index(fields=['requested_by', '-started_at'], name='provenance_import_turn'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'done', 'failed', 'cancelled'])), name='provenance_spaceimport_state_known'),
                        models.CheckConstraint(condition=models.Q(models.Q(('lease_token__isnull', False), ('lease_until__isnull', False), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('lease_token__isnull', True), ('lease_until__isnull', True)), _connector='OR'), name='provenance_spaceimport_lease_when_running'),
                        models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('error', ''), _negated=True), _connector='OR'), name='provenance_spaceimport_failed_says_why'),
                        models.UniqueConstraint(condition=models.Q(('state__in', ['queued', 'running'])), fields=('space',), name='provenance_import_one_open'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Erasing',
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
                    ('reason', models.CharField(blank=True, max_length=500)),
                    ('retract', models.BooleanField(default=False)),
                    ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='erasings', to='sources.document')),
                    ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='erasings', to=settings.AUTH_USER_MODEL)),
                    ('doing', models.CharField(blank=True, db_default='', default='', max_length=100)),
                    ('progress', models.PositiveBigIntegerField(db_default=0, default=0)),
                    ('total', models.PositiveBigIntegerField(db_default=0, default=0)),
                ],
                options={
                    'ordering': ['-pk'],
                    'abstract': False,
                    'indexes': [
                        models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['id'], name='provenance_erasing_open'),
                        models.Index(fields=['requested_by', '-started_at'], name='provenance_erasing_turn'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'done', 'failed', 'cancelled'])), name='provenance_erasing_state_known'),
                        models.CheckConstraint(condition=models.Q(models.Q(('lease_token__isnull', False), ('lease_until__isnull', False), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('lease_token__isnull', True), ('lease_until__isnull', True)), _connector='OR'), name='provenance_erasing_lease_when_running'),
                        models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('error', ''), _negated=True), _connector='OR'), name='provenance_erasing_failed_says_why'),
                        models.UniqueConstraint(condition=models.Q(('state__in', ['queued', 'running'])), fields=('document',), name='provenance_erasing_one_open'),
                    ],
                },
            ),
        ]),
        migrations.RunSQL(_watched.RESTATE),
        migrations.RunPython(_watched.watch),
    ]
