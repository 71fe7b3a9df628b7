"""No function of ours takes more than a reader can hold at once."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from radon.complexity import cc_visit

ROOT = Path(settings.BASE_DIR)
MOST = 15
FOLDERS = ("apps", "memweb", "worker", "client")
FILES = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]


def too_complex(source: str) -> list[str]:
    """Return the functions of a module with more ways through than MOST, by McCabe's measure.

    radon counts the conditions of comprehensions and of "and" and "or" too, which ruff's C901
    leaves out.
    """
    blocks = cc_visit(source)
    found = [*blocks, *(method for one in blocks for method in getattr(one, "methods", ()))]
    return sorted(
        {
            f"{block.fullname} ({block.complexity})"
            for block in found
            if block.letter != "C" and block.complexity > MOST
        }
    )


def test_it_has_no_function_that_is_too_complex():
    found = {str(path.relative_to(ROOT)): too_complex(path.read_text("utf-8")) for path in FILES}
    assert {path: names for path, names in found.items() if names} == {}


def test_it_counts_every_condition():
    conditions = " and ".join(f"a[{n}]" for n in range(MOST + 1))
    assert too_complex(f"def f(a):\n    return {conditions}\n") == ["f (16)"]
    assert too_complex(f"class A:\n    def f(self, a):\n        return {conditions}\n") == [
        "A.f (16)"
    ]
    assert too_complex(f"def f(a):\n    return {conditions.removeprefix('a[0] and ')}\n") == []
