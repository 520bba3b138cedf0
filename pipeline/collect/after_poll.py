"""What a poll means for its feed: state, next attempt, and the line in its record. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import gmtime

from pipeline.collect.fetch.fetch import Fetched, NotModified
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.moves import Move, seen_move
from pipeline.collect.outage import OFFLINE, RETRY
from pipeline.collect.parse.entry import Hints, ParsedFeed
from pipeline.collect.schedule import (
    LONGEST,
    ON_TIME,
    SHORTEST,
    adapt,
    after_failure,
    after_success,
    usual_gap,
    weight,
)
from pipeline.collect.state import Attempt, FeedState
from pipeline.errors import FetchError

BACK_HOME = 3
"""Failures in a row after which a feed that moved is asked at its old address again."""
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of asking a feed. ``whole``: the server sent a whole document, even if it was the old one;
    ``size`` its bytes as decoded, ``seconds`` from asking to the answer."""

    outcome: Fetched | NotModified | FetchError
    parsed: ParsedFeed | None = None
    whole: bool = False
    size: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Brought:
    """What a poll came to: entries published as new and as revised, changed ones held back, pages to be tried
    again; whether the document has an entry that the feed was known to have; the ids of entries whose pages come
    with later polls."""

    new: int = 0
    revised: int = 0
    held_back: int = 0
    pending: int = 0
    shares: bool = False
    later: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rules:
    """How one feed is polled: its usual interval and the shortest one it may learn, seconds; ``fixed`` if it
    has its own."""

    interval: float
    shortest: float
    fixed: bool = False


def rules(feed: Feed, usual: float) -> Rules:
    """``usual`` is the operator's interval in seconds; a shorter one than ten minutes is the operator's word."""
    if feed.minutes:
        return Rules(feed.minutes * 60, feed.minutes * 60, fixed=True)
    return Rules(usual, min(SHORTEST, usual))


def address_of(feed: Feed, state: FeedState) -> str:
    """Where the feed is asked for: the address of the list, or that to which it moved for good."""
    return state.address or feed.url


def after_poll(feed: Feed, before: FeedState, result: Result, brought: Brought, rule: Rules, now: float,
               chance: float) -> FeedState:
    """The feed's state after a poll; ``chance`` in 0..1 spreads the next one."""
    polled = replace(before, polls=before.polls + 1, polled_at=now, outlet=feed.outlet)
    if isinstance(result.outcome, FetchError):
        return _failed(polled, result.outcome, rule, now, chance)
    return _went_well(feed, before, polled, result, brought, rule, now, chance)


def _failed(state: FeedState, error: FetchError, rule: Rules, now: float, chance: float) -> FeedState:
    if error.reason == OFFLINE:
        state.errors, state.on_time, state.next_attempt = state.errors + 1, 0, now + RETRY * (0.5 + chance)
        return state
    failures, weighed = state.failures + 1, state.weight + weight(error.reason)
    interval = rule.interval if rule.fixed else state.interval or rule.interval
    state.status = "gone" if error.reason == "http-410" else "failing"
    state.reason, state.explanation = error.reason, error.explanation
    state.failures, state.weight, state.errors, state.on_time = failures, weighed, state.errors + 1, 0
    state.next_attempt = after_failure(now, interval, error.reason, weighed, error.retry_after, chance)
    if state.address and failures >= BACK_HOME:
        state.address = state.etag = state.last_modified = state.body_hash = ""
    return state


def _went_well(feed: Feed, before: FeedState, state: FeedState, result: Result, brought: Brought, rule: Rules,
               now: float, chance: float) -> FeedState:
    outcome, parsed = result.outcome, result.parsed
    assert not isinstance(outcome, FetchError)
    state.status, state.reason, state.explanation, state.failures, state.weight = "ok", "", "", 0, 0.0
    state.ok_at, state.pending = now, brought.pending if parsed else before.pending
    state.etag, state.last_modified = outcome.validators.etag, outcome.validators.last_modified
    if result.whole:
        state.whole_at = now
    _move(feed, state, outcome, brought.shares, now)
    if parsed is None or isinstance(outcome, NotModified):
        state.unchanged += 1
    else:
        _read(state, outcome, parsed, brought, now)
    _learn(before, state, result, brought, rule, now)
    hinted = 0.0 if rule.fixed else max(state.hinted, outcome.fresh_for)
    interval = rule.interval if rule.fixed else state.interval or rule.interval
    state.next_attempt = welcome(after_success(now, interval, hinted, chance), "" if rule.fixed else state.skip)
    return state


