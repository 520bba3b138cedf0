"""A text cut into folded words and their hashes, all words at once.

A dictionary lookup per word (hash it, meet it in a table of 100,000 others) was half of what a fingerprint cost:
memory waits, not work. Here a text is an array of code points, a word is a span of it, and its hash is a
polynomial of its letters modulo 2**64 (Karp and Rabin 1987), taken from running sums and mixed afterwards. The
hashes are part of what indexes remember: they depend on nothing but the letters.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from transforms.look_alikes import unmixed

Words64 = npt.NDArray[np.uint64]
Codes = npt.NDArray[np.uint32]
Places = npt.NDArray[np.intp]

_WORD, _DIGIT, _UNSPACED, _LATIN, _CYRILLIC = (np.uint8(1 << bit) for bit in range(5))
UNSPACED = ("\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff"
            "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff")
"""Scripts written without spaces (inside of a pattern's brackets): Thai, Lao, Burmese, Khmer, kana and Han."""
NUMBER = 1
"""The lowest bit of a word's hash tells that it has a digit."""
_APOSTROPHE = np.uint32(0x27)
_KEPT = 1 << 16  # powers that are kept; a longer text makes its own


def _kinds() -> npt.NDArray[np.uint8]:
    """What each code point is: part of a word (as ``\\w`` has it), a digit, of a script without spaces, of an
    alphabet that looks like another."""
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    kinds = np.zeros(len(everything), np.uint8)
    for pattern, kind in ((r"\w+", _WORD), (r"\d+", _DIGIT), (f"[{UNSPACED}]+", _UNSPACED),
                          ("[a-zà-ɏəɵ]+", _LATIN), ("[Ѐ-ԯ]+", _CYRILLIC)):
        for found in re.finditer(pattern, everything):
            kinds[found.start():found.end()] |= kind
    return kinds


def mixed(values: Words64) -> Words64:
    """Spread every bit over all others (the finalizer of MurmurHash3, public domain)."""
    values = values ^ (values >> np.uint64(33))
    values *= np.uint64(0xFF51AFD7ED558CCD)
    values ^= values >> np.uint64(33)
    values *= np.uint64(0xC4CEB9FE1A85EC53)
    values ^= values >> np.uint64(33)
    return values


_KIND = _kinds()
_BASE = 0x9E3779B97F4A7C15 | 1
_LETTER = np.uint64(0xD6E8FEB86659FD93)
_PLANE = np.uint32(0xFFFF)
_LETTERS = mixed(np.arange(1 << 16, dtype=np.uint64) * _LETTER)
"""What a letter of the basic plane counts."""


def _powers(count: int) -> tuple[Words64, Words64]:
    """The powers of the base, and of its inverse modulo 2**64, from the zeroth on."""
    made = []
    for base in (_BASE, pow(_BASE, -1, 1 << 64)):
        powers = np.full(count, base, np.uint64)
        powers[:1] = 1
        made.append(np.multiply.accumulate(powers))
    return made[0], made[1]


_POWERS, _INVERSES = _powers(_KEPT)


class Cut(NamedTuple):
    """``text`` with the words ``[starts, ends)`` in it and a hash of each; ``unspaced`` if it has letters of a
    script without spaces."""

    text: str
    starts: Places
    ends: Places
    hashes: Words64
    unspaced: bool

    def words(self, most: int | None = None) -> list[str]:
        """The first words as they stand."""
        text = self.text
        return [text[start:end] for start, end in zip(self.starts[:most].tolist(), self.ends[:most].tolist(),
                                                      strict=True)]


def cut(folded: str) -> Cut:
    """The words of a folded text, as ``fold.words`` finds them, with their hashes; words of two alphabets that look
    alike are spelled in one (``look_alikes``)."""
    codes = _codes(folded)
    kinds = _KIND.take(codes)
    if not folded.isascii() and _mixes(kinds):
        folded = unmixed(folded)
        codes = _codes(folded)
    edges = np.zeros(len(codes) + 2, np.int8)
    inside = edges[1:-1]
    np.bitwise_and(kinds, _WORD, out=inside.view(np.uint8))
    if "'" in folded:
        marks = np.flatnonzero(codes == _APOSTROPHE)
        inside[marks[(edges[marks] & edges[marks + 2]) == 1]] = 1  # neighbours: edges is one longer on the left
    turns = np.flatnonzero(edges[1:] != edges[:-1])
    starts, ends = turns[::2], turns[1::2]
    hashes = _hashed(codes, starts, ends, kinds)
    return Cut(folded, starts, ends, hashes, bool((kinds & _UNSPACED).any()))


def _mixes(kinds: npt.NDArray[np.uint8]) -> bool:
    """Whether a Latin letter touches a Cyrillic one."""
    both = kinds & (_LATIN | _CYRILLIC)
    return bool(((both[1:] | both[:-1]) == _LATIN | _CYRILLIC).any())


def hashed(words: Iterable[str]) -> Words64:
    """The hash of each word; any text counts as one word here."""
    listed = list(words)
    ends = np.cumsum(np.fromiter(map(len, listed), np.intp, len(listed)))
    codes = _codes("".join(listed))
    starts = np.concatenate((ends[:0], [0], ends[:-1])) if listed else ends
    return _hashed(codes, starts, ends, _KIND.take(codes))


def _codes(text: str) -> Codes:
    if text.isascii():
        return np.frombuffer(text.encode(), np.uint8).astype(np.uint32)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def _hashed(codes: Codes, starts: Places, ends: Places, kinds: npt.NDArray[np.uint8]) -> Words64:
    powers, inverses = (_POWERS, _INVERSES) if len(codes) <= _KEPT else _powers(len(codes))
    sums = np.zeros(len(codes) + 1, np.uint64)
    letters = _LETTERS.take(codes.astype(np.uint16))  # the low half: wraps
    beyond = np.flatnonzero(codes > _PLANE)
    if len(beyond):
        letters[beyond] = mixed(codes[beyond] * _LETTER)
    letters *= powers[:len(codes)]
    np.cumsum(letters, out=sums[1:])
    hashes = sums[ends]
    hashes -= sums[starts]
    hashes *= inverses[starts] if len(starts) else 1
    hashes = mixed(hashes)
    hashes &= ~np.uint64(NUMBER)
    digits = np.flatnonzero((kinds & _DIGIT) != 0)
    if len(digits):
        hashes[starts.searchsorted(digits, side="right") - 1] |= np.uint64(NUMBER)
    return hashes


