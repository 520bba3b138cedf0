"""Words that are no names, though they could be read as one with something joined to it.

כיוון is "direction" and not "as Greece", باكرا "early" and not "in Accra", Maliye a ministry and not "to Mali".
What tells is how common the whole is beside the bare name, in a list of words by frequency: what really is a name
with a proclitic or an ending is as a rule rarer than the name. How much rarer, differs by language and by what is
joined (Hebrew ב stands before a city as often as nothing does).

Source of the frequencies: the wordfreq package (Speer 2022), 40 languages, which brings its lists along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import wordfreq

from transforms.fold import fold

RAREST = 2.0
"""Zipf frequency (decimal logarithm per billion words) at which the lists are cut; what is missing counts as such."""
_LISTED = {"no": "nb", "arz": "ar", "ary": "ar"}
_TOGETHER = {"sr": "sh", "hr": "sh", "bs": "sh"}
USUAL = 5.5
"""Zipf frequency of the few hundred words that make up half of any text."""


def listed_words(language: str, rarest: float = RAREST) -> dict[str, float]:
    """Folded words of a language with their Zipf frequency, falling; none without a list or a rule for it."""
    return _read(_LISTED.get(language, language), rarest) if language in _RULES else {}


def _read(language: str, rarest: float) -> dict[str, float]:
    """The lists are bins of a hundredth of a decimal logarithm below 1. wordfreq would keep all of it in memory."""
    bins = wordfreq.get_frequency_list.__wrapped__(language, "best")[:round(100 * (9 - rarest)) + 1]
    heights: dict[str, float] = {}
    for number, words in enumerate(bins):
        for word in fold("\n".join(words)).split("\n"):
            heights.setdefault(word, 9 - number / 100)
    return heights


def words_from(language: str, rarest: float) -> dict[str, float]:
    """All listed words of a language down to a Zipf frequency; none where there is no list."""
    listed = _LISTED.get(language, language)
    return _read(listed, rarest) if listed in wordfreq.available_languages("small") else {}


def is_foreign_word(word: str, name: str, language: str) -> bool:
    """Is ``word``, read as the foreign name ``name``, a common word of this language, and the name hardly one of
    English? Saada and Koto-na are words of Finnish; Trump-in is not."""
    if language not in _common:
        _common[language] = words_from(language, 4.5) if language not in ("en", "und") else {}
    height = _common[language].get(word)
    if height is None or not word.isalpha():
        return False
    if not _english:
        _english.update(words_from("en", 3.0))
    return height > _english.get(name, RAREST) + 2.4


def is_usual(word: str, language: str) -> bool:
    """Is a folded word one of the commonest of its language?"""
    if language not in _usual:
        _usual[language] = frozenset(words_from(_TOGETHER.get(language, language), USUAL))
    return word in _usual[language]


_usual: dict[str, frozenset[str]] = {}
_common: dict[str, dict[str, float]] = {}
_english: dict[str, float] = {}


def ordinary(language: str, joined: str, name: str, ending: str, heights: Mapping[str, float], definite: bool) -> bool:
    """Is the word ``joined + name + ending`` rather itself than a name with something joined to it?

    ``definite`` names stand with the Arabic article when bare.
    """
    rule = _RULES.get(language)
    if rule is None:
        return False
    height = heights[f"{joined}{name}{ending}"]
    bare = heights.get(f"ال{name}" if definite else name, RAREST)
    return rule(joined, name, ending, height, height - bare)


def _arabic(joined: str, name: str, ending: str, height: float, excess: float) -> bool:
    if not joined or joined.startswith("و") or "ال" in joined or joined.endswith("لل") or height < 3.0:
        return False
    return excess > -0.25 or (len(name) <= 4 and joined[-1] in "فكل" and excess > -0.8)


def _hebrew(joined: str, name: str, ending: str, height: float, excess: float) -> bool:
    if not joined or height < 3.6:
        return False
    if joined.endswith("ב"):
        return len(name) <= 4 and excess > 0.45
    return excess > (-0.35 if len(name) <= 4 else 0.6)


def _persian(joined: str, name: str, ending: str, height: float, excess: float) -> bool:
    return height >= 3.8 and excess > (-1.0 if joined else -0.05)


def _turkish(joined: str, name: str, ending: str, height: float, excess: float) -> bool:
    """Names take an apostrophe before an ending, but for the adjective in -lı."""
    return height >= 3.0 and ending[:2] not in ("li", "lu") and excess > -1.0


def _hungarian(joined: str, name: str, ending: str, height: float, excess: float) -> bool:
    return height >= 4.5 and excess > 1.2


_RULES: dict[str, Callable[[str, str, str, float, float], bool]] = {
    "ar": _arabic, "arz": _arabic, "ary": _arabic, "he": _hebrew, "fa": _persian, "ur": _persian, "tr": _turkish,
    "hu": _hungarian}
