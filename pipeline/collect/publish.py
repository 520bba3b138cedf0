"""From a parsed feed to records: which entries are new, which are changed versions, and what goes out.

``plan`` decides and is pure; ``raw_record`` and ``source_record`` write JSON as ``schemas/raw.v1.json`` and
``schemas/source.v1.json`` have it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from pipeline.collect.entry import Entry, ParsedFeed, markup_of
from pipeline.collect.feeds import Feed
from pipeline.collect.state import FeedState, Known, Published
from pipeline.log import NewRecord
from pipeline.records import SCHEMA_VERSION, headers, iso
from transforms.event_time import settle_event_time
from transforms.identify import address_key, article_id, canonical_url, digest, is_article_url

MOST_REVISIONS = 50
"""Versions of one article that are published. A text with "5 minutes ago" in it changes with every poll
(reader stops after 24); beyond, the change is counted in the feed's warning."""

_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Planned:
    """One entry to publish as a revision of an article."""

    entry: Entry
    article_id: str
    revision: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What one document leads to: records to publish, and what to remember once the log has them."""

    publish: tuple[Planned, ...] = ()
    seen: tuple[Known, ...] = ()
    published: tuple[Published, ...] = ()
    held_back: int = 0


def content_hash(entry: Entry) -> str:
    """Changes with the title or the words of the text; markup, where trackers change daily, is left out."""
    return digest("content", entry.title, " ".join(_TAG.sub(" ", entry.text).split()))


def assign_articles(feed: Feed, entries: Sequence[Entry], known: Mapping[str, Known]) -> list[str]:
    """The article id of each entry.

    An entry keeps the id it once got. A new one gets its address's, unless other entries of the document
    with other content have this address too (the posts of a live blog): then each is an article of its own.
    """
    contents: dict[str, set[str]] = {}
    for entry in entries:
        if is_article_url(entry.url):
            contents.setdefault(address_key(entry.url), set()).add(content_hash(entry))
    shared = {key for key, found in contents.items() if len(found) > 1}
    return [known[entry.id].article_id if entry.id in known else article_id(
        feed.outlet, "" if address_key(entry.url) in shared else entry.url, feed.feed_id, entry.id)
        for entry in entries]


def plan(feed: Feed, entries: Sequence[Entry], ids: Sequence[str], known: Mapping[str, Known],
         articles: Mapping[str, Published], active: Iterable[str], now: float) -> Plan:
    """Which entries to publish. ``ids`` are their article ids, ``known`` and ``articles`` the state,
    ``active`` the feeds that are polled.

    An article is published once for all feeds of its outlet. Its revisions come from the feed that had it
    first (``owner``), so that a teaser in one feed and the full text in another do not take turns; another
    feed takes over where the owner is polled no more.
    """
    current, polled = dict(articles), frozenset(active)
    publish, seen, published, held_back = [], [], {}, 0
    for entry, article in zip(entries, ids, strict=True):
        content = content_hash(entry)
        seen.append(Known(entry.id, article, content))
        before, last = known.get(entry.id), current.get(article)
        if last is not None and not _is_revision(content, before, last, feed.feed_id, polled):
            continue
        revision = last.revision + 1 if last else 1
        if revision > MOST_REVISIONS:
            held_back += 1
            continue
        publish.append(Planned(entry, article, revision))
        current[article] = published[article] = Published(article, feed.feed_id, content, revision, now)
    return Plan(tuple(publish), tuple(seen), tuple(published.values()), held_back)


def _is_revision(content: str, before: Known | None, last: Published, feed_id: str,
                 polled: frozenset[str]) -> bool:
    changed_here = before is None or before.content != content
    return changed_here and content != last.content and (last.owner == feed_id or last.owner not in polled)


def raw_record(feed: Feed, parsed: ParsedFeed, item: Planned, fetched: int, trace_id: str) -> NewRecord:
    """A record of ``news.raw``, keyed so that one article's revisions keep their order.

    A publication time in the future becomes the fetch time, and is marked as uncertain.
    """
    entry = item.entry
    event_time, certain = settle_event_time(entry.published, fetched, "live")
    published = entry.published
    if published is not None and published > fetched and not certain:
        published = fetched
    value = {
        "schema_version": SCHEMA_VERSION, "article_id": item.article_id, "revision": item.revision,
        "source_id": None, "lane": "live", "url": entry.url, "canonical_url": canonical_url(entry.url),
        "outlet": feed.outlet, "feed_id": feed.feed_id, "entry_id": entry.id,
        "title": entry.title, "text": entry.text, "summary": entry.summary, "markup": markup_of(entry.text),
        "authors": entry.authors, "published": iso(published), "published_raw": entry.published_raw,
        "published_certain": certain, "fetched": iso(fetched), "event_time": iso(event_time),
        "language_hint": language_hint(feed, parsed), "country": feed.country or None, "trace_id": trace_id}
    return NewRecord(item.article_id.encode(), orjson.dumps(value), headers(trace_id), float(fetched))


def language_hint(feed: Feed, parsed: ParsedFeed) -> str | None:
    """The operator's word, else the feed's own; the primary subtag alone (``ar-EG`` says ``ar``)."""
    given = (feed.language or parsed.language).strip().lower().replace("_", "-").partition("-")[0]
    return given if 2 <= len(given) <= 3 and given.isascii() and given.isalpha() else None


def source_record(feed: Feed, state: FeedState, at: int, trace_id: str) -> NewRecord:
    """A record of ``news.sources``: the health of a feed, written when it changes."""
    value = {
        "schema_version": SCHEMA_VERSION, "feed_id": feed.feed_id, "url": feed.url, "outlet": feed.outlet,
        "country": feed.country or None, "language": feed.language or None, "title": state.title,
        "status": state.status, "reason": state.reason or None, "explanation": state.explanation or None,
        "warning": state.warning or None, "failures": state.failures, "at": iso(at),
        "ok_at": iso(None if state.ok_at is None else int(state.ok_at)),
        "next_attempt": iso(int(state.next_attempt)), "trace_id": trace_id}
    return NewRecord(feed.feed_id.encode(), orjson.dumps(value), headers(trace_id), float(at))


def raw_records(feed: Feed, parsed: ParsedFeed, planned: Plan, fetched: int,
                new_trace: Callable[[], str]) -> list[NewRecord]:
    """The plan's records, oldest entry first: feeds list the newest first, the log has time running on."""
    return [raw_record(feed, parsed, item, fetched, new_trace()) for item in reversed(planned.publish)]
