"""Checkpoints that leave the building, to servers on this machine."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.common import outgoing
from apps.common.s3 import Login, Server, authorization
from apps.provenance.services.destinations import DeliveryError, Parcel, destinations
from apps.provenance.services.destinations.folder import Folder
from apps.provenance.services.destinations.http import HttpAddress
from apps.provenance.services.destinations.s3 import Bucket
from memweb.settings import check_destinations

LOG = "0f5e0c7e-3a5b-4c55-8d6f-5f6c1a8a2b11"
PARCEL = Parcel(LOG, 1234, "memweb.local/x\n1234\nroot\n\n— a b\n")
NAME = f"{LOG}/000000001234-{hashlib.sha256(PARCEL.note.encode()).hexdigest()[:16]}.txt"
EXAMPLE_MD5 = "lkSZsSwthZKEBhQPhYfFcw=="  # of PARCEL.note, by openssl
EXAMPLE = Login("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")


class Answering(BaseHTTPRequestHandler):
    """Keeps what it gets, and answers with the status that the server was told."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.command, self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    do_PUT = do_POST

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.got, server.status, server.answer = [], 200, b""
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def talking(speak):
    """Yield the address of a server that does with each connection what ``speak`` does."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connection, _ = listening.accept()
            with connection:
                speak(connection, over)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        over.set()
        thread.join()


def test_a_folder_keeps_each_checkpoint_under_a_name_of_its_own(tmp_path):
    folder = Folder(tmp_path / "kept")
    folder.deliver(PARCEL)
    folder.deliver(PARCEL)
    other = Parcel(LOG, 1234, "another note of the same size, as a server that lies makes it")
    folder.deliver(other)
    kept = {path: path.read_text(encoding="utf-8") for path in (tmp_path / "kept" / LOG).iterdir()}
    assert kept[tmp_path / "kept" / NAME] == PARCEL.note
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o644}
    assert sorted(kept.values()) == sorted([PARCEL.note, other.note])


def test_a_full_disk_or_a_closed_folder_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(DeliveryError, match="No space left on device"):
            Folder(tmp_path).deliver(PARCEL)
    assert list((tmp_path / LOG).iterdir()) == []
    Folder(tmp_path).deliver(PARCEL)
    (tmp_path / "file").touch()
    with pytest.raises(DeliveryError, match=r"cannot be written: Not a directory\."):
        Folder(tmp_path / "file").deliver(PARCEL)


def test_an_address_gets_the_note_with_its_token(server):
    HttpAddress(f"{server.url}/take?from=memweb", "s3cret").deliver(PARCEL)
    ((method, path, headers, body),) = server.got
    assert (method, path, body.decode()) == ("POST", "/take?from=memweb", PARCEL.note)
    assert headers["Authorization"] == "Bearer s3cret"
    assert headers["X-Checkpoint"] == NAME
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    HttpAddress(server.url).deliver(PARCEL)
    assert server.got[1][1] == "/"
    assert "Authorization" not in server.got[1][2]


@pytest.mark.parametrize("status", [302, 400, 403, 500, 503])
def test_a_server_that_refuses_is_said_and_redirects_are_not_followed(server, status):
    server.status = status
    with pytest.raises(DeliveryError, match=rf"^127\.0\.0\.1 refused it with status {status}\.$"):
        HttpAddress(server.url, "s3cret").deliver(PARCEL)
    assert len(server.got) == 1


def test_a_server_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(outgoing, "PAUSE_SECONDS", 0.2)
    with talking(lambda connection, over: over.wait(20)) as url:
        begun = time.monotonic()
        with pytest.raises(DeliveryError, match=r"did not answer in time\.$"):
            HttpAddress(url).deliver(PARCEL)
        assert time.monotonic() - begun < 5


def test_a_server_that_answers_a_byte_at_a_time_is_given_up(monkeypatch):
    def drip(connection, over):
        while not over.wait(0.05):
            try:
                connection.sendall(b"x")
            except OSError:
                return

    monkeypatch.setattr(outgoing, "WHOLE_SECONDS", 0.4)
    with talking(drip) as url:
        begun = time.monotonic()
        with pytest.raises(DeliveryError, match=r"did not answer in time\.$"):
            HttpAddress(url).deliver(PARCEL)
        assert time.monotonic() - begun < 5


def test_a_server_that_speaks_no_http_or_is_away_is_said():
    def babble(connection, over):
        connection.recv(10_000)
        connection.sendall(b"220 mail.example.org ESMTP\r\n")

    with talking(babble) as url, pytest.raises(DeliveryError, match="as a web server does"):
        HttpAddress(url).deliver(PARCEL)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(DeliveryError, match=r"cannot be reached: Connection refused\.$"):
        HttpAddress(f"http://127.0.0.1:{port}/").deliver(PARCEL)


def test_a_bucket_gets_a_signed_request(server):
    Bucket(Server(server.url, "auditors", EXAMPLE), "/memweb/").deliver(PARCEL)
    ((method, path, headers, body),) = server.got
    assert (method, path, body.decode()) == ("PUT", f"/auditors/memweb/{NAME}", PARCEL.note)
    assert headers["X-Amz-Content-Sha256"] == hashlib.sha256(body).hexdigest()
    said = headers["Authorization"]
    assert said.startswith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/")
    names = said.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert headers["Content-MD5"] == EXAMPLE_MD5, "a bucket with object lock insists on it"
    assert names == ["content-md5", "content-type", "host", "x-amz-content-sha256", "x-amz-date"]
    sent = {name: value for name, value in headers.items() if name.lower() in names}
    assert said == authorization(method, path, sent, EXAMPLE)
    server.status = 403
    with pytest.raises(DeliveryError, match=r"refused it with status 403\.$"):
        Bucket(Server(server.url, "auditors", EXAMPLE), "").deliver(PARCEL)
    assert server.got[1][1] == f"/auditors/{NAME}"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            b"<Error><Code>NoSuchBucket</Code><Message>The bucket &quot;a&quot;\n\xe2\x80\xaeis "
            b"gone</Message></Error>",
            'status 403: The bucket "a" is gone',
        ),
        (b"<Message>" + b"x" * 3_000, f"status 403: {'x' * 300}"),
        (b"<Message>\xff\xfe</Message>", "status 403: \ufffd\ufffd"),
        (b"<html>no such thing</html>", "status 403."),
    ],
)
def test_a_bucket_that_refuses_is_told_in_its_own_words(server, answer, says):
    server.status, server.answer = 403, answer
    with pytest.raises(DeliveryError) as refused:
        Bucket(Server(server.url, "auditors", EXAMPLE), "").deliver(PARCEL)
    assert str(refused.value) == f"127.0.0.1 refused it with {says}"


def test_the_settings_name_the_destinations(settings, tmp_path):
    assert list(destinations()) == ["folder"]
    assert destinations()["folder"].path == Path(settings.VAR_DIR) / "provenance" / "checkpoints"
    settings.PROVENANCE_DESTINATIONS = ["s3", "http"]
    settings.PROVENANCE_URL = "https://user:secret@keep.example.org:8443/in?key=secret"
    settings.PROVENANCE_S3_ENDPOINT = "https://s3.example.org"
    settings.PROVENANCE_S3_BUCKET = "auditors"
    settings.PROVENANCE_S3_SECRET_KEY = "secret"
    labels = [one.label for one in destinations().values()]
    assert labels == ["bucket auditors at s3.example.org", "https://keep.example.org:8443/in"]


@pytest.mark.parametrize(
    ("kinds", "needed", "says"),
    [
        (["ftp"], {"folder": {}, "s3": {}}, "'ftp' is none of folder, s3"),
        (["http"], {"http": {"PROVENANCE_URL": ""}}, "names http: set PROVENANCE_URL"),
        (["http"], {"http": {"PROVENANCE_URL": "host/path"}}, "must be an address"),
        (["http"], {"http": {"PROVENANCE_URL": "ftp://host/path"}}, "must be an address"),
        (["http"], {"http": {"PROVENANCE_URL": "https://host:x/path"}}, "must be an address"),
        (["http"], {"http": {"PROVENANCE_URL": "https://host/ä"}}, "must be an address"),
        (["s3"], {"s3": {"PROVENANCE_S3_ENDPOINT": "https:///x"}}, "must be an address"),
    ],
)
def test_a_setting_that_leads_nowhere_is_refused_at_the_start(kinds, needed, says):
    with pytest.raises(ImproperlyConfigured, match=says):
        check_destinations(kinds, needed)


def test_settings_that_lead_somewhere_are_taken():
    check_destinations(["http"], {"http": {"PROVENANCE_URL": "http://[::1]:8080/x"}})
    check_destinations([], {})
