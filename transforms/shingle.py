"""Texts as sets of numbers: hashed words, 3-word shingles, MinHash bands.

Everything is made from the hashes of an article's folded words (``cut_words``). They are part of what the index
remembers, so they must never depend on the process (Python's ``hash``) or on a library's version: permutations
are an odd multiplier and an offset modulo 2**32, both derived from BLAKE2b.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TypeVar
from zlib import crc32

import numpy as np
import numpy.typing as npt

from transforms.calendars import GREGORIAN, HIJRI, JALALI
from transforms.cut_words import NUMBER, UNSPACED, Cut, Words64, mixed

Shingles = npt.NDArray[np.uint32]
Short = npt.NDArray[np.uint16]
Hash = TypeVar("Hash", np.uint16, np.uint32)

LONGEST = 4096
"""Shingles kept of one article, from its beginning: a bound on memory that no news text reaches."""

BANDS, ROWS = 42, 3
"""On 30,079 Saudi articles every pair of Jaccard 0.5 or more shared one of 42 bands of 3 rows."""

_UNSPACED = re.compile(f"[{UNSPACED}]")
_PIECE = re.compile(r"\d+|\D+")
_FIGURE = re.compile(r"\d+(?:[.,:/-]\d+)*")
_TAIL = 24
_SIGN = str.maketrans(",:/-", "....")
_DATED = re.compile(r"(?:\d+\.)*(?:19|20)\d\d(?:\.\d+)*")
_AFTER = re.compile(r"[\s.,-]{1,2}([^\W\d_]+)")
_BEFORE = re.compile(r"([^\W\d_]{3,12})[\s.,-]{1,2}$")
_MONTHS = frozenset({*GREGORIAN, *JALALI, *HIJRI})


def units(words: Sequence[str]) -> Sequence[str]:
    """Words as they stand; a run without spaces becomes its overlapping triples of letters.

    Three such triples in a row span five letters, about two words of Chinese.
    """
    if not _UNSPACED.search("".join(words)):
        return words
    return [unit for word in words for unit in _cut(word)]


def _cut(word: str) -> Iterable[str]:
    if len(word) <= 3 or not _UNSPACED.search(word):
        return (word,)
    return (triple for piece in _PIECE.findall(word) for triple in _triples(piece))


def _triples(piece: str) -> Iterable[str]:
    if piece[0].isdecimal() or len(piece) <= 3:
        return (piece,)  # a number stays whole
    return (piece[start : start + 3] for start in range(len(piece) - 2))


def shingles(hashes: Words64) -> Shingles:
    """Sorted unique hashes of every three words in a row; fewer than three words have none."""
    hashes = hashes[: LONGEST + 2]
    if len(hashes) < 3:
        return np.empty(0, np.uint32)
    runs = hashes[:-2] * np.uint64(0x9E3779B97F4A7C15) + hashes[1:-1]
    runs = runs * np.uint64(0xD6E8FEB86659FD93) + hashes[2:]
    return _unique((mixed(runs) >> np.uint64(32)).astype(np.uint32))


def _unique(values: npt.NDArray[Hash]) -> npt.NDArray[Hash]:
    """``np.unique`` without its overhead, which is most of its time on arrays this short."""
    values.sort()
    if len(values) < 2:
        return values
    fresh = np.empty(len(values), np.bool_)
    fresh[0] = True
    np.not_equal(values[1:], values[:-1], out=fresh[1:])
    return values[fresh]


def _permutations() -> tuple[Shingles, Shingles]:
    drawn = blake2b_stream(b"newsbeam minhash", 2 * BANDS * ROWS).astype(np.uint32)
    multipliers, offsets = drawn[: BANDS * ROWS], drawn[BANDS * ROWS :]
    return multipliers | np.uint32(1), offsets[:, np.newaxis]


def blake2b_stream(name: bytes, count: int) -> Words64:
    """``count`` random-looking numbers that are the same on every machine, for ever."""
    drawn = b"".join(blake2b(b"%s %d" % (name, n), digest_size=8).digest() for n in range(count))
    return np.frombuffer(drawn, "<u8").astype(np.uint64)


_MULTIPLIERS, _OFFSETS = _permutations()
_BAND = blake2b_stream(b"newsbeam band", BANDS)
_PLACE = blake2b_stream(b"newsbeam place", ROWS) | np.uint64(1)


def bands(sorted_shingles: Shingles) -> Words64:
    """One key per MinHash band (42); none for a text without shingles.

    In numpy 27 microseconds for 400 shingles; rensa 0.5 took 110 and its algorithm has a version number.
    """
    if not len(sorted_shingles):
        return np.empty(0, np.uint64)
    permuted = np.multiply.outer(_MULTIPLIERS, sorted_shingles)
    permuted += _OFFSETS
    least = permuted.min(axis=1).astype(np.uint64).reshape(BANDS, ROWS)
    return mixed(least @ _PLACE ^ _BAND)


def short(hashes: Words64) -> Short:
    """Sorted unique 16-bit hashes: enough to ask whether a word stands in a text of some hundred words."""
    return _unique((hashes[: LONGEST + 2] >> np.uint64(48)).astype(np.uint16))


def numbers(hashes: Words64) -> Short:
    """Sorted unique 16-bit hashes of the words with digits, each together with the word before it.

    Bare numbers would meet by chance: most temperatures lie between 10 and 40.
    """
    hashes = hashes[: LONGEST + 2]
    at = np.flatnonzero(hashes & np.uint64(NUMBER))
    if not len(at):
        return np.empty(0, np.uint16)
    before = hashes[at - 1]
    if at[0] == 0:
        before[0] = 0
    pairs = mixed(before * np.uint64(0x9E3779B97F4A7C15) + hashes[at])
    return _unique((pairs >> np.uint64(48)).astype(np.uint16))


def figures(text: Cut, first: int) -> Short:
    """Sorted unique 16-bit hashes of the figures of a text from its word ``first`` on: 4.7, 14:30, 2-1 and 7/11/2025
    are one each. They are odd for days and years, which all that is published on one day may share."""
    places = np.flatnonzero(text.hashes[first : first + LONGEST] & np.uint64(NUMBER)) + first
    found: set[int] = set()
    done = 0
    for start, end in zip(text.starts[places].tolist(), text.ends[places].tolist(), strict=True):
        for figure in _FIGURE.finditer(text.text, max(start, done), end + _TAIL):  # not on to the text's last figure
            if figure.start() >= end:
                break
            done = figure.end()
            found.add(_hashed_figure(figure[0].translate(_SIGN)) | _is_date(text.text, figure))
    return np.array(sorted(found), np.uint16)


def _hashed_figure(figure: str) -> int:
    return crc32(figure.encode()) & 0xFFFE


def _is_date(folded: str, figure: re.Match[str]) -> bool:
    """Whether a figure has a year in it or stands beside the name of a month."""
    if _DATED.fullmatch(figure[0].translate(_SIGN)):
        return True
    start, end = figure.span()
    after, before = _AFTER.match(folded, end), _BEFORE.search(folded, max(0, start - 14), start)
    return (after is not None and after[1] in _MONTHS) or (before is not None and before[1] in _MONTHS)
