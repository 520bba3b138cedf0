"""Which stories are worth comparing with an article: those that share its heaviest terms and facts."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from transforms.story_sum import DAY, Buckets, Query, StorySum, gap_days

LONGEST_POSTING = 600
CANDIDATES = 6
UNLIKELY = 0.2
"""No key counts that more members of stories have than ``LONGEST_POSTING``; so many stories are compared in full: two
at least, and no more of those that share less than ``UNLIKELY`` of what the likeliest one does."""
_LESS_FOR_MANY = -0.75
"""Power of a story's size in its rank: a large story shares keys with everybody."""


class StorySearch:
    """An inverted index from keys to stories. A story has a slot as long as it lives."""

    def __init__(self) -> None:
        self.slots: list[StorySum | None] = []
        self.free: list[int] = []
        self.postings: dict[int, array[int]] = {}
        self._lightness = np.zeros(1024)

    def open(self, story_id: str) -> StorySum:
        """A new story without members."""
        slot = self.free.pop() if self.free else len(self.slots)
        story = StorySum(story_id, slot)
        if slot < len(self.slots):
            self.slots[slot] = story
            return story
        self.slots.append(story)
        if slot == len(self._lightness):
            self._lightness = np.concatenate((self._lightness, np.zeros_like(self._lightness)))
        return story

    def add(self, story: StorySum, keys: Buckets) -> None:
        """A member with these keys has come; the story's size counts it already."""
        self._lightness[story.slot] = story.size ** _LESS_FOR_MANY
        for key in keys.tolist():
            posting = self.postings.get(key)
            if posting is None:
                posting = self.postings[key] = array("i")
            posting.append(story.slot)

    def remove(self, story: StorySum, keys: Buckets) -> None:
        """A member has gone; without members the slot is free."""
        for key in keys.tolist():
            posting = self.postings[key]
            posting.remove(story.slot)
            if not posting:
                del self.postings[key]
        self._lightness[story.slot] = story.size ** _LESS_FOR_MANY if story.size else 0.0
        if not story.size:
            self.slots[story.slot] = None
            self.free.append(story.slot)

    def move(self, old: StorySum, new: StorySum, members: Iterable[Buckets]) -> None:
        """All members of a story, with these keys each, are another's now; neither size counts them yet or no more."""
        for keys in members:
            for key in keys.tolist():
                posting = self.postings[key]
                posting[posting.index(old.slot)] = new.slot
        self._lightness[old.slot] = 0.0
        self._lightness[new.slot] = (old.size + new.size) ** _LESS_FOR_MANY
        self.slots[old.slot] = None
        self.free.append(old.slot)

    def find(self, query: Query, horizon: float) -> list[StorySum]:
        """At most ``CANDIDATES`` stories within ``horizon`` seconds of the article, the likeliest first."""
        found, shares, sizes = [], [], []
        for keys, weights, heavy in ((query.terms, query.term_weights, query.term_keys),
                                     (query.facts, query.fact_weights, query.fact_keys)):
            for key, weight in zip(keys[heavy].tolist(), weights[heavy].tolist(), strict=True):
                posting = self.postings.get(key)
                if posting is not None and len(posting) <= LONGEST_POSTING:
                    found.append(posting)
                    shares.append(weight)
                    sizes.append(len(posting))
        if not found:
            return []
        sums = np.bincount(np.frombuffer(b"".join(found), np.intc), np.repeat(shares, sizes), len(self.slots))
        shared = sums * self._lightness[:len(self.slots)]
        near: list[StorySum] = []
        least = 0.0
        for slot in _ranked(shared):
            story = self.slots[slot]
            if len(near) == CANDIDATES or (len(near) > 1 and shared[slot] < least):
                break
            if story is not None and gap_days(story, query.event_time) * DAY <= horizon:
                near.append(story)
                least = least or UNLIKELY * shared[slot]
        return near


def _ranked(sums: NDArray[np.float64]) -> Iterator[int]:
    """Slots with anything, best first; the whole order is made only if its beginning does not do."""
    ahead = 2 * CANDIDATES
    slots = (sums != 0.0).nonzero()[0]
    if len(slots) > ahead:
        shares = sums[slots]
        shares.partition(len(shares) - ahead)
        best = (sums > shares[-ahead]).nonzero()[0]
        yield from best[(-sums[best]).argsort(kind="stable")].tolist()
        slots = slots[sums[slots] <= shares[-ahead]]
    yield from slots[(-sums[slots]).argsort(kind="stable")].tolist()
