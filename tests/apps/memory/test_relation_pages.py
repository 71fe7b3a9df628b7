"""The list of relations, and adding, editing, retiring and restoring one."""

from __future__ import annotations

import pytest

from apps.accounts.models import Space, User
from apps.memory import services
from apps.memory.controller import MemoryController, relation_spec
from apps.memory.controller.wording import in_words, statement_of
from apps.memory.models import Relation
from tests import factories

URL = "/s/atlas/memory/relations/"
GOOD = {"name": "sails on", "template": "{subject} sails on {object}."}


def test_it_lists_relations_with_their_use(space: Space, alice: User, carol: User, sign_in) -> None:
    services.relations_load(space=space, actor=alice)
    triple = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    factories.make_triple(
        space, "A", "place of birth", "B", status="retracted", retracted_at=triple.recorded_at
    )
    response = sign_in(carol).get(URL)
    page = response.content.decode()
    counts = {relation.name: count for relation, count in response.context["relations"]}
    assert len(counts) == 95
    assert counts["place of birth"] == 1
    assert "X was born in Y." in page
    assert "Retire" not in page
    assert "Add a relation" not in page
    assert "Retire" in sign_in(alice).get(URL).content.decode()


@pytest.mark.parametrize("what", ["add/", "{pk}/", "{pk}/retire/", "{pk}/restore/"])
def test_it_lets_only_owners_change(
    space: Space, bob: User, dave: User, mallory: User, what: str, sign_in
) -> None:
    relation = factories.make_relation(space)
    address = URL + what.format(pk=relation.pk)
    for user, status in ((bob, 403), (dave, 403), (mallory, 404)):
        assert sign_in(user).post(address, GOOD).status_code == status
    assert Relation.objects.filter(space=space, retired_at=None).count() == 1


def test_it_adds_a_relation(space: Space, alice: User, sign_in) -> None:
    data = GOOD | {
        "description": "The object is a ship.",
        "aliases": "crew of\n  sailor   on \n\ncrew of",
        "single_valued": "on",
        "subject_types": ["PER"],
        "object_types": ["MISC", "LOC"],
        "inverse_name": "has as sailor",
        "questions": "What does {subject} sail on?",
        "inverse_questions": "Who sails on {object}?",
    }
    client = sign_in(alice)
    assert client.get(URL + "add/").status_code == 200
    response = client.post(URL + "add/", data, follow=True)
    assert "“sails on” was added." in response.content.decode()
    relation = Relation.objects.get(name="sails on")
    assert relation.aliases == ["crew of", "sailor on"]
    assert relation.single_valued
    assert relation.object_types == ["MISC", "LOC"]
    assert relation.questions == ["What does {subject} sail on?"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": " Place  of BIRTH"}, "There is a relation of this name."),
        ({"name": "a >> b"}, "A name has none of"),
        ({"template": "{subject} sails."}, "exactly once each"),
        ({"template": "{subject} {subject} {object}"}, "exactly once each"),
        ({"template": "{subject} {object} {when}"}, "exactly once each"),
        ({"template": "{subject} {object} }"}, "exactly once each"),
        ({"template": "{subject.name} {object}"}, "exactly once each"),
        ({"template": "{subject} is [7] of {object}"}, "Write no square brackets"),
        ({"template": "{subject} wears [{object}]."}, "Write no square brackets"),
        ({"template": "{subject} [1] {object}"}, "Write no square brackets"),
        ({"template": "{subject}{object}"}, "Write something between"),
        ({"template": "{subject} " + "x" * 300 + " {object}"}, "at most 300 characters"),
        ({"cue_words": "work*, (x+)+y"}, "is no word: write two letters or more"),
        ({"cue_words": "*"}, "is no word"),
        ({"examples": "[Ada] sails on [the Gull].\nAda sails."}, "Line 2: Mark two names"),
        ({"examples": "\n".join(f"[A] sails [B{n}]" for n in range(21))}, "At most 20 lines."),
        ({"cue_words": "x" * 41}, "at most 40 characters"),
        ({"cue_words": ",".join(f"word{n}" for n in range(81))}, "At most 80 words"),
        ({"lasts": "maybe"}, "Select a valid choice"),
        ({"role": "god"}, "Select a valid choice"),
        ({"role": "starts", "object_types": ["PER"]}, "Only a time says when something was"),
        ({"role": "within", "object_types": ["PER"]}, "Only a place can be that"),
        ({"role": "father", "object_types": ["LOC"]}, "Only a person can be that"),
        ({"questions": "Where?"}, "Write {subject} exactly once in each line"),
        ({"inverse_questions": "Who {subject} {object}?"}, "Write {object} exactly once"),
        ({"aliases": "x" * 121}, "At most 120 characters a line."),
        ({"aliases": "\n".join(map(str, range(21)))}, "At most 20 lines."),
        ({"subject_types": ["GOD"]}, "Select a valid choice"),
        ({"inverse": "0"}, "Select a valid choice"),
    ],
)
def test_it_says_what_is_wrong(
    space: Space, alice: User, change: dict[str, str], message: str, sign_in
) -> None:
    factories.make_relation(space)
    response = sign_in(alice).post(URL + "add/", GOOD | change)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert Relation.objects.count() == 1


