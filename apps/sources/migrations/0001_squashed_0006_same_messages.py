"""Documents and their passages."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from apps.sources.migrations import _stays
from memweb.tables import CreateModels


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ('sources', '0001_initial'),
        ('sources', '0002_spans_fit'),
        ('sources', '0003_erased_documents'),
        ('sources', '0004_erase_texts'),
        ('sources', '0005_conversations'),
        ('sources', '0006_same_messages'),
    ]
    dependencies = [
        ('accounts', '0001_squashed_0011_identities'),
    ]
    operations = [
        CreateModels([
            migrations.CreateModel(
                name='Document',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=300)),
                    ('format', models.CharField(choices=[('text', 'Plain text'), ('markdown', 'Markdown'), ('html', 'HTML'), ('pdf', 'PDF'), ('triples', 'Ready-made triples'), ('chat', 'Conversation')], max_length=10)),
                    ('filename', models.CharField(blank=True, max_length=255)),
                    ('content_sha256', models.CharField(max_length=64)),
                    ('size', models.PositiveBigIntegerField(help_text='bytes as given')),
                    ('text', models.TextField()),
                    ('note', models.CharField(blank=True, help_text='what the parser had to say', max_length=300)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to=settings.AUTH_USER_MODEL)),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='accounts.space')),
                    ('erased_at', models.DateTimeField(editable=False, null=True)),
                    ('erased_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-created_at', '-pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(models.Q(('content_sha256__regex', '^[0-9a-f]{64}$'), ('erased_at__isnull', True)), models.Q(('content_sha256', ''), ('erased_at__isnull', False)), _connector='OR'), name='sources_document_content_is_hash'),
                        models.CheckConstraint(condition=models.Q(models.Q(('erased_at__isnull', True), ('erased_by__isnull', True), models.Q(('text', ''), _negated=True)), models.Q(('erased_at__isnull', False), ('erased_by__isnull', False), ('text', '')), _connector='OR'), name='sources_document_has_text'),
                        models.CheckConstraint(condition=models.Q(('format__in', ['text', 'markdown', 'html', 'pdf', 'triples', 'chat'])), name='sources_document_format_known'),
                        models.UniqueConstraint(condition=models.Q(('erased_at__isnull', True), ('format', 'chat')), fields=('space', 'filename'), name='sources_document_session_once'),
                        models.UniqueConstraint(condition=models.Q(('erased_at__isnull', True), models.Q(('format', 'chat'), _negated=True)), fields=('space', 'content_sha256'), name='sources_document_content_once'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Passage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('index', models.PositiveIntegerField()),
                    ('start', models.PositiveIntegerField()),
                    ('end', models.PositiveIntegerField()),
                    ('text', models.TextField()),
                    ('sentences', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), size=None)),
                    ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='passages', to='sources.document')),
                ],
                options={
                    'ordering': ['document_id', 'index'],
                    'constraints': [
                        models.UniqueConstraint(fields=('document', 'index'), name='sources_passage_once'),
                        models.CheckConstraint(condition=models.Q(('start__lt', models.F('end'))), name='sources_passage_span'),
                        models.CheckConstraint(condition=models.Q(('sentences__len__gt', 0)), name='sources_passage_has_sentences'),
                        models.CheckConstraint(condition=models.Q(('end', django.db.models.expressions.CombinedExpression(models.F('start'), '+', django.db.models.functions.text.Length('text'))), ('text', ''), _connector='OR'), name='sources_passage_length'),
                    ],
                },
            ),
        ]),
        migrations.RunSQL(_stays.FUNCTIONS),
    ]
