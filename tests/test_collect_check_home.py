"""A home page is asked once, and what it leads to is looked at: named feeds, usual places, sitemaps."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from pipeline.collect.budget import Budget
from pipeline.collect.check.check_site import MOST_GUESSED, MOST_NAMED, Checker
from pipeline.collect.fetch.fetch import Fetcher
from pipeline.collect.fetch.robots import Robots
from pipeline.collect.lists.feeds import parse_feeds
from pipeline.collect.worker import ParseWorkers
from tests.web_server import Page, WebServer, item, rss

NOW = 1_762_516_800.0
ATOM = ("<feed xmlns='http://www.w3.org/2005/Atom'><title>Atom</title><id>a</id><updated>2025-11-07T00:00:00Z</updated>"
        "<entry><id>e</id><title>Entry</title><link href='https://news.example/e'/>"
        "<updated>2025-11-07T00:00:00Z</updated></entry></feed>")
NEWS = ("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
        "xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>https://news.example/story</loc>"
        "<news:news><news:publication><news:name>News</news:name><news:language>en</news:language></news:publication>"
        "<news:publication_date>2025-11-07T00:00:00Z</news:publication_date><news:title>A story</news:title>"
        "</news:news></url></urlset>")


def html(head: str = "", body: str = "<p>Welcome.</p>") -> Page:
    return Page(f"<!DOCTYPE html><html><head><title>News</title>{head}</head><body>{body}</body></html>".encode(),
                headers={"Content-Type": "text/html; charset=utf-8"})


@pytest.fixture
async def checker() -> AsyncIterator[Checker]:
    async with Fetcher(allowed=("127.0.0.0/8",)) as fetcher, ParseWorkers() as workers:
        yield Checker(fetcher, workers, Budget(), lambda titles: ("en", 1.0), lambda: NOW,
                      robots=Robots(fetcher, lambda: NOW))


def asked(web: WebServer) -> list[str]:
    return [request.path_qs for request in web.requests]


async def test_the_feeds_that_a_page_names_are_checked_and_nothing_is_guessed(web: WebServer, checker: Checker) -> None:
    web.pages["/"] = html("<link rel=alternate type='application/rss+xml' title='All' href='/all.xml'>"
                          "<link rel=alternate type='application/atom+xml' href='atom'>"
                          "<link rel=alternate type='application/rss+xml' href='/gone.xml'>")
    web.pages["/all.xml"] = Page(rss(item(1), title="All news").encode())
    web.pages["/atom"] = Page(ATOM.encode())
    report = await checker.check(parse_feeds(web.url("/"), "x.txt")[0])
    assert (report.ok, report.kind) == (False, "web page")
    assert [(one.url, one.ok, one.format or one.reason, one.title, one.found_as) for one in report.found] == [
        (web.url("/all.xml"), True, "rss", "All news", "named by the page"),
        (web.url("/atom"), True, "atom", "Atom", "named by the page"),
        (web.url("/gone.xml"), False, "http-404", "", "named by the page")]
    assert [(problem.what, problem.way_out) for problem in report.problems] == [
        ("this is a web page, no feed", "add one of the 2 that it leads to")]
    assert sorted(asked(web)) == ["/", "/all.xml", "/atom", "/gone.xml", "/robots.txt"]


async def test_a_page_that_names_none_is_guessed_at_until_one_is_found(web: WebServer, checker: Checker) -> None:
    web.pages["/"] = html()
    web.pages["/rss.xml"] = Page(rss(item(1), title="Hidden").encode())
    report = await checker.check(parse_feeds(web.url("/"), "x.txt")[0])
    assert [(one.url, one.title, one.found_as) for one in report.found] == [
        (web.url("/rss.xml"), "Hidden", "guessed")]
    assert len(asked(web)) == len(set(asked(web)))
    assert asked(web)[-2:] == ["/rss.xml", "/robots.txt"]


async def test_guessing_ends_and_says_that_nothing_was_found(web: WebServer, checker: Checker) -> None:
    web.pages["/"] = html()
    report = await checker.check(parse_feeds(web.url("/"), "x.txt")[0])
    assert (report.ok, report.found) == (False, ())
    assert report.problems[0].what == "this is a web page, no feed, and no feed was found from here"
    assert len(asked(web)) == len(set(asked(web))) == MOST_GUESSED + 2


async def test_news_sitemaps_of_robots_txt_are_looked_at_first(web: WebServer, checker: Checker) -> None:
    web.pages["/"] = html("<link rel=alternate type='application/rss+xml' href='/all.xml'>")
    web.pages["/all.xml"] = Page(rss(item(1)).encode())
    sitemaps = "".join(f"Sitemap: {web.url(path)}\n" for path in ("/a.xml", "/b.xml", "/news.xml"))
    web.pages["/robots.txt"] = Page(sitemaps.encode())
    web.pages["/news.xml"] = Page(NEWS.encode())
    report = await checker.check(parse_feeds(web.url("/"), "x.txt")[0])
    assert [(one.url, one.ok, one.kind or one.reason, one.entries, one.found_as) for one in report.found] == [
        (web.url("/all.xml"), True, "feed", 1, "named by the page"),
        (web.url("/news.xml"), True, "sitemap", 1, "robots.txt"),
        (web.url("/a.xml"), False, "http-404", 0, "robots.txt")]
    assert report.found[1].preview[0]["title"] == "A story"


async def test_a_page_that_names_very_many_is_asked_about_a_few(web: WebServer, checker: Checker) -> None:
    link = "<link rel=alternate type='application/rss+xml' href='/{}.xml'>"
    web.pages["/"] = html("".join(map(link.format, range(99))))
    for number in range(99):
        web.pages[f"/{number}.xml"] = Page(rss(item(number)).encode())
    report = await checker.check(parse_feeds(web.url("/"), "x.txt")[0])
    assert len(report.found) == MOST_NAMED
    assert len(asked(web)) == MOST_NAMED + 2
