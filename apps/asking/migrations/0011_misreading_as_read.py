import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A misread question may be meant in more steps than one: its whole reading is kept."""

    dependencies = [("asking", "0010_confirmations"), ("memory", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="misreading",
            name="reading",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AlterField(
            model_name="misreading",
            name="entity",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="memory.entity",
            ),
        ),
        migrations.AlterField(
            model_name="misreading",
            name="relation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="memory.relation",
            ),
        ),
        migrations.AlterField(
            model_name="misreading",
            name="known",
            field=models.CharField(
                blank=True, choices=[("subject", "Subject"), ("object", "Object")], max_length=10
            ),
        ),
        migrations.AddConstraint(
            model_name="misreading",
            constraint=models.CheckConstraint(
                condition=~Q(reading={})
                | Q(
                    entity__isnull=False, relation__isnull=False, known__in=["subject", "object"]
                ),
                name="asking_misreading_says_how",
            ),
        ),
    ]
