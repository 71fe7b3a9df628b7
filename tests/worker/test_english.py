"""Language in one place: every pattern shows what it finds, and closed classes stand in
``worker/english`` alone."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import worker.english
import worker.english.comparing as _comparing
from worker.english.patterns import EXAMPLES, of_words, one_of
from worker.english.words import AUXILIARIES, PREPOSITIONS, QUESTION_WORDS

ROOT = Path(__file__).parents[2]
MODULES = [
    importlib.import_module(f"worker.english.{one.name}")
    for one in pkgutil.iter_modules(worker.english.__path__)
]
CLASSES = {
    "question words": (QUESTION_WORDS, 3),
    "auxiliaries": (AUXILIARIES, 4),
    "prepositions": (PREPOSITIONS, 5),
}
# What still has lists of its own, and how many; a number may only get smaller. The mentions, times
# and literals of documents read sentences and no questions; their lists are of another grammar.
LEFT: dict[str, int] = {
    "worker/heads/scripted/write_head.py": 1,
    "worker/literals/quantities.py": 2,
    "worker/mentions/nationality.py": 2,
    "worker/mentions/overlay.py": 1,
    "worker/mentions/phrases.py": 1,
    "worker/validity/attach.py": 7,
    "worker/validity/relations.py": 2,
    "apps/curation/services/grounds.py": 1,
    "apps/memory/controller/phrases.py": 5,
}


def lists_in(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the class of each list of closed-class words in a module: a literal
    collection, a text that is split, or a group of alternatives in a pattern."""
    tree = ast.parse(source)
    told = {id(node.body[0].value) for node in ast.walk(tree) if _has_docstring(node)}
    for node in ast.walk(tree):
        if id(node) in told:
            continue
        words = _words_of(node)
        for name, (members, least) in CLASSES.items():
            if len(members.intersection(words)) >= least:
                yield node.lineno, name


def _has_docstring(node: ast.AST) -> bool:
    scopes = (ast.Module, ast.FunctionDef, ast.ClassDef)
    return isinstance(node, scopes) and bool(node.body) and isinstance(node.body[0], ast.Expr)


def _words_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Set | ast.List | ast.Tuple):
        return [one.value for one in node.elts if _is_text(one)]
    if isinstance(node, ast.Dict):
        return [one.value for one in node.keys if _is_text(one)]
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if called and node.func.attr == "split" and _is_text(node.func.value):
        return node.func.value.value.split()
    if _is_text(node) and "|" in node.value:
        return re.findall(r"(?<=[|(:])[a-z']+(?=[|)])", node.value)
    return []


def _is_text(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def files() -> Iterator[Path]:
    for folder in ("worker", "apps"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.parts[len(ROOT.parts) : len(ROOT.parts) + 2] != ("worker", "english"):
                yield path


def test_closed_classes_stand_in_one_place():
    found = {}
    for path in files():
        count = len(set(lists_in(path.read_text("utf-8"))))
        if count:
            found[str(path.relative_to(ROOT))] = count
    assert found == LEFT


@pytest.mark.parametrize(
    "source",
    [
        'A = {"who", "what", "which"}',
        'A = ("is", "are", "was", "were")',
        'A = frozenset("who whom whose zorb".split())',
        'import re\nA = re.compile(r"\\b(?:in|on|at|by|to|of)\\s")',
        'A = {"who": 1, "what": 2, "where": 3}',
        'B = 1\nA = rf"(?:when|where|why){B}"',
    ],
)
def test_it_finds_lists(source):
    assert len(list(lists_in(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        '"""Who, what, which: (?:who|what|which)."""',
        'A = "who, what and which of is are was were in on at by"',
        'A = ("who", "what")',
        'A = "Where was {subject} born?|Who is it?"',
    ],
)
def test_it_takes_no_text_for_a_list(source):
    assert list(lists_in(source)) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.yes)
def test_every_pattern_finds_its_example_and_not_the_other(example):
    assert example.holds(example.yes)
    assert not example.holds(example.no)


def test_every_pattern_of_questions_has_examples():
    made = {
        f"{module.__name__}.{name}": value.pattern
        for module in MODULES
        if hasattr(module, "pattern")
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern)
    }
    shown = {one.pattern.pattern for one in EXAMPLES}
    assert [name for name, regex in made.items() if regex not in shown] == []
    assert len(made) > 55


def test_every_list_of_comparing_has_examples():
    lists = {
        name: value
        for name, value in vars(_comparing).items()
        if isinstance(value, frozenset | dict)
    }
    lists = {name: value for name, value in lists.items() if name.isupper()}
    shown = {one.pattern.pattern for one in EXAMPLES}
    assert [name for name, words in lists.items() if of_words(words) not in shown] == []
    assert len(lists) > 18
    assert all(word == word.lower() for words in lists.values() for word in words)


def test_a_group_takes_the_longest_word():
    assert re.fullmatch(one_of(["what", "whatever", "how many"]), "how  many")
    assert re.match(one_of(["what", "whatever"]), "whatever").group() == "whatever"
