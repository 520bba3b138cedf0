"""Which articles hold a key: sorted arrays of (key, row), eight bytes a posting.

A Python dict of lists costs about 6 kB an article at 90 keys; this 0.7 kB. New rows gather in a small dict,
are frozen into a sorted segment, and segments of equal size are merged, so that a hundred thousand articles
lie in about ten arrays and each posting is copied some eight times in its life (a log-structured merge tree,
O'Neil et al. 1996). Rows that nobody needs any more leave when their segment is merged or empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint32]
Rows = npt.NDArray[np.uint32]

FRESH = 512
"""Rows that gather before they are frozen."""
LARGEST = 1 << 15
"""Rows above which a segment is not merged again: merging it would stop the stream for too long."""
RUN = 8
"""Rows looked at of one key in one segment, the oldest and the newest half: a key of a text that a hundred
outlets copied leads to that text by any of them, and a phrase that all use should lead nowhere."""


PART = 6
"""Keys in a part of a segment's directory, about: two memory accesses then tell that a key is absent, where a
binary search takes twenty."""
_AHEAD = np.arange(16, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class _Segment:
    keys: Keys
    rows: Rows
    members: int
    expires: int
    shift: int
    starts: npt.NDArray[np.uint32]

    def find(self, keys: Keys) -> list[Rows]:
        part = keys >> np.uint32(self.shift)
        first = self.starts[part]
        near = np.take(self.keys, first[:, np.newaxis] + _AHEAD, mode="clip")
        met = (near == keys[:, np.newaxis]).any(axis=1) | (self.starts[part + np.uint32(1)] - first > len(_AHEAD))
        if not met.any():
            return []
        keys = keys[met]
        ends = np.searchsorted(self.keys, keys), np.searchsorted(self.keys, keys, side="right")
        return [self._run(*run) for run in zip(ends[0].tolist(), ends[1].tolist(), strict=True) if run[0] < run[1]]

    def _run(self, first: int, last: int) -> Rows:
        if last - first <= RUN:
            return self.rows[first:last]
        return np.concatenate((self.rows[first : first + RUN // 2], self.rows[last - RUN // 2 : last]))


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
        fresh = self._fresh
        for key in keys.tolist():
            if fresh.setdefault(key, row) != row:  # few keys have two rows: no list for the others
                self._repeated.setdefault(key, []).append(row)
        self._expires = max(time, self._expires) if self._members else time
        self._members += 1

    def find(self, keys: Keys) -> tuple[Rows, npt.NDArray[np.intp]]:
        """(rows, how many of the keys each holds), rows ascending; of frequent keys only some rows."""
        found: list[Rows] = []
        fresh = [row for key in keys.tolist() for row in self._among_fresh(key)]
        if fresh:
            found.append(np.array(fresh, np.uint32))
        ordered = np.sort(keys)  # neighbouring searches then touch neighbouring memory
        for segment in self._segments:
            found.extend(segment.find(ordered))
        if not found:
            return np.empty(0, np.uint32), np.empty(0, np.intp)
        rows, counts = np.unique(np.concatenate(found), return_counts=True)
        return rows, counts

    def _among_fresh(self, key: int) -> Sequence[int]:
        first = self._fresh.get(key)
        if first is None:
            return ()
        rows = [first, *self._repeated.get(key, ())]
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
    shift = 31 - (len(keys) // PART).bit_length()
    parts = np.arange(1 << (32 - shift), dtype=np.uint32) << np.uint32(shift)
    starts = np.append(np.searchsorted(keys, parts), len(keys)).astype(np.uint32)
    return _Segment(keys, both.astype(np.uint32), members, expires, shift, starts)


def _merge(older: _Segment, newer: _Segment, alive: Callable[[int], bool]) -> _Segment:
    keys, rows = np.concatenate((older.keys, newer.keys)), np.concatenate((older.rows, newer.rows))
    lowest = int(rows.min(initial=0xFFFFFFFF))
    held = np.zeros(int(rows.max(initial=lowest)) - lowest + 1, np.bool_)
    held[rows - np.uint32(lowest)] = True
    for row in np.flatnonzero(held).tolist():
        held[row] = alive(row + lowest)
    kept = held[rows - np.uint32(lowest)]
    return _sorted(keys[kept], rows[kept], int(np.count_nonzero(held)), max(older.expires, newer.expires))
