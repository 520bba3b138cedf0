"""A set of offsets of one partition: a bit each, so that a million of them take 125 kB."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.log import Log

Place = tuple[str, int, int]
"""Topic, partition and offset of a record."""


class OffsetSet:
    """Offsets within ``[first, end)``; what lies outside is never in it."""

    def __init__(self, first: int, end: int) -> None:
        self.first = first
        self.end = max(first, end)
        self._bits = bytearray((self.end - first + 7) // 8)

    def add(self, offset: int) -> bool:
        """Put an offset in; whether it was not in before. One outside the range is left out: False."""
        if not self.first <= offset < self.end:
            return False
        byte, bit = divmod(offset - self.first, 8)
        known = self._bits[byte] >> bit & 1
        self._bits[byte] |= 1 << bit
        return not known

    def __contains__(self, offset: int) -> bool:
        if not self.first <= offset < self.end:
            return False
        byte, bit = divmod(offset - self.first, 8)
        return bool(self._bits[byte] >> bit & 1)

    def __len__(self) -> int:
        return int.from_bytes(self._bits, "little").bit_count()

    def __int__(self) -> int:
        """The bits as a number: bit 0 stands for the offset ``first``."""
        return int.from_bytes(self._bits, "little")


class PlaceSet:
    """Places in some topics: a bit each up to the topics' ends now, those included that retention has passed.

    Places beyond (another log's, a topic made anew) cost more, and should be few.
    """

    def __init__(self, log: Log, topics: Iterable[str]) -> None:
        self._parts = {(topic, partition): OffsetSet(0, log.end(topic, partition))
                       for topic in topics for partition in range(log.partitions(topic))}
        self._beyond: set[Place] = set()

    def add(self, place: Place) -> bool:
        """Put a place in; whether it was not in before."""
        part = self._parts.get(place[:2])
        if part is not None and part.first <= place[2] < part.end:
            return part.add(place[2])
        known = place in self._beyond
        self._beyond.add(place)
        return not known

    def __contains__(self, place: Place) -> bool:
        part = self._parts.get(place[:2])
        return (part is not None and place[2] in part) or place in self._beyond

    def __len__(self) -> int:
        return sum(map(len, self._parts.values())) + len(self._beyond)
