"""Where names may begin and end in a text of any script.

Each character gets a class, a letter; those that only continue a character as people see it
(marks, joiners, skin tones) the same in upper case. Patterns over the classes do the rest.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")

# w: letters and digits. l: those of scripts that put no blanks between words. h: Hangul, whose
# particles stand on the word. s: symbols that are words of their own, emoji mostly. o, c, q: signs
# that may stand directly before a name, after it, or both. z: white space. n: ends a line.
_BOTH = frozenset("\"'’“.+#*")
_OPENERS = frozenset("¿¡@-−")
_CLOSERS = frozenset("!?%°‰…′″！？％")
_BY_CATEGORY = {"So": "s", "Ps": "o", "Pi": "o", "Pe": "c", "Pf": "c", "Sc": "q"}
_UNSPACED = re.compile(
    "[\u0e00-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aad\u3005-\u30ff\u3105-\u312f"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff"
    "\uff66-\uff9f\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
_HANGUL = re.compile("[\u1100-\u115f\u3131-\u318e\ua960-\ua97c\uac00-\ud7a3]")
_CONTINUES = re.compile(
    "[\u0e33\u0eb3\u1160-\u11ff\u200c\ud7b0-\ud7fb\uff9e\uff9f\U0001f3fb-\U0001f3ff"
    "\U000e0020-\U000e007f]"
)
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
_JOINER = "\u200d"

_BEGIN = re.compile("(?<![wWhH])[wh]|[ls]|(?<![wlhsWLHS])[oq](?=[oq]{0,2}[wlhs])")
_BEFORE_NAME = re.compile("(?<![wlhsWLHS])[oq]{1,3}(?=[wlhs])")
_END = re.compile("[wW](?![wW])|[lLhHsS](?![A-Z])")
_AFTER_NAME = re.compile("(?<=[wlhsWLHS])[cq]{1,3}(?![wlhsA-Z])")
_CLITIC = re.compile(r"(?<=[^\W_]['’])(?:s|t|re|ve|ll|d|m)(?![^\W_])", re.IGNORECASE)
_CLUSTER = re.compile("(?:rr?|s(?:[~j]*js)*|.)[~j]*", re.DOTALL)


def name_edges(text: str) -> tuple[list[int], list[int]]:
    """Return the offsets at which names may begin, and those at which they may end, in order.

    Names begin and end at whole words and whole characters: "Ada's" may end after "Ada" or as
    a whole, but nothing begins with its "s". In scripts without blanks between words every
    character may begin and end a name; a word in Hangul may lose its end. A name may take signs
    along that stand directly before or after it ("Yahoo!", "$5", "U.S."), at most three, which
    alone are no name.
    """
    classes = "".join(map(_class, text))
    if not {"~", "j", "r"}.isdisjoint(classes):
        classes = _CLUSTER.sub(_joined, classes)
    begins = {match.start() for match in _BEGIN.finditer(classes)}
    begins -= {match.start() for match in _CLITIC.finditer(text)}
    ends = {match.end() for match in _END.finditer(classes)}
    for match in _AFTER_NAME.finditer(classes):
        ends.update(range(match.start() + 1, match.end() + 1))
    for match in _BEFORE_NAME.finditer(classes):
        ends.difference_update(range(match.start() + 1, match.end() + 1))
    return sorted(begins), sorted(ends)


def _joined(match: re.Match[str]) -> str:
    found = match[0]
    base = {"r": "s", "~": "x", "j": "x"}.get(found[0], found[0])
    return base + base.upper() * (len(found) - 1)


@lru_cache(maxsize=2**14)
def _class(char: str) -> str:
    if char in LINE_BREAKS or "\ud800" <= char <= "\udfff":
        return "n"
    if char.isspace():
        return "z"
    category = unicodedata.category(char)
    if char == _JOINER:
        return "j"
    if category[0] == "M" or _CONTINUES.match(char):
        return "~"
    if char.isalnum():
        return "l" if _UNSPACED.match(char) else "h" if _HANGUL.match(char) else "w"
    if _FLAG.match(char):
        return "r"
    if char in _BOTH:
        return "q"
    if char in _OPENERS or char in _CLOSERS:
        return "o" if char in _OPENERS else "c"
    return _BY_CATEGORY.get(category, "x")
