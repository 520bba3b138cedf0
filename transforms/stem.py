"""Light stems: what the inflected forms of one word have in common, as match keys for AssignStory.

Arabic follows the rules of Lucene's ArabicStemmer (prefixes and suffixes at most once, in order, with a
minimum of letters left). Hebrew loses one proclitic where enough of the word stays. Every other alphabet
is cut to a prefix: measured against Snowball (deploy/decisions/stories.md), it costs nothing and serves
languages that Snowball does not know (Kazakh, Uzbek, Georgian).
"""

from __future__ import annotations

_ARABIC_PREFIXES = ("وال", "بال", "كال", "فال", "ال", "لل", "و")
_ARABIC_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
_HEBREW_PROCLITICS = "ושהבלכמ"
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
    """A folded Hebrew word without one proclitic, if four letters stay: a shorter word would change."""
    return word[1:] if len(word) >= 5 and word[0] in _HEBREW_PROCLITICS else word


def stem(word: str, language: str) -> str:
    """The light stem of a folded word in a language (ISO code)."""
    if language in ("ar", "arz", "ary"):
        return stem_arabic(word)
    if language in ("he", "yi"):
        return stem_hebrew(word)
    return word[:PREFIX]
