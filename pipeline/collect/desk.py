"""Where a poll is settled: decide, append to the log, then remember; in one thread of its own.

The log and the state are used here only. An append can wait (for the disk, for a lock that the graph or the
sink holds, for a broker), and a waiting event loop would let fetches in flight time out; besides, an
embedded log belongs to the thread that opened it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from pipeline.collect.after_poll import Brought, Result, after_poll, attempt_of, rules
from pipeline.collect.batch import Batches, Records
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.parse.entry import Entry, ParsedFeed
from pipeline.collect.publish import Completed, Plan, assign_articles, plan, raw_records, source_record, wants_page
from pipeline.collect.schedule import RETRY_SOON
from pipeline.collect.state import CollectState, FeedState, Hold
from pipeline.collect.wishes import Wish, Wishes
from pipeline.errors import LogError, LogFull
from pipeline.log import Log

__all__ = ["Desk", "Means", "Result", "Settled"]

PRUNED_EVERY = 86_400.0


@dataclass(frozen=True, slots=True)
class Settled:
    """The feed's state after a poll, how many entries were published as new and as revised."""

    state: FeedState
    new: int = 0
    revised: int = 0


@dataclass(frozen=True, slots=True)
class Means:
    """What a run is given from outside: the time (Unix seconds), chance in 0..1, and unique trace ids."""

    clock: Callable[[], float]
    chance: Callable[[], float]
    new_trace: Callable[[], str]


