"""What a feed is, what is wrong with it, and what would be published of it: pure, from one answer of its server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

import orjson

from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.collect.lists.feeds import Feed
from pipeline.collect.pages.blocks import letters
from pipeline.collect.pages.teaser import is_teaser, text_of
from pipeline.collect.parse.entry import Entry, ParsedFeed
from pipeline.collect.publish import Completed, assign_articles, plan, raw_records
from pipeline.envelope import iso
from pipeline.errors import FetchError
from transforms.identify import digest, is_article_url

if TYPE_CHECKING:
    from pipeline.collect.fetch.fetch import Fetched

SHOWN = 3
"""Entries of the preview."""
_MOST = 0.8
"""Share of entries that makes a feed one of full texts, or of teasers."""
STALE = 30 * 86_400
LARGE = 2_000_000
AHEAD = 600
"""Seconds that a date may be ahead of our clock: publishers' clocks go wrong by minutes."""
_FEW_GAPS = 3

Guess = Callable[[Sequence[str]], tuple[str, float]]
"""The language of some titles, and the share of them that is in it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """``grave``: nothing can be published. ``way_out`` is what the reader can do about it."""

    what: str
    way_out: str
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """One address, looked at. Times are ISO 8601 in UTC; ``usual_gap_seconds`` is the median between two entries.

    ``texts``: full, teaser, mixed or none; ``median_text`` is in letters. ``ids`` counts entries by what tells
    them apart: their ``own`` id, their ``address``, their ``words`` (no id and no address), and own ids that are
    ``repeated``. ``dates`` counts those ``missing``, ``unreadable``, ``future`` and of an impossible ``zone``.
    ``preview`` are records as they would stand in news.raw. ``found`` is what a home page or an index leads to,
    ``found_as`` how it was found.
    """

    url: str
    ok: bool = False
    reason: str = ""
    kind: str = ""
    format: str = ""
    final_url: str = ""
    moved: bool = False
    encoding: str = ""
    bytes: int = 0
    title: str = ""
    site: str = ""
    language: str = ""
    guessed_language: str = ""
    guessed_share: float = 0.0
    entries: int = 0
    newest: str | None = None
    oldest: str | None = None
    usual_gap_seconds: int | None = None
    texts: str = "none"
    median_text: int = 0
    ids: dict[str, int] = field(default_factory=dict)
    dates: dict[str, int] = field(default_factory=dict)
    validators: tuple[str, ...] = ()
    fresh_seconds: int = 0
    hub: str = ""
    children: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    would_publish: int = 0
    preview: tuple[dict[str, Any], ...] = ()
    found_as: str = ""
    found: tuple[Checked, ...] = ()


def unread(url: str, error: FetchError, found_as: str = "") -> Checked:
    """An address that could not be fetched or read."""
    what, _, told = error.explanation.partition("; ")
    way_out = _WAYS_OUT.get(error.reason, "")
    problem = (Problem(error.explanation, way_out, True) if way_out
               else Problem(what, told or "open it in a browser and look", True))
    return Checked(without_secrets(url), reason=error.reason, problems=(problem,), found_as=found_as)


_WAYS_OUT = {
    "dns": "check the spelling of the host", "timeout": "try again; if it stays slow, give it a timeout in the list",
    "tls": "tell the site; verify = false in the list fetches it all the same",
    "not-a-feed": "open it in a browser and look", "parse-error": "tell the site; try another of its feeds",
}
"""For errors whose explanation has none."""


def checked(feed: Feed, fetched: Fetched, parsed: ParsedFeed, now: int, guess: Guess, found_as: str = "",
            completed: Mapping[str, Completed] | None = None) -> Checked:
    """Everything about a feed that was read. ``now`` is Unix seconds; ``completed`` are entries whose page was
    asked for, by id."""
    entries = parsed.entries
    dates = sorted(entry.published for entry in entries
                   if entry.published is not None and entry.published <= now + AHEAD)
    lengths = [letters(text_of(entry)) for entry in entries]
    typical = int(median(lengths)) if lengths else 0
    language, share = guess([entry.title for entry in entries if entry.title])
    records = _published(feed, parsed, now, completed or {})
    found = Checked(
        without_secrets(feed.url), bool(entries) or bool(parsed.children), kind=_kind(parsed), format=parsed.kind,
        final_url=without_secrets(fetched.url), moved=fetched.moved, encoding=parsed.encoding, bytes=len(fetched.body),
        title=parsed.title, site=parsed.url, language=parsed.language, guessed_language=language,
        guessed_share=round(share, 2), entries=len(entries), newest=iso(dates[-1]) if dates else None,
        oldest=iso(dates[0]) if dates else None, usual_gap_seconds=_gap(dates), texts=_texts(entries, typical),
        median_text=typical, ids=_ids(entries), dates=_dates(entries, now),
        hub=without_secrets(parsed.hub or fetched.hub), children=tuple(map(without_secrets, parsed.children)),
        validators=tuple(name for name, value in (("ETag", fetched.validators.etag),
                                                  ("Last-Modified", fetched.validators.last_modified)) if value),
        fresh_seconds=int(fetched.fresh_for), would_publish=len(records),
        preview=tuple(records[:SHOWN]), found_as=found_as)
    return replace(found, problems=(*_problems(found, feed, parsed, dates, now), *_about_pages(completed or {})))


def _kind(parsed: ParsedFeed) -> str:
    return parsed.kind if parsed.kind in ("sitemap", "page") else "feed"


def _published(feed: Feed, parsed: ParsedFeed, now: int,
               completed: Mapping[str, Completed]) -> list[dict[str, Any]]:
    """What a collector that has never seen this feed would publish, the newest first."""
    ids = assign_articles(feed, parsed.entries, {})
    planned = plan(feed, parsed.entries, ids, {}, {}, [feed.feed_id], now, completed)
    records = raw_records(feed, parsed, planned, now, lambda: "")
    return [orjson.loads(record.value) for record in reversed(records)]


def _texts(entries: Sequence[Entry], typical: int) -> str:
    """As the collector decides whether to fetch an article's page."""
    if not any(text_of(entry) for entry in entries):
        return "none"
    teasers = sum(is_teaser(entry, typical) for entry in entries) / len(entries)
    return "teaser" if teasers >= _MOST else "full" if teasers <= 1 - _MOST else "mixed"


