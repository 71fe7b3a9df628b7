"""Changes of the memory that do not come from a decision on a candidate."""

from apps.memory.services.embedding import (
    column_dimension,
    dimension_change,
    embed_pending,
    pending,
)
from apps.memory.services.entities import (
    DuplicateEntity,
    Merged,
    MergeRefused,
    alias_add,
    entities_merge,
    entity_change,
    triple_retract,
)
from apps.memory.services.relation_checks import (
    InvalidRelation,
    cue_words_problem,
    role_problem,
)
from apps.memory.services.relations import (
    MOST_WORDINGS,
    InverseTaken,
    RelationInput,
    relation_change,
    relation_create,
    relation_knows,
    relation_learn,
    relation_restore,
    relation_retire,
    relations_load,
)
from apps.memory.services.words import words_rebuild

__all__ = [
    "MOST_WORDINGS",
    "DuplicateEntity",
    "InvalidRelation",
    "InverseTaken",
    "MergeRefused",
    "Merged",
    "RelationInput",
    "alias_add",
    "column_dimension",
    "cue_words_problem",
    "dimension_change",
    "embed_pending",
    "entities_merge",
    "entity_change",
    "pending",
    "relation_change",
    "relation_create",
    "relation_knows",
    "relation_learn",
    "relation_restore",
    "relation_retire",
    "relations_load",
    "role_problem",
    "triple_retract",
    "words_rebuild",
]
