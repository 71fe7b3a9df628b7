"""Find the event before and after one in its transaction by an index, however many it has."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_keep_changes")]
    operations = [
        migrations.RemoveIndex(model_name="event", name="audit_event_transaction"),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["transaction", "id"], name="audit_event_transaction"),
        ),
    ]
