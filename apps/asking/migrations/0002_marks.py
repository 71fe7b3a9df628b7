import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('asking', '0001_initial'),
        ('curation', '0005_relation_proposals'),
        ('memory', '0004_index_for_values'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
    ]
