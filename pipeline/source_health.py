"""How each source is doing: what its last polls came to, how long it has been silent, when it is asked next."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.schedule import SILENT
from pipeline.collect.state import Attempt, CollectState, FeedState
from pipeline.collect.wishes import Wishes
from pipeline.envelope import iso
from pipeline.errors import WrongUsage

SORTS = ("trouble", "outlet", "new", "next", "errors")
_GOOD = frozenset({"new", "unchanged", "304", "all-duplicates"})
SHORTEST_SILENCE = 86_400.0
"""Seconds without news below which no source is called silent: outlets sleep at night."""


@dataclass(frozen=True, slots=True)
class PastPoll:
    """One of the last polls; ``at`` is ISO 8601, ``size`` in bytes."""

    at: str | None
    reason: str
    status: int
    size: int
    seconds: float
    new: int
    revised: int


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source. Times are ISO 8601, UTC; addresses without passwords and tokens.

    ``silent`` says that nothing new came for three times its usual ``gap_minutes`` and a day at least.
    ``trouble`` orders sources: 0 where all is well.
    """

    feed_id: str
    url: str
    address: str
    outlet: str
    title: str
    status: str
    reason: str
    explanation: str
    warning: str
    silent: bool
    trouble: float
    failures: int
    polls: int
    errors: int
    unchanged: int
    published: int
    pending_pages: int
    interval_minutes: float
    gap_minutes: float
    polled_at: str | None
    ok_at: str | None
    new_at: str | None
    next_attempt: str | None
    attempts: tuple[PastPoll, ...]

    @property
    def last(self) -> str:
        """What the last poll came to."""
        return self.attempts[0].reason if self.attempts else ""


def source_health(file: Path, sort: str = "trouble", only: str = "", clock: Callable[[], float] = time.time
                  ) -> list[SourceHealth]:
    """Every source that the collector's state knows, the most troubled first, or as ``sort`` (see ``SORTS``) has it;
    with ``only`` those whose outlet, address, id, status or last reason holds that word.

    Raises WrongUsage for an order that there is not, NewsbeamError where the file cannot be read.
    """
    if sort not in SORTS:
        raise WrongUsage(f"--sort {sort!r} is none of {', '.join(SORTS)}")
    if not file.exists():
        return []
    state, wishes = CollectState(file), Wishes(file)
    try:
        found = _all(state.feeds(), state.latest_attempts(), wishes, clock())
    finally:
        state.close()
        wishes.close()
    chosen = [health for health in found if _matches(health, only.lower())]
    return sorted(chosen, key=_ORDERS[sort])


def glance(file: Path, clock: Callable[[], float] = time.time) -> tuple[dict[str, FeedState], list[SourceHealth]]:
    """All feeds and how each is doing, by its last poll alone; in one reading. Raises NewsbeamError."""
    if not file.exists():
        return {}, []
    state, wishes = CollectState(file), Wishes(file)
    try:
        feeds = state.feeds()
        return feeds, _all(feeds, state.last_attempts(), wishes, clock())
    finally:
        state.close()
        wishes.close()


def _all(feeds: Mapping[str, FeedState], attempts: Mapping[str, Sequence[Attempt]], wishes: Wishes,
         now: float) -> list[SourceHealth]:
    resting = {name for name, wish in wishes.all().items() if wish.disabled_at is not None}
    return [_health(feed, attempts.get(name, ()), name in resting, now) for name, feed in feeds.items()]


def outcomes(sources: Iterable[SourceHealth]) -> dict[str, int]:
    """How many sources each reason was last polled with, the most frequent first."""
    return dict(Counter(source.last for source in sources if source.last).most_common())


_ORDERS: dict[str, Callable[[SourceHealth], tuple[object, ...]]] = {
    "trouble": lambda health: (-health.trouble, health.outlet, health.url),
    "outlet": lambda health: (health.outlet, health.url),
    "new": lambda health: (health.new_at or "", health.url),
    "next": lambda health: (health.next_attempt or "", health.url),
    "errors": lambda health: (-health.errors, health.url),
}


def _health(feed: FeedState, attempts: Sequence[Attempt], rests: bool, now: float) -> SourceHealth:
    silent = bool(feed.gap and feed.new_at is not None
                  and now - feed.new_at > max(SILENT * feed.gap, SHORTEST_SILENCE))
    status = "disabled" if rests else feed.status
    past = tuple(PastPoll(_time(line.at), line.reason, line.status, line.size, round(line.seconds, 3), line.new,
                          line.revised) for line in attempts)
    return SourceHealth(
        feed.feed_id, without_secrets(feed.url), without_secrets(feed.address), feed.outlet, feed.title, status,
        feed.reason, without_secrets(feed.explanation), feed.warning, silent,
        0.0 if rests else _trouble(feed, attempts, silent),
        feed.failures, feed.polls, feed.errors, feed.unchanged, feed.published, feed.pending,
        round(feed.interval / 60, 1), round(feed.gap / 60, 1), _time(feed.polled_at), _time(feed.ok_at),
        _time(feed.new_at), _time(feed.next_attempt), past)


def _trouble(feed: FeedState, attempts: Sequence[Attempt], silent: bool) -> float:
    """Failing now, for how long; then silence; then how many of the last polls failed; then warnings."""
    failed = sum(line.reason not in _GOOD for line in attempts) / len(attempts) if attempts else 0.0
    failing = 1000.0 + feed.failures if feed.status in ("failing", "gone") else 0.0
    return round(failing + 100.0 * silent + 50.0 * failed + 10.0 * bool(feed.warning), 1)


def _matches(health: SourceHealth, word: str) -> bool:
    said = (health.outlet, health.url, health.address, health.feed_id, health.status, health.last, health.reason,
            "silent" if health.silent else "")
    return not word or any(word in text.lower() for text in said)


def _time(seconds: float | None) -> str | None:
    return None if seconds is None or seconds <= 0 else iso(int(seconds))


def as_json(health: SourceHealth) -> dict[str, object]:
    """For machines."""
    return {**asdict(health), "last": health.last}
