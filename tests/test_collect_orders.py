"""A collector that runs takes note: feeds rest, go on, are asked now; the list changes; sitemaps list others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pipeline.collect.poll as poll
from pipeline.collect.desk import Means
from pipeline.collect.lists.list_changes import ListWatch
from pipeline.collect.poll import Progress, collect
from pipeline.collect.wishes import Wishes
from tests.made_collector import LIMITS, NOW, SETTINGS, Collector, collector
from tests.web_server import item, rss

__all__ = ["collector"]

NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


class Running:
    """A collector that runs while its test changes things; ends when told or after ten seconds."""

    def __init__(self, collector: Collector, watch: ListWatch | None = None) -> None:
        self.collector, self.stop = collector, asyncio.Event()
        self.polls = 0
        self._changed = asyncio.Event()
        self.task = asyncio.create_task(asyncio.wait_for(collect(
            SETTINGS, collector.feeds, collector.log.open, collector.open_state, self.stop,
            means=Means(lambda: collector.now, lambda: 0.5, lambda: "trace"), limits=LIMITS,
            progress=self._progress, watch=watch, open_wishes=lambda: Wishes(collector.folder / "collect.db")), 10))

    def _progress(self, progress: Progress) -> None:
        self.progress = progress
        self._changed.set()

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(8):
            while not reached():
                self._changed.clear()
                await self._changed.wait()

    async def end(self) -> Progress:
        self.stop.set()
        return await self.task


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll, "EVERY", 0.02)


def wishes(collector: Collector) -> Wishes:
    return Wishes(collector.folder / "collect.db")


async def test_a_wish_to_ask_now_is_granted_while_the_collector_runs(collector: Collector) -> None:
    feed = collector.add("/feed", status=500)
    running = Running(collector)
    await running.until(lambda: running.progress.polls == 1 if hasattr(running, "progress") else False)
    assert collector.state(feed).failures == 1
    collector.serve("/feed", rss(item(1)))
    wishes(collector).retry(feed.feed_id, NOW)
    await running.until(lambda: running.progress.polls == 2)
    assert (await running.end()).new == 1
    assert wishes(collector).all() == {}


async def test_a_disabled_feed_rests_and_goes_on_when_it_is_enabled(collector: Collector) -> None:
    feed = collector.add("/feed", rss(item(1)))
    await collector.run()
    wishes(collector).disable(feed.feed_id, NOW)
    collector.now += 3600
    running = Running(collector)
    await running.until(lambda: collector.log.health()[-1] == ("disabled", None))
    assert len(collector.server.requests) == 1
    wishes(collector).enable(feed.feed_id)
    await running.until(lambda: running.progress.polls == 1)
    await running.end()
    assert collector.log.health() == [("ok", None), ("disabled", None), ("ok", None)]
    assert len(collector.server.requests) == 2


async def test_a_feed_that_is_disabled_while_the_collector_runs_is_asked_no_more(collector: Collector) -> None:
    feed = collector.add("/feed", rss(item(1)))
    running = Running(collector)
    await running.until(lambda: bool(collector.log.raw()))
    wishes(collector).disable(feed.feed_id, NOW)
    await running.until(lambda: collector.log.health()[-1] == ("disabled", None))
    collector.now += 7 * 86_400
    wishes(collector).retry("other", NOW)  # something to take note of, so that time has passed
    await running.until(lambda: wishes(collector).all()[feed.feed_id].disabled_at == NOW)
    await running.end()
    assert len(collector.server.requests) == 1


async def test_a_changed_list_is_taken_over(collector: Collector, tmp_path: Path) -> None:
    collector.add("/a", rss(item(1)))
    collector.serve("/b", rss(item(2)))
    path = tmp_path / "list.txt"
    path.write_text(f"{collector.server.url('/a')}\n")
    running = Running(collector, ListWatch(path))
    await running.until(lambda: len(collector.log.raw()) == 1)
    path.write_text(f"nonsense {collector.server.url('/b')}\n")
    await running.until(lambda: bool(running.progress.list_problem))
    path.write_text(f"{collector.server.url('/a')}\n{collector.server.url('/b')}\n")
    await running.until(lambda: len(collector.log.raw()) >= 2)
    progress = await running.end()
    assert (progress.feeds, progress.list_problem) == (2, "")


async def test_a_disabled_feed_of_the_list_is_not_asked(collector: Collector) -> None:
    from dataclasses import replace

    collector.add("/a", rss(item(1)))
    collector.feeds[:] = [replace(collector.feeds[0], enabled=False)]
    progress = await collector.run()
    assert (progress.polls, collector.server.requests) == (0, [])


def news_sitemap(*numbers: int) -> str:
    urls = "".join(
        f"<url><loc>https://news.example/{n}</loc><news:news><news:publication><news:name>N</news:name>"
        f"<news:language>en</news:language></news:publication><news:publication_date>2025-11-07T00:51:08Z"
        f"</news:publication_date><news:title>Title {n}</news:title></news:news></url>" for n in numbers)
    return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='{NEWS}'>{urls}</urlset>"


def sitemap_index(*urls: str) -> str:
    listed = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{listed}</sitemapindex>"


async def test_the_sitemaps_of_an_index_are_polled_under_their_parent(collector: Collector) -> None:
    pytest.importorskip("pipeline.collect.parse.sitemap")
    collector.add("/index.xml", sitemap_index(*(collector.server.url(f"/{name}.xml") for name in "ab")), outlet="O")
    collector.serve("/a.xml", news_sitemap(1, 2))
    collector.serve("/b.xml", news_sitemap(2, 3))
    progress = await collector.run()
    assert (progress.polls, progress.new) == (3, 3)
    values = collector.log.raw()
    assert {value["outlet"] for value in values} == {"O"}
    assert sorted(value["title"] for value in values) == ["Title 1", "Title 2", "Title 3"]
    # The next run goes on with them, each in its own time; one that the index drops is asked no more.
    collector.serve("/index.xml", sitemap_index(collector.server.url("/a.xml")))
    collector.now += 3600
    asked = {name: len(collector.server.asked(f"/{name}.xml")) for name in "ab"}
    assert (await collector.run()).new == 0
    assert len(collector.server.asked("/a.xml")) == asked["a"] + 1
    assert len(collector.server.asked("/b.xml")) == asked["b"]


async def test_robots_txt_counts_for_sitemaps_and_not_for_feeds(collector: Collector) -> None:
    from dataclasses import replace

    collector.serve("/robots.txt", "User-agent: *\nDisallow: /")
    collector.add("/feed", rss(item(1)))
    collector.add("/map.xml", news_sitemap(7))
    collector.feeds[1] = replace(collector.feeds[1], kind="sitemap")
    progress = await collector.run()
    assert (progress.new, progress.errors) == (1, 1)
    assert collector.state(collector.feeds[1]).reason == "robots"
    assert collector.server.asked("/map.xml") == []


async def test_a_woken_feed_is_asked_at_once(collector: Collector) -> None:
    feed = collector.add("/feed", rss(item(1)))
    await collector.run()
    woken: list[Any] = []

    class Waking(poll.Run):
        async def go(self, *arguments: Any) -> None:
            asyncio.get_running_loop().call_later(0.05, self.wake, feed.feed_id)
            woken.append(self)
            await super().go(*arguments)

    original = poll.Run
    poll.Run = Waking  # type: ignore[misc]
    try:
        collector.serve("/feed", rss(item(2)))
        running = Running(collector)
        await running.until(lambda: len(collector.log.raw()) == 2)
        await running.end()
    finally:
        poll.Run = original  # type: ignore[misc]
    assert len(woken) == 1
