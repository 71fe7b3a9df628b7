"""Reads the text of a PDF file."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader
from pypdf.errors import DependencyError, LimitReachedError, PyPdfError, WrongPasswordError

from apps.sources.errors import (
    BrokenPdf,
    PasswordProtected,
    PdfWithoutText,
    TextTooLong,
    TookTooMuchMemory,
)

_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u2010\u00ad]\n(?=([^\W\d_]))")
_BLANKS = re.compile(r"[ \t\xa0]+")


def read_pdf(data: bytes, *, max_chars: int) -> tuple[str, str, str]:
    """Return (title, text, language): pages separated by blank lines, words that were hyphenated at
    a line end joined.

    Raises PasswordProtected, PdfWithoutText, BrokenPdf, TextTooLong and TookTooMuchMemory.
    """
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        # Many files may be read by all but not printed: those open with the empty password.
        if reader.is_encrypted and not reader.decrypt(""):
            raise PasswordProtected
        pages, length = [], 0
        for page in reader.pages:
            text = _page(page.extract_text())
            length += len(text)
            if length > max_chars:
                raise TextTooLong
            pages.append(text)
        title, language = _title(reader), _language(reader)
    except WrongPasswordError:
        raise PasswordProtected from None
    except LimitReachedError:
        raise TookTooMuchMemory from None
    except DependencyError as error:
        raise BrokenPdf(f"It needs a method of decryption that is not there ({error}).") from None
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        # A damaged file trips the parser anywhere; whatever it raises, the file is what is wrong.
        raise BrokenPdf from error
    except RecursionError:
        raise BrokenPdf("Its parts refer to each other without end.") from None
    text = "\n\n".join(page for page in pages if page)
    if not any(map(str.isalnum, text)):
        raise PdfWithoutText
    return title, text, language


def _page(text: str) -> str:
    text = "\n".join(_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return _HYPHENATED.sub(lambda match: "" if match.group(1).islower() else "-", text.strip())


def _title(reader: PdfReader) -> str:
    title = reader.metadata.title if reader.metadata else None
    # Office programs write the name of their own file there, which says nothing.
    if not isinstance(title, str) or re.search(
        r"\.(docx?|odt|indd|tex|pdf)$|^untitled", title, re.I
    ):
        return ""
    return title


def _language(reader: PdfReader) -> str:
    language = reader.root_object.get("/Lang")
    return language if isinstance(language, str) else ""
