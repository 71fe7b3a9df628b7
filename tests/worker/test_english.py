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
from worker.english.titles import TITLES
from worker.english.words import (
    AUXILIARIES,
    DETERMINERS,
    NEGATIONS,
    PREPOSITIONS,
    QUESTION_WORDS,
    THIRD_PERSON,
)

ROOT = Path(__file__).parents[2]
MODULES = [
    importlib.import_module(f"worker.english.{one.name}")
    for one in pkgutil.iter_modules(worker.english.__path__)
]
# Each class with how many of its words make a list. Fewer are no class: "his|her|its".
CLASSES = {
    "question words": (QUESTION_WORDS, 3),
    "auxiliaries": (AUXILIARIES, 4),
    "prepositions": (PREPOSITIONS, 5),
    "determiners": (DETERMINERS, 6),
    "pronouns": (THIRD_PERSON, 5),
    "titles": (TITLES, 5),
    "negations": (NEGATIONS, 4),
}
MOSTLY = 0.6  # share of a class among the words of a text that a call takes apart


def lists_in(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the class of each list of closed-class words in a module: a literal
    collection, a text that is split or given to a call, a group of alternatives in a pattern, or
    comparisons with one word after the other."""
    tree = ast.parse(source)
    told = {id(node.body[0].value) for node in ast.walk(tree) if _has_docstring(node)}
    for node in ast.walk(tree):
        if id(node) in told:
            continue
        for words in _lists_of(node):
            for name, (members, least) in CLASSES.items():
                if len(members.intersection(map(str.lower, words))) >= least:
                    yield node.lineno, name


def _has_docstring(node: ast.AST) -> bool:
    scopes = (ast.Module, ast.FunctionDef, ast.ClassDef)
    return isinstance(node, scopes) and bool(node.body) and isinstance(node.body[0], ast.Expr)


def _lists_of(node: ast.AST) -> Iterator[list[str]]:
    if isinstance(node, ast.Set | ast.List | ast.Tuple):
        yield [one.value for one in node.elts if _is_text(one)]
    elif isinstance(node, ast.Dict):
        yield [one.value for one in node.keys if _is_text(one)]
        yield [one.value for one in node.values if _is_text(one)]
    elif isinstance(node, ast.MatchOr):
        yield [one.value.value for one in node.patterns if _is_text(getattr(one, "value", None))]
    elif isinstance(node, ast.BoolOp):
        sides = [one for value in node.values for one in getattr(value, "comparators", [])]
        yield [one.value for one in sides if _is_text(one)]
    elif isinstance(node, ast.Call):
        yield from _lists_in_call(node)
    elif _is_text(node) and "|" in node.value:
        yield _alternatives(node.value)


def _lists_in_call(node: ast.Call) -> Iterator[list[str]]:
    called = node.func
    if isinstance(called, ast.Attribute) and _is_text(called.value) and "split" in called.attr:
        yield re.findall(r"[^\s,;|]+", called.value.value)
        return
    for given in node.args:
        words = given.value.split() if _is_text(given) else []
        for members, _ in CLASSES.values():
            if words and sum(word in members for word in words) >= MOSTLY * len(words):
                yield words


def _alternatives(regex: str) -> list[str]:
    """Return the words that stand alone between bars: "in", "in " and "in\\s+" in a group."""
    return re.findall(r"(?:(?<=[|(:])|^)(?:\\b)?([A-Za-z']+)(?:\\[bs][+*]?| )?\??(?=[|)]|$)", regex)


def _is_text(node: object) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def files() -> Iterator[Path]:
    for folder in ("worker", "apps"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path.parts[len(ROOT.parts) : len(ROOT.parts) + 2] != ("worker", "english"):
                yield path


def test_closed_classes_stand_in_one_place():
    found = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in files()
        for line, name in sorted(set(lists_in(path.read_text("utf-8"))))
    ]
    assert found == []


def test_it_looks_into_every_part():
    folders = {path.parent.relative_to(ROOT).as_posix() for path in files()}
    for part in ("reading", "training", "heads/encoder", "mentions", "validity", "literals"):
        assert f"worker/{part}" in folders


@pytest.mark.parametrize(
    "source",
    [
        'A = {"who", "what", "which"}',
        'A = ("is", "are", "was", "were")',
        'A = frozenset("who whom whose zorb".split())',
        'import re\nA = re.compile(r"\\b(?:in|on|at|by|to|of)\\s")',
        'A = {"who": 1, "what": 2, "where": 3}',
        'B = 1\nA = rf"(?:when|where|why){B}"',
        'A = _words("who whom whose")',
        'A = "who,whom,whose".split(",")',
        'A = "is|was|are|were"',
        'A = r"(?:in |on |at |by |to )?x"',
        'A = r"(?:in\\s+|on\\s+|at\\s+|by\\s+|to\\s+)x"',
        'A = ["Mr", "Mrs", "Dr", "Sir", "Lord"]',
        'A = {"a": "he", "b": "him", "c": "his", "d": "she", "e": "her"}',
        'A = {"the", "this", "that", "these", "those", "some"}',
        'A = {"not", "never", "none", "nobody"}',
        'A = b == "is" or b == "was" or b == "are" or b == "were"',
        'match a:\n    case "who" | "whom" | "whose":\n        pass',
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
