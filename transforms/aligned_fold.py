"""Fold a text and keep the way back: which code points of the display text a folded span came from.

Almost every character folds to exactly one, so only the exceptions are looked at: a character that folds
to none (harakat, tatweel) or to many (ligatures, ß), or that may join the one before it (marks, jamo).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

from transforms.fold import fold, fold_word


_JAMO = frozenset([*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)])  # vowels and finals compose to the left


def _stands_alone(char: str) -> bool:
    folded = fold(char)
    return len(folded) == 1 and ord(folded) not in _JAMO and unicodedata.category(folded)[0] != "M"


class _Exceptions:
    """A character class of the exceptions met so far: small, so that scanning stays fast.

    Scripts need few of them, and a worker meets them all within its first articles.
    """

    def __init__(self) -> None:
        self.regular: set[str] = set()
        self.met: set[str] = set()
        self.pattern: re.Pattern[str] | None = None

    def in_text(self, text: str) -> re.Pattern[str] | None:
        """The pattern that finds runs of exceptions in ``text``; None where it has none."""
        letters = set(text) - self.regular
        new = letters - self.met
        if new:
            alone = {char for char in new if _stands_alone(char)}
            self.regular = self.regular | alone
            if new - alone:
                self.met = self.met | (new - alone)
                self.pattern = re.compile("[" + "".join(f"\\U{ord(char):08x}" for char in sorted(self.met)) + "]+")
            letters -= alone
        return self.pattern if letters else None


_EXCEPTIONS = _Exceptions()


@dataclass(frozen=True)
class Aligned:
    """``folded`` equals ``fold(text)``; ``span`` leads from it back to ``text``.

    ``folds`` and ``starts`` are the positions, in folded and display text, where a run begins that
    maps one to one (``unit`` 1) or a segment that only maps as a whole (``unit`` 0).
    """

    text: str
    folded: str
    folds: tuple[int, ...] = (0,)
    starts: tuple[int, ...] = (0,)
    whole: tuple[bool, ...] = (False,)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The display code points ``[start, end)`` behind a non-empty folded span."""
        return self._first(start), self._last(end - 1)

    def _first(self, position: int) -> int:
        run = bisect_right(self.folds, position) - 1
        return self.starts[run] if self.whole[run] else self.starts[run] + position - self.folds[run]

    def _last(self, position: int) -> int:
        run = bisect_right(self.folds, position) - 1
        if not self.whole[run]:
            return self.starts[run] + position - self.folds[run] + 1
        return self.starts[run + 1] if run + 1 < len(self.starts) else len(self.text)


def aligned_fold(text: str) -> Aligned:
    """Fold ``text`` as ``transforms.fold.fold`` does, with offsets."""
    folded = fold(text)
    if text.isascii():
        return Aligned(text, folded)
    exceptions = _EXCEPTIONS.in_text(text)
    if exceptions is None:
        return Aligned(text, folded)
    folds, starts, whole = [0], [0], [False]
    at = done = 0
    for match in exceptions.finditer(text):
        start, end = match.span()
        start -= start > done  # the character before is taken along: a mark may compose with it
        at += start - done
        folds.append(at)
        starts.append(start)
        whole.append(True)
        at += len(fold_word(text[start:end]))
        done = end
        folds.append(at)
        starts.append(end)
        whole.append(False)
    return Aligned(text, folded, tuple(folds), tuple(starts), tuple(whole))
