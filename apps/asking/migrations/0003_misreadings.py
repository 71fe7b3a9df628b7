import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('asking', '0002_marks'),
        ('memory', '0004_index_for_values'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Misreading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('known', models.CharField(choices=[('subject', 'Subject'), ('object', 'Object')], max_length=10)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('asked_again', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='meant', to='asking.question')),
                ('entity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='memory.entity')),
                ('mark', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='misreadings', to='asking.answermark')),
                ('noted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='misreadings', to=settings.AUTH_USER_MODEL)),
                ('relation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='memory.relation')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
    ]
