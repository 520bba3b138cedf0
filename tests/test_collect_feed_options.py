"""Options of one feed in every list format: read, validated, written, read back."""

from __future__ import annotations

import string
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.collect.lists.feeds import KINDS, PAGES, Feed, parse_feeds
from pipeline.collect.lists.write_feeds import FORMATS, write_feeds
from pipeline.errors import FeedListError, WrongUsage
from transforms.identify import feed_id

URL = "https://news.example/latest"
FULL = Feed(feed_id(URL), URL, "News", "KZ", "kk", kind="page", selector="article h2 > a", pages="always",
            minutes=20.0, user_agent="paper/1 (+https://paper.example)", timeout=45.5, verify=False, enabled=False,
            verified=True, folder="Asia/Central", site="https://news.example/")
OPTIONS = ("kind", "selector", "pages", "minutes", "user_agent", "timeout", "verify", "enabled", "verified", "folder",
           "site")
LISTS = {
    "a.toml": f'''[[feed]]
url = "{URL}"
outlet = "News"
country = "kz"
language = "kk"
kind = "page"
selector = "article h2 > a"
pages = "always"
minutes = 20
user_agent = "paper/1 (+https://paper.example)"
timeout = 45.5
verify = false
enabled = false
verified = true
folder = "Asia/Central"
site = "https://news.example/"
''',
    "a.csv": "url,outlet,country,language,kind,selector,pages,minutes,user_agent,timeout,verify,enabled,verified,"
             f"folder,site\n{URL},News,KZ,kk,page,article h2 > a,always,20,paper/1 (+https://paper.example),45.5,no,"
             "0,yes,Asia/Central,https://news.example/\n",
    "a.jsonl": f'{{"url": "{URL}", "outlet": "News", "country": "KZ", "language": "kk", "kind": "page", '
               '"selector": "article h2 > a", "pages": "always", "minutes": 20, "timeout": 45.5, "verify": false, '
               '"user_agent": "paper/1 (+https://paper.example)", "enabled": false, "verified": true, "other": [1], '
               '"folder": "Asia/Central", "site": "https://news.example/", "title": null}\n',
    "a.opml": "<opml><body><outline text='Asia'><outline text='Central'><outline text='News' type='rss' "
              f"xmlUrl='{URL}' htmlUrl='https://news.example/' country='KZ' language='kk' kind='page' "
              "selector='article h2 &gt; a' pages='always' minutes='20' user_agent='paper/1 (+https://paper.example)' "
              "timeout='45.5' verify='false' enabled='false' verified='true'/></outline></outline></body></opml>",
}


@pytest.mark.parametrize("name", LISTS)
def test_every_option_is_read_from_every_format(name: str) -> None:
    assert parse_feeds(LISTS[name], name) == [FULL]
    assert parse_feeds(LISTS[name], "subscriptions") == [FULL]


def test_every_option_of_a_feed_is_tested_here() -> None:
    assert tuple(field.name for field in fields(Feed))[5:] == OPTIONS
    usual = Feed("x", URL, "News")
    assert [name for name in OPTIONS if getattr(FULL, name) == getattr(usual, name)] == []


def test_a_plain_list_has_the_usual_of_every_option() -> None:
    assert parse_feeds(URL, "list.txt") == [Feed(feed_id(URL), URL, "news.example")]


@pytest.mark.parametrize(("option", "said"), [
    ('kind = "blog"', "kind 'blog' is none of feed, sitemap, page"),
    ('pages = "sometimes"', "pages 'sometimes' is none of auto, always, never"),
    ('kind = "page"\nselector = "h2 >"', "'h2 >' is no CSS selector such as article h2 > a"),
    ('selector = "a"', "selector goes with kind 'page'; set that, or take the selector out"),
    ("minutes = -5", "minutes -5 is no number from 0.01 to 43,200 (0 for the usual)"),
    ("minutes = true", "minutes True is no number from 0.01 to 43,200 (0 for the usual)"),
    ("minutes = nan", "minutes nan is no number from 0.01 to 43,200 (0 for the usual)"),
    ('minutes = "often"', "minutes 'often' is no number from 0.01 to 43,200 (0 for the usual)"),
    ("timeout = 900", "timeout 900 is no number from 1 to 300 (0 for the usual)"),
    ('verify = "maybe"', "verify 'maybe' is neither true nor false"),
    ("enabled = 3", "enabled 3 is neither true nor false"),
    ('verified = "soon"', "verified 'soon' is neither true nor false"),
    ('user_agent = "a\\r\\nHost: x"', "user_agent may have up to 500 ASCII characters on one line"),
    ("outlet = 7", "outlet must be a text in quotation marks"),
    ("minuts = 10", "a feed has no 'minuts'; did you mean minutes?"),
    ("xyz = 1", "a feed has no 'xyz'; take it out"),
])
def test_an_option_that_cannot_be_used_is_named_with_its_place(option: str, said: str) -> None:
    with pytest.raises(FeedListError) as caught:
        parse_feeds(f'[[feed]]\nurl = "https://a.example/"\n\n[[feed]]\nurl = "{URL}"\n{option}\n', "a.toml")
    assert str(caught.value).startswith(f"a.toml, line 4: {said}")


