"""Where messages go, and where they never do."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.common.outgoing import is_public
from apps.webhooks.models import Attempt, Delivery
from apps.webhooks.services import BadAddress, deliveries_run, endpoint_test, parts_of
from apps.webhooks.services.addresses import check_for
from memweb.settings import networks


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1",
        "::", "::1", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1",
        "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)  # fmt: skip
def test_it_tells_what_is_not_of_the_open_net(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_it_tells_what_is_of_the_open_net(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("example.org/hooks", "Write an address such as"),
        ("ftp://example.org/", "Write an address such as"),
        ("https:///hooks", "Write an address such as"),
        ("https://exämple.org/", "Write an address such as"),
        ("https://example.org:x/", "must be a number"),
        ("https://example.org:99999/", "must be a number"),
        ("https://example.org:25/", "The port must be"),
        ("https://example.org:0/", "The port must be"),
        ("https://[::1/", "must be a number"),
        ("https://user:pass@example.org/", "Leave name and password out"),
        ("https://example.org/#part", "Leave out what begins with #"),
        ("https://example.org/a b", "no blanks"),
        ("https://example.org/a\x00", "no blanks"),
        ("http://example.org/", "must begin with https"),
        ("https://127.0.0.1/", "inside of a private network"),
        ("https://[::1]/", "inside of a private network"),
        ("https://[::ffff:10.0.0.1]/", "inside of a private network"),
        ("https://169.254.169.254/latest/meta-data/", "inside of a private network"),
    ],
)
def test_a_bad_address_is_refused_with_the_reason(address, says):
    with pytest.raises(BadAddress, match=says):
        parts_of(address)


def test_a_good_address_is_taken(settings):
    assert parts_of("https://example.org:8443/hooks?key=1").port == 8443
    settings.WEBHOOK_NETWORKS = ["10.0.0.0/8", "::1"]
    assert parts_of("http://10.2.3.4/").hostname == "10.2.3.4"
    assert parts_of("http://[::1]:8080/").hostname == "::1"
    with pytest.raises(BadAddress, match="private network"):
        parts_of("http://192.168.0.1/")


def test_without_tls_only_what_the_settings_name_is_sent_to(settings):
    settings.WEBHOOK_NETWORKS = ["10.0.0.0/8"]
    inside, outside = ipaddress.ip_address("10.0.0.1"), ipaddress.ip_address("1.1.1.1")
    assert check_for("http")(inside) == check_for("https")(inside) == ""
    assert check_for("https")(outside) == ""
    assert "only https" in check_for("http")(outside)
    assert check_for("http")(ipaddress.ip_address("::ffff:10.0.0.1")) == ""


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "0"])
def test_a_name_that_means_this_machine_is_not_connected_to(
    host, settings, receiver, make, alice, monkeypatch
):
    settings.WEBHOOK_NETWORKS = ["10.0.0.0/8"]
    receiver.url = f"http://{host}:{receiver.server_port}/"
    endpoint = make(receiver)
    endpoint_test(endpoint=endpoint, actor=alice)
    deliveries_run()
    assert receiver.got == []
    assert "inside of a private network" in Attempt.objects.get().error
    assert Delivery.objects.get().state == "failed"


def test_a_name_that_means_another_machine_at_the_second_look_gains_nothing(
    settings, receiver, make, alice, monkeypatch
):
    """What is connected to is the very address that was looked at: there is no second look."""
    looked, connected = [], []
    plain = socket.getaddrinfo

    def look_up(host, *given, **more):
        if host != "rebind.example":
            return plain(host, *given, **more)
        looked.append(host)
        number = "10.9.9.9" if len(looked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, receiver.server_port))]

    def connect(where, *given, **more):
        connected.append(where[0])
        raise ConnectionRefusedError(111, "Connection refused")

    settings.WEBHOOK_NETWORKS = ["10.0.0.0/8"]
    receiver.url = f"http://rebind.example:{receiver.server_port}/"
    endpoint = make(receiver)
    endpoint_test(endpoint=endpoint, actor=alice)
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", look_up)
        patch.setattr(socket, "create_connection", connect)
        deliveries_run()
    assert (looked, connected) == (["rebind.example"], ["10.9.9.9"])


def test_a_name_of_which_one_address_is_private_is_not_connected_to(
    settings, receiver, make, alice, monkeypatch
):
    def look_up(host, port, *given, **more):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port))
            for number in ("10.9.9.9", "127.0.0.1")
        ]

    settings.WEBHOOK_NETWORKS = ["10.0.0.0/8"]
    receiver.url = f"http://both.example:{receiver.server_port}/"
    endpoint = make(receiver)
    endpoint_test(endpoint=endpoint, actor=alice)
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", look_up)
        deliveries_run()
    assert receiver.got == []
    assert "inside of a private network" in Attempt.objects.get().error


def test_a_setting_that_names_no_network_is_refused_at_the_start():
    assert networks(["10.0.0.0/8", "::1"], "WEBHOOK_NETWORKS", also=()) == ["10.0.0.0/8", "::1"]
    for wrong in ("unix", "example.org", "10.0.0.0/99"):
        with pytest.raises(ImproperlyConfigured, match="WEBHOOK_NETWORKS"):
            networks([wrong], "WEBHOOK_NETWORKS", also=())
