from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('memory', '0007_facts_in_order'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='triple',
            name='review_due_at',
        ),
        migrations.RemoveField(
            model_name='triple',
            name='review_interval_days',
        ),
    ]
