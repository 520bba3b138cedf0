"""What an article is about, as two small sparse vectors: its terms, and its facts (transforms/story_facts.py).

``terms`` compares articles of one language. ``facts`` (entities, names, numbers) needs no common language.
Both are arrays of (uint32 bucket, float32 weight) pairs, little endian, sorted by bucket, of length one.
A bucket is a hash below ``BUCKETS``: an index then counts document frequencies in one flat array. The words of the
title (in terms) and the numbers (in facts) have ranges of their own at its end, so that a vector falls into two
parts by one search; each part has length one.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from transforms.cut_words import Cut
from transforms.fold import fold
from transforms.stem import stem, stem_shares
from transforms.word_table import WordTable

BUCKETS = 1 << 20
COMMON = 1 << 12
"""Buckets below this are for facts that are common by nature (countries): no rare evidence on a first day."""
CONCEPTS = 1 << 11
"""Buckets below this are for concepts (transforms/story_concepts.py), which are no rare evidence on any day: in one
language they say again what the words say."""
NUMBERS_FROM = BUCKETS - (1 << 16)
TITLES_FROM = NUMBERS_FROM - (1 << 17)
"""Buckets from here on are for numbers, and before them for the words of titles."""
TITLE_WEIGHT = 2
"""How often a word of the title counts."""
TEXT_WORDS = 250
"""Words of the text that are looked at: news puts what matters first (the inverted pyramid)."""
MOST_KNOWN = 1 << 17
"""Words of a language whose buckets are remembered."""
PAIR = np.dtype([("bucket", "<u4"), ("weight", "<f4")])

_ONE_LANGUAGE = {"bs": "sh", "hr": "sh", "sr": "sh", "hbs": "sh", "cnr": "sh", "nb": "no", "nn": "no",
                 "arz": "ar", "ary": "ar", "zh-hant": "zh", "yue": "zh", "wuu": "zh", "prs": "fa"}
_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def language_key(language: str) -> str:
    """Languages that detectors tell apart but readers do not share one key."""
    return _ONE_LANGUAGE.get(language, language)


@cache
def stop_words(language: str) -> frozenset[str]:
    """Folded words of a language that tell no story: function words and the calendar."""
    lists = tomllib.loads((files("transforms") / "data" / "story_words.toml").read_text("utf-8"))
    return frozenset(word for kind in lists.values() for word in fold(kind.get(language, "")).split())


def bucket_of(key: str, common: bool = False) -> int:
    """Where a key is counted."""
    hashed = crc32(key.encode())
    return CONCEPTS + hashed % (COMMON - CONCEPTS) if common else COMMON + hashed % (TITLES_FROM - COMMON)


def _in_titles(buckets: NDArray[np.int32]) -> NDArray[np.int32]:
    """Where words with these buckets count as words of a title."""
    return TITLES_FROM + buckets % (NUMBERS_FROM - TITLES_FROM)


_EMPTY, _UNSPACED = -1, -2


class _Buckets(dict[str, int]):
    """Where the folded words of one language count, computed once a word; ``_EMPTY`` for words that do not,
    ``_UNSPACED`` for runs of a script without spaces, which count by their pairs."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.stopped = stop_words(language)

    def __missing__(self, word: str) -> int:
        if len(self) >= MOST_KNOWN:
            self.clear()
        self[word] = bucket = self._bucket(word)
        return bucket

    def _bucket(self, word: str) -> int:
        if word.isascii():
            if len(word) < 2:
                return _EMPTY
        elif len(word) > 2 and _NO_SPACES.search(word):
            return _UNSPACED
        if word in self.stopped:
            return _EMPTY
        return _stem_bucket(stem(word, self.language), self.language)


_buckets = cache(_Buckets)


def _stem_bucket(stemmed: str, language: str) -> int:
    return bucket_of(f"{language}:{stemmed}")


@cache
def usual(language: str) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """(buckets, share of all articles that have one) for the common stems of a language; empty if none is known."""
    shares: Counter[int] = Counter()
    for stemmed, share in stem_shares(language).items():
        bucket = _stem_bucket(stemmed, language)
        shares[bucket] += share  # type: ignore[assignment]
        shares[int(_in_titles(bucket))] += share  # type: ignore[assignment, arg-type]
    return (np.fromiter(shares.keys(), np.uint32, len(shares)),
            np.minimum(1, np.fromiter(shares.values(), np.float32, len(shares))))


def _units(words: Sequence[str]) -> list[str]:
    """Words; where a script writes no spaces, the pairs of neighbouring characters instead."""
    units: list[str] = []
    for word in words:
        if len(word) > 2 and _NO_SPACES.search(word):
            units.extend(word[i:i + 2] for i in range(len(word) - 1))
        else:
            units.append(word)
    return units


def pack(weights: Mapping[int, float]) -> bytes:
    """A sparse vector as bytes: unit length, sorted by bucket."""
    buckets = sorted(weights)
    return _packed(buckets, np.array([weights[bucket] for bucket in buckets], np.float64))


def _packed(buckets: list[int] | NDArray[np.int32], values: NDArray[np.float64]) -> bytes:
    pairs = np.empty(len(values), PAIR)
    pairs["bucket"] = buckets
    pairs["weight"] = values / (math.sqrt(float(values @ values)) or 1.0)
    return pairs.tobytes()


def unpack(vector: bytes) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """(buckets, weights) of a sparse vector."""
    pairs = np.frombuffer(vector, dtype=PAIR)
    return pairs["bucket"], pairs["weight"]


def terms(title_words: Sequence[str], text_words: Sequence[str], language: str) -> bytes:
    """Log term frequencies of the stems of an article; words come folded (transforms/fold.py).

    ``language`` is an ISO code; articles of different languages share no bucket but by collision.
    """
    known = _buckets(language_key(language))
    return _terms(_found(title_words, known), _found(text_words[:TEXT_WORDS], known))


def terms_of(text: Cut, title: int, language: str) -> bytes:
    """``terms`` of a text that is cut into words, of which the first so many are the title's."""
    if text.unspaced:
        words = text.words()
        return terms(words[:title], words[title:], language)
    buckets = word_buckets(language_key(language))(text, 0, title + TEXT_WORDS)
    counted = buckets >= 0
    return _terms(buckets[:title][counted[:title]], buckets[title:][counted[title:]])


@cache
def word_buckets(language: str) -> WordTable:
    """Where the folded words of a language count."""
    return WordTable(_buckets(language).__getitem__)


def _terms(title: NDArray[np.int32], text: NDArray[np.int32]) -> bytes:
    found = np.concatenate((*(title,) * TITLE_WEIGHT, text))
    if not len(found):
        return b""
    head, _ = _counted(_in_titles(title))
    buckets, counts = _counted(found)
    return _packed(buckets, 1.0 + np.log(counts)) + _packed(head, np.ones(len(head)))


def _found(words: Sequence[str], known: _Buckets) -> NDArray[np.int32]:
    """The buckets of the words that have one."""
    found = np.fromiter(map(known.__getitem__, words), np.int32, len(words))
    if (found == _UNSPACED).any():
        units = _units(words)
        found = np.fromiter(map(known.__getitem__, units), np.int32, len(units))
    return found[found >= 0]


def _counted(buckets: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """(each bucket once, how often it came), sorted."""
    buckets = np.sort(buckets)
    firsts = np.ones(len(buckets) + 1, np.bool_)
    np.not_equal(buckets[1:], buckets[:-1], out=firsts[1:-1])
    starts = firsts.nonzero()[0]
    if not len(buckets):
        return buckets, starts[:0]
    return buckets[starts[:-1]], starts[1:] - starts[:-1]
