"""Results taken out: read back as what they are, and sealed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.evaluation.models import Run
from apps.evaluation.services.run_exports import UnknownFormat, run_export
from tests.apps.evaluation.evaluated import (
    file_of,
    make_benchmark,
    make_finished,
    make_results,
    make_run,
    make_version,
    questions,
)

pytestmark = pytest.mark.django_db
OUTCOMES = ["right", "wrong", "right", "partly", "abstained", "wrong"]


@pytest.fixture
def run(space: Space, dave: User) -> Run:
    cases = questions(6)
    cases[1]["text"] = '=HYPERLINK("http://evil")'
    cases[3]["text"] = 'Where, "exactly",\nis it? 東'
    return make_finished(make_version(make_benchmark(space, dave), cases), dave, OUTCOMES)


def taken(run: Run, dave: User, format: str) -> str:
    file = run_export(run=run, actor=dave, format=format)
    with file.file:
        data = file.file.read()
    assert len(data) == file.size
    assert hashlib.sha256(data).hexdigest() == file.sha256
    event = Event.objects.get(action="run.exported")
    assert event.payload["sha256"] == file.sha256
    assert (event.payload["format"], event.payload["bytes"]) == (format, len(data))
    assert event.payload["run"] == run.pk
    assert event.actor == dave
    return data.decode()


def test_it_writes_json_with_every_case(run: Run, dave: User) -> None:
    found = json.loads(taken(run, dave, "json"))
    assert [one["outcome"] for one in found["results"]] == OUTCOMES
    assert [one["number"] for one in found["results"]] == [1, 2, 3, 4, 5, 6]
    assert found["results"][3]["text"] == 'Where, "exactly",\nis it? 東'
    assert found["figures"] == run.figures
    assert found["made_of"]["hashes"] == {"weights": "f" * 64}
    assert found["sha256"] == run.version.sha256


def test_it_writes_json_of_a_run_without_results(space: Space, dave: User) -> None:
    version = make_version(make_benchmark(space, dave), questions(1))
    run = make_run(version, dave, state="cancelled")
    assert json.loads(taken(run, dave, "json"))["results"] == []


def test_it_writes_csv_that_no_spreadsheet_runs(run: Run, dave: User) -> None:
    rows = list(csv.DictReader(io.StringIO(taken(run, dave, "csv"), newline="")))
    assert [row["outcome"] for row in rows] == OUTCOMES
    assert rows[1]["text"] == '\'=HYPERLINK("http://evil")'
    assert rows[3]["text"] == 'Where, "exactly",\nis it? 東'
    assert rows[0]["expected"] == "Country 0"
    assert rows[0]["answer"] == "Country 0"
    assert {row["run"] for row in rows} == {str(run.pk)}
    assert float(rows[3]["f1"]) == 0.5


class Page(HTMLParser):
    """Collects the addresses that a page would fetch, its tags, and whether they close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href", "action")]
        if tag not in ("meta", "br", "link", "img", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_it_writes_a_page_that_stands_alone(run: Run, dave: User) -> None:
    text = taken(run, dave, "html")
    page = Page(text)
    assert page.open == []
    assert page.fetched == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert page.tags.count("style") == 1
    assert not re.search(r"@import|url\(", text)
    assert text.count('class="chart"') == 3
    assert "=HYPERLINK(&quot;http://evil&quot;)" in text
    assert "What was not right" in text
    assert "@media print" in text


def test_it_closes_no_element_by_what_people_wrote(space: Space, dave: User) -> None:
    evil = "</style></main><script>alert(1)</script>"
    case = {"key": "k", "kind": "single", "text": evil, "expected": [[evil]]}
    run = make_run(make_version(make_benchmark(space, dave, name=evil), [case]), dave, note=evil)
    make_results(run, ["wrong"], answer={"text": evil})
    page = Page(taken(run, dave, "html"))
    assert page.open == []
    assert "script" not in page.tags


def test_it_refuses_other_formats(run: Run, dave: User) -> None:
    with pytest.raises(UnknownFormat, match="json, csv or html"):
        run_export(run=run, actor=dave, format="xlsx")
    assert not Event.objects.filter(action="run.exported").exists()


def test_it_sends_the_file_with_its_hash(run: Run, dave: User, sign_in) -> None:
    address = reverse("evaluation:run-export", args=[run.space.slug, run.pk])
    client = sign_in(dave)
    response = client.post(address, {"format": "json"})
    data = file_of(response)
    assert response["Content-Disposition"] == f'attachment; filename="atlas-run-{run.pk}.json"'
    assert response["Content-Length"] == str(len(data))
    assert response["Repr-Digest"].startswith("sha-256=:")
    assert json.loads(data)["run"] == run.pk
    assert client.post(address, {"format": "exe"}).status_code == 422
    assert client.get(address).status_code in (302, 405)
