"""Web archives (WARC, ISO 28500) as input: the articles of pages, and the entries of feeds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from pipeline.backfill.candidate import NOWHERE, Candidate, Found, PassedOver, candidate, identity_of, trace_at
from pipeline.backfill.outlets import Outlets
from pipeline.collect.pages.page import LONGEST_PAGE, extract_page
from pipeline.collect.parse.parse import parse
from pipeline.collect.publish import Planned, assign_articles, raw_record
from pipeline.errors import FetchError
from pipeline.log import NewRecord
from pipeline.records import SCHEMA_VERSION, JsonObject, decode_raw, iso, seconds
from transforms.article import Article
from transforms.dead_letter import Rejected
from transforms.event_time import settle_event_time
from transforms.identify import article_id, canonical_url, feed_id, is_article_url

PAGES = "pages"
"""Stands for the feed of what was no feed's entry."""

_FEED_START = re.compile(rb"^[\s\xef\xbb\xbf]*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:rss|feed|rdf:RDF)\b", re.DOTALL)
_FEED_TYPES = ("xml", "application/feed+json")


class WebArchive:
    """Reads one archive. ``outlets`` names the outlets, ``run`` the backfill."""

    def __init__(self, outlets: Outlets, run: str) -> None:
        self.outlets = outlets
        self.run = run

    def candidates(self, stream: BinaryIO, name: str) -> Iterator[Found]:
        """What is in the archive, record after record. Raises EOFError where it is cut off or damaged."""
        number = 0
        try:
            for number, record in enumerate(ArchiveIterator(stream), 1):
                yield from self._record(record, f"{name}:{number}")
                record.raw_stream.read()
                if getattr(record.raw_stream, "limit", 0) > 0:
                    raise EOFError(f"record {number} ends too early")
        except ArchiveLoadFailed as error:
            raise EOFError(f"no record follows record {number}: {error}") from error

    def _record(self, record: Any, place: str) -> Iterator[Found]:
        if record.rec_type not in {"response", "resource"}:
            yield PassedOver(place, f"{record.rec_type} record")
            return
        headers = {name.lower(): value for name, value in (record.http_headers.headers if record.http_headers else ())}
        status = record.http_headers.get_statuscode() if record.http_headers else "200"
        url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
        kind = headers.get("content-type") or record.rec_headers.get_header("Content-Type") or ""
        if status != "200" or not url.startswith(("http://", "https://")):
            yield PassedOver(place, f"status {status}" if status != "200" else "no web address")
            return
        yield from self._content(record, url, kind.lower(), headers, place)

    def _content(self, record: Any, url: str, kind: str, headers: dict[str, str], place: str) -> Iterator[Found]:
        readable = "html" in kind or any(word in kind for word in _FEED_TYPES) or not kind
        if not readable:
            yield PassedOver(place, kind.partition(";")[0].strip())
            return
        body = record.content_stream().read(LONGEST_PAGE + 1)
        fetched = _fetched(record)
        if _FEED_START.match(body[:4096]) or "html" not in kind:
            yield from self._feed(body, url, kind, fetched, place)
        elif not is_article_url(url):
            yield PassedOver(place, "home page")
        else:
            yield self._page(body, url, headers, fetched, place)

    def _page(self, body: bytes, url: str, headers: dict[str, str], fetched: int | None, place: str) -> Candidate:
        """A page's article. One that has none gets a record without text, which ends as a dead letter."""
        value: JsonObject = {
            "schema_version": SCHEMA_VERSION, "source_id": None, "lane": "backfill", "url": url,
            "canonical_url": canonical_url(url), "outlet": self.outlets.of(url), "feed_id": PAGES, "entry_id": url,
            "title": "", "text": "", "summary": "", "markup": "text", "authors": [], "published": None,
            "published_raw": "", "published_certain": False, "fetched": iso(fetched), "language_hint": None}
        value["article_id"] = article_id(value["outlet"], value["canonical_url"], PAGES, url)
        refused: Rejected | None = None
        try:
            page = extract_page(body, url, headers)
        except FetchError as error:
            refused = Rejected(error.reason, error.explanation)
            value["extraction"] = str(error)
        else:
            value |= {"title": page.title, "text": page.text, "summary": page.summary, "authors": page.authors,
                      "published": iso(page.published), "published_raw": page.published_raw,
                      "language_hint": page.language or None}
            value |= _times(page.published, fetched)
        return self._candidate(value, place, refused)

    def _feed(self, body: bytes, url: str, kind: str, fetched: int | None, place: str) -> Iterator[Found]:
        feed = self.outlets.feed(feed_id(url), url)
        try:
            parsed = parse(body, kind, url)
        except FetchError as error:
            if error.reason == "not-a-feed":
                yield PassedOver(place, "no feed, no page")
                return
            refused = Rejected(error.reason, error.explanation)
            yield candidate(place, identity_of(self.run, b"feed", body), body, lambda payload, trace: _refuse(refused))
            return
        for entry, article in zip(parsed.entries, assign_articles(feed, parsed.entries, {}), strict=True):
            made: NewRecord = raw_record(feed, parsed, Planned(entry, article, 1), fetched or 0, "")
            value = orjson.loads(made.value) | {"lane": "backfill", "fetched": iso(fetched),
                                                "published": iso(entry.published)}
            value |= _times(entry.published, fetched)
            yield self._candidate(value, f"{place}:{entry.id}", None)

    def _candidate(self, value: JsonObject, place: str, refused: Rejected | None) -> Candidate:
        """Known again by what it says: the same entry in the next capture of its feed is no other one."""
        said = orjson.dumps([value["article_id"], value["title"], value["text"], value["summary"], value["published"]])
        identity = identity_of(self.run, b"web", said)
        value |= {"trace_id": trace_at(place, identity), "revision": 1}  # a later one shows by its text
        made = candidate(place, identity, orjson.dumps(value), _decode)
        if refused is None:
            return made
        return Candidate(made.record, made.identity, made.place, None, refused)


def _times(published: int | None, fetched: int | None) -> JsonObject:
    """However old, the publication time is the event's; only one ahead of its own capture cannot be true."""
    if fetched is None:
        return {}
    event_time, plausible = settle_event_time(published, fetched, "backfill")
    return {"event_time": iso(event_time), "published_certain": plausible,
            "published": iso(published if plausible else None)}


def _fetched(record: Any) -> int | None:
    """When the page was captured; None where the archive does not say, which the graph refuses by name."""
    try:
        return seconds(record.rec_headers.get_header("WARC-Date"))
    except ValueError:
        return None


def _decode(payload: bytes, trace: str) -> Article:
    return decode_raw(payload, NOWHERE, trace)


def _refuse(refused: Rejected) -> Article:
    raise refused
