"""Entries and their pages: completed before they are published, in portions; nothing is lost, nothing repeated."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest

import pipeline.collect.pages.complete_entries as completing
import pipeline.collect.poll as poll
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.pages.complete import Completed, PageNote
from pipeline.collect.parse.entry import Entry
from pipeline.errors import LogError
from tests.made_collector import Collector, collector, schemas
from tests.web_server import item, rss

__all__ = ["collector", "schemas"]


@dataclass
class MadePages:
    """Pages that say "Page of TITLE", but for those with a note of their own, or an error."""

    notes: dict[str, PageNote | Exception]
    asked: list[str]

    async def complete(self, feed: Feed, entry: Entry) -> Completed:
        self.asked.append(entry.title)
        await asyncio.sleep(0)
        note = self.notes.get(entry.title, PageNote("text", "", entry.url, entry.url, "made"))
        if isinstance(note, Exception):
            raise note
        better = replace(entry, text=f"Page of {entry.title}") if note.status == "text" else entry
        return Completed(better, note)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> MadePages:
    made = MadePages({}, [])
    original = poll.Run.__init__

    def with_pages(run: poll.Run, *arguments: Any, **named: Any) -> None:
        original(run, *arguments, **{**named, "pages": made})

    monkeypatch.setattr(poll.Run, "__init__", with_pages)
    return made


def texts(collector: Collector) -> list[tuple[str, int, str]]:
    return sorted((value["title"], value["revision"], value["text"]) for value in collector.log.raw())


async def test_new_entries_are_published_with_their_pages_once(collector: Collector, pages: MadePages,
                                                               schemas: dict[str, Any]) -> None:
    feed = collector.add("/feed", rss(item(1), item(2)))
    collector.now += 600
    progress = await collector.run()
    assert (progress.new, progress.revised) == (2, 0)
    assert texts(collector) == [("Title 1", 1, "Page of Title 1"), ("Title 2", 1, "Page of Title 2")]
    for record in collector.log.raw():
        schemas["raw"].validate(record)
        assert record["page"]["status"] == "text"
    state = collector.open_state()
    assert (state.attempts(feed.feed_id)[0].new, state.feeds()[feed.feed_id].published) == (2, 2)
    state.close()
    collector.serve("/feed", rss(item(3), item(1), item(2)))
    collector.now += 600
    await collector.run()
    assert sorted(pages.asked) == ["Title 1", "Title 2", "Title 3"]
    assert len(collector.log.raw()) == 3


async def test_a_page_that_fails_leaves_the_entry_as_the_feed_has_it(collector: Collector, pages: MadePages) -> None:
    pages.notes = {"Title 1": PageNote("failed", "http-404"), "Title 2": PageNote("paywall", "metered"),
                   "Title 3": RuntimeError("no rule foresaw it"), "Title 4": PageNote("robots", "robots")}
    collector.add("/feed", rss(*(item(n) for n in (1, 2, 3, 4))))
    collector.now += 600
    progress = await collector.run()
    assert (progress.new, progress.errors, progress.log_errors) == (4, 0, 0)
    assert {text for _, _, text in texts(collector)} == {"<p>Some words.</p>"}
    notes = {value["title"]: value["page"] and value["page"]["status"] for value in collector.log.raw()}
    assert notes == {"Title 1": "failed", "Title 2": "paywall", "Title 3": None, "Title 4": "robots"}
    pages.asked.clear()
    collector.now += 600
    await collector.run()
    assert pages.asked == []


async def test_what_failed_for_now_is_tried_again_and_becomes_a_revision(collector: Collector,
                                                                         pages: MadePages) -> None:
    pages.notes = {"Title 1": PageNote("failed", "timeout")}
    feed = collector.add("/feed", rss(item(1), item(2)))
    collector.now += 600
    await collector.run()
    assert collector.state(feed).pending == 1
    collector.now += 600
    await collector.run()  # asked whole, though the server would say 304, and fails again
    assert "If-None-Match" not in collector.server.requests[1].headers
    assert (pages.asked.count("Title 1"), pages.asked.count("Title 2")) == (2, 1)
    pages.notes.clear()
    collector.now += 600
    assert (await collector.run()).revised == 1
    assert collector.state(feed).pending == 0
    assert texts(collector) == [("Title 1", 1, "<p>Some words.</p>"), ("Title 1", 2, "Page of Title 1"),
                                ("Title 2", 1, "Page of Title 2")]
    pages.asked.clear()
    collector.now += 600
    assert (await collector.run()).unchanged == 1
    assert pages.asked == []


async def test_a_page_is_not_tried_for_ever(collector: Collector, pages: MadePages) -> None:
    pages.notes = {"Title 1": PageNote("failed", "http-5xx")}
    feed = collector.add("/feed", rss(item(1)))
    for _ in range(8):
        collector.now += 600
        await collector.run()
    assert len(pages.asked) == 5
    assert collector.state(feed).pending == 0
    assert len(collector.log.raw()) == 1


async def test_more_pages_than_one_poll_takes_come_with_the_next_ones(collector: Collector, pages: MadePages,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completing, "MOST", 2)
    days = [item(n, date=f"{n:02} Nov 2025 00:00:00 +0000") for n in range(1, 6)]
    feed = collector.add("/feed", rss(*days))
    collector.now += 600
    assert (await collector.run()).new == 5
    assert sorted(pages.asked) == ["Title 4", "Title 5"]
    assert collector.state(feed).pending == 3
    collector.now += 600
    assert (await collector.run()).revised == 2
    collector.now += 600
    assert (await collector.run()).revised == 1
    collector.now += 600
    assert (await collector.run()).revised == 0
    assert sorted(pages.asked) == [f"Title {n}" for n in range(1, 6)]
    latest = {value["title"]: value["text"] for value in collector.log.raw()}
    assert latest == {f"Title {n}": f"Page of Title {n}" for n in range(1, 6)}


async def test_a_feed_that_wants_no_pages_gets_none(collector: Collector, pages: MadePages) -> None:
    collector.add("/feed", rss(item(1)))
    collector.feeds[:] = [replace(collector.feeds[0], pages="never")]
    collector.now += 600
    await collector.run()
    assert pages.asked == []
    assert len(collector.log.raw()) == 1


async def test_a_log_that_fails_between_two_portions_loses_and_repeats_nothing(collector: Collector,
                                                                               pages: MadePages) -> None:
    feed = collector.add("/feed", rss(*(item(n) for n in range(6))))
    refused: list[int] = []

    def after_two(topic: str) -> Exception | None:
        if len(collector.log.raw()) >= 2 and not refused:
            refused.append(1)
            return LogError("away")
        return None

    collector.log.fault = after_two
    collector.now += 600
    assert (await collector.run()).log_errors == 1
    assert collector.state(feed).etag == ""
    collector.now += 600
    await collector.run()
    assert [(title, revision) for title, revision, _ in texts(collector)] == [(f"Title {n}", 1) for n in range(6)]


async def test_a_text_changed_in_the_feed_is_a_revision_with_its_page(collector: Collector, pages: MadePages) -> None:
    collector.add("/feed", rss(item(1)))
    collector.now += 600
    await collector.run()
    collector.serve("/feed", rss(item(1, "Corrected words.")))
    collector.now += 600
    await collector.run()
    assert texts(collector) == [("Title 1", 1, "Page of Title 1"), ("Title 1", 2, "Page of Title 1")]


def test_a_note_is_written_as_the_schema_has_it() -> None:
    assert orjson.loads(orjson.dumps(PageNote("text")))["status"] == "text"


