"""Many tables by one step of a migration.

After each step Django builds the classes of all models anew that are related to what the step
changed, which here are nearly all of them. With a step for each table that, and not the database,
is what a new database waits for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState
from django.db.models import Model


class CreateModels(Operation):
    """Do what the given ``CreateModel`` operations do, one after the other, and build the classes
    of the models once.

    Models may refer to later ones: PostgreSQL gets foreign keys when all tables are there.
    """

    category = OperationCategory.ADDITION
    serialization_expand_args = ["models"]

    def __init__(self, models: Sequence[CreateModel]) -> None:
        self.models = models

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__qualname__, [], {"models": self.models}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # the classes, which are built when they are asked for
        for each in self.models:
            each.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in self._allowed(app_label, schema_editor, to_state):
            schema_editor.create_model(model)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for model in reversed([*self._allowed(app_label, schema_editor, from_state)]):
            schema_editor.delete_model(model)

    def _allowed(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> Iterator[type[Model]]:
        for each in self.models:
            model = state.apps.get_model(app_label, each.name)
            if self.allow_migrate_model(schema_editor.connection.alias, model):
                yield model

    def describe(self) -> str:
        return f"Create the models {', '.join(each.name for each in self.models)}"

    @property
    def migration_name_fragment(self) -> str:
        return "_".join(each.name_lower for each in self.models)
