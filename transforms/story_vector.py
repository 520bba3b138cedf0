"""What an article is about, as two small sparse vectors: its terms and its facts.

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
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from transforms.article import Article
from transforms.fold import fold, fold_word
from transforms.stem import stem, stem_arabic
from transforms.usual_words import rarity, stem_shares

BUCKETS = 1 << 20
COMMON = 1 << 12
"""Buckets below this are for facts that are common by nature (countries): no rare evidence on a first day."""
NUMBERS_FROM = BUCKETS - (1 << 16)
TITLES_FROM = NUMBERS_FROM - (1 << 17)
"""Buckets from here on are for numbers, and before them for the words of titles."""
TITLE_WEIGHT = 2
"""How often a word of the title counts."""
TEXT_WORDS = 250
"""Words of the text that are looked at: news puts what matters first (the inverted pyramid)."""
FACT_CHARACTERS = 2500
MOST_KNOWN = 1 << 17
"""Words of a language whose buckets are remembered."""
PAIR = np.dtype([("bucket", "<u4"), ("weight", "<f4")])

_ONE_LANGUAGE = {"bs": "sh", "hr": "sh", "sr": "sh", "hbs": "sh", "cnr": "sh", "nb": "no", "nn": "no",
                 "arz": "ar", "ary": "ar", "zh-hant": "zh", "yue": "zh", "wuu": "zh", "prs": "fa"}
_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_CAPITALS = "".join(letter for letter in map(chr, range(0x41, 0x590)) if letter.isupper())
_INSIDE = re.compile(rf"[{_CAPITALS}](?<=[^\W\d_][ ].|[,:;–-][ ].)[^\W\d_]{{2,}}(?:['’][^\W\d_]+)?")
"""Capitalised words that do not open a sentence. What is rarest is asked first: it is the inner loop."""
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]{3,}")
_NEAR = str.maketrans("pvbw", "bfbf")
_SEMITIC_WORD = re.compile(r"[\u0591-\u05ea\u0610-\u06ed]{4,}")
_NUMBER = re.compile(r"\d(?<![\w.,]\d)\d*(?:[.,]\d+)*(?!\w)")
"""A number that is no part of a word. The digit is asked for first: it is what a text has fewest of."""
_CASED = re.compile(r"[A-Za-zÀ-ɏͰ-ӿԱ-և]")
_CYRILLIC = dict(zip("абвгдезийклмнопрстуфхцчшщыэюяіїєґқғңөұүһәў",
                     "abvgdeziyklmnoprstufhccssyeuaiiegkgnouuhau", strict=True)
                 ) | {"ж": "j", "ъ": "", "ь": ""}
_SEMITIC = dict(zip("بتثجحخدذرزسشصضطظعغفقكلمنهپچژگڤ", "bttjhhddrzssssttagfkklmnhbcjgf", strict=True)) | dict(
    zip("בגדזחטכךלמםנןסעפףצץקרשת", "bgdzhtkklmmnnsaffsskrst", strict=True))
_SEMITIC = {letter: sound for letter, sound in _SEMITIC.items() if sound != "a"}  # ayin falls out, as vowels do
_SOUNDS = (("sch", "s"), ("tch", "c"), ("sh", "s"), ("ch", "c"), ("kh", "h"), ("zh", "j"), ("gh", "g"),
           ("ph", "f"), ("th", "t"), ("ts", "c"), ("ck", "k"), ("x", "ks"), ("q", "k"), ("w", "v"),
           ("dj", "j"))


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
    return hashed % COMMON if common else COMMON + hashed % (TITLES_FROM - COMMON)


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
    title = _found(title_words, known)
    found = np.concatenate((*(title,) * TITLE_WEIGHT, _found(text_words[:TEXT_WORDS], known)))
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


@lru_cache(maxsize=1 << 16)
def skeleton(word: str) -> str:
    """The consonants of a folded Latin or Cyrillic name, roughly as spoken: Tokayev and Токаев are one."""
    latin = "".join(_CYRILLIC.get(letter, letter) for letter in word.removesuffix("'s"))
    for sound, letter in _SOUNDS:
        latin = latin.replace(sound, letter)
    bones = ""
    for letter in latin.translate(_NEAR):
        if letter not in "aeiouy'’" and letter != bones[-1:]:
            bones += letter
    return bones if len(bones) >= 3 else latin[:6]


def semitic_skeleton(word: str) -> str:
    """The consonants of an Arabic or Hebrew word as ``skeleton`` writes them, "" under four of them.

    These scripts mark no names, so only long words can be taken for one. و ي ו י ה are vowels more often than
    not in foreign names and fall out on both sides.
    """
    return _semitic_bones(fold(word))


def _semitic_bones(word: str) -> str:
    if word > "\u05ff":
        word = stem_arabic(word)
    bones = ""
    for letter in word:
        sound = _SEMITIC.get(letter)
        if sound and sound != bones[-1:]:
            bones += sound
    return bones if len(bones) >= 4 else ""


def _names(text: str) -> Iterable[str]:
    """Capitalised words that do not open a sentence; in texts of other scripts, Latin words."""
    head = text[:400:4]
    if len(_CASED.findall(head)) * 3 > len(head):
        return _INSIDE.findall(text)
    return _LATIN.findall(text)


@lru_cache(maxsize=1 << 16)
def _name(name: str) -> int:
    return bucket_of("name:" + skeleton(fold_word(name)))


class _SemiticNames(dict[str, tuple[int, float] | None]):
    """(bucket, how surely it is a name) of Arabic or Hebrew words, None for words that are none."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language

    def __missing__(self, word: str) -> tuple[int, float] | None:
        if len(self) >= MOST_KNOWN:
            self.clear()
        folded = fold_word(word)
        bones = _semitic_bones(folded)
        likely = rarity(folded, self.language) if bones else 0.0
        self[word] = name = (bucket_of("name:" + bones), likely) if likely else None
        return name


