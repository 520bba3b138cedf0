"""Teasers are completed from a news site on loopback, over real sockets, in real parse workers."""

# ruff: noqa: E501 - markup in lines as a server sends it
from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
import pytest

from pipeline.collect.budget import Budget
from pipeline.collect.fetch.fetch import Fetched, Fetcher
from pipeline.collect.fetch.robots import Robots
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.pages.archive import Archive
from pipeline.collect.pages.complete import ArticlePages, Completed, PageNote, is_about
from pipeline.collect.pages.found import Page as FoundPage
from pipeline.collect.pages.page import read_page
from pipeline.collect.pages.repeated_lines import Learning, RepeatedLines
from pipeline.collect.parse.entry import Entry, Media
from pipeline.collect.worker import ParseWorkers
from pipeline.errors import FetchError
from tests.made_pages import PUBLISHED_UTC, WORDS
from tests.made_site import HTML, Site, made_site
from tests.web_server import Page, WebServer

NOW = 1762516800.0
FEED = Feed("feed", "http://127.0.0.1/feed", "The Herald")


@dataclass
class Bench:
    """Everything that completes, on one site."""

    site: Site
    pages: ArticlePages
    budget: Budget

    async def complete(self, path: str, language: str = "en", title: str = "") -> Completed:
        return await self.pages.complete(FEED, self.site.entry(path, language, title=title))


class Here:
    """Reads pages in this process, for tests that are not about workers."""

    async def read_page(self, body: bytes, content_type: str, url: str) -> FoundPage | FetchError:
        try:
            return read_page(body, url, {"content-type": content_type})
        except FetchError as error:
            return error


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with WebServer() as web, Fetcher(allowed=("127.0.0.0/8",)) as fetcher:
        site, budget = made_site(web), Budget(0.0, 4)
        yield Bench(site, ArticlePages(fetcher, Robots(fetcher, lambda: NOW, budget.turn), budget, Here(), lambda: NOW),
                    budget)


async def test_a_teaser_becomes_its_page_s_article_in_every_language_and_style(bench: Bench) -> None:
    for style in ("wordpress", "drupal", "hashed", "aspnet", "amp", "blogger", "arc", "nextjs", "infinite", "talkbacks"):
        for language in WORDS:
            story = bench.site.stories[language]
            if f"/{style}/{language}" not in bench.site.web.pages:
                continue
            found = await bench.complete(f"/{style}/{language}", language=language)
            assert found.page is not None
            assert (found.page.status, found.page.reason) == ("text", ""), (style, language)
            assert found.entry.text == "\n\n".join(story.paragraphs), (style, language)
            assert found.entry.title == story.title


async def test_what_the_feed_does_not_say_comes_from_the_page_and_what_it_says_stays(bench: Bench) -> None:
    story = bench.site.stories["en"]
    found = (await bench.complete("/wordpress/en")).entry
    assert (found.authors, found.published, found.dated) == ((story.author,), PUBLISHED_UTC, "")
    own = replace(bench.site.entry("/wordpress/en"), title="The feed's own title of a granite head on show",
                  authors=("Ann Dee",), published=1762000000, published_raw="raw", dated="",
                  media=(Media("http://x.example/1.jpg"),))
    kept = (await bench.pages.complete(replace(FEED, pages="always"), own)).entry
    assert (kept.authors, kept.published, kept.media) == (own.authors, 1762000000, own.media)


async def test_a_cut_title_is_completed(bench: Bench) -> None:
    story = bench.site.stories["en"]
    found = await bench.complete("/wordpress/en", title=story.title[:20] + "…")
    assert found.entry.title == story.title


async def test_whole_entries_ask_for_nothing_unless_the_feed_says_always(bench: Bench) -> None:
    whole = "".join(f"<p>{part}</p>" for part in bench.site.stories["en"].paragraphs * 2)
    entry = bench.site.entry("/wordpress/en", teaser=whole)
    assert await bench.pages.complete(FEED, entry) == Completed(entry)
    assert bench.site.web.requests == []
    await bench.pages.complete(replace(FEED, pages="always"), entry)
    assert [request.path for request in bench.site.web.requests] == ["/robots.txt", "/wordpress/en"]


async def test_a_feed_that_says_never_and_entries_without_a_page_ask_for_nothing(bench: Bench) -> None:
    entry = bench.site.entry("/wordpress/en")
    assert await bench.pages.complete(replace(FEED, pages="never"), entry) == Completed(entry)
    for url in ("", "mailto:a@b.example", "http://127.0.0.1/"):
        assert (await bench.pages.complete(FEED, replace(entry, url=url))).page is None
    assert bench.site.web.requests == []


async def test_robots_txt_is_obeyed_and_asked_once(bench: Bench) -> None:
    found = await bench.complete("/private/story")
    assert found == Completed(bench.site.entry("/private/story"),
                              PageNote("robots", "robots", bench.site.web.url("/private/story")))
    await bench.complete("/wordpress/en")
    assert [request.path for request in bench.site.web.requests] == ["/robots.txt", "/wordpress/en"]


async def test_a_crawl_delay_slows_the_domain(bench: Bench) -> None:
    bench.site.web.pages["/robots.txt"] = Page(b"User-agent: newsbeam\nCrawl-delay: 0.2\n", headers={"Content-Type": "text/plain"})
    slowed: list[float] = []
    bench.budget.slow_down = lambda url, seconds: slowed.append(seconds)  # type: ignore[method-assign]
    await bench.complete("/wordpress/en")
    assert slowed == [0.2]


