"""A file's articles, as raw records: a page, a feed, plain text, or JSON Lines.

Lines may be input lines (as of ``newsbeam enrich --from``), raw records or enriched ones.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from pipeline.collect.lists.feeds import Feed
from pipeline.collect.pages.complete import PageNote
from pipeline.collect.pages.found import Page
from pipeline.collect.pages.page import extract_page
from pipeline.collect.parse.entry import Entry, Media, ParsedFeed
from pipeline.collect.parse.parse import parse
from pipeline.collect.publish import Planned, assign_articles, raw_record
from pipeline.errors import FetchError, NewsbeamError, WrongUsage
from pipeline.explain.subject import Stored, Subject
from pipeline.input_line import first_clock, line_records
from pipeline.log import NewRecord
from pipeline.read_log import Payload
from pipeline.records import RAW, trace_of
from transforms.article import Origin
from transforms.identify import article_id

_HEAD = 4096


def read_file(path: Path, url: str = "") -> Iterator[Subject]:
    """Each article in a file; ``url`` is where it came from, "" if unknown.

    Raises WrongUsage for a file that cannot be read, NewsbeamError for one that is nothing of all that. A line that
    is no article is a subject, and ends as the dead letter that it would become.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise WrongUsage(f"cannot read {path}: {error.strerror}") from error
    if not body.strip():
        raise NewsbeamError(f"{path} is empty; give a page (HTML), a feed or JSON Lines")
    if _is_lines(body):
        yield from _lines(path, body)
    elif _is_page(body):
        yield page_subject(str(path), "page", str(path), _page(path, body, url), url)
    elif body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"{", b"[")) or body.startswith(b"\x1f\x8b"):
        yield from _entries(path, body, url)
    else:
        yield _text(path, body, url)


def _text(path: Path, body: bytes, url: str) -> Subject:
    """A text without title and date, as an input line that has nothing else."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NewsbeamError(f"{path} is no page, no feed, no JSON Lines and no text in UTF-8: {error}") from error
    line = orjson.dumps({"id": path.name, "url": url, "outlet": urlsplit(url).hostname or "", "title": "",
                         "text": text})
    return raw_subject(str(path), "text", str(path), next(line_records([line], int(time.time()))), 0)


def _is_lines(body: bytes) -> bool:
    """Whether the first line with anything in it is a JSON object that is no feed."""
    first = next((line for line in body.splitlines() if line.strip()), b"").strip()
    try:
        value = orjson.loads(first)
    except orjson.JSONDecodeError:
        return first.startswith(b"{") and len(body.splitlines()) > 1 and b"jsonfeed" not in body[:_HEAD]
    return isinstance(value, dict) and "items" not in value


def _is_page(body: bytes) -> bool:
    start = body[:_HEAD].lower()
    return b"<html" in start or b"<!doctype html" in start


def _page(path: Path, body: bytes, url: str) -> Page:
    try:
        return extract_page(body, url, {})
    except FetchError as error:
        raise NewsbeamError(f"{path}: {error}; `newsbeam page extract` shows what is on a page") from error


def page_subject(asked: str, found_as: str, place: str, page: Page, url: str, outlet: str = "") -> Subject:
    """A page as the collector would publish it, were it the only thing known of its article."""
    address = page.canonical_url or url
    feed = Feed("", address, outlet or urlsplit(address).hostname or "page")
    media = (Media(page.image, "image"),) if page.image else ()
    entry = Entry(address or asked, address, page.title, page.text, page.summary, page.authors, page.published,
                  page.published_raw, None, media, (), "" if page.published is not None else "missing")
    note = PageNote(page.status, page.reason, url, page.canonical_url, page.extractor, page.image, page.score,
                    page.language, (), page.dateline, page.agency)
    planned = Planned(entry, article_id(feed.outlet, address, feed.feed_id, entry.id), 1, note)
    parsed = ParsedFeed("", address, page.language, "page", "", (entry,))
    return raw_subject(asked, found_as, place, raw_record(feed, parsed, planned, int(time.time()), ""), 0)


def raw_subject(asked: str, found_as: str, place: str, record: NewRecord, number: int) -> Subject:
    """A record that would be appended, as the graph would read it."""
    origin = Origin(RAW, 0, number, number)
    trace = trace_of(origin, record.headers)
    clock = next((int(value) for name, value in record.headers if name == "clock"), None)
    return Subject(asked, found_as, place, Payload(origin, trace, record.value, clock))


def _lines(path: Path, body: bytes) -> Iterator[Subject]:
    """Input lines with the file's own clock, as ``newsbeam enrich --from``; records as what they are."""
    lines = body.splitlines()
    clock = first_clock(lines, otherwise=int(time.time()))
    for number, record in enumerate(line_records(lines, clock)):
        place = f"{path}:{record.key.decode()}"
        subject = raw_subject(str(path), "line", place, record, number)
        yield _record(subject) or subject


def _record(subject: Subject) -> Subject | None:
    """A line that is one of newsbeam's own records: enriched, or raw; None for an input line."""
    assert subject.payload is not None
    try:
        value = orjson.loads(subject.payload.payload)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, dict) or "schema_version" not in value:
        return None
    if {"language", "entities", "raw"} <= value.keys():
        return replace(subject, found_as="record", payload=None,
                       stored=Stored(value, story_id=(value.get("story") or {}).get("id")))
    return replace(subject, found_as="record", payload=replace(subject.payload, clock=None))


def _entries(path: Path, body: bytes, url: str) -> Iterator[Subject]:
    try:
        parsed = parse(body, "", url)
    except FetchError as error:
        raise NewsbeamError(f"{path} is neither a page, JSON Lines nor a feed ({error}); `newsbeam feeds parse` "
                            "says what is in a feed file") from error
    if not parsed.entries:
        raise NewsbeamError(f"{path} is a feed without entries: there is no article to explain")
    yield from feed_subjects(str(path), Feed("", parsed.url or url, urlsplit(parsed.url or url).hostname or path.name),
                             parsed)


def feed_subjects(asked: str, feed: Feed, parsed: ParsedFeed) -> Iterator[Subject]:
    """The entries of a feed as the collector would publish them, the oldest first; their pages are not asked for."""
    ids = assign_articles(feed, parsed.entries, {})
    now = int(time.time())
    for number, (entry, known) in enumerate(reversed(list(zip(parsed.entries, ids, strict=True)))):
        record = raw_record(feed, parsed, Planned(entry, known, 1), now, "")
        yield raw_subject(asked, "entry", f"{asked} entry {entry.id}", record, number)


