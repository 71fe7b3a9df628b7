"""Why a document gave little: its names, the phrases that lack a relation, remarks on its text."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.accounts.models import Space, User
from apps.curation.models import Candidate, PassageExtraction
from apps.curation.services import extraction_request, extraction_run
from apps.curation.services.joining import MOST_PHRASES, Coverage, coverage_of
from apps.curation.services.names_found import (
    distinct_names,
    kept_mentions,
    mentions_of,
    names_share,
)
from apps.memory import services
from apps.memory.packs import pack_named
from apps.sources.models import Document
from tests import factories
from worker.types import MentionSpan, Span

NAMES = {
    "Oskar Veldt": "PER", "Anna Holt": "PER", "Tallinn": "LOC", "Riga": "LOC", "Nordwind": "ORG",
    "Quillmark": "ORG", "Corvid": "MISC", "1990": "TIME", "2.4.1": "MISC", "a@b.example": "MISC",
}  # fmt: skip
TEXT = (
    "Oskar Veldt visited Tallinn. Anna Holt visited Riga. Nordwind acquired Quillmark. "
    "Anna Holt, chief executive of Nordwind, did not visit Tallinn. "
    "Did Anna Holt visit Oskar Veldt?"
)


def _read(space: Space, alice: User, text: str = TEXT) -> Document:
    """Return a document that was read, with every one of NAMES as a mention."""
    document = factories.make_document(space, alice, text=text, title=text[:20] or "none")
    passage = document.passages.get()
    mentions = [
        MentionSpan(Span(*match.span()), kind)
        for name, kind in NAMES.items()
        for match in re.finditer(re.escape(name), text)
    ]
    PassageExtraction.objects.create(
        extraction=factories.make_extraction(document, alice),
        passage=passage,
        call="",
        proposals=0,
        seconds=0,
        mentions=kept_mentions(passage, mentions),
    )
    return document


def _coverage(document: Document) -> Coverage:
    found = coverage_of(document, document.extractions.get())
    assert found is not None
    return found


def test_it_counts_names_and_phrases_without_a_relation(space: Space, alice: User) -> None:
    found = _coverage(_read(space, alice))
    assert (found.names, found.unjoined, found.candidates, found.whole) == (6, 6, 0, True)
    assert [(one.words, one.count) for one in found.phrases] == [
        ("visited", 2), ("acquired", 1), ("chief executive of", 1),
    ]  # fmt: skip
    visited, acquired, head = found.phrases
    assert (visited.name, visited.template) == ("visited", "{subject} visited {object}.")
    assert (visited.subject_types, visited.object_types) == (("PER",), ("LOC",))
    assert visited.sentence == "Oskar Veldt visited Tallinn."
    assert (visited.subject, visited.object, visited.pack) == ("Oskar Veldt", "Tallinn", None)
    assert (acquired.pack, acquired.pack_relation) == (pack_named("people"), "acquired")
    assert (head.subject, head.object) == ("Nordwind", "Anna Holt")
    assert head.examples == (
        "[object: Anna Holt], chief executive of [subject: Nordwind], did not visit Tallinn.",
    )
    assert (head.name, head.pack_relation) == ("chief executive", "chief executive")


def test_a_relation_in_use_covers_its_phrases(space: Space, alice: User) -> None:
    document = _read(space, alice)
    services.pack_switch_on(space=space, actor=alice, pack=pack_named("people"))
    assert [one.words for one in _coverage(document).phrases] == ["visited"]
    relation = factories.make_relation(
        space, "was in", template="{subject} was in {object}.", aliases=["visited"],
        subject_types=["ORG"],
    )  # fmt: skip
    assert [one.words for one in _coverage(document).phrases] == ["visited"]  # of persons
    space.relations.filter(pk=relation.pk).update(subject_types=["PER"])
    assert _coverage(document).phrases == ()
    services.relation_retire(relation=relation, actor=alice)
    services.pack_switch_off(space=space, actor=alice, pack=pack_named("people"))
    phrases = _coverage(document).phrases
    assert [one.words for one in phrases] == ["visited", "acquired", "chief executive of"]
    assert phrases[1].pack == pack_named("people")


def test_what_was_proposed_lacks_no_relation_unless_it_was_rejected(
    space: Space, alice: User
) -> None:
    document = _read(space, alice)
    candidate = factories.make_candidate(document, alice, "Oskar Veldt", "trip", "Tallinn")
    found = _coverage(document)
    assert (found.phrases[0].words, found.phrases[0].count) == ("visited", 1)
    assert found.phrases[0].sentence == "Anna Holt visited Riga."
    assert (found.candidates, found.unjoined) == (1, 4)
    Candidate.objects.filter(pk=candidate.pk).update(state="rejected")
    found = _coverage(document)
    assert (found.phrases[0].count, found.unjoined) == (2, 6)


def test_a_fact_of_the_memory_joins_a_name_too(space: Space, alice: User) -> None:
    document = _read(space, alice)
    triple = factories.make_triple(space, "Tallinn", "twin", "Turku")
    entity = factories.make_entity(space, "The Wind Company")
    factories.make_triple(space, "The Wind Company", "twin", "Turku")
    entity.aliases.create(space=space, name="Nordwind")
    assert _coverage(document).unjoined == 4
    share = names_share(space)
    assert (share.names, share.unjoined, share.documents, share.percent) == (6, 4, 1, 67)
    triple.status, triple.retracted_at = "retracted", triple.recorded_at
    triple.save()
    assert _coverage(document).unjoined == 5
    other = factories.make_space("far")
    factories.make_triple(other, "Riga", "twin", "Turku")
    assert _coverage(document).unjoined == 5


def test_it_shows_at_most_ten_phrases_the_commonest_first(space: Space, alice: User) -> None:
    verbs = ["hired", "sued", "praised", "trained", "joined", "taught", "painted", "rescued",
             "invited", "employed", "robbed"]  # fmt: skip
    text = " ".join(f"Oskar Veldt {verb} Anna Holt." for verb in [*verbs, "robbed"])
    phrases = _coverage(_read(space, alice, text)).phrases
    assert len(phrases) == MOST_PHRASES < len(verbs)
    assert (phrases[0].words, phrases[0].count) == ("robbed", 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It rained and nothing else happened.", "No name was found in this text."),
        ("Oskar Veldt slept. Anna Holt slept.", "No sentence of this text has two names."),
        ("Anna Holt slept." + " It rained on and on." * 30, "few names: 1 in 153 words"),
        ("| Anna Holt | Riga |\n| Oskar Veldt | Tallinn |\n| Nordwind | Riga |", "is a table"),
        ("Anna Holt wurde in Riga geboren und ist mit dem Bus nach Tallinn gefahren, wo auch die "
         "Familie von Oskar Veldt wohnt.", "not in English, it seems (German)"),
    ],
)  # fmt: skip
def test_it_says_what_about_a_text_gives_few_facts(
    space: Space, alice: User, text: str, said: str, sign_in
) -> None:
    document = _read(space, alice, text)
    assert any(said in remark for remark in _coverage(document).remarks)
    assert said in sign_in(alice).get(f"/s/atlas/sources/{document.pk}/").content.decode()


def test_it_offers_no_relation_for_the_words_of_another_language(space: Space, alice: User) -> None:
    text = "Anna Holt wurde in Riga geboren und ist mit dem Bus nach Tallinn gefahren."
    assert _coverage(_read(space, alice, text)).phrases == ()


def test_what_stands_behind_a_nationality_is_not_said_of_it(
    space: Space, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(NAMES, "Norwegian", "LOC")
    text = "Anna Holt, a Norwegian painter, was born in Riga."
    assert _coverage(_read(space, alice, text)).phrases == ()
    text = "Anna Holt visited the Norwegian coast near Riga."
    assert [one.words for one in _coverage(_read(space, alice, text)).phrases] == ["visited"]


def test_a_long_sentence_is_cut_around_the_names(space: Space, alice: User) -> None:
    text = "So " * 200 + "Oskar Veldt visited Tallinn" + " and so on" * 50 + "."
    sentence = _coverage(_read(space, alice, text)).phrases[0].sentence
    assert "Oskar Veldt visited Tallinn" in sentence
    assert sentence.startswith("… ")
    assert sentence.endswith(" …")
    assert len(sentence) < 260


def test_words_after_and_are_said_of_the_first_name(space: Space, alice: User) -> None:
    found = _coverage(_read(space, alice, "Oskar Veldt met Anna Holt and visited Riga."))
    assert [(one.words, one.subject, one.object) for one in found.phrases] == [
        ("met", "Oskar Veldt", "Anna Holt"),
        ("visited", "Oskar Veldt", "Riga"),
    ]


def test_the_page_links_to_the_pack_and_to_the_form_filled_in(
    space: Space, alice: User, carol: User, sign_in
) -> None:
    document = _read(space, alice)
    address = f"/s/atlas/sources/{document.pk}/"
    client = sign_in(alice)
    page = client.get(address).content.decode()
    assert "6 names found, 0 facts proposed. 6 of the names are in no fact yet." in page
    assert "3 phrases without a relation" in page
    assert 'href="/s/atlas/memory/relations/packs/#people"' in page
    assert "Switch on the pack “People and organisations” (acquired)" in page
    links = re.findall(r'href="(/s/atlas/memory/relations/add/[^"]+)"', page)
    link = links[0].replace("&amp;", "&")
    assert parse_qs(urlsplit(link).query)["object_types"] == ["LOC"]
    form = client.get(link).context["form"]
    assert form["name"].value() == "visited"
    assert form["template"].value() == "{subject} visited {object}."
    assert form["subject_types"].value() == ["PER"]
    assert form["description"].value() == "The subject is a person, and the object is a place."
    assert form["examples"].value() == (
        "[Oskar Veldt] visited [Tallinn].\n[Anna Holt] visited [Riga]."
    )
    data = {"name": "visited", "template": "{subject} visited {object}.", "subject_types": ["PER"]}
    response = client.post(link, data)
    assert (response.status_code, response.url) == (302, address)
    assert "visited" not in [one.words for one in _coverage(document).phrases]
    read = sign_in(carol).get(address).content.decode()
    assert "relations/add/" not in read
    assert "An owner can switch on the pack" in read


@pytest.mark.parametrize(
    "query",
    [
        "template={subject}&name=" + "x" * 500,
        "subject_types=GOD&object_types=PER",
        "examples=<script>x</script>&examples=[A] is&document=999999999999999999999",
        "document=abc&template={subject} [1] {object}",
        "name=%00",
    ],
)
def test_a_made_up_address_breaks_no_form(space: Space, alice: User, query: str, sign_in) -> None:
    client = sign_in(alice)
    response = client.get(f"/s/atlas/memory/relations/add/?{query}")
    page = response.content.decode()
    assert response.status_code == 200
    assert "<script>x" not in page
    assert not response.context["form"].errors
    data = {"name": "sails on", "template": "{subject} sails on {object}."}
    made = client.post(f"/s/atlas/memory/relations/add/?{query}", data)
    assert (made.status_code, made.url) == (302, "/s/atlas/memory/relations/")


def test_it_leads_to_no_document_of_another_space(space: Space, alice: User, mallory, sign_in):
    far = factories.make_document(Space.objects.get(slug="elsewhere"), mallory)
    data = {"name": "sails on", "template": "{subject} sails on {object}."}
    made = sign_in(alice).post(f"/s/atlas/memory/relations/add/?document={far.pk}", data)
    assert made.url == "/s/atlas/memory/relations/"


def test_an_extraction_keeps_its_mentions_with_the_passage(space, alice, settings, sign_in) -> None:
    settings.WRITE_HEAD = "scripted"
    document = factories.make_document(space, alice)
    factories.make_relation(space)
    extraction = extraction_request(document=document, actor=alice)
    extraction_run(extraction_id=extraction.pk)
    kept = mentions_of(extraction.passages.get())
    texts = {document.text[one.start : one.end]: one.type for one in kept}
    assert texts["Ada Brook"] == "PER"
    assert texts["Lindenau"] == "LOC"
    page = sign_in(alice).get(f"/s/atlas/sources/{document.pk}/").content.decode()
    assert "What the text names" in page


def test_nothing_is_believed_of_a_mention(space: Space, alice: User) -> None:
    passage = factories.make_document(space, alice, text="Ada.").passages.get()
    odd = [MentionSpan(Span(0, 9), "PER"), MentionSpan(Span(0, 3), "GOD")]
    assert kept_mentions(passage, [*odd, MentionSpan(Span(0, 3), "PER")]) == [(0, 3, "PER")]


def test_a_document_read_before_mentions_were_kept_says_nothing(space, alice, sign_in) -> None:
    document = _read(space, alice)
    PassageExtraction.objects.update(mentions=None)
    assert coverage_of(document, document.extractions.get()) is None
    assert names_share(space).names == 0
    page = sign_in(alice).get(f"/s/atlas/sources/{document.pk}/").content.decode()
    assert "What the text names" not in page
    assert (
        "of the names are in no fact yet"
        not in sign_in(alice).get("/s/atlas/memory/relations/packs/").content.decode()
    )


def test_a_part_of_a_name_is_no_other_name() -> None:
    found = distinct_names(
        ["Anna Holt", "Holt", "holt", "Anna  Holt", "Erik Dahl", "Anna Dahl", ""]
    )
    assert set(found.values()) == {"anna holt", "erik dahl", "anna dahl"}
    assert found["holt"] == "anna holt"


def test_the_packs_page_tells_the_share_of_names_without_a_fact(space, alice, bob, sign_in) -> None:
    _read(space, alice)
    _read(space, alice, "Corvid slept near Riga.")
    factories.make_triple(space, "Corvid", "twin", "Turku")
    page = sign_in(bob).get("/s/atlas/memory/relations/packs/").content.decode()
    assert "86 % of the names are in no fact yet" in page
    assert "6 of 7 names in the 2 documents that were read last" in page


def test_it_counts_the_last_reading_of_a_document_alone(space: Space, alice: User) -> None:
    document = _read(space, alice)
    extraction = factories.make_extraction(document, alice)
    PassageExtraction.objects.create(
        extraction=extraction, passage=document.passages.get(), call="", proposals=0, seconds=0,
        mentions=[[0, 11, "PER"]],
    )  # fmt: skip
    share = names_share(space)
    assert (share.names, share.documents) == (1, 1)


def test_a_time_an_address_and_a_version_are_no_names(space: Space, alice: User) -> None:
    text = "Anna Holt visited Riga in 1990. Write to a@b.example about Corvid 2.4.1."
    assert _coverage(_read(space, alice, text)).names == 3