@pytest.mark.parametrize(("path", "note"), [
    ("/barrier/parts-en", ("paywall", "not-free")), ("/barrier/barrier-en", ("paywall", "barrier")),
    ("/barrier/consent-en", ("consent", "consent-wall")), ("/barrier/gone-en", ("failed", "not-found")),
    ("/barrier/scripts-en", ("failed", "needs-javascript")), ("/nowhere", ("failed", "http-404")),
    ("/broken", ("failed", "http-5xx")), ("/picture", ("failed", "not-html")), ("/huge", ("failed", "too-large")),
    ("/home-again", ("failed", "not-found")), ("/other", ("failed", "other-article")),
    ("/brief", ("teaser", "no-longer")), ("/empty-with-foreign", ("failed", "no-article"))])
async def test_whatever_a_page_is_the_teaser_stays_with_a_note(bench: Bench, path: str, note: tuple[str, str]) -> None:
    entry = bench.site.entry(path)
    found = await bench.pages.complete(FEED, entry)
    assert found.page is not None
    assert (found.page.status, found.page.reason) == note
    assert (found.entry.text, found.entry.title) == (entry.text, entry.title)
    assert found.page.url.startswith(bench.site.web.url("/"))


async def test_the_amp_page_is_asked_where_the_page_itself_gives_nothing(bench: Bench) -> None:
    text = "\n\n".join(bench.site.stories["en"].paragraphs)
    assert (await bench.complete("/empty-with-amp")).entry.text == text
    assert (await bench.complete("/empty-with-canonical")).entry.text == text
    before = len(bench.site.web.asked("/the-amp"))
    assert (await bench.complete("/full-with-amp")).entry.text == text
    assert len(bench.site.web.asked("/the-amp")) == before == 2


async def test_redirects_are_followed_and_the_note_says_where_to(bench: Bench) -> None:
    found = await bench.complete("/moved")
    assert found.page is not None
    assert (found.page.status, found.page.url) == ("text", bench.site.web.url("/the-amp"))


async def test_a_login_goes_neither_to_the_note_nor_to_the_canonical_address(bench: Bench) -> None:
    entry = bench.site.entry("/nowhere")
    found = await bench.pages.complete(FEED, replace(entry, url=entry.url.replace("http://", "http://reader:secret@")))
    assert found.page is not None
    assert "secret" not in orjson.dumps(found.page).decode()


async def test_repeated_lines_of_the_outlet_go_and_the_note_names_them(bench: Bench) -> None:
    promise = "Our reporters are on the ground every day, and you can support their work with a small gift."
    bench.pages._lines = RepeatedLines(":memory:", Learning(pages=4, sightings=4, span=0))
    found = None
    for number in range(5):
        text = "".join(f"<p>Sentence {part} of article {number} tells at some length what happened in town {number}.</p>"
                       for part in range(6))
        bench.site.web.pages[f"/n{number}"] = Page(
            f"<article><h1>What happened in town {number} on that day</h1>{text}<p>{promise}</p></article>".encode(), headers=HTML)
        found = await bench.complete(f"/n{number}", title=f"What happened in town {number} on that day")
    assert found is not None
    assert found.page is not None
    assert found.page.removed == (promise,)
    assert promise not in found.entry.text
    assert found.entry.text.count("Sentence") == 6


async def test_pages_are_archived_as_they_came(bench: Bench, tmp_path: Path) -> None:
    bench.pages._archive = Archive(tmp_path)
    found = await bench.complete("/wordpress/en")
    assert found.page is not None
    assert found.page.archive == "newsbeam-20251107-00001.warc.gz"
    bench.pages._archive.close()
    assert (tmp_path / found.page.archive).stat().st_size > 500


async def test_pages_are_read_in_processes_of_their_own(bench: Bench) -> None:
    async with ParseWorkers(seconds=120) as workers:
        bench.pages._readers = workers
        found = await bench.complete("/wordpress/ar", language="ar")
        assert found.entry.text == "\n\n".join(bench.site.stories["ar"].paragraphs)
        gone = await bench.complete("/barrier/consent-en")
        assert gone.page is not None
        assert gone.page.status == "consent"


class Dying:
    """A reader that raises what nobody foresaw."""

    async def read_page(self, body: bytes, content_type: str, url: str) -> FoundPage | FetchError:
        raise ZeroDivisionError("of all things")


async def test_what_nobody_foresaw_is_a_note_too(bench: Bench) -> None:
    bench.pages._readers = Dying()
    found = await bench.complete("/wordpress/en")
    assert found.page is not None
    assert (found.page.status, found.page.reason) == ("failed", "unexpected")
    assert found.entry == bench.site.entry("/wordpress/en")


@pytest.mark.parametrize(("title", "page_title", "text", "wanted"), [
    ("Fire in the old port of Haifa", "Haifa: fire in the old port", "", True),
    ("Fire in the old port of Haifa", "Our front page", "A fire broke out in the old port of Haifa.", True),
    ("Fire in the old port of Haifa", "Weather for the weekend", "Rain is expected everywhere.", False),
    ("Fire", "Weather for the weekend", "Rain is expected.", True),
    ("港特首梁振英就住宅违建事件道歉", "别的文章", "别的内容", True)])
def test_whether_a_page_is_about_its_entry(title: str, page_title: str, text: str, wanted: bool) -> None:
    page = FoundPage(page_title, text, "", (), None, "", "", "")
    assert is_about(page, Entry("i", "u", title, "", "", (), None, "", None)) is wanted


def test_a_fetched_page_needs_no_more_than_the_fetcher_gives() -> None:
    assert {"url", "body", "content_type", "headers"} <= set(Fetched.__dataclass_fields__)
