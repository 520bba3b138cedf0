"""robots.txt by RFC 9309, for pages and sitemaps.

A feed that the operator wrote into the list was given to be read by programs; there a prohibition is reported
and not obeyed (``Robots.refusal`` is not asked). What the RFC leaves open follows Google's published reading.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

from protego import Protego
from yarl import URL

from pipeline.collect.fetch.fetch import Fetched, Fetcher, Limits, Outcome
from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.fetch.web_memory import RobotsFile, WebMemory
from pipeline.errors import FetchError

AGENT = "newsbeam"
"""The product token that sites address (RFC 9309 §2.2.1)."""
KEPT = 24 * 3600.0
"""Seconds that a file is believed (§2.4)."""
ASKED_AGAIN = 3600.0
"""Seconds until a site that did not answer is asked again."""
ABSENT_AFTER = 30 * 24 * 3600.0
"""Seconds without an answer after which the site is treated as having no file (§2.3.1.4)."""
LARGEST = 512_000
"""Bytes that are read of a file; what follows is ignored (§2.5: at least 500 KiB)."""
LONGEST_DELAY = 120.0
"""Seconds of a Crawl-delay that are obeyed; it is not in the RFC, and news-crawl stops at the same number."""
IN_MEMORY = 2000
"""Origins whose rules are kept parsed."""
_LIMITS = Limits(body=LARGEST, redirects=5, cut=True)
# §2.3.1.3: 4xx means "no file". Google reads 429 as "not now", and a challenge says nothing about the rules.
_NO_FILE = re.compile(r"http-(?!429)4\d\d|redirect|http-204|bad-encoding|empty-body")
_AGENT_LINE = re.compile(r"^([^\S\n]*user[- ]?agent(?=[\s:])[^\S\n]*:?)(.*)$", re.IGNORECASE | re.MULTILINE)

Turn = Callable[[str], AbstractAsyncContextManager[object]]


@dataclass(frozen=True, slots=True)
class _Rules:
    """An origin's file, parsed. ``rules`` is None where nothing may be fetched."""

    rules: Protego | None
    until: float


class Robots:
    """``await robots.allows(url)``, ``await robots.delay(url)``. Belongs to one event loop.

    ``clock`` gives Unix seconds. ``turn(url)`` is waited for before a file is fetched (the budget of a
    domain; do not hold a turn of the same domain while asking). ``memory`` keeps files over restarts.
    """

    def __init__(self, fetcher: Fetcher, clock: Callable[[], float], turn: Turn = lambda _: nullcontext(),
                 memory: WebMemory | None = None) -> None:
        self._fetcher, self._clock, self._turn = fetcher, clock, turn
        self._memory = memory or WebMemory()
        self._rules: OrderedDict[str, _Rules] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Rules]] = {}

    async def allows(self, url: str) -> bool:
        """Whether we may fetch ``url``; False for what is no address."""
        found = await self._for(url)
        return found is not None and (found.rules is not None and found.rules.can_fetch(url, AGENT))

    async def delay(self, url: str) -> float:
        """Seconds that the site wants between two requests, at most LONGEST_DELAY; 0 where it says nothing."""
        found = await self._for(url)
        asked = found.rules.crawl_delay(AGENT) if found and found.rules else None
        return min(max(asked or 0.0, 0.0), LONGEST_DELAY)

    async def sitemaps(self, url: str) -> tuple[str, ...]:
        """The sitemaps that the file of ``url``'s origin names, in its order (sitemaps.org, "Informing").

        Where a site forbids everything it may still name them; one that does not answer names none.
        """
        found = await self._for(url)
        return tuple(dict.fromkeys(found.rules.sitemaps)) if found and found.rules else ()

    async def refusal(self, url: str) -> FetchError | None:
        """The error for what may not be fetched, else None: ``robots``, or ``robots-unreachable`` while the site does
        not answer what its rules are."""
        if await self.allows(url):
            return None
        found = await self._for(url)
        if found is not None and found.rules is None:
            return FetchError("robots-unreachable", f"{without_secrets(url)}: the site's robots.txt does not answer, "
                                                    "which forbids all (RFC 9309); it is asked again every hour")
        return FetchError("robots", f"{without_secrets(url)}: the site's robots.txt does not allow {AGENT} here; "
                                    "ask its owner")

    async def _for(self, url: str) -> _Rules | None:
        origin = _origin(url)
        if not origin:
            return None
        known = self._rules.get(origin)
        if known is not None and known.until > self._clock():
            self._rules.move_to_end(origin)
            return known
        # One request for all who ask at once; who gives up waiting does not end it for the others.
        task = self._asking.get(origin)
        if task is None:
            task = self._asking[origin] = asyncio.create_task(self._read(origin))
            task.add_done_callback(lambda _: self._asking.pop(origin, None))
        return await asyncio.shield(task)

    async def _read(self, origin: str) -> _Rules:
        known, now = self._memory.robots(origin), self._clock()
        if known is None or now - known.checked >= _lifetime(known):
            async with self._turn(f"{origin}/robots.txt"):
                outcome = await self._fetcher.fetch(f"{origin}/robots.txt", accept="text/plain, */*;q=0.5",
                                                    limits=_LIMITS)
            now = self._clock()
            known = _settled(origin, known, outcome, now)
            self._memory.save_robots(known)
        found = _Rules(_parsed(known, now), known.checked + _lifetime(known))
        self._rules[origin] = found
        if len(self._rules) > IN_MEMORY:
            self._rules.popitem(last=False)
        return found


def _settled(origin: str, known: RobotsFile | None, outcome: Outcome, now: float) -> RobotsFile:
    """What is known after an answer. An unreachable site keeps the file it had (§2.4)."""
    if isinstance(outcome, Fetched):
        return RobotsFile(origin, _text(outcome.body), now)
    if isinstance(outcome, FetchError) and _NO_FILE.fullmatch(outcome.reason):
        return RobotsFile(origin, "", now)
    since = known.failing_since if known and known.failing_since is not None else now
    return RobotsFile(origin, known.rules if known else None, now, since)


def _parsed(known: RobotsFile, now: float) -> Protego | None:
    if known.rules is not None:
        return Protego.parse(known.rules)
    absent = known.failing_since is not None and now - known.failing_since >= ABSENT_AFTER
    return Protego.parse("") if absent else None


def _lifetime(known: RobotsFile) -> float:
    return KEPT if known.failing_since is None else ASKED_AGAIN


def _text(body: bytes) -> str:
    """The file as text, with the groups of others under one name.

    A group for thousands of agents with thousands of rules takes the parser minutes (20,000 times 14,000 fit
    into 500 KiB): of those only ours and ``*`` matter. A line cut off at the limit is dropped.
    """
    if len(body) >= LARGEST:
        body = body[:body.rfind(b"\n") + 1]
    text = body.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return _AGENT_LINE.sub(_ours_or_other, text)


def _ours_or_other(match: re.Match[str]) -> str:
    name = match[2].partition("#")[0].strip().lower()
    return match[0] if name == "*" or AGENT in name else f"{match[1]} other"


def _origin(url: str) -> str:
    try:
        parsed = URL(url)
        return str(parsed.origin()) if parsed.scheme in ("http", "https") and parsed.host else ""
    except ValueError:
        return ""
