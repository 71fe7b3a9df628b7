"""The indexes by which facts are read hold their order too: a long list is not read whole.

They stand for those of subject and object alone too, which the planner might take instead.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("memory", "0006_words")]
    operations = [
        migrations.AddIndex(
            model_name="triple",
            index=models.Index(
                fields=["subject", "relation", "id"], name="memory_triple_subject_facts"
            ),
        ),
        migrations.AddIndex(
            model_name="triple",
            index=models.Index(
                fields=["object", "relation", "id"], name="memory_triple_object_facts"
            ),
        ),
        migrations.RemoveIndex(model_name="triple", name="memory_triple_sr"),
        migrations.RemoveIndex(model_name="triple", name="memory_triple_or"),
        migrations.AlterField(
            model_name="triple",
            name="subject",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="triples_as_subject",
                to="memory.entity",
            ),
        ),
        migrations.AlterField(
            model_name="triple",
            name="object",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="triples_as_object",
                to="memory.entity",
            ),
        ),
    ]
