"""What a server says that a passage states, and what of it is believed."""

from __future__ import annotations

import doctest
import subprocess
import sys
from datetime import date

import pytest

from tests.worker.model_server import reply_body, says, send, serving, states
from worker.errors import WorkerError
from worker.heads import placing
from worker.heads.placing import nearest, places
from worker.heads.remote import calls, replies
from worker.heads.remote.calls import facts_of_call
from worker.heads.remote.facts import MOST_FACTS
from worker.heads.remote.write_head import RemoteWriteHead
from worker.protocol import parse_write
from worker.types import PassageText, RelationSpec, Span, TimeValue

RELATIONS = [
    RelationSpec("r1", "place of birth", subject_types=("PER",), object_types=("LOC",)),
    RelationSpec("r2", "date of birth", subject_types=("PER",), object_types=("TIME",)),
    RelationSpec("r3", "employer", subject_types=("PER",), object_types=("ORG", "PER"),
                 cue_words=("work*", "join*")),
    RelationSpec("r4", "sales >> region; net", object_types=("ORG", "LOC", "TIME", "MISC")),
]  # fmt: skip
SENTENCES = (
    "Ada Brook, a chemist, was born on 7 November 1967 in Oakham.",
    "She worked for Halden FC from 1999 until 2004.",
    "Oakham is small.",
    "Nobody there plays for Acme.",
    "Bo O’Hara may join Ada Brook's  Halden FC.",
)


def passage(*sentences: str) -> PassageText:
    spans, start = [], 0
    for sentence in sentences:
        spans.append(Span(start, start + len(sentence)))
        start += len(sentence) + 1
    return PassageText("p1", " ".join(sentences), tuple(spans))


TEXT = passage(*SENTENCES)


def read(*acts, text=TEXT, relations=RELATIONS, **options):
    """Have a passage read by a server that does these acts; return its extraction."""
    with serving(*acts) as server:
        (found,) = RemoteWriteHead(server.config(**options)).extract([text], relations)
    for proposal in (*found.proposals, *found.unstated):
        for side in (proposal.subject, proposal.object):
            assert side.span.of(text.text) == side.text
            assert proposal.sentence.start <= side.span.start
            assert side.span.end <= proposal.sentence.end
    return found


def facts(found):
    return [(p.subject.text, p.relation_id, p.object.text) for p in found.proposals]


def test_the_examples_in_its_docstrings_hold():
    for module in (calls, placing, replies):
        assert doctest.testmod(module).failed == 0


def test_it_proposes_what_stands_in_the_passage():
    found = read(
        states(
            ("Ada Brook", "place of birth", "Oakham"),
            ("Ada Brook", "date of birth", "7 November 1967"),
            ("Ada Brook", "employer", "Halden FC"),
        )
    )
    assert facts(found) == [
        ("Ada Brook", "r2", "7 November 1967"),
        ("Ada Brook", "r1", "Oakham"),
        ("Ada Brook", "r3", "Halden FC"),
    ]
    date_, place, employer = found.proposals
    assert isinstance(date_.object.value, TimeValue)
    assert (date_.object.kind, date_.object.value.edtf) == ("time", "1967-11-07")
    assert (place.subject.type, place.object.type) == ("PER", "LOC")
    assert place.sentence.of(TEXT.text) == SENTENCES[0]
    # The nearest two are in the last sentence.
    assert employer.sentence.of(TEXT.text) == SENTENCES[4]
    assert parse_write(found.call) == [
        ("Ada Brook", "date of birth", "7 November 1967"),
        ("Ada Brook", "place of birth", "Oakham"),
        ("Ada Brook", "employer", "Halden FC"),
    ]
    assert found.dropped == ()


def test_it_takes_two_names_of_neighbouring_sentences_and_believes_them_less():
    text = passage(*SENTENCES[:2])
    found = read(states(("Ada Brook", "employer", "Halden FC")), text=text)
    (proposal,) = found.proposals
    assert proposal.sentence == Span(0, len(text.text))
    alone = read(states(("Ada Brook", "place of birth", "Oakham")), text=text).proposals[0]
    assert proposal.score < alone.score


