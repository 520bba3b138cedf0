"""Light stems: what the inflected forms of one word have in common, as match keys for AssignStory.

Arabic follows the rules of Lucene's ArabicStemmer (prefixes and suffixes at most once, in order, with a
minimum of letters left). Hebrew loses two proclitics and one ending where enough of the word stays. Every
other alphabet is cut to a prefix, of what an apostrophe does not set apart (Turkish endings, French articles):
measured against Snowball (deploy/decisions/stories.md), it costs nothing and serves languages that Snowball
does not know (Kazakh, Uzbek, Georgian).
"""

from __future__ import annotations

_ARABIC_PREFIXES = ("وال", "بال", "كال", "فال", "ال", "لل", "و")
_ARABIC_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
_HEBREW_PROCLITICS = "ושהבלכמ"
_HEBREW_SUFFIXES = ("ים", "ות", "יה", "ית", "ה", "ת", "י")
PREFIX = 6
"""Letters that stay of a word outside the Semitic languages."""


def stem_arabic(word: str) -> str:
    """A folded Arabic word without article, conjunction and the commonest endings."""
    for prefix in _ARABIC_PREFIXES:
        left = 3 if prefix == "و" else 2
        if word.startswith(prefix) and len(word) - len(prefix) >= left:
            word = word[len(prefix):]
            break
    for suffix in _ARABIC_SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 2:
            word = word[:-len(suffix)]
    return word


def stem_hebrew(word: str) -> str:
    """A folded Hebrew word without up to two proclitics and an ending, if enough letters stay."""
    for _ in range(2):
        if len(word) >= 5 and word[0] in _HEBREW_PROCLITICS:
            word = word[1:]
    for suffix in _HEBREW_SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[:-len(suffix)]
    return word


def stem(word: str, language: str) -> str:
    """The light stem of a folded word in a language (ISO code)."""
    if language in ("ar", "arz", "ary"):
        return stem_arabic(word)
    if language in ("he", "yi"):
        return stem_hebrew(word)
    if "'" in word:
        word = max(word.split("'"), key=len)
    return word[:PREFIX]
