from __future__ import annotations

import base64
import contextlib
import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.provenance.merkle import EMPTY_ROOT, leaf_hash
from apps.provenance.notes import (
    Head,
    Note,
    NoteError,
    Signature,
    VerifyKey,
    open_note,
    parse_head,
    parse_note,
    parse_verify_key,
    sign,
)

# Of the documentation of golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"  # noqa: E501
)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
ORIGIN = "memweb.local/0f5e"
KEY = VerifyKey(ORIGIN, PRIVATE.public_key().public_bytes_raw())
HEAD = Head(ORIGIN, 1234, leaf_hash(b"x"))


def checkpoint(head=HEAD, private=PRIVATE, name=ORIGIN):
    return str(Note(str(head), (sign(str(head), name, private),)))


def test_it_opens_the_note_of_the_documentation_of_go():
    note = open_note(GO_NOTE, [parse_verify_key(GO_KEY)])
    assert note.text == GO_NOTE.partition("\n\n")[0] + "\n"
    assert str(note) == GO_NOTE
    assert str(parse_verify_key(GO_KEY)) == GO_KEY


def test_a_checkpoint_has_the_lines_of_the_public_format():
    lines = checkpoint().split("\n")
    assert lines[:4] == [ORIGIN, "1234", base64.b64encode(HEAD.root).decode(), ""]
    dash, name, signature = lines[4].split(" ")
    assert (dash, name, lines[5:]) == ("—", ORIGIN, [""])
    assert base64.b64decode(signature)[:4] == KEY.hash
    assert len(base64.b64decode(signature)) == 4 + 64


def test_what_is_signed_is_opened_and_read_back():
    note = open_note(checkpoint(), [KEY])
    assert parse_head(note.text) == HEAD
    assert parse_verify_key(str(KEY)) == KEY
    extended = Head(ORIGIN, 0, EMPTY_ROOT, ("a line more", "—"))
    assert parse_head(open_note(checkpoint(extended).encode(), [KEY]).text) == extended


def test_signatures_of_others_are_kept_and_do_not_count():
    witness = Signature("witness.example", b"abcd", b"whatever it holds, of any length")
    note = parse_note(checkpoint())
    both = Note(note.text, (witness, *note.signatures))
    assert open_note(str(both), [KEY]) == both
    alone = Note(note.text, (witness,))
    with pytest.raises(NoteError, match="None of the known keys"):
        open_note(str(alone), [KEY])


