"""feedparser's reading of a document: the judge of all that ``read_fast`` is not sure of. Its only importer.

What feedparser is good at, the zoo of formats and their misuse, it does; encodings, dates, addresses, cleaning
and identity are ours. Its sanitizer and link resolver are off: 3.4 times as fast, and ``sanitise`` does both.
"""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

import feedparser
from feedparser.html import _cp1252
from feedparser.mixin import _FeedParserMixin
from feedparser.urls import _urljoin, make_safe_absolute_uri
from feedparser.util import FeedParserDict

from pipeline.collect.parse.entry import is_plain_url
from pipeline.errors import FetchError

# An id is opaque (RFC 4287 §4.2.6.1): feedparser would resolve "id-1" against the feed's address, and a feed
# that moves would have other ids.
_FeedParserMixin.can_be_relative_uri.discard("id")

# What feedparser is known to raise on wild input; anything else is a bug that the worker reports as such.
_SURVIVABLE = (AttributeError, KeyError, LookupError, TypeError, ValueError, AssertionError, RecursionError)

_MAIL = re.compile(r"(?:mailto:)?([\w.+-]+@[\w-]+(?:\.[\w-]+)+)(?:\?subject=\S+)?")
_EMPTY = re.compile(r"\(\s*\)|<\s*>|&lt;\s*&gt;|\[\s*\]")
_C1 = re.compile("[\x80-\x9f]")

NAMESPACES: dict[str, str] = {uri.lower(): prefix for uri, prefix in _FeedParserMixin.namespaces.items()}
"""The prefix that feedparser reads a namespace by, by its URI in lower case."""
HANDLED = frozenset(name.partition("_")[2].partition("_")[2] for name in dir(_FeedParserMixin)
                    if name.startswith(("_start_", "_end_")))
"""Elements that mean something to feedparser, as ``media_content``."""
KEYS: dict[str, str | list[str]] = FeedParserDict.keymap
"""Names that feedparser stores under others: ``date`` as ``updated``."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document as feedparser's dictionaries have it; ``version`` as ``rss20``, "" if it is no feed."""

    version: str
    feed: Any
    entries: list[Any]


def looks_like_html(text: str) -> bool:
    """Whether feedparser takes a text that is nominally plain for HTML."""
    return bool(_FeedParserMixin.looks_like_html(text))


def joined(base: str, address: str) -> str:
    """An address against its base as feedparser joins them, which is "" where they do not fit."""
    return address if is_plain_url(address) else str(_urljoin(base, address))


def based_on(base: str, own: str) -> str:
    """The base address within an element whose ``xml:base`` is ``own``."""
    if not own:
        return base
    return str(make_safe_absolute_uri(base, own) or base) if base else joined(base, own)


def repaired(text: str) -> str:
    """As feedparser does: UTF-8 that was read as Latin-1 is read again, and what windows-1252 has between
    0x80 and 0x9F gets its meaning."""
    if text.isascii():
        return text
    with contextlib.suppress(UnicodeEncodeError, UnicodeDecodeError):
        text = text.encode("latin-1").decode("utf-8")
    return text.translate(_cp1252) if _C1.search(text) else text


def name_author(entry: Any, key: str = "author") -> None:
    """Settle name and address of the last of an entry's ``authors`` at the end of one.

    It takes the place of feedparser's own rule, which knows no top-level domain of more than four letters, and
    writes the parts of one author into another.
    """
    person = (entry.get(f"{key}s") or [{}])[-1]
    if person:
        name, mail = person.get("name"), person.get("email")
        if name or mail:
            entry[key] = f"{name} ({mail})" if name and mail else name or mail
        return
    text = entry.get(key) or ""
    mail = _MAIL.search(text)
    name = _EMPTY.sub(" ", text.replace(mail[0], "")).strip() if mail else text
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1].strip()
    if name:
        person["name"] = name
    if mail:
        person["email"] = mail[1]


_FeedParserMixin._sync_author_detail = lambda self, key="author": name_author(self._get_context(), key)


def read_feedparser(text: str, url: str) -> tuple[Found, str | None]:
    """What feedparser reads, by its strict parser or else its loose one, and what was wrong, if it was loose.

    Raises FetchError ``parse-error`` where it gives up. The text goes in as a stream: feedparser would take
    text for the name of a file.
    """
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        found = feedparser.parse(io.BytesIO(text.encode()), response_headers=headers,
                                 sanitize_html=False, resolve_relative_uris=False)
    except _SURVIVABLE as error:
        raise FetchError("parse-error", f"unreadable XML: {type(error).__name__}: {error}") from error
    return Found(found.get("version", ""), found.feed, found.entries), _problem(found, text)


def _problem(found: Any, text: str) -> str | None:
    error = found.get("bozo_exception") if found.bozo else None
    if error is None or isinstance(error, feedparser.ThingsNobodyCaresAboutButMe):
        return None
    return breach_of_xml(text) or str(getattr(error, "getMessage", lambda: error)())


def breach_of_xml(text: str) -> str | None:
    """Why ``text`` is no well-formed XML, and in which line; None if it is."""
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        return f"{expat.ErrorString(error.code)} in line {error.lineno}"
    return None
