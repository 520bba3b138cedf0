"""Who is to be left alone: a domain that says "too many requests", a host where several addresses fail.

FreshRSS applied a 503 to a whole host, and one bad route of an own RSSHub stalled hundreds of feeds (issue
7870): so a host has to fail at three addresses, and only names of the public web are taken together at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.collect.budget import key
from pipeline.collect.fetch.domain import host_of, is_public
from pipeline.collect.fetch.fetch import Fetched, NotModified
from pipeline.collect.schedule import LONGEST
from pipeline.collect.state import Hold
from pipeline.errors import FetchError

ADDRESSES = 3
"""Different addresses of one host that must fail in a row before it is left alone."""
PAUSE = 600.0
"""Seconds for which it is, the first time; as much longer each time. Also after a 429 without a Retry-After."""
_OF_THE_HOST = frozenset({"http-5xx", "timeout", "connection"})


@dataclass(slots=True)
class _Host:
    failed: set[str] = field(default_factory=set)
    times: int = 0


class Trouble:
    """What the domains and hosts of a run have told us, and until when they are left alone (Unix seconds)."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._hosts: dict[str, _Host] = {}
        self._times: dict[str, int] = {}

    def remember(self, holds: Iterable[Hold]) -> None:
        """What earlier runs were told."""
        self._until |= {hold.name: hold.until for hold in holds}

    def until(self, name: str) -> float:
        """Until when a domain, or a host by its ``host_name``, is left alone."""
        return self._until.get(name, 0.0)

    def heard(self, url: str, outcome: Fetched | NotModified | FetchError, now: float) -> Hold | None:
        """What an answer means for others at its domain and host; a hold that is to be remembered, if it does."""
        host = host_of(url)
        if not is_public(host):
            return None
        if not isinstance(outcome, FetchError):
            self._hosts.pop(host, None)
            self._times.pop(key(url), None)
            return None
        if outcome.reason == "http-429":
            self._times[key(url)] = times = self._times.get(key(url), 0) + 1
            return self._hold(key(url), now + _pause(outcome.retry_after, times), outcome.reason)
        return self._host_failed(host, url, outcome, now) if outcome.reason in _OF_THE_HOST else None

    def _host_failed(self, host: str, url: str, error: FetchError, now: float) -> Hold | None:
        known = self._hosts.setdefault(host, _Host())
        known.failed.add(url)
        if len(known.failed) < ADDRESSES or self.until(host_name(host)) > now:
            return None
        known.times += 1
        return self._hold(host_name(host), now + _pause(error.retry_after, known.times), error.reason)

    def _hold(self, name: str, until: float, reason: str) -> Hold:
        self._until[name] = max(until, self._until.get(name, 0.0))
        return Hold(name, self._until[name], reason)


def host_name(host: str) -> str:
    """The name of a host, which may be that of its domain too."""
    return f"//{host}"


def is_domain(hold: Hold) -> bool:
    """Whether a hold is a whole domain's."""
    return not hold.name.startswith("//")


def _pause(retry_after: float | None, times: int) -> float:
    return min(max(PAUSE * times, retry_after or 0.0), LONGEST)
