"""The words that search compares: folded, CJK cut into characters, particles taken off.

Arabic and Hebrew write short particles as one word with the next ("and", "in", "for", "the"). Without a
dictionary a stripped word is a guess, so it is kept beside the whole word and weighs less in the ranking.
Rules: prefixes of Lucene's ArabicStemmer and the single-letter proclitics that it leaves; Hebrew
proclitics in their fixed order (the "moshe vekalev" letters). Never fewer than three letters remain.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from transforms.fold import fold, words

SHORTEST = 3
"""Letters that must remain when a particle is taken off."""

# Letters that Unicode does not decompose, though readers type them without the stroke.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h",
                          "ŧ": "t", "ŋ": "n"})
# Thai, Lao, Myanmar, Khmer, kana, Han: written without spaces, so each character is a word, a query a phrase.
_UNSPACED = re.compile("([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
                       "\uf900-\ufaff\U00020000-\U0003ffff])")
# Marks that stand inside words and are dropped by folding: harakat, Hebrew points, soft hyphen, bidi and joiners.
_POINTS = ("\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
           "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff")
_DROPPED = re.compile(f"[{_POINTS}]+")
DISPLAY_WORD = re.compile(f"[\\w\u0300-\u036f{_POINTS}]+")
"""A word as published, with its marks."""
_HEBREW_PARTICLES = re.compile("(ו)?(כש|ש)?([בלכמ])?(ה)?")
_NO_ARABIC_PARTICLES = frozenset({"fa", "prs", "tg", "ur", "ps", "ckb", "ku", "sd", "ug", "kk", "ky", "uz", "az",
                                  "pa", "ks", "bal", "glk", "mzn"})


def index_words(text: str) -> list[str]:
    """The folded words of ``text``, in order."""
    return [word for display in DISPLAY_WORD.findall(text) for word in folded_words(display)]


@lru_cache(maxsize=1 << 17)
def folded_words(display: str) -> tuple[str, ...]:
    """The words that one published word is in the index; remembered, since texts repeat their words."""
    return tuple(words(_UNSPACED.sub(r" \1 ", fold(display).translate(_LETTERS))))


@lru_cache(maxsize=1 << 17)
def other_words(display: str, language: str | None) -> tuple[str, ...]:
    """What a published word is found by beside its folded words: without particles, and as it is typed.

    Typed spellings (in lower case) are kept where folding changed them (أمريكا, Байден): the plain full-text
    index then finds what a reader of the article types. Not for Latin letters, whose diacritics the index
    drops by itself, and without harakat and tatweel, which nobody types.
    """
    folded = folded_words(display)
    typed = unicodedata.normalize("NFC", _DROPPED.sub("", display.casefold()))
    whole = {*folded}
    if typed > "\u0370" and len(folded) == 1 and not _UNSPACED.search(typed):
        whole.add(typed)
    return tuple((whole | {form for word in whole for form in forms(word, language)}).difference(folded))


def forms(word: str, language: str | None) -> tuple[str, ...]:
    """``word`` (folded) without the particles that may be attached to it; empty if there are none."""
    first = word[0]
    if "\u0620" <= first <= "\u064a":
        return () if language in _NO_ARABIC_PARTICLES else _arabic(word)
    if "\u05d0" <= first <= "\u05ea":
        return () if language == "yi" else _hebrew(word)
    return ()


@lru_cache(maxsize=1 << 16)
def _arabic(word: str) -> tuple[str, ...]:
    """و ف, then ب ل ك (or س before a verb's prefix), then ال; لل is ل and ال run together."""
    found, rest = [], word
    if rest[0] in "وف":
        found.append(rest := rest[1:])
    if rest.startswith("لل"):
        found += ["ال" + rest[2:], rest[2:]]
    else:
        if rest[:1] in ("ب", "ل", "ك") or (rest[:1] == "س" and rest[1:2] in ("ي", "ت", "ن", "ا")):
            found.append(rest := rest[1:])
        if rest.startswith("ال"):
            found.append(rest[2:])
    return tuple(form for form in found if len(form) >= SHORTEST)


@lru_cache(maxsize=1 << 16)
def _hebrew(word: str) -> tuple[str, ...]:
    """ו, then ש (or כש), then one of בלכמ, then ה: each at most once, in this order."""
    found = _HEBREW_PARTICLES.match(word)
    assert found is not None  # every part is optional
    ends = [found.end(part) for part in range(1, 5) if found.group(part)]
    return tuple(word[end:] for end in ends if len(word) - end >= SHORTEST)


@lru_cache(maxsize=1 << 12)
def query_forms(word: str) -> tuple[str, ...]:
    """Other words that a query for ``word`` (folded) means: the same without its article.

    Only the article is taken off a query: a query for وزير (minister) must not find زير (jar).
    """
    if "\u0620" <= word[0] <= "\u064a":
        bare = re.sub("^[وف]?(?:[بك]?ال|لل)", "", word)
    elif word[0] == "ה":
        bare = word[1:]
    else:
        return ()
    return (bare,) if bare != word and len(bare) >= SHORTEST else ()
