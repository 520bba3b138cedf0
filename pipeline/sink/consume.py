"""Move records from the log to a sink, from the offsets that the sink itself keeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, runtime_checkable

from pipeline.errors import LogError, SinkBusy
from pipeline.log import Log, Record, open_log
from pipeline.records import ALERTS, DEAD_LETTER, ENRICHED, SOURCES
from pipeline.settings import Settings
from pipeline.sink import Counts, Sink, open_sink

T = TypeVar("T")

TOPICS = (ENRICHED, ALERTS, DEAD_LETTER, SOURCES)
LONGEST_PAUSE = 30.0
"""Seconds between two attempts on a sink that is locked, away or full."""


LOOK = 10.0
"""Seconds between two looks for partitions that topics have got since."""


class Stop(Protocol):
    """A flag that someone else sets, as ``threading.Event``."""

    def is_set(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sink is. ``lag`` is in records; ``problem`` says why it is waiting, None while it is not."""

    stored: Counts
    lag: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """``batch`` records or ``linger`` seconds make a transaction; an idle read waits ``wait`` seconds.

    With ``gather`` a batch waits for those seconds to pass or for that many records; else for no more than is there.
    """

    batch: int = 500
    linger: float = 0.2
    wait: float = 0.2
    gather: bool = False


@runtime_checkable
class Gathering(Protocol):
    """A sink that wants few large batches: ``rows`` records, or what comes in ``seconds``."""

    rows: int
    seconds: float


def pace_of(sink: Sink, wait: float) -> Pace:
    """How much to hand to a sink at once."""
    if isinstance(sink, Gathering):
        return Pace(sink.rows, sink.seconds, wait, gather=True)
    return Pace(wait=wait)


def patiently(attempt: Callable[[], T], stop: Stop, say: Callable[[str], None],
              sleep: Callable[[float], None] = time.sleep) -> T:
    """Try again while the sink is locked, away or full. Stopping gives up: the log still has the records."""
    pause = 0.1
    while True:
        try:
            return attempt()
        except SinkBusy as error:
            if stop.is_set():
                raise
            say(str(error))
            sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def sink_group(settings: Settings, sink: Sink) -> str:
    """The consumer group under which the log shows how far this sink is."""
    return f"{settings.group}-sink-{sink.name}"


def run_sink(settings: Settings, stop: Stop, until_end: bool = False,
             progress: Callable[[Progress], None] = lambda _: None) -> Counts:
    """Store what the topics hold in the sink that ``settings`` name; returns what was stored.

    Ends when ``stop`` is set or, with ``until_end``, when all is stored that the log held at the start. A sink
    that cannot be opened for now, as a database that starts later, is waited for. Raises WrongUsage, LogError
    and, for what waiting cannot mend, SinkError.
    """
    with open_log(settings.log_url, settings.log_options) as log:
        sink = patiently(lambda: open_sink(settings.sink_url), stop,
                         lambda problem: progress(Progress(Counts(), 0, problem)))
        try:
            group, pace = sink_group(settings, sink), pace_of(sink, settings.poll_seconds)
            return Consumer(log, sink, group, stop, progress, pace).run(until_end)
        finally:
            sink.close()


@dataclass(slots=True)
class Consumer:
    """One sink's reading of the log. Time comes in as ``clock`` (monotonic seconds) and ``sleep``."""

    log: Log
    sink: Sink
    group: str
    stop: Stop
    progress: Callable[[Progress], None] = lambda _: None
    pace: Pace = Pace()
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    stored: Counts = field(default_factory=Counts)
    _positions: dict[tuple[str, int], int] = field(default_factory=dict)
    _turn: int = 0
    _looked: float = 0.0
    _bounded: bool = False

    def run(self, until_end: bool) -> Counts:
        """Read and store until stopped or, if asked, until the present ends of all topics."""
        self._bounded = until_end
        self._positions = self._patiently(self._start)
        ends = {place: self.log.end(*place) for place in self._positions}
        self._commit(set(TOPICS))
        self._show(None)
        while not self.stop.is_set():
            if not until_end and self.clock() >= self._looked + LOOK:
                self._positions |= self._patiently(self._start)
            records = self._collect([], gather=not until_end)
            if records:
                self._store(records)
            elif until_end and all(self._positions[place] >= end for place, end in ends.items()):
                break
            else:
                records = self._wait(self.pace.batch)
                if records:
                    self._store(self._collect(records, gather=not until_end))
        return self.stored

    def _start(self) -> dict[tuple[str, int], int]:
        """Where each partition that is new to this run goes on: the sink's offset, if the log still knows it."""
        self._looked, found = self.clock(), {}
        places = [(topic, partition) for topic in TOPICS for partition in range(self.log.partitions(topic))]
        known = self.sink.offsets() if len(places) > len(self._positions) else {}
        for topic, partition in places:
            if (topic, partition) not in self._positions:
                first, end = self.log.beginning(topic, partition), self.log.end(topic, partition)
                offset = known.get((topic, partition), first)
                if offset > end:  # another log: storing its records is safe, skipping them is not
                    self.sink.restart(topic, partition, first)
                    offset = first
                found[topic, partition] = offset
        return found

    def _collect(self, records: list[Record], gather: bool) -> list[Record]:
        """What is there beside ``records``: up to a batch, in rounds over the partitions.

        It waits for more only where there is something, the pace says so and ``gather`` allows it.
        """
        until = self.clock() + self.pace.linger
        while len(records) < self.pace.batch:
            before = len(records)
            for place in self._positions:
                records += self._read(place, self.pace.batch - len(records), 0.0)
                if len(records) >= self.pace.batch:
                    break
            if self.clock() >= until or self.stop.is_set():
                break
            if len(records) == before:
                if not (records and gather and self.pace.gather):
                    break
                records += self._wait(self.pace.batch - len(records))
        return records

    def _wait(self, limit: int) -> list[Record]:
        """Wait for the next article; the partitions take turns, other topics are looked at in between."""
        places = [place for place in self._positions if place[0] == ENRICHED]
        self._turn = (self._turn + 1) % len(places)
        return self._read(places[self._turn], limit, self.pace.wait)

    def _read(self, place: tuple[str, int], limit: int, wait: float) -> list[Record]:
        if limit <= 0:
            return []
        wanted = self._positions[place]
        records = self.log.read(*place, wanted, limit, wait, sure=self._bounded)
        if records and records[0].offset > wanted:
            first = min(self.log.beginning(*place), records[0].offset)
            if first > wanted:  # else a gap of the log's own, as compaction leaves
                self._patiently(lambda: self.sink.missed(*place, wanted, first))
        if records:
            self._positions[place] = records[-1].offset + 1
        return records

    def _store(self, records: list[Record]) -> None:
        self.stored += self._patiently(lambda: self.sink.write(records))
        self._commit({record.topic for record in records})
        self._show(None)

    def _commit(self, topics: set[str]) -> None:
        """Tell the log how far the sink is: for the lag, and for retention to keep what it has yet to read.

        The truth stays in the sink, so that a log that cannot be written now does not stop it.
        """
        try:
            for topic in topics:
                self.log.commit(self.group, topic, {partition: offset for (name, partition), offset
                                                    in self._positions.items() if name == topic})
        except LogError as error:
            self._show(str(error))

    def _patiently(self, attempt: Callable[[], T]) -> T:
        return patiently(attempt, self.stop, self._show, self.sleep)

    def _show(self, problem: str | None) -> None:
        lag = sum(max(0, self.log.end(*place) - offset) for place, offset in self._positions.items())
        self.progress(Progress(self.stored, lag, problem))
