"""What an entry carries beside its text: media, categories, authors, identity; and what a feed says of itself."""

from __future__ import annotations

import json

import pytest

from pipeline.collect.parse.entry import Hints, Media, ParsedFeed
from pipeline.collect.parse.parse import parse
from pipeline.collect.worker import ParseWorkers

URL = "https://e.example/feeds/news.xml"
SPACES = ('xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
          'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:atom="http://www.w3.org/2005/Atom" '
          'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"')


def feed(*inside: str, extra: str = "") -> ParsedFeed:
    """The same document read by the fast reader and, with an element that only feedparser knows, by feedparser."""
    document = f"<rss version='2.0' {SPACES}><channel>{''.join(inside)}{{}}</channel></rss>"
    quick = parse(document.format(extra).encode(), "", URL)
    slow = parse(document.format(f"{extra}<podcast:x xmlns:podcast='u'><title>x</title></podcast:x>").encode(), "", URL)
    assert quick.entries == slow.entries
    return quick


@pytest.mark.parametrize(("inside", "expected"), [
    ('<enclosure url="/a.mp3" type="audio/mpeg" length="7"/>', Media("https://e.example/a.mp3", "audio/mpeg")),
    ('<enclosure url="https://e.example/p.JPG"/>', Media("https://e.example/p.JPG", "image/jpeg")),
    ('<media:content url="https://e.example/v" medium="video" width="640" height="360px"/>',
     Media("https://e.example/v", "video", 640, 360)),
    ('<media:group><media:content url="https://e.example/m.jpg" type="IMAGE/JPEG"/></media:group>',
     Media("https://e.example/m.jpg", "image/jpeg")),
    ('<media:thumbnail url="https://e.example/t" width="75" height="x"/>', Media("https://e.example/t", "image", 75)),
    ('<itunes:image href="https://e.example/i"/>', Media("https://e.example/i", "image")),
    ('<enclosure url="javascript:alert(1)" type="image/png"/>', None), ('<enclosure type="image/png"/>', None),
    ('<description><![CDATA[<img src="/pixel.gif" width="1" height="1">'
     '<img alt="x" src="/a.jpg?x=1&amp;y=2" width=640>]]>'
     "</description>", Media("https://e.example/a.jpg?x=1&y=2", "image", 640))])
def test_an_entry_has_its_media(inside: str, expected: Media | None) -> None:
    assert feed(f"<item><title>A</title>{inside}</item>").entries[0].media == ((expected,) if expected else ())


def test_the_pictures_of_a_text_count_only_where_no_other_is_given_and_each_medium_once() -> None:
    item = ('<item><title>A</title><description><![CDATA[<img src="/b.jpg">]]></description>'
            '<enclosure url="/a.mp3" type="audio/mpeg"/>{}</item>')
    assert [media.url for media in feed(item.format("")).entries[0].media] == [
        "https://e.example/a.mp3", "https://e.example/b.jpg"]
    given = '<media:thumbnail url="/c.jpg"/><media:content url="/c.jpg" width="9"/>'
    assert feed(item.format(given)).entries[0].media[1:] == (Media("https://e.example/c.jpg", "image/jpeg", 9),)


def test_categories_are_words_each_once() -> None:
    item = ("<item><title>A</title><category>سياسة</category><category domain='x'>Oil &amp;amp; gas</category>"
            "<category>سياسة</category><dc:subject> World  news </dc:subject><category/>"
            "<category>https://e.example/tag</category><media:keywords>one, two</media:keywords></item>")
    assert feed(item).entries[0].categories == ("سياسة", "Oil & gas", "World news", "one", "two")
    atom = ("<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>A</title><category term='pol' label='Politics'/>"
            "<category term='oil'/></entry></feed>")
    assert parse(atom.encode()).entries[0].categories == ("Politics", "oil")


def test_a_json_feed_has_media_tags_and_a_hub() -> None:
    document = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "feed_url": URL,
                "hubs": [{"type": "rssCloud", "url": "https://x.example/"}, {"type": "WebSub", "url": "https://hub.example/"}],
                "items": [{"id": "1", "title": "A", "image": "/a.jpg", "tags": ["x", "x", 3], "date_published": "soon",
                           "attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg"}, "junk"]},
                          {"id": " ", "title": "blank"}, {"title": "none"}]}
    found = parse(json.dumps(document).encode(), "", URL)
    first = found.entries[0]
    assert first.media == (Media("https://e.example/a.jpg", "image"), Media("https://e.example/a.mp3", "audio/mpeg"))
    assert (first.categories, first.dated) == (("x",), "unreadable")
    assert (found.hub, found.topic) == ("https://hub.example/", URL)
    assert [entry.title for entry in found.entries] == ["A", "none"]


