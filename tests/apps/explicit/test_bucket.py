"""Explicit memories in a bucket: the same as in a folder, and what a bucket alone can do wrong."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from apps.common.s3 import Server
from apps.explicit import services
from apps.explicit.models import ExplicitMemory
from apps.explicit.services import bucket as buckets
from apps.explicit.services.bucket import Bucket, StoreAway
from apps.explicit.services.errors import StoreUnreachable
from apps.explicit.services.files import place_of
from apps.memory.controller import MemoryController
from memweb.settings import check_destinations
from tests import factories
from tests.apps.explicit.small_bucket import LOGIN, SmallBucket, serving
from tests.apps.explicit.stub_head import ask, build
from tests.worker.explicit.shelves import Shelved, tiny_head
from worker.explicit.making import ReferenceMaker
from worker.heads.causal import explicit_head
from worker.heads.causal.explicit_head import ExplicitReadHead
from worker.types import QuestionContext, TracedAnswer

NAMES = [digit * 64 for digit in "0123456789"]


@pytest.fixture
def server() -> Iterator[SmallBucket]:
    with serving() as made:
        yield made


@pytest.fixture
def place(server) -> Bucket:
    return Bucket(Server(server.url, server.bucket, LOGIN), "site a/7")


@pytest.fixture
def in_bucket(server, settings) -> SmallBucket:
    """A site whose memories lie in the bucket."""
    settings.EXPLICIT_STORE = "s3"
    settings.EXPLICIT_S3_ENDPOINT, settings.EXPLICIT_S3_BUCKET = server.url, server.bucket
    settings.EXPLICIT_S3_PREFIX, settings.EXPLICIT_S3_REGION = "/site/", LOGIN.region
    settings.EXPLICIT_S3_ACCESS_KEY = LOGIN.access_key
    settings.EXPLICIT_S3_SECRET_KEY = LOGIN.secret_key
    return server


def test_it_keeps_gives_names_and_drops(server, place) -> None:
    for name in NAMES:
        place.write(name, name.encode())
    place.write(NAMES[0], b"again")
    assert place.read(NAMES[0]) == b"again"
    assert place.read(NAMES[1]) == NAMES[1].encode()
    assert f"site a/7/11/{NAMES[1]}.safetensors" in server.objects
    server.objects["site a/7/notes.txt"] = server.objects[f"site a/70/{'f' * 64}"] = b"of others"
    assert list(place.names()) == NAMES  # in several parts
    place.drop(NAMES[0])
    place.drop(NAMES[0])
    assert list(place.names()) == NAMES[1:]
    with pytest.raises(FileNotFoundError):
        place.read(NAMES[0])
    with pytest.raises(ValueError, match="not the name"):
        place.read("../70/" + "f" * 58)
    assert LOGIN.secret_key not in repr(place) + place.label


def test_what_says_nothing_of_a_file_is_not_its_end(server, place, monkeypatch) -> None:
    place.write(NAMES[0], b"whole" * 100)
    strange = replace(place, server=Server(server.url, server.bucket, replace(LOGIN, region="x")))
    gone = replace(place, server=Server(server.url, "gone", LOGIN))
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = f"http://127.0.0.1:{free.getsockname()[1]}"
    away = replace(place, server=Server(closed, server.bucket, LOGIN))
    for one, says in (
        (strange, "refused it with status 403: The signature does not match"),
        (gone, "refused it with status 404: The specified bucket does not exist"),
        (away, "cannot be reached: Connection refused"),
    ):
        with pytest.raises(StoreAway, match=says):
            one.read(NAMES[0])
    for harm, says in (
        ({"status": 503}, "status 503: Please reduce your request rate"),
        ({"status": 404}, "status 404"),  # of something in between that knows no files
        ({"seconds": 0.6}, "did not answer in time"),
        ({"cut": 20}, "did not answer to the end"),
    ):
        for name, value in {"status": 0, "seconds": 0.0, "cut": 0, **harm}.items():
            setattr(server, name, value)
        monkeypatch.setattr(buckets, "READ_SECONDS", 0.3 if server.seconds else 20.0)
        with pytest.raises(StoreAway, match=says) as refused:
            place.read(NAMES[0])
        assert not isinstance(refused.value, FileNotFoundError)


@pytest.mark.django_db
def test_a_build_writes_there_and_lets_go_of_what_is_stale(
    in_bucket, space, alice, fact, django_capture_on_commit_callbacks
) -> None:
    (row,) = ExplicitMemory.objects.all()
    (key,) = in_bucket.objects
    assert key == f"site/{space.pk}/{row.name[:2]}/{row.name}.safetensors"
    assert in_bucket.objects[key].startswith(b"Ada Brook")
    MemoryController(space).retract(fact, actor=alice, reason="not so")
    with django_capture_on_commit_callbacks(execute=True):
        build(space, alice)
    assert in_bucket.objects == {}


@pytest.mark.django_db
def test_what_is_missing_or_altered_there_is_found_and_made_good(
    in_bucket, space, alice, fact, other
) -> None:
    first, second = sorted(in_bucket.objects)
    whole = dict(in_bucket.objects)
    in_bucket.objects[first] += b"x"
    del in_bucket.objects[second]
    stray = f"site/{space.pk}/ff/{'f' * 64}.safetensors"
    in_bucket.objects[stray] = in_bucket.objects["site/notes.txt"] = b"x"
    found = services.files_verify(space=space)
    assert found == services.Verified(0, 2, 0, 2)  # of the altered one, too, no memory is left
    assert "site/notes.txt" in in_bucket.objects
    build(space, alice)
    assert {key: in_bucket.objects[key] for key in whole} == whole
    assert services.files_verify(space=space) == services.Verified(2, 0, 0, 0)


@pytest.mark.django_db
def test_a_store_that_is_away_makes_nothing_stale(in_bucket, space, carol, head, fact) -> None:
    in_bucket.status = 503
    with pytest.raises(StoreUnreachable, match="Please reduce your request rate"):
        services.files_verify(space=space)
    with pytest.raises(CommandError, match="Please reduce your request rate"):
        call_command("explicit", "verify", "--space", space.slug)
    head.left_out, head.damaged = "The memory has no file.", True  # what a worker believes
    ask(space, carol)
    assert ExplicitMemory.objects.get().state == "fresh"
    in_bucket.status = 0
    in_bucket.objects.clear()
    ask(space, carol)
    assert ExplicitMemory.objects.get().state == "stale"


@pytest.mark.django_db
def test_a_build_that_cannot_write_says_why_and_is_tried_again(
    in_bucket, space, alice, is_on
) -> None:
    factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    in_bucket.status = 503
    made = services.build_request(space=space, actor=alice)
    tried = services.build_run(build_id=made.pk)
    assert tried.state == "queued"
    assert "could not be written" in tried.error
    assert "reduce your request rate" in tried.error
    assert not ExplicitMemory.objects.filter(state="fresh").exists()
    in_bucket.status = 0
    assert services.build_run(build_id=made.pk).state == "done"
    assert ExplicitMemory.objects.get().state == "fresh"


@pytest.fixture
def reading(place, tmp_path, monkeypatch) -> tuple[ExplicitReadHead, Shelved]:
    """A head on a tiny model and a shelf whose files lie in the bucket."""
    monkeypatch.setattr(buckets, "READ_SECONDS", 20.0)  # a busy machine answers late
    head = ExplicitReadHead(head=tiny_head())
    head.reader.seconds = 30.0
    shelf = Shelved(tmp_path, ReferenceMaker(head=head.head))
    shelf.blobs = place
    shelf.born("Ada Lovelace", "London")
    shelf.born("Grace Hopper", "New York")
    return head, shelf


def asked(reading: tuple[ExplicitReadHead, Shelved]) -> TracedAnswer:
    head, shelf = reading
    return head.answer("Where was Ada Lovelace born?", shelf, QuestionContext())


def test_a_head_reads_from_it_and_holds_what_it_read(server, reading) -> None:
    answer = asked(reading)
    assert [one.left_out for one in answer.attended] == ["", ""]
    assert all(one.shares for one in answer.attended)
    server.status = 503  # what was read is held
    assert [one.left_out for one in asked(reading).attended] == ["", ""]


@pytest.mark.parametrize(
    ("harm", "says", "damaged"),
    [
        ("missing", "has no file", True),
        ("cut", "cut or altered", True),
        ("altered", "cut or altered", True),
        ("cut on its way", "did not answer to the end", False),
        ("refused", "status 503", False),
        ("slow", "did not answer in time", False),
    ],
)
def test_an_answer_goes_on_without_what_the_store_does_not_give(
    server, reading, harm, says, damaged, monkeypatch
) -> None:
    for key, data in list(server.objects.items()):
        if harm == "missing":
            del server.objects[key]
        elif harm == "cut":
            server.objects[key] = data[:-20]
        elif harm == "altered":
            server.objects[key] = data[:-1] + bytes([data[-1] ^ 1])
    server.cut = 20 if harm == "cut on its way" else 0
    server.status = 503 if harm == "refused" else 0
    if harm == "slow":
        server.seconds = 3.0
        monkeypatch.setattr(buckets, "READ_SECONDS", 0.4)
    started = time.monotonic()
    answer = asked(reading)
    assert harm != "slow" or time.monotonic() - started < 3.0  # it was not waited for
    assert all(says in one.left_out for one in answer.attended)
    assert {one.damaged for one in answer.attended} == {damaged}
    assert len(answer.attended) == 2
    assert answer.cited == ()
    if not answer.unsupported:
        assert answer.reason == explicit_head.NONE_READ


def test_the_settings_name_the_store(settings, tmp_path, in_bucket) -> None:
    assert place_of(7).label == "bucket memories at 127.0.0.1: site/7"
    settings.EXPLICIT_S3_PREFIX = ""
    assert place_of(7).prefix == "7"
    settings.EXPLICIT_STORE, settings.EXPLICIT_DIR = "folder", tmp_path
    assert place_of(7).label == str(tmp_path / "7")
    needed = {"folder": {}, "s3": {"EXPLICIT_S3_ENDPOINT": ""}}
    with pytest.raises(ImproperlyConfigured, match="EXPLICIT_STORE names s3: set EXPLICIT_S3_EN"):
        check_destinations(["s3"], needed, of="EXPLICIT_STORE")
    with pytest.raises(ImproperlyConfigured, match="EXPLICIT_STORE: 'disk' is none of folder, s3"):
        check_destinations(["disk"], needed, of="EXPLICIT_STORE")
