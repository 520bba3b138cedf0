"""How common a word is in its language, before a single article has been seen.

Inverse document frequency needs hundreds of documents of a language; a run begins with none, and a language
of three outlets never has them. The frequencies are those of the wordfreq package (Speer, 2022: news, Wikipedia,
subtitles, books and web, 40 languages), which brings its lists along and downloads nothing. A language without a list
(Kazakh, Kyrgyz, Uzbek, Tajik) gets no such help.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from functools import cache

import wordfreq

from transforms.fold import fold

RAREST = 2e-6
"""Share of running text from which a word is looked at: rarer ones are as good as new."""
LENGTH = 250
"""Words of the article that "a share of articles" means."""
NAME, WORD = -6.0, -3.5
"""Decimal logarithms of the frequency below which a word may well be a name, and above which it surely is none."""

NUMBERS = {"0": range(10), "00": range(10, 100), "000": range(100, 1000), "0000": range(1950, 2040)}
"""The lists write every digit as 0: the numbers that share such an entry (of four digits mostly years)."""
_LISTED = {"no": "nb"}


@cache
def known_words(language: str) -> Mapping[str, float]:
    """Folded words of a language with their share of running text, from ``RAREST`` up; none without a list."""
    listed = _LISTED.get(language, language)
    if listed not in wordfreq.available_languages("small"):
        return {}
    shares: defaultdict[str, float] = defaultdict(float)
    for word, share in wordfreq.get_frequency_dict(listed, "small").items():
        if share < RAREST:  # they come in falling order
            break
        shares[fold(word)] += share
    return dict(shares)


def rarity(word: str, language: str) -> float:
    """From 0 for a common folded word to 1 for one that may well be a name; 1 where the language has no list."""
    share = known_words(language).get(word)
    if share is None:
        return 1.0
    return min(1.0, max(0.0, (WORD - math.log10(share)) / (WORD - NAME)))