def _gap(dates: Sequence[int]) -> int | None:
    """Seconds between two entries in the middle; entries of one second came in one batch and count once."""
    gaps = [later - earlier for earlier, later in pairwise(sorted(set(dates)))]
    return int(median(gaps)) if len(gaps) >= _FEW_GAPS else None


def _ids(entries: Sequence[Entry]) -> dict[str, int]:
    counts = Counter({"own": 0, "address": 0, "words": 0, "repeated": 0})
    shared = Counter(_id_given(entry) for entry in entries)
    for entry in entries:
        counts["repeated" if shared[_id_given(entry)] > 1 else _identified_by(entry)] += 1
    return dict(counts)


def _id_given(entry: Entry) -> str:
    """The id before ``transforms.identify.entry_ids`` told those apart that share it."""
    start, bar, end = entry.id.rpartition("|")
    return start if bar and start and (end == entry.url or end.isdigit()) else entry.id


def _identified_by(entry: Entry) -> str:
    if entry.id == entry.url:
        return "address"
    return "words" if entry.id == digest("content", entry.title, entry.text) else "own"


def _dates(entries: Sequence[Entry], now: int) -> dict[str, int]:
    counts = Counter({"missing": 0, "unreadable": 0, "zone": 0, "future": 0})
    for entry in entries:
        if entry.published is None:
            counts["unreadable" if entry.published_raw else "missing"] += 1
        elif entry.published > now + AHEAD:
            counts["future"] += 1
        elif entry.dated in counts:
            counts[entry.dated] += 1
    return dict(counts)


