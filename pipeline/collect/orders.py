"""What people change while a run goes on: feeds that are to rest or to be asked now, and the list itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from pipeline.collect.lists.feeds import Feed
from pipeline.collect.lists.list_changes import ListWatch, changes
from pipeline.collect.roster import Roster
from pipeline.collect.state import FeedState
from pipeline.collect.wishes import Wish
from pipeline.errors import FeedListError

EVERY = 2.0
"""Seconds between two looks."""


class Orders:
    """Keeps ``roster`` in step with the list and with what people wish of single feeds.

    ``rests`` is told of a feed that is to rest, with its state as it then is; ``watch`` sees changes of the list
    file, where there is one.
    """

    def __init__(self, roster: Roster, rests: Callable[[Feed, FeedState], Awaitable[None]],
                 watch: ListWatch | None = None) -> None:
        self._roster, self._rests, self._watch = roster, rests, watch
        self._listed: dict[str, Feed] = {}
        self._resting: set[str] = set()
        self.problem = ""
        """Why a changed list could not be read; the feeds of before stay."""

    async def begin(self, feeds: Sequence[Feed], states: Mapping[str, FeedState], wishes: Mapping[str, Wish],
                    now: float) -> list[Wish]:
        """Start with a list; the wishes that are granted by it."""
        self._listed = {feed.feed_id: feed for feed in feeds}
        self._resting = {name for name, wish in wishes.items() if wish.disabled_at is not None}
        self._roster.begin([feed for feed in feeds if feed.feed_id not in self._resting], states)
        for feed in feeds:
            if feed.feed_id in self._resting:
                await self._rest(feed, states.get(feed.feed_id) or FeedState(feed.feed_id, url=feed.url))
        return self._retried(wishes, now)

    async def wish(self, wishes: Mapping[str, Wish], now: float) -> list[Wish]:
        """All wishes there are by now; those that are granted."""
        resting = {name for name, wish in wishes.items() if wish.disabled_at is not None}
        for name in resting - self._resting:
            feed = self._listed.get(name)
            if feed is not None and feed.enabled:
                state = self._roster.state(feed)
                self._roster.remove(name)
                await self._rest(feed, state)
        for name in self._resting - resting:
            feed = self._listed.get(name)
            if feed is not None and feed.enabled:
                self._roster.add(feed)
        self._resting = resting
        return self._retried(wishes, now)

    def addresses(self) -> Iterator[str]:
        """Of all feeds on the list as it is now."""
        return (feed.url for feed in self._listed.values())

    async def look(self) -> int | None:
        """Take over a changed list: how many feeds it has now, None where nothing changed.

        It is read in a thread: ten thousand feeds take seconds, which polls need not wait for.
        """
        found = await asyncio.to_thread(self._watch.look) if self._watch else None
        if found is None:
            return None
        if isinstance(found, FeedListError):
            self.problem = str(found)
            return None
        self.problem = ""
        seen = changes(list(self._listed.values()), found)
        self._listed = {feed.feed_id: feed for feed in found}
        for feed in seen.removed:
            self._roster.remove(feed.feed_id)
        for feed in (*seen.added, *seen.changed):
            if feed.feed_id not in self._resting:
                self._roster.add(feed)
        return len(found)

    def _retried(self, wishes: Mapping[str, Wish], now: float) -> list[Wish]:
        asked = [wish for wish in wishes.values() if wish.retry_at is not None and wish.disabled_at is None]
        for wish in asked:
            self._roster.retry(wish.feed_id, now)
        return asked

    async def _rest(self, feed: Feed, state: FeedState) -> None:
        if state.status != "disabled":
            await self._rests(feed, replace(state, status="disabled", url=feed.url, outlet=feed.outlet, reason="",
                                            explanation=""))
