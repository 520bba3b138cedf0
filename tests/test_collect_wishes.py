"""Wishes for single feeds cross from the commands to a running collector; changed lists too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.collect.lists.feeds import Feed
from pipeline.collect.lists.list_changes import Changes, ListWatch, changes
from pipeline.collect.state import CollectState, FeedState
from pipeline.collect.wishes import Wish, Wishes
from pipeline.errors import FeedListError, NewsbeamError

A, B, C = (Feed(name, f"https://{name}.example/rss", name) for name in "abc")


def test_a_wish_is_news_to_others_once(tmp_path: Path) -> None:
    collector, command = Wishes(tmp_path / "c.db"), Wishes(tmp_path / "c.db")
    assert collector.news() == {}
    assert collector.news() is None
    command.disable("a", 5.0)
    command.retry("b", 6.0)
    assert collector.news() == {"a": Wish("a", 5.0, None), "b": Wish("b", None, 6.0)}
    assert collector.news() is None


def test_a_granted_wish_is_gone_and_a_newer_one_stays(tmp_path: Path) -> None:
    wishes = Wishes(tmp_path / "c.db")
    wishes.retry("a", 1.0)
    first = wishes.all()["a"]
    wishes.retry("a", 2.0)
    wishes.granted(first)
    assert wishes.all() == {"a": Wish("a", None, 2.0)}
    wishes.granted(wishes.all()["a"])
    assert wishes.all() == {}


def test_a_disabled_feed_rests_since_the_first_time_and_until_enabled(tmp_path: Path) -> None:
    wishes = Wishes(tmp_path / "c.db")
    wishes.retry("a", 0.5)
    wishes.disable("a", 1.0)
    wishes.disable("a", 2.0)
    assert wishes.all() == {"a": Wish("a", 1.0, None)}
    wishes.enable("a")
    assert wishes.all() == {}


def test_wishes_and_state_share_a_file_whoever_comes_first(tmp_path: Path) -> None:
    wishes = Wishes(tmp_path / "new" / "c.db")
    wishes.disable("a", 1.0)
    state = CollectState(tmp_path / "new" / "c.db")
    state.save(FeedState("a", "https://a.example/rss"))
    assert (list(state.feeds()), list(wishes.all())) == (["a"], ["a"])


def test_a_file_that_is_no_state_is_said(tmp_path: Path) -> None:
    (tmp_path / "c.db").write_bytes(b"no database" * 100)
    with pytest.raises(NewsbeamError, match="cannot be opened"):
        Wishes(tmp_path / "c.db")


def test_changes_of_a_list_are_by_id_and_disabled_feeds_are_absent() -> None:
    moved = replace(B, url="https://elsewhere.example/rss")
    assert changes([A, B], [moved, C]) == Changes((C,), (A,), (moved,))
    assert changes([A], [replace(A, enabled=False)]) == Changes((), (A,), ())
    assert changes([replace(A, enabled=False)], [A]) == Changes((A,))
    assert not changes([A, B], [B, A])


def test_a_changed_list_is_read_once_and_a_broken_one_is_an_error_once(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("https://a.example/rss\n")
    watch = ListWatch(path)
    assert watch.look() is None
    path.write_text("https://a.example/rss\nhttps://b.example/rss\n")
    found = watch.look()
    assert isinstance(found, list)
    assert [feed.outlet for feed in found] == ["a.example", "b.example"]
    path.write_text("nonsense\n")
    error = watch.look()
    assert isinstance(error, FeedListError)
    assert "line 1" in str(error)
    assert watch.look() is None
    path.unlink()
    assert isinstance(watch.look(), FeedListError)
    (tmp_path / "new").write_text("https://c.example/rss\n")
    (tmp_path / "new").replace(path)
    assert isinstance(watch.look(), list)


def test_a_list_that_begins_later_is_seen(tmp_path: Path) -> None:
    watch = ListWatch(tmp_path / "feeds.toml")
    assert watch.look() is None
    (tmp_path / "feeds.toml").write_text('[[feed]]\nurl = "https://a.example/"\n')
    found = watch.look()
    assert isinstance(found, list)
    assert [feed.url for feed in found] == ["https://a.example/"]
