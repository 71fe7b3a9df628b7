"""What can be wrong with a file that somebody brings. The docstring of each is what the page says.

``status`` is the HTTP status of the response. ``detail`` adds what is particular to this file.
"""

from __future__ import annotations

import inspect


class SourceError(Exception):
    """This file cannot be read."""

    status = 422

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        super().__init__(" ".join(filter(None, [inspect.cleandoc(self.__doc__ or ""), detail])))


class EmptyFile(SourceError):
    """This file holds no text: it is empty or contains only blanks."""


class TooLarge(SourceError):
    """This file is too large. Split it and add the parts."""

    status = 413


class TextTooLong(SourceError):
    """This text is longer than 2 million characters. Split it and add the parts."""

    status = 413


class UnknownType(SourceError):
    """This kind of file cannot be read. Text, Markdown, HTML, PDF, CSV and JSON Lines can."""

    status = 415


class TypeMismatch(SourceError):
    """The name of this file and its content do not agree."""

    status = 415


class WrongEncoding(SourceError):
    """This file is not UTF-8, and no other encoding fits with confidence. Save it as UTF-8."""


class PasswordProtected(SourceError):
    """This PDF is protected by a password. Save a copy without one and add that."""


class PdfWithoutText(SourceError):
    """This PDF holds no text, only pictures of pages. Run text recognition on it first."""


class BrokenPdf(SourceError):
    """This PDF is damaged and cannot be read. Open it, save it anew, and add that."""


class HtmlWithoutText(SourceError):
    """This HTML page holds no text of its own. Save it from the browser and add that."""


class TookTooLong(SourceError):
    """Reading this file took too long and was stopped."""


class TookTooMuchMemory(SourceError):
    """Reading this file took too much memory and was stopped."""


class ReadingFailed(SourceError):
    """Reading this file failed for a reason that is not known; it was not added."""

    status = 500


class TooBusy(SourceError):
    """Many files are being read at the moment. Add this one again in a minute."""

    status = 503


class TooManyFiles(SourceError):
    """Many of your files are being read at the moment. Add this one when some of them are done."""

    status = 429


class BadRows(SourceError):
    """Nothing was imported, because some rows are not in order."""


class TooManyRows(SourceError):
    """This file has more than 10,000 rows. Split it and add the parts."""

    status = 413


class BadMessages(SourceError):
    """Nothing was added, because some messages are not in order."""


class TooManyMessages(SourceError):
    """A call has at most 10,000 messages. Send the others in another one."""

    status = 413


class SessionFull(SourceError):
    """This session would be longer than 2 million characters. Go on in another session."""

    status = 413


class NotRecognised(SourceError):
    """This file cannot be imported."""


BY_NAME: dict[str, type[SourceError]] = {
    error.__name__: error for error in SourceError.__subclasses__()
}
