"""Small PDF files, written out by hand so that no test depends on a program that makes them."""

from __future__ import annotations

import io
import zlib

from pypdf import PdfReader, PdfWriter


def pdf(*pages: str, title: str = "") -> bytes:
    """Return a PDF with one page for each text, a line of text for each of its lines."""
    return _pdf([_content(page) for page in pages], title)


def pdf_bomb(unpacked_bytes: int) -> bytes:
    """Return a small PDF whose page unpacks to ``unpacked_bytes``."""
    packer = zlib.compressobj(9)
    block = b" " * 1_000_000
    packed = b"".join(packer.compress(block) for _ in range(unpacked_bytes // len(block)))
    return _pdf([packed + packer.flush()], "", packed=True)


def encrypted(data: bytes, *, user_password: str, owner_password: str = "owner") -> bytes:
    """Return the PDF ``data`` with passwords on it."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(user_password, owner_password, algorithm="AES-256")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _content(page: str) -> bytes:
    escaped = page.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    lines = "".join(f"({line}) Tj T*\n" for line in escaped.split("\n"))
    return f"BT /F1 12 Tf 14 TL 50 780 Td\n{lines}ET".encode("cp1252")


def _pdf(contents: list[bytes], title: str, *, packed: bool = False) -> bytes:
    filtered = b" /Filter /FlateDecode" if packed else b""
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({title}) >>".encode(),
    ]
    for number, content in enumerate(contents):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {6 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(
            b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(content), filtered, content)
        )
    data = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer << /Size %d /Root 1 0 R /Info 4 0 R >>\n" % (len(objects) + 1)
    return bytes(data + b"startxref\n%d\n%%%%EOF\n" % start)
