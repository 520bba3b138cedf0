"""How much may be asked of one registrable domain, over all its feeds, pages and robots files."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial

from pipeline.collect.fetch.domain import host_of, is_public, registrable
from pipeline.errors import FetchError

SECONDS, REQUESTS = 5.0, 2
"""Between two starts at one domain, and at a time: Media Cloud's numbers (rss-fetcher ``fetcher/config.py``)."""
LONGEST_DELAY = 120.0
"""Seconds of a site's own Crawl-delay that are obeyed, as Common Crawl's news-crawl does."""
LONGEST_WAIT = 900.0
"""Seconds that ``turn`` waits for a domain that has told us to stay away; beyond, it raises at once."""
MOST_DOMAINS = 20_000
"""Accounts beyond which idle ones are dropped."""

Later = Callable[[float, Callable[[], None]], object]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """Somebody in line. ``refuse`` is called where the line will not move for long; without it, one waits."""

    grant: Callable[[], bool]
    refuse: Callable[[float], None] | None = None


@dataclass(slots=True)
class _Domain:
    """One domain's account. ``free_at`` and ``held_until`` are times of the budget's clock."""

    seconds: float
    running: int = 0
    free_at: float = 0.0
    held_until: float = 0.0
    waiting: deque[_Waiting] = field(default_factory=deque)
    timer: bool = False


class Budget:
    """At most ``requests`` at a time and ``seconds`` between two starts for each registrable domain.

    First come, first served: feeds and pages of a domain stand in one line. Addresses and names of an own
    network are one domain each, without a pause: who opened the network (``--allow-network``) owns it.
    Belongs to one event loop. ``clock`` (seconds) and ``later`` (call after seconds) are the loop's own
    unless given.
    """

    def __init__(self, seconds: float = SECONDS, requests: int = REQUESTS, *,
                 clock: Callable[[], float] | None = None, later: Later | None = None) -> None:
        self._seconds, self._requests = seconds, requests
        self._given_clock, self._given_later = clock, later
        self._domains: dict[str, _Domain] = {}

    @contextlib.asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[None]:
        """Wait until the address's domain may be asked, and count as asking inside.

        Raises FetchError ``held`` where the domain wants no requests for longer than LONGEST_WAIT.
        """
        name, granted = key(url), asyncio.get_running_loop().create_future()
        if (left := self.held(name)) > LONGEST_WAIT:
            raise _held(name, left)
        waiting = _Waiting(partial(_grant, granted), partial(_refuse, granted, name))
        domain = self._domain(name)
        domain.waiting.append(waiting)
        self._serve(name, domain)
        try:
            await granted
            yield
        finally:
            if granted.done() and not granted.cancelled() and granted.exception() is None:
                self.release(name)
            else:
                self._forget(name, waiting)

    def claim(self, name: str, grant: Callable[[], bool]) -> None:
        """Call ``grant`` when the domain ``name`` may be asked, at once where it may be now; it counts as
        asked from then until ``release``, unless ``grant`` says False: nobody waits any more."""
        domain = self._domain(name)
        domain.waiting.append(_Waiting(grant))
        self._serve(name, domain)

    def release(self, name: str) -> None:
        """A request that was granted is over."""
        domain = self._domains[name]
        domain.running -= 1
        self._serve(name, domain)
        self._tidy(name, domain)

    def hold(self, name: str, seconds: float) -> None:
        """Ask nothing of a domain for ``seconds`` from now (it answered 429); a longer hold stays. Turns that wait
        for it get the error that new ones get."""
        domain = self._domain(name)
        domain.held_until = max(domain.held_until, self._now() + seconds)
        if seconds > LONGEST_WAIT:
            for waiting in [one for one in domain.waiting if one.refuse]:
                domain.waiting.remove(waiting)
                if waiting.refuse:
                    waiting.refuse(seconds)

    def held(self, name: str) -> float:
        """Seconds for which a domain is still to be left alone."""
        domain = self._domains.get(name)
        return max(domain.held_until - self._now(), 0.0) if domain else 0.0

    def slow_down(self, url: str, seconds: float) -> None:
        """Obey a site's Crawl-delay where it is longer than our own pause; it counts for the whole domain."""
        domain = self._domain(key(url))
        domain.seconds = max(domain.seconds, min(seconds, LONGEST_DELAY))

    def running(self, name: str) -> int:
        """How many requests to a domain are under way."""
        domain = self._domains.get(name)
        return domain.running if domain else 0

    def _domain(self, name: str) -> _Domain:
        found = self._domains.get(name)
        if found is None:
            if len(self._domains) >= MOST_DOMAINS:
                self._forget_idle()
            found = self._domains[name] = _Domain(self._seconds if is_public(name) else 0.0)
        return found

    def _serve(self, name: str, domain: _Domain) -> None:
        """Grant what may start now; set a timer for what may start later."""
        while domain.waiting and domain.running < self._requests:
            now = self._now()
            wait = max(domain.free_at, domain.held_until) - now
            if wait > 0:
                if not domain.timer:
                    domain.timer = True
                    self._later(wait, partial(self._wake, name))
                return
            waiting = domain.waiting.popleft()
            before, domain.free_at = domain.free_at, now + domain.seconds
            domain.running += 1
            if not waiting.grant():
                domain.running, domain.free_at = domain.running - 1, before

    def _wake(self, name: str) -> None:
        domain = self._domains[name]
        domain.timer = False
        self._serve(name, domain)
        self._tidy(name, domain)

    def _forget(self, name: str, waiting: _Waiting) -> None:
        with contextlib.suppress(ValueError, KeyError):
            self._domains[name].waiting.remove(waiting)

    def _tidy(self, name: str, domain: _Domain) -> None:
        """An account with nothing on it is not kept: there are as many domains as the web has."""
        idle = not (domain.running or domain.waiting or domain.timer)
        if idle and domain.seconds == 0.0 and domain.held_until <= self._now():
            del self._domains[name]

    def _forget_idle(self) -> None:
        now = self._now()
        for name, domain in list(self._domains.items()):
            if not (domain.running or domain.waiting or domain.timer) and max(domain.free_at, domain.held_until) <= now:
                del self._domains[name]

    def _now(self) -> float:
        return self._given_clock() if self._given_clock else asyncio.get_running_loop().time()

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        (self._given_later or asyncio.get_running_loop().call_later)(seconds, call)


def key(url: str) -> str:
    """The name under which a domain's account is kept."""
    host = host_of(url)
    return registrable(host) if is_public(host) else host


def _grant(granted: asyncio.Future[None]) -> bool:
    if granted.done():
        return False
    granted.set_result(None)
    return True


def _refuse(granted: asyncio.Future[None], name: str, left: float) -> None:
    if not granted.done():
        granted.set_exception(_held(name, left))


def _held(name: str, left: float) -> FetchError:
    return FetchError("held", f"{name} asked for no more requests; {left / 60:,.0f} minutes are left", left)
