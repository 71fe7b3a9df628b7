import django.db.models.deletion
from django.db import migrations, models


def to_person(apps, schema_editor):
    """Corrections and gaps become proposals of a person, which they are."""
    rows = apps.get_model("curation", "Candidate").objects
    rows.filter(origin__in=["correction", "gap"]).update(origin="person", question=None)


class Migration(migrations.Migration):
    dependencies = [
        ('curation', '0003_candidate_object_value'),
        ('memory', '0004_index_for_values'),
    ]

    operations = [
        migrations.AddField(
            model_name='candidate',
            name='question',
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='candidate',
            name='replaces',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replacements_proposed', to='memory.triple'),
        ),
        migrations.AlterField(
            model_name='candidate',
            name='origin',
            field=models.CharField(choices=[('head', 'Write head'), ('import', 'Import'), ('person', 'Person'), ('api', 'API'), ('correction', 'Correction of an answer'), ('gap', 'Gap found by a question')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='candidate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('origin__in', ['correction', 'gap']), ('question__isnull', False)), models.Q(models.Q(('origin__in', ['correction', 'gap']), _negated=True), ('question__isnull', True)), _connector='OR'), name='curation_candidate_question_fits'),
        ),
        migrations.RunPython(migrations.RunPython.noop, to_person),
    ]
