"""Fold a text and keep the way back: which code points of the display text a folded span came from.

Almost every character folds to exactly one and by itself, so a table does the work. Looked at are only the
exceptions: characters that fold to none (harakat, tatweel) or to many (ligatures, ß). A text with marks that
compose with their neighbours (Indic vowel signs, jamo) is folded as a whole and aligned by segments.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

from transforms.fold import fold

_JAMO = frozenset([*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)])  # vowels and finals compose to the left


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


class AlignedFold(dict[int, str]):
    """Applies ``function``, a folding that maps characters one by one, with offsets.

    As a dictionary it is the table for ``str.translate``; it learns each character when it first meets it.
    """

    def __init__(self, function: Callable[[str], str]) -> None:
        super().__init__()
        self.function = function
        self._exceptions = self._composing = ""
        self._short: dict[str, int] = {}
        self._find: re.Pattern[str] | None = None
        self._composes: re.Pattern[str] | None = None

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = self.function(char)
        joins = any(ord(one) in _JAMO or unicodedata.category(one)[0] == "M" for one in fold(char))
        if joins:
            self._composing += f"\\U{code:08x}"
            self._composes = re.compile(f"[{self._composing}]")
        if joins or len(folded) != 1:
            self._exceptions += f"\\U{code:08x}"
            self._find = re.compile(f"[{self._exceptions}]+")
        self[code] = folded
        return folded

    def __call__(self, text: str) -> Aligned:
        folded = text.translate(self)
        if self._find is None or text.isascii():
            return Aligned(text, folded)
        if self._composes is not None and self._composes.search(text):
            folded = self.function(text)
        return self._aligned(text, folded, self._find)

    def _aligned(self, text: str, folded: str, find: re.Pattern[str]) -> Aligned:
        folds, starts, whole = [0], [0], [False]
        at = done = 0
        for match in find.finditer(text):
            start, end = match.span()
            start -= start > done  # the character before is taken along: a mark may compose with it
            at += start - done
            folds.append(at)
            at += self._length(text[start:end])
            folds.append(at)
            starts += (start, end)
            whole += (True, False)
            done = end
        return Aligned(text, folded, tuple(folds), tuple(starts), tuple(whole))

    def _length(self, segment: str) -> int:
        """Of the folded segment; remembered, for harakat on letters repeat."""
        known = self._short.get(segment)
        if known is None:
            known = len(self.function(segment))
            if len(segment) < 4 and len(self._short) < 1 << 16:
                self._short[segment] = known
        return known


aligned_fold = AlignedFold(fold)
