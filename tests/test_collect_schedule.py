"""When a feed is asked again, whose turn it is, and what is remembered for how long."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect.feeds import Feed
from pipeline.collect.schedule import after_failure, after_success, asks_whole
from pipeline.collect.state import CollectState, FeedState, Known, Published
from pipeline.collect.turns import Turns
from pipeline.errors import NewsbeamError

HOUR, DAY = 3600.0, 86_400.0


def test_a_good_feed_is_asked_again_after_the_interval_give_or_take_a_twentieth() -> None:
    assert [after_success(0, HOUR, 0, chance) for chance in (0.0, 0.5, 1.0)] == pytest.approx([3420, 3600, 3780])


def test_a_server_that_names_a_longer_time_gets_it() -> None:
    assert after_success(0, HOUR, 2 * HOUR, 0.5) == 2 * HOUR
    assert after_success(0, HOUR, 60, 0.5) == HOUR


@pytest.mark.parametrize(("failures", "hours"), [(1, 1), (2, 2), (10, 10), (24, 24), (100, 24)])
def test_backoff_is_linear_up_to_a_day(failures: int, hours: int) -> None:
    assert after_failure(0, HOUR, "timeout", failures, None, 0.0) == hours * HOUR


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


def feeds(*names: str) -> list[Feed]:
    """``a1`` is feed 1 of host a."""
    return [Feed(name, f"https://{name[0]}.example/{name[1:]}", name[0]) for name in names]


def names(taken: list[Feed]) -> list[str]:
    return [feed.feed_id for feed in taken]


def test_a_host_with_many_feeds_delays_only_itself() -> None:
    listed = feeds("a1", "a2", "a3", "a4", "b1")
    turns = Turns(listed, dict.fromkeys(("a1", "a2", "a3", "a4", "b1"), 0.0))
    first = turns.take(0.0, 10)
    assert names(first) == ["a1", "a2", "b1"]
    turns.give_back(listed[0], None)
    assert names(turns.take(0.0, 10)) == ["a3"]


def test_feeds_wait_for_their_time_and_for_a_free_place() -> None:
    listed = feeds("a1", "b1", "c1")
    turns = Turns(listed, {"a1": 5.0, "b1": 3.0, "c1": 100.0})
    assert (turns.take(0.0, 10), turns.pause(0.0)) == ([], 3.0)
    assert names(turns.take(6.0, 1)) == ["b1"]
    assert names(turns.take(6.0, 1)) == ["a1"]
    turns.give_back(listed[1], 7.0)
    assert turns.pause(6.0) == 1.0
    assert names(turns.take(7.0, 10)) == ["b1"]
    assert turns.pause(7.0) == 60.0


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 5))
def test_every_feed_gets_its_turn_and_no_host_more_than_two(hosts: list[str], free: int) -> None:
    listed = feeds(*(f"{host}{number}" for number, host in enumerate(hosts)))
    turns = Turns(listed, {feed.feed_id: 0.0 for feed in listed})
    seen: list[str] = []
    running: list[Feed] = []
    while not turns.empty() or running:
        running += turns.take(0.0, free - len(running))
        assert all(sum(feed.outlet == host for feed in running) <= 2 for host in "abc")
        assert running
        done = running.pop(0)
        seen.append(done.feed_id)
        turns.give_back(done, None)
    assert sorted(seen) == sorted(feed.feed_id for feed in listed)


@pytest.fixture
def state(tmp_path: Path) -> CollectState:
    return CollectState(tmp_path / "deep" / "collect.db")


def test_what_is_saved_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "collect.db"
    feed = FeedState("f", "https://e.example/", etag='"x"', failures=3, next_attempt=12.5, polled_at=1.0)
    entry, article = Known("e", "a", "c"), Published("a", "f", "c", 2, 7.0)
    first = CollectState(path)
    first.save(feed, [entry], [article], 7.0)
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
    state.save(FeedState("f"), entries, (), 1.0)
    assert len(state.known("f", [entry.entry_id for entry in entries])) == 2000


def test_entries_are_forgotten_a_month_after_they_left_their_feed(state: CollectState) -> None:
    """The feed was last read on day 40; ``left`` was last in it on day 5, ``stays`` on day 40."""
    feed = FeedState("f", polled_at=40 * DAY, parsed_at=40 * DAY)
    state.save(feed, [Known("left", "a1", "c")], [Published("a1", "f", "c", 1, 5 * DAY)], 5 * DAY)
    state.save(feed, [Known("stays", "a2", "c")], [Published("a2", "f", "c", 1, 5 * DAY)], 40 * DAY)
    assert state.prune(34 * DAY) == 0
    assert state.prune(36 * DAY) == 1
    assert list(state.known("f", ["left", "stays"])) == ["stays"]
    assert list(state.articles(["a1", "a2"])) == ["a2"]
    # A feed that never changes is not read again, and its entries are still in it.
    assert state.prune(120 * DAY) == 0


def test_feeds_that_nobody_polls_are_forgotten_with_their_entries(state: CollectState) -> None:
    state.save(FeedState("f", polled_at=0.0, parsed_at=0.0), [Known("e", "a", "c")], (), 0.0)
    assert state.prune(89 * DAY) == 0
    assert state.prune(91 * DAY) == 1
    assert state.feeds() == {}
