"""The loop: ask every feed when it is due, settle what came, go on whatever happens."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from pipeline.collect.desk import Desk, Means, Result, Settled
from pipeline.collect.feeds import Feed
from pipeline.collect.fetch import Fetched, Fetcher, Limits, NotModified, Validators
from pipeline.collect.schedule import asks_whole
from pipeline.collect.state import CollectState, FeedState
from pipeline.collect.turns import Turns
from pipeline.collect.worker import ParseWorkers
from pipeline.errors import FetchError, LogError
from pipeline.log import Log
from pipeline.settings import Settings

IN_FLIGHT = 200
_RESOLVERS = 32
"""Threads for the system's resolver: with Python's default (CPUs + 4) a few slow names stop all others."""

EVERYDAY = Means(time.time, random.random, lambda: uuid.uuid4().hex)


@dataclass(slots=True)
class Progress:
    """Counts since the start.

    ``fetched`` are whole answers with something to read, ``new`` and ``revised`` published entries,
    ``errors`` polls that failed at the feed, ``log_errors`` polls whose entries the log or the state did not
    take (they are polled again; ``last_log_error`` says why).
    """

    feeds: int = 0
    polls: int = 0
    fetched: int = 0
    unchanged: int = 0
    new: int = 0
    revised: int = 0
    errors: int = 0
    log_errors: int = 0
    in_flight: int = 0
    last_log_error: str = ""


async def collect(settings: Settings, feeds: Sequence[Feed], open_log: Callable[[], Log],
                  open_state: Callable[[], CollectState], stop: asyncio.Event, *, once: bool = False,
                  progress: Callable[[Progress], None] = lambda _: None, means: Means = EVERYDAY,
                  limits: Limits | None = None, workers: ParseWorkers | None = None) -> Progress:
    """Poll until ``stop`` is set, or with ``once`` every feed one time, due or not.

    ``open_log`` and ``open_state`` are called in the thread that uses them. What goes wrong with a feed goes
    to its state and the counts; LogError and NewsbeamError are raised only where log or state cannot be
    opened at all.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_RESOLVERS, "resolve"))
    async with (Desk(open_log, open_state, feeds, settings.poll_minutes * 60, means) as desk,
                Fetcher(settings.contact, settings.allow_network, limits, ports=settings.allow_ports) as fetcher,
                workers or ParseWorkers() as parsers):
        run = _Run(desk, fetcher, parsers, means, progress)
        await run.go(feeds, stop, once)
        return run.progress


class _Run:
    """One run over one list of feeds."""

    def __init__(self, desk: Desk, fetcher: Fetcher, workers: ParseWorkers, means: Means,
                 report: Callable[[Progress], None]) -> None:
        self._desk, self._fetcher, self._workers = desk, fetcher, workers
        self._means, self._report = means, report
        self._states: dict[str, FeedState] = {}
        self.progress = Progress()

    async def go(self, feeds: Sequence[Feed], stop: asyncio.Event, once: bool) -> None:
        """Keep up to IN_FLIGHT polls going until nothing is left or ``stop`` is set."""
        self._states = await self._desk.load()
        self.progress.feeds = len(feeds)
        turns = Turns(feeds, {name: 0.0 if once else state.next_attempt for name, state in self._states.items()})
        stopped = asyncio.create_task(stop.wait())
        running: dict[asyncio.Task[Any], Feed] = {}
        try:
            while not stop.is_set() and (running or not (once and turns.empty())):
                for feed in turns.take(self._means.clock(), IN_FLIGHT - len(running)):
                    running[asyncio.create_task(self._poll(feed))] = feed
                self.progress.in_flight = len(running)
                self._report(self.progress)
                done, _ = await asyncio.wait((*running, stopped), timeout=turns.pause(self._means.clock()),
                                             return_when=asyncio.FIRST_COMPLETED)
                for task in done - {stopped}:
                    feed = running.pop(task)
                    task.result()
                    turns.give_back(feed, None if once else self._states[feed.feed_id].next_attempt)
        finally:
            await _cancel((stopped, *running))
            self.progress.in_flight = 0
            self._report(self.progress)

    async def _poll(self, feed: Feed) -> None:
        """One poll of one feed. Whatever it comes to, the feed has a state and a next attempt."""
        state = self._states[feed.feed_id]
        try:
            settled = await self._desk.settle(feed, state, await self._ask(feed, state))
            self._states[feed.feed_id] = settled.state
            self._count(state, settled)
        except (LogError, sqlite3.Error) as error:
            self.progress.polls += 1
            self.progress.log_errors += 1
            self.progress.last_log_error = str(error)
            self._states[feed.feed_id] = await self._desk.note(state, error)

    async def _ask(self, feed: Feed, state: FeedState) -> Result:
        whole = asks_whole(self._means.clock(), state.whole_at)
        sent = Validators() if whole else Validators(state.etag, state.last_modified)
        try:
            outcome = await self._fetcher.fetch(feed.url, sent, feed=feed)
            return await self._read(outcome, state) if isinstance(outcome, Fetched) else Result(outcome)
        except Exception as error:  # noqa: BLE001 - a case that no rule foresaw is this feed's error, not the run's
            return Result(FetchError("unexpected", f"{feed.url}: {type(error).__name__}: {error}"))

    async def _read(self, fetched: Fetched, state: FeedState) -> Result:
        if fetched.body_hash == state.body_hash:
            return Result(NotModified(fetched.validators, fetched.fresh_for), whole=True)
        parsed = await self._workers.parse(fetched.body, fetched.content_type, fetched.url)
        if isinstance(parsed, FetchError):
            return Result(parsed)
        # Its bytes are not needed any more; what waits at the desk should be small.
        return Result(replace(fetched, body=b""), parsed, whole=True)

    def _count(self, before: FeedState, settled: Settled) -> None:
        progress, after = self.progress, settled.state
        progress.polls += 1
        progress.errors += after.errors - before.errors
        progress.unchanged += after.unchanged - before.unchanged
        progress.fetched += after.parsed_at != before.parsed_at
        progress.new += settled.new
        progress.revised += settled.revised


async def _cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    chosen = list(tasks)
    for task in chosen:
        task.cancel()
    await asyncio.gather(*chosen, return_exceptions=True)
