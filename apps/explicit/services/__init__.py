"""Explicit memory of a space: switched on by an owner, built by a job, looked up for an answer."""

from apps.explicit.services.adapting import (
    adapting_set,
    adapts_to,
    found_useful,
    useful_forget,
)
from apps.explicit.services.builds import (
    BUILDS,
    build_cancel,
    build_request,
    build_run,
    build_run_next,
    build_sweep,
)
from apps.explicit.services.choices import (
    adapters,
    choosable,
    explicit_switch_off,
    explicit_switch_on,
)
from apps.explicit.services.errors import ExplicitRefused
from apps.explicit.services.files import Verified, damaged_mark, files_verify
from apps.explicit.services.hierarchy import (
    Weighing,
    begins,
    costs_measure,
    hierarchy_sweep,
    hierarchy_weigh,
    move_make,
    policy_set,
)
from apps.explicit.services.looking import ShelfAsThen, ShelfKnownAt, SpaceShelf
from apps.explicit.services.uses import memories_used

__all__ = [
    "BUILDS",
    "ExplicitRefused",
    "ShelfAsThen",
    "ShelfKnownAt",
    "SpaceShelf",
    "Verified",
    "Weighing",
    "adapters",
    "adapting_set",
    "adapts_to",
    "begins",
    "build_cancel",
    "build_request",
    "build_run",
    "build_run_next",
    "build_sweep",
    "choosable",
    "costs_measure",
    "damaged_mark",
    "explicit_switch_off",
    "explicit_switch_on",
    "files_verify",
    "found_useful",
    "hierarchy_sweep",
    "hierarchy_weigh",
    "memories_used",
    "move_make",
    "policy_set",
    "useful_forget",
]
