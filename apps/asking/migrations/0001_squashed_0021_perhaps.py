"""Questions, answers and what people say of them.

The question of a candidate or of a proposed relation is one of its space: curation stands below
asking and has it as a number, and this app brings the foreign keys.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from memweb.tables import CreateModels

QUESTIONS = """
ALTER TABLE asking_question ADD CONSTRAINT asking_question_of_space UNIQUE (id, space_id);
ALTER TABLE curation_candidate ADD CONSTRAINT curation_candidate_question_exists
    FOREIGN KEY (question, space_id) REFERENCES asking_question (id, space_id);
ALTER TABLE curation_relationproposal ADD CONSTRAINT curation_relationproposal_question_exists
    FOREIGN KEY (question, space_id) REFERENCES asking_question (id, space_id);
"""


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ('asking', '0001_initial'),
        ('asking', '0002_marks'),
        ('asking', '0003_misreadings'),
        ('asking', '0004_answer_understood'),
        ('asking', '0005_head_as_meant'),
        ('asking', '0006_questions_open'),
        ('asking', '0007_question_turns'),
        ('asking', '0008_questions_named_below'),
        ('asking', '0009_answer_reading'),
        ('asking', '0010_confirmations'),
        ('asking', '0011_misreading_as_read'),
        ('asking', '0012_topics'),
        ('asking', '0013_erased_questions'),
        ('asking', '0014_head_made_of'),
        ('asking', '0015_progress'),
        ('asking', '0016_attended_memories'),
        ('asking', '0017_why_attended'),
        ('asking', '0018_attended_files'),
        ('asking', '0019_trials'),
        ('asking', '0020_due_cards'),
        ('asking', '0021_perhaps'),
    ]
    dependencies = [
        ('accounts', '0001_squashed_0011_identities'),
        ('curation', '0001_squashed_0027_said_again'),
        ('memory', '0001_squashed_0023_fact_schedule'),
    ]
    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Conversation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=200)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conversations', to='accounts.space')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conversations', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-pk'],
                },
            ),
            migrations.CreateModel(
                name='Question',
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
                    ('text', models.CharField(max_length=1000)),
                    ('as_of', models.DateField(blank=True, null=True)),
                    ('head', models.CharField(max_length=40)),
                    ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to=settings.AUTH_USER_MODEL)),
                    ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='asking.conversation')),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='accounts.space')),
                    ('topic', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='memory.entity')),
                    ('erased_at', models.DateTimeField(editable=False, null=True)),
                    ('head_setup', models.JSONField(blank=True, db_default={}, default=dict)),
                ],
                options={
                    'ordering': ['-pk'],
                    'abstract': False,
                    'indexes': [
                        models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['id'], name='asking_question_open'),
                        models.Index(fields=['asked_by', '-started_at'], name='asking_question_turn'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(models.Q(('lease_token__isnull', False), ('lease_until__isnull', False), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('lease_token__isnull', True), ('lease_until__isnull', True)), _connector='OR'), name='asking_question_lease_when_running'),
                        models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('error', ''), _negated=True), _connector='OR'), name='asking_question_failed_says_why'),
                        models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='asking_question_has_text'),
                        models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'done', 'failed', 'cancelled'])), name='asking_question_state_known'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Answer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('text', models.TextField()),
                    ('abstained', models.BooleanField()),
                    ('reason', models.TextField(blank=True)),
                    ('calls', models.TextField(blank=True)),
                    ('head_version', models.CharField(max_length=80)),
                    ('seconds', models.FloatField()),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('question', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='answer', to='asking.question')),
                    ('understood', models.JSONField(blank=True, default=list)),
                    ('reading', models.JSONField(blank=True, default=dict)),
                    ('topic', models.JSONField(blank=True, null=True)),
                    ('head_hashes', models.JSONField(blank=True, db_default={}, default=dict)),
                    ('unsupported', models.JSONField(blank=True, db_default=[], default=list)),
                    ('perhaps', models.JSONField(blank=True, db_default=[], default=list)),
                ],
                options={
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('abstained', False), models.Q(('reason', ''), _negated=True), _connector='OR'), name='asking_answer_abstains_with_reason'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ReadCall',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('index', models.PositiveSmallIntegerField()),
                    ('call', models.TextField()),
                    ('subject', models.CharField(blank=True, max_length=500)),
                    ('relation', models.CharField(max_length=200)),
                    ('object', models.CharField(blank=True, max_length=500)),
                    ('candidates', models.JSONField(default=list)),
                    ('results', models.JSONField(default=list)),
                    ('truncated', models.BooleanField(default=False)),
                    ('answer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reads', to='asking.answer')),
                ],
                options={
                    'ordering': ['answer_id', 'index'],
                    'constraints': [
                        models.UniqueConstraint(fields=('answer', 'index'), name='asking_readcall_once'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Citation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('statement', models.TextField()),
                    ('sentence', models.TextField(blank=True)),
                    ('document_title', models.CharField(blank=True, max_length=300)),
                    ('approved_by_label', models.CharField(max_length=200)),
                    ('approved_at', models.DateTimeField()),
                    ('answer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='citations', to='asking.answer')),
                    ('evidence', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='citations', to='memory.evidence')),
                    ('triple', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='citations', to='memory.triple')),
                ],
                options={
                    'ordering': ['answer_id', 'number'],
                    'constraints': [
                        models.UniqueConstraint(fields=('answer', 'number'), name='asking_citation_once'),
                        models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='asking_citation_number_from_one'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='AnswerMark',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('expected', models.CharField(blank=True, max_length=500)),
                    ('beside', models.BooleanField(default=False)),
                    ('valid_from', models.DateField(blank=True, null=True)),
                    ('step', models.CharField(choices=[('misread', 'The question was misread'), ('wrong_fact', 'The memory holds a wrong fact'), ('missing', 'The fact is missing'), ('outdated', 'The fact is out of date'), ('learnt', 'The memory has learnt it since')], max_length=10)),
                    ('diagnosis', models.JSONField()),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('answer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='asking.answer')),
                    ('candidate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answer_marks', to='curation.candidate')),
                    ('citation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='asking.citation')),
                    ('marked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answer_marks', to=settings.AUTH_USER_MODEL)),
                    ('relation_proposal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answer_marks', to='curation.relationproposal')),
                ],
                options={
                    'ordering': ['-pk'],
                },
            ),
            migrations.CreateModel(
                name='Misreading',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('known', models.CharField(blank=True, choices=[('subject', 'Subject'), ('object', 'Object')], max_length=10)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('asked_again', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='meant', to='asking.question')),
                    ('entity', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='memory.entity')),
                    ('mark', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='misreadings', to='asking.answermark')),
                    ('noted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='misreadings', to=settings.AUTH_USER_MODEL)),
                    ('relation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='memory.relation')),
                    ('reading', models.JSONField(blank=True, default=dict)),
                ],
                options={
                    'ordering': ['pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(models.Q(('reading', {}), _negated=True), models.Q(('entity__isnull', False), ('known__in', ['subject', 'object']), ('relation__isnull', False)), _connector='OR'), name='asking_misreading_says_how'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='AnswerConfirmation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('answer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='confirmations', to='asking.answer')),
                    ('confirmed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answer_confirmations', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-pk'],
                    'constraints': [
                        models.UniqueConstraint(fields=('answer', 'confirmed_by'), name='asking_confirmation_once'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='AnswerProgress',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('text', models.TextField(blank=True)),
                    ('reads', models.JSONField(default=list)),
                    ('steps', models.PositiveIntegerField(default=1)),
                    ('question', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='progress', to='asking.question')),
                ],
                options={
                    'verbose_name_plural': 'answer progress',
                },
            ),
            migrations.CreateModel(
                name='AttendedMemory',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('memory', models.PositiveBigIntegerField()),
                    ('version', models.PositiveIntegerField()),
                    ('triples', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                    ('shares', models.JSONField(default=list)),
                    ('left_out', models.CharField(blank=True, max_length=300)),
                    ('answer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attended', to='asking.answer')),
                    ('why', models.JSONField(db_default={}, default=dict)),
                    ('name', models.CharField(blank=True, db_default='', max_length=64)),
                    ('sha256', models.CharField(blank=True, db_default='', max_length=64)),
                ],
                options={
                    'verbose_name_plural': 'attended memories',
                    'ordering': ['answer_id', 'number'],
                    'constraints': [
                        models.UniqueConstraint(fields=('answer', 'number'), name='asking_attended_once'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='AnswerTrial',
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
                    ('number', models.PositiveSmallIntegerField()),
                    ('is_other', models.BooleanField(null=True)),
                    ('writes_other', models.BooleanField(null=True)),
                    ('is_as_then', models.BooleanField(null=True)),
                    ('text', models.TextField(blank=True)),
                    ('before', models.TextField(blank=True)),
                    ('written', models.TextField(blank=True)),
                    ('answer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trials', to='asking.answer')),
                    ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['answer_id', 'number'],
                    'abstract': False,
                    'indexes': [
                        models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['id'], name='asking_answertrial_open'),
                        models.Index(fields=['asked_by', '-started_at'], name='asking_trial_turn'),
                    ],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'done', 'failed', 'cancelled'])), name='asking_answertrial_state_known'),
                        models.CheckConstraint(condition=models.Q(models.Q(('lease_token__isnull', False), ('lease_until__isnull', False), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('lease_token__isnull', True), ('lease_until__isnull', True)), _connector='OR'), name='asking_answertrial_lease_when_running'),
                        models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('error', ''), _negated=True), _connector='OR'), name='asking_answertrial_failed_says_why'),
                        models.UniqueConstraint(fields=('answer', 'number'), name='asking_trial_once'),
                        models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('is_as_then__isnull', False), ('is_other__isnull', False), ('writes_other__isnull', False)), _connector='OR'), name='asking_trial_done_says_what'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='DueHold',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('until', models.DateTimeField()),
                    ('holder', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='due_holds', to=settings.AUTH_USER_MODEL)),
                    ('triple', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='due_hold', to='memory.triple')),
                ],
            ),
            migrations.CreateModel(
                name='LastWord',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('still_true', 'Still true'), ('put_off', 'Put off'), ('retracted', 'Retracted')], max_length=10)),
                    ('after', models.CharField(max_length=16)),
                    ('at', models.DateTimeField()),
                    ('stability', models.FloatField()),
                    ('difficulty', models.FloatField()),
                    ('held_at', models.DateTimeField()),
                    ('confirmations', models.PositiveIntegerField()),
                    ('put_off_until', models.DateTimeField(null=True)),
                    ('actor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='last_words', to=settings.AUTH_USER_MODEL)),
                    ('triple', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='last_word', to='memory.triple')),
                ],
                options={
                    'ordering': ['-at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='ReadingChoice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveSmallIntegerField()),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('answer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='choices', to='asking.answer')),
                    ('asked_again', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='chosen', to='asking.question')),
                    ('chosen_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reading_choices', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='asking_choice_number_from_one'),
                    ],
                },
            ),
        ]),
        migrations.RunSQL(QUESTIONS),
    ]
