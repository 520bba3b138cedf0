"""News sitemaps, plain ones and indexes, also broken and as gzip files."""

from __future__ import annotations

import gzip

import pytest

from pipeline.collect.parse.entry import Media
from pipeline.collect.parse.parse import parse, parse_file
from pipeline.errors import FetchError
from pipeline.records import iso

NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="/sitemap.xsl"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
  xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://e.example/news/1?a=1&amp;b=2</loc><lastmod>2025-11-07T02:00:00Z</lastmod>
 <news:news><news:publication><news:name>صحيفة</news:name><news:language>ar</news:language></news:publication>
 <news:publication_date>2025-11-07T03:51:08+03:00</news:publication_date>
 <news:title>قال الرئيس &amp; الوزير</news:title>
 <news:keywords>سياسة, اقتصاد, سياسة</news:keywords></news:news>
 <image:image><image:loc>/a.jpg</image:loc></image:image></url>
<url><loc>https://e.example/news/2</loc><news:news><news:publication><news:name>صحيفة</news:name>
 <news:language>ar</news:language></news:publication><news:publication_date>soon</news:publication_date>
 <news:title><![CDATA[Second <b>title</b>]]></news:title></news:news></url>
</urlset>"""
PLAIN = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://e.example/</loc></url>
<url><loc>https://e.example/old</loc><lastmod>2024-01-01</lastmod></url><url><loc>https://e.example/none</loc></url>
<url><loc>https://e.example/new</loc><lastmod>2025-11-07</lastmod><changefreq>daily</changefreq></url></urlset>"""
INDEX = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://e.example/posts-1.xml</loc><lastmod>2024-01-01</lastmod></sitemap>
<sitemap><loc>https://e.example/posts-2.xml.gz</loc><lastmod>2025-11-07T00:00:00Z</lastmod></sitemap>
<sitemap><loc>ftp://e.example/x.xml</loc></sitemap><sitemap><loc>/news.xml</loc></sitemap>
<sitemap><loc>https://e.example/posts-2.xml.gz</loc></sitemap><sitemap><loc>https://e.example/sitemap.xml</loc></sitemap>
</sitemapindex>"""
URL = "https://e.example/sitemap.xml"


@pytest.mark.parametrize("kind", ["feed", "sitemap"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_news_sitemap_has_titles_times_words_and_pictures(kind: str, packed: bool) -> None:
    body = NEWS.encode()
    feed = parse(gzip.compress(body) if packed else body, "application/xml", URL, kind)
    assert (feed.kind, feed.title, feed.language, feed.warnings) == ("sitemap", "صحيفة", "ar", ())
    first, second = feed.entries
    assert (first.id, first.url) == ("https://e.example/news/1?a=1&b=2", "https://e.example/news/1?a=1&b=2")
    assert (first.title, first.categories) == ("قال الرئيس & الوزير", ("سياسة", "اقتصاد"))
    assert (iso(first.published), first.published_raw) == ("2025-11-07T00:51:08Z", "2025-11-07T03:51:08+03:00")
    assert iso(first.updated) == "2025-11-07T02:00:00Z"
    assert first.media == (Media("https://e.example/a.jpg", "image"),)
    assert (second.title, second.published, second.dated) == ("Second title", None, "unreadable")


def test_a_plain_sitemap_is_read_only_where_it_was_asked_for_newest_first() -> None:
    with pytest.raises(FetchError, match="sitemap without news") as caught:
        parse(PLAIN.encode(), "", URL)
    assert caught.value.reason == "not-a-feed"
    entries = parse(PLAIN.encode(), "", URL, "sitemap").entries
    assert [(entry.url, iso(entry.published), entry.title) for entry in entries] == [
        ("https://e.example/new", "2025-11-07T00:00:00Z", ""), ("https://e.example/old", "2024-01-01T00:00:00Z", ""),
        ("https://e.example/none", None, "")]


def test_an_index_names_its_sitemaps_news_first_then_the_newest() -> None:
    feed = parse(INDEX.encode(), "", URL)
    assert (feed.kind, feed.entries) == ("sitemap", ())
    assert feed.children == ("https://e.example/news.xml", "https://e.example/posts-2.xml.gz",
                             "https://e.example/posts-1.xml")


def test_an_empty_sitemap_is_one_where_it_was_asked_for() -> None:
    assert parse(b"<urlset/>", "", URL, "sitemap").entries == ()


def test_broken_sitemaps_are_mended_or_read_as_far_as_they_go() -> None:
    bare = NEWS.replace("a=1&amp;b=2", "a=1&b=2")
    assert parse(bare.encode(), "", URL).entries[0].url == "https://e.example/news/1?a=1&b=2"
    cut = NEWS[:NEWS.index("<url><loc>https://e.example/news/2")]
    feed = parse(cut.encode(), "", URL)
    assert (len(feed.entries), feed.warnings[0][:24]) == (1, "read as far as it goes: ")
    with pytest.raises(FetchError, match="broken sitemap"):
        parse(b"<urlset", "", URL, "sitemap")


def test_entities_of_a_sitemap_are_not_read_and_do_not_grow() -> None:
    bomb = "<!DOCTYPE urlset [<!ENTITY a '" + "x" * 1000 + "'>]>" + NEWS.partition("?>")[2].replace("الوزير", "&a;")
    with pytest.raises(FetchError, match="declares entities"):
        parse(bomb.encode(), "", URL)


def test_a_gzip_bomb_stops_at_the_limit() -> None:
    with pytest.raises(FetchError) as caught:
        parse(gzip.compress(b" " * (51 << 20)), "", URL)
    assert caught.value.reason == "too-large"


def test_feeds_parse_takes_any_sitemap(tmp_path: object) -> None:
    from pathlib import Path

    for name, text, count in (("news.xml", NEWS, 2), ("plain.xml", PLAIN, 3), ("index.xml", INDEX, 0)):
        path = Path(str(tmp_path)) / name
        path.write_text(text)
        report = parse_file(path, url=URL)
        assert (report["ok"], report["kind"], len(report["entries"])) == (True, "sitemap", count)
        assert len(report["children"]) == (3 if name == "index.xml" else 0)
