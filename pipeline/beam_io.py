"""The graph's way in and its way out: ReadLog, WriteEnded, Acknowledge.

The reader is a splittable DoFn over the log interface, one element per partition, so that one source
serves every runner. Every raw record is acknowledged when its one end is durably in the log: the group's
committed offset is the contiguous prefix of what has ended.
"""

# No `from __future__ import annotations` here: RowCoder reads the real types.
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import apache_beam as beam
from apache_beam.io.restriction_trackers import OffsetRange, OffsetRestrictionTracker
from apache_beam.io.watermark_estimators import ManualWatermarkEstimator
from apache_beam.metrics import Metrics
from apache_beam.transforms.core import RestrictionProvider
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.timestamp import Duration, Timestamp
from apache_beam.utils.windowed_value import WindowedValue

from pipeline.log import Log, LogOptions, NewRecord, Record, open_log
from pipeline.records import clock_of, raw_of, trace_of
from transforms.article import Origin, row
from transforms.indexed_state import Remember

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


class _OpenLog:
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
    """Offsets ``[start, end)`` of one partition to read; ``replay`` marks history whose decisions stand."""

    topic: str
    partition: int
    start: int
    end: int
    replay: bool


@row
@dataclass(frozen=True)
class Payload:
    """A record's bytes on their way to the decoder; ``clock`` (Unix seconds) comes with a file's lines."""

    origin: Origin
    trace_id: str
    payload: bytes
    replayed: bool
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
    """Claims offset after offset; pauses when idle or when enough has been handed on.

    New records wait until all history is read: only then do the indexes know what was decided before.
    """

    def __init__(self, address: LogAddress, pace: ReadPace, stop: Signal, history: dict[Segment, Signal],
                 partitions: int) -> None:
        self.address = address
        self.pace = pace
        self.stop = stop
        self.history = history
        self.partitions = partitions

    def setup(self) -> None:
        self.log = _OpenLog(self.address)
        self.idle_reads = 0

    @beam.DoFn.unbounded_per_element()
    def process(self, segment: Segment, tracker: Any = beam.DoFn.RestrictionParam(_SEGMENTS),
                watermark: Any = beam.DoFn.WatermarkEstimatorParam(
                    ManualWatermarkEstimator.default_provider())) -> Iterator[Payload]:
        span = tracker.current_restriction()
        if self.stop.is_set():
            tracker.try_claim(span.stop)
            return
        if not segment.replay and not all(signal.is_set() for signal in self.history.values()):
            tracker.defer_remainder(Duration(seconds=self.pace.idle))
            return
        position, handed_on, until = span.start, 0, time.monotonic() + self.pace.seconds
        while position < span.stop and handed_on < self.pace.records and time.monotonic() < until:
            records = self.log.get().read(segment.topic, segment.partition, position, self.pace.records)
            for record in records:
                if not tracker.try_claim(record.offset):
                    return
                yield payload(record, position, segment.replay)
                position = record.offset + 1
            handed_on += len(records)
            if not records:
                break
        self._pause(segment, tracker, watermark, idle=handed_on == 0, done=position >= span.stop)

    def _pause(self, segment: Segment, tracker: Any, watermark: Any, idle: bool, done: bool) -> None:
        stop = tracker.current_restriction().stop
        if done or (idle and stop < UNBOUNDED):
            tracker.try_claim(stop)  # refused, and so says that all up to the end is done
            if segment in self.history:
                self.history[segment].set()
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


def payload(record: Record, after: int, replay: bool) -> Payload:
    """A record as the graph takes it. History stands for the raw record that it once ended."""
    origin = Origin(record.topic, record.partition, record.offset, after)
    if replay and (raw := raw_of(record)) is not None:
        origin = Origin(*raw, raw[2])
    return Payload(origin, trace_of(origin, record.headers), record.value, replay, clock_of(record))


class ReadLog(beam.PTransform):
    """Payloads of the given segments, in order per segment, all history before anything new.

    Waiting for history needs the reader to run in the launcher's process, as on DirectRunner.
    """

    def __init__(self, address: LogAddress, segments: Sequence[Segment], pace: ReadPace, stop: Signal) -> None:
        super().__init__()
        self.segments = segments
        history = {s: Signal(f"{stop.name}/{s.topic}/{s.partition}") for s in segments if s.replay}
        self.reader = _ReadSegment(address, pace, stop, history, len(segments) - len(history))

    def expand(self, pbegin: Any) -> Any:
        segments = pbegin | beam.Create(list(self.segments), reshuffle=False).with_output_types(Segment)
        return segments | beam.ParDo(self.reader).with_output_types(Payload)


