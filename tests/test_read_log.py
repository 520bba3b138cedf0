"""What a reader of the graph takes: its partition, and those that are added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest
from apache_beam.io.watermark_estimators import ManualWatermarkEstimator
from apache_beam.runners.sdf_utils import RestrictionTrackerView, ThreadsafeRestrictionTracker

from pipeline.errors import LogError
from pipeline.log import LogOptions, Record
from pipeline.partition_spans import UNBOUNDED, SpanTracker
from pipeline.read_log import _SPANS, LogAddress, ReadPace, Segment, Signal, _ReadSegment
from pipeline.records import RAW


class Partitions:
    """A log of one topic with so many records a partition."""

    def __init__(self, *sizes: int) -> None:
        self.sizes, self.asked, self.away = list(sizes), 0, False

    def get(self) -> Partitions:
        return self

    def partitions(self, topic: str) -> int:
        self.asked += 1
        if self.away:
            raise LogError("the log is away")
        return len(self.sizes)

    def read(self, topic: str, partition: int, offset: int, limit: int, sure: bool) -> list[Record]:
        last = min(self.sizes[partition], offset + limit)
        return [Record(topic, partition, at, b"", b"", (), 0.0) for at in range(offset, last)]


def reader(log: Partitions, stop: Signal | None = None, **pace: Any) -> _ReadSegment:
    found = _ReadSegment(LogAddress("", LogOptions()), ReadPace(seconds=60.0, **({"idle": 0.0} | pace)),
                         stop or Signal("never"), 99)
    found.setup()
    found.log = cast(Any, log)
    return found


def once(reads: _ReadSegment, segment: Segment, spans: Any = None) -> tuple[list[tuple[int, int, int]], Any]:
    """(partition, offset, position before) of what one call hands on, and what it leaves to do."""
    tracker = ThreadsafeRestrictionTracker(SpanTracker(spans or _SPANS.initial_restriction(segment)))
    handed = [*reads.process(segment, RestrictionTrackerView(tracker), ManualWatermarkEstimator(None))]
    tracker.check_done()
    status = tracker.deferred_status()
    return [(p.origin.partition, p.origin.offset, p.origin.after) for p in handed], status and status[0]


def test_a_reader_goes_on_where_it_stood() -> None:
    reads = reader(Partitions(3), records=2)
    assert once(reads, Segment(RAW, 0, 0, UNBOUNDED, 1)) == ([(0, 0, 0), (0, 1, 1)], ((0, 2, UNBOUNDED),))
    assert once(reads, Segment(RAW, 0, 0, UNBOUNDED, 1), ((0, 2, UNBOUNDED),)) == ([(0, 2, 2)], ((0, 3, UNBOUNDED),))


def test_added_partitions_are_shared_among_the_readers_and_begin_at_their_beginning() -> None:
    log = Partitions(1, 1, 2, 1, 1)
    first = once(reader(log), Segment(RAW, 0, 0, UNBOUNDED, 2))
    second = once(reader(log), Segment(RAW, 1, 0, UNBOUNDED, 2))
    assert first[0] == [(0, 0, 0), (2, 0, 0), (2, 1, 1), (4, 0, 0)]
    assert first[1] == ((0, 1, UNBOUNDED), (2, 2, UNBOUNDED), (4, 1, UNBOUNDED))
    assert second == ([(1, 0, 0), (3, 0, 0)], ((1, 1, UNBOUNDED), (3, 1, UNBOUNDED)))


def test_a_partition_without_records_yet_is_looked_at_again() -> None:
    log = Partitions(1, 0)
    reads = reader(log)
    _, left = once(reads, Segment(RAW, 0, 0, UNBOUNDED, 1))
    assert left == ((0, 1, UNBOUNDED),)
    log.sizes[1] = 1
    assert once(reads, Segment(RAW, 0, 0, UNBOUNDED, 1), left) == ([(1, 0, 0)], ((0, 1, UNBOUNDED), (1, 1, UNBOUNDED)))


def test_partitions_of_one_reader_share_its_pace() -> None:
    handed, _ = once(reader(Partitions(9, 9), records=4), Segment(RAW, 0, 0, UNBOUNDED, 1))
    assert handed == [(0, 0, 0), (0, 1, 1), (1, 0, 0), (1, 1, 1)]


@pytest.mark.parametrize(("look", "asked"), [(3600.0, 1), (0.0, 3)])
def test_the_log_is_asked_for_partitions_once_in_a_while(look: float, asked: int) -> None:
    log = Partitions(0)
    reads = reader(log, look=look)
    for _ in range(3):
        once(reads, Segment(RAW, 0, 0, UNBOUNDED, 1))
    assert log.asked == asked


def test_while_the_log_cannot_say_how_many_there_are_the_known_ones_are_read() -> None:
    log = Partitions(1, 1)
    log.away = True
    assert once(reader(log), Segment(RAW, 0, 0, UNBOUNDED, 1))[0] == [(0, 0, 0)]


def test_a_bounded_reader_takes_its_segment_alone_and_ends() -> None:
    log = Partitions(5, 5)
    reads = reader(log, records=2)
    segment = Segment(RAW, 0, 1, 4)
    assert once(reads, segment) == ([(0, 1, 1), (0, 2, 2)], ((0, 3, 4),))
    assert once(reads, segment, ((0, 3, 4),)) == ([(0, 3, 3)], None)
    assert log.asked == 0


def test_offsets_that_the_log_no_longer_has_do_not_keep_a_bounded_reader() -> None:
    assert once(reader(Partitions(2)), Segment(RAW, 0, 2, 7)) == ([], None)


def test_told_to_stop_a_reader_ends_with_nothing_left() -> None:
    stop = Signal("told-to-stop")
    stop.set()
    assert once(reader(Partitions(5), stop), Segment(RAW, 0, 0, UNBOUNDED, 1)) == ([], None)


def claimed(spans: Sequence[tuple[int, int, int]], *claims: tuple[int, int]) -> SpanTracker:
    tracker = SpanTracker(spans)
    for claim in claims:
        assert tracker.try_claim(claim)
    return tracker


def test_nothing_is_split_but_where_the_reader_stands() -> None:
    tracker = claimed([(0, 5, UNBOUNDED), (1, 0, 9)], (0, 7))
    assert tracker.try_split(0.5) is None
    assert tracker.try_split(0) == (((0, 5, 8), (1, 0, 0)), ((0, 8, UNBOUNDED), (1, 0, 9)))
    assert not tracker.try_claim((0, 8))
    tracker.check_done()


def test_what_is_neither_claimed_nor_handed_back_is_an_error() -> None:
    with pytest.raises(ValueError, match="not claimed"):
        claimed([(0, 5, 9)], (0, 7)).check_done()


def test_an_offset_cannot_be_claimed_twice() -> None:
    with pytest.raises(ValueError, match="claimed before"):
        claimed([(0, 5, 9)], (0, 7)).try_claim((0, 7))


def test_progress_counts_what_is_done_and_what_has_an_end() -> None:
    progress = claimed([(0, 5, UNBOUNDED), (1, 0, 9)], (0, 7), (1, 0)).current_progress()
    assert (progress.completed_work, progress.remaining_work) == (4, 8)
