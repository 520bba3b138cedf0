"""Pages that list articles: by a selector, and without one; and the feeds that pages name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.collect.lists.list_rules import is_headline, may_be_article, shape_of
from pipeline.collect.parse.find_feeds import find_feeds
from pipeline.collect.parse.parse import parse
from pipeline.errors import FetchError
from pipeline.records import iso

TITLES = ["قال الرئيس إن الحكومة ستعمل على تطوير التعليم", "البرلمان يناقش مشروع قانون الموازنة العامة اليوم",
          "ارتفاع أسعار النفط في الأسواق العالمية بعد القرار", "انطلاق أعمال القمة العربية في العاصمة غدا"]
URL = "https://www.e.example/news/"


def card(number: int, title: str) -> str:
    return (f'<article class="post-{number} card"><a href="/news/{number}/x">'
            f'<img data-src="/i/{number}.jpg" src="data:x"></a>'
            '<header class="entry">'
            f'<h3 class="title"><a href="/news/{number}/x">{title}</a></h3></header>'
            f'<time datetime="2025-11-0{number}T10:00:00Z">منذ ساعة</time>'
            f"<p>{title} في بيان صدر عن مكتبه يوم أمس.</p>"
            f'<a class="more" href="/news/{number}/x#more">اقرأ المزيد</a><a href="/tag/politics">سياسة</a></article>')


def page(*cards: str, menu: str = "", head: str = "") -> bytes:
    links = "".join(f'<li><a href="/section/{n}">القسم رقم {n} من الموقع الإخباري الأول</a></li>' for n in range(9))
    return (f"<!DOCTYPE html><html lang='ar'><head><meta charset='utf-8'><title>نشرة</title>{head}</head><body>"
            f"<header><nav><ul>{links}</ul></nav>{menu}</header>"
            f"<main><div class='list'>{''.join(cards)}</div></main>"
            f"<aside><a href='/news/99/y'>{TITLES[0]} المزيد</a></aside>"
            f"<footer>{''.join(f'<a href=/p/{n}>{TITLES[n]} تذييل</a>' for n in range(4))}</footer>"
            "</body></html>").encode()


CARDS = [card(number, title) for number, title in enumerate(TITLES, 1)]


@pytest.mark.parametrize("selector", ["", ".title a", "article", "h3", "main article .title"])
def test_a_list_gives_each_article_once_with_what_stands_beside_it(selector: str) -> None:
    feed = parse(page(*CARDS), "text/html", URL, "page", selector)
    assert (feed.kind, feed.title, feed.language, feed.encoding) == ("page", "نشرة", "ar", "utf-8")
    assert [entry.title for entry in feed.entries] == TITLES
    first = feed.entries[0]
    assert (first.id, first.url) == ("https://www.e.example/news/1/x", "https://www.e.example/news/1/x")
    assert (iso(first.published), first.published_raw) == ("2025-11-01T10:00:00Z", "2025-11-01T10:00:00Z")
    assert first.summary == f"{TITLES[0]} في بيان صدر عن مكتبه يوم أمس."
    assert [media.url for media in first.media] == ["https://www.e.example/i/1.jpg"]


def test_a_selector_chooses_other_links_than_looking_does() -> None:
    feed = parse(page(*CARDS), "text/html", URL, "page", "footer a")
    assert [entry.url for entry in feed.entries] == [f"https://www.e.example/p/{n}" for n in range(4)]


def test_two_blocks_of_one_site_are_one_list() -> None:
    block = "".join(f'<li class="small"><span><a href="/news/{n}/z">{title} الآن</a></span></li>'
                    for n, title in enumerate(TITLES[:3], 11))
    feed = parse(page(*CARDS, f"<ul class='latest'>{block}</ul>"), "", URL, "page")
    assert len(feed.entries) == 7


def test_the_day_may_stand_in_words_or_in_the_address() -> None:
    cards = [f'<div class="row"><a href="/2025/11/0{n}/a-b-c">{title}</a></div>' for n, title in enumerate(TITLES, 1)]
    cards[0] = (f'<div class="row"><a href="/2025/11/01/a">{TITLES[0]}</a>'
                '<span class="date">٦ تشرين الثاني ٢٠٢٥</span></div>')
    entries = parse(page(*cards), "", URL, "page").entries
    assert [iso(entry.published) for entry in entries] == [
        "2025-11-06T00:00:00Z", *(f"2025-11-0{n}T00:00:00Z" for n in (2, 3, 4))]


def test_a_date_that_cannot_be_read_is_kept_as_written() -> None:
    cards = [f'<div><a href="/news/{n}">{title}</a><span class="date">منذ {n} ساعات</span></div>'
             for n, title in enumerate(TITLES, 1)]
    entry = parse(page(*cards), "", URL, "page").entries[0]
    assert (entry.published, entry.published_raw, entry.dated) == (None, "منذ 1 ساعات", "unreadable")


@pytest.mark.parametrize(("body", "selector", "said"), [
    (page(), "", "no group of links"), (page(*CARDS), ".none", "finds no link"),
    (page(*CARDS), "a[[", "is no CSS selector"),
    (page(*CARDS[:2]), "", "no group of links")])
def test_a_page_without_a_list_says_so(body: bytes, selector: str, said: str) -> None:
    with pytest.raises(FetchError, match=said.replace("[", r"\[")):
        parse(body, "text/html", URL, "page", selector)


def test_a_feed_at_a_pages_address_is_read_as_one() -> None:
    body = b"<rss version='2.0'><channel><item><title>A</title></item></channel></rss>"
    assert parse(body, "", URL, "page").kind == "rss"


def test_a_page_in_another_encoding_is_read_by_its_own_word() -> None:
    body = page(*CARDS).decode().replace("utf-8", "windows-1256").encode("windows-1256")
    assert [entry.title for entry in parse(body, "text/html", URL, "page").entries] == TITLES


@given(st.lists(st.sampled_from([*CARDS, "<div>", "</div>", "<a href='/x'>", "<a href='http://['>x</a>",
                                 "</article>", "<p>", "<base href='/q/'>", "\0", "<header>",
                                 "<svg><a xlink:href='#'>"]), max_size=15))
@settings(max_examples=100, deadline=None)
def test_any_markup_gives_a_list_or_a_reason(parts: list[str]) -> None:
    for selector in ("", "article", "a"):
        try:
            feed = parse(page(*parts), "text/html", URL, "page", selector)
        except FetchError as error:
            assert error.reason == "not-a-feed"
            continue
        assert len({entry.id for entry in feed.entries}) == len(feed.entries) > 0


@pytest.mark.parametrize(("text", "expected"), [
    (TITLES[0], True), ("اقرأ المزيد", False), ("Read more about it", False),
    ("Oil prices rise after the decision", True),
    ("政府が新しい教育政策を発表しました", True), ("x " * 200, False), ("", False)])
def test_headlines_are_told_by_their_length(text: str, expected: bool) -> None:
    assert is_headline(text) is expected


@pytest.mark.parametrize(("url", "expected"), [
    ("https://e.example/news/1", True), ("https://www.e.example/a", True), ("https://arabic.e.example/a", True),
    ("https://other.example/a", False), ("https://e.example/", False), ("https://e.example/tag/x", False),
    ("https://e.example/a.jpg", False), ("https://e.example/page/2", False), ("https://e.example/?p=7", True)])
def test_addresses_of_articles_are_told_from_sections(url: str, expected: bool) -> None:
    assert may_be_article(url, "e.example") is expected


def test_addresses_of_one_kind_have_one_shape() -> None:
    assert shape_of("https://e.example/news/12/some-long-title") == shape_of("https://e.example/world/9/one-more-here")
    assert shape_of("https://e.example/news/123") != shape_of("https://e.example/about")


HEAD = """<base href="https://cdn.example/x/">
<link rel="alternate" type="application/rss+xml" title="Comments"
 href="/comments/feed/">
