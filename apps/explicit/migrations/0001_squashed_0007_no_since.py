"""Explicit memories, which the database itself marks stale."""

import django.db.models.deletion
import pgvector.django.halfvec
from django.conf import settings
from django.db import migrations, models

from apps.explicit.migrations import _stale
from memweb.tables import CreateModels


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ('explicit', '0001_initial'),
        ('explicit', '0002_stale_by_the_database'),
        ('explicit', '0003_builds_go_on'),
        ('explicit', '0004_two_subjects_may_say_the_same'),
        ('explicit', '0005_hierarchy'),
        ('explicit', '0006_adapting'),
        ('explicit', '0007_no_since'),
    ]
    dependencies = [
        ('accounts', '0001_squashed_0011_identities'),
        ('memory', '0001_squashed_0023_fact_schedule'),
        ('sources', '0001_squashed_0006_same_messages'),
    ]
    operations = [
        CreateModels([
            migrations.CreateModel(
                name='ExplicitMemory',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('state', models.CharField(choices=[('building', 'Being built'), ('fresh', 'Fresh'), ('stale', 'Out of date'), ('failed', 'Failed')], default='building', max_length=10)),
                    ('version', models.PositiveIntegerField(default=1)),
                    ('maker', models.CharField(max_length=64)),
                    ('model', models.CharField(max_length=64)),
                    ('adapter', models.CharField(blank=True, max_length=64)),
                    ('scheme', models.JSONField(default=dict)),
                    ('name', models.CharField(max_length=64)),
                    ('sha256', models.CharField(blank=True, max_length=64)),
                    ('bytes', models.PositiveIntegerField(default=0)),
                    ('tokens', models.PositiveIntegerField(default=0)),
                    ('error', models.CharField(blank=True, max_length=300)),
                    ('embedding', pgvector.django.halfvec.HalfVectorField(editable=False, null=True)),
                    ('embedded_by', models.CharField(blank=True, editable=False, max_length=80)),
                    ('uses', models.FloatField(default=0.0)),
                    ('used_at', models.DateTimeField(null=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='explicit_memories', to='accounts.space')),
                    ('subject', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='memory.entity')),
                    ('form', models.CharField(choices=[('text', 'Text'), ('memory', 'Explicit memory')], db_default='memory', default='memory', max_length=10)),
                ],
                options={
                    'verbose_name_plural': 'explicit memories',
                    'ordering': ['pk'],
                    'indexes': [
                        models.Index(fields=['space', 'state'], name='explicit_memory_state'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('state__in', ['building', 'fresh', 'stale', 'failed'])), name='explicit_memory_state_known'),
                        models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('error', ''), _negated=True), _connector='OR'), name='explicit_memory_failed_says_why'),
                        models.UniqueConstraint(condition=models.Q(('state__in', ['building', 'fresh'])), fields=('space', 'subject', 'name'), name='explicit_memory_once'),
                        models.CheckConstraint(condition=models.Q(models.Q(('state', 'fresh'), _negated=True), models.Q(('bytes__gt', 0), ('embedding__isnull', False), ('sha256__regex', '^[0-9a-f]{64}$')), models.Q(('embedding__isnull', False), ('form', 'text')), _connector='OR'), name='explicit_memory_fresh_is_whole'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ExplicitFact',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('digest', models.CharField(max_length=32)),
                    ('triple', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='memory.triple')),
                    ('memory', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='facts', to='explicit.explicitmemory')),
                ],
                options={
                    'ordering': ['pk'],
                    'constraints': [
                        models.UniqueConstraint(fields=('memory', 'triple'), name='explicit_fact_once'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ExplicitSentence',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('start', models.PositiveIntegerField()),
                    ('end', models.PositiveIntegerField()),
                    ('evidence', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='memory.evidence')),
                    ('memory', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sentences', to='explicit.explicitmemory')),
                    ('passage', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sources.passage')),
                ],
                options={
                    'ordering': ['pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('start__lt', models.F('end'))), name='explicit_sentence_is_span'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ExplicitBuild',
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
                    ('by_clock', models.BooleanField(default=False)),
                    ('made', models.PositiveIntegerField(default=0)),
                    ('failed', models.PositiveIntegerField(default=0)),
                    ('removed', models.PositiveIntegerField(default=0)),
                    ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='explicit_builds', to='accounts.space')),
                    ('reached', models.PositiveBigIntegerField(default=0)),
                ],
                options={
                    'ordering': ['-pk'],
                    'abstract': False,
                    'indexes': [
                        models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['id'], name='explicit_explicitbuild_open'),
                        models.Index(fields=['asked_by', '-started_at'], name='explicit_build_turn'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'done', 'failed', 'cancelled'])), name='explicit_explicitbuild_state_known'),
                        models.CheckConstraint(condition=models.Q(models.Q(('lease_token__isnull', False), ('lease_until__isnull', False), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('lease_token__isnull', True), ('lease_until__isnull', True)), _connector='OR'), name='explicit_explicitbuild_lease_when_running'),
                        models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('error', ''), _negated=True), _connector='OR'), name='explicit_explicitbuild_failed_says_why'),
                        models.UniqueConstraint(condition=models.Q(('state__in', ['queued', 'running'])), fields=('space',), name='explicit_build_one_open'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ExplicitChoice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('is_on', models.BooleanField(default=False)),
                    ('base', models.CharField(blank=True, max_length=300)),
                    ('adapter', models.CharField(blank=True, max_length=300)),
                    ('changed_at', models.DateTimeField(auto_now=True)),
                    ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('space', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='explicit_choice', to='accounts.space')),
                    ('hierarchy', models.CharField(choices=[('off', 'Off'), ('propose', 'Propose only'), ('act', 'Propose and act')], default='off', max_length=10)),
                    ('weighed_at', models.DateTimeField(null=True)),
                ],
                options={
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('is_on', False), models.Q(('base', ''), _negated=True), _connector='OR'), name='explicit_choice_on_has_base'),
                        models.CheckConstraint(condition=models.Q(('hierarchy__in', ['off', 'propose', 'act'])), name='explicit_choice_hierarchy_known'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ExplicitMove',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('now', models.CharField(choices=[('text', 'Text'), ('memory', 'Explicit memory')], max_length=10)),
                    ('to', models.CharField(choices=[('text', 'Text'), ('memory', 'Explicit memory')], max_length=10)),
                    ('state', models.CharField(choices=[('proposed', 'Proposed'), ('made', 'Made')], default='proposed', max_length=10)),
                    ('expected', models.FloatField()),
                    ('changes', models.FloatField()),
                    ('saving', models.FloatField()),
                    ('each', models.FloatField()),
                    ('write', models.FloatField()),
                    ('bytes', models.BigIntegerField()),
                    ('proposed_at', models.DateTimeField(auto_now_add=True)),
                    ('made_at', models.DateTimeField(null=True)),
                    ('before_uses', models.PositiveIntegerField(default=0)),
                    ('before_seconds', models.FloatField(default=0.0)),
                    ('after_uses', models.PositiveIntegerField(null=True)),
                    ('after_seconds', models.FloatField(null=True)),
                    ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.space')),
                    ('subject', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='memory.entity')),
                ],
                options={
                    'ordering': ['-pk'],
                    'indexes': [
                        models.Index(fields=['space', 'state', '-id'], name='explicit_move_state'),
                    ],
                    'constraints': [
                        models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('subject',), name='explicit_move_one_proposed'),
                        models.CheckConstraint(condition=models.Q(models.Q(('made_at', None), ('state', 'proposed')), models.Q(('made_at__isnull', False), ('state', 'made')), _connector='OR'), name='explicit_move_state_fits'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ExplicitPlace',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('form', models.CharField(choices=[('text', 'Text'), ('memory', 'Explicit memory')], default='memory', max_length=10)),
                    ('counted', models.FloatField(default=0.0)),
                    ('counted_at', models.DateTimeField(null=True)),
                    ('uses', models.PositiveIntegerField(default=0)),
                    ('seconds', models.FloatField(default=0.0)),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.space')),
                    ('subject', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='memory.entity')),
                ],
                options={
                    'ordering': ['pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('form__in', ['text', 'memory'])), name='explicit_place_form_known'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ExplicitWeight',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('maker', models.CharField(max_length=64, unique=True)),
                    ('seconds', models.JSONField()),
                    ('flop', models.JSONField()),
                    ('tokens', models.PositiveIntegerField()),
                    ('bytes', models.PositiveIntegerField()),
                    ('passes', models.PositiveIntegerField()),
                    ('weighed_at', models.DateTimeField(auto_now=True)),
                ],
                options={
                    'ordering': ['pk'],
                },
            ),
            migrations.CreateModel(
                name='ExplicitNotAdapting',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.space')),
                    ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['pk'],
                    'constraints': [
                        models.UniqueConstraint(fields=('user', 'space'), name='explicit_not_adapting_once'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ExplicitUseful',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('counted', models.FloatField(default=0.0)),
                    ('counted_at', models.DateTimeField()),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.space')),
                    ('subject', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='memory.entity')),
                    ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['pk'],
                    'constraints': [
                        models.UniqueConstraint(fields=('user', 'subject'), name='explicit_useful_once'),
                    ],
                },
            ),
        ]),
        migrations.RunSQL(_stale.FUNCTIONS, _stale.BACKWARD),
    ]