def test_it_edits_a_relation_without_losing_what_it_had(space: Space, alice: User, sign_in) -> None:
    services.relations_load(space=space, actor=alice)
    capital = space.relations.get(wikidata_property="P36")
    client = sign_in(alice)
    page = client.get(f"{URL}{capital.pk}/")
    data = {
        name: value
        for name, value in ((f.html_name, f.value()) for f in page.context["form"])
        if value not in (None, False)
    }
    response = client.post(f"{URL}{capital.pk}/", data | {"description": "The seat."}, follow=True)
    assert "“capital” was saved." in response.content.decode()
    changed = space.relations.get(wikidata_property="P36")
    assert changed.description == "The seat."
    assert (changed.inverse, changed.aliases, changed.questions, changed.template) == (
        capital.inverse,
        capital.aliases,
        capital.questions,
        capital.template,
    )


def test_it_says_whose_inverse_a_relation_is_already(space: Space, alice: User, sign_in) -> None:
    services.relations_load(space=space, actor=alice)
    capital = space.relations.get(wikidata_property="P36")
    client = sign_in(alice)
    response = client.post(URL + "add/", GOOD | {"inverse": capital.pk})
    assert response.status_code == 422
    assert "is the inverse of “capital of” already" in response.content.decode()
    both = client.post(URL + "add/", GOOD | {"inverse": capital.pk, "same_both_ways": "on"})
    assert "not both" in both.content.decode()
    assert not space.relations.filter(name="sails on").exists()


def test_it_retires_and_restores(space: Space, alice: User, sign_in) -> None:
    relation = factories.make_relation(space)
    client = sign_in(alice)
    assert client.get(f"{URL}{relation.pk}/retire/").status_code == 405
    response = client.post(f"{URL}{relation.pk}/retire/", follow=True)
    assert [row for row, _ in response.context["retired"]] == [relation]
    assert "is retired" in client.get(f"{URL}{relation.pk}/").content.decode()
    response = client.post(f"{URL}{relation.pk}/restore/", follow=True)
    assert [row for row, _ in response.context["relations"]] == [relation]
    foreign = factories.make_relation(factories.make_space("far"))
    assert client.post(f"{URL}{foreign.pk}/retire/").status_code == 404


def test_it_escapes_names(space: Space, alice: User, sign_in) -> None:
    client = sign_in(alice)
    client.post(URL + "add/", GOOD | {"name": "<img src=x", "description": "<script>x</script>"})
    relation = Relation.objects.get()
    for address in (URL, f"{URL}{relation.pk}/"):
        page = client.get(address).content.decode()
        assert "<img src=x" not in page
        assert "<script>x" not in page


def test_it_puts_relations_into_words(space: Space) -> None:
    relation = factories.make_relation(space, "capital of", template="{object}: {subject}")
    assert in_words(relation) == "Y: X"
    relation.template = "broken"
    assert in_words(relation) == "X: capital of: Y."
    triple = factories.make_triple(space, "ada", relation, "Ben")
    assert statement_of(triple) == "Ada: capital of: Ben."


def test_it_refuses_a_name_that_grows_when_it_is_compared(space: Space, alice, sign_in) -> None:
    response = sign_in(alice).post(f"{URL}add/", GOOD | {"name": "\ufdfa" * 60})
    assert response.status_code == 422
    assert "at most 120 characters" in response.content.decode()


