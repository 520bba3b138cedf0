"""What a feed says, in newsbeam's words, whatever its format; plain data, so that it crosses processes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from pipeline.collect.parse.dates import order_of_days, read_date
from transforms.identify import entry_ids
from transforms.markup import is_tagged

MOST_ENTRIES = 2000
"""Entries read of one document, as Media Cloud's rss-fetcher does; a longer one says so in its warnings."""
LONGEST_TEXT, LONGEST_SUMMARY, LONGEST_TITLE = 300_000, 20_000, 2_000
"""Code points; longer ones are cut, with a warning. The longest real articles have some 100,000, and a record
of Kafka is by default at most a megabyte: one dump in a feed must not block all its entries for ever."""

MOST_MEDIA, MOST_TERMS, LONGEST_TERM = 20, 50, 200
"""Media and categories kept of one entry, and the characters of one category."""

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LETTERS = "~\u00a1-\u167f\u1681-\u1fff\u3001-\ud7ff"
_PLAIN_URL = re.compile(rf"""https?://[A-Za-z0-9.-]+/[!-"$-:<->@-{_LETTERS}]*(?:\?[!-"$-{_LETTERS}]+)?"""
                        rf"""(?:#[!-{_LETTERS}]+)?""")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->", re.DOTALL)
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_WRAPPED_LINES, _NARROW, _WIDE = 4, 40, 120


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, film or recording that belongs to an entry. ``type`` is a MIME type, or the bare ``image``,
    ``video`` or ``audio``, or "" if unknown; ``width`` and ``height`` are pixels, 0 if unknown."""

    url: str
    type: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Hints:
    """How often a feed says that it changes; 0 and () where it says nothing.

    ``ttl_seconds`` is RSS's ``ttl``, ``update_seconds`` what ``sy:updatePeriod`` and ``sy:updateFrequency``
    (or a sitemap's ``changefreq``) come to; ``skip_hours`` (0 to 23, UTC) and ``skip_days`` (0 is Monday) are
    those in which RSS asks not to be read.
    """

    ttl_seconds: int = 0
    update_seconds: int = 0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as published.

    ``id`` is unique in its document (see ``identify.entry_ids``). ``title`` is plain text; ``text`` and
    ``summary`` stand as published, most often HTML (see ``markup_of``). ``published`` (Unix seconds) is the
    update time where only that is given. ``dated`` says why ``published`` is not to be relied on: ``missing``,
    ``unreadable``, ``zone`` (its offset from UTC is impossible: taken as UTC), or ``future``, which only the
    collector can say, as parsing knows no present time; "" where all is well.
    """

    id: str
    url: str
    title: str
    text: str
    summary: str
    authors: tuple[str, ...]
    published: int | None
    published_raw: str
    updated: int | None
    media: tuple[Media, ...] = ()
    categories: tuple[str, ...] = ()
    dated: str = ""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """One document. ``kind`` is rss, atom, rdf, json, sitemap, page or unknown; ``url`` the site's; ``warnings``
    what was wrong with it and could be mended. ``hub`` and ``topic`` are where WebSub pushes it from, and by
    which name (W3C WebSub §4); ``children`` the sitemaps that an index lists, the newest first."""

    title: str
    url: str
    language: str
    kind: str
    encoding: str
    entries: tuple[Entry, ...]
    warnings: tuple[str, ...] = ()
    hints: Hints = field(default_factory=Hints)
    hub: str = ""
    topic: str = ""
    children: tuple[str, ...] = ()


def from_plain(fields: dict[str, Any]) -> ParsedFeed:
    """The feed that ``dataclasses.asdict`` and JSON made plain: the way back out of a worker process."""
    entries = tuple(Entry(**{**entry, "authors": tuple(entry["authors"]), "categories": tuple(entry["categories"]),
                             "media": tuple(Media(**media) for media in entry["media"])})
                    for entry in fields["entries"])
    hints = fields["hints"]
    days, hours = tuple(hints["skip_days"]), tuple(hints["skip_hours"])
    return ParsedFeed(**{**fields, "entries": entries, "warnings": tuple(fields["warnings"]),
                         "children": tuple(fields["children"]),
                         "hints": Hints(**{**hints, "skip_days": days, "skip_hours": hours})})


def identified(entries: Sequence[Entry]) -> tuple[tuple[Entry, ...], list[str]]:
    """The entries with ids that tell them apart, and warnings about those left out.

    An entry without title, text and link says nothing, and is left out; so is what is beyond MOST_ENTRIES.
    """
    telling = [entry for entry in entries if entry.title or entry.text or entry.url]
    warnings = []
    if len(telling) < len(entries):
        warnings.append(f"{len(entries) - len(telling):,} empty entries left out")
    if len(telling) > MOST_ENTRIES:
        warnings.append(f"{MOST_ENTRIES:,} of {len(telling):,} entries read")
    read = [_shortened(entry) for entry in telling[:MOST_ENTRIES]]
    cut = sum(after is not before for after, before in zip(read, telling, strict=False))
    if cut:
        warnings.append(f"{cut:,} entries cut: a text may have {LONGEST_TEXT:,} characters, "
                        f"a summary {LONGEST_SUMMARY:,}, a title {LONGEST_TITLE:,}")
    ids = entry_ids([(entry.id, entry.url, entry.title, entry.text) for entry in read])
    return tuple(entry if entry.id == name else replace(entry, id=name)
                 for entry, name in zip(read, ids, strict=True)), warnings


def _shortened(entry: Entry) -> Entry:
    fits = (len(entry.text) <= LONGEST_TEXT and len(entry.summary) <= LONGEST_SUMMARY
            and len(entry.title) <= LONGEST_TITLE)
    return entry if fits else replace(entry, text=entry.text[:LONGEST_TEXT], title=entry.title[:LONGEST_TITLE],
                                      summary=entry.summary[:LONGEST_SUMMARY])


def settled(entries: list[Entry], language: str) -> list[Entry]:
    """The entries with dates like ``7/11/2025`` read as the other dates of their feed can only be read, or else
    as its language writes them: only Americans have the month first."""
    if all(entry.dated != "unreadable" for entry in entries):
        return entries
    day_first = order_of_days(entry.published_raw for entry in entries)
    primary = language.strip().lower()[:2]
    if day_first is None and primary.isalpha() and primary != "en":
        day_first = True
    return entries if day_first is None else [_dated(entry, day_first) for entry in entries]


def _dated(entry: Entry, day_first: bool) -> Entry:
    if entry.dated != "unreadable":
        return entry
    moment, dated = read_date(entry.published_raw, day_first)
    return replace(entry, published=moment, dated=dated)


def legal(text: str) -> str:
    """``text`` without the characters that XML 1.0 §2.2 and UTF-8 forbid."""
    return _ILLEGAL.sub("", text)


def plain(text: str) -> str:
    """A title as a reader sees it: tags out, character references resolved once, one line."""
    return " ".join(legal(html.unescape(_TAG.sub(" ", text) if "<" in text else text)).split())


def terms(given: Iterable[str]) -> tuple[str, ...]:
    """Categories as a reader sees them, each once, in order; addresses and longer texts are none."""
    seen = dict.fromkeys(plain(term) for term in given)
    return tuple(term for term in seen if term and len(term) <= LONGEST_TERM and "://" not in term)[:MOST_TERMS]


def media_of(given: Iterable[tuple[Any, Any, Any, Any]], base: str) -> tuple[Media, ...]:
    """Media from (address, type, width, height) as published, each address once; those without one are left
    out."""
    found: dict[str, Media] = {}
    for address, kind, width, height in given:
        url = absolute(address or "", base)
        if url and url not in found:
            found[url] = Media(url, _media_type(kind or "", url), _pixels(width), _pixels(height))
    return tuple(found.values())[:MOST_MEDIA]


def _media_type(given: str, url: str) -> str:
    kind = given.partition(";")[0].strip().lower()
    if re.fullmatch(r"(?:image|video|audio)(?:/[a-z0-9.+-]+)?|application/[a-z0-9.+-]+", kind):
        return kind
    ending = urlsplit(url).path.rpartition(".")[2].lower()
    return _ENDINGS.get(ending, "")


def _pixels(given: Any) -> int:
    text = str(given or "").strip().removesuffix("px")
    return int(text) if re.fullmatch(r"\d{1,5}", text, re.ASCII) else 0


_ENDINGS = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp",
            "avif": "image/avif", "svg": "image/svg+xml", "mp4": "video/mp4", "webm": "video/webm",
            "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg", "pdf": "application/pdf"}


