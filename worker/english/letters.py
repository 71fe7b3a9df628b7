"""How letters, mails and interviews are laid out: heads, partings, labels of turns."""

from __future__ import annotations

import re

# "From: ", "**From:** ", "To: all   From: "; what follows is who sends it.
SENDER = re.compile(r"(?:^|\s{2}|\t)[*_]{0,2}from[*_]{0,2}\s?:[*_]{0,2}[ \t]*", re.IGNORECASE)
WROTE = re.compile(r"\bwrote:[*_]{0,2}\s*$", re.IGNORECASE)
DEPTH = re.compile(r"[ \t]*(?:>[ \t]?)*")  # of a quoted mail
CUT = re.compile(
    r"\W{3,}|\W*(?:original|forwarded|begin forwarded) message\W*", re.IGNORECASE
)  # a line between two mails
PARTING = re.compile(  # all before the name in a line, or all of it
    r"[*_]{0,2}(?:(?:with|my|much|all my|lots of|very|your|yours|as ever)\b[ ,]?)?[ ]?"
    r"(?:(?:best|kind|kindest|warm|warmest|many|yours|regards|cheers|thanks|sincerely|love"
    r"|respectfully|greetings|hugs|faithfully|truly|affectionately)\b[^.!?:\n]{0,30})[,.!]?"
    r"[*_]{0,2}[ \t]*",
    re.IGNORECASE,
)
BEFORE_SIGNATURE = re.compile(r"(?:[,!–—-]|\bfrom)[*_ \t]*$")  # in the line of a parting
# Of a line that a turn of a dialogue begins with: "[14:02] ", "**", "- ".
BEFORE_LABEL = re.compile(r"[ \t>*_#–—-]*(?:\[?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\]?[ \t]*)?[*_]{0,2}")
AFTER_LABEL = re.compile(r"(?: ?\([^()\n]{1,40}\))?[*_]{0,2}:")
ANY_LABEL = re.compile(r"[ \t>*_#–—-]*[^\W\d_][\w.’' -]{0,30}(?: ?\([^()\n]{1,40}\))?[*_]{0,2}:\s")
QUESTION = re.compile(r"[ \t>*_]*(?:Q|Question)[*_]{0,2}(?:[:.]|\s[–—-])[*_]{0,2}\s")
ANSWER = re.compile(r"[ \t>*_]*(?:A|Answer)[*_]{0,2}(?:[:.]|\s[–—-])[*_]{0,2}\s")
# A line in bold or italics that asks; what follows its mark is the answer.
MARKED_QUESTION = re.compile(r"[ \t]*(\*\*|__|\*|_)(?![*_ ]).{3,300}?\?[”\"]?\1[ \t]*")
MARKED_LINE = re.compile(r"[ \t]*(\*\*|__|\*|_)(?![*_ ]).{3,300}\1[ \t]*$")
ASKED_BY = re.compile(
    r"\b(?:by|talks? to|talked to|speaks? to|spoke to|interviewer:|asked by|photos?:) $",
    re.IGNORECASE,
)
