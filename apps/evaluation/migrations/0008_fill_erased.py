"""Count what was erased of versions before they said so, and let runs count the results that they
have."""

from django.db import migrations
from django.db.models import Count, F


def fill(apps, schema_editor):
    versions = apps.get_model("evaluation", "BenchmarkVersion").objects
    counted = versions.annotate(there=Count("cases")).filter(size__gt=F("there"))
    for number, there in list(counted.values_list("pk", "there")):
        versions.filter(pk=number).update(erased=F("size") - there)
    runs = apps.get_model("evaluation", "Run").objects
    have = runs.annotate(have=Count("results")).filter(done__gt=F("have"))
    for number, results in list(have.values_list("pk", "have")):
        runs.filter(pk=number).update(done=results)


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0007_version_erased")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
