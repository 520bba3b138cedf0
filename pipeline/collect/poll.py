"""The loop: ask every feed when it is due, settle what came, go on whatever happens."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pipeline.collect.after_poll import Brought, Result, address_of
from pipeline.collect.budget import Budget, key
from pipeline.collect.desk import Desk, Means, Settled
from pipeline.collect.fetch.fetch import Fetched, Fetcher, Limits, NotModified, Validators
from pipeline.collect.fetch.robots import Robots
from pipeline.collect.fetch.web_memory import WebMemory
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.lists.list_changes import ListWatch
from pipeline.collect.orders import EVERY, Orders
from pipeline.collect.outage import Outage
from pipeline.collect.pages.archive import Archive
from pipeline.collect.pages.complete import ArticlePages
from pipeline.collect.pages.complete_entries import Pages, complete_entries
from pipeline.collect.pages.repeated_lines import RepeatedLines
from pipeline.collect.progress import Progress
from pipeline.collect.push.websub import WebSub
from pipeline.collect.push.websub_server import pushes
from pipeline.collect.roster import Roster
from pipeline.collect.schedule import asks_whole
from pipeline.collect.state import CollectState, FeedState
from pipeline.collect.trouble import Trouble, is_domain
from pipeline.collect.turns import Turns
from pipeline.collect.wishes import Wishes
from pipeline.collect.worker import ParseWorkers
from pipeline.errors import FetchError
from pipeline.log import Log
from pipeline.settings import Settings

__all__ = ["EVERYDAY", "IN_FLIGHT", "Progress", "Run", "collect"]

IN_FLIGHT = 200
MOST_COMPLETING = 1000
"""Polls whose entries wait for their pages; beyond, no feed is asked until some have ended."""
_RESOLVERS = 32
"""Threads for the system's resolver: with Python's default (CPUs + 4) a few slow names stop all others."""

EVERYDAY = Means(time.time, random.random, lambda: uuid.uuid4().hex)


async def collect(settings: Settings, feeds: Sequence[Feed], open_log: Callable[[], Log],
                  open_state: Callable[[], CollectState], stop: asyncio.Event, *, once: bool = False,
                  progress: Callable[[Progress], None] = lambda _: None, means: Means = EVERYDAY,
                  limits: Limits | None = None, workers: ParseWorkers | None = None,
                  open_wishes: Callable[[], Wishes] | None = None, watch: ListWatch | None = None,
                  memory: WebMemory | None = None, lines: RepeatedLines | None = None,
                  archive: Archive | None = None) -> Progress:
    """Poll until ``stop`` is set, or with ``once`` every feed one time, due or not.

    ``open_log``, ``open_state`` and ``open_wishes`` are called in the thread that uses them. ``watch`` sees
    changes of the list, ``memory`` keeps what sites said to robots, ``lines`` what outlets repeat on their pages,
    ``archive`` the pages. What goes wrong with a feed goes to its state and the counts; LogError and NewsbeamError
    are raised only where log or state cannot be opened at all.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_RESOLVERS, "resolve"))
    budget = Budget(settings.domain_seconds, settings.domain_requests)
    async with (Desk(open_log, open_state, settings.poll_minutes * 60, means, open_wishes) as desk,
                Fetcher(settings.contact, settings.allow_network, limits, ports=settings.allow_ports) as fetcher,
                workers or ParseWorkers() as parsers):
        robots = Robots(fetcher, means.clock, budget.turn, memory)
        pages = ArticlePages(fetcher, robots, budget, parsers, means.clock, lines, archive) if settings.pages else None
        run = Run(desk, fetcher, parsers, budget, means, progress, once=once, pages=pages, robots=robots, watch=watch)
        async with pushes(settings, fetcher.post, run.wake, means.clock, memory, budget.turn, once=once) as run.websub:
            await run.go(feeds, stop)
        return run.progress