_semitic_names = cache(_SemiticNames)


@lru_cache(maxsize=1 << 14)
def _number(number: str) -> int:
    hashed = crc32(fold_word(number).replace(",", ".").encode())
    return NUMBERS_FROM + hashed % (BUCKETS - NUMBERS_FROM)


@lru_cache(maxsize=1 << 16)
def _entity(entity_id: str, common: bool) -> int:
    return bucket_of(entity_id, common)


def facts(article: Article) -> bytes:
    """Entities by salience, names by sound, numbers as written: evidence in any language."""
    counts: dict[int, float] = {}
    body = article.text[:FACT_CHARACTERS]
    text = article.title + "\n" + body
    # Headlines In Title Case would make every word a name, so names come from the text if there is one.
    buckets = [_name(name) for name in _names(body if len(article.text) >= 200 else text)]
    for bucket in buckets:
        counts[bucket] = counts.get(bucket, 0.0) + 1.0
    if _SEMITIC_WORD.search(article.title or article.text[:200]):
        language = language_key(article.language.code) if article.language else "und"
        for bucket, likely in filter(None, map(_semitic_names(language).__getitem__, _SEMITIC_WORD.findall(text))):
            counts[bucket] = counts.get(bucket, 0.0) + likely
    weights = {bucket: 1.0 + math.log(n) if n > 1.0 else n for bucket, n in counts.items()}
    for entity in article.entities:
        common = entity.kind == "country"
        # Lighter than a name: a known name is among the names too, and whole regions share a few entities.
        weights[_entity(entity.id, common)] = (0.3 if common else 0.7) * (0.5 + entity.salience)
    numbers = Counter([_number(number) for number in _NUMBER.findall(text) if len(number) > 1])
    return pack(weights) + pack({bucket: 1.0 + math.log(n) for bucket, n in numbers.items()})
