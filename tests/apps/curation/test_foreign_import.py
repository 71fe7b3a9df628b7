"""An import from another system: dry run, choice of relations, candidates, never facts."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Event
from apps.curation.foreign_selectors import relations_met
from apps.curation.models import Candidate, Extraction, ForeignDraft
from apps.curation.services import documents as documents_
from apps.curation.services import foreign as foreign_
from apps.memory.models import Triple
from apps.sources import foreign
from apps.sources.models import Document
from tests import factories

GRAPH = {
    "nodes": [
        {"uuid": "a", "name": "Ada Brook", "labels": ["Person"]},
        {"uuid": "b", "name": "<i>Lindenau</i>", "labels": ["City"]},
        {"uuid": "c", "name": "Oakham"},
    ],
    "edges": [
        {
            "source_node_uuid": "a", "target_node_uuid": "b", "name": "BIRTHPLACE",
            "fact": "Ada Brook was born in <i>Lindenau</i>.", "valid_at": "1970-05-01T00:00:00Z",
        },
        {"source_node_uuid": "a", "target_node_uuid": "c", "name": "DWELLS_IN", "fact": "Ada."},
        {"source_node_uuid": "a", "target_node_uuid": "gone", "name": "DWELLS_IN"},
    ],
    "episodes": [{"uuid": "e", "name": "May", "content": "Ada Brook was born in Lindenau."}],
}  # fmt: skip


@pytest.fixture
def relations(space):
    return {
        name: factories.make_relation(space, name, **fields)
        for name, fields in {
            "place of birth": {"aliases": ["birthplace"], "wikidata_property": "P19"},
            "lives in": {},
        }.items()
    }


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    """Read in this process: that the child does it is tested where files are read."""
    monkeypatch.setattr(foreign_, "parse_foreign", lambda data, **_: foreign.read(data))


def upload(client, data: object, name: str = "graph.json"):
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    address = reverse("sources:foreign-add", args=["atlas"])
    return client.post(address, {"file": SimpleUploadedFile(name, content)})


@pytest.fixture
def page(client, space, alice, relations):
    client.force_login(alice)
    return upload(client, GRAPH).url


def test_it_shows_a_dry_run_and_adds_nothing(client, page, relations):
    shown = client.get(page).content.decode()
    assert "Read as Graphiti" in shown
    assert "1 × one of its ends is not in the file" in shown
    assert f'<option value="{relations["place of birth"].pk}" selected>' in shown
    assert "&lt;i&gt;Lindenau&lt;/i&gt;" in shown
    assert "<i>Lindenau" not in shown
    assert not Document.objects.exists()
    assert not Candidate.objects.exists()


def test_it_makes_candidates_with_evidence_and_validity(client, page, relations, alice):
    chosen = {"r0": relations["place of birth"].pk, "r1": relations["lives in"].pk, "texts": "on"}
    answer = client.post(page, chosen)
    facts, texts = Document.objects.order_by("pk")
    assert answer.url == reverse("sources:document", args=["atlas", facts.pk])
    born, lives = Candidate.objects.order_by("pk")
    assert (born.relation, lives.relation) == (relations["place of birth"], relations["lives in"])
    assert (born.origin, born.proposed_by, born.state) == ("import", alice, "pending")
    assert (born.subject_type, born.valid_from) == ("PER", date(1970, 5, 1))
    sentence = facts.text[born.sentence_start : born.sentence_end]
    assert sentence == "Ada Brook was born in <i>Lindenau</i>."
    assert texts.text == "Ada Brook was born in Lindenau."
    assert Extraction.objects.get().document == texts
    assert not Triple.objects.exists()
    assert not ForeignDraft.objects.exists()
    assert Event.objects.get(action="foreign.imported").payload["rows"] == 2
    assert client.get(page).status_code == 404


def test_it_leaves_out_what_is_not_chosen_and_adds_nothing_twice(client, page, relations):
    chosen = {"r0": relations["place of birth"].pk}
    client.post(page, chosen)
    assert Candidate.objects.count() == 1
    again = upload(client, GRAPH, "renamed.txt").url
    client.post(again, chosen)
    assert (Candidate.objects.count(), Document.objects.count()) == (1, 1)


def test_it_wants_something_to_be_chosen_from_this_space(client, page, relations):
    other = factories.make_relation(factories.make_space("other"), "place of birth")
    assert client.post(page, {"r0": other.pk}).status_code == 422
    answer = client.post(page, {"r0": "", "r1": ""})
    assert answer.status_code == 422
    assert "Nothing would be imported" in answer.content.decode()
    assert ForeignDraft.objects.exists()


def test_it_asks_for_the_columns_of_a_table(client, page, relations):
    table = b"who,where,since\nAda Brook,Oakham,1992\nCarl Voss,Lindenau,\n"
    address = upload(client, table, "people.csv").url
    assert "Which column is what?" in client.get(address).content.decode()
    assert client.post(address, {"subject": "0", "object": "0"}).status_code == 422
    columns = {"subject": "0", "object": "1", "valid_from": "2", "one_relation": "lives in"}
    assert client.post(address, columns).url == address
    client.post(address, {"r0": relations["lives in"].pk})
    first, second = Candidate.objects.order_by("pk")
    assert (first.subject_text, first.object_text) == ("Ada Brook", "Oakham")
    assert (first.valid_from, second.valid_from) == (date(1992, 1, 1), None)


def test_it_gives_many_rows_to_a_worker(client, page, relations, monkeypatch):
    monkeypatch.setattr(documents_, "ROWS_AT_ONCE", 0)
    client.post(page, {"r0": relations["place of birth"].pk})
    assert Document.objects.get().row_import.rows == 1


def test_it_says_what_is_wrong_with_a_file(client, page):
    answer = upload(client, json.dumps(GRAPH).encode()[:-9])
    assert answer.status_code == 422
    assert "begins as JSON but is not whole" in answer.content.decode()
    assert client.post(reverse("sources:foreign-add", args=["atlas"])).status_code == 422


def test_it_forgets_drafts_given_up_or_a_day_old(client, page):
    draft = ForeignDraft.objects.get()
    assert foreign_.foreign_sweep() == 0
    client.post(reverse("sources:foreign-give-up", args=["atlas", draft.pk]))
    assert not ForeignDraft.objects.exists()
    old = upload(client, GRAPH)
    ForeignDraft.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert foreign_.foreign_sweep() == 1
    assert client.get(old.url).status_code == 404


@pytest.mark.parametrize("who", ["carol", "dave", "mallory"])
def test_it_is_for_those_who_may_add_documents(client, page, who, request):
    client.force_login(request.getfixturevalue(who))
    assert client.get(page).status_code in (403, 404)
    assert client.post(page, {"texts": "on"}).status_code in (403, 404)


def test_it_finds_relations_by_property_name_and_alias(relations):
    found = foreign.Found("RDF", labels={"http://e.org/x": "Birthplace"})
    for key in ("http://www.wikidata.org/prop/direct/P19", "http://e.org/x", "LIVES IN", "odd"):
        found.add("Ada", key, "Oakham")
    met = {one.key: one.relation for one in relations_met(found, relations.values())}
    assert [one and one.name for one in met.values()].count("place of birth") == 2
    assert met["LIVES IN"] == relations["lives in"]
    assert met["odd"] is None


def test_its_command_tells_and_imports_by_a_map(space, alice, relations, tmp_path, capsys):
    file, map_ = tmp_path / "graph.json", tmp_path / "map.json"
    file.write_text(json.dumps(GRAPH))
    map_.write_text(json.dumps({"relations": {"dwells in": "lives in", "birthplace": None}}))
    factories.grant(space, alice, "owner")
    given = {"space": "atlas", "map": map_, "no_texts": True}
    call_command("import_foreign", file, **given, dry_run=True)
    assert "dwells in → lives in" in capsys.readouterr().out
    assert not Candidate.objects.exists()
    call_command("import_foreign", file, **given)
    assert Candidate.objects.get().relation == relations["lives in"]
    map_.write_text(json.dumps({"relations": {"dwells in": "sleeps in"}}))
    with pytest.raises(CommandError, match="no relation 'sleeps in'"):
        call_command("import_foreign", file, **given)
    table = tmp_path / "t.csv"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(CommandError, match="Say in a map"):
        call_command("import_foreign", table, space="atlas")
