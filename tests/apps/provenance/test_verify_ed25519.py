"""The Ed25519 of verify.py: the vectors of RFC 8032, and the same verdict as the library's."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.provenance.standalone import verify

VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
        "46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
        "d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
        "6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fee"
        "bbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e"
        "0303dca179c138ac17ad9bef1177331a704",
    ),
]

BOTH = [verify.signed_plainly, verify.signed_by_library]


@pytest.mark.parametrize("check", BOTH)
@pytest.mark.parametrize("vector", VECTORS, ids=["1", "2", "3", "sha"])
def test_it_takes_the_signatures_of_the_standard(check, vector):
    key, message, signature = map(bytes.fromhex, vector)
    assert check(key, message, signature)
    assert verify.is_signed(key, message, signature)
    assert not check(key, message + b"!", signature)


def test_both_ways_come_to_the_same_verdict_whatever_was_changed():
    randomly = random.Random(8032)
    held = 0
    for round_ in range(150):
        private = Ed25519PrivateKey.from_private_bytes(randomly.randbytes(32))
        key, message = private.public_key().public_bytes_raw(), randomly.randbytes(round_)
        parts = [bytearray(key), bytearray(message), bytearray(private.sign(message))]
        if round_ % 5:
            part = parts[randomly.choice([0, 2, 2])]
            part[randomly.randrange(len(part))] ^= 1 << randomly.randrange(8)
        given = tuple(map(bytes, parts))
        verdicts = {check(*given) for check in BOTH}
        assert verdicts == {verify.is_signed(*given)}
        held += verdicts == {True}
    assert held == 30


@pytest.mark.parametrize("library", [True, False])
def test_a_signature_has_one_form(monkeypatch, library):
    def absent(*given):
        raise ImportError

    if not library:
        monkeypatch.setattr(verify, "signed_by_library", absent)
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    key, signature = private.public_key().public_bytes_raw(), private.sign(b"text")
    assert verify.is_signed(key, b"text", signature)
    s = int.from_bytes(signature[32:], "little")
    for more in (verify.ORDER, 2 * verify.ORDER, 8 * verify.ORDER):
        if s + more < 2**256:
            other = signature[:32] + (s + more).to_bytes(32, "little")
            assert verify.signed_plainly(key, b"text", other)  # the equation holds
            assert not verify.is_signed(key, b"text", other)
    assert not verify.is_signed(key, b"text", signature[:-1])
    assert not verify.is_signed(key[:-1], b"text", signature)


@pytest.mark.parametrize("library", [True, False])
def test_a_key_that_anybody_can_sign_for_is_none(monkeypatch, library):
    def absent(*given):
        raise ImportError

    if not library:
        monkeypatch.setattr(verify, "signed_by_library", absent)
    identity = (1).to_bytes(32, "little")
    forged = identity + bytes(32)
    assert verify.signed_plainly(identity, b"anything", forged)
    oddly = [
        identity,
        (1 | 1 << 255).to_bytes(32, "little"),  # x is 0 and said to be odd
        (verify.P - 1).to_bytes(32, "little"),
        (0).to_bytes(32, "little"),
        verify.P.to_bytes(32, "little"),  # y is not below P
        (verify.P + 1).to_bytes(32, "little"),
        (2).to_bytes(32, "little"),  # no point
    ]
    for key in oddly:
        assert not verify.is_signed(key, b"anything", forged)
