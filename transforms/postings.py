"""Which articles hold a key: sorted arrays of (key, row), nine to ten bytes a posting.

A Python dict of lists costs about 6 kB an article at 90 keys; this 0.9 kB. New rows gather in a small dict and
are frozen into a sorted segment with a filter (Bloom 1970, with one hash: the key's first bits). Segments of
equal size are merged, so that a hundred thousand articles lie in about ten arrays and each posting is copied
some eight times in its life (a log-structured merge tree, O'Neil et al. 1996). Rows that nobody needs any more
leave when their segment is merged or empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint32]
Rows = npt.NDArray[np.uint32]

_BITS = np.left_shift(1, np.arange(8)).astype(np.uint8)
_BYTE, _BIT = np.uint32(3), np.uint32(7)

FRESH = 512
"""Rows that gather before they are frozen."""
LARGEST = 1 << 15
"""Rows above which a segment is not merged again: merging it would stop the stream for too long."""
RUN = 8
"""Rows looked at of one key in one segment, the oldest and the newest half: a key of a text that a hundred
outlets copied leads to that text by any of them, and a phrase that all use should lead nowhere."""
SPREAD = 8
"""Bits of a segment's filter for each posting, at least: it tells of nine absent keys in ten that they are absent,
where a binary search takes twenty memory accesses."""

Found = tuple[list[int], list[int]]
"""Keys, and beside each a row that holds it."""


@dataclass(frozen=True, slots=True)
class _Segment:
    keys: Keys
    rows: Rows
    members: int
    expires: int
    shift: np.uint32
    seen: npt.NDArray[np.uint8]

    def find(self, keys: Keys) -> Found:
        place = keys >> self.shift
        keys = keys[(self.seen[place >> _BYTE] & _BITS[place & _BIT]) != 0]
        if not len(keys):
            return [], []
        first = self.keys.searchsorted(keys)
        met = self.keys.take(first, mode="clip") == keys
        keys, first = keys[met], first[met]
        if not len(keys):
            return [], []
        held, rows = keys.tolist(), self.rows[first].tolist()
        last = self.keys.searchsorted(keys, side="right")
        for at in np.flatnonzero(last - first > 1).tolist():
            more = self._run(int(first[at]), int(last[at]))[1:]
            held += [held[at]] * len(more)
            rows += more
        return held, rows

    def _run(self, first: int, last: int) -> list[int]:
        if last - first <= RUN:
            return list(self.rows[first:last].tolist())
        return [*self.rows[first : first + RUN // 2].tolist(), *self.rows[last - RUN // 2 : last].tolist()]


@dataclass(slots=True)
class Postings:
    """Keys of rows. ``row`` numbers are given out by the caller, each once, rising."""

    _segments: list[_Segment] = field(default_factory=list)
    _fresh: dict[int, int] = field(default_factory=dict)
    _repeated: dict[int, list[int]] = field(default_factory=dict)
    _members: int = 0
    _expires: int = 0

    def add(self, row: int, keys: Keys, time: int) -> None:
        """Remember that ``row`` has ``keys``; it is needed until ``forget`` passes ``time``."""
        listed = keys.tolist()
        met = self._fresh.keys() & listed
        new = dict.fromkeys(listed, row)
        for key in met:  # few keys have two rows: no list for the others
            self._repeated.setdefault(key, []).append(row)
            del new[key]
        self._fresh.update(new)
        self._expires = max(time, self._expires) if self._members else time
        self._members += 1

    def find(self, keys: Keys) -> Found:
        """Which of the ``keys`` (best ascending: neighbouring searches then touch neighbouring memory) are held by
        which rows. A key comes once from each part of the memory; of frequent keys only some rows.
        """
        held: list[int] = []
        rows: list[int] = []
        for key in self._fresh.keys() & keys.tolist():
            among = self._among_fresh(key)
            held += [key] * len(among)
            rows += among
        for segment in self._segments:
            more, theirs = segment.find(keys)
            held += more
            rows += theirs
        return held, rows

    def _among_fresh(self, key: int) -> list[int]:
        rows = [self._fresh[key], *self._repeated.get(key, ())]
        return rows if len(rows) <= RUN else rows[: RUN // 2] + rows[-RUN // 2 :]

    def settle(self, alive: Callable[[int], bool]) -> None:
        """Freeze the fresh rows once there are enough, and merge what has grown to one size."""
        if self._members < FRESH:
            return
        repeated = [(key, row) for key, rows in self._repeated.items() for row in rows]
        keys = np.fromiter(chain(self._fresh.keys(), (key for key, _ in repeated)), np.uint32)
        rows = np.fromiter(chain(self._fresh.values(), (row for _, row in repeated)), np.uint32)
        self._segments.append(_sorted(keys, rows, self._members, self._expires))
        self._fresh, self._repeated, self._members = {}, {}, 0
        while len(self._segments) > 1 and self._mergeable(*self._segments[-2:]):
            newer, older = self._segments.pop(), self._segments.pop()
            merged = _merge(older, newer, alive)
            if merged.members:
                self._segments.append(merged)

    @staticmethod
    def _mergeable(older: _Segment, newer: _Segment) -> bool:
        return older.members <= newer.members * 3 // 2 and older.members + newer.members <= LARGEST

    def forget(self, before: int) -> None:
        """Drop the segments whose every row's time lies before ``before`` (Unix seconds)."""
        if any(segment.expires < before for segment in self._segments):
            self._segments = [segment for segment in self._segments if segment.expires >= before]

    def __len__(self) -> int:
        """How many postings are held."""
        frozen = sum(len(segment.keys) for segment in self._segments)
        return frozen + len(self._fresh) + sum(map(len, self._repeated.values()))


def _sorted(keys: Keys, rows: Rows, members: int, expires: int) -> _Segment:
    """Sorted by key, then row: both in one integer, which numpy sorts fastest."""
    both = keys.astype(np.uint64) << np.uint64(32) | rows
    both.sort()
    keys = (both >> np.uint64(32)).astype(np.uint32)
    bits = min(32, max(3, (SPREAD * len(keys)).bit_length()))
    shift = np.uint32(32 - bits)
    seen = np.zeros(1 << bits, np.bool_)
    seen[keys >> shift] = True
    return _Segment(keys, both.astype(np.uint32), members, expires, shift, np.packbits(seen, bitorder="little"))


def _merge(older: _Segment, newer: _Segment, alive: Callable[[int], bool]) -> _Segment:
    keys, rows = np.concatenate((older.keys, newer.keys)), np.concatenate((older.rows, newer.rows))
    lowest = int(rows.min(initial=0xFFFFFFFF))
    held = np.zeros(int(rows.max(initial=lowest)) - lowest + 1, np.bool_)
    held[rows - np.uint32(lowest)] = True
    for row in np.flatnonzero(held).tolist():
        held[row] = alive(row + lowest)
    kept = held[rows - np.uint32(lowest)]
    return _sorted(keys[kept], rows[kept], int(np.count_nonzero(held)), max(older.expires, newer.expires))
