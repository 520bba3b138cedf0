"""The state of everything on one screen: feeds, lag of each consumer, failures, dead letters, alerts."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson
from rich.console import Group
from rich.markup import escape
from rich.table import Table

from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.run import STATE
from pipeline.collect.state import CollectState, FeedState
from pipeline.counters import behind
from pipeline.errors import NewsbeamError, SinkAbsent
from pipeline.log import Log, open_log
from pipeline.own_lists import OwnList, own_lists
from pipeline.records import LANES, iso
from pipeline.settings import Settings
from pipeline.sink.consume import TOPICS
from pipeline.sink.open_reading import open_reading, sink_name
from pipeline.sink.read import State

T = TypeVar("T")

LATEST = 10
"""Failing feeds and alerts that are listed; all are counted."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a consumer is in a topic: ``behind`` records, None where it has never read."""

    consumer: str
    topic: str
    records: int
    behind: int | None


@dataclass(frozen=True, slots=True)
class FailingFeed:
    """A feed whose last poll failed. Times are ISO 8601, UTC."""

    feed_id: str
    url: str
    status: str
    reason: str
    explanation: str
    failures: int
    polled_at: str | None
    ok_at: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """What ``newsbeam status`` shows. ``sink`` counts the rows of its tables; None where there is none yet.

    ``problems`` are parts that could not be read; the rest still holds. ``reasons`` counts why feeds fail. ``lists``
    are the user's own lists of names as the graph has them.
    """

    at: str
    feeds: dict[str, int]
    failing: tuple[FailingFeed, ...]
    lag: tuple[Lag, ...]
    sink: dict[str, int] | None
    dead_letters: tuple[dict[str, Any], ...]
    alerts: tuple[dict[str, Any], ...]
    problems: tuple[str, ...]
    reasons: dict[str, int] = field(default_factory=dict)
    lists: tuple[OwnList, ...] = ()

    def as_json(self) -> str:
        """One line."""
        return orjson.dumps(asdict(self)).decode()

    def as_table(self) -> Group:
        """For people."""
        feeds = ", ".join(f"{count:,} {name}" for name, count in self.feeds.items()) or "none polled yet"
        rows = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in (self.sink or {}).items())
        why = ", ".join(f"{count:,} {reason}" for reason, count in self.reasons.items())
        failing = f"; failing: {why} (newsbeam status --sources)" if why else ""
        return Group(f"Feeds: {feeds}{failing}", *self._tables(), f"Sink: {rows or 'empty'}",
                     *(escape(f"Problem: {problem}") for problem in self.problems))

    def _tables(self) -> Iterator[Table]:
        behind = [(lag.consumer, lag.topic, f"{lag.records:,}", "-" if lag.behind is None else f"{lag.behind:,}")
                  for lag in self.lag]
        yield from _table("Lag", ("Consumer", "Topic", "Records in the log", "Behind"), behind)
        yield from _table("Failing feeds", ("Feed", "Reason", "Failures", "Last good", "Explanation"), [
            (feed.url, feed.reason, str(feed.failures), feed.ok_at or "never", feed.explanation)
            for feed in self.failing])
        yield from _table("Dead letters", ("Stage", "Reason", "Count", "Last"), [
            (row["stage"], row["reason"], f"{row['count']:,}", row["last"] or "-") for row in self.dead_letters])
        yield from _table("Own lists of names", ("List", "Names in use", "Read", "Wrong with it"), [
            (own.file, "-" if own.names is None else f"{own.names:,}", own.read_at or "never", own.error)
            for own in self.lists])
        yield from _table("Latest alerts", ("Started", "Topic", "Event", "Articles", "Expected"), [
            (row["started_at"], row["topic"], row["event"], f"{row['observed']:,}", f"{row['expected']:.1f}")
            for row in self.alerts])


def _table(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[Table]:
    """A table of plain text; nothing where there are no rows."""
    if rows:
        table = Table(*columns, title=title, title_justify="left")
        for row in rows:
            table.add_row(*map(escape, row))
        yield table


def status(settings: Settings, clock: Callable[[], float] = time.time,
           feeds_of: Callable[[Path], dict[str, FeedState]] | None = None) -> Status:
    """Read the state of the data folder and of the log; parts that do not exist yet are empty.

    Changes no record, row or offset. A part that cannot be read is named in ``problems``. ``feeds_of`` reads the
    collector's state, for callers that look at it in another way too.
    """
    problems: list[str] = []
    feeds: dict[str, FeedState] = _attempt(problems, {}, lambda: (feeds_of or _feeds)(settings.data / STATE))
    lag: tuple[Lag, ...] = _attempt(problems, (), lambda: _log_lag(settings))
    stored = _attempt(problems, State(), lambda: _sink(settings.sink_url))
    counts: dict[str, int] = {}
    for feed in feeds.values():
        counts[feed.status] = counts.get(feed.status, 0) + 1
    now = iso(int(clock()))
    assert now is not None
    reasons = dict(Counter(feed.reason for feed in feeds.values() if feed.failures).most_common())
    return Status(now, counts, _failing(feeds), lag, *stored, tuple(problems), reasons, own_lists(settings))


def _attempt(problems: list[str], otherwise: T, read: Callable[[], T]) -> T:
    try:
        return read()
    except (NewsbeamError, sqlite3.Error, OSError) as error:
        problems.append(str(error))
        return otherwise


def _feeds(path: Path) -> dict[str, FeedState]:
    if not path.exists():
        return {}
    state = CollectState(path)
    try:
        return state.feeds()
    finally:
        state.close()


def _failing(feeds: dict[str, FeedState]) -> tuple[FailingFeed, ...]:
    """The longest failing first."""
    worst = sorted((feed for feed in feeds.values() if feed.failures), key=lambda feed: -feed.failures)
    return tuple(FailingFeed(feed.feed_id, without_secrets(feed.url), feed.status, feed.reason, feed.explanation,
                             feed.failures, _time(feed.polled_at), _time(feed.ok_at)) for feed in worst[:LATEST])


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else iso(int(seconds))


def _log_lag(settings: Settings) -> tuple[Lag, ...]:
    """The graph's lag on the raw topics, the sink's on the others."""
    embedded = settings.log_url.startswith("sqlite:///")
    if embedded and not Path(settings.log_url.removeprefix("sqlite:///")).exists():
        return ()
    sink = f"{settings.group}-sink-{sink_name(settings.sink_url)}"
    with open_log(settings.log_url, settings.log_options) as log:
        return tuple(_lag(log, consumer, topic) for consumer, topics in
                     ((settings.group, tuple(LANES)), (sink, TOPICS)) for topic in topics)


def _lag(log: Log, group: str, topic: str) -> Lag:
    """What a group has not committed; from the oldest record left where it never did."""
    records = sum(log.end(topic, partition) - log.beginning(topic, partition)
                  for partition in range(log.partitions(topic)))
    committed = log.committed(group, topic)
    return Lag(group, topic, records, behind(log, topic, committed) if committed or not records else None)


def _sink(url: str) -> State:
    try:
        with open_reading(url) as reading:
            return reading.state(LATEST)
    except SinkAbsent:
        return State()
