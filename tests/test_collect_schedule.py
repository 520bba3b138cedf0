"""When a feed is asked again, whose turn it is, and what is remembered for how long."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipeline.collect.after_poll import welcome
from pipeline.collect.schedule import adapt, after_failure, after_success, asks_whole, usual_gap, weight
from pipeline.collect.state import CollectState, FeedState, Known, Published
from pipeline.errors import NewsbeamError

HOUR, DAY = 3600.0, 86_400.0


def test_a_good_feed_is_asked_again_after_the_interval_give_or_take_a_twentieth() -> None:
    assert [after_success(0, HOUR, 0, chance) for chance in (0.0, 0.5, 1.0)] == pytest.approx([3420, 3600, 3780])


def test_a_server_that_names_a_longer_time_gets_it() -> None:
    assert after_success(0, HOUR, 2 * HOUR, 0.0) == 2 * HOUR
    assert after_success(0, HOUR, 2 * HOUR, 1.0) == 2.1 * HOUR
    assert after_success(0, HOUR, 60, 0.5) == HOUR
    assert after_success(0, HOUR, 99 * DAY, 0.0) == DAY


@pytest.mark.parametrize(("failures", "hours"), [(0.5, 1), (1, 1), (1.5, 1.5), (10, 10), (24, 24), (29.5, 24)])
def test_backoff_is_linear_up_to_a_day(failures: float, hours: float) -> None:
    assert after_failure(0, HOUR, "timeout", failures, None, 0.0) == hours * HOUR


def test_a_feed_that_fails_for_weeks_is_still_asked_once_a_month() -> None:
    assert after_failure(0, HOUR, "timeout", 30, None, 1.0) == 30 * DAY


@pytest.mark.parametrize(("reason", "weighs"), [
    ("http-403", 1), ("not-a-feed", 1), ("http-401", 1), ("bad-url", 1), ("http-404", 0.5), ("http-429", 0.5),
    ("http-5xx", 0.5), ("tls", 0.5), ("timeout", 0.5), ("dns", 0.5), ("connection", 0.5)])
def test_what_often_passes_by_itself_weighs_less(reason: str, weighs: float) -> None:
    assert weight(reason) == weighs


def test_retry_after_counts_if_it_is_longer_and_at_most_a_day() -> None:
    assert after_failure(0, HOUR, "http-5xx", 1, 2 * HOUR, 0.0) == 2 * HOUR
    assert after_failure(0, HOUR, "http-5xx", 3, 2 * HOUR, 0.0) == 3 * HOUR
    assert after_failure(0, HOUR, "http-5xx", 1, 88 * HOUR, 0.0) == DAY


def test_feeds_told_off_together_do_not_come_back_together() -> None:
    assert after_failure(0, HOUR, "http-429", 1, 600, 0.0) == HOUR
    assert after_failure(0, HOUR, "http-429", 1, 600, 1.0) == 2 * HOUR


def test_a_feed_that_is_gone_is_asked_once_a_month() -> None:
    assert after_failure(0, HOUR, "http-410", 1, None, 1.0) == 30 * DAY


def test_a_whole_answer_is_asked_for_after_eight_days_without_one() -> None:
    assert asks_whole(0, None)
    assert not asks_whole(8 * DAY, 0)
    assert asks_whole(8 * DAY + 1, 0)


def test_a_feed_silent_for_three_times_its_usual_gap_is_asked_whole_once_a_day() -> None:
    assert asks_whole(25 * HOUR, whole_at=0, new_at=0, gap=8 * HOUR)
    assert not asks_whole(25 * HOUR, whole_at=2 * HOUR, new_at=0, gap=8 * HOUR)
    assert not asks_whole(25 * HOUR, whole_at=0, new_at=0, gap=9 * HOUR)
    assert not asks_whole(25 * HOUR, whole_at=0, new_at=0, gap=0)


def test_a_feed_with_pages_to_try_again_is_asked_whole_every_ten_minutes_at_most() -> None:
    assert asks_whole(600, whole_at=0, pending=1)
    assert not asks_whole(599, whole_at=0, pending=1)


def test_the_interval_follows_the_share_of_entries_seen_before() -> None:
    assert adapt(6 * HOUR, 600, seen=0.3, gap=0, quiet=0) == 5 * HOUR
    assert adapt(6 * HOUR, 600, seen=0.5, gap=0, quiet=0) == 6 * HOUR
    assert adapt(6 * HOUR, 600, seen=0.7, gap=0, quiet=0) == 6 * HOUR + 600
    assert adapt(6 * HOUR, 600, seen=1.0, gap=0, quiet=32 * DAY) == 7 * HOUR


def test_the_interval_stays_between_ten_minutes_and_a_day() -> None:
    assert adapt(1800, 600, seen=0.0, gap=0, quiet=0) == 600
    assert adapt(DAY, 600, seen=1.0, gap=0, quiet=40 * DAY) == DAY


def test_a_feed_with_news_every_half_hour_is_asked_every_half_hour_however_long_its_list() -> None:
    assert adapt(1800, 600, seen=0.98, gap=1800, quiet=0) == 1800
    assert adapt(6 * HOUR, 600, seen=0.98, gap=1800, quiet=0) == 5 * HOUR
    # At night, when it has been silent for more than three gaps, it is asked less.
    assert adapt(1800, 600, seen=1.0, gap=1800, quiet=5401) == 2400


def test_the_usual_gap_is_the_median_of_the_latest_and_needs_five_dates() -> None:
    assert usual_gap([100, 200, 300, 400, 10_000], now=20_000) == 100
    assert usual_gap([100, 200, 300, 400], now=20_000) == 0
    assert usual_gap([None, 100, 300, 200, 400, 500, 99_999_999], now=20_000) == 100


def test_hours_and_days_when_a_feed_does_not_want_to_be_read_are_waited_for_up_to_a_day() -> None:
    friday_noon = 1762516800.0
    assert welcome(friday_noon + 60, "") == friday_noon + 60
    assert welcome(friday_noon + 60, "12 13|") == friday_noon + 2 * HOUR
    assert welcome(friday_noon, "|4") == friday_noon + 12 * HOUR
    assert welcome(friday_noon, "|0 1 2 3 4 5 6") == friday_noon + DAY


@pytest.fixture
def state(tmp_path: Path) -> CollectState:
    return CollectState(tmp_path / "deep" / "collect.db")


def test_what_is_saved_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "collect.db"
    feed = FeedState("f", "https://e.example/", etag='"x"', failures=3, next_attempt=12.5, polled_at=1.0)
    entry, article = Known("e", "a", "c", 7.0, 1), Published("a", "f", "c", 2, 7.0, "t", 5, 3)
    first = CollectState(path)
    first.save(feed, [entry], [article])
    first.close()
    again = CollectState(path)
    assert again.feeds() == {"f": feed}
    assert again.known("f", ["e", "x"]) == {"e": entry}
    assert again.known("g", ["e"]) == {}
    assert again.articles(["a", "x"]) == {"a": article}


def test_a_state_that_cannot_be_used_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "junk.db").write_bytes(b"no database" * 1000)
    with pytest.raises(NewsbeamError, match="moved away"):
        CollectState(tmp_path / "junk.db")
    CollectState(tmp_path / "new.db").close()
    with sqlite3.connect(tmp_path / "new.db") as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(NewsbeamError, match="newer newsbeam"):
        CollectState(tmp_path / "new.db")


def test_thousands_of_entries_are_looked_up_at_once(state: CollectState) -> None:
    entries = [Known(f"e{n}", f"a{n}", "c") for n in range(2000)]
    state.save(FeedState("f"), entries)
    assert len(state.known("f", [entry.entry_id for entry in entries])) == 2000


def test_entries_are_forgotten_a_month_after_they_left_their_feed(state: CollectState) -> None:
    """The feed was last read on day 40; ``left`` was last in it on day 5, ``stays`` on day 40."""
    feed = FeedState("f", polled_at=40 * DAY, parsed_at=40 * DAY)
    state.save(feed, [Known("left", "a1", "c", 5 * DAY)], [Published("a1", "f", "c", 1, 5 * DAY)])
    state.save(feed, [Known("stays", "a2", "c", 39.6 * DAY)], [Published("a2", "f", "c", 1, 5 * DAY)])
    assert state.prune(34 * DAY) == 0
    assert state.prune(36 * DAY) == 1
    assert list(state.known("f", ["left", "stays"])) == ["stays"]
    assert list(state.articles(["a1", "a2"])) == ["a2"]
    # A feed that never changes is not read again, and its entries are still in it.
    assert state.prune(120 * DAY) == 0


def test_feeds_that_nobody_polls_are_forgotten_with_their_entries(state: CollectState) -> None:
    state.save(FeedState("f", polled_at=0.0, parsed_at=0.0), [Known("e", "a", "c")])
    assert state.prune(89 * DAY) == 0
    assert state.prune(91 * DAY) == 1
    assert state.feeds() == {}