def test_one_of_two_signatures_by_known_keys_that_does_not_hold_spoils_the_note():
    old = VerifyKey(ORIGIN, OTHER.public_key().public_bytes_raw())
    by_old = sign(str(HEAD), ORIGIN, OTHER)
    good = Note(str(HEAD), (by_old, sign(str(HEAD), ORIGIN, PRIVATE)))
    assert open_note(str(good), [KEY, old]) == good
    bad = Note(str(HEAD), (Signature(ORIGIN, old.hash, b"0" * 64), good.signatures[1]))
    assert open_note(str(bad), [KEY]) == bad
    with pytest.raises(NoteError, match="forged"):
        open_note(str(bad), [KEY, old])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace("1234", "1235"), "forged"),
        (lambda text: text.replace(ORIGIN, "memweb.local/other"), "None of the known keys"),
        (lambda text: text.replace("1234", "12\t34"), "control characters"),
        (lambda text: text.replace("\n", "\r\n"), "control characters"),
        (lambda text: text[:-1], "breaks off"),
        (lambda text: text[:-2] + "\n", "no signature"),
        (lambda text: text + "\n", "breaks off"),
        (lambda text: text + "— \n", "no signature"),
        (lambda text: text + "- a QUJDREVG\n", "no signature"),
        (lambda text: text + "— a+b QUJDREVG\n", "no signature"),
        (lambda text: text + "— a QUJDRA==\n", "no signature"),
        (lambda text: text + "— a QUJDREVGRx==\n", "no signature"),
        (lambda text: text.replace("\n\n", "\n"), "no signed note"),
        (lambda text: text.partition("\n\n")[2], "no signed note"),
        (lambda text: "\n\n" + text.partition("\n\n")[2], "no signed note"),
        (lambda text: text + "— a QUJDREVG\n" * 100, "more than 100"),
        (lambda text: "x" * 70_000 + text, "longer than 64 KB"),
        (lambda text: text + "\ud800", "UTF-8"),
        (lambda text: text.encode("utf-16"), "UTF-8"),
        (lambda text: "", "no signed note"),
        (lambda text: b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_note_that_is_none_or_is_forged_is_refused_with_a_sentence(change, says):
    with pytest.raises(NoteError, match=says) as caught:
        open_note(change(checkpoint()), [KEY])
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log\n1\n",
        f"\n1\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"log\n01\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"log\n-1\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"log\n١\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"log\n9223372036854775808\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        f"log\n{'9' * 5000}\n{base64.b64encode(EMPTY_ROOT).decode()}\n",
        "log\n1\nQUJD\n",
        "log\n1\nno base64\n",
        f"log\n1\n{EMPTY_ROOT.hex()}\n",
        f"log\n1\n{base64.b64encode(EMPTY_ROOT).decode()}\n\n",
        f"log\n1\n{base64.b64encode(EMPTY_ROOT).decode()}",
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused(text):
    with pytest.raises(NoteError):
        parse_head(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "of the form"),
        ("name", "of the form"),
        (GO_KEY.replace("c74f20a3", "c74f20a4"), "hash in this public key"),
        (GO_KEY.replace("PeterNeumann", "Peter Neumann"), "of the form"),
        (GO_KEY.replace("c74f20a3", "C74F20A3"), "of the form"),
        (GO_KEY[:-4], "another kind"),
        (GO_KEY + "+", "of the form"),
        ("a+00000000+Ag==", "another kind"),
    ],
)
def test_a_key_that_is_none_is_refused(text, says):
    with pytest.raises(NoteError, match=says):
        parse_verify_key(text)


def test_nothing_is_signed_that_nobody_could_open():
    with pytest.raises(NoteError, match="name"):
        sign("text\n", "a name", PRIVATE)
    for text in ("text", "te\0xt\n"):
        with pytest.raises(NoteError, match="line break"):
            sign(text, ORIGIN, PRIVATE)


def test_of_ten_thousand_spoilt_notes_none_says_anything_else_or_ends_in_another_error():
    chance = random.Random(13)
    whole, refused = checkpoint(), 0
    for _ in range(10_000):
        try:
            note = open_note(spoil(whole.encode(), chance), [KEY])
        except NoteError:
            refused += 1
        else:  # nothing was spoilt, or lines stand there as if of somebody else
            assert note.text == str(HEAD)
            assert parse_note(whole).signatures[0] in note.signatures
    assert refused > 9_500


def test_ten_thousand_spoilt_checkpoints_are_refused_or_say_what_they_say():
    chance = random.Random(15)
    for _ in range(10_000):
        spoilt = spoil(str(HEAD).encode(), chance).decode("utf-8", "surrogateescape")
        with contextlib.suppress(NoteError):
            assert str(parse_head(spoilt)) == spoilt


def test_ten_thousand_spoilt_keys_are_refused_or_keys():
    chance = random.Random(14)
    for _ in range(10_000):
        spoilt = spoil(GO_KEY.encode(), chance).decode("utf-8", "surrogateescape")
        if spoilt.strip() != GO_KEY:
            with pytest.raises(NoteError):
                parse_verify_key(spoilt)


def spoil(data, chance):
    """Change a few bytes, cut, repeat, or put parts elsewhere."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        at, end = sorted(chance.choices(range(len(changed) + 1), k=2))
        match chance.randrange(6):
            case 0:
                if changed:
                    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            case 1:
                del changed[at:end]
            case 2:
                changed[at:at] = chance.randbytes(chance.choice((1, 2, 30)))
            case 3:
                changed[at:at] = changed[at:end]
            case 4:
                changed[at:end] = changed[at:end][::-1]
            case 5:
                changed[at:at] = chance.choice((b"\n", b"\n\n", b" ", b"=", "— ".encode(), b"+"))
    return bytes(changed)