class Run:
    """One run. ``pages`` completes entries from their pages, ``robots`` says what may be fetched of pages and
    sitemaps, ``watch`` sees changes of the list, where given."""

    def __init__(self, desk: Desk, fetcher: Fetcher, workers: ParseWorkers, budget: Budget, means: Means,
                 report: Callable[[Progress], None], *, once: bool = False, pages: Pages | None = None,
                 robots: Robots | None = None, watch: ListWatch | None = None) -> None:
        self._desk, self._fetcher, self._workers, self._pages = desk, fetcher, workers, pages
        self._budget, self._means, self._report, self._once = budget, means, report, once
        self._trouble, self._outage = Trouble(), Outage()
        self._changed = asyncio.Event()
        self._turns = Turns(budget, self._trouble.until, once=once, ready=self._changed.set)
        self._roster = Roster(self._turns, desk.active, means, once=once)
        self._orders = Orders(self._roster, desk.rest, watch)
        self._robots = robots
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._completing = 0
        self.progress = Progress()
        self.websub: WebSub | None = None

    def wake(self, feed_id: str) -> None:
        """Have a feed asked as soon as its domain's budget allows. May be called in any thread."""
        self._loop.call_soon_threadsafe(self._wake, feed_id)

    async def go(self, feeds: Sequence[Feed], stop: asyncio.Event) -> None:
        """Keep up to IN_FLIGHT polls going until nothing is left or ``stop`` is set."""
        states, holds = await self._desk.load()
        self._trouble.remember(holds)
        for hold in holds:
            if is_domain(hold):
                self._budget.hold(hold.name, hold.until - self._means.clock())
        wishes = await self._desk.wishes() or {}
        await self._desk.grant(await self._orders.begin(feeds, states, wishes, self._means.clock()))
        self.progress.feeds = len(feeds)
        self._outage.begin(self._orders.addresses())
        self._leave_hubs()
        beside = [asyncio.create_task(self._tell(stop)), asyncio.create_task(self._attend())]
        try:
            while not stop.is_set():
                self._start_polls()
                if self._once and not self._tasks and self._turns.empty():
                    break
                self._report_now()
                await self._something_happens()
        finally:
            await _cancel([*beside, *self._tasks])
            self._report_now()

    async def _tell(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._changed.set()

    async def _attend(self) -> None:
        """Notice what people change: wishes for single feeds, and the list."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                wishes = await self._desk.wishes()
                if wishes is not None:
                    await self._desk.grant(await self._orders.wish(wishes, self._means.clock()))
                count = await self._orders.look()
            except Exception as error:  # noqa: BLE001 - it is looked again, and the polls go on meanwhile
                self.progress.last_log_error = f"{type(error).__name__}: {error}"
                continue
            self.progress.list_problem = self._orders.problem
            if count is not None:
                self.progress.feeds = count
                self._outage.begin(self._orders.addresses())
                self._leave_hubs()
            self._changed.set()

    async def _something_happens(self) -> None:
        """A poll ended, a feed is due, a domain may be asked again, or the run is to stop."""
        timer = self._loop.call_later(self._turns.pause(self._means.clock()), self._changed.set)
        await self._changed.wait()
        timer.cancel()
        self._changed.clear()

    def _start_polls(self) -> None:
        free = IN_FLIGHT - (len(self._tasks) - self._completing) if self._completing < MOST_COMPLETING else 0
        for feed in self._turns.take(self._means.clock(), free):
            task = asyncio.create_task(self._poll(feed))
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        self.progress.put_off = len(self._turns.put_off)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._changed.set()
        if not task.cancelled():
            task.result()

    def _report_now(self) -> None:
        self.progress.in_flight = len(self._tasks)
        self.progress.woken = self.websub.pushes.woken if self.websub is not None else 0
        self._report(self.progress)

    async def _poll(self, feed: Feed) -> None:
        """One poll of one feed. Whatever it comes to, the feed has a state and a next attempt."""
        state = self._roster.state(feed)
        try:
            settled = await self._settle(feed, state, await self._ask(feed, state))
            self._count(state, settled)
            after = settled.state
        except Exception as error:  # noqa: BLE001 - log or state, or what no rule foresaw: this feed comes again
            self.progress.polls += 1
            self.progress.log_errors += 1
            self.progress.last_log_error = str(error)
            after = await self._desk.note(state, error)
        self._roster.polled(feed, after)

    async def _ask(self, feed: Feed, state: FeedState) -> Result:
        """Fetch and read; the domain's budget is free again as soon as the request has ended."""
        whole = asks_whole(self._means.clock(), state.whole_at, state.new_at, state.gap, state.pending)
        sent = Validators() if whole else Validators(state.etag, state.last_modified)
        url, began = address_of(feed, state), self._loop.time()
        try:
            outcome = await self._request(feed, url, sent)
            ours = self._outage.heard(url, outcome)
            if ours is not None:
                return Result(ours, seconds=self._loop.time() - began)
            await self._heard(url, outcome)
            seconds = self._loop.time() - began
            if isinstance(outcome, Fetched):
                return await self._read(feed, outcome, state, seconds)
            return Result(outcome, seconds=seconds)
        except FetchError as error:  # its domain is to be left alone
            return Result(error)
        except Exception as error:  # noqa: BLE001 - a case that no rule foresaw is this feed's error, not the run's
            return Result(FetchError("unexpected", f"{type(error).__name__}: {error}"))

    async def _request(self, feed: Feed, url: str, sent: Validators) -> Fetched | NotModified | FetchError:
        """Robots are asked for what nobody gave us as a feed: pages and sitemaps (RFC 9309). Their own file takes a
        turn of the domain, so ours is given back first."""
        if self._robots is None or feed.kind == "feed":
            try:
                return await self._fetcher.fetch(url, sent, feed=feed)
            finally:
                self._turns.fetched(feed)
        self._turns.fetched(feed)
        refused = await self._robots.refusal(url)
        if refused is not None:
            return refused
        self._budget.slow_down(url, await self._robots.delay(url))
        async with self._budget.turn(url):
            return await self._fetcher.fetch(url, sent, feed=feed)

    async def _read(self, feed: Feed, fetched: Fetched, state: FeedState, seconds: float) -> Result:
        size = len(fetched.body)
        if fetched.body_hash == state.body_hash and not state.pending:
            same = NotModified(fetched.validators, fetched.fresh_for, fetched.url, fetched.moved)
            return Result(same, whole=True, size=size, seconds=seconds)
        parsed = await self._workers.parse(fetched.body, fetched.content_type, fetched.url, feed.kind, feed.selector)
        # Its bytes are not needed any more; what waits at the desk should be small.
        outcome = parsed if isinstance(parsed, FetchError) else replace(fetched, body=b"")
        read = None if isinstance(parsed, FetchError) else parsed
        if read is not None and self.websub is not None:
            self.websub.offer(feed.feed_id, fetched.hub or read.hub, fetched.topic or read.topic or fetched.url)
        return Result(outcome, read, whole=read is not None, size=size, seconds=seconds)

    def _leave_hubs(self) -> None:
        """Those of feeds that are not polled any more."""
        if self.websub is not None:
            self.websub.keep_only(self._desk.active)

    async def _heard(self, url: str, outcome: Fetched | NotModified | FetchError) -> None:
        """What an answer means for the other feeds of its domain and host; kept for the next run too."""
        now = self._means.clock()
        hold = self._trouble.heard(url, outcome, now)
        if hold is not None:
            if is_domain(hold):
                self._budget.hold(hold.name, hold.until - now)
            self._turns.leave_alone(key(url), now)
            await self._desk.use(lambda state: state.hold(hold))

    async def _settle(self, feed: Feed, state: FeedState, result: Result) -> Settled:
        ahead: Brought | None = None
        if self._pages is not None and result.parsed is not None and feed.pages != "never":
            self._completing += 1
            self._changed.set()
            try:
                ahead = await complete_entries(self._desk, self._pages, feed, result.parsed)
            finally:
                self._completing -= 1
        settled = await self._desk.settle(feed, state, result, ahead)
        if result.parsed is not None:
            self._roster.listed(feed, settled.state, result.parsed.children)
        return settled

    def _count(self, before: FeedState, settled: Settled) -> None:
        progress, after = self.progress, settled.state
        progress.polls += 1
        progress.errors += after.errors - before.errors
        progress.unchanged += after.unchanged - before.unchanged
        progress.fetched += after.parsed_at != before.parsed_at
        progress.new += settled.new
        progress.revised += settled.revised

    def _wake(self, feed_id: str) -> None:
        if self._turns.wake(feed_id, self._means.clock()):
            self._changed.set()


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
