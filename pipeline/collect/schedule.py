"""When to ask a feed again: pure, so that every rule is a line in a test.

Numbers without another source are those of Media Cloud's rss-fetcher (``fetcher/config.py``, ``tasks.py``),
which polls 180,000 news feeds.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from statistics import median

DAY = 86_400.0
SHORTEST, LONGEST = 600.0, DAY
"""Seconds between which a learned interval stays."""
SHORTER, LONGER = 3600.0, 600.0
"""Seconds by which an interval changes at a time."""
FEW_SEEN, MOST_SEEN = 1 / 3, 2 / 3
"""Shares of entries seen before, below and above which the interval changes."""
QUIET = 31 * DAY
"""A feed without news for so long is asked an hour later each time, not ten minutes."""
ON_TIME = 1200.0
"""Seconds around the planned time within which a poll tells something about the interval."""
SILENT = 3.0
"""A feed is silent when nothing came for this many times its usual gap."""
REST = 30 * DAY
"""A feed that said 410 (gone), or failed for weeks, is asked again after this, not never: "active feeds DO return
404 and come back to life" (rss-fetcher)."""
GIVEN_UP = 30.0
"""Weight of failures in a row from which on a feed is asked once in ``REST``."""
RETRY_SOON = 60.0
"""Seconds until another try where we failed (the log was full), not the feed."""
SPREAD = 0.1
"""Share of the interval by which polls are spread, so that feeds met together do not stay together."""
APART = 3600.0
"""Seconds over which feeds that were told "too many requests" are spread."""
FULL_EVERY = 8 * DAY
"""Some servers say 304 for ever: after this long without a whole answer the validators are left out, as in
NetNewsWire."""
_SOFT = ("http-404", "http-408", "http-425", "http-429", "http-5", "tls", "timeout", "dns", "connection",
         "broken-body", "bad-http", "challenge", "empty-body", "parse-timeout", "held", "robots-unreachable")
_GAPS = 20


def weight(reason: str) -> float:
    """How much a failure counts: what most often passes by itself counts less."""
    return 0.5 if reason.startswith(_SOFT) else 1.0


def usual_gap(published: Iterable[int | None], now: float) -> float:
    """Seconds between two entries as their dates have it: the median over the latest; 0 if that cannot be told.

    The median, since an outlet sleeps at night, and old entries stay pinned on top.
    """
    times = sorted((time for time in published if time is not None and 0 < time <= now), reverse=True)[:_GAPS + 1]
    gaps = [later - earlier for later, earlier in pairwise(times)]
    return float(median(gaps)) if len(gaps) >= 4 else 0.0


def adapt(interval: float, shortest: float, seen: float, gap: float, quiet: float) -> float:
    """The next interval, in seconds, from ``shortest`` to a day.

    ``seen`` is the share of entries seen before, ``gap`` the usual time between two entries (0: unknown),
    ``quiet`` the time since the last new one. Few seen: an hour shorter; most seen: ten minutes longer, but not
    beyond the usual gap while the feed is not silent (miniflux's "entry frequency"): by the share alone, a list
    of a hundred entries would be read when a third of it is new, and its news be hours late.
    """
    wanted = interval
    if seen < FEW_SEEN:
        wanted -= SHORTER
    elif seen > MOST_SEEN:
        wanted += SHORTER if quiet > QUIET else LONGER
    if gap and quiet <= SILENT * gap:
        wanted = max(min(wanted, gap), interval - SHORTER)
    return min(max(wanted, shortest), LONGEST)


def after_success(now: float, interval: float, hinted: float, jitter: float) -> float:
    """Unix seconds of the next attempt. ``hinted`` is the longest time that the server or the feed asks for, at
    most a day; ``jitter`` in 0..1 is chance, given by the caller."""
    return now + max(interval * (1 + SPREAD * (jitter - 0.5)), min(hinted, LONGEST) * (1 + SPREAD / 2 * jitter))


def after_failure(now: float, interval: float, reason: str, failures: float, retry_after: float | None,
                  jitter: float) -> float:
    """Unix seconds of the next attempt after failures in a row that weigh ``failures`` (see ``weight``).

    Linear backoff up to a day (a feed that is down for an hour is not lost for a week), a longer Retry-After up
    to a day, and a month for feeds that are gone or failed for weeks.
    """
    if reason == "http-410" or failures >= GIVEN_UP:
        return now + REST
    wait = min(interval * max(failures, 1.0), LONGEST)
    wait = max(wait, min(retry_after or 0.0, LONGEST))
    return now + (wait + APART * jitter if reason == "http-429" else wait * (1 + SPREAD * jitter))


def asks_whole(now: float, whole_at: float | None, new_at: float | None = None, gap: float = 0.0,
               pending: int = 0) -> bool:
    """Whether to ask without validators: the last whole answer is eight days ago, or a day ago and the feed has
    been silent for three times its usual gap; its server may say 304 for ever (FreshRSS issue 1020). Also where
    pages of ``pending`` entries are to be tried again, which only the document names."""
    if whole_at is None or now - whole_at > FULL_EVERY or (pending and now - whole_at >= SHORTEST):
        return True
    silent = gap > 0 and new_at is not None and now - new_at > SILENT * gap
    return silent and now - whole_at > DAY
