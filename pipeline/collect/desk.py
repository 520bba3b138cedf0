"""Where a poll is settled: decide, append to the log, then remember; in one thread of its own.

The log and the state are used here only. An append can wait (for the disk, for a lock that the graph or the
sink holds, for a broker), and a waiting event loop would let fetches in flight time out; besides, an
embedded log belongs to the thread that opened it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self, TypeVar

from pipeline.collect.entry import ParsedFeed
from pipeline.collect.feeds import Feed
from pipeline.collect.fetch import Fetched, NotModified
from pipeline.collect.publish import Plan, assign_articles, plan, raw_records, source_record
from pipeline.collect.schedule import RETRY_SOON, after_failure, after_success
from pipeline.collect.state import CollectState, FeedState
from pipeline.errors import FetchError, LogFull
from pipeline.log import Log
from pipeline.records import RAW, SOURCES

T = TypeVar("T")
PRUNED_EVERY = 86_400.0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of asking a feed. ``whole``: the server sent a whole document, even if it was the old one."""

    outcome: Fetched | NotModified | FetchError
    parsed: ParsedFeed | None = None
    whole: bool = False


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

    def __init__(self, open_log: Callable[[], Log], open_state: Callable[[], CollectState],
                 feeds: Sequence[Feed], interval: float, means: Means) -> None:
        self._open_log, self._open_state = open_log, open_state
        self._feeds, self._active = feeds, frozenset(feed.feed_id for feed in feeds)
        self._interval, self._means = interval, means
        self._thread = ThreadPoolExecutor(1, "desk")
        self._log: Log | None = None
        self._state: CollectState | None = None
        self._pruned_at = 0.0

    async def __aenter__(self) -> Self:
        try:
            await self._in_thread(self._open)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self._in_thread(self._close)
        self._thread.shutdown()

    async def load(self) -> dict[str, FeedState]:
        """The state of every feed of the list, by id."""
        return await self._in_thread(self._load)

    async def settle(self, feed: Feed, state: FeedState, result: Result) -> Settled:
        """Publish what is new, then save. Raises LogError or sqlite3.Error with nothing saved: the same
        poll again publishes the same ids and revisions."""
        return await self._in_thread(lambda: self._settle(feed, state, result))

    async def note(self, state: FeedState, error: Exception) -> FeedState:
        """Write down that we failed, not the feed; its validators stay, so nothing is skipped next time."""
        return await self._in_thread(lambda: self._note(state, error))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> None:
        self._log = self._open_log()
        self._state = self._open_state()

    def _close(self) -> None:
        for opened in (self._log, self._state):
            if opened is not None:
                opened.close()

    @property
    def _opened(self) -> tuple[Log, CollectState]:
        assert self._log is not None
        assert self._state is not None
        return self._log, self._state

    def _load(self) -> dict[str, FeedState]:
        self._prune()
        known = self._opened[1].feeds()
        return {feed.feed_id: _moved(known.get(feed.feed_id, FeedState(feed.feed_id)), feed.url)
                for feed in self._feeds}

    def _prune(self) -> None:
        now = self._means.clock()
        if now - self._pruned_at >= PRUNED_EVERY:
            self._opened[1].prune(now)
            self._pruned_at = now

    def _settle(self, feed: Feed, before: FeedState, result: Result) -> Settled:
        log, state = self._opened
        now = self._means.clock()
        after = self._after(before, result, now)
        planned, records = Plan(), []
        if result.parsed is not None:
            planned = self._plan(feed, result.parsed, now)
            records = raw_records(feed, result.parsed, planned, int(now), self._means.new_trace)
            after = _with_plan(after, planned, now)
        if records:
            log.append(RAW, records)
        if _health(before) != _health(after):
            log.append(SOURCES, [source_record(feed, after, int(now), self._means.new_trace())])
        state.save(after, planned.seen, planned.published, now)
        self._prune()
        new = sum(item.revision == 1 for item in planned.publish)
        return Settled(after, new, len(planned.publish) - new)

    def _plan(self, feed: Feed, parsed: ParsedFeed, now: float) -> Plan:
        state = self._opened[1]
        known = state.known(feed.feed_id, [entry.id for entry in parsed.entries])
        ids = assign_articles(feed, parsed.entries, known)
        return plan(feed, parsed.entries, ids, known, state.articles(ids), self._active, now)

    def _after(self, before: FeedState, result: Result, now: float) -> FeedState:
        outcome, chance = result.outcome, self._means.chance()
        polled = replace(before, polls=before.polls + 1, polled_at=now)
        if isinstance(outcome, FetchError):
            failures = before.failures + 1
            return replace(polled, status="gone" if outcome.reason == "http-410" else "failing",
                           reason=outcome.reason, explanation=outcome.explanation, failures=failures,
                           errors=before.errors + 1, next_attempt=after_failure(
                               now, self._interval, outcome.reason, failures, outcome.retry_after, chance))
        well = replace(polled, status="ok", reason="", explanation="", failures=0, ok_at=now,
                       etag=outcome.validators.etag, last_modified=outcome.validators.last_modified,
                       whole_at=now if result.whole else before.whole_at,
                       next_attempt=after_success(now, self._interval, outcome.fresh_for, chance))
        if result.parsed is None or isinstance(outcome, NotModified):
            return replace(well, unchanged=before.unchanged + 1)
        return replace(well, body_hash=outcome.body_hash, parsed_at=now, title=result.parsed.title,
                       language=result.parsed.language, warning="; ".join(result.parsed.warnings))

    def _note(self, state: FeedState, error: Exception) -> FeedState:
        noted = replace(state, status="failing", reason=_our_reason(error), errors=state.errors + 1,
                        explanation=f"entries were not published: {error}",
                        next_attempt=self._means.clock() + RETRY_SOON)
        # On a full disk this fails too; the run's own counts and the next poll are then all there is.
        with contextlib.suppress(sqlite3.Error):
            self._opened[1].save(noted)
        return noted


def _our_reason(error: Exception) -> str:
    if isinstance(error, LogFull):
        return "log-full"
    return "state-error" if isinstance(error, sqlite3.Error) else "log-error"


def _moved(state: FeedState, url: str) -> FeedState:
    """A feed that kept its id at a new address: what the old server said about freshness does not hold."""
    if state.url == url:
        return state
    return replace(state, url=url, etag="", last_modified="", body_hash="", whole_at=None, next_attempt=0.0)


def _with_plan(state: FeedState, planned: Plan, now: float) -> FeedState:
    count = planned.held_back
    held_back = f"{count} changes of often-changed entries not published" if count else ""
    return replace(state, published=state.published + len(planned.publish),
                   new_at=now if planned.publish else state.new_at,
                   warning="; ".join(filter(None, (state.warning, held_back))))


def _health(state: FeedState) -> tuple[str, str, bool]:
    return state.status, state.reason, bool(state.warning)
