"""Match text: what two spellings of the same word have in common. Display text is never folded.

One table serves all languages, so that a search needs no language: letters that only some languages
tell apart (Uyghur and Sorani ى/ي) are merged in keys alone. Sources: Lucene's ArabicNormalizer for
alef, ya, ta marbuta, tatweel and harakat; the Unicode Character Database for the rest.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_DROP = [
    *range(0x0300, 0x0370),  # combining marks of Latin, Greek and Cyrillic
    *range(0x0591, 0x05BE), 0x05BF, 0x05C1, 0x05C2, 0x05C4, 0x05C5, 0x05C7,  # Hebrew points
    *range(0x0610, 0x061B), *range(0x064B, 0x0660), 0x0670, *range(0x06D6, 0x06EE),  # harakat
    0x0640,  # tatweel
    0x00AD, 0x061C, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070),
    0x180E, 0xFEFF, *range(0xFFF9, 0xFFFD),
]
_SAME = {
    "ٱ": "ا", "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي",
    "ے": "ي", "ہ": "ه", "ھ": "ه", "ۃ": "ه", "ڪ": "ك", "ە": "ه", "ۀ": "ه", "ı": "i", "ё": "е",
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "_": " ",
}
_DIGITS = {chr(zero + n): str(n) for zero in (0x0660, 0x06F0, 0x0966) for n in range(10)}
_DIGITS_TABLE = str.maketrans(_DIGITS)
_OTHER_DIGIT = re.compile("[" + "".join(_DIGITS) + "]")
_DROPPED = re.compile("[" + re.escape("".join(map(chr, _DROP))) + "]+")
_WORD = re.compile(r"\w+(?:'\w+)*")


def fold(text: str) -> str:
    """The match key of ``text``: compatibility forms, case, marks, letter variants and digits are one.

    Decomposition splits hamza and madda from their seats, so that dropping marks merges them (which is what
    Lucene's table of letters comes to); composed again afterwards for Hangul and the like. Replacing letter
    by letter is four times as fast as one ``str.translate``, which asks a dictionary for every character.
    """
    folded = unicodedata.normalize("NFKD", text).casefold()
    if not folded.isascii():
        folded = _DROPPED.sub("", folded)
        for letter, same in _BEYOND_ASCII:
            folded = folded.replace(letter, same)
        if _OTHER_DIGIT.search(folded):
            folded = folded.translate(_DIGITS_TABLE)
        folded = unicodedata.normalize("NFC", folded)
    return folded.replace("_", " ").replace("`", "'")


_BEYOND_ASCII = tuple((letter, same) for letter, same in _SAME.items() if letter not in "_`")


def words(folded: str) -> list[str]:
    """The words of a folded text, in order; CJK runs are one word each here (see ``shingle``)."""
    return _WORD.findall(folded)


@lru_cache(maxsize=1 << 16)
def fold_word(word: str) -> str:
    """``fold`` for single words, remembered: names repeat."""
    return fold(word)
