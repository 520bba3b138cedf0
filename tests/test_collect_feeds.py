"""Feed lists in four formats, and what is said about broken ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from babel import Locale
from publicsuffixlist import PublicSuffixList

from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.lists.feeds import Feed, default_feeds, parse_feeds, read_feeds
from pipeline.collect.lists.write_feeds import write_feeds
from pipeline.errors import FeedListError
from transforms.identify import address_key, canonical_url, feed_id

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


def test_addresses_that_open_a_feed_reader_are_feeds() -> None:
    feeds = parse_feeds("feed://a.example/rss\nfeed:https://b.example/rss\nfeed://https://c.example/rss\n", "a.txt")
    assert [feed.url for feed in feeds] == [
        "http://a.example/rss", "https://b.example/rss", "https://c.example/rss"]


def test_an_export_of_another_program_is_read_with_its_folders() -> None:
    """As FreshRSS, Miniflux and Feedly write it: namespaces, empty attributes, entities, an outline without a feed."""
    feeds = parse_feeds("""<?xml version="1.0" encoding="UTF-8"?>
<opml xmlns:frss="https://freshrss.org/opml" version="2.0">
  <head><title>Mine</title><dateCreated>Fri, 07 Nov 2025 10:00:00 +0000</dateCreated></head>
  <body>
    <outline text="Asie &amp; Moyen-Orient" title="Asie &amp; Moyen-Orient">
      <outline text="الجزيرة" title="" type="rss" xmlUrl="https://a.example/?a=1&amp;b=2" htmlUrl="https://a.example/"
               description="" frss:priority="main" frss:cssFullContent="article"/>
      <outline text="A link" type="link" url="https://b.example/"/>
    </outline>
    <outline text="Top" type="RSS" version="RSS2" language="unknown" xmlUrl="https://c.example/feed"></outline>
  </body>
</opml>""", "subscriptions.xml")
    assert [(feed.outlet, feed.url, feed.folder, feed.site) for feed in feeds] == [
        ("الجزيرة", "https://a.example/?a=1&b=2", "Asie & Moyen-Orient", "https://a.example/"),
        ("Top", "https://c.example/feed", "", "")]


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
    assert parse_feeds(write_feeds(feeds, "opml"), "out.opml") == feeds


SHIPPED = default_feeds()


def test_the_shipped_list_covers_the_languages_it_promises() -> None:
    languages = Counter(feed.language for feed in SHIPPED)
    assert len(SHIPPED) >= 250
    assert {code: languages[code] for code, least in {
        "ar": 50, "ru": 40, "he": 14, "tr": 20, "fa": 22, "kk": 6, "ky": 5, "uz": 8, "tg": 5, "tk": 3, "en": 35,
        "fr": 5, "de": 5, "es": 5}.items() if languages[code] < least} == {}
    assert len({feed.country for feed in SHIPPED}) >= 50


def test_arabic_outlets_of_the_shipped_list_are_of_every_part_of_the_arab_world() -> None:
    assert {feed.country for feed in SHIPPED if feed.language == "ar"} >= {
        "AE", "DZ", "EG", "IQ", "JO", "KW", "LB", "LY", "MA", "MR", "PS", "QA", "SA", "SD", "SY", "TN", "YE"}


def test_every_shipped_feed_has_an_outlet_and_codes_that_exist() -> None:
    names = Locale("en")
    assert [feed.url for feed in SHIPPED if not feed.outlet] == []
    assert {feed.country for feed in SHIPPED} - set(names.territories) == set()
    assert {feed.language for feed in SHIPPED} - set(names.languages) == set()


def test_no_shipped_feed_vouches_for_itself() -> None:
    assert [feed.url for feed in SHIPPED if feed.verified or not feed.enabled or not feed.verify] == []


def test_shipped_addresses_are_encrypted_public_their_own_and_without_tracking_or_secrets() -> None:
    suffixes = PublicSuffixList(accept_unknown=False)
    hosts = {feed.url: urlsplit(feed.url).hostname or "" for feed in SHIPPED}
    assert [url for url in hosts if not url.startswith("https://")] == []
    assert [url for url, host in hosts.items() if not suffixes.privatesuffix(host)] == []
    assert [url for url in hosts if without_secrets(url) != url] == []
    tracked = [url for url in hosts if urlsplit(canonical_url(url)).query != urlsplit(url).query]
    assert tracked == ["https://kaktus.media/?rss"]  # there it is the feed, not who sent the reader
    assert len({address_key(url) for url in hosts}) == len({feed.feed_id for feed in SHIPPED}) == len(SHIPPED)


def test_the_shipped_list_is_its_own_canonical_form() -> None:
    """Each table as `feeds export --format toml` writes it: nothing misspelt hides in it."""
    source = (Path(__file__).parents[1] / "pipeline" / "collect" / "lists" / "feeds.toml").read_text("utf-8")
    tables = "\n".join(line for line in source.splitlines() if line and not line.startswith("#"))
    assert tables == "\n".join(line for line in write_feeds(SHIPPED, "toml").splitlines() if line)
