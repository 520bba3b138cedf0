"""What words and their endings say about a language, read from data/language_words.toml.

In a headline of five words, "үчүн" (Kyrgyz) or "үшін" (Kazakh) is worth more than any statistics of letters.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

_WORD = 2.0     # log odds of a word that the language has and others have not
_ENDING = 0.8   # of an ending, a beginning, a piece within
_MOST = 6.0     # of all together: a title may be in two languages

_APOSTROPHES = str.maketrans({**dict.fromkeys("’‘ʼʻʹ`´", "'"), "ي": "ی", "ك": "ک", "\u0307": None, "\u0301": None})
_TOKEN = re.compile(r"[^\W\d_][\w'\u200c\u05b0-\u05c7\u064b-\u0652-]*'?")

_DATA: dict[str, dict[str, str]] = tomllib.loads(
    (files("transforms") / "data" / "language_words.toml").read_text(encoding="utf-8"))


def _by_piece(kind: str) -> dict[str, tuple[str, ...]]:
    """piece → the languages that list it under ``kind``."""
    found: dict[str, list[str]] = {}
    for code, table in _DATA.items():
        for piece in dict.fromkeys(table.get(kind, "").translate(_APOSTROPHES).split()):
            found.setdefault(piece, []).append(code)
    return {piece: tuple(codes) for piece, codes in found.items()}


_WORDS, _ENDS, _STARTS, _WITHIN = map(_by_piece, ("words", "ends", "starts", "within"))


def words_of(text: str) -> list[str]:
    """The words of ``text``, each once, in small letters, apostrophes as '."""
    return list(dict.fromkeys(_TOKEN.findall(text.lower().translate(_APOSTROPHES))))


def telling(words: Iterable[str]) -> dict[str, float]:
    """Log odds by language that the words speak for it; languages that none speaks for are missing."""
    odds: dict[str, float] = {}
    for word in words:
        for code, worth in _odds_of(word):
            odds[code] = odds.get(code, 0.0) + worth
    most = max(odds.values(), default=0.0)
    # In proportion, not each by itself: neighbours share most of their words, and the others must still tell.
    return {code: sum_of * _MOST / most for code, sum_of in odds.items()} if most > _MOST else odds


@lru_cache(maxsize=1 << 14)
def _odds_of(word: str) -> tuple[tuple[str, float], ...]:
    """What one word speaks for; the commonest half of any text's words are few, so they are looked up once."""
    odds = dict.fromkeys(_pieces(word), _ENDING)
    for code in _WORDS.get(word, ()):
        odds[code] = odds.get(code, 0.0) + _WORD
    return tuple(odds.items())


def _pieces(word: str) -> set[str]:
    """Languages that an ending, a beginning or a piece of the word speaks for."""
    codes: set[str] = set()
    for size in range(2, 7):
        if len(word) >= size + 2:
            codes.update(_ENDS.get(word[-size:], ()), _STARTS.get(word[:size], ()))
    for piece, languages in _WITHIN.items():
        if len(word) > 3 and piece in word[1:]:
            codes.update(languages)
    return codes


def signs(words: Iterable[str], code: str) -> list[str]:
    """The words that speak for ``code``, for people to read."""
    return [word for word in words if code in dict(_odds_of(word))]
