"""Bytes to entries: the one door for all kinds of documents. It runs in a process of its own (``worker``).

Feeds in XML are read by ``read_fast`` where that is sure of itself, else by feedparser.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.collect.fetch.inflate import Inflater
from pipeline.collect.parse.encoding import decode
from pipeline.collect.parse.entry import Entry, ParsedFeed, absolute, identified, legal, plain
from pipeline.collect.parse.feed_entry import entries_of, kind_of
from pipeline.collect.parse.find_feeds import find_feeds
from pipeline.collect.parse.hints import hints_of
from pipeline.collect.parse.json_feed import parse_json_feed
from pipeline.collect.parse.list_page import parse_list_page
from pipeline.collect.parse.mend import mend, root_of
from pipeline.collect.parse.read_fast import Broken, read_fast
from pipeline.collect.parse.read_feedparser import Found, breach_of_xml, read_feedparser
from pipeline.collect.parse.sitemap import ROOTS, parse_sitemap
from pipeline.envelope import iso
from pipeline.errors import FetchError

_DECLARATION = re.compile(r"^<\?xml[^>]*\?>")
_KINDS = {"rss": "rss", "rdf": "rdf", "feed": "atom"}
LARGEST = 50 << 20
"""Bytes of a document that comes as a gzip file: as much as sitemaps.org allows."""


def parse(body: bytes, content_type: str = "", url: str = "", kind: str = "feed", selector: str = "") -> ParsedFeed:
    """What stands in ``body``, fetched from ``url``: a feed, a sitemap or a page that lists articles.

    ``kind`` is what an operator says it is: ``feed`` takes a news sitemap too, ``sitemap`` any sitemap, ``page``
    a web page, whose links ``selector`` may name. A feed is read as a feed under each of them. Raises FetchError:
    ``empty-body``, ``encoding``, ``not-a-feed``, ``parse-error``, ``too-large``, ``broken-body``. A broken document
    with entries that can be read gives these, and a warning.
    """
    text, encoding = decode(_unpacked(body), content_type)
    text = xml_text(text)
    if not text:
        raise FetchError("empty-body", "the answer is empty; the site may be broken for the moment")
    if text.startswith(("{", "[")):
        return parse_json_feed(text, encoding, url)
    root = root_of(text)[0]
    if root in ROOTS:
        return parse_sitemap(text, encoding, url, named=kind == "sitemap")
    if kind == "page" and root not in _KINDS:
        return parse_list_page(text, encoding, url, selector)
    found, warnings = _read(text, url)
    if not found.version and not found.entries:
        raise _no_feed(text, warnings, url)
    feed = as_feed(found, encoding, warnings, url, text)
    if warnings and not feed.entries:
        raise FetchError("parse-error", f"broken XML without an entry that could be read: {warnings[-1]}")
    return feed


def _unpacked(body: bytes) -> bytes:
    """Sitemaps are often gzip files, and no server says so in its headers."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    inflater = Inflater("gzip", LARGEST)
    inflater.feed(body)
    return inflater.close()


def xml_text(text: str) -> str:
    """A document without what may not or need not stand in it: characters that XML forbids, whatever comes before
    the declaration, and the declaration, which names an encoding that the text no longer has."""
    return _DECLARATION.sub("", legal(text).lstrip("\ufeff \t\r\n\u200b"), count=1)


def _read(text: str, url: str) -> tuple[Found, list[str]]:
    """What was found and what was wrong. Well-formed text is read as it is, broken text mended if that helps;
    each by the fast reader, or by feedparser where that is not sure. What cannot be mended is for feedparser's
    loose parser, which finds entries in almost anything."""
    try:
        quick = read_fast(text, url)
        problem = None
    except Broken:
        quick, problem = None, breach_of_xml(text)
    if quick is not None:
        return quick, []
    if problem is not None:
        mended = _read_mended(mend(text), url)
        if mended is not None:
            return mended, [f"mended: {problem}"]
    found, other = read_feedparser(text, url)
    wrong = problem or other
    return found, [wrong] if wrong else []


def _read_mended(text: str, url: str) -> Found | None:
    """None where mending was not enough."""
    try:
        quick = read_fast(text, url)
    except Broken:
        quick = None
        if breach_of_xml(text) is not None:
            return None
    if quick is not None:
        return quick
    found, problem = read_feedparser(text, url)
    return found if problem is None else None


def _no_feed(text: str, warnings: list[str], url: str) -> FetchError:
    start = text[:2000].lower()
    if "<html" in start or "<!doctype html" in start:
        named = next((feed.url for feed in find_feeds(text[:500_000], url) if feed.sure), "")
        hint = f"; it names this feed: {named}" if named else ""
        return FetchError("not-a-feed", f"this is a web page, no feed{hint}")
    if warnings and text.startswith("<"):
        return FetchError("parse-error", f"broken XML without an entry that could be read: {warnings[-1]}")
    return FetchError("not-a-feed", f"neither RSS, Atom, RDF nor JSON Feed; it begins {text[:60]!r}")


def as_feed(found: Found, encoding: str, warnings: list[str], url: str, text: str) -> ParsedFeed:
    """A reader's finding in ``text``, in our words."""
    feed = found.feed
    base = absolute(feed.get("link", ""), url)
    entries, left_out = identified(entries_of(found, url or base))
    return ParsedFeed(
        plain(feed.get("title", "")), base, legal(feed.get("language", "")).strip(),
        _KINDS.get(root_of(text)[0]) or kind_of(found.version), encoding, entries, (*warnings, *left_out),
        hints_of(text), _linked(feed, "hub", url), _linked(feed, "self", url))


def _linked(feed: Any, relation: str, url: str) -> str:
    """The first link of a feed with a relation, as ``hub``."""
    links = (absolute(link.get("href") or "", url) for link in feed.get("links", ())
             if relation in link.get("rel", "").split())
    return next((link for link in links if link.startswith(("http://", "https://"))), "")


def parse_file(path: str | Path, content_type: str | None = None, url: str = "", kind: str = "feed",
               selector: str = "") -> dict[str, Any]:
    """What ``newsbeam feeds parse`` prints of one file (shared interface, see the README)."""
    report: dict[str, Any] = {"file": str(path), "ok": False, "error": None, "encoding": None,
                              "kind": "unknown", "feed": None, "warnings": [], "entries": []}
    try:
        body = Path(path).read_bytes()
        try:
            feed = parse(body, content_type or "", url, kind, selector)
        except FetchError as error:
            if kind != "feed" or "sitemap" not in error.explanation:
                raise
            feed = parse(body, content_type or "", url, "sitemap")
    except FetchError as error:
        return {**report, "error": str(error)}
    except OSError as error:
        return {**report, "error": f"unreadable: {error}"}
    about = {"title": feed.title, "url": feed.url, "language": feed.language}
    return {**report, "ok": True, "encoding": feed.encoding, "kind": feed.kind, "feed": about,
            "warnings": list(feed.warnings), "entries": [_shown(entry) for entry in feed.entries],
            "hub": feed.hub, "topic": feed.topic, "hints": asdict(feed.hints), "children": list(feed.children)}


def _shown(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "url": entry.url, "title": entry.title, "published": iso(entry.published),
            "published_raw": entry.published_raw, "updated": iso(entry.updated), "dated": entry.dated,
            "text": entry.text, "summary": entry.summary, "authors": list(entry.authors),
            "categories": list(entry.categories), "media": [asdict(media) for media in entry.media]}