@pytest.mark.parametrize(("inside", "expected"), [
    ("<ttl>60</ttl>", Hints(ttl_seconds=3600)), ("<ttl> <![CDATA[15]]></ttl>", Hints(ttl_seconds=900)),
    ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", Hints(update_seconds=1800)),
    ("<sy:updatePeriod> daily\n</sy:updatePeriod>", Hints(update_seconds=86_400)),
    ("<sy:updatePeriod>sometimes</sy:updatePeriod>", Hints()), ("<ttl>soon</ttl>", Hints()),
    ("<skipHours><hour>0</hour><hour>24</hour><hour>7</hour><hour>99</hour></skipHours><skipDays><day>Friday</day>"
     "<day>nonsense</day></skipDays>", Hints(skip_hours=(0, 7), skip_days=(4,)))])
def test_a_feed_says_how_often_it_changes(inside: str, expected: Hints) -> None:
    assert feed("<title>T</title>", inside).hints == expected


def test_a_feed_names_its_hub_and_its_topic() -> None:
    links = ('<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="self" href="/feeds/own.xml"/>'
             '<atom:link rel="hub" href="https://second.example/"/>')
    found = feed(links)
    assert (found.hub, found.topic) == ("https://hub.example/", "https://e.example/feeds/own.xml")
    assert (feed("").hub, feed("").topic) == ("", "")


def test_identity_guid_then_address_then_words() -> None:
    items = ["<item><guid>g</guid><link>/1</link><title>one</title></item>",
             "<item><guid>g</guid><link>/2</link><title>two</title></item>",
             "<item><guid>g</guid><link>/2</link><title>three</title></item>",
             "<item><link>/3</link><title>A</title></item>",
             "<item><title>words</title></item>", "<item><link>/</link><title>home</title></item>",
             "<item><guid>  </guid><link>/4</link></item>", "<item/>"]
    ids = [entry.id for entry in feed(*items).entries]
    assert ids[:4] == ["g|https://e.example/1", "g|https://e.example/2", "g|https://e.example/2|2", "https://e.example/3"]
    assert [len(name) for name in ids[4:6]] == [32, 32]
    assert ids[6:] == ["https://e.example/4"]
    assert [entry.id for entry in feed(*reversed(items)).entries][-1] == "g|https://e.example/1"


@pytest.mark.parametrize(("inside", "expected"), [
    ("<author>ann@e.example (Ann Lee)</author>", ("Ann Lee",)), ("<dc:creator>Ann</dc:creator>", ("Ann",)),
    ("<author>ann@e.example</author>", ("ann@e.example",)),
    ("<author>Ann Lee (e-desk)</author>", ("Ann Lee (e-desk)",)),
    ("<author>Ann Lee &lt;ann@e.news&gt;</author>", ("Ann Lee",)),
    ("<author>Ann Lee (mailto:ann@e.example)</author>", ("Ann Lee",)),
    ("<dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator><dc:creator>Ann</dc:creator>", ("Ann", "Bob")),
    ("<dc:creator>&lt;b&gt;آن لي&lt;/b&gt;</dc:creator>", ("آن لي",))])
def test_authors_are_names(inside: str, expected: tuple[str, ...]) -> None:
    assert feed(f"<item><title>A</title>{inside}</item>").entries[0].authors == expected


async def test_all_of_it_crosses_the_process() -> None:
    document = (f"<rss version='2.0' {SPACES}><channel><title>T</title><ttl>5</ttl>"
                "<skipHours><hour>3</hour></skipHours>"
                "<atom:link rel='hub' href='https://hub.example/'/><item><title>A</title><category>x</category>"
                "<enclosure url='/a.mp3' type='audio/mpeg'/><pubDate>soon</pubDate></item></channel></rss>").encode()
    index = (b"<sitemapindex><sitemap><loc>https://e.example/a.xml</loc></sitemap></sitemapindex>")
    page = "".join(f"<p><a href='/n/{n}'>A headline of five words {n}</a></p>" for n in range(4)).encode()
    async with ParseWorkers() as workers:
        for body, kind, selector in ((document, "feed", ""), (index, "sitemap", ""), (page, "page", "p a"),
                                     (page, "page", "")):
            assert await workers.parse(body, "", URL, kind, selector) == parse(body, "", URL, kind, selector)


def test_a_text_that_is_cut_says_so_and_keeps_its_media() -> None:
    text = "x " * 200_000
    entry = feed(f"<item><title>A</title><enclosure url='/a.mp3'/><description>{text}</description></item>").entries[0]
    assert (len(entry.text), entry.media[0].type) == (300_000, "audio/mpeg")
