"""Which format a file has, and which characters its bytes stand for."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePath

from apps.sources.errors import EmptyFile, TypeMismatch, UnknownType, WrongEncoding

TEXT, MARKDOWN, HTML, PDF, CSV, JSONL = "text", "markdown", "html", "pdf", "csv", "jsonl"
FORMATS = (TEXT, MARKDOWN, HTML, PDF, CSV, JSONL)
TRIPLE_FORMATS = (CSV, JSONL)
LABELS = {
    TEXT: "plain text",
    MARKDOWN: "Markdown",
    HTML: "HTML",
    PDF: "PDF",
    CSV: "CSV",
    JSONL: "JSON Lines",
}
EXTENSIONS = {
    ".txt": TEXT,
    ".text": TEXT,
    ".rst": TEXT,
    ".log": TEXT,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".pdf": PDF,
    ".csv": CSV,
    ".tsv": CSV,
    ".jsonl": JSONL,
    ".ndjson": JSONL,
}

_PDF_MAGIC = b"%PDF-"
_BINARY_MAGIC = (
    (b"PK\x03\x04", "a ZIP, Office or e-book file"),
    (b"PK\x05\x06", "a ZIP file"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"{\\rtf", "a rich text file"),
    (b"%!PS", "a PostScript file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"7z\xbc\xaf", "a 7-Zip file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a sound, film or picture"),
    (b"ID3", "a sound file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3", "a database"),
    (b"PAR1", "a Parquet table"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The comments are matched possessively: any other way, many of them would take exponential time.
_HTML_START = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?>.*?-->)\s*)*+<(?:!doctype\s+html|html)\b", re.I | re.S
)
_HTML_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)

# The encodings that files still come in; anything else that is guessed is a wrong guess.
_CANDIDATES = [
    "cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1257",
    "cp932", "euc_jp", "gb18030", "big5", "euc_kr",
]  # fmt: skip
_MULTIBYTE = {"cp932", "euc_jp", "gb18030", "big5", "euc_kr"}
_MAX_CHAOS = 10.0  # percent, charset-normalizer's measure of disorder
_MIN_COHERENCE = 30.0  # percent, its measure of likeness to a known language
_SAMPLE_BYTES = 64 * 1024


def detect_format(data: bytes, *, filename: str, format: str | None = None) -> str:
    """Return one of FORMATS from the content and the name of a file.

    ``format``, when given, stands in for the extension. Raises EmptyFile, UnknownType (binary, or
    an extension that is not known) and TypeMismatch (the content says otherwise than the name).
    """
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise EmptyFile
    suffix = PurePath(filename).suffix.lower()
    claimed = format or EXTENSIONS.get(suffix)
    if format is not None and format not in FORMATS:
        raise UnknownType(f"“{format}” is not one of {', '.join(FORMATS)}.")
    if _PDF_MAGIC in data[:1024]:  # a text may quote it, a PDF may have a few bytes before it
        if claimed in (PDF, None):
            return PDF
        if data.startswith(_PDF_MAGIC):
            raise TypeMismatch(f"It is named as {LABELS[claimed]}, but its content is a PDF.")
    kind = _binary_kind(data)
    if claimed == PDF:
        raise TypeMismatch(f"It is named as a PDF, but its content is {kind or 'not one'}.")
    if kind:
        raise UnknownType(f"This one is {kind}.")
    return _text_format(data, suffix, claimed)


def _text_format(data: bytes, suffix: str, claimed: str | None) -> str:
    """Return the format of what is no binary file; only HTML is told by the content."""
    is_html = _HTML_START.match(data[:4096]) is not None
    if claimed is None:
        if suffix and not is_html:
            raise UnknownType(f"If “{suffix}” is plain text, give the file a name ending in .txt.")
        return HTML if is_html else TEXT
    if is_html and claimed != HTML:
        raise TypeMismatch(f"It is named as {LABELS[claimed]}, but its content is HTML.")
    return claimed


def _binary_kind(data: bytes) -> str:
    """Say what a binary file is, or "" for text."""
    for magic, kind in _BINARY_MAGIC:
        if data.startswith(magic):
            return kind
    if _bom_encoding(data) or _utf16_without_bom(data):
        return ""
    head = data[:8192]
    odd = sum(byte < 32 and byte not in b"\t\n\r\f\x0b\x1b\x1a" for byte in head)
    return "a binary file" if b"\x00" in head or odd > len(head) // 50 else ""


def _bom_encoding(data: bytes) -> str:
    return next((name for mark, name in _BOMS if data.startswith(mark)), "")


def _utf16_without_bom(data: bytes) -> str:
    """Recognise UTF-16 of mostly Latin text by its zero bytes, all on one side."""
    head = data[: min(len(data), 4096) // 2 * 2]
    if len(head) < 8:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.7 * half and even == 0:
        return "utf-16-le"
    if even > 0.7 * half and odd == 0:
        return "utf-16-be"
    return ""


def decode(data: bytes, *, html: bool = False) -> tuple[str, str]:
    """Return the text of ``data`` and the name of the encoding that was used.

    A byte order mark decides; then UTF-8; then, for HTML, the charset that the page declares; then
    charset-normalizer, believed when the text has little disorder and reads like a known language;
    then Windows-1252 for mostly Latin text, as browsers do. Raises WrongEncoding.
    """
    declared = _HTML_CHARSET.search(data[:4096]) if html else None
    for name in (_bom_encoding(data), _utf16_without_bom(data), "utf-8"):
        decoded = _try(data, name)
        if decoded is not None:
            return decoded, name.removesuffix("-sig")
    if declared and (decoded := _try(data, declared.group(1).decode("ascii"))) is not None:
        return decoded, declared.group(1).decode("ascii").lower()
    for name in (_guess(data), "cp1252" if _mostly_western(data) else ""):
        decoded = _try(data, name)
        if decoded is not None:
            return decoded, name
    raise WrongEncoding


def _try(data: bytes, name: str) -> str | None:
    if not name:
        return None
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):  # a page may declare any codec that Python has
        return None


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    lines = [line for line in data.split(b"\n") if not line.isascii()]
    sample = b"\n".join(lines)[:_SAMPLE_BYTES]
    matches = sorted(
        from_bytes(sample, cp_isolation=_CANDIDATES, threshold=_MAX_CHAOS / 100),
        key=lambda match: (match.percent_chaos, -match.percent_coherence),
    )
    if not matches:
        return ""
    best = matches[0]
    if best.encoding in _MULTIBYTE:
        return best.encoding if best.percent_chaos == 0 and len(sample) >= 16 else ""
    if best.percent_coherence < _MIN_COHERENCE:
        return ""
    ties = [
        match
        for match in matches
        if match.percent_chaos == best.percent_chaos
        and match.percent_coherence >= best.percent_coherence - 1
    ]
    names = {name for match in ties for name in (match.encoding, *match.could_be_from_charset)}
    return "cp1252" if "cp1252" in names else best.encoding


def _mostly_western(data: bytes) -> bool:
    """Tell whether the bytes above 127 are few and read as letters or marks in Windows-1252."""
    text = _try(data, "cp1252")
    if text is None:
        return False
    foreign = [char for char in text if char > "\x7f"]
    sane = sum(char.isalpha() or char in "“”‘’„‚–—…•€£©®°§«»·¿¡ºª\xa0½¼¾²³" for char in foreign)
    return len(foreign) <= max(1, len(text) // 4) and sane == len(foreign)
