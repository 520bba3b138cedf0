"""What newsbeam explain reads from files and from the web, and how it writes lines in any script."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pipeline.errors import NewsbeamError
from pipeline.explain.ask_web import ask_web
from pipeline.explain.line import FIRST_STRONG, POP, clipped, isolated, safe, wrapped
from pipeline.explain.read_file import read_file
from pipeline.records import decode_raw
from pipeline.settings import Settings
from tests.web_server import Page, WebServer
from transforms.article import Article

TEXT = " ".join(["The dam on the river burst on Sunday night after a week of rain, the ministry said on Monday."] * 8)
PAGE = f"""<!doctype html><html lang="en"><head><title>Dam bursts</title>
<link rel="canonical" href="https://news.example/2025/dam-bursts.html">
<meta property="article:published_time" content="2025-11-07T00:51:08Z"></head>
<body><article><h1>Dam bursts</h1><p>{TEXT}</p></article></body></html>"""
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><link>https://news.example/</link>
<item><title>Second</title><link>https://news.example/2.html</link><guid>b</guid>
<description>Two words.</description></item>
<item><title>First</title><link>https://news.example/1.html</link><guid>a</guid>
<description>One word.</description></item>
</channel></rss>"""


def article(path: Path, url: str = "") -> Article:
    [subject] = read_file(path, url)
    assert subject.payload is not None
    return decode_raw(subject.payload.payload, subject.payload.origin, subject.payload.trace_id)


def test_a_saved_page_is_read_as_the_collector_would_publish_it(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGE)
    found = article(path)
    assert (found.title, found.outlet, found.published) == ("Dam bursts", "news.example", 1762476668)
    assert (found.event_time, found.published_certain) == (found.fetched, False)  # no news of today
    assert found.canonical_url == "https://news.example/2025/dam-bursts.html"
    [subject] = read_file(path)
    assert subject.payload is not None
    assert orjson.loads(subject.payload.payload)["page"]["status"] == "text"


def test_a_page_without_an_address_of_its_own_has_the_one_that_is_given(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGE.replace('<link rel="canonical" href="https://news.example/2025/dam-bursts.html">', ""))
    assert article(path, "https://other.example/a-1.html").outlet == "other.example"
    assert article(path).outlet == "page"


def test_a_feed_is_its_entries_the_oldest_first(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(FEED)
    found = list(read_file(path))
    assert [(one.found_as, orjson.loads(one.payload.payload)["title"]) for one in found if one.payload] == [
        ("entry", "First"), ("entry", "Second")]
    assert found[0].place.endswith("feed.xml entry a")


def test_a_feed_in_json_is_no_file_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "feed.json"
    path.write_bytes(orjson.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": [
        {"id": "a", "url": "https://news.example/1.html", "title": "First", "content_text": "One word."}]}))
    assert [one.found_as for one in read_file(path)] == ["entry"]


def test_plain_text_is_an_article_without_title_and_date(tmp_path: Path) -> None:
    path = tmp_path / "seed.txt"
    path.write_text("زلزال يضرب شمال قرغيزستان\nنص الخبر")
    [subject] = read_file(path)
    assert subject.payload is not None
    value = orjson.loads(subject.payload.payload)
    assert (subject.found_as, value["title"], value["text"]) == ("text", "", "زلزال يضرب شمال قرغيزستان\nنص الخبر")


@pytest.mark.parametrize(("body", "said"), [
    (b" \n", "is empty"), (b"\xff\xfe\x00", "no text in UTF-8"), (b"<svg/>", "newsbeam feeds parse"),
    (b"<rss version='2.0'><channel><title>x</title></channel></rss>", "without entries"),
    (b"<!doctype html><html><body></body></html>", "page extract")])
def test_files_that_hold_no_article_say_so(tmp_path: Path, body: bytes, said: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(body)
    with pytest.raises(NewsbeamError, match=said):
        list(read_file(path))


async def _web(pages: dict[str, Page], path: str, allowed: tuple[str, ...] = ("127.0.0.0/8",)) -> list[tuple[str, str]]:
    async with WebServer() as web:
        web.pages.update(pages)
        settings = Settings(allow_network=allowed, domain_seconds=0)
        found = await asyncio.to_thread(ask_web, settings, web.url(path), "Known")
        return [(one.found_as, orjson.loads(one.payload.payload)["outlet"]) for one in found if one.payload]


HTML = {"Content-Type": "text/html; charset=utf-8"}


async def test_an_address_is_asked_and_its_article_read() -> None:
    assert await _web({"/a-1.html": Page(PAGE.encode(), headers=HTML)}, "/a-1.html") == [("url", "Known")]


async def test_the_address_of_a_feed_gives_its_entries() -> None:
    pages = {"/feed": Page(FEED.encode(), headers={"Content-Type": "application/rss+xml"})}
    assert await _web(pages, "/feed") == [("entry", "Known"), ("entry", "Known")]


async def test_what_the_collector_would_not_ask_for_is_not_asked_for() -> None:
    pages = {"/robots.txt": Page(b"User-agent: *\nDisallow: /", headers={"Content-Type": "text/plain"}),
             "/a-1.html": Page(PAGE.encode(), headers=HTML)}
    with pytest.raises(NewsbeamError, match=r"robots.*the collector would not ask for it either"):
        await _web(pages, "/a-1.html")
    with pytest.raises(NewsbeamError, match="--allow-network"):
        await _web(pages, "/a-1.html", allowed=())


async def test_a_page_that_is_missing_is_an_error() -> None:
    with pytest.raises(NewsbeamError, match="http-404"):
        await _web({}, "/a-1.html")


def test_right_to_left_text_is_isolated_and_plain_latin_is_not() -> None:
    assert isolated("زلزال 6.1") == f"{FIRST_STRONG}زلزال 6.1{POP}"
    assert isolated("quake") == "quake"
    assert isolated("a\u202eb\x1b[31m") == "ab[31m"
    assert isolated("می\u200cخواهم") == f"{FIRST_STRONG}می\u200cخواهم{POP}"


def test_what_is_cut_ends_in_an_ellipsis_and_keeps_its_isolate() -> None:
    shown = clipped("زلزال يضرب شمال قرغيزستان", 10)
    assert cell_len(shown) <= 10
    assert shown.startswith(FIRST_STRONG)
    assert shown.endswith(f"…{POP}")


def test_a_part_that_goes_on_in_the_next_line_is_isolated_in_both() -> None:
    first, second = wrapped(f"title was {isolated('زلزال قوي يضرب')} 0.5", 18)
    assert first.count(FIRST_STRONG) == first.count(POP) == 1
    assert (second.startswith(FIRST_STRONG), second.endswith("0.5")) == (True, True)


@given(st.text(max_size=120), st.integers(8, 40))
def test_no_line_is_too_wide_and_no_isolate_is_left_open(text: str, width: int) -> None:
    made = list(wrapped(f"before {isolated(text)} after", width))
    assert all(cell_len(line.replace(FIRST_STRONG, "").replace(POP, "")) <= width for line in made)
    assert all(line.count(FIRST_STRONG) == line.count(POP) for line in made)
    assert not any(character in line for line in made for character in "\x1b\u202e\u2066\n")


@given(st.text(max_size=80))
def test_safe_text_is_one_line_and_the_same_when_made_safe_again(text: str) -> None:
    assert safe(safe(text)) == safe(text)
    assert "\n" not in safe(text)
