"""Changes of the memory that do not come from a decision on a candidate."""

from apps.memory.services.embedding import (
    column_dimension,
    dimension_change,
    embed_pending,
    pending,
)
from apps.memory.services.entities import (
    DuplicateEntity,
    alias_add,
    entity_change,
    entity_shown,
    triple_retract,
)
from apps.memory.services.merge_plans import (
    MergePlan,
    UnmergePlan,
    merge_plan,
    stands_for,
    unmerge_plan,
)
from apps.memory.services.merging import (
    Merged,
    MergeRefused,
    NotOneThing,
    UnseenConflicts,
    entities_merge,
    refuse_two_things,
)
from apps.memory.services.packs import (
    PackSwitched,
    pack_switch_off,
    pack_switch_on,
    relations_load,
)
from apps.memory.services.parting import (
    PartingRefused,
    Split,
    Unmerged,
    entities_unmerge,
    entity_split,
)
from apps.memory.services.reads import entities_meant, read_call
from apps.memory.services.relation_checks import (
    MOST_EXAMPLES,
    InvalidRelation,
    cue_words_problem,
    examples_problem,
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
    relation_shown,
)
from apps.memory.services.spacing import (
    LATER_DAYS,
    fact_put_off,
    fact_still_true,
    schedules_upkeep,
    volatility_learn,
)
from apps.memory.services.words import words_rebuild

__all__ = [
    "LATER_DAYS",
    "MOST_EXAMPLES",
    "MOST_WORDINGS",
    "DuplicateEntity",
    "InvalidRelation",
    "InverseTaken",
    "MergePlan",
    "MergeRefused",
    "Merged",
    "NotOneThing",
    "PackSwitched",
    "PartingRefused",
    "RelationInput",
    "Split",
    "UnmergePlan",
    "Unmerged",
    "UnseenConflicts",
    "alias_add",
    "column_dimension",
    "cue_words_problem",
    "dimension_change",
    "embed_pending",
    "entities_meant",
    "entities_merge",
    "entities_unmerge",
    "entity_change",
    "entity_shown",
    "entity_split",
    "examples_problem",
    "fact_put_off",
    "fact_still_true",
    "merge_plan",
    "pack_switch_off",
    "pack_switch_on",
    "pending",
    "read_call",
    "refuse_two_things",
    "relation_change",
    "relation_create",
    "relation_knows",
    "relation_learn",
    "relation_restore",
    "relation_retire",
    "relation_shown",
    "relations_load",
    "role_problem",
    "schedules_upkeep",
    "stands_for",
    "triple_retract",
    "unmerge_plan",
    "volatility_learn",
    "words_rebuild",
]
