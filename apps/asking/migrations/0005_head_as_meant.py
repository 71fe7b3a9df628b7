from django.db import migrations


def renamed(old, new):
    def rename(apps, schema_editor):
        questions = apps.get_model("asking", "Question").objects.using(schema_editor.connection.alias)
        questions.filter(head=old).update(head=new)

    return rename


class Migration(migrations.Migration):
    """The head of a question that is asked again as it was meant has the name of what it does."""

    dependencies = [("asking", "0004_answer_understood")]

    operations = [
        migrations.RunPython(renamed("pinned", "as-meant"), renamed("as-meant", "pinned")),
    ]
