"""Whose turn it is: feeds in the order they are due, never more than a few of one host at a time."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from pipeline.collect.budget import Budget
from pipeline.collect.feeds import Feed

__all__ = ["Budget", "Turns"]

PER_HOST = 2
LONGEST_PAUSE = 60.0
"""Seconds: a clock that was set, or a laptop that slept, is noticed after this."""


class Turns:
    """Every feed is in one place: later (not due), waiting (due, its host busy or nobody free) or taken.

    A host with a thousand feeds delays only itself: it waits in line as one.
    """

    def __init__(self, feeds: Sequence[Feed], due_at: Mapping[str, float], per_host: int = PER_HOST) -> None:
        self._per_host = per_host
        self._later = [(due_at[feed.feed_id], number, feed) for number, feed in enumerate(feeds)]
        heapq.heapify(self._later)
        self._number = len(self._later)
        self._waiting: defaultdict[str, deque[Feed]] = defaultdict(deque)
        self._open: deque[str] = deque()
        self._busy: Counter[str] = Counter()

    def empty(self) -> bool:
        """Nothing waits and nothing will be due."""
        return not self._later and not any(self._waiting.values())

    def take(self, now: float, free: int) -> list[Feed]:
        """The feeds to poll now, at most ``free``; each must be given back."""
        while self._later and self._later[0][0] <= now:
            feed = heapq.heappop(self._later)[2]
            self._waiting[_host(feed)].append(feed)
            self._open.append(_host(feed))
        taken: list[Feed] = []
        while self._open and len(taken) < free:
            host = self._open.popleft()
            if self._waiting[host] and self._busy[host] < self._per_host:
                self._busy[host] += 1
                taken.append(self._waiting[host].popleft())
        return taken

    def give_back(self, feed: Feed, due: float | None) -> None:
        """A poll has ended; the next one is at ``due`` (Unix seconds), None for never."""
        host = _host(feed)
        self._busy[host] -= 1
        if self._waiting[host]:
            self._open.append(host)
        elif not self._busy[host]:
            del self._waiting[host], self._busy[host]
        if due is not None:
            self._number += 1
            heapq.heappush(self._later, (due, self._number, feed))

    def pause(self, now: float) -> float:
        """Seconds until another feed is due."""
        return min(max(self._later[0][0] - now, 0.0), LONGEST_PAUSE) if self._later else LONGEST_PAUSE


def _host(feed: Feed) -> str:
    return urlsplit(feed.url).hostname or ""
