"""Whether a text is in another language than English, by the commonest words of some others."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

# Words that are common in a language and rare in English ones.
_COMMON = {
    "Czech": "je se na že jsou byl byla bylo jako pro ale nebo podle který která také již",
    "Danish or Norwegian": "og er som til ikke det på af av ble blev hun han etter efter ved fra",
    "Dutch": "het een van en zijn niet met werd voor aan ook naar bij dat deze wordt door",
    "Finnish": "ja on oli hän että mutta myös sekä joka kuin vuonna hänen ovat olivat",
    "French": "le la les des et est dans une du qui sur pour avec par il elle que au aux été",
    "German": "der die das und ist nicht ein eine mit von dem den zu im für auf wurde auch sich",
    "Hungarian": "és egy nem hogy volt az is meg már csak után között lett vagy",
    "Italian": "il di che è della nel una del per con dei gli sono da alla stato anche",
    "Polish": "jest nie się na że oraz przez został była był roku dla lub jako ale",
    "Portuguese": "o os da do em uma não com para foi que pela pelo também mais são na",
    "Romanian": "și este în din cu pe la care pentru nu fost sunt mai dar prin",
    "Spanish": "el la los las de que y en un una del por con para se fue su es también",
    "Swedish": "och är som till inte det på av för den med var hon han efter ett blev",
    "Turkish": "ve bir bu için ile olarak olan da de daha çok sonra kadar gibi",
}
_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_ENGLISH = frozenset(
    "the of and to in a is was for on that with as by at from it his he she be are were".split()  # noqa: SIM905
)
FEWEST = 12  # words, below which nothing is said
LEAST = 0.12  # of the words; running text of these languages has 0.2 to 0.4
_WORD = re.compile(r"[^\W\d_]+")
_READ = 20_000  # characters that are looked at
_LETTERS = 1000  # whose script is


def other_language(text: str) -> str:
    """Return the language of a text that is not English, or what it is written in; nothing where
    it may be English or is too short to tell.

    >>> other_language("Der Verein wurde 1921 in Lindenau gegründet und ist nicht mit dem von 1930 "
    ...                "verwandt, den die Stadt auch fördert.")
    'German'
    """
    if script := _other_script(text):
        return f"{script} script"
    words = [word.lower() for word in _WORD.findall(text[:_READ])]
    if len(words) < FEWEST:
        return ""
    english = sum(word in _ENGLISH for word in words)
    counts = {
        language: sum(word in common for word in words) for language, common in _WORDS.items()
    }
    language = max(counts, key=lambda one: counts[one])
    plain = counts[language] >= LEAST * len(words) and counts[language] > 2 * english
    return language if plain else ""


def _other_script(text: str) -> str:
    """Return the script of most letters where it is not Latin: "Cyrillic", "CJK"."""
    letters = [char for char in text[:_READ] if char.isalpha()][:_LETTERS]
    scripts = Counter(unicodedata.name(char, "LATIN").split()[0] for char in letters)
    script, number = scripts.most_common(1)[0] if scripts else ("LATIN", 0)
    if script == "LATIN" or number < FEWEST or 2 * number <= len(letters):
        return ""
    return script if script == "CJK" else script.capitalize()
