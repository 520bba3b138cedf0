"""From a parsed feed to records: which entries are new, which are changed versions, and what goes out.

``plan`` decides and is pure; ``raw_record`` and ``source_record`` write JSON as ``schemas/raw.v1.json`` and
``schemas/source.v1.json`` have it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.parse.entry import Entry, ParsedFeed, markup_of
from pipeline.collect.schedule import weight
from pipeline.collect.state import SEEN_EVERY, FeedState, Known, Published
from pipeline.envelope import SCHEMA_VERSION, headers, iso
from pipeline.log import NewRecord
from transforms.event_time import settle_event_time
from transforms.identify import address_key, article_id, canonical_url, digest, is_article_url
from transforms.noise import settled_words

MOST_QUIET = 24
"""Revisions of one article that changed without another title or a later time of change: rotating links, figures
that count up. lemon24/reader stops there too (``HASH_CHANGED_LIMIT``)."""
MOST_REVISIONS = 200
"""Revisions of one article that are published in all. Beyond either, the feed's warning counts what is held back."""
MOST_PAGE_TRIES = 5
"""How often the page of an entry is asked for, at as many polls."""

_TAG = re.compile(r"<[^>]*>")
_SETTLED = "2:"
"""Begins hashes since what changes by itself is left out; those of a state of format 1 have no such mark."""


class Note(Protocol):
    """What became of an entry's page (``complete.PageNote``)."""

    @property
    def status(self) -> str: ...
    @property
    def reason(self) -> str: ...


class Completed(Protocol):
    """An entry with what its page has (``complete.Completed``)."""

    @property
    def entry(self) -> Entry: ...
    @property
    def page(self) -> Note | None: ...


@dataclass(frozen=True, slots=True)
class Planned:
    """One entry to publish as a revision of an article, which ``feeds`` have shown; ``page`` is what its page is."""

    entry: Entry
    article_id: str
    revision: int
    page: Note | None = None
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What one document leads to: records to publish, and what to remember once the log has them."""

    publish: tuple[Planned, ...] = ()
    seen: tuple[Known, ...] = ()
    published: tuple[Published, ...] = ()
    held_back: int = 0
    pending: int = 0


def content_hash(entry: Entry, before: str = "") -> str:
    """Two hashes, ``2:AS_PUBLISHED:WORDS``. The second changes with the title or the words of the text; markup,
    where trackers change daily, is left out, and so are counters and times ago. ``before``, this entry's last
    hashes, spares the work where nothing changed."""
    published = f"{_SETTLED}{digest('published', entry.title, entry.text)[:16]}:"
    if before.startswith(published):
        return before
    return published + digest("content", entry.title, settled_words(_TAG.sub(" ", entry.text)))


def same_content(stored: str, entry: Entry, content: str) -> bool:
    """Whether ``stored`` is the hash of the words that ``entry`` has now (``content``), also where a state of
    format 1 stored it, in its way."""
    if stored.startswith(_SETTLED):
        return stored.rpartition(":")[2] == content.rpartition(":")[2]
    return stored == digest("content", entry.title, " ".join(_TAG.sub(" ", entry.text).split()))


def assign_articles(feed: Feed, entries: Sequence[Entry], known: Mapping[str, Known]) -> list[str]:
    """The article id of each entry.

    An entry keeps the id it once got. A new one gets its address's, unless other entries of the document
    with other content have this address too (the posts of a live blog): then each is an article of its own.
    """
    if all(entry.id in known for entry in entries):
        return [known[entry.id].article_id for entry in entries]
    keys = [address_key(entry.url) if is_article_url(entry.url) else "" for entry in entries]
    counts = Counter(keys)
    contents: dict[str, set[str]] = {}
    for entry, key in zip(entries, keys, strict=True):
        if key and counts[key] > 1:
            contents.setdefault(key, set()).add(content_hash(entry).rpartition(":")[2])
    shared = {key for key, found in contents.items() if len(found) > 1}
    return [known[entry.id].article_id if entry.id in known else article_id(
        feed.outlet, "" if key in shared else entry.url, feed.feed_id, entry.id)
        for entry, key in zip(entries, keys, strict=True)]


def plan(feed: Feed, entries: Sequence[Entry], ids: Sequence[str], known: Mapping[str, Known],
         articles: Mapping[str, Published], active: Container[str], now: float,
         pages: Mapping[str, Completed] | None = None, later: Container[str] = ()) -> Plan:
    """Which entries to publish. ``ids`` are their article ids, ``known`` and ``articles`` the state, ``active``
    the feeds that are polled, ``pages`` what was found of the pages, by entry id, ``later`` the ids of entries
    whose pages come with later polls.

    An article is published once for all feeds of its outlet. Its revisions come from the feed that had it
    first (``owner``), so that a teaser in one feed and the full text in another do not take turns; another
    feed takes over where the owner is polled no more. A page that was found at last is a revision too.
    """
    current, made = dict(articles), _Made()
    for entry, article in zip(entries, ids, strict=True):
        before, last = known.get(entry.id), current.get(article)
        completed = (pages or {}).get(entry.id)
        content = content_hash(entry, before.content if before else "")
        wanted = last is None or _is_revision(entry, content, before, last, feed.feed_id, active)
        tries = 1 if wanted and completed is None and entry.id in later else _tries(before, completed, wanted)
        if not wanted and before and before.page and tries == 0 and completed and completed.page:
            wanted = completed.page.status == "text"
        made.see(before, Known(entry.id, article, content, now, tries))
        if not wanted:
            continue
        following = _following(feed, entry, article, content, last, now)
        if following.quiet > MOST_QUIET or following.revision > MOST_REVISIONS:
            made.held_back += 1
            continue
        made.publish.append(Planned(completed.entry if completed else entry, article, following.revision,
                                    completed.page if completed else None))
        current[article] = made.published[article] = following
    return made.plan()


class _Made:
    """A plan in the making."""

    def __init__(self) -> None:
        self.publish: list[Planned] = []
        self.seen: list[Known] = []
        self.published: dict[str, Published] = {}
        self.held_back = self.pending = 0

    def see(self, before: Known | None, now: Known) -> None:
        """Remember an entry; one that is as it was is written down twice a day."""
        self.pending += 0 < now.page < MOST_PAGE_TRIES
        same = before and (before.content, before.page, before.article_id) == (now.content, now.page, now.article_id)
        if not (same and before and now.seen - before.seen < SEEN_EVERY):
            self.seen.append(now)

    def plan(self) -> Plan:
        return Plan(tuple(self.publish), tuple(self.seen), tuple(self.published.values()), self.held_back,
                    self.pending)


def wants_page(before: Known | None) -> bool:
    """Whether a page that could not be had for now is to be tried again."""
    return before is not None and 0 < before.page < MOST_PAGE_TRIES


def _tries(before: Known | None, completed: Completed | None, wanted: bool) -> int:
    tried = before.page if before else 0
    if completed is None:
        return 0 if wanted else tried
    again = completed.page is not None and completed.page.status == "failed" and passes(completed.page.reason)
    return min(tried + 1, MOST_PAGE_TRIES) if again else 0


def passes(reason: str) -> bool:
    """Whether a page's failure may be over by the next poll."""
    return weight(reason) < 1 and reason != "http-404"