@row
@dataclass(frozen=True)
class Covered:
    """Offsets ``[start, end)`` of a raw partition whose records have all ended, durably.

    ``first`` is where this run began to read the partition, ``prefix`` what Acknowledge makes of it. The
    last three fields are what ``Decide`` asks of an element.
    """

    topic: str
    partition: int
    start: int
    end: int
    first: int
    origin: Origin
    prefix: int = -1
    trace_id: str = ""
    replayed: bool = False


Message = tuple[str, NewRecord]
"""A topic and what to append there."""

Render = Callable[[Any, Log], list[Message]]
"""The messages that end one element; reads the log only to fetch the original bytes of a late reject."""

FLUSH_AT = 500
"""Messages to append at once; a bundle may be larger than memory likes."""


class _Write(beam.DoFn):
    """Appends what a bundle produced, then reports which offsets that covers. Drops nothing but history."""

    def __init__(self, address: LogAddress, render: Render, topics: Sequence[str],
                 firsts: dict[tuple[str, int], int]) -> None:
        self.address = address
        self.render = render
        self.topics = topics
        self.firsts = firsts
        self.written = Metrics.counter("newsbeam", "written")

    def setup(self) -> None:
        self.log = _OpenLog(self.address)
        self.pending: list[Message] = []
        self.ended: list[Origin] = []

    def start_bundle(self) -> None:
        self.pending.clear()
        self.ended.clear()

    def process(self, element: Any) -> None:
        if element.replayed:
            return
        self.pending.extend(self.render(element, self.log.get()))
        self.ended.append(element.origin)
        if len(self.pending) >= FLUSH_AT:
            self._flush()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        self._flush()
        for covered in cover(self.ended, self.firsts):
            yield WindowedValue(covered, GlobalWindow().max_timestamp(), (GlobalWindow(),))

    def _flush(self) -> None:
        for topic in self.topics:
            records = [record for to, record in self.pending if to == topic]
            if records:
                self.log.get().append(topic, records)
        self.written.inc(len(self.pending))
        self.pending.clear()


def cover(ended: Iterable[Origin], firsts: dict[tuple[str, int], int]) -> list[Covered]:
    """Merge ended offsets into as few spans as possible, per partition, ascending."""
    spans: list[Covered] = []
    for origin in sorted(ended, key=lambda o: (o.topic, o.partition, o.after)):
        last = spans[-1] if spans else None
        if last and (last.topic, last.partition) == (origin.topic, origin.partition) and origin.after <= last.end:
            spans[-1] = replace(last, end=max(last.end, origin.offset + 1))
        else:
            first = firsts.get((origin.topic, origin.partition), origin.after)
            spans.append(Covered(origin.topic, origin.partition, origin.after, origin.offset + 1, first, origin))
    return spans


class WriteEnded(beam.PTransform):
    """Append the messages that end each element; outputs the raw offsets that are covered thereby.

    ``topics`` is the order of appending: what a restart could not make again (alerts) goes before what
    makes it known (the enriched article).
    """

    def __init__(self, address: LogAddress, render: Render, topics: Sequence[str],
                 firsts: dict[tuple[str, int], int]) -> None:
        super().__init__()
        self.writer = _Write(address, render, tuple(topics), firsts)

    def expand(self, pcoll: Any) -> Any:
        return pcoll | beam.ParDo(self.writer).with_output_types(Covered)


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


def by_partition(covered: Covered) -> tuple[str, Covered]:
    """The key under which one instance sees all spans of a partition."""
    return f"{covered.topic}/{covered.partition}", covered


class _Commit(beam.DoFn):
    """Commits growing prefixes, once per bundle and partition."""

    def __init__(self, address: LogAddress, group: str) -> None:
        self.address = address
        self.group = group

    def setup(self) -> None:
        self.log = _OpenLog(self.address)
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
        return (pcoll | beam.Map(by_partition)
                | "Prefix" >> beam.ParDo(Remember(AckIndex)).with_output_types(Covered)
                | beam.ParDo(self.committer))
