"""The collector's state as a file: older ones go on, what is shown is remembered, the last polls are kept."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from pipeline.collect.state import ATTEMPTS, Attempt, CollectState, FeedState, Hold, Known
from pipeline.records import RAW
from tests.made_collector import NOW, Collector, collector
from tests.web_server import item, rss
from transforms.identify import article_id, digest

__all__ = ["collector"]

FORMAT_1 = """
CREATE TABLE feeds (feed_id TEXT NOT NULL, url TEXT NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL,
    body_hash TEXT NOT NULL, next_attempt NUMERIC, status TEXT NOT NULL, reason TEXT NOT NULL,
    explanation TEXT NOT NULL, warning TEXT NOT NULL, failures NUMERIC, polled_at NUMERIC, ok_at NUMERIC,
    whole_at NUMERIC, parsed_at NUMERIC, new_at NUMERIC, polls NUMERIC, unchanged NUMERIC, errors NUMERIC,
    published NUMERIC, title TEXT NOT NULL, language TEXT NOT NULL, PRIMARY KEY (feed_id));
CREATE TABLE entries (feed_id TEXT NOT NULL, entry_id TEXT NOT NULL, article_id TEXT NOT NULL,
    content TEXT NOT NULL, seen REAL NOT NULL, PRIMARY KEY (feed_id, entry_id)) WITHOUT ROWID;
CREATE TABLE articles (article_id TEXT PRIMARY KEY, owner TEXT NOT NULL, content TEXT NOT NULL,
    revision INTEGER NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX entries_of_article ON entries (article_id);
PRAGMA user_version = 1;
"""


async def test_a_file_of_format_1_goes_on_without_publishing_anything_again(collector: Collector) -> None:
    feed = collector.add("/feed", rss(item(1), item(2, "Changed since.")))
    ids = {n: article_id(feed.outlet, f"https://news.example/{n}", feed.feed_id, f"id-{n}") for n in (1, 2)}
    contents = {n: digest("content", f"Title {n}", "Some words.") for n in (1, 2)}
    with sqlite3.connect(collector.folder / "collect.db") as db:
        db.executescript(FORMAT_1)
        db.execute("INSERT INTO feeds VALUES (?, ?, 'old', '', '', ?, 'ok', '', '', '', 0, ?, ?, ?, ?, ?, 5, 1, 0, 2, "
                   "'A feed', 'en')", (feed.feed_id, feed.url, NOW, NOW - 60, NOW - 60, NOW - 60, NOW - 60, NOW - 60))
        for n in (1, 2):
            db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)",
                       (feed.feed_id, f"id-{n}", ids[n], contents[n], NOW - 60))
            db.execute("INSERT INTO articles VALUES (?, ?, ?, 1, ?)", (ids[n], feed.feed_id, contents[n], NOW - 60))
    db.close()
    progress = await collector.run()
    assert (progress.new, progress.revised) == (0, 1)
    assert [(value["article_id"], value["revision"]) for value in collector.log.raw()] == [(ids[2], 2)]
    state = collector.state(feed)
    assert (state.polls, state.published, state.interval, state.address) == (6, 3, 0.0, "")
    assert (await collector.run()).revised == 0


def test_the_last_polls_are_kept_and_no_more(tmp_path: Path) -> None:
    state = CollectState(tmp_path / "c.db")
    for number in range(ATTEMPTS + 5):
        state.save(FeedState("f", polls=number), attempt=Attempt(float(number), "new", 200, 10, 0.5, number, 1))
    kept = state.attempts("f")
    assert [attempt.at for attempt in kept] == [float(number) for number in range(ATTEMPTS + 4, 4, -1)]
    assert kept[0] == Attempt(24.0, "new", 200, 10, 0.5, 24, 1)
    assert state.latest_attempts() == {"f": kept}
    assert state.attempts("g") == []


def test_which_feeds_show_an_article_is_known(tmp_path: Path) -> None:
    state = CollectState(tmp_path / "c.db")
    for name in ("g", "f"):
        state.save(FeedState(name), [Known("e1", "a1", "c"), Known(f"e2{name}", f"a2{name}", "c")])
    assert state.feeds_of(["a1", "a2f", "none"]) == {"a1": ["f", "g"], "a2f": ["f"]}


def test_what_is_to_be_left_alone_is_remembered_until_it_is_over(tmp_path: Path) -> None:
    state = CollectState(tmp_path / "c.db")
    state.hold(Hold("a.example", 100.0, "http-429"))
    assert state.holds(99.0) == [Hold("a.example", 100.0, "http-429")]
    assert state.holds(100.0) == []


def test_many_polls_are_saved_together_or_not_at_all(tmp_path: Path) -> None:
    state = CollectState(tmp_path / "c.db")
    transaction = state.together()
    transaction.__enter__()
    state.save(FeedState("f"))
    state.save(FeedState("g"))
    transaction.__exit__(OSError, OSError(), None)
    assert state.feeds() == {}
    with state.together():
        state.save(FeedState("f"))
        state.save(FeedState("g"))
    assert set(CollectState(tmp_path / "c.db").feeds()) == {"f", "g"}


async def test_the_record_names_all_feeds_that_show_the_article(collector: Collector) -> None:
    collector.add("/all", rss(item(1)))
    await collector.run()
    collector.add("/world", rss(item(1)))
    await collector.run()
    collector.serve("/all", rss(item(1, "Corrected.")))
    await collector.run()
    first, second = (orjson.loads(record.value) for record in collector.log.records[RAW])
    assert first["feeds"] == ["feed-all"]
    assert second["feeds"] == ["feed-all", "feed-world"]
    assert (first["media"], first["categories"], first["page"], first["dated"]) == ([], [], None, "")


async def test_every_poll_leaves_a_line_with_its_reason(collector: Collector) -> None:
    feed = collector.add("/feed", rss(item(1)))
    answers: list[dict[str, Any]] = [
        {}, {}, {"body": rss(item(1)), "conditional": False}, {"body": rss(item(1), title="Another title")},
        {"body": rss(item(2), item(1, "Corrected."))}, {"status": 403}]
    for answer in answers:
        if answer:
            collector.serve("/feed", **answer)
        collector.now += 1
        await collector.run()
    state = collector.open_state()
    kept = [replace(line, at=line.at - NOW, seconds=0.0, size=min(line.size, 1))
            for line in reversed(state.attempts(feed.feed_id))]
    state.close()
    assert kept == [Attempt(1, "new", 200, 1, 0.0, 1, 0), Attempt(2, "304", 304), Attempt(3, "unchanged", 200, 1),
                    Attempt(4, "all-duplicates", 200, 1), Attempt(5, "new", 200, 1, 0.0, 1, 1),
                    Attempt(6, "http-403", 403)]
