"""Which feeds a run polls, with their states: those of the list, and the sitemaps that they list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.collect.after_poll import address_of
from pipeline.collect.children import APART, children_of, remembered
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.state import FeedState
from pipeline.collect.turns import Turns

if TYPE_CHECKING:
    from pipeline.collect.desk import Means


class Roster:
    """Keeps ``turns`` and ``active`` (the ids of the feeds that are polled) in step with the list.

    With ``once`` every feed is due at once, and gone after its poll.
    """

    def __init__(self, turns: Turns, active: set[str], means: Means, *, once: bool = False) -> None:
        self._turns, self._active, self._means, self._once = turns, active, means, once
        self._states: dict[str, FeedState] = {}
        self._children: dict[str, list[Feed]] = {}
        self._depth: dict[str, int] = {}

    def begin(self, feeds: Sequence[Feed], states: Mapping[str, FeedState]) -> None:
        """Start with the feeds of the list that are enabled, and what is known of them."""
        for feed in feeds:
            if feed.enabled:
                self.add(feed, states.get(feed.feed_id))
        if not self._once:  # an index that is read in this round names its sitemaps itself
            for parent, children in remembered(feeds, states.values()).items():
                if parent in self._active:
                    self._children[parent] = children
                    for child in children:
                        self._depth[child.feed_id] = 1
                        self.add(child, states[child.feed_id])

    def add(self, feed: Feed, known: FeedState | None = None) -> None:
        """Poll a feed from now on, when its state says so."""
        state = _moved(known or self._states.get(feed.feed_id) or FeedState(feed.feed_id), feed.url)
        self._states[feed.feed_id] = state
        self._active.add(feed.feed_id)
        self._turns.put(feed, address_of(feed, state), 0.0 if self._once else state.next_attempt)

    def retry(self, feed_id: str, now: float) -> None:
        """Ask a feed as soon as its domain's budget allows, whatever happened before; others are no matter."""
        if feed_id in self._active:
            self._states[feed_id] = replace(self._states[feed_id], failures=0, weight=0.0, next_attempt=now)
            self._turns.wake(feed_id, now)

    def remove(self, feed_id: str) -> None:
        """Poll a feed no more, nor what it lists."""
        self._active.discard(feed_id)
        self._turns.remove(feed_id)
        for child in self._children.pop(feed_id, ()):
            self.remove(child.feed_id)

    def state(self, feed: Feed) -> FeedState:
        """What is known of a feed."""
        return self._states[feed.feed_id]

    def polled(self, feed: Feed, after: FeedState) -> None:
        """A poll has ended."""
        self._states[feed.feed_id] = after
        self._turns.give_back(feed, address_of(feed, after), None if self._once else after.next_attempt)

    def listed(self, parent: Feed, state: FeedState, urls: Iterable[str]) -> None:
        """An index was read: its sitemaps are polled, new ones one after the other, those it lists no more not."""
        depth = self._depth.get(parent.feed_id, 0)
        children = children_of(parent, urls, depth)
        ids = {child.feed_id for child in children}
        for gone in [child for child in self._children.get(parent.feed_id, ()) if child.feed_id not in ids]:
            self.remove(gone.feed_id)
        now = self._means.clock()
        apart = 0.0 if self._once else min(APART, max(state.next_attempt - now, 0.0) / max(len(children), 1))
        for place, child in enumerate(child for child in children if child.feed_id not in self._active):
            self._depth[child.feed_id] = depth + 1
            self.add(child, FeedState(child.feed_id, url=child.url, parent=parent.feed_id,
                                      next_attempt=now + place * apart))
        if children:
            self._children[parent.feed_id] = children


def _moved(state: FeedState, url: str) -> FeedState:
    """A feed that kept its id at a new address: what the old server said about freshness does not hold."""
    if state.url == url:
        return state
    return replace(state, url=url, etag="", last_modified="", body_hash="", whole_at=None, next_attempt=0.0,
                   address="", moved_to="", moved_polls=0, moved_since=None, interval=0.0)
