import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

STATES = [
    ("pending", "Pending"), ("deferred", "Deferred"), ("accepted", "Accepted"),
    ("rejected", "Rejected"), ("merged", "Merged"), ("superseding", "Superseding"),
    ("heeded", "Heeded"), ("implied", "Implied"), ("again", "Said again"), ("erased", "Erased"),
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("curation", "0026_readings_by_subject")]

    operations = [
        migrations.RemoveConstraint(model_name="candidate", name="curation_candidate_state_known"),
        migrations.AlterField(
            model_name="candidate",
            name="state",
            field=models.CharField(choices=STATES, default="pending", max_length=12),
        ),
        migrations.AddConstraint(
            model_name="candidate",
            constraint=models.CheckConstraint(
                condition=Q(state__in=[name for name, _ in STATES]),
                name="curation_candidate_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="candidate",
            constraint=models.CheckConstraint(
                condition=~Q(state="again") | Q(follows_from__isnull=False, against__isnull=True),
                name="curation_candidate_again_fits",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="along_with",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="taken_along",
                to="curation.decision",
            ),
        ),
    ]
