"""Documents of conversations, whose text grows at its end and changes in no other way."""

from django.db import migrations, models
from django.db.models import Q

_HEAD = """
CREATE OR REPLACE FUNCTION sources_document_text_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.text = ''
        AND OLD.space_id = NEW.space_id THEN
        RETURN NEW;
    END IF;
"""
_GROWS = """
    IF OLD.format = 'chat' AND NEW.format = 'chat' AND OLD.erased_at IS NULL
        AND NEW.erased_at IS NULL AND NEW.erased_by_id IS NULL AND OLD.space_id = NEW.space_id
        AND length(NEW.text) > length(OLD.text) AND starts_with(NEW.text, OLD.text || E'\\n') THEN
        RETURN NEW;
    END IF;
"""
_TAIL = """
    RAISE EXCEPTION 'the text of a document never changes: evidence counts its characters'
        USING ERRCODE = 'restrict_violation';
END $$;
"""
_FORMATS = ["text", "markdown", "html", "pdf", "triples"]


def _known(formats: list[str]) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(format__in=formats), name="sources_document_format_known"
    )


class Migration(migrations.Migration):
    dependencies = [("sources", "0004_erase_texts")]
    operations = [
        migrations.AlterField(
            model_name="document",
            name="format",
            field=models.CharField(
                choices=[
                    ("text", "Plain text"),
                    ("markdown", "Markdown"),
                    ("html", "HTML"),
                    ("pdf", "PDF"),
                    ("triples", "Ready-made triples"),
                    ("chat", "Conversation"),
                ],
                max_length=10,
            ),
        ),
        migrations.RemoveConstraint(model_name="document", name="sources_document_format_known"),
        migrations.AddConstraint(model_name="document", constraint=_known([*_FORMATS, "chat"])),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                fields=["space", "filename"],
                condition=Q(erased_at__isnull=True, format="chat"),
                name="sources_document_session_once",
            ),
        ),
        migrations.RunSQL(_HEAD + _GROWS + _TAIL, _HEAD + _TAIL),
    ]
