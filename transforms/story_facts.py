"""The facts of an article: listed entities, names by their sound, numbers. They need no common language.

The vector is laid out as ``transforms/story_vector.py`` says: numbers have a range of their own at its end, and each
part has length one.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache, lru_cache
from zlib import crc32

from transforms.article import Article
from transforms.fold import fold, fold_word
from transforms.stem import without_proclitics
from transforms.story_concepts import concepts
from transforms.story_vector import BUCKETS, MOST_KNOWN, NUMBERS_FROM, bucket_of, language_key, pack
from transforms.usual_words import rarity

FACT_CHARACTERS = 2500
CONCEPT = 0.5
"""What a concept weighs beside a name, which weighs 1."""
LONG = 4
"""Letters of a word that English and French titles capitalise, and how many of them tell such a title."""

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
        word = without_proclitics(word)
    bones = ""
    for letter in word:
        sound = _SEMITIC.get(letter)
        if sound and sound != bones[-1:]:
            bones += sound
    return bones if len(bones) >= 4 else ""


def _in_title_case(title: str) -> bool:
    """Whether most long words of a headline begin with a capital, names or not."""
    long = [word for word in title.split() if len(word) >= LONG]
    return len(long) >= LONG and sum(word[0].isupper() for word in long) >= 0.75 * len(long)


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


def facts(article: Article, vector: bytes = b"") -> bytes:
    """Entities by salience, names by sound, numbers as written, and the concepts of the article's terms (``vector``,
    transforms/story_vector.py): evidence in any language."""
    counts: dict[int, float] = {}
    body = article.text[:FACT_CHARACTERS]
    text = article.title + "\n" + body
    # Headlines In Title Case would make every word a name, so names come from the text if there is one.
    named = body if len(article.text) >= 200 or _in_title_case(article.title) else text
    buckets = [_name(name) for name in _names(named)]
    for bucket in buckets:
        counts[bucket] = counts.get(bucket, 0.0) + 1.0
    language = language_key(article.language.code) if article.language else "und"
    if _SEMITIC_WORD.search(article.title or article.text[:200]):
        for bucket, likely in filter(None, map(_semitic_names(language).__getitem__, _SEMITIC_WORD.findall(text))):
            counts[bucket] = counts.get(bucket, 0.0) + likely
    weights = {bucket: 1.0 + math.log(n) if n > 1.0 else n for bucket, n in counts.items()}
    for entity in article.entities:
        if entity.model is not None:
            continue  # stories are the same whether a model is asked or not; its names are among the names above
        common = entity.kind == "country"
        # Lighter than a name: a known name is among the names too, and whole regions share a few entities.
        weights[_entity(entity.id, common)] = (0.3 if common else 0.7) * (0.5 + entity.salience)
    for bucket, tf in concepts(vector, language).items():
        weights[bucket] = max(weights.get(bucket, 0.0), CONCEPT * tf)
    numbers = Counter([_number(number) for number in _NUMBER.findall(text) if len(number) > 1])
    return pack(weights) + pack({bucket: 1.0 + math.log(n) for bucket, n in numbers.items()})
