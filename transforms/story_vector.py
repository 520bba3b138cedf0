"""What an article is about, as two small sparse vectors: its terms and its facts.

``terms`` compares articles of one language. ``facts`` (entities, names, numbers) needs no common language.
Both are arrays of (uint32 bucket, float32 weight) pairs, little endian, sorted by bucket, of length one.
A bucket is a hash below ``BUCKETS``: an index then counts document frequencies in one flat array.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from transforms.article import Article
from transforms.fold import fold, fold_word
from transforms.stem import stem

BUCKETS = 1 << 20
TITLE_WEIGHT = 2.0
"""How often a word of the title counts."""
TEXT_WORDS = 250
"""Words of the text that are looked at: news puts what matters first (the inverted pyramid)."""
FACT_CHARACTERS = 4000
PAIR = np.dtype([("bucket", "<u4"), ("weight", "<f4")])

_ONE_LANGUAGE = {"bs": "sh", "hr": "sh", "sr": "sh", "hbs": "sh", "cnr": "sh", "nb": "no", "nn": "no",
                 "arz": "ar", "ary": "ar", "zh-hant": "zh", "yue": "zh", "wuu": "zh", "prs": "fa"}
_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_CAPITALISED = re.compile(r"(?:(?<=[^\W\d_][ ])|(?<=[,:;][ ])|(?<=[-–][ ]))[^\W\d_a-z][^\W\d_]{2,}(?:['’][^\W\d_]+)?")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]{3,}")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")
_LATIN_LETTER = re.compile(r"[A-Za-z]")
_CYRILLIC = dict(zip("абвгдезийклмнопрстуфхцчшщъыьэюяіїєґқғңөұүһәў",
                     ["a", "b", "v", "g", "d", "e", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u",
                      "f", "h", "c", "c", "s", "s", "", "y", "", "e", "u", "a", "i", "i", "e", "g", "k", "g", "n",
                      "o", "u", "u", "h", "a", "u"], strict=True)) | {"ж": "j"}
_SOUNDS = ((("sch", "s"), ("tch", "c"), ("sh", "s"), ("ch", "c"), ("kh", "h"), ("zh", "j"), ("gh", "g"),
            ("ph", "f"), ("th", "t"), ("ts", "c"), ("ck", "k"), ("x", "ks"), ("q", "k"), ("w", "v"), ("dj", "j")))


def language_key(language: str) -> str:
    """Languages that detectors tell apart but readers do not share one key."""
    return _ONE_LANGUAGE.get(language, language)


@cache
def stop_words(language: str) -> frozenset[str]:
    """Folded words of a language that tell no story: function words and the calendar."""
    lists = tomllib.loads((files("transforms") / "data" / "story_words.toml").read_text("utf-8"))
    return frozenset(word for kind in lists.values() for word in fold(kind.get(language, "")).split())


@lru_cache(maxsize=1 << 17)
def _bucket(word: str, language: str) -> int:
    """Where a folded word counts, -1 for words that are not counted."""
    if word in stop_words(language) or (len(word) < 2 and word.isascii()):
        return -1
    return crc32(f"{language}:{stem(word, language)}".encode()) % BUCKETS


def _units(words: Iterable[str]) -> list[str]:
    """Words; where a script writes no spaces, the pairs of neighbouring characters instead."""
    units: list[str] = []
    for word in words:
        if not word.isascii() and len(word) > 2 and _NO_SPACES.search(word):
            units.extend(word[i:i + 2] for i in range(len(word) - 1))
        else:
            units.append(word)
    return units


def pack(weights: Mapping[int, float]) -> bytes:
    """A sparse vector as bytes: unit length, sorted by bucket."""
    norm = math.sqrt(sum(weight * weight for weight in weights.values()))
    pairs = np.fromiter(sorted((b, w / norm) for b, w in weights.items()), dtype=PAIR, count=len(weights))
    return pairs.tobytes()


def unpack(vector: bytes) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """(buckets, weights) of a sparse vector."""
    pairs = np.frombuffer(vector, dtype=PAIR)
    return pairs["bucket"], pairs["weight"]


def terms(title_words: Iterable[str], text_words: Iterable[str], language: str) -> bytes:
    """Log term frequencies of the stems of an article; words come folded (transforms/fold.py).

    ``language`` is an ISO code; articles of different languages share no bucket but by collision.
    """
    language = language_key(language)
    counts: dict[int, float] = {}
    for words, weight in ((title_words, TITLE_WEIGHT), (list(text_words)[:TEXT_WORDS], 1.0)):
        for unit in _units(words):
            bucket = _bucket(unit, language)
            counts[bucket] = counts.get(bucket, 0.0) + weight
    counts.pop(-1, None)
    return pack({bucket: 1.0 + math.log(max(count, 1.0)) for bucket, count in counts.items()})


@lru_cache(maxsize=1 << 16)
def skeleton(word: str) -> str:
    """The consonants of a folded Latin or Cyrillic name, roughly as spoken: Tokayev and Токаев are one."""
    latin = "".join(_CYRILLIC.get(letter, letter) for letter in word)
    for sound, letter in _SOUNDS:
        latin = latin.replace(sound, letter)
    bones = latin[:1]
    for letter in latin[1:]:
        if letter not in "aeiouy'’" and letter != bones[-1]:
            bones += letter
    return bones if len(bones) >= 3 else latin[:6]


def _names(text: str) -> Iterable[str]:
    """Capitalised words that do not open a sentence; in texts of other scripts, Latin words."""
    if sum(map(len, _LATIN_LETTER.findall(text[:400]))) * 3 > len(text[:400]) or re.search("[а-яё]", text[:400]):
        return _CAPITALISED.findall(text)
    return _LATIN.findall(text)


def facts(article: Article) -> bytes:
    """Entities by salience, names by sound, numbers as written: evidence in any language."""
    counts: Counter[str] = Counter()
    text = article.title + "\n" + article.text[:FACT_CHARACTERS]
    # Headlines In Title Case would make every word a name, so names come from the text if there is one.
    for name in _names(article.text[:FACT_CHARACTERS] if len(article.text) >= 200 else text):
        counts["name:" + skeleton(fold_word(name))] += 1
    for number in _NUMBER.findall(fold(text)):
        if len(number) > 1:
            counts["number:" + number.replace(",", ".")] += 1
    weights = {crc32(key.encode()) % BUCKETS: 1.0 + math.log(n) for key, n in counts.items()}
    for entity in article.entities:
        weights[crc32(entity.id.encode()) % BUCKETS] = 1.0 + 2.0 * entity.salience
    return pack(weights)