def _following(feed: Feed, entry: Entry, article: str, content: str, last: Published | None,
               now: float) -> Published:
    """The article as it will have been published."""
    title = digest("title", entry.title)[:8]
    if last is None:
        return Published(article, feed.feed_id, content, 1, now, title, entry.updated)
    announced = (last.title not in ("", title)
                 or (entry.updated is not None and (last.updated is None or entry.updated > last.updated)))
    return Published(article, feed.feed_id, content, last.revision + 1, now, title, entry.updated or last.updated,
                     last.quiet + (not announced))


def _is_revision(entry: Entry, content: str, before: Known | None, last: Published, feed_id: str,
                 active: Container[str]) -> bool:
    changed_here = before is None or not same_content(before.content, entry, content)
    return (changed_here and not same_content(last.content, entry, content)
            and (last.owner == feed_id or last.owner not in active))


def raw_record(feed: Feed, parsed: ParsedFeed, item: Planned, fetched: int, trace_id: str) -> NewRecord:
    """A record of ``news.raw``, keyed so that one article's revisions keep their order.

    A publication time in the future becomes the fetch time, and is marked as uncertain.
    """
    entry = item.entry
    event_time, certain = settle_event_time(entry.published, fetched, "live")
    published, dated = entry.published, entry.dated
    if published is not None and published > fetched and not certain:
        published, dated = fetched, "future"
    value = {
        "schema_version": SCHEMA_VERSION, "article_id": item.article_id, "revision": item.revision,
        "source_id": None, "lane": "live", "url": entry.url, "canonical_url": canonical_url(entry.url),
        "outlet": feed.outlet, "feed_id": feed.feed_id, "feeds": item.feeds or (feed.feed_id,), "entry_id": entry.id,
        "title": entry.title, "text": entry.text, "summary": entry.summary, "markup": markup_of(entry.text),
        "authors": entry.authors, "published": iso(published), "published_raw": entry.published_raw,
        "published_certain": certain, "dated": dated, "fetched": iso(fetched), "event_time": iso(event_time),
        "language_hint": language_hint(feed, parsed), "country": feed.country or None,
        "media": entry.media, "categories": entry.categories, "page": item.page, "trace_id": trace_id}
    return NewRecord(item.article_id.encode(), orjson.dumps(value), headers(trace_id), float(fetched))


def language_hint(feed: Feed, parsed: ParsedFeed) -> str | None:
    """The operator's word, else the feed's own; the primary subtag alone (``ar-EG`` says ``ar``)."""
    given = (feed.language or parsed.language).strip().lower().replace("_", "-").partition("-")[0]
    return given if 2 <= len(given) <= 3 and given.isascii() and given.isalpha() else None


def source_record(feed: Feed, state: FeedState, at: int, trace_id: str) -> NewRecord:
    """A record of ``news.sources``: the health of a feed, written when it changes."""
    value = {
        "schema_version": SCHEMA_VERSION, "feed_id": feed.feed_id, "url": without_secrets(feed.url),
        "address": without_secrets(state.address) or None, "outlet": feed.outlet,
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
