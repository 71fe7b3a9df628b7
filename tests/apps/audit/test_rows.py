"""Which tables are recorded, and that nothing of theirs stands where it cannot be erased."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, models

from apps.audit.rows import SEALED, UNSEALED, Sealed

OURS = ("accounts", "api", "audit", "common", "sources", "memory", "curation", "asking")
# Of the app that seals, these; the others hold what is sealed.
RECORDED = ("provenance_withdrawal", "provenance_withdrawnrow")
# Columns of text with closed sets of values, or with what no person wrote.
CLOSED = frozenset(
    {
        "action", "chosen", "digits", "format", "head", "head_hashes", "head_setup", "head_version",
        "kind", "known", "mood", "object_kind", "object_type", "object_types", "op", "origin",
        "read_head", "role", "roles", "state", "status", "step", "subject_type", "subject_types",
        "type", "was", "wikidata_property", "write_head",
    }
)  # fmt: skip
# JSON of row numbers alone.
NUMBERS = frozenset({"moved", "duplicates", "evidence", "pointers", "unsupported"})
TEXTUAL = (models.CharField, models.TextField)


def _models() -> dict[str, type[models.Model]]:
    return {
        model._meta.db_table: model
        for label in OURS
        for model in apps.get_app_config(label).get_models()
    } | {
        model._meta.db_table: model
        for model in apps.get_app_config("provenance").get_models()
        if model._meta.db_table in RECORDED
    }


def test_every_table_is_recorded_or_named() -> None:
    sealed = {one.table for one in SEALED}
    assert sealed.isdisjoint(UNSEALED)
    assert sealed | UNSEALED == set(_models())


@pytest.mark.parametrize("sealed", SEALED, ids=lambda one: one.table)
def test_what_people_write_is_private(sealed: Sealed) -> None:
    fields = {field.column: field for field in _models()[sealed.table]._meta.concrete_fields}
    named = (*sealed.private, *sealed.hashed, *sealed.digits, *sealed.omitted)
    assert len(set(named)) == len(named)
    assert set(named) <= set(fields)
    for column, field in fields.items():
        if column in named or column in CLOSED | NUMBERS:
            continue
        inner = getattr(field, "base_field", field)
        assert not isinstance(inner, TEXTUAL), f"{sealed.table}.{column} is text"
        assert not isinstance(field, (models.JSONField, models.FloatField)), column


@pytest.mark.django_db
@pytest.mark.parametrize("sealed", SEALED, ids=lambda one: one.table)
def test_the_database_watches_it_as_is_said(sealed: Sealed) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, string_to_array(encode(tgargs, 'escape'), '\\000'),"
            " ARRAY(SELECT attname::text FROM pg_attribute"
            "       WHERE attrelid = tgrelid AND attnum = ANY (tgattr))"
            " FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'audit_%%'",
            [sealed.table],
        )
        found = {name: (arguments, columns) for name, arguments, columns in cursor.fetchall()}
    assert set(found) == {"audit_inserted", "audit_updated", "audit_deleted"}
    lists = [sealed.private, sealed.hashed, sealed.digits, sealed.omitted]
    expected = [sealed.space, *("{" + ",".join(one) + "}" for one in lists), ""]
    for arguments, _ in found.values():
        assert arguments == expected
    columns = {field.column for field in _models()[sealed.table]._meta.concrete_fields}
    assert set(found["audit_updated"][1]) == columns - set(sealed.omitted)
