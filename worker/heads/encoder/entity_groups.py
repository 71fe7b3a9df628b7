"""From the mentions of a window to its entities: names that are one thing, and what stands for it.

The model says how likely two names mean one thing; the rules of ``worker.mentions`` say where they
cannot, and where they must.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from itertools import combinations
from typing import TypeAlias

from worker.english.anaphors import is_anaphor
from worker.heads.encoder.clusters import merged_groups, string_groups
from worker.heads.encoder.proposals import EntityMentions, fullest_name
from worker.mentions.anaphora import Thing, anaphors, stand_for
from worker.mentions.joining import Named, certain, may_join
from worker.mentions.kinds import decided_type
from worker.mentions.names import called
from worker.mentions.nationality import nationalities
from worker.types import LITERAL_KINDS, MentionSpan, Span

Likeness: TypeAlias = Callable[
    [Sequence[MentionSpan], Sequence[Sequence[int]]], list[tuple[int, int, float]]
]


def entities_of(
    text: str,
    sentences: Sequence[Span],
    mentions: Sequence[MentionSpan],
    likeness: Likeness,
    threshold: float,
    *,
    implied: bool = False,
) -> list[EntityMentions]:
    """Return the entities that the mentions of a text name, in order of their first mention.

    ``likeness`` gives (group, group, probability) for the mentions and groups of them that it is
    given. A nationality word is an entity of its own, named by its country, unless what is implied
    counts too. A pronoun or definite noun counts only where it stands for one of the entities.
    """
    standing = anaphors(text, mentions)
    plain = [m for m in mentions if not is_anaphor(m.span.of(text))]
    known, words = (plain, []) if implied else nationalities(text, [*plain, *standing], sentences)
    named = [m for m in known if m not in standing]
    made = _named(text, sentences, named, likeness, threshold)
    made = _with_anaphors(text, sentences, standing, made)
    made += [EntityMentions((one.mention,), "LOC", one.country, one.of) for one in words]
    return sorted(made, key=lambda entity: entity.mentions[0].span)


def _named(
    text: str,
    sentences: Sequence[Span],
    mentions: Sequence[MentionSpan],
    likeness: Likeness,
    threshold: float,
) -> list[EntityMentions]:
    texts = [m.span.of(text) for m in mentions]
    groups = [own for group in string_groups(texts) for own in _by_kind(text, mentions, group)]
    names = [Named(texts[g[0]], _first_type(mentions, g)) for g in groups]
    if len(groups) > 1:
        people = {i for i, g in enumerate(groups) if any(mentions[m].type == "PER" for m in g)}
        groups = _merged(groups, names, people, likeness(mentions, groups), threshold)
    found = []
    for group in groups:
        own = [mentions[i] for i in group]
        type_ = decided_type(text, own, sentences)
        found.append(EntityMentions(tuple(MentionSpan(m.span, type_) for m in own), type_))
    return found


def _by_kind(text: str, mentions: Sequence[MentionSpan], group: Sequence[int]) -> list[list[int]]:
    """Part mentions of one normalised text into names and literals, whose every sign counts:
    "2012" is a year, and a film, and "12" is not "12 %"."""
    kinds: dict[tuple[str, ...], list[int]] = {}
    for index in group:
        mention = mentions[index]
        literal = mention.type in LITERAL_KINDS
        key = (mention.type, *mention.span.of(text).split()) if literal else ()
        kinds.setdefault(key, []).append(index)
    return list(kinds.values())


def _first_type(mentions: Sequence[MentionSpan], group: Sequence[int]) -> str:
    types = [mentions[i].type for i in group]
    return max(types, key=types.count)


def _merged(
    groups: Sequence[Sequence[int]],
    names: Sequence[Named],
    people: Set[int],
    likely: Sequence[tuple[int, int, float]],
    threshold: float,
) -> list[list[int]]:
    surely, unsure = certain(names)
    same = {
        (i, j): p
        for i, j, p in likely
        if not unsure.intersection((i, j)) and may_join(names[i], names[j])
    } | dict.fromkeys(surely, 1.0)

    def may(one: Sequence[int], other: Sequence[int]) -> bool:
        # In the order of the text: of names of one length, the first is the entity's.
        both = [names[i] for i in sorted((*one, *other), key=lambda i: groups[i][0])]
        whole = max(both, key=lambda name: len(name.text))
        if not people.isdisjoint((*one, *other)):  # they may all turn out to be people
            both = [
                name if name.type in LITERAL_KINDS else Named(name.text, "PER") for name in both
            ]
        return all(called(name.text, whole.text) for name in both) and all(
            may_join(a, b) for a, b in combinations(both, 2)
        )

    pairs = [(i, j, p) for (i, j), p in same.items()]
    return merged_groups(groups, pairs, threshold, may)


def _with_anaphors(
    text: str,
    sentences: Sequence[Span],
    standing: Sequence[MentionSpan],
    entities: Sequence[EntityMentions],
) -> list[EntityMentions]:
    things = [Thing(e.type, fullest_name(text, e), e.mentions) for e in entities]
    added: dict[int, list[MentionSpan]] = {}
    chosen = stand_for(text, sentences, [one.span for one in standing], things)
    for one, index in zip(standing, chosen, strict=True):
        if index is not None:
            added.setdefault(index, []).append(MentionSpan(one.span, entities[index].type))
    return [
        EntityMentions(tuple(sorted((*e.mentions, *added[i]), key=lambda m: m.span)), e.type)
        if i in added
        else e
        for i, e in enumerate(entities)
    ]
