"""What a topic still holds as input: all of it, or what was written in a time, or offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.backfill.candidate import IDENTITY, NOWHERE, SOURCE, Candidate, identity_of
from pipeline.dead_letters.letter import named
from pipeline.dead_letters.replays import LETTER, REPLAY_OF, REPLAYS
from pipeline.errors import WrongUsage
from pipeline.input_line import decode_line
from pipeline.log import Log, NewRecord, Record
from pipeline.log.whole_topic import read_range
from pipeline.records import ENRICHED, RAW, RAW_BACKFILL, clock_of, decode_raw, trace_of
from transforms.article import Article, Origin
from transforms.dead_letter import Rejected

TOPICS = (RAW, RAW_BACKFILL, ENRICHED)
"""Topics whose records the graph can read."""

_SPAN = re.compile(r"(\d{1,9}):(\d{1,18})\.\.(\d{1,18})")
_OURS = {IDENTITY, SOURCE, LETTER, REPLAY_OF, REPLAYS, "raw"}


@dataclass(frozen=True, slots=True)
class Range:
    """Records of ``topic`` written from ``since`` until before ``until`` (Unix seconds), and, where ``spans`` are
    given, of these (partition, first offset, offset after the last)."""

    topic: str
    since: int | None = None
    until: int | None = None
    spans: Sequence[tuple[int, int, int]] = ()

    def __post_init__(self) -> None:
        if self.topic not in TOPICS:
            raise WrongUsage(f"topic {self.topic!r} is none of {', '.join(TOPICS)}")


def span_of(text: str) -> tuple[int, int, int]:
    """``0:1200..1800``: partition 0, offsets 1200 to 1799. Raises WrongUsage."""
    found = _SPAN.fullmatch(text)
    if found is None or int(found[2]) >= int(found[3]):
        raise WrongUsage(f"{text!r} are no offsets; write PARTITION:FIRST..END as 0:1200..1800 (1800 not included)")
    return int(found[1]), int(found[2]), int(found[3])


def topic_candidates(log: Log, wanted: Range, run: str, origin: str = "") -> Iterator[Candidate]:
    """A candidate a record, with the bytes, key and headers that it has. ``origin`` is the log's address where it
    is not the one that is filled. Raises LogError, WrongUsage for a partition that is not there."""
    for partition, first, end in _spans(log, wanted):
        for record in read_range(log, wanted.topic, partition, first, end):
            if (wanted.since is None or record.timestamp >= wanted.since) and (
                    wanted.until is None or record.timestamp < wanted.until):
                yield _candidate(record, run, origin)


def _spans(log: Log, wanted: Range) -> Iterator[tuple[int, int, int]]:
    partitions = log.partitions(wanted.topic)
    for partition, first, end in wanted.spans or [(p, 0, 1 << 62) for p in range(partitions)]:
        if partition >= partitions:
            raise WrongUsage(f"{wanted.topic} has no partition {partition}, only 0 to {partitions - 1}")
        since = 0 if wanted.since is None else log.offset_at(wanted.topic, partition, wanted.since)
        yield (partition, max(first, since, log.beginning(wanted.topic, partition)),
               min(end, log.end(wanted.topic, partition)))


def _candidate(record: Record, run: str, origin: str) -> Candidate:
    place = named((record.topic, record.partition, record.offset))
    identity = identity_of(run, b"record", origin.encode(), place.encode())
    kept = tuple((name, value) for name, value in record.headers if name not in _OURS)
    own = ((SOURCE, place.encode()), (IDENTITY, identity.hex().encode()))
    article, refused = None, None
    try:
        article = _decode(record)
    except Rejected as error:
        refused = error
    return Candidate(NewRecord(record.key, record.value, (*kept, *own)), identity, place, article, refused)


def _decode(record: Record) -> Article:
    trace = trace_of(Origin(record.topic, record.partition, record.offset, record.offset), record.headers)
    clock = clock_of(record)
    if clock is not None:
        return decode_line(record.value, NOWHERE, trace, clock)
    return decode_raw(record.value, NOWHERE, trace)
