"""What a relation says of times and order becomes part of the relation."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memory", "0008_no_schedule")]

    operations = [
        migrations.AddField(
            model_name="relation",
            name="lasts",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="relation",
            name="cue_words",
            field=ArrayField(
                base_field=models.CharField(max_length=40),
                blank=True,
                db_default=[],
                default=list,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="relation",
            name="role",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Nothing of the kind"),
                    ("starts", "When the subject began"),
                    ("ends", "When the subject ended"),
                    ("happens", "When the subject happened"),
                    ("dates", "The subject was there for as long as the fact holds"),
                    ("replaces", "The subject took the place of the object"),
                    ("replaced_by", "The object took the place of the subject"),
                    ("follows", "The subject comes next after the object"),
                    ("followed_by", "The object comes next after the subject"),
                ],
                db_default="",
                default="",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="relation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    role__in=[
                        "",
                        "starts",
                        "ends",
                        "happens",
                        "dates",
                        "replaces",
                        "replaced_by",
                        "follows",
                        "followed_by",
                    ]
                ),
                name="memory_relation_role_known",
            ),
        ),
    ]
