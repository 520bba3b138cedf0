"""What one run of the graph reads and writes, and how far back it remembers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import WrongUsage
from pipeline.gazetteer_lists import check_lists
from pipeline.history import History
from pipeline.log import Log, Record
from pipeline.log.kafka_settings import without_secrets
from pipeline.partition_spans import UNBOUNDED
from pipeline.read_log import LogAddress, ReadPace, Segment, Signal
from pipeline.records import ENRICHED, RAW, decode_enriched
from pipeline.settings import Settings
from transforms.name_models import missing, models_of

LAST = 100
"""Records at the end of a partition that are looked at for its newest event."""

BEHIND = 86_400
"""Seconds by which those may all be older than the newest event of the stream, from which the horizon counts."""


@dataclass(frozen=True)
class Plan:
    """One run: segments of new records to read, what earlier runs decided, how far back to remember (seconds)."""

    address: LogAddress
    segments: Sequence[Segment]
    history: History
    group: str
    horizon: int
    baseline: int
    stop: Signal
    pace: ReadPace = field(default_factory=ReadPace)
    gazetteers: tuple[Path, ...] = ()
    gazetteer_seconds: float = 30.0
    data: Path = Path()
    name_models: dict[str, str] = field(default_factory=dict)

    @property
    def firsts(self) -> dict[tuple[str, int], int]:
        """Where this run begins to read each raw partition."""
        return {(s.topic, s.partition): s.start for s in self.segments}

    @property
    def remembered(self) -> int:
        """How many records of history there are to learn from."""
        return sum(s.end - s.start for s in self.history.segments)


def plan_run(log: Log, settings: Settings, until_end: bool = False, topics: Sequence[str] = (RAW,)) -> Plan:
    """Read on where the group stands; warm up with what was decided within the longest memory.

    ``until_end`` bounds the run at the ends of the partitions as they are now. Raises WrongUsage for a list of names
    that cannot be used and a model of names that is not installed: who starts a run should know.
    """
    check_lists(settings.gazetteers)
    name_models = installed_models(settings.ner)
    memory = 3600 * max(settings.horizon_hours, settings.baseline_hours)
    newest, event = map(max, zip(*(_newest(log, p) for p in range(log.partitions(ENRICHED))), strict=True))
    history = [segment for partition in range(log.partitions(ENRICHED))
               if (segment := _history(log, partition, newest - memory)) is not None]
    news = [segment for topic in topics for segment in _news(log, settings.group, topic, until_end)]
    address = LogAddress(settings.log_url, without_secrets(settings.log_options))
    since = int(event - 3600 * settings.horizon_hours - BEHIND)
    return Plan(
        address=address, segments=tuple(news), history=History(address, tuple(history), since),
        group=settings.group, horizon=int(3600 * settings.horizon_hours), baseline=int(3600 * settings.baseline_hours),
        stop=Signal(uuid.uuid4().hex),
        gazetteers=settings.gazetteers, gazetteer_seconds=settings.gazetteer_seconds,
        data=settings.data.absolute(),
        name_models=name_models,
        pace=ReadPace(settings.bundle_records, settings.bundle_seconds, settings.poll_seconds))


def installed_models(wanted: Sequence[str]) -> dict[str, str]:
    """Models of names by language, as the setting ``ner`` wants them. Raises WrongUsage if one is not installed."""
    models = models_of(wanted)
    if told := missing(models):
        raise WrongUsage(told)
    return models


def _newest(log: Log, partition: int) -> tuple[float, int]:
    """When the partition's last enriched record was written, and the newest event of its last records (Unix
    seconds); zeros if there is none."""
    last = log.read(ENRICHED, partition, max(0, log.end(ENRICHED, partition) - LAST), limit=LAST)
    return (last[-1].timestamp, max(map(_event_time, last))) if last else (0.0, 0)


def _event_time(record: Record) -> int:
    """Unix seconds; 0 for what is no record of ours (the graph will skip it as history, too)."""
    try:
        return decode_enriched(record.value).event_time
    except (ValueError, KeyError, TypeError):
        return 0


def _history(log: Log, partition: int, since: float) -> Segment | None:
    """The enriched records written since then: their decisions stand."""
    end = log.end(ENRICHED, partition)
    start = log.offset_at(ENRICHED, partition, since)
    return Segment(ENRICHED, partition, start, end) if start < end else None


def _news(log: Log, group: str, topic: str, until_end: bool) -> Iterator[Segment]:
    """What is left to read of a topic, partition by partition."""
    count, committed = log.partitions(topic), log.committed(group, topic)
    for partition in range(count):
        first, last = log.beginning(topic, partition), log.end(topic, partition)
        start = max(committed.get(partition, 0), first)
        if start > last:  # the topic was made anew: to read some records again is safe, to skip new ones is not
            start = first
        if not until_end:
            yield Segment(topic, partition, start, UNBOUNDED, every=count)
        elif start < last:
            yield Segment(topic, partition, start, last)
