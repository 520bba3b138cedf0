"""Committing what has ended: per raw partition the contiguous prefix, to the graph's consumer group.

So a crash loses nothing, lag is visible, and the ledger can be checked: in = enriched + dead letters.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import apache_beam as beam

from pipeline.read_log import LogAddress, OpenLog
from pipeline.write_log import Covered
from transforms.indexed_state import One, Remember

_SPAN = struct.Struct("<qqq")


class AckIndex:
    """The contiguous prefix of one partition: spans come in any order, the prefix only grows.

    An index like the others (``transforms.indexed_state``), so that spans that wait for an earlier one
    survive a restart from a checkpoint.
    """

    def __init__(self) -> None:
        self.prefix = -1
        self.waiting: dict[int, int] = {}

    def decide(self, element: Covered) -> Covered:
        """The same span with the prefix that holds once it is counted."""
        spans = {**self.waiting, element.start: max(element.end, self.waiting.get(element.start, 0))}
        return replace(element, prefix=_grow(max(self.prefix, element.first), spans))

    def entry(self, decided: Covered) -> bytes | None:
        """first, start, end as int64; None for a span that the prefix covers already."""
        known = decided.end <= self.prefix
        return None if known else _SPAN.pack(decided.first, decided.start, decided.end)

    def learn(self, entry: bytes) -> None:
        """Count a span."""
        first, start, end = _SPAN.unpack(entry)
        self.waiting[start] = max(end, self.waiting.get(start, 0))
        self.prefix = _grow(max(self.prefix, first), self.waiting)
        self.waiting = {start: end for start, end in self.waiting.items() if end > self.prefix}

    def live(self) -> Iterator[bytes]:
        """The prefix as one span, then what waits beyond it."""
        yield _SPAN.pack(self.prefix, self.prefix, self.prefix)
        for start, end in self.waiting.items():
            yield _SPAN.pack(self.prefix, start, end)

    def __len__(self) -> int:
        return 1 + len(self.waiting)


def _grow(prefix: int, spans: dict[int, int]) -> int:
    for start in sorted(spans):
        if start > prefix:
            break
        prefix = max(prefix, spans[start])
    return prefix


def by_partition(covered: Covered) -> tuple[str, list[Covered]]:
    """The key under which one instance sees all spans of a partition."""
    return f"{covered.topic}/{covered.partition}", [covered]


def _memory() -> One:
    return One(AckIndex())


class _Commit(beam.DoFn):
    """Commits growing prefixes, once per bundle and partition."""

    def __init__(self, address: LogAddress, group: str) -> None:
        self.address = address
        self.group = group

    def setup(self) -> None:
        self.log = OpenLog(self.address)
        self.prefixes: dict[tuple[str, int], int] = {}

    def start_bundle(self) -> None:
        self.prefixes.clear()

    def process(self, covered: Covered) -> None:
        at = (covered.topic, covered.partition)
        self.prefixes[at] = max(covered.prefix, self.prefixes.get(at, 0))

    def finish_bundle(self) -> None:
        for (topic, partition), offset in self.prefixes.items():
            if offset > self.log.get().committed(self.group, topic).get(partition, -1):
                self.log.get().commit(self.group, topic, {partition: offset})


class Acknowledge(beam.PTransform):
    """Commit the contiguous prefix of what has ended, per raw partition, to the consumer group.

    Bundle finalizers are not used for this: they fire before later stages are done.
    """

    def __init__(self, address: LogAddress, group: str) -> None:
        super().__init__()
        self.committer = _Commit(address, group)

    def expand(self, pcoll: Any) -> Any:
        return (pcoll
                | beam.Map(by_partition).with_output_types(tuple[str, list[Covered]])
                | "Prefix" >> beam.ParDo(Remember(_memory)).with_output_types(Covered)
                | beam.ParDo(self.committer))
