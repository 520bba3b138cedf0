"""``newsbeam demo``: the small news web is served, polled twice, enriched, stored and summed up."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson
from rich.console import Console

from pipeline.collect.lists.feeds import parse_feeds
from pipeline.collect.run import run_collect
from pipeline.counters import Counters, lag, read_counters
from pipeline.demo.news_web import NewsWeb
from pipeline.demo.summary import Summary, as_json, render, summarise
from pipeline.errors import NewsbeamError
from pipeline.ledger import ledger
from pipeline.lock import hold
from pipeline.log import Log, open_log
from pipeline.log.whole_topic import read_topic
from pipeline.records import ALERTS, DEAD_LETTER, ENRICHED, JsonObject
from pipeline.screen import tell
from pipeline.settings import Settings
from pipeline.sink.consume import TOPICS
from pipeline.supervise import Part
from pipeline.up import parts_of, watching

LONGEST = 180.0
"""Seconds after which something must be wrong; it takes some fifteen."""


def run_demo(data: Path | None, machine: bool) -> None:
    """Run it in ``data`` (kept) or a temporary folder; prints the summary, as JSON for a machine."""
    if data is None:
        with tempfile.TemporaryDirectory(prefix="newsbeam-demo-") as folder:
            _show(demo(Path(folder)), machine)
    elif data.exists() and any(data.iterdir()):
        raise NewsbeamError(f"{data} is not empty: the demo wants a folder of its own")
    else:
        summary = demo(data)
        tell(f"all of it stays in {data}: newsbeam search --data {data} …")
        _show(summary, machine)


def _show(summary: Summary, machine: bool) -> None:
    if machine:
        print(orjson.dumps(as_json(summary)).decode(), flush=True)  # noqa: T201 - the answer
    else:
        Console().print(render(summary))


def demo(folder: Path) -> Summary:
    """Serve, poll, correct, poll again; graph and sink run beside it. Raises NewsbeamError."""
    settings = Settings(data=folder, log="", sink="", allow_network=("127.0.0.0/8",), pages=False)
    with hold(folder, "up"), served() as web:
        parts = parts_of(settings, ("enrich",), ("sink",))
        feeds = parse_feeds(web.feeds(), "demo.toml")
        tell(f"demo: {len(feeds)} feeds of an invented news web on {web.url('/')}")
        try:
            with watching(settings) as watch, open_log(settings.log_url, settings.log_options) as log:
                for phase in (1, 2):
                    web.phase = phase
                    run_collect(settings, feeds, once=True, progress=lambda _: _tend(parts, watch))
                _until(lambda: _arrived(settings, log), parts, watch)
                return _summary(log)
        finally:
            for part in parts:
                part.stop(seconds=5.0)


@contextmanager
def served() -> Iterator[NewsWeb]:
    """The news web in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="news-web", daemon=True)
    thread.start()
    web = NewsWeb(time.time)
    asyncio.run_coroutine_threadsafe(web.start(), loop).result()
    try:
        yield web
    finally:
        asyncio.run_coroutine_threadsafe(web.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def _tend(parts: Sequence[Part], watch: Callable[[Sequence[Part]], None]) -> None:
    for part in parts:
        part.tend(time.monotonic())
    watch(parts)


def _until(arrived: Callable[[], bool], parts: Sequence[Part], watch: Callable[[Sequence[Part]], None]) -> None:
    until = time.monotonic() + LONGEST
    while not arrived():
        _tend(parts, watch)
        if time.monotonic() > until:
            said = "; ".join(part.last_error for part in parts if part.last_error) or "no part says why"
            raise NewsbeamError(f"the demo did not end within {LONGEST:.0f} s: {said}")
        time.sleep(0.2)
    watch(parts)


def _arrived(settings: Settings, log: Log) -> bool:
    """Whether every raw record has ended and every end is stored."""
    found: Counters = read_counters(settings, log)
    stored = sum(lag(log, f"{settings.group}-sink-sqlite", topic) for topic in TOPICS)
    return found.raw > 0 and found.lag == 0 and stored == 0


def _summary(log: Log) -> Summary:
    account: JsonObject = orjson.loads(ledger(log).as_json())
    totals = {name: account[name] for name in ("in", "enriched", "dead_letter", "open", "balanced")}
    return summarise(_values(log, ENRICHED), _values(log, ALERTS), _values(log, DEAD_LETTER), totals)


def _values(log: Log, topic: str) -> Iterator[JsonObject]:
    return (orjson.loads(record.value) for record in read_topic(log, topic))
