"""Light stems: what the inflected forms of one word have in common, as match keys for AssignStory.

Arabic follows Lucene's ArabicStemmer with three changes: a single proclitic letter goes only where a list of the
language's words knows what is left (usual_words.py), so that وزير and الوزير stay one word; endings go until none is
left (لبنان, اللبناني); and ا and يا are endings too (سوريا, السوري). Hebrew proclitics go by the same list. Slavic
languages in Cyrillic, Persian, German and English lose endings, which matters for short names and for headlines.
Every alphabet but Arabic and Hebrew is then cut to a prefix, of what an apostrophe does not set apart (Turkish
endings, French articles): measured against Snowball (deploy/decisions/stories.md), it costs nothing and serves
languages that Snowball does not know (Kazakh, Uzbek, Georgian).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from transforms.fold import fold
from transforms.usual_words import LENGTH, NUMBERS, known_words

PREFIX = 6
"""Letters that stay of a word outside the Semitic languages."""
LEFT = 3
"""Letters that an ending must leave."""

_ARABIC_ARTICLES = ("وال", "ولل", "بال", "كال", "فال", "لل", "ال")
_ARABIC_PROCLITICS = "وفبلكس"
_ARABIC_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "يا", "ه", "ي", "ا")
_ARABIC_SURE = 5.0
"""A proclitic goes if what is left is so many times as common as the word with it."""
_HEBREW_PROCLITICS = {"ו": 0.2, "ה": 0.2, "ב": 2.0, "ל": 2.0, "ש": 3.0, "כ": 3.0, "מ": 3.0}
"""The same for Hebrew. Few words begin with ו by nature, and ה is the article; ש, כ and מ open many words."""
_HEBREW_UNKNOWN = 6
"""Letters of a word that no list knows, from which it loses proclitics even if the list does not know the rest."""
_HEBREW_SUFFIXES = ("ים", "ות", "יה", "ית", "ה", "ת", "י")


def _folded(endings: str) -> tuple[str, ...]:
    """Folded endings, the longest first."""
    return tuple(sorted({fold(ending) for ending in endings.split()}, key=lambda one: (-len(one), one)))


_SLAVIC = _folded("ами ями ого его ому ему ыми ими ах ях ов ев ей ой ый ий ая яя ое ее ые ие ую юю ом ем ам ям ым им "
                  "ых их а я о е ы и у ю ь й ів їв ої ії ою ею єю і ї є")
_ENDINGS = {"en": (_folded("ings ing ers er ed es s e"), 1), "de": (_folded("ern en er em es e n s"), 1),
            "fa": (_folded("های هایی ها تر ان ات ی"), 2)} | dict.fromkeys(
                ("ru", "uk", "be", "bg", "mk"), (_SLAVIC, 2))
"""Endings by language, and how many of them one word may lose."""


def _without(word: str, endings: tuple[str, ...], times: int) -> str:
    for _ in range(times):
        if not word.endswith(endings):  # one call says so for most words
            break
        ending = next((one for one in endings if len(word) - len(one) >= LEFT and word.endswith(one)), "")
        if not ending:
            break
        word = word[:-len(ending)]
    return word


def _without_article(word: str) -> str:
    if not word.startswith(_ARABIC_ARTICLES):
        return word
    article = next((one for one in _ARABIC_ARTICLES if word.startswith(one) and len(word) - len(one) >= LEFT), "")
    return word[len(article):]


def without_proclitics(word: str) -> str:
    """A folded Arabic word without article and proclitics."""
    bare = _without_article(word)
    if bare == word and len(word) > LEFT and word[0] in _ARABIC_PROCLITICS:
        known = known_words("ar")
        rest = known.get(word[1:], 0.0)
        if rest and rest >= _ARABIC_SURE * known.get(word, 0.0):
            return _without_article(word[1:])
    return bare


def stem_arabic(word: str) -> str:
    """A folded Arabic word without article, proclitics and endings."""
    return _without(without_proclitics(word), _ARABIC_SUFFIXES, 3)


def stem_hebrew(word: str) -> str:
    """A folded Hebrew word without proclitics and an ending, if enough letters stay."""
    for _ in range(3):
        if not _opens_with_proclitic(word):
            break
        word = word[1:]
    return _without(word, _HEBREW_SUFFIXES, 1)


def _opens_with_proclitic(word: str) -> bool:
    sure = _HEBREW_PROCLITICS.get(word[:1])
    if sure is None or len(word) <= LEFT:
        return False
    known = known_words("he")
    whole, rest = known.get(word, 0.0), known.get(word[1:], 0.0)
    return rest >= sure * whole if whole else rest > 0.0 or len(word) >= _HEBREW_UNKNOWN


def stem(word: str, language: str) -> str:
    """The light stem of a folded word in a language (ISO code)."""
    if language in ("ar", "arz", "ary"):
        return stem_arabic(word)
    if language in ("he", "yi"):
        return stem_hebrew(word)
    if "'" in word:
        word = max(word.split("'"), key=len)
    endings = _ENDINGS.get(language)
    return (_without(word, *endings) if endings else word)[:PREFIX]


def stem_shares(language: str) -> Mapping[str, float]:
    """Stems of a language with the share of articles of ``LENGTH`` words that have them."""
    shares: defaultdict[str, float] = defaultdict(float)
    for word, share in known_words(language).items():
        numbers = NUMBERS.get(word, ())
        for number in numbers:
            shares[str(number)] += share / len(numbers)
        if not numbers:
            shares[stem(word, language)] += share
    return {one: 1 - math.exp(-LENGTH * share) for one, share in shares.items()}
