"""The migrations as they stand on disk, and databases that were made by those they replace."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations import CreateModel
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

from memweb.embedded import EmbeddedError
from memweb.serving import servers
from memweb.serving.between import refuse_if_between
from memweb.tables import CreateModels

ON_DISK = MigrationLoader(None).disk_migrations
SQUASHED = {key: one.replaces for key, one in ON_DISK.items() if one.replaces}
REPLACED = [name for names in SQUASHED.values() for name in names]
ROWS = MigrationRecorder(connection)


@pytest.fixture
def recorded():
    """What the database says was applied, which comes back afterwards."""
    before = {(row.app, row.name) for row in ROWS.migration_qs.all()}
    yield before
    ROWS.migration_qs.all().delete()
    for app, name in sorted(before):
        ROWS.record_applied(app, name)


def forget(*keys):
    for app, name in keys:
        ROWS.record_unapplied(app, name)


def by_name():
    return {(row.app, row.name) for row in ROWS.migration_qs.all()}


def migrated():
    call_command("migrate", interactive=False, verbosity=0)


# ---- On disk ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_models_are_what_the_migrations_make():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("key", SQUASHED, ids=".".join)
def test_a_squashed_migration_replaces_all_up_to_the_one_it_is_named_after(key):
    app, name = key
    replaced = SQUASHED[key]
    assert [int(old[:4]) for _, old in replaced] == list(range(1, len(replaced) + 1))
    assert {one for one, _ in replaced} == {app}
    assert name == f"0001_squashed_{replaced[-1][1]}"
    assert not ON_DISK.keys() & set(replaced)


def test_a_new_database_needs_few_steps():
    ours = [key for key, one in ON_DISK.items() if type(one).__module__.startswith("apps.")]
    squashed = {app for app, _ in SQUASHED} | {"common", "webhooks"}
    assert {app for app, _ in ours} == squashed
    assert len(REPLACED) == len(set(REPLACED)) == 122


# ---- Databases of before -------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("migrate", [servers.migrate, migrated])
@pytest.mark.parametrize(
    "missing",
    [
        [("memory", "0023_fact_schedule")],
        [key for key in REPLACED if key[0] in ("provenance", "explicit")],
        [key for key in REPLACED if key != ("accounts", "0001_initial")],
    ],
    ids=["the last of an app", "whole apps", "all but one"],
)
def test_a_database_in_between_is_refused_in_a_sentence(recorded, migrate, missing):
    forget(*SQUASHED, *missing)
    before = by_name()
    with pytest.raises(EmbeddedError) as refused:
        migrate()
    sentence = str(refused.value)
    assert f"122 migrations that are replaced here, {len(missing)} are missing" in sentence
    assert f"the first of them {'.'.join(min(missing))}" in sentence
    assert sentence.count(". ") == 0
    assert "c062a008" in sentence
    assert by_name() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("migrate", [servers.migrate, migrated])
def test_a_database_that_got_to_the_end_is_taken_as_it_is(recorded, migrate):
    forget(*SQUASHED)
    assert not migrate()  # nothing to do
    assert by_name() == recorded  # by the new names too


@pytest.mark.django_db
def test_a_new_database_that_was_left_half_made_goes_on(recorded):
    # Each squashed migration is applied whole, and records those that it replaces.
    half = [key for key in SQUASHED if key[0] not in ("accounts", "sources")]
    forget(*half, *(old for key in half for old in SQUASHED[key]))
    refuse_if_between()
    forget(("sources", "0006_same_messages"), ("sources", "0001_squashed_0006_same_messages"))
    with pytest.raises(EmbeddedError):  # no new database ever stands so
        refuse_if_between()


@pytest.mark.django_db
def test_an_empty_database_is_not_in_between(recorded):
    ROWS.migration_qs.all().delete()
    refuse_if_between()


# ---- Many tables in one step ---------------------------------------------------------------------

NUMBER = ("id", models.BigAutoField(primary_key=True))
ROUND = CreateModels(
    [
        CreateModel("Hen", [NUMBER, ("egg", models.ForeignKey("common.egg", models.CASCADE))]),
        CreateModel(
            "Egg",
            [NUMBER, ("hen", models.ForeignKey("common.hen", models.CASCADE, null=True))],
            {"indexes": [models.Index(fields=["hen", "-id"], name="common_egg_newest")]},
        ),
    ]
)


def tables():
    return {name for name in connection.introspection.table_names() if name.startswith("common_")}


@pytest.mark.django_db
def test_models_that_refer_to_each_other_are_made_in_one_step_and_dropped():
    before, after = ProjectState(), ProjectState()
    assert not after.apps.get_models()  # built, and to be built anew
    known = tables()
    ROUND.state_forwards("common", after)
    assert {model.__name__ for model in after.apps.get_models()} == {"Hen", "Egg"}
    with connection.schema_editor() as editor:
        ROUND.database_forwards("common", editor, before, after)
    assert tables() == known | {"common_hen", "common_egg"}
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "common_egg")
    assert found["common_egg_newest"]["columns"] == ["hen_id", "id"]
    keys = [one["foreign_key"] for one in found.values() if one["foreign_key"]]
    assert keys == [("common_hen", "id")]
    with connection.schema_editor() as editor:
        ROUND.database_backwards("common", editor, after, before)
    assert tables() == known


def test_it_says_what_it_makes_and_can_be_written_down():
    assert ROUND.describe() == "Create the models Hen, Egg"
    assert ROUND.migration_name_fragment == "hen_egg"
    text, imports = MigrationWriter.serialize(ROUND)
    assert text.startswith("memweb.tables.CreateModels(")
    assert imports >= {"import memweb.tables"}
    names: dict[str, object] = {}
    exec("\n".join([*imports, "from django.db import migrations", f"copy = {text}"]), names)
    assert [one.name for one in names["copy"].models] == ["Hen", "Egg"]