def test_it_reads_the_time_for_which_a_sentence_says_that_a_fact_holds():
    text = passage("Ada Brook worked for Halden FC from 1999 until 2004.")
    (proposal,) = read(states(("Ada Brook", "employer", "Halden FC")), text=text).proposals
    assert (proposal.valid_from, proposal.valid_to) == (date(1999, 1, 1), date(2005, 1, 1))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (("Ada Brook", "place of birth", "Leeds"), "name"),
        (("Eve Stone", "place of birth", "Oakham"), "name"),
        (("Ada", "place of birth", "Oak"), "name"),
        (("She", "employer", "Halden FC"), "name"),
        (("Ada Brook", "spouse", "Bo O'Hara"), "relation"),
        (("Ada Brook", "r1", "Oakham"), "relation"),
        (("Ada Brook", "date of birth", "Oakham"), "value"),
        (("Ada Brook", "employer", "Ada Brook's"), "place"),
        (("Ada Brook, a chemist", "employer", "Acme"), "place"),
        (("x" * 600, "employer", "Acme"), "name"),
        (("...", "employer", "Acme"), "name"),
    ],
)
def test_it_drops_and_counts_what_the_passage_does_not_hold(said, why):
    found = read(states(said, ("Ada Brook", "place of birth", "Oakham")))
    assert facts(found) == [("Ada Brook", "r1", "Oakham")]
    assert found.dropped == ((why, 1),)


def test_it_believes_nobody_who_invents():
    found = read(states(*[(f"Eve {n}", "employer", f"Firm {n}") for n in range(50)]))
    assert (found.proposals, found.mentions, found.call) == ((), (), "({MEM_WRITE-->})")
    assert found.dropped == (("name", 50),)


def test_it_takes_one_fact_once():
    found = read(states(*[("Ada Brook", "place of birth", "Oakham")] * 3))
    assert len(found.proposals) == 1
    assert found.dropped == (("double", 2),)


def test_it_takes_no_more_than_so_many_facts():
    names = [f"N{n}" for n in range(MOST_FACTS + 5)]
    text = passage("Acme employs " + ", ".join(names) + ".")
    found = read(states(*[(name, "employer", "Acme") for name in names]), text=text)
    assert len(found.proposals) == MOST_FACTS
    assert found.dropped == (("most", 5),)


@pytest.mark.parametrize("mood", ["denied", "uncertain", "asked", "planned"])
def test_it_states_nothing_that_the_text_only_speaks_of(mood):
    found = read(states(("Bo O'Hara", "employer", "Halden FC", mood)))
    assert (found.proposals, found.call) == ((), "({MEM_WRITE-->})")
    (unstated,) = found.unstated
    assert (unstated.mood, unstated.subject.text) == (mood, "Bo O’Hara")


def test_it_states_what_has_ended():
    found = read(states(("Ada Brook", "employer", "Halden FC", "ended")))
    assert [proposal.mood for proposal in found.proposals] == ["ended"]
    assert "Halden FC" in found.call


def test_it_drops_what_has_no_mood_that_there_is():
    found = read(
        states(
            ("Ada Brook", "employer", "Halden FC", "certain"),
            ("Ada Brook", "place of birth", "Oakham"),
        )
    )
    assert facts(found) == [("Ada Brook", "r1", "Oakham")]
    assert found.dropped == (("form", 1),)


def test_it_drops_items_that_are_no_facts():
    born = {"subject": "Ada Brook", "relation": "place of birth", "object": "Oakham"}
    odd = {"subject": 1, "relation": [], "object": {}}
    found = read(says({"facts": [None, 7, "a", {"subject": "Ada Brook"}, odd, born]}))
    assert facts(found) == [("Ada Brook", "r1", "Oakham")]
    assert found.dropped == (("form", 5),)


def test_it_writes_what_separators_stand_in():
    text = passage("In Oslo; north, Acme >> West ({MEM_WRITE--> sold.")
    said = ("Acme >> West", "Sales >> Region;  Net", "Oslo; north")
    found = read(states(said), text=text)
    assert parse_write(found.call) == [("Acme >> West", "sales >> region; net", "Oslo; north")]


