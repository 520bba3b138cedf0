"""What ``newsbeam status`` knows, as Prometheus reads it: printed once, or served and looked up at each scrape.

Numbers are counted over all sources, never one a source: a label for each of ten thousand feeds is what Prometheus'
own guide warns of (prometheus.io, "Metric and label naming"). ``newsbeam status --sources --json`` has each.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pipeline.collect.state import FeedState
from pipeline.errors import NewsbeamError, WrongUsage
from pipeline.records import iso
from pipeline.settings import Settings
from pipeline.source_health import SourceHealth, glance, outcomes
from pipeline.status import Status, status

LATE = 600
"""Seconds after which a feed that should have been asked counts as overdue."""


class Exposed(Collector):
    """``registry.register(Exposed(settings, clock))``: reads the state anew whenever it is asked."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._settings, self._clock = settings, clock

    def collect(self) -> Iterator[Metric]:
        """All families. A part that cannot be read is counted in ``newsbeam_problems``."""
        sources: list[SourceHealth] = []

        def feeds_of(file: Path) -> dict[str, FeedState]:
            feeds, healths = glance(file, self._clock)
            sources.extend(healths)
            return feeds

        yield from of_status(status(self._settings, self._clock, feeds_of))
        yield from of_sources(sources, self._clock())


def of_status(found: Status) -> Iterator[Metric]:
    """Feeds, topics, lag, rows, dead letters, own lists, and how many parts could not be read."""
    yield _gauge("feeds", "feeds by their state", ("state",), {(state,): n for state, n in found.feeds.items()})
    yield _gauge("topic_records", "records that the log keeps", ("topic",),
                 {(lag.topic,): lag.records for lag in found.lag})
    yield _gauge("lag_records", "records that a consumer has yet to take", ("consumer", "topic"),
                 {(lag.consumer, lag.topic): lag.records if lag.behind is None else lag.behind for lag in found.lag})
    yield _gauge("sink_rows", "rows in the sink", ("table",), {(name,): n for name, n in (found.sink or {}).items()})
    letters: Counter[tuple[str, ...]] = Counter()
    for row in found.dead_letters:
        letters[str(row["stage"]), str(row["reason"])] += int(row["count"])
    yield _gauge("dead_letters", "dead letters in the sink", ("stage", "reason"), letters)
    yield _gauge("problems", "parts whose state could not be read", (), {(): len(found.problems)})
    yield _gauge("own_list_names", "names of a list of your own that the graph uses", ("list",),
                 {(own.file,): own.names or 0 for own in found.lists})
    yield _gauge("own_lists_wrong", "lists of your own that could not be used when they were last looked at", (),
                 {(): sum(bool(own.error) for own in found.lists)} if found.lists else {})


def of_sources(sources: Iterable[SourceHealth], now: float) -> Iterator[Metric]:
    """Polls and what came of them; ``now`` is Unix seconds."""
    known, late = list(sources), iso(int(now) - LATE) or ""
    yield _gauge("last_polls", "sources by what their last poll came to", ("reason",),
                 {(reason,): count for reason, count in outcomes(known).items()})
    overdue = sum(source.status != "disabled" and bool(source.next_attempt) and (source.next_attempt or "") < late
                  for source in known)
    yield _gauge("feeds_overdue", f"feeds that should have been asked {LATE // 60} minutes ago", (), {(): overdue})
    yield _gauge("feeds_silent", "feeds without news for far longer than usual", (),
                 {(): sum(source.silent for source in known)})
    for name, about, count in (("polls", "polls", sum(source.polls for source in known)),
                               ("poll_errors", "polls that failed", sum(source.errors for source in known)),
                               ("published", "entries published", sum(source.published for source in known))):
        yield CounterMetricFamily(f"newsbeam_{name}", f"{about}, of all feeds that are remembered", value=count)


def _gauge(name: str, about: str, labels: Sequence[str], values: dict[tuple[str, ...], int]) -> Metric:
    family = GaugeMetricFamily(f"newsbeam_{name}", about, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def exposition(settings: Settings, clock: Callable[[], float] = time.time) -> str:
    """All metrics in Prometheus' text format."""
    return generate_latest(_registry(settings, clock)).decode()


def serve(settings: Settings, listen: str, stop: threading.Event, ready: Callable[[str], None]) -> None:
    """Answer scrapes at ``http://HOST:PORT/metrics`` until ``stop`` is set; ``ready`` is told the address.

    Raises WrongUsage for what is no host:port, NewsbeamError where nobody can listen there.
    """
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise WrongUsage(f"--listen {listen!r} is no host:port such as 127.0.0.1:9464")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), _registry(settings, time.time))
    except OSError as error:
        raise NewsbeamError(f"cannot listen on {listen}: {error.strerror or error}; choose another port") from None
    ready(f"http://{host}:{server.server_port}/metrics")
    try:
        stop.wait()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _registry(settings: Settings, clock: Callable[[], float]) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(Exposed(settings, clock))
    return registry
