"""Which addresses and entries are one article, and which must stay two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.identify import (
    address_key,
    article_id,
    canonical_url,
    digest,
    entry_ids,
    feed_id,
    is_article_url,
)


@pytest.mark.parametrize(("url", "expected"), [
    ("HTTPS://WWW.Example.COM:443/Path/Title", "https://www.example.com/Path/Title"),
    ("http://example.com:8080/a", "http://example.com:8080/a"),
    ("https://example.com/a?utm_source=rss&id=3&fbclid=x", "https://example.com/a?id=3"),
    ("https://example.com/a?b=2&a=1", "https://example.com/a?b=2&a=1"),
    ("https://example.com/a#comments", "https://example.com/a"),
    ("https://example.com/#!/2025/title", "https://example.com/#!/2025/title"),
    ("https://example.com/a/", "https://example.com/a"),
    ("https://example.com", "https://example.com/"),
    ("https://example.com/news/index.html", "https://example.com/news"),
    ("https://m.example.com/a", "https://example.com/a"),
    ("https://amp.example.com/a", "https://example.com/a"),
    ("https://example.com/a/amp/", "https://example.com/a"),
    ("https://example.com/a.amp.html", "https://example.com/a.html"),
    ("https://example.com/a?outputType=amp", "https://example.com/a"),
    ("https://example.com/amp/news/a-title", "https://example.com/news/a-title"),
    ("https://www-example-com.cdn.ampproject.org/c/s/www.example.com/a?id=1", "https://www.example.com/a?id=1"),
    ("https://www.google.com/amp/s/amp.example.com/a/", "https://example.com/a"),
    ("https://example.com/a?partner=rss&emc=rss", "https://example.com/a"),
    ("https://example.com/a?ref=RSS&id=7", "https://example.com/a?id=7"),
    ("https://example.com/a.html;jsessionid=1A2B?x=1", "https://example.com/a.html?x=1"),
    ("https://example.com/2025/11/a.html?m=1", "https://example.com/2025/11/a.html"),
    ("https://example.com/a?print=1", "https://example.com/a"),
    ("https://пример.рф/новость", "https://xn--e1afmkfd.xn--p1ai/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D1%8C"),
    ("https://example.com/%d8%a7", "https://example.com/%D8%A7"),
    ("https://example.com/a%2Db%2f", "https://example.com/a-b%2F"),
    ("https://example.com/a/./b/../c", "https://example.com/a/c"),
    ("http://user:secret@example.com/a", "http://example.com/a"),
    ("http://[0:0::1]:8000/a", "http://[::1]:8000/a"),
    ("\n https://example.com/a\n", "https://example.com/a"),
])
def test_an_address_loses_what_varies_between_copies(url: str, expected: str) -> None:
    assert canonical_url(url) == expected


@pytest.mark.parametrize("url", [
    "https://example.com/amp",        # a page about amplifiers
    "https://example.com/a?amp=2000",  # amperes
    "https://m.ua/a",                  # the site's own name
    "https://example.com/a?p=3",       # the article's number
    "https://example.com/amp/x",       # an amplifier
    "https://example.com/?m=202511",   # a month
    "https://example.com/a?source=5",  # a source's number
    "https://example.com/a?from=Paris",
    "https://www.google.com/amp",
    "https://example.com/a//b",
])
def test_what_may_be_the_article_stays(url: str) -> None:
    assert canonical_url(url) == url


@pytest.mark.parametrize("url", ["", "   ", "mailto:a@example.com", "ftp://example.com/a", "/a", "a", "http://",
                                 "http://exa mple.com/", "http://example.com:99999/", "http://[::1/a",
                                 "javascript:void(0)", "https://example.com/" + "a" * 9000])
def test_what_is_no_address_has_no_canonical_form(url: str) -> None:
    assert canonical_url(url) == ""
    assert not is_article_url(url)


@pytest.mark.parametrize("url", ["https://example.com", "https://example.com/", "https://example.com/#top",
                                 "https://example.com/index.php", "https://example.com/?utm_source=rss"])
def test_a_home_page_is_no_article(url: str) -> None:
    assert not is_article_url(url)


def test_scheme_and_www_do_not_make_two_articles() -> None:
    ids = {article_id("O", url, "f", "e") for url in (
        "http://www.example.com/a", "https://example.com/a/", "https://m.example.com/a?utm_medium=rss")}
    assert len(ids) == 1
    assert address_key("https://www.example.com/a") == "example.com/a"
    assert address_key("https://www.gov/a") == "www.gov/a"


def test_the_same_address_at_two_outlets_is_two_articles() -> None:
    assert article_id("A", "https://e.com/a", "f", "e") != article_id("B", "https://e.com/a", "f", "e")


def test_an_article_with_an_address_keeps_its_id_in_every_feed_of_its_outlet() -> None:
    assert article_id("A", "https://e.com/a", "f1", "1") == article_id("A", "https://e.com/a", "f2", "2")


def test_entries_that_link_to_the_home_page_are_told_apart_by_their_own_ids() -> None:
    first, second = (article_id("A", "https://e.com/", "f", entry) for entry in ("1", "2"))
    assert first != second
    assert first == article_id("A", "", "f", "1")


def test_ids_are_128_bits_and_never_change() -> None:
    # An upgrade that changed these would publish every article again.
    assert article_id("BBC", "https://www.bbc.co.uk/news/1", "f", "e") == ARTICLE
    assert feed_id("https://feeds.example.com/rss.xml?x=1") == FEED
    assert len(ARTICLE) == len(FEED) == 32


ARTICLE = "4e540adba9910cd745cd6dbd5804191b"
FEED = "af835f4de02ecdfe1eacc28fa0262dbf"


def test_a_feed_is_the_same_over_http_and_https_but_not_with_another_query() -> None:
    assert feed_id("http://E.com/feed") == feed_id("https://e.com:443/feed")
    assert feed_id("https://e.com/feed?a=1") != feed_id("https://e.com/feed?a=2")
    assert feed_id("https://e.com/feed") != feed_id("https://e.com/feed/")


def test_the_guid_comes_first_then_the_address_then_the_content() -> None:
    guid, url, content = entry_ids([("g1", "https://e.com/1", "t", "c"), ("", "https://e.com/2", "t", "c"),
                                    ("", "https://e.com/", "t", "c")])
    assert (guid, url) == ("g1", "https://e.com/2")
    assert content == digest("content", "t", "c")


def test_a_guid_shared_by_all_entries_does_not_lose_any() -> None:
    entries = [("same", f"https://e.com/{n}", "t", "c") for n in range(3)]
    assert entry_ids(entries) == ["same|https://e.com/0", "same|https://e.com/1", "same|https://e.com/2"]


def test_a_new_entry_on_top_renames_none_of_the_others() -> None:
    old = [("same", f"https://e.com/{n}", "t", "c") for n in range(2)]
    assert entry_ids([("same", "https://e.com/9", "t", "c"), *old])[1:] == entry_ids(old)


def test_entries_that_agree_in_everything_are_numbered() -> None:
    assert entry_ids([("g", "", "t", "c")] * 3) == ["g", "g|2", "g|3"]


def test_parts_do_not_run_together() -> None:
    assert digest("ab", "c") != digest("a", "bc")


@given(st.text() | st.from_regex(r"https?://[a-z.:\d\[\]@%/?#&=]{0,30}", fullmatch=True))
def test_a_canonical_address_is_its_own_canonical_address(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once
    assert not once or once.isascii()


@given(st.lists(st.tuples(st.sampled_from(["", "g", "h", "g|2"]), st.sampled_from(["", "https://e.com/1"]),
                          st.sampled_from(["t", "u"]), st.just("c")), max_size=12))
def test_no_two_entries_of_one_document_share_an_id(entries: list[tuple[str, str, str, str]]) -> None:
    ids = entry_ids(entries)
    assert len(ids) == len(entries)
    assert len(set(ids)) == len(ids)
