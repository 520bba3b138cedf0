"""Sixteen-byte names in little memory: ten million take 160 MB."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from itertools import islice

import numpy as np

from pipeline.backfill.candidate import IDENTITY
from pipeline.log import Log, Record
from pipeline.log.whole_topic import read_topic
from pipeline.records import ENRICHED, RAW, RAW_BACKFILL, raw_of

SIZE = 16
_AT_LEAST = 65_536


class Known:
    """A set of names: sorted ones in an array, new ones in a set until they are worth merging."""

    def __init__(self, names: Iterable[bytes] = ()) -> None:
        self._sorted = np.empty(0, f"S{SIZE}")
        self._recent: set[bytes] = set()
        names = iter(names)
        while chunk := list(islice(names, _AT_LEAST)):
            for name in chunk:
                self.add(name)

    def add(self, name: bytes) -> bool:
        """Put a name in; whether it was not in before."""
        if name in self:
            return False
        self._recent.add(name)
        if len(self._recent) > max(_AT_LEAST, len(self._sorted) // 4):
            self._sorted = np.union1d(self._sorted, np.array(list(self._recent), f"S{SIZE}"))
            self._recent.clear()
        return True

    def __contains__(self, name: bytes) -> bool:
        if name in self._recent:
            return True
        wanted = np.array(name, f"S{SIZE}")  # numpy pads with zeros, on both sides of a comparison
        at = int(np.searchsorted(self._sorted, wanted))
        return at < len(self._sorted) and bool(self._sorted[at] == wanted)

    def __len__(self) -> int:
        return len(self._sorted) + len(self._recent)


def sent_before(log: Log) -> Known:
    """What the backfill lane holds already, by its records' headers. Raises LogError."""
    return Known(name for record in read_topic(log, RAW_BACKFILL)
                 if (name := _name(dict(record.headers).get(IDENTITY, b""))))


def _name(header: bytes) -> bytes:
    try:
        return bytes.fromhex(header.decode("ascii"))
    except ValueError:
        return b""


def live_articles(log: Log) -> Known:
    """The articles that the live lane has, by ``article_name``. Raises LogError."""
    return Known(article_name(record.key) for record in read_topic(log, ENRICHED) if _is_live(record))


def _is_live(record: Record) -> bool:
    try:
        raw = raw_of(record)
    except ValueError:  # a header that is not ours
        return False
    return raw is not None and raw[0] == RAW


def article_name(article_id: bytes) -> bytes:
    """An article's id as a name."""
    return blake2b(article_id, digest_size=SIZE).digest()