def as_html(text: str) -> str:
    """Plain text as HTML with its line breaks."""
    return html.escape(text, quote=False).replace("\r\n", "\n").replace("\n", "<br>\n")


def markup_of(text: str) -> Literal["html", "text"]:
    """What a text is, whatever its feed calls it: ``text`` has no tag, and its line breaks are meant.

    RSS 2.0 does not say which of both a description is, and many hold plain paragraphs; read as HTML these
    would run into one. Lines that an editor wrapped at its margin are no paragraphs: there a line's end is a
    space, as in HTML.
    """
    return "html" if is_tagged(text) or _is_wrapped(text) else "text"


def _is_wrapped(text: str) -> bool:
    """Whether four or more lines in a row end where their next word would have passed the margin."""
    for block in _BLANK_LINE.split(text):
        lines = [line.strip() for line in block.strip().split("\n")]
        margin = max(map(len, lines))
        if len(lines) < _WRAPPED_LINES or not _NARROW <= margin <= _WIDE:
            continue
        if all(len(line) + 1 + len(after.split(" ", 1)[0]) > margin
               for line, after in pairwise(lines)):
            return True
    return False


def is_plain_url(url: str) -> bool:
    """Whether ``url`` is an absolute address that joining, splitting and stripping would leave as it is."""
    return _PLAIN_URL.fullmatch(url) is not None


def absolute(url: str, base: str) -> str:
    """The http(s) address that ``url`` means in a document at ``base``; "" if it can mean none.

    Without a base (a file) a relative one stays as it is.
    """
    if is_plain_url(url):
        return url
    text = legal(url).strip()
    try:
        parts = urlsplit(urljoin(base, text) if text else "")
        if parts.scheme in ("http", "https") and parts.netloc:
            return parts.geturl()
        return text if text and not urlsplit(base).scheme and not parts.scheme else ""
    except ValueError:
        return ""
