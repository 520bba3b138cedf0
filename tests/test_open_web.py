"""From a home page to enriched articles: a small made web on loopback, the commands as a newsroom would type them."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import orjson
import pytest

from pipeline.collect.lists.feeds import read_feeds
from tests.web_server import Page, WebServer

NOW = datetime.now(UTC).replace(microsecond=0)
NOUNS = ("harbour", "river", "bridge", "council", "market", "school", "railway", "museum", "forest", "festival",
         "airport", "hospital", "library", "factory", "glacier", "vineyard", "stadium", "theatre", "reservoir")
VERBS = ("opened", "rebuilt", "measured", "visited", "discussed", "closed", "described", "surveyed", "praised")
PLACES = ("in the northern valley", "beside the old town", "after a long winter", "before the autumn session",
          "with help from abroad", "despite heavy rain", "for the first time", "under a new contract")


def clause(pick: random.Random) -> str:
    return f"the {pick.choice(NOUNS)} was {pick.choice(VERBS)} {pick.choice(PLACES)}"


def title(number: int) -> str:
    return f"How {clause(random.Random(number))} ({number})"


def paragraphs(number: int) -> list[str]:
    """Ten paragraphs that no other story has."""
    pick = random.Random(1000 + number)
    return [" ".join(f"In the year {pick.randint(1800, 2024)} {clause(pick)}." for _ in range(4)) for _ in range(10)]


def when(number: int) -> datetime:
    return NOW - timedelta(minutes=10 * number)


class MadeWeb:
    """Stories 1 to 12: 1-4 in the RSS feed (teasers), 5-6 in Atom, 7-8 in JSON Feed, 4 and 9-10 in the news sitemap
    behind an index, 2 and 11-12 on the list page."""

    def __init__(self, server: WebServer) -> None:
        self.server = server
        pages = server.pages
        for number in range(1, 13):
            pages[f"/news/{number}/story-of-the-day.html"] = self.html(
                f"<article><h1>{title(number)}</h1>{self.full(number)}</article>", title(number),
                f"<meta property='article:published_time' content='{when(number).isoformat()}'>")
        pages["/"] = self.html("<p>Welcome to the paper.</p>", "The Paper", (
            "<link rel='alternate' type='application/rss+xml' title='All' href='/rss.xml'>"
            "<link rel='alternate' type='application/atom+xml' href='/atom.xml'>"
            "<link rel='alternate' type='application/feed+json' href='/feed.json'>"))
        pages["/rss.xml"] = Page(self.rss([1, 2, 3, 4]).encode())
        pages["/atom.xml"] = Page(self.atom([5, 6]).encode())
        pages["/feed.json"] = Page(orjson.dumps(self.json([7, 8])), headers={"Content-Type": "application/feed+json"})
        pages["/robots.txt"] = Page(f"User-agent: *\nDisallow: /private\nSitemap: {server.url('/index.xml')}".encode())
        pages["/index.xml"] = Page(
            "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
            f"<sitemap><loc>{server.url('/news.xml')}</loc><lastmod>{NOW.isoformat()}</lastmod></sitemap>"
            "</sitemapindex>".encode())
        pages["/news.xml"] = Page(self.sitemap([4, 9, 10]).encode())
        pages["/latest"] = self.html("<h1>Latest</h1><ul>" + "".join(
            f"<li><h3><a href='{self.url(n)}'>{title(n)}</a></h3></li>" for n in (2, 11, 12)) + "</ul>", "Latest")

    def url(self, number: int) -> str:
        return self.server.url(f"/news/{number}/story-of-the-day.html")

    def html(self, body: str, of: str, head: str = "") -> Page:
        return Page(f"<!DOCTYPE html><html lang='en'><head><title>{of}</title>{head}</head><body>{body}</body></html>"
                    .encode(), headers={"Content-Type": "text/html; charset=utf-8"})

    def rss(self, numbers: list[int]) -> str:
        items = "".join(
            f"<item><guid>{n}</guid><link>{self.url(n)}</link><title>{title(n)}</title><description>"
            f"{paragraphs(n)[0][:80]} …</description><pubDate>{when(n):%a, %d %b %Y %H:%M:%S +0000}</pubDate></item>"
            for n in numbers)
        return f"<rss version='2.0'><channel><title>All</title><language>en</language>{items}</channel></rss>"

    def atom(self, numbers: list[int]) -> str:
        entries = "".join(
            f"<entry><id>urn:x:{n}</id><link href='{self.url(n)}'/><title>{title(n)}</title><updated>"
            f"{when(n).isoformat()}</updated><content type='html'>{escape(self.full(n))}</content></entry>"
            for n in numbers)
        return ("<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'><id>urn:x</id><title>Atom</title><updated>"
                f"{NOW.isoformat()}</updated>{entries}</feed>")

    def json(self, numbers: list[int]) -> dict[str, Any]:
        return {"version": "https://jsonfeed.org/version/1.1", "title": "JSON", "language": "en", "items": [
            {"id": str(n), "url": self.url(n), "title": title(n), "content_html": self.full(n),
             "date_published": when(n).isoformat()} for n in numbers]}

    def sitemap(self, numbers: list[int]) -> str:
        urls = "".join(
            f"<url><loc>{self.url(n)}</loc><news:news><news:publication><news:name>The Paper</news:name>"
            f"<news:language>en</news:language></news:publication><news:publication_date>{when(n).isoformat()}"
            f"</news:publication_date><news:title>{title(n)}</news:title></news:news></url>" for n in numbers)
        return ("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
                f"xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>{urls}</urlset>")

    def full(self, number: int) -> str:
        return "".join(f"<p>{text}</p>" for text in paragraphs(number))


@pytest.fixture
async def web() -> AsyncIterator[MadeWeb]:
    async with WebServer() as server:
        yield MadeWeb(server)


async def newsbeam(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "COLUMNS": "200"}
    return await asyncio.to_thread(subprocess.run, [sys.executable, "-m", "pipeline", *arguments], capture_output=True,
                                   text=True, timeout=240, env=environment)


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return [orjson.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_from_a_home_page_to_enriched_articles(web: MadeWeb, tmp_path: Path) -> None:
    at, leave, data = web.server.url, ("--allow-network", "127.0.0.0/8"), ("--data", str(tmp_path / "data"))
    home, = rows(await newsbeam("feeds", "check", at("/"), "--json", *leave))
    assert [(found["url"], found["format"], found["entries"], found["texts"]) for found in home["found"]
            if found["found_as"] != "its own links (--kind page)"] == [
        (at("/rss.xml"), "rss", 4, "teaser"), (at("/atom.xml"), "atom", 2, "full"),
        (at("/feed.json"), "json", 2, "full"), (at("/index.xml"), "sitemap", 0, "none")]

    feeds = ("--feeds", str(tmp_path / "paper.csv"), "--outlet", "The Paper", "--language", "en", *data, *leave)
    (tmp_path / "paper.csv").write_text("url,outlet,language,kind\n")
    named = [found["url"] for found in home["found"][:4]]
    assert (await newsbeam("feeds", "add", *named, *feeds)).returncode == 0
    assert (await newsbeam("feeds", "add", at("/latest"), "--kind", "page", *feeds)).returncode == 0
    assert [(feed.url, feed.kind) for feed in read_feeds(tmp_path / "paper.csv")] == [
        *((url, "feed") for url in named), (at("/latest"), "page")]

    ran = await newsbeam("up", "--once", "--feeds", str(tmp_path / "paper.csv"), *data, *leave)
    assert ran.returncode == 0, ran.stderr
    articles = {row["url"]: row for row in rows(await newsbeam("export", *data, "--format", "jsonl"))}
    assert sorted(articles) == sorted(web.url(number) for number in range(1, 13))
    for number in range(1, 13):
        article = articles[web.url(number)]
        assert (article["title"], article["revision"], article["language"]["code"]) == (title(number), 1, "en")
        assert [text for text in paragraphs(number) if text not in article["text"]] == []
        assert article["published"] == when(number).strftime("%Y-%m-%dT%H:%M:%SZ")
    ledger = rows(await newsbeam("ledger", *data, "--json"))[-1]
    assert ledger == {"in": 12, "enriched": 12, "dead_letter": 0, "open": 0, "balanced": True} | ledger
    states = {row["url"]: (row["state"], row["verified"]) for row in rows(await newsbeam(
        "feeds", "list", "--feeds", str(tmp_path / "paper.csv"), *data, "--json"))}
    assert states == dict.fromkeys((*named, at("/latest")), ("ok", True))
    pages = [number for number in range(1, 13)
             if len(web.server.asked(f"/news/{number}/story-of-the-day.html")) > 0]
    assert pages == [1, 2, 3, 4, 9, 10, 11, 12]
