"""Feeds that a web page names, and where feeds usually stand if it names none. Nothing is fetched.

The order of trust is miniflux's (``reader/subscription/finder.go``): what the page declares, then what it links
to, then usual addresses, which are guesses for the caller to try.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from pipeline.collect.parse.entry import absolute, plain

MOST_FOUND = 30
_TYPES = {"application/rss+xml": "rss", "application/atom+xml": "atom", "application/feed+json": "json",
          "application/rdf+xml": "rdf", "text/rss+xml": "rss", "application/x-rss+xml": "rss"}
_GENERIC = {"application/json": "json", "text/xml": "rss", "application/xml": "rss"}
_FEED_PATH = re.compile(
    r"(?:^|[/._=?&-])(?:rss2?|atom|feeds?|rdf|xml-?rss|index\.xml)(?:[/._?&=-]|\d*$)|\.(?:rss|atom|rdf)$",
    re.IGNORECASE)
_NO_FEED = re.compile(
    r"/wp-json/|/oembed|/xmlrpc|\.(?:jpe?g|png|gif|css|js|pdf|mp3|mp4|html?)$|feedback", re.IGNORECASE)
_COMMENTS = re.compile(r"comment|تعليق|комментар|replies", re.IGNORECASE)
_USUAL = ("feed/", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "rss/", "feed", "feeds/posts/default",
          "?feed=rss2", "feed.json", "news-sitemap.xml", "sitemap-news.xml")


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """An address that may be a feed's. ``sure`` is whether the page itself says so; ``kind`` rss, atom, json, rdf,
    sitemap or "" if it does not tell; ``title`` as the page calls it."""

    url: str
    title: str
    kind: str
    sure: bool


def find_feeds(html: str, url: str) -> tuple[FoundFeed, ...]:
    """Feeds of the page ``html`` at ``url``, the likeliest first: declared ones (those of comments last), linked
    ones, usual addresses in the page's folder and at its root."""
    tree = LexborHTMLParser(html)
    base = _base(tree, url)
    found: dict[str, FoundFeed] = {}
    declared = [*_declared(tree, base)]
    declared.sort(key=lambda feed: _COMMENTS.search(feed.url + " " + feed.title) is not None)
    for feed in (*declared, *_linked(tree, base), *usual_feeds(url)):
        found.setdefault(feed.url, feed)
    return tuple(found.values())[:MOST_FOUND]


def usual_feeds(url: str) -> tuple[FoundFeed, ...]:
    """Where feeds stand on most sites: in the folder of ``url``, then at the root of its host."""
    folder = urlsplit(url).path.rpartition("/")[0] + "/"
    places = dict.fromkeys(absolute(start + name, url) for start in (folder, "/") for name in _USUAL)
    return tuple(FoundFeed(place, "", "sitemap" if "sitemap" in place else "", False)
                 for place in places if place.startswith(("http://", "https://")))


def _base(tree: LexborHTMLParser, url: str) -> str:
    given = tree.css_first("base[href]")
    return absolute((given.attributes.get("href") if given else "") or "", url) or url


def _declared(tree: LexborHTMLParser, base: str) -> list[FoundFeed]:
    found = []
    for link in tree.css("link[href]"):
        relation = (link.attributes.get("rel") or "").lower().split()
        kind = (link.attributes.get("type") or "").partition(";")[0].strip().lower()
        address = absolute(link.attributes.get("href") or "", base)
        if not address or _NO_FEED.search(address) or not {"alternate", "feed"} & set(relation):
            continue
        if kind in _TYPES or (kind in _GENERIC and _FEED_PATH.search(address)) or ("feed" in relation and not kind):
            title = plain(link.attributes.get("title") or "")
            found.append(FoundFeed(address, title, _TYPES.get(kind) or _GENERIC.get(kind, ""), True))
    return found


def _linked(tree: LexborHTMLParser, base: str) -> list[FoundFeed]:
    found = []
    for link in tree.css("a[href]"):
        address = absolute(link.attributes.get("href") or "", base)
        if not address or _NO_FEED.search(urlsplit(address).path):
            continue
        if _FEED_PATH.search(address.partition("//")[2].partition("/")[2]):
            found.append(FoundFeed(address, plain(link.text() or link.attributes.get("title") or ""), "", False))
    return found
