"""Entities, relations, triples and their evidence."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.utils.timezone
import pgvector.django.halfvec
import pgvector.django.indexes
from django.conf import settings
from django.db import migrations, models
from pgvector.django import VectorExtension

from apps.memory.migrations import _fits, _names, _words
from memweb.tables import CreateModels


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ('memory', '0001_initial'),
        ('memory', '0002_rows_fit'),
        ('memory', '0003_indexes_for_search_and_embedding'),
        ('memory', '0004_index_for_values'),
        ('memory', '0005_names_by_word'),
        ('memory', '0006_words'),
        ('memory', '0007_facts_in_order'),
        ('memory', '0008_no_schedule'),
        ('memory', '0009_relation_meaning'),
        ('memory', '0010_fill_relation_meaning'),
        ('memory', '0011_relations_need_no_index'),
        ('memory', '0012_entity_merges'),
        ('memory', '0013_repair_empty_periods'),
        ('memory', '0014_no_empty_period'),
        ('memory', '0015_name_in_pack'),
        ('memory', '0016_example_sentences'),
        ('memory', '0017_implications'),
        ('memory', '0018_fill_implications'),
        ('memory', '0019_fill_pack_implications'),
        ('memory', '0020_whole_relations'),
        ('memory', '0021_more_roles'),
        ('memory', '0022_fill_roles'),
        ('memory', '0023_fact_schedule'),
    ]
    dependencies = [
        ('accounts', '0001_squashed_0011_identities'),
        ('sources', '0001_squashed_0006_same_messages'),
    ]
    operations = [
        VectorExtension(),
        CreateModels([
            migrations.CreateModel(
                name='Entity',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=500)),
                    ('normalised', models.CharField(editable=False, max_length=500)),
                    ('type', models.CharField(blank=True, max_length=10)),
                    ('kind', models.CharField(choices=[('item', 'Item'), ('time', 'Time'), ('quantity', 'Quantity'), ('text', 'Text')], default='item', max_length=10)),
                    ('value', models.JSONField(blank=True, null=True)),
                    ('description', models.CharField(blank=True, max_length=300)),
                    ('embedding', pgvector.django.halfvec.HalfVectorField(dimensions=384, editable=False, null=True)),
                    ('embedded_by', models.CharField(blank=True, editable=False, max_length=80)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('merged_into', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='memory.entity')),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entities', to='accounts.space')),
                ],
                options={
                    'ordering': ['name', 'pk'],
                    'indexes': [
                        pgvector.django.indexes.HnswIndex(ef_construction=64, fields=['embedding'], m=16, name='memory_entity_hnsw', opclasses=['halfvec_cosine_ops']),
                        django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.SearchVector('name', config='simple'), name='memory_entity_words'),
                        models.Index(condition=models.Q(('embedding__isnull', True)), fields=['space', 'id'], name='memory_entity_unembedded'),
                        models.Index(condition=models.Q(('embedding__isnull', False)), fields=['embedded_by'], name='memory_entity_embedded_by'),
                        models.Index(fields=['space', 'normalised'], name='memory_entity_prefix', opclasses=['int8_ops', 'varchar_pattern_ops']),
                        django.contrib.postgres.indexes.GinIndex(condition=models.Q(('value__isnull', False)), fields=['value'], name='memory_entity_value', opclasses=['jsonb_path_ops']),
                    ],
                    'constraints': [
                        models.UniqueConstraint(condition=models.Q(('merged_into__isnull', True)), fields=('space', 'normalised', 'type', 'description'), name='memory_entity_once'),
                        models.CheckConstraint(condition=models.Q(('normalised', ''), _negated=True), name='memory_entity_has_name'),
                        models.CheckConstraint(condition=models.Q(('kind__in', ['item', 'time', 'quantity', 'text'])), name='memory_entity_kind_known'),
                        models.CheckConstraint(condition=models.Q(('merged_into__isnull', True), models.Q(('merged_into', models.F('id')), _negated=True), _connector='OR'), name='memory_entity_not_merged_into_itself'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Alias',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=500)),
                    ('normalised', models.CharField(editable=False, max_length=500)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('passage', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sources.passage')),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='aliases', to='accounts.space')),
                    ('entity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='aliases', to='memory.entity')),
                ],
                options={
                    'verbose_name_plural': 'aliases',
                    'ordering': ['name'],
                    'indexes': [
                        models.Index(fields=['space', 'normalised'], name='memory_alias_prefix', opclasses=['int8_ops', 'varchar_pattern_ops']),
                    ],
                    'constraints': [
                        models.UniqueConstraint(fields=('entity', 'normalised'), name='memory_alias_once'),
                        models.CheckConstraint(condition=models.Q(('normalised', ''), _negated=True), name='memory_alias_has_name'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Relation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=120)),
                    ('normalised', models.CharField(editable=False, max_length=120)),
                    ('description', models.CharField(blank=True, max_length=500)),
                    ('aliases', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, size=None)),
                    ('inverse_name', models.CharField(blank=True, max_length=120)),
                    ('single_valued', models.BooleanField(default=False)),
                    ('subject_types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), blank=True, default=list, size=None)),
                    ('object_types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), blank=True, default=list, size=None)),
                    ('template', models.CharField(blank=True, max_length=300)),
                    ('questions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=300), blank=True, default=list, size=None)),
                    ('inverse_questions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=300), blank=True, default=list, size=None)),
                    ('wikidata_property', models.CharField(blank=True, max_length=12)),
                    ('embedding', pgvector.django.halfvec.HalfVectorField(dimensions=384, editable=False, null=True)),
                    ('embedded_by', models.CharField(blank=True, editable=False, max_length=80)),
                    ('retired_at', models.DateTimeField(blank=True, null=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('inverse', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='memory.relation')),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='relations', to='accounts.space')),
                    ('lasts', models.BooleanField(db_default=True, default=True)),
                    ('cue_words', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, db_default=[], default=list, size=None)),
                    ('role', models.CharField(blank=True, choices=[('', 'Nothing of the kind'), ('starts', 'When the subject, an event or a term, began'), ('ends', 'When the subject, an event or a term, ended'), ('happens', 'When the subject happened'), ('inception', 'When the subject was born, founded or published'), ('dissolution', 'When the subject died or was dissolved'), ('dates', 'The subject was there for as long as the fact holds'), ('replaces', 'The subject took the place of the object'), ('replaced_by', 'The object took the place of the subject'), ('follows', 'The subject comes next after the object'), ('followed_by', 'The object comes next after the subject'), ('within', 'A place in which the subject lies'), ('country', 'The country in which the subject lies or to which it belongs'), ('continent', 'The continent on which the subject lies'), ('from', 'Where the subject was born, lives, was founded or has its seat'), ('citizenship', 'The country of which the subject is a citizen'), ('origin', 'The country from which the subject, a work or product, comes'), ('father', 'The father of the subject'), ('mother', 'The mother of the subject'), ('parent', 'A parent of the subject, father or mother'), ('child', 'A child of the subject'), ('spouse', 'The husband or wife of the subject'), ('sibling', 'A brother or sister of the subject')], db_default='', default='', max_length=12)),
                    ('name_in_pack', models.CharField(blank=True, db_default='', default='', max_length=120)),
                    ('examples', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=300), blank=True, db_default=[], default=list, size=None)),
                    ('implies', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, db_default=[], default=list, size=None)),
                    ('implies_back', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, db_default=[], default=list, size=None)),
                ],
                options={
                    'ordering': ['name', 'pk'],
                    'constraints': [
                        models.UniqueConstraint(fields=('space', 'normalised'), name='memory_relation_once'),
                        models.CheckConstraint(condition=models.Q(('normalised', ''), _negated=True), name='memory_relation_has_name'),
                        models.UniqueConstraint(condition=models.Q(('name_in_pack', ''), _negated=True), fields=('space', 'name_in_pack'), name='memory_relation_of_pack_once'),
                        models.CheckConstraint(condition=models.Q(('role__in', ['', 'starts', 'ends', 'happens', 'inception', 'dissolution', 'dates', 'replaces', 'replaced_by', 'follows', 'followed_by', 'within', 'country', 'continent', 'from', 'citizenship', 'origin', 'father', 'mother', 'parent', 'child', 'spouse', 'sibling'])), name='memory_relation_role_known'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Triple',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('status', models.CharField(choices=[('active', 'Active'), ('superseded', 'Superseded'), ('retracted', 'Retracted')], default='active', max_length=10)),
                    ('valid_from', models.DateField(blank=True, null=True)),
                    ('valid_to', models.DateField(blank=True, null=True)),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('retracted_at', models.DateTimeField(blank=True, null=True)),
                    ('read_count', models.PositiveBigIntegerField(default=0)),
                    ('last_read_at', models.DateTimeField(null=True)),
                    ('object', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='triples_as_object', to='memory.entity')),
                    ('relation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='triples', to='memory.relation')),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='triples', to='accounts.space')),
                    ('subject', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='triples_as_subject', to='memory.entity')),
                    ('superseded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='memory.triple')),
                ],
                options={
                    'ordering': ['pk'],
                    'indexes': [
                        models.Index(fields=['space', '-recorded_at'], name='memory_triple_newest'),
                        models.Index(fields=['subject', 'relation', 'id'], name='memory_triple_subject_facts'),
                        models.Index(fields=['object', 'relation', 'id'], name='memory_triple_object_facts'),
                        models.Index(fields=['relation', 'id'], name='memory_triple_relation_facts'),
                    ],
                    'constraints': [
                        models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('space', 'subject', 'relation', 'object', 'valid_from'), name='memory_triple_once', nulls_distinct=False),
                        models.CheckConstraint(condition=models.Q(models.Q(('retracted_at__isnull', True), ('status', 'active')), models.Q(('status', 'superseded'), ('superseded_by__isnull', False)), models.Q(('retracted_at__isnull', False), ('status', 'retracted')), _connector='OR'), name='memory_triple_status_fits'),
                        models.CheckConstraint(condition=models.Q(('valid_from__isnull', True), ('valid_to__isnull', True), ('valid_from__lt', models.F('valid_to')), _connector='OR'), name='memory_triple_valid_range'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Evidence',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sentence_start', models.PositiveIntegerField()),
                    ('sentence_end', models.PositiveIntegerField()),
                    ('subject_start', models.PositiveIntegerField()),
                    ('subject_end', models.PositiveIntegerField()),
                    ('object_start', models.PositiveIntegerField()),
                    ('object_end', models.PositiveIntegerField()),
                    ('score', models.FloatField(null=True)),
                    ('approved_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('retracted_at', models.DateTimeField(null=True)),
                    ('approved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approved_evidence', to=settings.AUTH_USER_MODEL)),
                    ('passage', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='sources.passage')),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='accounts.space')),
                    ('triple', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='memory.triple')),
                ],
                options={
                    'verbose_name_plural': 'evidence',
                    'ordering': ['pk'],
                    'constraints': [
                        models.UniqueConstraint(condition=models.Q(('retracted_at__isnull', True)), fields=('triple', 'passage', 'subject_start', 'object_start'), name='memory_evidence_once'),
                        models.CheckConstraint(condition=models.Q(('sentence_start__lt', models.F('sentence_end')), ('subject_start__lt', models.F('subject_end')), ('object_start__lt', models.F('object_end'))), name='memory_evidence_spans'),
                        models.CheckConstraint(condition=models.Q(('subject_start__gte', models.F('sentence_start')), ('subject_end__lte', models.F('sentence_end')), ('object_start__gte', models.F('sentence_start')), ('object_end__lte', models.F('sentence_end'))), name='memory_evidence_inside_sentence'),
                        models.CheckConstraint(condition=models.Q(('score__isnull', True), models.Q(('score__gte', 0), ('score__lte', 1)), _connector='OR'), name='memory_evidence_score_range'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Word',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('word', models.CharField(max_length=100)),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='words', to='accounts.space')),
                ],
                options={
                    'constraints': [
                        models.UniqueConstraint(fields=('space', 'word'), name='memory_word_once'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='EntityMerge',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('moved', models.JSONField(default=dict)),
                    ('duplicates', models.JSONField(default=dict)),
                    ('evidence', models.JSONField(default=dict)),
                    ('names', models.JSONField(default=list)),
                    ('named', models.JSONField(default=list)),
                    ('pointers', models.JSONField(default=list)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('undone_at', models.DateTimeField(null=True)),
                    ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges', to='memory.entity')),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges', to='accounts.space')),
                    ('target', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absorbed', to='memory.entity')),
                    ('undone_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-pk'],
                    'constraints': [
                        models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('source',), name='memory_entitymerge_once'),
                        models.CheckConstraint(condition=models.Q(models.Q(('undone_at__isnull', True), ('undone_by__isnull', True)), models.Q(('undone_at__isnull', False), ('undone_by__isnull', False)), _connector='OR'), name='memory_entitymerge_undone_by'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='FactSchedule',
                fields=[
                    ('triple', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='schedule', serialize=False, to='memory.triple')),
                    ('uses', models.FloatField(db_default=0.0, default=0.0)),
                    ('used_at', models.DateTimeField(null=True)),
                    ('stability', models.FloatField(null=True)),
                    ('difficulty', models.FloatField(null=True)),
                    ('held_at', models.DateTimeField(null=True)),
                    ('confirmations', models.PositiveIntegerField(db_default=0, default=0)),
                    ('put_off_until', models.DateTimeField(null=True)),
                    ('due_at', models.DateTimeField(null=True)),
                    ('space', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.space')),
                ],
                options={
                    'ordering': ['due_at', 'pk'],
                    'indexes': [
                        models.Index(condition=models.Q(('due_at__isnull', False)), fields=['space', 'due_at', 'triple'], name='memory_schedule_due'),
                    ],
                },
            ),
        ]),
        migrations.RunSQL(_fits.FUNCTIONS),
        migrations.RunSQL(_names.FUNCTIONS),
        migrations.RunSQL(_words.FUNCTIONS),
    ]
