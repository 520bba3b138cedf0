"""Reading a topic, or a range of one partition, from its beginning to its end as it is now."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.log import Log, Record

BATCH = 500
"""Records held at a time."""


def read_range(log: Log, topic: str, partition: int, start: int = 0, end: int | None = None,
               batch: int = BATCH) -> Iterator[Record]:
    """The records of offsets ``[start, end)`` that the log still holds, ascending; ``end`` None is the end now.

    What is appended while this runs is left out, so it always ends. Raises LogError.
    """
    end = log.end(topic, partition) if end is None else end
    while start < end and (records := log.read(topic, partition, start, min(batch, end - start))):
        for record in records:
            if record.offset >= end:  # a gap, as compaction leaves, reached beyond the range
                return
            yield record
        start = records[-1].offset + 1


def read_topic(log: Log, topic: str, since: float | None = None) -> Iterator[Record]:
    """All records of a topic, partition after partition; with ``since`` (Unix seconds) from the first one on that
    was written then or later. Raises LogError."""
    for partition in range(log.partitions(topic)):
        start = log.beginning(topic, partition) if since is None else log.offset_at(topic, partition, since)
        yield from read_range(log, topic, partition, start)
