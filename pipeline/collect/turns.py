"""Whose turn it is: feeds in the order they are due, as far as the budget of each domain goes."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pipeline.collect.budget import Budget, key
from pipeline.collect.fetch.domain import host_of
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.trouble import host_name

__all__ = ["Budget", "Turns"]

LONGEST_PAUSE = 60.0
"""Seconds: a clock that was set, or a laptop that slept, is noticed after this."""
_LATER, _WAITING, _TAKEN = range(3)


@dataclass(slots=True)
class _Place:
    """Where a feed is. ``number`` marks its latest entry in a queue; older ones are void. ``again``: wanted once
    more as soon as its poll has ended."""

    feed: Feed
    domain: str
    host: str
    due: float = 0.0
    number: int = 0
    where: int = _LATER
    again: bool = False


class Turns:
    """Every feed is in one place: later (not due), waiting (due, its domain busy or nobody free) or taken.

    A domain with 14,000 feeds (Media Cloud knows one) delays only itself: it stands in the budget's line as one,
    and those who were granted a start are served in the order of the grants. ``held_until`` says until when a
    domain or host (a name) is to be left alone; feeds of such wait until then, or with ``once`` are put off.
    ``ready`` is called when a grant comes later than it was asked for.
    """

    def __init__(self, budget: Budget, held_until: Callable[[str], float] = lambda _: 0.0, *, once: bool = False,
                 ready: Callable[[], None] = lambda: None) -> None:
        self._budget, self._held_until, self._once, self._ready = budget, held_until, once, ready
        self._places: dict[str, _Place] = {}
        self._later: list[tuple[float, int, str]] = []
        self._waiting: dict[str, deque[tuple[int, str]]] = {}
        self._claimed: set[str] = set()
        self._granted: deque[str] = deque()
        self._number = 0
        self._asked: dict[str, list[str]] = {}
        """The domains that taken feeds were granted a start at: two, where one was removed, put again and taken
        before its first poll had ended."""
        self.put_off: list[Feed] = []
        """With ``once``: feeds that were not asked because their site wants to be left alone."""

    def put(self, feed: Feed, url: str, due: float) -> None:
        """A feed to be asked at ``url`` when ``due`` (Unix seconds); one that is known gets both anew."""
        place = self._places.get(feed.feed_id)
        if place is None:
            place = self._places[feed.feed_id] = _Place(feed, key(url), host_name(host_of(url)))
        place.feed, place.domain, place.host = feed, key(url), host_name(host_of(url))
        if place.where != _TAKEN:
            self._schedule(place, due)

    def remove(self, feed_id: str) -> None:
        """Ask a feed no more; a poll under way goes on."""
        self._places.pop(feed_id, None)

    def leave_alone(self, domain: str, now: float) -> None:
        """What waits for a domain, or for a host of it, that is held by now, waits no more in line."""
        line = self._waiting.get(domain, deque())
        for number, name in [line.popleft() for _ in range(len(line))]:
            place = self._places.get(name)
            if place and place.number == number and not self._is_held(place, now):
                line.append((number, name))

    def wake(self, feed_id: str, now: float) -> bool:
        """Make a feed due now, or again after the poll under way; False if it is none of ours."""
        place = self._places.get(feed_id)
        if place is None:
            return False
        if place.where == _TAKEN:
            place.again = True
        elif place.where == _LATER:
            self._schedule(place, now)
        return True

    def empty(self) -> bool:
        """Nothing waits and nothing will be due, but for what is taken."""
        return all(place.where == _TAKEN for place in self._places.values())

    def waiting(self) -> int:
        """How many feeds are due and not taken."""
        return sum(len(line) for line in self._waiting.values())

    def take(self, now: float, free: int) -> list[Feed]:
        """The feeds to poll now, at most ``free``; each must be ``fetched`` once and given back."""
        while self._later and self._later[0][0] <= now:
            _, number, name = heapq.heappop(self._later)
            place = self._places.get(name)
            if place and place.number == number and not self._is_held(place, now):
                place.where = _WAITING
                self._waiting.setdefault(place.domain, deque()).append((number, name))
                self._claim(place.domain)
        taken: list[Feed] = []
        while self._granted and len(taken) < free:
            domain = self._granted.popleft()
            place = self._next(domain, now)
            if place is None:
                self._budget.release(domain)
            else:
                place.where = _TAKEN
                self._asked.setdefault(place.feed.feed_id, []).append(domain)
                taken.append(place.feed)
            self._claim(domain)
        return taken

    def fetched(self, feed: Feed) -> None:
        """The request of a taken feed has ended; its domain may be asked by others."""
        domains = self._asked[feed.feed_id]
        self._budget.release(domains.pop(0))
        if not domains:
            del self._asked[feed.feed_id]

    def give_back(self, feed: Feed, url: str, due: float | None) -> None:
        """A poll has ended; the next one is of ``url`` at ``due`` (Unix seconds), None for never."""
        place = self._places.get(feed.feed_id)
        if place is None or place.where != _TAKEN:  # removed meanwhile, and perhaps put again
            return
        if due is None and not place.again:
            del self._places[feed.feed_id]
            return
        place.where, place.domain, place.host = _LATER, key(url), host_name(host_of(url))
        self._schedule(place, 0.0 if place.again or due is None else due)
        place.again = False

    def pause(self, now: float) -> float:
        """Seconds until another feed is due; a grant that comes earlier calls ``ready``."""
        return min(max(self._later[0][0] - now, 0.0), LONGEST_PAUSE) if self._later else LONGEST_PAUSE

    def _schedule(self, place: _Place, due: float) -> None:
        self._number += 1
        place.due, place.number, place.where = due, self._number, _LATER
        heapq.heappush(self._later, (due, place.number, place.feed.feed_id))

    def _is_held(self, place: _Place, now: float) -> bool:
        """Whether a feed's domain or host is to be left alone: then it waits, or is put off."""
        until = max(self._held_until(place.domain), self._held_until(place.host))
        if until <= now:
            return False
        if self._once:
            self.put_off.append(place.feed)
            del self._places[place.feed.feed_id]
        else:
            self._schedule(place, until)
        return True

    def _claim(self, domain: str) -> None:
        """Stand in the domain's line, once for all its feeds."""
        line = self._waiting.get(domain)
        if domain in self._claimed or not line:
            if line is not None and not line:
                del self._waiting[domain]
            return
        self._claimed.add(domain)
        self._budget.claim(domain, partial(self._grant, domain))

    def _grant(self, domain: str) -> bool:
        self._claimed.discard(domain)
        if not self._waiting.get(domain):
            return False
        self._granted.append(domain)
        self._ready()
        return True

    def _next(self, domain: str, now: float) -> _Place | None:
        line = self._waiting.get(domain)
        while line:
            number, name = line.popleft()
            place = self._places.get(name)
            if place and place.number == number and not self._is_held(place, now):
                return place
        return None
