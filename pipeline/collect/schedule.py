"""When to ask a feed again: pure, so that every rule is a line in a test."""

from __future__ import annotations

DAY = 86_400.0
REST = 30 * DAY
"""A feed that said 410 (gone) is asked again after this, not never: active feeds do say so and come back."""
LONGEST_BACKOFF = DAY
RETRY_SOON = 60.0
"""Seconds until another try where we failed (the log was full), not the feed."""
SPREAD = 0.1
"""Share of the interval by which polls are spread, so that feeds met together do not stay together."""
APART = 3600.0
"""Seconds over which feeds that were told "too many requests" are spread (Media Cloud does the same)."""
FULL_EVERY = 8 * DAY
"""Some servers say 304 for ever: after this long without a whole answer the validators are left out, as in
NetNewsWire."""


def after_success(now: float, interval: float, fresh_for: float, jitter: float) -> float:
    """Unix seconds of the next attempt. The server's own freshness counts if it is longer than ``interval``;
    ``jitter`` in 0..1 is chance, given by the caller."""
    return now + max(interval, fresh_for) * (1 + SPREAD * (jitter - 0.5))


def after_failure(now: float, interval: float, reason: str, failures: int, retry_after: float | None,
                  jitter: float) -> float:
    """Unix seconds of the next attempt after the ``failures``-th failure in a row.

    Linear backoff up to a day (Media Cloud's rule: a feed that is down for an hour is not lost for a week),
    a longer Retry-After up to a day, and a month for feeds that are gone.
    """
    if reason == "http-410":
        return now + REST
    wait = min(interval * max(failures, 1), LONGEST_BACKOFF)
    wait = max(wait, min(retry_after or 0.0, DAY))
    return now + (wait + APART * jitter if reason == "http-429" else wait * (1 + SPREAD * jitter))


def asks_whole(now: float, whole_at: float | None) -> bool:
    """Whether to ask without validators, because the last whole answer is too long ago."""
    return whole_at is None or now - whole_at > FULL_EVERY