<link rel="alternate" type="application/rss+xml; charset=utf-8" title="الأخبار" href="/feed/?a=1&amp;b=2">
<link rel="alternate" type="application/json" href="https://e.example/wp-json/wp/v2/posts/7">
<link rel="ALTERNATE" type="application/atom+xml" href="atom.xml"><link rel="stylesheet" href="/rss.css">
<link rel="alternate" hreflang="en" href="/en/"><link rel="alternate" type="application/feed+json" href="/feed.json">"""


def test_a_page_names_its_feeds_and_those_of_comments_come_last() -> None:
    body = page(menu='<a href="/rss/world">RSS</a><a href="/feedback">F</a><a href="/a.html">x</a>', head=HEAD).decode()
    found = find_feeds(body, "https://e.example/news/index.html")
    declared = [(feed.url, feed.title, feed.kind) for feed in found if feed.sure]
    assert declared == [
        ("https://cdn.example/feed/?a=1&b=2", "الأخبار", "rss"), ("https://cdn.example/x/atom.xml", "", "atom"),
        ("https://cdn.example/feed.json", "", "json"), ("https://cdn.example/comments/feed/", "Comments", "rss")]
    guesses = [feed.url for feed in found if not feed.sure]
    assert guesses[:2] == ["https://cdn.example/rss/world", "https://e.example/news/feed/"]
    assert "https://e.example/rss.xml" in guesses
    assert len(guesses) == len(set(guesses))


def test_a_page_given_as_a_feed_names_the_feed() -> None:
    with pytest.raises(FetchError, match=r"it names this feed: https://cdn\.example/feed/\?a=1&b=2"):
        parse(page(head=HEAD), "text/html", URL)