class Desk:
    """``async with Desk(...) as desk``. ``interval`` is the usual time between two polls, in seconds."""

    def __init__(self, open_log: Callable[[], Log], open_state: Callable[[], CollectState], interval: float,
                 means: Means, open_wishes: Callable[[], Wishes] | None = None) -> None:
        self._open_log, self._open_state, self._open_wishes = open_log, open_state, open_wishes
        self.active: set[str] = set()
        """The ids of the feeds that are polled."""
        self._interval, self._means = interval, means
        self._thread = ThreadPoolExecutor(1, "desk")
        self._log: Log | None = None
        self._state: CollectState | None = None
        self._wishes: Wishes | None = None
        self._batches = Batches(self._thread, lambda: self._opened)
        self._pruned_at = 0.0

    async def __aenter__(self) -> Self:
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._open)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self._batches.drained()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    async def load(self) -> tuple[dict[str, FeedState], list[Hold]]:
        """The state of every feed ever polled, by id, and what is still to be left alone."""
        return await self._batches.use(self._load)

    async def use(self, work: Callable[[CollectState], object]) -> None:
        """Something small to read or write beside the polls. Raises sqlite3.Error."""
        await self._batches.use(work)

    async def missing(self, feed: Feed, parsed: ParsedFeed) -> tuple[list[Entry], list[str]]:
        """The entries that would be published now, or whose page is to be tried again; every entry's article."""
        return await self._batches.settle(lambda state, _: self._missing(state, feed, parsed))

    async def publish(self, feed: Feed, parsed: ParsedFeed, articles: Mapping[str, str],
                      pages: Mapping[str, Completed]) -> Brought:
        """Publish the entries of ``pages`` (by entry id) ahead of their poll's end; ``articles`` are their ids.
        The feed's validators stay as they are."""
        return await self._batches.settle(
            lambda state, records: self._publish(state, records, feed, parsed, articles, pages))

    async def settle(self, feed: Feed, before: FeedState, result: Result, ahead: Brought | None = None) -> Settled:
        """Publish what is new, then save. ``ahead`` is what of this poll was published already. Raises LogError
        or sqlite3.Error with nothing saved: the same poll again publishes the same ids and revisions."""
        return await self._batches.settle(
            lambda state, records: self._settle(state, records, feed, before, result, ahead or Brought()))

    async def rest(self, feed: Feed, state: FeedState) -> None:
        """Write down that a feed is not polled any more, for now. Raises as ``settle`` does."""
        now = self._means.clock()

        def work(stored: CollectState, records: Records) -> None:
            records.sources.append(source_record(feed, state, int(now), self._means.new_trace()))
            stored.save(state)

        await self._batches.settle(work)

    async def wishes(self) -> dict[str, Wish] | None:
        """What people want of single feeds, where that changed since the last time. Raises sqlite3.Error."""
        return await self._batches.use(lambda _: self._wishes.news() if self._wishes else None)

    async def grant(self, wishes: Sequence[Wish]) -> None:
        """These feeds are in the queue. Raises sqlite3.Error."""
        def work(_: CollectState) -> None:
            for wish in wishes:
                if self._wishes:
                    self._wishes.granted(wish)

        if wishes:
            await self._batches.use(work)

    async def note(self, state: FeedState, error: Exception) -> FeedState:
        """Write down that we failed, not the feed; its validators stay, so nothing is skipped next time."""
        noted = replace(state, status="failing", reason=_our_reason(error), errors=state.errors + 1,
                        explanation=f"entries were not published: {error}",
                        next_attempt=self._means.clock() + RETRY_SOON)
        # On a full disk this fails too; the run's own counts and the next poll are then all there is.
        with contextlib.suppress(sqlite3.Error):
            await self._batches.use(lambda stored: stored.save(noted))
        return noted

    def _open(self) -> None:
        self._log = self._open_log()
        self._state = self._open_state()
        self._wishes = self._open_wishes() if self._open_wishes else None

    def _close(self) -> None:
        for opened in (self._log, self._state, self._wishes):
            if opened is not None:
                opened.close()

    @property
    def _opened(self) -> tuple[Log, CollectState]:
        assert self._log is not None
        assert self._state is not None
        return self._log, self._state

    def _load(self, state: CollectState) -> tuple[dict[str, FeedState], list[Hold]]:
        self._prune(state)
        return state.feeds(), state.holds(self._means.clock())

    def _prune(self, state: CollectState) -> None:
        now = self._means.clock()
        if now - self._pruned_at >= PRUNED_EVERY:
            state.prune(now)
            self._pruned_at = now

    def _missing(self, state: CollectState, feed: Feed, parsed: ParsedFeed) -> tuple[list[Entry], list[str]]:
        known = state.known(feed.feed_id, [entry.id for entry in parsed.entries])
        ids = assign_articles(feed, parsed.entries, known)
        planned = plan(feed, parsed.entries, ids, known, state.articles(ids), self.active, self._means.clock())
        new = {item.entry.id for item in planned.publish}
        return [entry for entry in parsed.entries if entry.id in new or wants_page(known.get(entry.id))], ids

    def _publish(self, state: CollectState, records: Records, feed: Feed, parsed: ParsedFeed,
                 articles: Mapping[str, str], pages: Mapping[str, Completed]) -> Brought:
        entries = [entry for entry in parsed.entries if entry.id in pages]
        known = state.known(feed.feed_id, [entry.id for entry in entries])
        ids = [articles[entry.id] for entry in entries]
        planned = plan(feed, entries, ids, known, state.articles(ids), self.active, self._means.clock(), pages)
        self._append(state, records, feed, parsed, planned)
        state.save(None, planned.seen, planned.published, feed_id=feed.feed_id)
        return _brought(planned)

    def _settle(self, state: CollectState, records: Records, feed: Feed, before: FeedState, result: Result,
                ahead: Brought) -> Settled:
        now = self._means.clock()
        planned, shares = Plan(), False
        if result.parsed is not None:
            entries = result.parsed.entries
            known = state.known(feed.feed_id, [entry.id for entry in entries])
            shares = bool(known) and before.parsed_at is not None
            ids = assign_articles(feed, entries, known)
            planned = plan(feed, entries, ids, known, state.articles(ids), self.active, now, later=ahead.later)
            self._append(state, records, feed, result.parsed, planned)
        brought = _brought(planned, ahead, shares)
        after = after_poll(feed, before, result, brought, rules(feed, self._interval), now, self._means.chance())
        if _health(before) != _health(after):
            records.sources.append(source_record(feed, after, int(now), self._means.new_trace()))
        state.save(after, planned.seen, planned.published, attempt_of(result, brought, now))
        self._prune(state)
        return Settled(after, brought.new, brought.revised)

    def _append(self, state: CollectState, records: Records, feed: Feed, parsed: ParsedFeed, planned: Plan) -> None:
        """The plan's records, each with all feeds that are known to show the article."""
        if not planned.publish:
            return
        shown = state.feeds_of([item.article_id for item in planned.publish])
        publish = tuple(replace(item, feeds=_shown_by(feed, shown.get(item.article_id, ())))
                        for item in planned.publish)
        records.raw += raw_records(feed, parsed, replace(planned, publish=publish), int(self._means.clock()),
                                   self._means.new_trace)


def _shown_by(feed: Feed, others: Sequence[str]) -> tuple[str, ...]:
    return (feed.feed_id, *(name for name in others if name != feed.feed_id))


def _brought(planned: Plan, ahead: Brought = Brought(), shares: bool = False) -> Brought:  # noqa: B008 - frozen
    new = sum(item.revision == 1 for item in planned.publish)
    return Brought(ahead.new + new, ahead.revised + len(planned.publish) - new, ahead.held_back + planned.held_back,
                   planned.pending, shares)


def _our_reason(error: Exception) -> str:
    if isinstance(error, LogFull):
        return "log-full"
    if isinstance(error, sqlite3.Error):
        return "state-error"
    return "log-error" if isinstance(error, LogError) else "unexpected"


def _health(state: FeedState) -> tuple[str, str, bool, str]:
    return state.status, state.reason, bool(state.warning), state.address
