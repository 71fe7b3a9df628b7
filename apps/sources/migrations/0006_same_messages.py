"""The same messages may be said in two sessions; only what is added as a file is there once."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("sources", "0005_conversations")]
    operations = [
        migrations.RemoveConstraint(model_name="document", name="sources_document_content_once"),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                fields=["space", "content_sha256"],
                condition=Q(erased_at__isnull=True) & ~Q(format="chat"),
                name="sources_document_content_once",
            ),
        ),
    ]