def test_it_edits_a_relation_that_has_learnt_all_it_can(space: Space, alice: User, sign_in) -> None:
    learnt = [f"{'Which, ' * 38} {n:02} of {{subject}}?" for n in range(services.MOST_WORDINGS)]
    relation = factories.make_relation(space)
    relation.questions = learnt
    relation.save()
    sent = GOOD | {"name": relation.name, "questions": "\r\n".join(learnt)}
    address = f"{URL}{relation.pk}/"
    response = sign_in(alice).post(address, sent | {"description": "New."}, follow=True)
    assert "was saved." in response.content.decode()
    relation.refresh_from_db()
    assert (relation.description, len(relation.questions)) == ("New.", len(learnt))
    more = sign_in(alice).post(address, sent | {"questions": sent["questions"] + "\n{subject}?"})
    assert f"At most {services.MOST_WORDINGS} lines." in more.content.decode()


def test_heads_see_every_column_of_a_relation(space: Space) -> None:
    services.relations_load(space=space, actor=None)
    seen = {spec.id: spec for spec in MemoryController(space).relations()}
    rows = space.relations.all()
    assert [seen[str(row.pk)] for row in rows] == [relation_spec(row) for row in rows]
    assert any(spec.questions and spec.inverse_questions for spec in seen.values())


def test_it_keeps_what_a_relation_says_of_times_and_order(space: Space, alice, sign_in) -> None:
    client = sign_in(alice)
    told = {"lasts": "yes", "cue_words": "sail*, crew,\n  signed  on ", "role": "replaces"}
    client.post(URL + "add/", GOOD | told)
    relation = Relation.objects.get()
    assert (relation.lasts, relation.role) == (True, "replaces")
    assert relation.cue_words == ["sail*", "crew", "signed on"]
    page = client.get(f"{URL}{relation.pk}/")
    assert "sail*, crew, signed on" in page.content.decode()
    client.post(f"{URL}{relation.pk}/", GOOD | {"lasts": "no"})
    relation.refresh_from_db()
    assert (relation.lasts, relation.cue_words, relation.role) == (False, [], "")


def test_it_keeps_example_sentences(space: Space, alice, carol, sign_in) -> None:
    client = sign_in(alice)
    lines = ["[Ada Brook] sails on [the Gull].", "[object: the Gull] was sailed by [Ben <b>Hale]."]
    client.post(URL + "add/", GOOD | {"examples": "\n \n".join(lines)})
    relation = Relation.objects.get()
    assert relation.examples == lines
    assert relation_spec(relation).examples == tuple(lines)
    created = space.events.get(action="relation.created")
    assert created.payload["examples"] == lines
    address = f"{URL}{relation.pk}/"
    assert "[the Gull].\n[object: the Gull] was" in client.get(address).content.decode()
    assert "Ben &lt;b&gt;Hale" in sign_in(carol).get(address).content.decode()
    form = client.get(address)
    version = form.context["version"]
    client.post(address, GOOD | {"examples": lines[0], "version": version})
    relation.refresh_from_db()
    assert relation.examples == lines[:1]
    assert space.events.get(action="relation.changed").payload["changed"] == {
        "examples": [lines, lines[:1]]
    }
    late = client.post(address, GOOD | {"examples": lines[1], "version": version})
    assert late.status_code == 409


def test_services_refuse_what_no_head_could_use(space: Space, alice: User) -> None:
    for wrong in (
        {"template": "{subject} is [7] of {object}"},
        {"cue_words": ("(a+)+",)},
        {"role": "god"},
        {"examples": ("[Ada] sails.",)},
        {"role": "ends", "object_types": ("LOC",)},
    ):
        given = services.RelationInput("sails on", **wrong)
        with pytest.raises(services.InvalidRelation):
            services.relation_create(space=space, actor=alice, given=given)
        relation = factories.make_relation(space)
        with pytest.raises(services.InvalidRelation):
            services.relation_change(relation=relation, actor=alice, given=given)
    assert not space.relations.filter(name="sails on").exists()


def test_it_says_to_owners_that_a_sentence_cannot_be_used(space: Space, alice, carol, sign_in):
    relation = factories.make_relation(space, "is [7]", template="{subject} is [7] of {object}")
    assert in_words(relation) == "X: is (7): Y."
    told = "Said plainly: its own sentence cannot be used."
    assert told in sign_in(alice).get(URL).content.decode()
    assert told not in sign_in(carol).get(URL).content.decode()
    page = sign_in(alice).get(f"{URL}{relation.pk}/").content.decode()
    assert "The sentence of this relation cannot be used" in page
    assert "Until then answers say “X: is (7): Y.”" in page