@pytest.mark.parametrize(("text", "said"), [
    ('{"url": "https://a.example/"}\n{"url"', "a.jsonl, line 2: no JSON"),
    ('{"url": "https://a.example/"}\n[1]', "a.jsonl, line 2: not an object"),
    ('{"url": 3}', "a.jsonl, line 1: url must be a text"),
    ('{"url": "https://a.example/"}\n\n{"url": "https://b.example/", "pages": "no"}', "a.jsonl, line 3: pages 'no'"),
])
def test_a_broken_line_of_json_is_named(text: str, said: str) -> None:
    with pytest.raises(FeedListError) as caught:
        parse_feeds(text, "a.jsonl")
    assert str(caught.value).startswith(said)


def test_a_secret_in_a_bad_address_is_not_shown() -> None:
    with pytest.raises(FeedListError) as caught:
        parse_feeds("ftp://ann:pw123@a.example/?token=abc123", "a.txt")
    assert str(caught.value) == "a.txt, line 1: 'ftp://a.example/?token=***' is no http or https address"


def test_folders_of_opml_are_written_once_each() -> None:
    a, b, c = (Feed(feed_id(url), url, "X", folder=folder) for url, folder in (
        ("https://a.example/", "Asia"), ("https://b.example/", "Africa"), ("https://c.example/", "Asia/East")))
    text = write_feeds([a, b, c], "opml")
    assert text.count('<outline text="Asia">') == 1
    assert sorted(parse_feeds(text, "x.opml"), key=lambda feed: feed.url) == [a, b, c]


def test_a_format_that_is_none_is_wrong_usage() -> None:
    with pytest.raises(WrongUsage, match="opml, csv, jsonl, toml"):
        write_feeds([FULL], "yaml")


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x85\u2028\u2029\ufffe\uffff"),
                max_size=20).map(lambda text: " ".join(text.split()))
FOLDERS = st.lists(WORDS.filter(lambda w: w and "/" not in w), max_size=3).map("/".join)


@st.composite
def feed_lists(draw: st.DrawFn) -> list[Feed]:
    urls = draw(st.lists(st.text(string.ascii_lowercase + string.digits + "'\"&<>,;=%", min_size=1, max_size=12),
                         min_size=1, max_size=4, unique=True))
    return [draw(_feed(f"https://h{number}.example/?q={path}")) for number, path in enumerate(urls)]


def _feed(url: str) -> st.SearchStrategy[Feed]:
    def build(**given: Any) -> Feed:
        own_id = given.pop("own_id") or feed_id(url)
        if given["kind"] != "page":
            given["selector"] = ""
        return Feed(own_id, url, given.pop("outlet") or "x", **given)

    number = st.one_of(st.just(0.0), st.floats(1, 300, allow_nan=False).map(lambda value: round(value, 3)))
    return st.builds(build, own_id=st.one_of(st.just(""), st.just(f"own-{url[9:10]}")), outlet=WORDS,
                     country=st.sampled_from(["", "KZ"]), language=st.sampled_from(["", "ar", "sr-latn"]),
                     kind=st.sampled_from(KINDS),
                     selector=st.sampled_from(["", "a", "article h2 > a", 'a[rel="x\'y"]', "li:has(a), .больше"]),
                     pages=st.sampled_from(PAGES), minutes=number,
                     user_agent=st.text(string.printable[:95], max_size=20).map(str.strip), timeout=number,
                     verify=st.booleans(), enabled=st.booleans(), verified=st.booleans(), folder=FOLDERS, site=WORDS)


@pytest.mark.parametrize("form", FORMATS)
@given(feed_lists())
@settings(max_examples=60, deadline=None)
def test_what_is_written_comes_back_without_loss(form: str, feeds: list[Feed]) -> None:
    back = parse_feeds(write_feeds(feeds, form), f"list.{form}")
    assert sorted(back, key=lambda feed: feed.url) == sorted(feeds, key=lambda feed: feed.url)
