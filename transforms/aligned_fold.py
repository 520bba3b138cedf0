"""Fold a text and keep the way back: which code points of the display text a folded span came from.

Almost every character folds to exactly one and by itself, so a table does the work: an array by code point,
five times as fast as ``str.translate``, which asks a dictionary for every character beyond ASCII. Looked at are
only the exceptions: characters that fold to none (harakat, tatweel), to many (ligatures, ß) or together with
their neighbours (Indic vowel signs, jamo); they are folded with the character before them.
"""

from __future__ import annotations

import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from transforms.fold import fold

_JAMO = frozenset([*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)])  # vowels and finals compose to the left
_UNKNOWN, _PLAIN, _ODD = range(3)


class Aligned(NamedTuple):
    """``folded`` is the match text; ``span`` leads from it back to ``text``.

    ``folds`` and ``starts`` are the positions, in folded and display text, where a run begins that
    maps one to one, or (``whole``) a segment that only maps as a whole.
    """

    text: str
    folded: str
    folds: tuple[int, ...] = (0,)
    starts: tuple[int, ...] = (0,)
    whole: tuple[bool, ...] = (False,)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The display code points ``[start, end)`` behind a non-empty folded span."""
        if len(self.folds) == 1:
            return start, end
        first = bisect_right(self.folds, start) - 1
        last = bisect_right(self.folds, end - 1) - 1
        begin = self.starts[first] if self.whole[first] else self.starts[first] + start - self.folds[first]
        if not self.whole[last]:
            return begin, self.starts[last] + end - self.folds[last]
        return begin, self.starts[last + 1] if last + 1 < len(self.starts) else len(self.text)


class AlignedFold:
    """Applies ``function``, a folding that maps characters one by one, with offsets.

    It learns each character when it first meets it. The arrays span all of Unicode (5 MB), of which only the
    pages of scripts that occur are ever in memory.
    """

    def __init__(self, function: Callable[[str], str]) -> None:
        self.function = function
        self._ascii = {code: function(chr(code)) for code in range(128)}
        self._folded = np.zeros(sys.maxunicode + 1, dtype=np.uint32)
        self._kind = np.zeros(sys.maxunicode + 1, dtype=np.uint8)
        self._short: dict[str, str] = {}

    def __call__(self, text: str) -> Aligned:
        if text.isascii():
            return Aligned(text, text.translate(self._ascii))
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        kinds = self._kind[codes]
        if not kinds.all():
            self._learn(set(codes[kinds == _UNKNOWN].tolist()))
            kinds = self._kind[codes]
        folded = self._folded[codes].tobytes().decode("utf-32-le", "surrogatepass")
        odd = np.flatnonzero(kinds == _ODD).tolist()
        return self._aligned(text, folded, odd) if odd else Aligned(text, folded)

    def _learn(self, codes: Iterable[int]) -> None:
        for code in codes:
            char = chr(code)
            folded = self.function(char)
            joins = any(ord(one) in _JAMO or unicodedata.category(one)[0] == "M" for one in fold(char))
            plain = len(folded) == 1 and not joins
            self._kind[code] = _PLAIN if plain else _ODD
            self._folded[code] = ord(folded) if plain else code

    def _aligned(self, text: str, folded: str, odd: list[int]) -> Aligned:
        folds, starts, whole = [0], [0], [False]
        pieces: list[str] = []
        at = done = 0
        for first, end in _runs(odd):
            start = first - (first > done)  # the character before is taken along: a mark may compose with it
            piece = self._piece(text[start:end])
            pieces += (folded[done:start], piece)
            at += start - done
            folds += (at, at + len(piece))
            at += len(piece)
            starts += (start, end)
            whole += (True, False)
            done = end
        pieces.append(folded[done:])
        return Aligned(text, "".join(pieces), tuple(folds), tuple(starts), tuple(whole))

    def _piece(self, segment: str) -> str:
        """The folded segment; remembered, for harakat on letters repeat."""
        known = self._short.get(segment)
        if known is None:
            known = self.function(segment)
            if len(segment) < 4 and len(self._short) < 1 << 16:
                self._short[segment] = known
        return known


def _runs(places: list[int]) -> Iterator[tuple[int, int]]:
    """Runs of neighbouring places as ``[start, end)``."""
    start = end = places[0]
    for place in places:
        if place > end:
            yield start, end
            start = place
        end = place + 1
    yield start, end


aligned_fold = AlignedFold(fold)