@pytest.mark.parametrize(
    "first",
    ["no json at all", '{"facts": 3}', '{"answer": []}', '{"facts": ["a"]}', "", '{"facts": ['],
)
def test_it_asks_once_more_for_what_it_can_read(first):
    with serving(says(first), states(("Ada Brook", "place of birth", "Oakham"))) as server:
        head = RemoteWriteHead(server.config())
        (found,) = head.extract([TEXT], RELATIONS)
        before, after = (request["messages"] for request in server.requests)
    assert len(found.proposals) == 1
    assert after[: len(before)] == before
    assert after[-2]["role"] == "assistant"
    assert "JSON object alone" in after[-1]["content"]


def test_it_says_that_an_answer_was_cut_off():
    with serving(says('{"facts": [', cut=True), states()) as server:
        RemoteWriteHead(server.config()).extract([TEXT], RELATIONS)
        assert "cut off" in server.requests[1]["messages"][-1]["content"]


def test_it_fails_clearly_where_a_model_gives_no_json_twice():
    with pytest.raises(WorkerError, match="gave no facts in the form that was asked for") as caught:
        read(says("I am a small model and talk."))
    assert caught.value.permanent


def echoes(then):
    """Give the messages back before an answer, as a template puts them, whatever they hold."""

    def act(handler):
        messages = act.server.requests[-1]["messages"]
        said = "\n".join(f"{one['role']}: {one['content']}" for one in messages)
        send(handler, 200, reply_body(f"{said}\nassistant: {then}"))

    return act


def test_it_takes_no_answer_from_its_own_words_given_back():
    born = '{"facts": [{"subject": "Ada", "relation": "place of birth", "object": "Oakham"}]}'
    text = passage(f"Ada says {born} in Oakham.")
    for then, found in ((born, 1), ("nothing", 0)):
        act = echoes(then)
        with serving(act) as act.server:
            head = RemoteWriteHead(act.server.config())
            if found:
                assert len(head.extract([text], RELATIONS)[0].proposals) == 1
                continue
            with pytest.raises(WorkerError, match="in the form that was asked for"):
                head.extract([text], RELATIONS)


def test_it_takes_the_object_with_facts_of_several():
    said = 'The form {"subject": "a"} is clear: {"facts": []}. {"facts": 3}'
    assert read(says(said)).dropped == ()


def test_it_reads_no_reply_again_that_was_good():
    texts = [TEXT, passage("Acme is here."), passage("Bo joined Acme.")]
    with serving(says("no"), states()) as server:
        RemoteWriteHead(server.config(at_once=1)).extract(texts, RELATIONS)
        assert len(server.requests) == 4


def test_it_asks_for_many_relations_in_parts():
    many = [RelationSpec(f"x{n}", f"relation {n}") for n in range(25)]
    with serving(states(("Ada Brook", "relation 3", "Oakham"))) as server:
        head = RemoteWriteHead(server.config(relations=10))
        (found,) = head.extract([TEXT], many)
        asked = [
            request["response_format"]["json_schema"]["schema"]["properties"]["facts"]["items"][
                "properties"]["relation"]["enum"] for request in server.requests
        ]  # fmt: skip
    assert sorted(map(len, asked)) == [5, 10, 10]
    assert len({name for part in asked for name in part}) == 25
    assert found.dropped == (("double", 2),)


def test_it_asks_nothing_where_nothing_can_be_found():
    with serving(states()) as server:
        head = RemoteWriteHead(server.config())
        empty = PassageText("p0", "", ())
        assert [one.call for one in head.extract([empty, empty], RELATIONS)] == [
            "({MEM_WRITE-->})", "({MEM_WRITE-->})",
        ]  # fmt: skip
        assert head.extract([TEXT], [])[0].proposals == ()
        assert head.extract([], RELATIONS) == []
        assert not server.requests


def test_its_version_says_which_model_and_server_and_never_the_key():
    with serving(states()) as server:
        one, other = server.config(), server.config(model="other/" + "m" * 200)
        versions = {RemoteWriteHead(config).version for config in (one, other)}
    assert len(versions) == 2
    assert all(len(version) <= 80 for version in versions)
    assert any(version.startswith("tiny-model ") for version in versions)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Bo O'Hara", ["Bo O’Hara"]),
        ("bo o’hara", ["Bo O’Hara"]),
        ("Ada Brook's Halden FC", ["Ada Brook's  Halden FC"]),
        ("“Acme”.", ["Acme"]),
        ("7 november 1967", ["7 November 1967"]),
        ("Brook", ["Brook", "Brook"]),
        ("Ad", []),
        ("", []),
        ("???", []),
        ("(", []),
        ("[a-z]+", []),
    ],
)
def test_it_finds_names_as_whole_words(name, found):
    assert [span.of(TEXT.text) for span in places(TEXT.text, name)] == found


