"""What is said of a feed that somebody wants to poll: facts, problems with a way out, and a preview."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.collect.budget import Budget
from pipeline.collect.check.check_feed import Checked
from pipeline.collect.check.check_site import Checker, guess_language
from pipeline.collect.fetch.fetch import Fetcher
from pipeline.collect.fetch.robots import Robots
from pipeline.collect.lists.feeds import Feed, parse_feeds
from pipeline.collect.pages.complete import ArticlePages
from pipeline.collect.worker import ParseWorkers
from tests.web_server import Page, WebServer, item, rss

NOW = datetime(2025, 11, 7, 12, tzinfo=UTC).timestamp()
HTTP = "not encrypted: whoever is on the way can change the news"
LONG = "Ten words make a line of text that goes on. " * 50


def says_english(titles: Sequence[str]) -> tuple[str, float]:
    return ("en", 1.0) if titles else ("", 0.0)


@pytest.fixture
async def checker() -> AsyncIterator[Checker]:
    async with Fetcher(allowed=("127.0.0.0/8",)) as fetcher, ParseWorkers() as workers:
        yield Checker(fetcher, workers, Budget(), says_english, clock=lambda: NOW)


def feed(web: WebServer, path: str, **options: str) -> Feed:
    return replace(parse_feeds(web.url(path), "x.txt")[0], outlet="News", **options)  # type: ignore[arg-type]


def said(report: Checked) -> list[str]:
    """The problems but for the missing encryption, which loopback has not."""
    return [problem.what for problem in report.problems if problem.what != HTTP]


def at(hour: int, minute: int = 0) -> str:
    return f"Fri, 07 Nov 2025 {hour:02}:{minute:02}:00 +0000"


async def test_a_good_feed_is_described_exactly(web: WebServer, checker: Checker) -> None:
    body = rss(*(item(number, LONG, at(hour)) for number, hour in enumerate((11, 10, 8, 5, 1))), title="The News")
    web.pages["/rss"] = Page(body.encode(), headers={"Cache-Control": "max-age=600", "Content-Type": "text/xml"})
    report = await checker.check(feed(web, "/rss"))
    assert (report.ok, report.kind, report.format, report.encoding) == (True, "feed", "rss", "utf-8")
    assert (report.title, report.site, report.language) == ("The News", "https://news.example/", "en")
    assert (report.guessed_language, report.guessed_share) == ("en", 1.0)
    assert (report.entries, report.would_publish, report.bytes) == (5, 5, len(body))
    assert (report.oldest, report.newest) == ("2025-11-07T01:00:00Z", "2025-11-07T11:00:00Z")
    assert report.usual_gap_seconds == 9000  # between 1 h, 2 h, 3 h and 4 h
    assert (report.texts, report.median_text) == ("full", len(LONG) - 1)
    assert report.ids == {"own": 5, "address": 0, "words": 0, "repeated": 0}
    assert report.dates == {"missing": 0, "unreadable": 0, "zone": 0, "future": 0}
    assert (report.validators, report.fresh_seconds, report.final_url) == (("ETag",), 600, web.url("/rss"))
    assert said(report) == []


async def test_the_preview_is_what_the_collector_would_publish(web: WebServer, checker: Checker) -> None:
    web.pages["/rss"] = Page(rss(*(item(number, LONG, at(number)) for number in range(5))).encode())
    report = await checker.check(feed(web, "/rss", country="KZ", language="kk"))
    assert [(record["title"], record["published"]) for record in report.preview] == [
        ("Title 0", "2025-11-07T00:00:00Z"), ("Title 1", "2025-11-07T01:00:00Z"), ("Title 2", "2025-11-07T02:00:00Z")]
    assert {(record["outlet"], record["country"], record["language_hint"]) for record in report.preview} == {
        ("News", "KZ", "kk")}


async def test_everything_wrong_with_entries_is_counted(web: WebServer, checker: Checker) -> None:
    bare = "<item><description>{0}</description></item>"
    dated = "<item><guid>{0}</guid><link>https://news.example/{0}</link><title>t</title><pubDate>{1}</pubDate></item>"
    web.pages["/rss"] = Page(rss(
        bare.format("a"), bare.format("b"), dated.format("same", at(9)),
        dated.format("same", at(8)).replace("/same", "/x"), dated.format("c", "soon"),
        dated.format("d", "Fri, 07 Nov 2031 00:00:00 +0000"),
        "<item><link>https://news.example/e</link><title>e</title></item>").encode(),
        headers={"ETag": ""}, conditional=False)
    report = await checker.check(feed(web, "/rss"))
    assert report.ids == {"own": 2, "address": 1, "words": 2, "repeated": 2}
    assert report.dates == {"missing": 3, "unreadable": 1, "zone": 0, "future": 1}
    assert report.texts == "teaser"
    assert said(report) == [
        f"the server offers neither ETag nor Last-Modified: every poll costs {report.bytes:,} bytes",
        "neither an id nor an address of their own in 2 of 7 entries",
        "an id that others have too in 2 of 7 entries",
        "no title in 2 of 7 entries",
        "no link to an article in 2 of 7 entries",
        "no date in 3 of 7 entries",
        "a date that cannot be read in 1 of 7 entries",
        "a date in the future in 1 of 7 entries"]
    assert all(problem.way_out and not problem.grave for problem in report.problems)


async def test_full_mixed_and_missing_texts_are_told_apart(web: WebServer, checker: Checker) -> None:
    texts = {"/full": [LONG] * 5, "/mixed": [LONG, LONG, "Short.", "Short.", "Short."], "/none": [""] * 5}
    for path, of_feed in texts.items():
        web.pages[path] = Page(rss(*(item(n, text, at(n)) for n, text in enumerate(of_feed))).replace(
            "&lt;p&gt;&lt;/p&gt;", "").encode())
    reports = [await checker.check(feed(web, path)) for path in texts]
    assert [report.texts for report in reports] == ["full", "mixed", "none"]
    assert said(reports[2]) == ["its entries have no text"]


async def test_a_feed_that_moved_or_fell_asleep_or_hurries_says_so(web: WebServer, checker: Checker) -> None:
    old = "Sat, 01 Feb 2025 00:00:00 +0000"
    web.pages["/old"] = Page(rss(item(1, date=old)).encode())
    web.pages["/moved"] = Page(status=301, headers={"Location": "/old"})
    web.pages["/now"] = Page(status=302, headers={"Location": "/busy"})
    web.pages["/busy"] = Page(rss(*(item(n, date=at(11, 10 * n)) for n in range(5))).encode())
    assert said(await checker.check(feed(web, "/moved"))) == [
        f"it has moved for good to {web.url('/old')}", "nothing new since 2025-02-01T00:00:00Z"]
    report = await checker.check(feed(web, "/now"))
    assert said(report) == [f"it redirects to {web.url('/busy')}", "its 5 entries cover 40 minutes only"]
    assert report.problems[-1].way_out == "poll it at least as often: minutes = 20"


async def test_a_language_that_the_titles_contradict_is_said(web: WebServer, checker: Checker) -> None:
    web.pages["/rss"] = Page(rss(item(1, date=at(9)), language="fr-FR").encode())
    assert said(await checker.check(feed(web, "/rss"))) == [
        "the feed says its language is fr, its titles look like en"]
    assert said(await checker.check(feed(web, "/rss", language="ar"))) == [
        "the list says its language is ar, its titles look like en"]
    assert said(await checker.check(feed(web, "/rss", language="en"))) == []


@pytest.mark.parametrize(("page", "reason", "what", "way_out"), [
    (Page(b"", 404), "http-404", "/rss answered 404 Not Found", "look for the feed's new address on the site"),
    (Page(b"", 410), "http-410", "/rss answered 410 Gone", "the feed is gone for good; take it off the list"),
    (Page(b"plain words"), "not-a-feed", "it begins 'plain words'", "open it in a browser and look"),
    (Page(rss().encode()), "", "there is no entry in it", "look again tomorrow, or for another feed of the site"),
])
async def test_what_cannot_be_polled_has_a_reason_and_a_way_out(web: WebServer, checker: Checker, page: Page,
                                                               reason: str, what: str, way_out: str) -> None:
    web.pages["/rss"] = page
    report = await checker.check(feed(web, "/rss"))
    assert (report.ok, report.reason, report.would_publish) == (False, reason, 0)
    grave = [problem for problem in report.problems if problem.grave]
    assert len(grave) == 1
    assert what in grave[0].what
    assert grave[0].way_out == way_out


async def test_no_address_is_asked_twice_and_none_without_leave(web: WebServer, checker: Checker) -> None:
    web.pages["/rss"] = Page(rss(item(1)).encode())
    await checker.check(feed(web, "/rss"))
    await checker.check(feed(web, "/rss"))
    assert len(web.asked("/rss")) == 1
    async with Fetcher() as fetcher, ParseWorkers() as workers:
        refused = await Checker(fetcher, workers, Budget(), says_english).check(feed(web, "/rss"))
    assert (refused.reason, len(web.asked("/rss"))) == ("refused-address", 1)


async def test_secrets_of_an_address_are_not_shown(web: WebServer, checker: Checker) -> None:
    web.pages["/rss"] = Page(rss(item(1)).encode())
    url = web.url("/rss?token=abcdef").replace("//", "//ann:pw@")
    report = await checker.check(replace(feed(web, "/rss"), url=url))
    assert report.ok
    assert "abcdef" not in repr(report)
    assert "pw@" not in repr(report)


def test_the_language_of_titles_is_that_of_most() -> None:
    assert guess_language([]) == ("", 0.0)
    assert guess_language(["Президент подписал закон о бюджете на следующий год", "В Москве прошёл сильный дождь",
                           "The president signed the law on the budget"]) == ("ru", 2 / 3)


async def test_robots_txt_names_sitemaps_once_each(web: WebServer, checker: Checker) -> None:
    web.pages["/robots.txt"] = Page(b"Sitemap: https://a.example/1.xml\nUser-agent: *\nDisallow: /\n"
                                    b"sitemap: https://a.example/news.xml\nSitemap: https://a.example/1.xml\n")
    robots = Robots(checker.fetcher, lambda: NOW)
    assert await robots.sitemaps(web.url("/any")) == ("https://a.example/1.xml", "https://a.example/news.xml")
    web.pages["/robots.txt"] = Page(status=404)
    assert await Robots(checker.fetcher, lambda: NOW).sitemaps(web.url("/any")) == ()


async def test_a_site_that_forbids_programs_is_reported_and_the_feed_still_read(web: WebServer,
                                                                              checker: Checker) -> None:
    web.pages["/rss"] = Page(rss(item(1, date=at(9))).encode())
    web.pages["/robots.txt"] = Page(b"User-agent: newsbeam\nDisallow: /rss\n")
    checker.robots = Robots(checker.fetcher, lambda: NOW)
    report = await checker.check(feed(web, "/rss"))
    assert (report.ok, said(report)) == (True, ["the site's robots.txt does not allow newsbeam here"])


async def test_the_first_article_page_is_read_where_the_collector_would(web: WebServer, checker: Checker) -> None:
    words = "of the whole story tells in many words what happened"
    paragraphs = "".join(f"<p>Paragraph {n} {words}.</p>" for n in range(9))
    web.pages["/story"] = Page(f"<html><head><title>Title</title></head><body><article><h1>Title</h1>{paragraphs}"
                               "</article></body></html>".encode(), headers={"Content-Type": "text/html"})
    entry = item(1, date=at(9)).replace("https://news.example/1", web.url("/story")).replace("Title 1", "Title")
    web.pages["/rss"] = Page(rss(entry, item(2, date=at(8))).encode())
    robots = Robots(checker.fetcher, lambda: NOW)
    checker.pages = ArticlePages(checker.fetcher, robots, checker.budget, checker.workers, lambda: NOW)
    report = await checker.check(feed(web, "/rss"))
    assert "Paragraph 8 of the whole story" in report.preview[0]["text"]
    assert (report.preview[0]["page"]["status"], report.preview[1]["page"]) == ("text", None)
    assert said(report) == []
    assert len(web.asked("/story")) == 1


async def test_an_article_page_that_cannot_be_had_is_a_problem(web: WebServer, checker: Checker) -> None:
    web.pages["/rss"] = Page(rss(item(1, date=at(9)).replace("https://news.example/1", web.url("/gone"))).encode())
    robots = Robots(checker.fetcher, lambda: NOW)
    checker.pages = ArticlePages(checker.fetcher, robots, checker.budget, checker.workers, lambda: NOW)
    report = await checker.check(feed(web, "/rss"))
    assert (report.ok, said(report)) == (True, ["the article page of its first entry gave no text: failed (http-404)"])
    assert said(await checker.check(feed(web, "/rss", pages="never"))) == []
