import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('accounts', '0001_initial'),
        ('curation', '0004_corrections'),
        ('memory', '0004_index_for_values'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RelationProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('subject_text', models.CharField(max_length=500)),
                ('object_text', models.CharField(max_length=500)),
                ('question', models.PositiveBigIntegerField()),
                ('question_text', models.CharField(max_length=1000)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('accepted', 'Accepted'), ('declined', 'Declined')], default='waiting', max_length=10)),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='relationproposal',
            name='candidate',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='relation_proposals', to='curation.candidate'),
        ),
        migrations.AddField(
            model_name='relationproposal',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='relationproposal',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='relation_proposals', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='relationproposal',
            name='relation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='memory.relation'),
        ),
        migrations.AddField(
            model_name='relationproposal',
            name='space',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='relation_proposals', to='accounts.space'),
        ),
        migrations.AddConstraint(
            model_name='relationproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('candidate__isnull', True), ('decided_by__isnull', True), ('relation__isnull', True), ('state', 'waiting')), models.Q(('candidate__isnull', False), ('decided_by__isnull', False), ('relation__isnull', False), ('state', 'accepted')), models.Q(('decided_by__isnull', False), ('state', 'declined'), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='curation_relationproposal_state_fits'),
        ),
    ]
