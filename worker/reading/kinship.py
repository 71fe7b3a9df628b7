"""Kinship that is made up of what is recorded: grandparents, siblings, in-laws.

The memory records fathers, mothers, children, spouses and siblings; the rest follows from these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from worker.reading.question import AnyOf, FirstOf, Node, Option, Reached, Spans, Without
from worker.reading.stems import named_by, stem
from worker.relation_roles import KIN, with_role
from worker.types import RelationSpec, Side

_PLAIN: dict[str, tuple[str, ...]] = {
    "parent": ("parent",), "child": ("child",), "son": ("child",), "daughter": ("child",),
    "kid": ("child",), "offspring": ("child",), "father": ("father",), "mother": ("mother",),
    "dad": ("father",), "mum": ("mother",), "mom": ("mother",), "spouse": ("spouse",),
    "husband": ("spouse",), "wife": ("spouse",), "sibling": ("sibling",), "brother": ("sibling",),
    "sister": ("sibling",), "grandparent": ("parent", "parent"),
    "grandfather": ("parent", "father"), "grandmother": ("parent", "mother"),
    "grandchild": ("child", "child"), "grandson": ("child", "child"),
    "granddaughter": ("child", "child"), "uncle": ("parent", "sibling"),
    "aunt": ("parent", "sibling"), "nephew": ("sibling", "child"), "niece": ("sibling", "child"),
    "cousin": ("parent", "sibling", "child"), "father-in-law": ("spouse", "father"),
    "mother-in-law": ("spouse", "mother"), "parent-in-law": ("spouse", "parent"),
    "son-in-law": ("child", "spouse"), "daughter-in-law": ("child", "spouse"),
    "brother-in-law": ("spouse", "sibling"), "sister-in-law": ("spouse", "sibling"),
    "great-grandparent": ("parent", "parent", "parent"),
    "great-grandfather": ("parent", "parent", "father"),
    "great-grandmother": ("parent", "parent", "mother"),
    "great-grandchild": ("child", "child", "child"),
    "great-grandson": ("child", "child", "child"),
    "great-granddaughter": ("child", "child", "child"),
    "stepfather": ("mother", "spouse"), "stepmother": ("father", "spouse"),
}  # fmt: skip
# "Maternal uncle": which parent the first step goes to.
_PLAIN |= {
    f"{side}-{word}": (parent, *steps[1:])
    for side, parent in (("paternal", "father"), ("maternal", "mother"))
    for word, steps in _PLAIN.items()
    if len(steps) > 1 and steps[0] == "parent"
}
_IRREGULAR = {"children": "child", "grandchildren": "grandchild", "wives": "wife",
              "great-grandchildren": "great-grandchild", "kids": "kid",
              "parents-in-law": "parent-in-law"}  # fmt: skip
# No fact says of which sex somebody is, so an answer does not say it either.
_NEUTRAL = {
    "son": "child", "daughter": "child", "brother": "sibling", "sister": "sibling",
    "grandson": "grandchild", "granddaughter": "grandchild",
    "great-grandson": "great-grandchild", "great-granddaughter": "great-grandchild",
    "uncle": "uncle or aunt", "aunt": "uncle or aunt",
    "nephew": "nephew or niece", "niece": "nephew or niece",
    "brother-in-law": "brother- or sister-in-law", "sister-in-law": "brother- or sister-in-law",
    "son-in-law": "son- or daughter-in-law", "daughter-in-law": "son- or daughter-in-law",
    "husband": "spouse", "wife": "spouse",
}  # fmt: skip
_BACK = {"parent": "child", "father": "child", "mother": "child", "child": "parent",
         "spouse": "spouse", "sibling": "sibling"}  # fmt: skip
_OTHER = {"father": "mother", "mother": "father"}
# What people call kin in talk, and what is looked up for it; the answer says so.
_LOOSE = {
    "heir": "child", "heiress": "child", "darling": "spouse", "hubby": "spouse",
    "couple": "spouse", "other-half": "spouse", "better-half": "spouse",
}  # fmt: skip


@dataclass(frozen=True)
class Kin:
    """A word for kin, of either sex where nothing tells it, and the steps that lead to them.

    ``loose`` is the word of the question where it is only taken for this.
    """

    word: str
    steps: tuple[str, ...]
    loose: str = ""


def kin_of(word: str) -> Kin | None:
    """Return what a word for kin means; None for other words.

    >>> kin_of("grandchildren").steps, kin_of("husband").word, kin_of("colleague")
    (('child', 'child'), 'spouse', None)
    """
    plain = _IRREGULAR.get(word, word)
    if (taken := _LOOSE.get(plain) or _LOOSE.get(plain.removesuffix("s"))) is not None:
        return Kin(taken, _PLAIN[taken], plain)
    if plain not in _PLAIN and plain.endswith("s"):
        plain = plain[:-1]
    if plain not in _PLAIN and plain.replace("s-in-law", "-in-law") in _PLAIN:
        plain = plain.replace("s-in-law", "-in-law")
    if plain not in _PLAIN:
        return None
    return Kin(_NEUTRAL.get(plain, plain), _PLAIN[plain])


def back_from(kin: Kin) -> Kin | None:
    """Return what somebody is to their kin, of one step; None for kin of kin.

    >>> back_from(kin_of("sons")).word, back_from(kin_of("aunt"))
    ('parent', None)
    """
    if len(kin.steps) > 1:
        return None
    return kin_of(_BACK[kin.steps[0]])


def kin_node(
    kin: Kin, of: Node, relations: Sequence[RelationSpec], spans: Spans = ()
) -> Node | None:
    """Return the set of the kin of ``of``, as asked for by the words at ``spans``; None where the
    memory records nothing of the kind, or records it by the word that asks for it."""
    known = _Recorded(relations)
    if known.as_asked(kin):
        return None
    node: Node | None = of
    for step in kin.steps:
        node = known.step(step, node) if node is not None else None
    if node is None or node is of:
        return None
    node = replace(node, spans=spans)
    if kin.loose and isinstance(node, Reached):
        return replace(node, loose=f"“{kin.loose}” is taken for {kin.word}.")
    if kin.steps[0] in _OTHER or not isinstance(node, Reached):
        return node
    return replace(node, derived=kin.word)


class _Recorded:
    """Which relations of a memory record kinship."""

    def __init__(self, relations: Sequence[RelationSpec]) -> None:
        self._relations: dict[str, tuple[RelationSpec, ...]] = {
            role: with_role(relations, role) for role in KIN
        }

    def as_asked(self, kin: Kin) -> bool:
        """Tell whether the relation for kin goes by the word for it, as any other relation does."""
        role = kin.steps[0]
        if kin.loose or len(kin.steps) > 1 or role not in (*_OTHER, "spouse"):
            return False
        if role in _OTHER and (self.options(("parent", "subject")) or self._told_by_child(role)):
            return False
        return all(stem(role) in named_by(one) for one in self._relations[role])

    def options(self, *asked: tuple[str, Side]) -> tuple[Option, ...]:
        return tuple(Option(one, known) for name, known in asked for one in self._relations[name])

    def step(self, name: str, of: Node) -> Node | None:
        """Return the kin of a set that is one step away, from whatever side it is recorded."""
        if name in _OTHER:
            return self._parent(name, of)
        steps: dict[str, Callable[[], tuple[Option, ...]]] = {
            "parent": lambda: self.options(
                ("father", "subject"), ("mother", "subject"), ("parent", "subject"),
                ("child", "object"),
            ),
            "child": lambda: self.options(
                ("child", "subject"), ("father", "object"), ("mother", "object"),
                ("parent", "object"),
            ),
            "spouse": lambda: self.options(("spouse", "subject"), ("spouse", "object")),
            "sibling": lambda: self.options(("sibling", "subject"), ("sibling", "object")),
        }  # fmt: skip
        options = steps[name]()
        found: Node | None = Reached(of, options, every=True) if options else None
        if name != "sibling":
            return found
        parents = self.step("parent", of)
        shared = self.step("child", parents) if parents is not None else None
        both = [part for part in (found, Without(shared, (of,)) if shared else None) if part]
        return AnyOf(tuple(both)) if both else None

    def _parent(self, name: str, of: Node) -> Node | None:
        """Return the father or mother of a set. Where only parents are recorded, and not which of
        them, these stand in, without one who is known to be the other."""
        exact, wider = self.options((name, "subject")), self.options(("parent", "subject"))
        if not wider:
            told = self._other_parent(name, of)
            if exact and told is not None:
                return FirstOf((Reached(of, exact), told))
            return Reached(of, exact) if exact else told
        other = self.options((_OTHER[name], "subject"))
        loose = f"Recorded is a parent; no fact says that it is the {name}."
        parents: Node = Reached(of, wider, loose=loose)
        if other:
            parents = Without(parents, (Reached(of, other),), implied=True)
        return FirstOf((Reached(of, exact), parents)) if exact else parents

    def _told_by_child(self, name: str) -> bool:
        """Tell whether a parent may be known from what is said of their children, the other parent
        being known for one."""
        known = (*self.options((_OTHER[name], "subject")), *self.options(("child", "object")))
        return len(known) > 1 and all(option.relation.used for option in known)

    def _other_parent(self, name: str, of: Node) -> Node | None:
        """Return whose child is recorded without the one who is known to be the other parent; a
        child has two."""
        if not self._told_by_child(name):
            return None
        loose = f"Recorded is a parent beside the {_OTHER[name]}, taken for the {name}."
        parents = Reached(of, self.options(("child", "object")), every=True, loose=loose)
        other = Reached(of, self.options((_OTHER[name], "subject")))
        return Without(parents, (other,), implied=True, needed=True)