def _problems(found: Checked, feed: Feed, parsed: ParsedFeed, dates: Sequence[int], now: int) -> Iterator[Problem]:
    yield from _about_server(found, feed)
    yield from _about_entries(found, parsed.entries)
    yield from _about_time(found, dates, now)
    yield from _about_language(found, feed)
    for warning in parsed.warnings:
        yield Problem(warning, "tell the site; what could be read is read")


def _about_pages(completed: Mapping[str, Completed]) -> Iterator[Problem]:
    for one in completed.values():
        if one.page is not None and one.page.status not in ("text", "teaser"):
            why = f"{one.page.status}{f' ({one.page.reason})' if one.page.reason else ''}"
            yield Problem(f"the article page of its first entry gave no text: {why}",
                          'the teaser is published; pages = "never" in the list saves the requests if it stays so')


def _about_server(found: Checked, feed: Feed) -> Iterator[Problem]:
    if found.moved:
        yield Problem(f"it has moved for good to {found.final_url}", "list the new address")
    elif found.final_url != found.url:
        yield Problem(f"it redirects to {found.final_url}", "list that address if it stays so")
    if feed.url.startswith("http://"):
        yield Problem("not encrypted: whoever is on the way can change the news", "try it with https://")
    if not found.validators and not found.fresh_seconds:
        yield Problem(f"the server offers neither ETag nor Last-Modified: every poll costs {found.bytes:,} bytes",
                      "tell the site; give it a longer interval (minutes) if it changes rarely")
    if found.bytes > LARGE:
        yield Problem(f"{found.bytes:,} bytes are much for a feed", "look for one with fewer entries")


def _about_entries(found: Checked, entries: Sequence[Entry]) -> Iterator[Problem]:
    if not found.ok:
        yield Problem("there is no entry in it", "look again tomorrow, or for another feed of the site", True)
    untitled, unlinked = sum(not entry.title for entry in entries), sum(not is_article_url(e.url) for e in entries)
    for count, what, way_out in (
            (found.ids.get("words", 0), "neither an id nor an address of their own",
             "tell the site: each correction looks like a new article"),
            (found.ids.get("repeated", 0), "an id that others have too",
             "tell the site; they are told apart by their addresses"),
            (untitled, "no title", "their first words will stand for it"),
            (unlinked, "no link to an article", "their pages cannot be fetched")):
        if count:
            yield Problem(_in(what, count, found), way_out)
    if entries and found.texts == "none" and found.kind == "feed":
        yield Problem("its entries have no text", 'pages = "auto" fetches the article pages')


def _in(what: str, count: int, found: Checked) -> str:
    return f"{what} in {count:,} of {found.entries:,} entries"


def _about_time(found: Checked, dates: Sequence[int], now: int) -> Iterator[Problem]:
    said = {"missing": ("no date", "the time of the fetch stands for it"),
            "unreadable": ("a date that cannot be read", "report it with the feed's address: the rule is missing"),
            "zone": ("a date with an impossible time zone", "it is read as UTC; tell the site"),
            "future": ("a date in the future", "the time of the fetch stands for it; tell the site")}
    for name, (what, way_out) in said.items():
        if found.dates.get(name):
            yield Problem(_in(what, found.dates[name], found), way_out)
    if dates and now - dates[-1] > STALE:
        yield Problem(f"nothing new since {iso(dates[-1])}",
                      "the site may have another feed by now: check its home page")
    span = dates[-1] - dates[0] if len(dates) > _FEW_GAPS else None
    if span is not None and 0 < span < 3600:
        yield Problem(f"its {found.entries:,} entries cover {span // 60:,} minutes only",
                      f"poll it at least as often: minutes = {max(span // 120, 1)}")


def _about_language(found: Checked, feed: Feed) -> Iterator[Problem]:
    told = (feed.language or found.language).lower().replace("_", "-").partition("-")[0]
    guessed = found.guessed_language
    if told and guessed not in ("", "und") and found.guessed_share >= 0.7 and told != guessed:
        who = "the list" if feed.language else "the feed"
        yield Problem(f"{who} says its language is {told}, its titles look like {guessed}",
                      f'give it language = "{guessed}" in the list')
