"""The collector as a whole: feeds over real sockets, a real state file, a log that can fail."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

import orjson
import pytest

from pipeline.collect.lists.feeds import Feed
from pipeline.collect.poll import Progress
from pipeline.collect.state_file import Transaction
from pipeline.collect.worker import ParseWorkers
from pipeline.errors import LogError, LogFull
from pipeline.records import RAW, SOURCES, decode_raw
from tests.made_collector import NOW, Collector, collector, schemas
from tests.web_server import Page, drip, item, rss
from transforms.article import Origin

__all__ = ["collector", "schemas"]


async def test_an_entry_becomes_a_record_that_the_graph_can_read(collector: Collector,
                                                                 schemas: dict[str, Any]) -> None:
    collector.add("/feed", rss(item(1), language="en-US"))
    progress = await collector.run()
    assert progress == Progress(feeds=1, polls=1, fetched=1, new=1)
    record = collector.log.records[RAW][0]
    value = orjson.loads(record.value)
    schemas["raw"].validate(value)
    schemas["source"].validate(orjson.loads(collector.log.records[SOURCES][0].value))
    assert record.key == value["article_id"].encode()
    assert dict(record.headers) == {"schema_version": b"1", "trace_id": value["trace_id"].encode()}
    article = decode_raw(record.value, Origin(RAW, 0, 0, 0), "")
    assert (article.title, article.text, article.markup) == ("Title 1", "<p>Some words.</p>", "html")
    assert (article.url, article.outlet, article.language_hint) == ("https://news.example/1", "Outlet", "en")
    assert (article.published, article.published_certain) == (1762476668, True)
    assert (article.event_time, article.fetched, article.raw_revision) == (1762476668, int(NOW), 1)
    assert value["country"] == "KZ"


async def test_unchanged_feeds_publish_nothing_again(collector: Collector) -> None:
    feed = collector.add("/feed", rss(item(1), item(2)))
    await collector.run()
    progress = await collector.run()
    assert (progress.unchanged, progress.new) == (1, 0)
    assert len(collector.log.raw()) == 2
    assert "If-None-Match" in collector.server.requests[1].headers
    assert collector.state(feed).unchanged == 1


async def test_the_same_bytes_without_validators_are_not_even_parsed(collector: Collector) -> None:
    collector.add("/feed", rss(item(1)), conditional=False)
    await collector.run()
    progress = await collector.run(workers=ParseWorkers(command=("/bin/false",)))
    assert (progress.unchanged, progress.errors) == (1, 0)


async def test_a_new_entry_is_published_alone(collector: Collector) -> None:
    collector.add("/feed", rss(item(1)))
    await collector.run()
    collector.serve("/feed", rss(item(2), item(1)))
    progress = await collector.run()
    assert (progress.new, progress.revised) == (1, 0)
    assert [value["entry_id"] for value in collector.log.raw()] == ["id-1", "id-2"]


async def test_a_changed_text_is_the_next_revision_of_the_same_article(collector: Collector) -> None:
    collector.add("/feed", rss(item(1)))
    await collector.run()
    for text in ("Other words.", "Third words."):
        collector.serve("/feed", rss(item(1, text)))
        progress = await collector.run()
        assert (progress.new, progress.revised) == (0, 1)
    first, second, third = collector.log.raw()
    assert [value["revision"] for value in (first, second, third)] == [1, 2, 3]
    assert first["article_id"] == second["article_id"] == third["article_id"]


async def test_changed_markup_alone_is_no_revision(collector: Collector) -> None:
    collector.add("/feed", rss(item(1, "Some &lt;b&gt;words&lt;/b&gt;.")))
    await collector.run()
    collector.serve("/feed", rss(item(1, "Some &lt;b class='x'&gt;words&lt;/b&gt;.")))
    assert (await collector.run()).revised == 0


async def test_the_same_article_in_two_feeds_of_an_outlet_is_published_once(collector: Collector) -> None:
    collector.add("/all", rss(item(1), item(2)))
    collector.add("/world", rss(item(1, "The full text, much longer.")))
    await collector.run()
    assert sorted(value["title"] for value in collector.log.raw()) == ["Title 1", "Title 2"]
    # … and neither feed's version becomes a revision of the other's, however often they are read.
    collector.serve("/all", rss(item(3), item(1), item(2)))
    collector.serve("/world", rss(item(4), item(1, "The full text, much longer.")))
    progress = await collector.run()
    assert (progress.new, progress.revised) == (2, 0)


async def test_the_same_address_in_feeds_of_two_outlets_is_two_articles(collector: Collector) -> None:
    collector.add("/a", rss(item(1)), outlet="A")
    collector.add("/b", rss(item(1)), outlet="B")
    assert (await collector.run()).new == 2


async def test_another_feed_takes_over_where_the_first_is_no_longer_polled(collector: Collector) -> None:
    first = collector.add("/a", rss(item(1)))
    await collector.run()
    collector.add("/b", rss(item(1)))
    collector.feeds.remove(first)
    await collector.run()
    collector.serve("/b", rss(item(1, "Corrected words.")))
    await collector.run()
    assert [(value["revision"], value["feed_id"]) for value in collector.log.raw()] == [(1, "feed-a"), (2, "feed-b")]


async def test_posts_of_a_live_blog_at_one_address_stay_apart(collector: Collector) -> None:
    posts = [f"<item><guid>p{n}</guid><link>https://news.example/live#p{n}</link><title>Post {n}</title></item>"
             for n in range(3)]
    collector.add("/feed", rss(*posts[:2]))
    await collector.run()
    collector.serve("/feed", rss(posts[2], *posts[:2]))
    await collector.run()
    collector.serve("/feed", rss(posts[2], posts[0]))
    progress = await collector.run()
    assert (progress.new, progress.revised) == (0, 0)
    values = collector.log.raw()
    assert len(values) == len({value["article_id"] for value in values}) == 3


async def test_entries_without_id_link_or_date_are_published_once(collector: Collector) -> None:
    bare = ["<item><title>One</title></item>", "<item><description>Two</description></item>"]
    collector.add("/feed", rss(*bare))
    await collector.run()
    collector.serve("/feed", rss("<item><title>New</title></item>", *bare))
    assert (await collector.run()).new == 1
    values = collector.log.raw()
    assert len({value["article_id"] for value in values}) == 3
    assert {(value["published"], value["published_certain"]) for value in values} == {(None, False)}
    assert {value["event_time"] for value in values} == {"2025-11-07T12:00:00Z"}


async def test_entries_that_link_to_the_home_page_stay_apart(collector: Collector) -> None:
    collector.add("/feed", rss(*(f"<item><guid isPermaLink='false'>{n}</guid><link>https://news.example/</link>"
                                 f"<title>T{n}</title></item>" for n in range(3))))
    assert (await collector.run()).new == 3


async def test_a_date_in_the_future_becomes_the_fetch_time_and_says_so(collector: Collector) -> None:
    collector.add("/feed", rss(item(1, date="Fri, 07 Nov 2036 00:00:00 GMT")))
    await collector.run()
    value = collector.log.raw()[0]
    assert (value["published"], value["published_certain"]) == ("2025-11-07T12:00:00Z", False)
    assert value["published_raw"] == "Fri, 07 Nov 2036 00:00:00 GMT"


async def test_five_minutes_ahead_is_a_clock_not_a_lie(collector: Collector) -> None:
    collector.add("/feed", rss(item(1, date="Fri, 07 Nov 2025 12:05:00 GMT")))
    await collector.run()
    value = collector.log.raw()[0]
    assert (value["published"], value["published_certain"]) == ("2025-11-07T12:05:00Z", True)


@pytest.mark.parametrize(("page", "reason"), [
    (Page(b""), "empty-body"), (Page(b"<html><body>Hello</body></html>"), "not-a-feed"),
    (Page(b"<rss><channel><item><tit"), "parse-error"), (Page(b"{\"a\": "), "parse-error"),
    (Page(b"\x00\x01\x02\xff" * 99), "not-a-feed"), (Page(status=500), "http-5xx"),
    (Page(status=404), "http-404"), (Page(b" " * 20_000_000), "too-large")])
async def test_a_bad_feed_is_an_error_in_its_state_and_the_others_go_on(collector: Collector, page: Page,
                                                                        reason: str) -> None:
    bad, good = collector.add("/bad"), collector.add("/good", rss(item(1)))
    collector.server.pages["/bad"] = page
    progress = await collector.run()
    assert (progress.errors, progress.new) == (1, 1)
    state = collector.state(bad)
    assert (state.status, state.reason, state.failures) == ("failing", reason, 1)
    assert state.explanation
    assert state.next_attempt > NOW
    assert collector.state(good).status == "ok"
    assert sorted(collector.log.health()) == [("failing", reason), ("ok", None)]


async def test_a_slow_feed_does_not_hold_up_the_others(collector: Collector) -> None:
    slow = collector.add("/slow")
    collector.server.pages["/slow"] = drip(b" ", 0.05, 1000)
    collector.add("/good", rss(item(1)))
    assert (await collector.run()).new == 1
    assert collector.state(slow).reason == "timeout"


async def test_broken_xml_with_entries_gives_them_and_a_warning(collector: Collector) -> None:
    feed = collector.add("/feed", rss(item(1), item(2))[:-60])
    assert (await collector.run()).new == 2
    state = collector.state(feed)
    assert state.status == "ok"
    assert state.warning


async def test_validators_of_a_document_that_could_not_be_parsed_are_not_kept(collector: Collector) -> None:
    feed = collector.add("/feed", "<html></html>")
    await collector.run()
    assert collector.state(feed).etag == ""


async def test_health_is_told_when_it_changes_and_only_then(collector: Collector) -> None:
    collector.add("/feed", rss(item(1)))
    for page in (None, None, Page(status=500), Page(status=503), Page(status=404), Page(rss(item(1)).encode())):
        if page:
            collector.server.pages["/feed"] = page
        await collector.run()
    assert collector.log.health() == [("ok", None), ("failing", "http-5xx"), ("failing", "http-404"), ("ok", None)]


async def test_too_many_requests_put_the_next_poll_off(collector: Collector) -> None:
    feed = collector.add("/feed", status=429, headers={"Retry-After": "7200"})
    await collector.run()
    assert collector.state(feed).next_attempt == NOW + 7200 + 1800  # chance 0.5 of the hour they are spread over


async def test_a_feed_that_is_gone_rests_for_a_month(collector: Collector) -> None:
    feed = collector.add("/feed", status=410)
    await collector.run()
    state = collector.state(feed)
    assert (state.status, state.next_attempt) == ("gone", NOW + 30 * 86_400)


async def test_a_restart_does_not_poll_before_the_time(collector: Collector) -> None:
    collector.add("/feed", rss(item(1)))
    await collector.run()
    collector.now = NOW + 29 * 60
    await stopped_after_a_moment(collector)
    assert len(collector.server.requests) == 1
    collector.now = NOW + 31 * 60
    await stopped_after_a_moment(collector)
    assert len(collector.server.requests) == 2


async def stopped_after_a_moment(collector: Collector) -> None:
    """Run until nothing is in flight and nothing was taken, then stop."""
    stop = asyncio.Event()

    def watch(progress: Progress) -> None:
        if progress.in_flight == 0:
            stop.set()

    await asyncio.wait_for(collector.run(once=False, stop=stop, progress=watch), 10)


async def test_after_eight_days_of_304_a_feed_is_asked_whole(collector: Collector) -> None:
    collector.add("/feed", rss(item(1)))
    for days in (0, 7, 9):
        collector.now = NOW + days * 86_400
        await collector.run()
    assert ["If-None-Match" in request.headers for request in collector.server.requests] == [False, True, False]


async def test_a_feed_at_a_new_address_is_asked_whole(collector: Collector) -> None:
    feed = collector.add("/feed", rss(item(1)))
    await collector.run()
    collector.serve("/moved", rss(item(1)))
    collector.feeds[:] = [Feed(feed.feed_id, collector.server.url("/moved"), feed.outlet)]
    assert (await collector.run()).new == 0
    assert "If-None-Match" not in collector.server.asked("/moved")[0].headers


@pytest.mark.parametrize("error", [LogFull("no space left on device"), LogError("broker away")])
async def test_what_the_log_refuses_is_published_later(collector: Collector, error: Exception) -> None:
    feed = collector.add("/feed", rss(item(1)))
    collector.log.fault = lambda topic: error
    progress = await collector.run()
    assert (progress.log_errors, progress.new, progress.errors) == (1, 0, 0)
    assert progress.last_log_error == str(error)
    state = collector.state(feed)
    assert (state.reason, state.next_attempt) == ("log-full" if isinstance(error, LogFull) else "log-error", NOW + 60)
    assert (state.etag, state.body_hash) == ("", "")
    collector.log.fault = lambda topic: None
    assert (await collector.run()).new == 1
    assert collector.state(feed).status == "ok"


async def test_a_crash_between_log_and_state_publishes_the_same_again(collector: Collector,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    collector.add("/feed", rss(item(1), item(2)))

    def crash(transaction: Transaction, *_: object) -> None:
        transaction._db.execute("ROLLBACK")
        if collector.log.raw():
            raise sqlite3.OperationalError("database or disk is full")

    collector.open_state().close()
    with monkeypatch.context() as crashed:
        crashed.setattr(Transaction, "__exit__", crash)
        assert (await collector.run()).log_errors == 1
    await collector.run()
    first, again = collector.log.raw()[:2], collector.log.raw()[2:]
    names = [[(value["article_id"], value["revision"]) for value in values] for values in (first, again)]
    assert names[0] == names[1]
    assert len(set(names[0])) == 2


async def test_a_stop_ends_a_run_with_polls_in_flight(collector: Collector) -> None:
    collector.feeds[:] = [Feed(f"f{n}", collector.server.url(f"/slow{n}"), "O") for n in range(50)]
    for n in range(50):
        collector.server.pages[f"/slow{n}"] = drip(b" ", 0.1, 1000)
    stop = asyncio.Event()

    def watch(progress: Progress) -> None:
        if progress.in_flight:
            asyncio.get_running_loop().call_soon(stop.set)

    await asyncio.wait_for(collector.run(once=False, stop=stop, progress=watch), 5)


async def test_one_host_gets_two_requests_at_a_time(collector: Collector) -> None:
    running, most = 0, 0

    async def slow(request: Any) -> Any:
        nonlocal running, most
        from aiohttp import web

        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return web.Response(body=rss(item(request.path)).encode())

    for n in range(12):
        collector.add(f"/{n}")
        collector.server.pages[f"/{n}"] = slow
    assert (await collector.run()).new == 12
    assert most == 2
