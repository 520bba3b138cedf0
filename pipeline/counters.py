"""The figures of the live screen, read from where each part keeps them: no part has to report to another."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pipeline.collect.run import STATE
from pipeline.collect.state import CollectState
from pipeline.errors import NewsbeamError
from pipeline.log import Log
from pipeline.records import DEAD_LETTER, ENRICHED, LANES
from pipeline.settings import Settings
from pipeline.sink.open_reading import open_reading
from pipeline.sink.read import Totals

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Counters:
    """``troubles`` are the reasons of feeds that fail, with how many of each. ``polls`` and ``published`` count
    since the data folder began; ``raw``, ``enriched`` and ``dead_letters`` are
    records that the log ever took; ``lag`` raw records without an end yet; the rest is what can be queried."""

    feeds: int = 0
    failing: int = 0
    polls: int = 0
    published: int = 0
    raw: int = 0
    enriched: int = 0
    dead_letters: int = 0
    lag: int = 0
    articles: int = 0
    duplicates: int = 0
    stories: int = 0
    languages: int = 0
    alerts: int = 0
    troubles: dict[str, int] = field(default_factory=dict)


def read_counters(settings: Settings, log: Log) -> Counters:
    """What the collector's state, the log and the sink say now; zero where a part has not begun."""
    feeds, failing, polls, published, troubles = _feeds(settings.data / STATE)
    totals = _sink(settings.sink_url)
    return Counters(
        feeds, failing, polls, published, troubles=troubles,
        raw=sum(_ends(log, topic) for topic in LANES), enriched=_ends(log, ENRICHED),
        dead_letters=_ends(log, DEAD_LETTER), lag=sum(lag(log, settings.group, topic) for topic in LANES),
        **totals._asdict())


def _ends(log: Log, topic: str) -> int:
    return sum(log.end(topic, partition) for partition in range(log.partitions(topic)))


def lag(log: Log, group: str, topic: str) -> int:
    """How many records of a topic ``group`` has not committed yet."""
    return behind(log, topic, log.committed(group, topic))


def behind(log: Log, topic: str, committed: Mapping[int, int]) -> int:
    """How many records of a topic lie at or after what was ``committed`` of each partition."""
    return sum(max(0, log.end(topic, p) - max(log.beginning(topic, p), committed.get(p, 0)))
               for p in range(log.partitions(topic)))


def _feeds(path: Path) -> tuple[int, int, int, int, dict[str, int]]:
    def read() -> tuple[int, int, int, int, dict[str, int]]:
        state = CollectState(path)
        try:
            return (*state.totals(), state.troubles())
        finally:
            state.close()

    none: dict[str, int] = {}
    return _or_zero(path, read, (0, 0, 0, 0, none))


def _sink(url: str) -> Totals:
    try:
        with open_reading(url) as reading:
            return reading.totals()
    except NewsbeamError:  # not made yet, being made, or away: its own part says why
        return Totals()


def _or_zero(path: Path, read: Callable[[], T], zero: T) -> T:
    """A part that has not made its file yet, or is making it just now, counts nothing."""
    try:
        return read() if path.exists() else zero
    except (NewsbeamError, sqlite3.Error):
        return zero
