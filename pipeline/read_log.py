"""The graph's way in: one splittable DoFn over the log interface, so that one source serves every runner."""

# No `from __future__ import annotations` here: RowCoder reads the real types.
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import apache_beam as beam
from apache_beam.io.restriction_trackers import OffsetRange, OffsetRestrictionTracker
from apache_beam.io.watermark_estimators import ManualWatermarkEstimator
from apache_beam.transforms.core import RestrictionProvider
from apache_beam.utils.timestamp import Duration, Timestamp

from pipeline.log import Log, LogOptions, Record, open_log
from pipeline.records import clock_of, trace_of
from transforms.article import Origin, row

UNBOUNDED = 2**62
"""The end of a segment that never ends."""


class Signal:
    """Tells the readers of one run something: named, so that it survives pickling into the workers of this
    process. Workers elsewhere (Flink) never see one: they are stopped by their cluster, with a savepoint."""

    _events: ClassVar[dict[str, threading.Event]] = {}

    def __init__(self, name: str) -> None:
        self.name = name
        self._events.setdefault(name, threading.Event())

    def set(self) -> None:
        """From now on ``is_set`` holds."""
        self._event().set()

    def is_set(self) -> bool:
        """Whether somebody called ``set``."""
        return self._event().is_set()

    def wait(self, seconds: float) -> None:
        """Until somebody calls ``set``, at most ``seconds``."""
        self._event().wait(seconds)

    def _event(self) -> threading.Event:
        return self._events.setdefault(self.name, threading.Event())


@dataclass(frozen=True)
class LogAddress:
    """A log that a worker can open for itself: plain values, no connection."""

    url: str
    options: LogOptions


class OpenLog:
    """One open log per thread: runners may call one DoFn from different threads, one after another."""

    def __init__(self, address: LogAddress) -> None:
        self._address = address
        self._local = threading.local()

    def get(self) -> Log:
        """This thread's log."""
        log: Log | None = getattr(self._local, "log", None)
        if log is None:
            log = self._local.log = open_log(self._address.url, self._address.options)
        return log


@row
@dataclass(frozen=True)
class Segment:
    """Offsets ``[start, end)`` of one partition to read."""

    topic: str
    partition: int
    start: int
    end: int


@row
@dataclass(frozen=True)
class Payload:
    """A record's bytes on their way to the decoder; ``clock`` (Unix seconds) comes with a file's lines."""

    origin: Origin
    trace_id: str
    payload: bytes
    clock: int | None = None


@dataclass(frozen=True)
class ReadPace:
    """How much a reader hands on at once (records, seconds) and how long it rests when idle (seconds)."""

    records: int = 500
    seconds: float = 0.5
    idle: float = 0.2


class _Offsets(OffsetRestrictionTracker):
    """Unbounded where the segment is, so that no runner waits for its end."""

    def is_bounded(self) -> bool:
        return bool(self.current_restriction().stop < UNBOUNDED)

    def try_split(self, fraction_of_remainder: float) -> Any:
        """Only where the reader stands. A runner that halves what is left (Prism does) would make of an endless
        segment two that end, the records between never read; and of any segment two whose order is lost."""
        return super().try_split(0) if fraction_of_remainder == 0 else None


class _Segments(RestrictionProvider):
    def initial_restriction(self, element: Segment) -> OffsetRange:
        return OffsetRange(element.start, element.end)

    def create_tracker(self, restriction: OffsetRange) -> OffsetRestrictionTracker:
        return _Offsets(restriction)

    def restriction_size(self, element: Segment, restriction: OffsetRange) -> int:
        return int(restriction.size()) if restriction.stop < UNBOUNDED else 1

    def split(self, element: Segment, restriction: OffsetRange) -> Iterable[OffsetRange]:
        yield restriction  # a partition is read in order by one reader


_SEGMENTS = _Segments()


class _ReadSegment(beam.DoFn):
    """Claims offset after offset; pauses when idle or when enough has been handed on."""

    def __init__(self, address: LogAddress, pace: ReadPace, stop: Signal, partitions: int) -> None:
        self.address = address
        self.pace = pace
        self.stop = stop
        self.partitions = partitions

    def setup(self) -> None:
        self.log = OpenLog(self.address)
        self.idle_reads = 0

    @beam.DoFn.unbounded_per_element()
    def process(self, segment: Segment, tracker: Any = beam.DoFn.RestrictionParam(_SEGMENTS),
                watermark: Any = beam.DoFn.WatermarkEstimatorParam(
                    ManualWatermarkEstimator.default_provider())) -> Iterator[Payload]:
        span = tracker.current_restriction()
        if self.stop.is_set():
            tracker.try_claim(span.stop)
            return
        position, handed_on, until = span.start, 0, time.monotonic() + self.pace.seconds
        while position < span.stop and handed_on < self.pace.records and time.monotonic() < until:
            records = self.log.get().read(segment.topic, segment.partition, position, self.pace.records)
            for record in records:
                if not tracker.try_claim(record.offset):
                    return
                yield payload(record, position)
                position = record.offset + 1
            handed_on += len(records)
            if not records:
                break
        self._pause(tracker, watermark, idle=handed_on == 0, done=position >= span.stop)

    def _pause(self, tracker: Any, watermark: Any, idle: bool, done: bool) -> None:
        stop = tracker.current_restriction().stop
        if done or (idle and stop < UNBOUNDED):
            tracker.try_claim(stop)  # refused, and so says that all up to the end is done
        elif idle:
            self._rest()
            watermark.set_watermark(Timestamp.now())
            tracker.defer_remainder(Duration(seconds=self.pace.idle))
        else:
            self.idle_reads = 0
            tracker.defer_remainder()

    def _rest(self) -> None:
        """The in-process runner comes back at once, whatever delay it is asked for, and would burn half a
        core: when every partition has been found empty in turn, wait here."""
        self.idle_reads += 1
        if self.idle_reads >= self.partitions:
            self.idle_reads = 0
            self.stop.wait(self.pace.idle)


def payload(record: Record, after: int) -> Payload:
    """A record as the graph takes it; ``after`` is the reader's position before it."""
    origin = Origin(record.topic, record.partition, record.offset, after)
    return Payload(origin, trace_of(origin, record.headers), record.value, clock_of(record))


class ReadLog(beam.PTransform):
    """Payloads of the given segments, in order per segment."""

    def __init__(self, address: LogAddress, segments: Sequence[Segment], pace: ReadPace, stop: Signal) -> None:
        super().__init__()
        self.segments = segments
        self.reader = _ReadSegment(address, pace, stop, len(segments))

    def expand(self, pbegin: Any) -> Any:
        segments = pbegin | beam.Create(list(self.segments), reshuffle=False).with_output_types(Segment)
        return segments | beam.ParDo(self.reader).with_output_types(Payload)
