"""Bytes to entries: the one door for all kinds of documents. It runs in a process of its own (``worker``).

Feeds in XML are read by ``read_fast`` where that is sure of itself, else by feedparser.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from pipeline.collect.encoding import decode
from pipeline.collect.entry import ParsedFeed, absolute, identified, legal, plain
from pipeline.collect.feed_entry import entries_of, kind_of
from pipeline.collect.hints import hints_of
from pipeline.collect.json_feed import parse_json_feed
from pipeline.collect.mend import mend
from pipeline.collect.read_fast import Broken, read_fast
from pipeline.collect.read_feedparser import Found, breach_of_xml, read_feedparser
from pipeline.errors import FetchError

_DECLARATION = re.compile(r"^<\?xml[^>]*\?>")
_ROOT = re.compile(r"<(?:[\w.-]+:)?(rss|rdf|feed)\b(?!\s*/?-->)", re.IGNORECASE)
_FEED_LINK = re.compile(r"<link\b[^>]*\b(?:rss|atom)\+xml[^>]*>", re.IGNORECASE)
_HREF = re.compile(r"""href\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)


def parse(body: bytes, content_type: str = "", url: str = "", kind: str = "feed", selector: str = "") -> ParsedFeed:
    """The feed in ``body``, fetched from ``url``.

    Raises FetchError: ``empty-body``, ``encoding``, ``not-a-feed``, ``parse-error``. A broken document with
    entries that can be read gives these, and a warning.
    """
    text, encoding = decode(body, content_type)
    text = xml_text(text)
    if not text:
        raise FetchError("empty-body", "the answer is empty; the site may be broken for the moment")
    if text.startswith(("{", "[")):
        return parse_json_feed(text, encoding, url)
    found, warnings = _read(text, url)
    if not found.version and not found.entries:
        raise _no_feed(text, warnings, url)
    feed = as_feed(found, encoding, warnings, url, text)
    if warnings and not feed.entries:
        raise FetchError("parse-error", f"broken XML without an entry that could be read: {warnings[-1]}")
    return feed


def xml_text(text: str) -> str:
    """A document without what may not or need not stand in it: characters that XML forbids, whatever comes before
    the declaration, and the declaration, which names an encoding that the text no longer has."""
    return _DECLARATION.sub("", legal(text).lstrip("\ufeff \t\r\n\u200b"), count=1)


def _read(text: str, url: str) -> tuple[Found, list[str]]:
    """What was found and what was wrong. The fast reader, if need be on mended text; where it is not sure,
    feedparser: its strict parser, if need be on mended text, else its loose one, which finds entries in almost
    anything."""
    try:
        quick = read_fast(text, url)
    except Broken:
        quick, problem = _read_mended(text, url)
        if quick is not None:
            return quick, [f"mended: {problem}"]
    if quick is not None:
        return quick, []
    found, problem = read_feedparser(text, url)
    if problem is None:
        return found, []
    mended, left = read_feedparser(mend(text), url)
    return (mended, [f"mended: {problem}"]) if left is None else (found, [problem])


def _read_mended(text: str, url: str) -> tuple[Found | None, str | None]:
    problem = breach_of_xml(text)
    if problem is None:  # the two parsers disagree: feedparser's counts
        return None, None
    try:
        return read_fast(mend(text), url), problem
    except Broken:
        return None, problem


def _no_feed(text: str, warnings: list[str], url: str) -> FetchError:
    start = text[:2000].lower()
    if "<html" in start or "<!doctype html" in start:
        link = _FEED_LINK.search(text[:200_000])
        href = link and _HREF.search(link[0])
        hint = f"; it names this feed: {absolute(html.unescape(href[1]), url) or href[1]}" if href else ""
        return FetchError("not-a-feed", f"this is a web page, no feed{hint}")
    if "<urlset" in start or "<sitemapindex" in start:
        return FetchError("not-a-feed", "this is a sitemap, no feed")
    if warnings and text.startswith("<"):
        return FetchError("parse-error", f"broken XML without an entry that could be read: {warnings[-1]}")
    return FetchError("not-a-feed", f"neither RSS, Atom, RDF nor JSON Feed; it begins {text[:60]!r}")


def as_feed(found: Found, encoding: str, warnings: list[str], url: str, text: str) -> ParsedFeed:
    """A reader's finding in ``text``, in our words."""
    feed = found.feed
    base = absolute(feed.get("link", ""), url)
    entries, left_out = identified(entries_of(found, url or base))
    return ParsedFeed(
        plain(feed.get("title", "")), base, legal(feed.get("language", "")).strip(), _kind(text, found), encoding,
        entries, (*warnings, *left_out), hints_of(text), _linked(feed, "hub", url), _linked(feed, "self", url))


def _kind(text: str, found: Found) -> str:
    """The root element tells; feedparser calls an RDF that declares Atom's namespace Atom."""
    root = _ROOT.search(text[:20_000])
    name = root[1].lower() if root else ""
    return {"rss": "rss", "rdf": "rdf", "feed": "atom"}.get(name) or kind_of(found.version)


def _linked(feed: Any, relation: str, url: str) -> str:
    """The first link of a feed with a relation, as ``hub``."""
    links = (absolute(link.get("href") or "", url) for link in feed.get("links", ())
             if relation in link.get("rel", "").split())
    return next((link for link in links if link.startswith(("http://", "https://"))), "")


def parse_file(path: str | Path, content_type: str | None = None, url: str = "") -> dict[str, Any]:
    """What ``newsbeam feeds parse`` prints of one file (shared interface, see the README)."""
    from pipeline.records import iso

    report: dict[str, Any] = {"file": str(path), "ok": False, "error": None, "encoding": None,
                              "kind": "unknown", "feed": None, "warnings": [], "entries": []}
    try:
        feed = parse(Path(path).read_bytes(), content_type or "", url)
    except FetchError as error:
        return {**report, "error": str(error)}
    except OSError as error:
        return {**report, "error": f"unreadable: {error}"}
    entries = [{"id": e.id, "url": e.url, "title": e.title, "published": iso(e.published),
                "published_raw": e.published_raw, "updated": iso(e.updated), "text": e.text,
                "summary": e.summary, "authors": list(e.authors)} for e in feed.entries]
    about = {"title": feed.title, "url": feed.url, "language": feed.language}
    return {**report, "ok": True, "encoding": feed.encoding, "kind": feed.kind, "feed": about,
            "warnings": list(feed.warnings), "entries": entries}
