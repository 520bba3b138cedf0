"""A number for each word of a text, looked up for all words at once by their hashes.

A dictionary by word costs the making of the word, its hash and two memory accesses, one word after the other. Here
two arrays are asked for all words of a text together; what they do not hold is worked out and put in the place of
another word (a direct-mapped cache, as in processors). Only speed depends on what they hold.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import numpy as np
import numpy.typing as npt

from transforms.cut_words import Cut, Words64

Numbers = npt.NDArray[np.int32]

LEAST, MOST = 12, 16
"""Powers of two: words that there is room for at first, and at most (0.8 MB)."""


class WordTable:
    """``number_of`` by word, remembered; a number fits into 32 bits with its sign."""

    def __init__(self, number_of: Callable[[str], int]) -> None:
        self.number_of = number_of
        self._lock = Lock()  # workers share tables between threads: a number must not be read beside another's key
        self._bits, self._filled = LEAST, 0
        self._keys: Words64 = np.zeros(1 << LEAST, np.uint64)
        self._numbers = np.zeros(1 << LEAST, np.int32)

    def __call__(self, text: Cut, first: int = 0, last: int | None = None) -> Numbers:
        """The numbers of the words ``[first, last)`` of a text."""
        hashes = text.hashes[first:last]
        with self._lock:
            slots = hashes >> np.uint64(64 - self._bits)
            numbers: Numbers = self._numbers[slots]
            missed = (self._keys[slots] != hashes).nonzero()[0]
            if len(missed):
                self._learn(text, hashes, numbers, missed, first)
        return numbers

    def _learn(self, text: Cut, hashes: Words64, numbers: Numbers, missed: npt.NDArray[np.intp],
               first: int) -> None:
        starts, ends = text.starts[first + missed].tolist(), text.ends[first + missed].tolist()
        numbers[missed] = [self.number_of(text.text[start:end]) for start, end in zip(starts, ends, strict=True)]
        self._filled += len(missed)
        if self._filled > 1 << (self._bits - 1) and self._bits < MOST:
            self._grow()
        self._put(hashes[missed], numbers[missed])

    def _put(self, hashes: Words64, numbers: Numbers) -> None:
        slots = hashes >> np.uint64(64 - self._bits)
        self._keys[slots] = hashes
        self._numbers[slots] = numbers

    def _grow(self) -> None:
        """Twice the room; what is held is kept."""
        held = self._keys.nonzero()[0]
        keys, numbers = self._keys[held], self._numbers[held]
        self._bits += 1
        self._filled = len(held)
        self._keys = np.zeros(1 << self._bits, np.uint64)
        self._numbers = np.zeros(1 << self._bits, np.int32)
        self._put(keys, numbers)
