"""Feed lists in four formats, and what is said about broken ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pipeline.collect.feeds import Feed, default_feeds, parse_feeds, read_feeds, write_opml
from pipeline.errors import FeedListError
from transforms.identify import feed_id

URL = "https://news.example/rss?a=1&b=2"
FEED = Feed(feed_id(URL), URL, "Новости", "KZ", "ru")
LISTS = {
    "feeds.toml": f'[[feed]]\nurl = "{URL}"\noutlet = "Новости"\ncountry = "kz"\nlanguage = "ru"\n',
    "feeds.csv": f"outlet,url,language,country\nНовости,{URL},ru,KZ\n",
    "excel.csv": f"Name;URL;Lang;Country\r\nНовости;{URL};ru;KZ\r\n",
    "feeds.opml": "<?xml version='1.0' encoding='windows-1251'?><opml><body><outline>"
                  f"<outline text='Новости' xmlUrl='{URL.replace('&', '&amp;')}' language='ru' country='KZ'/>"
                  "</outline></body></opml>",
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_each_format_gives_the_same_feed(tmp_path: Path, name: str, encoding: str) -> None:
    (tmp_path / name).write_bytes(LISTS[name].encode(encoding))
    assert read_feeds(tmp_path / name) == [FEED]


@pytest.mark.parametrize("name", LISTS)
def test_the_format_shows_in_the_content_too(name: str) -> None:
    assert parse_feeds(LISTS[name], "subscriptions") == [FEED]


def test_a_plain_list_is_one_address_a_line(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("# mine\n\nhttps://www.a.example/rss  # good\nhttp://b.example/#x\nhttp://www.a.example/rss\n")
    feeds = read_feeds(path)
    assert [(feed.url, feed.outlet) for feed in feeds] == [
        ("https://www.a.example/rss", "a.example"), ("http://b.example/#x", "b.example")]


@pytest.mark.parametrize(("name", "text", "said"), [
    ("a.txt", "https://a.example/\nnot an address\n", "a.txt, line 2: 'not an address' is no http"),
    ("a.txt", "# nothing\n", "a.txt: no feed in this list; write one address a line"),
    ("a.toml", "[[feed]]\nurl = 3\n", "a.toml, line 1: url must be a text"),
    ("a.toml", "[[feed]\n", "a.toml: Expected ']]'"),
    ("a.toml", '[[feed]]\nurl = "https://a.example/"\n\n[[feed]]\noutlet = "B"\n', "a.toml, line 4: '' is no http"),
    ("a.toml", 'feed = "x"', "a.toml: each feed is a table"),
    ("a.csv", "name,language\nA,en\n", "a.csv, line 1: no column called 'url'"),
    ("a.csv", "url,country\nhttps://a.example/,KAZ\n", "a.csv, line 2: country 'KAZ' is no ISO 3166"),
    ("a.csv", "url,language\nhttps://a.example/,Arabic!\n", "a.csv, line 2: language 'Arabic!' is no ISO 639"),
    ("a.opml", "<opml>\n<body>\n<outline xmlUrl='x'/>", "a.opml, line 3: broken XML"),
    ("a.opml", "<opml>\n<outline xmlUrl='ftp://a.example'/></opml>", "a.opml, line 2: 'ftp://a.example' is no http"),
])
def test_an_error_names_file_line_and_way_out(name: str, text: str, said: str) -> None:
    with pytest.raises(FeedListError) as caught:
        parse_feeds(text, name)
    assert str(caught.value).startswith(said)


def test_a_missing_and_an_undecodable_list_are_errors_too(tmp_path: Path) -> None:
    with pytest.raises(FeedListError, match="No such file"):
        read_feeds(tmp_path / "none.opml")
    (tmp_path / "latin.txt").write_bytes(b"# ok\n# caf\xe9\n")
    with pytest.raises(FeedListError, match="line 2: not UTF-8"):
        read_feeds(tmp_path / "latin.txt")


def test_an_id_in_the_list_keeps_a_feed_the_same_at_a_new_address() -> None:
    old, new = (parse_feeds(f'[[feed]]\nid = "x"\nurl = "https://{host}.example/"\n', "a.toml")[0]
                for host in ("a", "b"))
    assert old.feed_id == new.feed_id == "x"


def test_opml_comes_back_without_loss() -> None:
    feeds = [FEED, Feed("own-id", "https://b.example/?q='\"<&>", 'B & "C" <d>')]
    assert parse_feeds(write_opml(feeds), "out.opml") == feeds


def test_the_shipped_list_covers_the_languages_it_promises() -> None:
    feeds = default_feeds()
    languages = Counter(feed.language for feed in feeds)
    assert len(feeds) >= 60
    assert all(languages[code] >= least for code, least in {
        "ar": 15, "ru": 10, "he": 4, "tr": 6, "fa": 6, "kk": 1, "ky": 1, "uz": 2, "en": 15, "fr": 5, "de": 5,
        "es": 5}.items())
    assert all(feed.country and feed.outlet for feed in feeds)