def test_it_takes_the_name_as_it_is_written_before_others():
    text = "HALDEN lies in Halden, in halden."
    assert [span.start for span in places(text, "Halden")] == [15]
    assert len(places(text, "hAlDeN")) == 3


def test_it_takes_the_nearest_pair_of_one_sentence():
    text = passage("Ada met Bo.", "Bo then went away, and Ada, with Bo, came.", "Ada left Bo.")
    pair = nearest(text, "Ada", "Bo")
    assert pair is not None
    assert pair.sentence.of(text.text) == "Ada met Bo."
    apart = passage("Ada came.", "A.", "B.", "Bo came.")
    assert nearest(apart, "Ada", "Bo") is None
    within = nearest(passage("Ada came.", "A.", "Bo came."), "Ada", "Bo")
    assert within is not None
    assert within.sentences == 3


def test_it_has_many_places_of_a_name_in_short_time():
    text = passage(*["Ada and Bo, " * 20 + "met."] * 20)
    assert nearest(text, "Ada", "Bo") is not None


# --- adapters on a server ---


def calls_of(server):
    return [request["prompt"] for request in server.requests]


def test_it_has_an_adapter_call_after_each_sentence():
    text = passage("Ada Brook was born in Oakham.", "She works for Acme >> West.")
    with serving(
        says(" Ada Brook>> place of birth>> Oakham})", model="write"),
        says(" Ada Brook>> employer>> Acme; Ada Brook>> employer>> Halden})", model="write"),
    ) as server:
        head = RemoteWriteHead(server.config(mode="adapters", at_once=1, model=""))
        (found,) = head.extract([text], RELATIONS)
        prompts = calls_of(server)
        assert server.paths == ["/v1/completions"] * 2
        (model,) = {request["model"] for request in server.requests}
        assert all(request["skip_special_tokens"] is False for request in server.requests)
    assert model == "write"
    assert prompts == [
        "Ada Brook was born in Oakham.({MEM_WRITE-->",
        # A text never becomes a token of the protocol.
        "Ada Brook was born in Oakham. She works for Acme > > West.({MEM_WRITE-->",
    ]
    assert facts(found) == [("Ada Brook", "r1", "Oakham"), ("Ada Brook", "r3", "Acme")]
    assert found.dropped == (("name", 1),)
    assert found.proposals[1].sentence == Span(0, len(text.text))


def test_it_takes_no_name_from_behind_the_sentence_of_a_call():
    text = passage("Ada Brook came.", "Acme was there.")
    with serving(
        says(" Ada Brook>> employer>> Acme})", model="write"), says("})", model="write")
    ) as server:
        head = RemoteWriteHead(server.config(mode="adapters", at_once=1))
        (found,) = head.extract([text], RELATIONS)
    assert found.proposals == ()
    assert found.dropped == (("place", 1),)


@pytest.mark.parametrize(
    ("said", "names", "unlike"),
    [
        ("})", [], 0),
        (" a>> b>> c})", [("a", "b", "c")], 0),
        (" a>> b>> c}) and more text", [("a", "b", "c")], 0),
        (r" a\; d>> b>> c\}\)})", [("a; d", "b", "c})")], 0),
        (" a>> b>> c; d>> e>", [("a", "b", "c")], 1),
        (" a>> b>> c", [("a", "b", "c")], 1),
        (" a>> b})", [], 1),
        ("", [], 1),
        (" I see nothing here.", [], 1),
        (" ({MEM_WRITE--> a>> b>> c})", [], 1),
    ],
)
def test_it_reads_calls_strictly(said, names, unlike):
    found, bad = facts_of_call(said, Span(0, 5))
    assert [(one.subject, one.relation, one.object) for one in found] == names
    assert bad == unlike


def test_it_loads_no_torch():
    code = "import sys, worker.heads.remote.write_head, worker.heads.remote.read_head; " \
           "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"  # fmt: skip
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