def _read(state: FeedState, outcome: Fetched, parsed: ParsedFeed, brought: Brought, now: float) -> None:
    state.body_hash, state.parsed_at = outcome.body_hash, now
    state.title, state.language, state.warning = parsed.title, parsed.language, "; ".join(parsed.warnings)
    if brought.held_back:
        held = f"{brought.held_back:,} changed entries held back: they change with every look"
        state.warning = f"{state.warning}; {held}" if state.warning else held
    state.hinted = min(float(max(parsed.hints.ttl_seconds, parsed.hints.update_seconds)), LONGEST)
    state.skip = _skip(parsed.hints)
    dated = usual_gap((entry.published for entry in parsed.entries), now)
    if dated:
        state.gap = dated
    elif brought.new and state.new_at is not None:
        gap = (now - state.new_at) / brought.new
        state.gap = 0.7 * state.gap + 0.3 * gap if state.gap else gap
    state.published += brought.new + brought.revised
    if brought.new:
        state.new_at = now


def _learn(before: FeedState, state: FeedState, result: Result, brought: Brought, rule: Rules, now: float) -> None:
    """The interval, after the second good poll in a row that was made when it was due."""
    on_time = before.polled_at is not None and abs(now - before.next_attempt) <= ON_TIME
    state.on_time = before.on_time + 1 if on_time else 0
    if rule.fixed or state.on_time < 2:
        return
    shown = len(result.parsed.entries) if result.parsed else 0
    quiet = now - (state.new_at if state.new_at is not None else now)
    state.interval = adapt(before.interval or rule.interval, rule.shortest, 1 - brought.new / shown if shown else 1.0,
                           state.gap, quiet)


def _move(feed: Feed, state: FeedState, outcome: Fetched | NotModified, shares: bool, now: float) -> None:
    asked = address_of(feed, state)
    before = Move(state.moved_to, state.moved_polls, state.moved_since)
    if isinstance(outcome, NotModified):  # the document that was proven to be the feed's
        shares = before.to == outcome.url
    move = seen_move(before, asked, outcome.url or asked, outcome.moved, shares, now)
    if move.agreed(now):
        state.address, move = ("" if move.to == feed.url else move.to), Move()
    state.moved_to, state.moved_polls, state.moved_since = move.to, move.polls, move.since


def attempt_of(result: Result, brought: Brought, now: float) -> Attempt:
    """The line of a poll in its feed's record."""
    outcome = result.outcome
    if isinstance(outcome, FetchError):
        return Attempt(now, outcome.reason, _status(outcome.reason), 0, result.seconds)
    if isinstance(outcome, NotModified):
        reason, status = ("unchanged", 200) if result.whole else ("304", 304)
        return Attempt(now, reason, status, result.size, result.seconds)
    reason = "new" if brought.new or brought.revised else "all-duplicates"
    return Attempt(now, reason, 200, result.size, result.seconds, brought.new, brought.revised)


def _status(reason: str) -> int:
    word = reason.removeprefix("http-")
    return int(word) if word.isdigit() and word != reason else 500 if word == "5xx" else 0


def _skip(hints: Hints) -> str:
    """``"0 1 2|5 6"``: hours (UTC) and days (0 is Monday) at which the feed does not want to be read."""
    return f"{_listed(hints.skip_hours)}|{_listed(hints.skip_days)}" if hints.skip_hours or hints.skip_days else ""


def _listed(numbers: Sequence[int]) -> str:
    return " ".join(map(str, sorted(set(numbers))))


def welcome(at: float, skip: str) -> float:
    """The first moment from ``at`` (Unix seconds) at which a feed wants to be read, at most a day later."""
    if not skip:
        return at
    hours, days = ({int(number) for number in part.split()} for part in skip.split("|"))
    moment = at
    while moment < at + LONGEST:
        day = gmtime(moment)
        if day.tm_hour not in hours and day.tm_wday not in days:
            return moment
        moment = (moment // _HOUR + 1) * _HOUR
    return at + LONGEST
