"""Pages are sent compressed, in a way that tells nothing about what is secret in them."""

from __future__ import annotations

import gzip
import re

GZIP = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def test_it_compresses_pages_for_who_takes_them(sign_in, bob, space):
    plain = sign_in(bob).get("/s/atlas/review/")
    packed = sign_in(bob).get("/s/atlas/review/", **GZIP)
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert len(packed.content) < len(plain.content) / 2
    assert "<h1>Review</h1>" in gzip.decompress(packed.content).decode()


def test_it_hides_the_length_and_the_token(sign_in, bob, space):
    client = sign_in(bob)
    pages = [client.get("/s/atlas/review/", **GZIP).content for _ in range(12)]
    tokens = {TOKEN.search(gzip.decompress(page).decode())[1] for page in pages}
    assert len(tokens) == len(pages)  # masked anew each time
    assert len({len(page) for page in pages}) > 2  # padded by chance
