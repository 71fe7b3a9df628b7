"""Data that migrations change, there and back."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from apps.asking.models import Question
from apps.asking.services.as_meant import AS_MEANT
from tests import factories

pytestmark = pytest.mark.django_db


def test_the_head_of_questions_asked_as_meant_gets_its_name_and_back(space, carol):
    migration = import_module("apps.asking.migrations.0005_head_as_meant")
    editor = SimpleNamespace(connection=connection)
    meant = factories.make_question(space, carol, head="pinned")
    factories.make_question(space, carol, head="encoder")
    migration.renamed("pinned", AS_MEANT)(apps, editor)
    assert set(Question.objects.values_list("head", flat=True)) == {AS_MEANT, "encoder"}
    migration.renamed(AS_MEANT, "pinned")(apps, editor)
    meant.refresh_from_db()
    assert meant.head == "pinned"
