"""The graph's way in: one splittable DoFn over the log interface, so that one source serves every runner."""

# No `from __future__ import annotations` here: RowCoder reads the real types.
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

import apache_beam as beam
from apache_beam.io.watermark_estimators import ManualWatermarkEstimator
from apache_beam.utils.timestamp import Duration, Timestamp

from pipeline.errors import LogError
from pipeline.log import Log, LogOptions, Record, open_log
from pipeline.partition_spans import UNBOUNDED, Span, SpanProvider, bounded
from pipeline.records import clock_of, trace_of
from transforms.article import Origin
from transforms.row import row


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
    """A DoFn's open log: runners may call one DoFn from different threads, one after another.

    One for all of them, with its connections and what it has fetched; one for each, where a log cannot move.
    """

    def __init__(self, address: LogAddress) -> None:
        self._address = address
        self._moving: Log | None = None
        self._local = threading.local()

    def get(self) -> Log:
        """The log for this thread."""
        log: Log | None = self._moving or getattr(self._local, "log", None)
        if log is None:
            log = open_log(self._address.url, self._address.options)
            if log.moves:
                self._moving = log
            else:
                self._local.log = log
        return log


@row
@dataclass(frozen=True)
class Segment:
    """Offsets ``[start, end)`` of one partition to read.

    If ``every`` is not 0, the reader also takes each ``every``-th partition after this one that the topic gets.
    """

    topic: str
    partition: int
    start: int
    end: int
    every: int = 0


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
    """How much a reader hands on at once (records, seconds), how long it rests when idle (seconds), and how often
    it looks for partitions that were added (seconds)."""

    records: int = 500
    seconds: float = 0.5
    idle: float = 0.2
    look: float = 10.0


_SPANS = SpanProvider()


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
        self.counted: dict[str, tuple[float, int]] = {}

    @beam.DoFn.unbounded_per_element()
    def process(self, segment: Segment, tracker: Any = beam.DoFn.RestrictionParam(_SPANS),
                watermark: Any = beam.DoFn.WatermarkEstimatorParam(
                    ManualWatermarkEstimator.default_provider())) -> Iterator[Payload]:
        spans = tracker.current_restriction()
        if not self.stop.is_set():
            handed_on = 0
            spans = (*spans, *self._added(segment, spans))
            for span in spans:
                for each in self._read(segment.topic, span, tracker, len(spans)):
                    handed_on += 1
                    yield each
            if not bounded(spans):
                self._pause(tracker, watermark, idle=handed_on == 0)
                return
            if handed_on:
                tracker.defer_remainder()
                return
        for span in spans:
            tracker.try_claim((span.partition, span.end))  # refused, and so says that all up to the end is done

    def _read(self, topic: str, span: Span, tracker: Any, shared: int) -> Iterator[Payload]:
        """One of ``shared`` partitions, for its part of the pace."""
        position, left = span.start, max(1, self.pace.records // shared)
        until = time.monotonic() + self.pace.seconds / shared
        while position < span.end and left > 0 and time.monotonic() < until:
            records = self.log.get().read(topic, span.partition, position, left, sure=span.end < UNBOUNDED)
            for record in records:
                if not tracker.try_claim((span.partition, record.offset)):
                    return
                yield payload(record, position)
                position = record.offset + 1
            left -= len(records)
            if not records:
                return

    def _added(self, segment: Segment, spans: Sequence[Span]) -> list[Span]:
        """Partitions that this reader has not begun to read: from their beginning."""
        if not segment.every:
            return []
        known = {span.partition for span in spans}
        return [Span(partition, 0, UNBOUNDED)
                for partition in range(segment.partition, self._count(segment.topic), segment.every)
                if partition not in known]

    def _count(self, topic: str) -> int:
        """How many partitions there are; looked up once in a while. While the log is away there are as many as
        before: the next read says what is wrong."""
        at, count = self.counted.get(topic, (0.0, 0))
        if not at or time.monotonic() >= at + self.pace.look:
            with suppress(LogError):
                count = self.log.get().partitions(topic)
            self.counted[topic] = (time.monotonic(), count)
        return count

    def _pause(self, tracker: Any, watermark: Any, idle: bool) -> None:
        if idle:
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
