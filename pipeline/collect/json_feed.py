"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1), read as leniently as the specification asks."""

from __future__ import annotations

from typing import Any

import orjson

from pipeline.collect.dates import parse_date
from pipeline.collect.entry import Entry, ParsedFeed, absolute, as_html, identified, legal, plain
from pipeline.errors import FetchError

Json = dict[str, Any]


def parse_json_feed(text: str, encoding: str, base: str) -> ParsedFeed:
    """Raises FetchError ``parse-error`` for broken JSON, ``not-a-feed`` for other JSON."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FetchError("parse-error", f"broken JSON: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise FetchError("not-a-feed", "this JSON has no list of items, so it is no JSON Feed")
    items = [item for item in document["items"] if isinstance(item, dict)]
    entries, warnings = identified([
        _entry(item, absolute(_text(document, "home_page_url"), base) or base, _authors(document))
        for item in items])
    return ParsedFeed(plain(_text(document, "title")), absolute(_text(document, "home_page_url"), base),
                      _text(document, "language"), "json", encoding, entries, tuple(warnings))


def _entry(item: Json, base: str, feed_authors: tuple[str, ...]) -> Entry:
    content = legal(_text(item, "content_html")) or as_html(legal(_text(item, "content_text")))
    summary = as_html(legal(_text(item, "summary")))
    raw = _text(item, "date_published") or _text(item, "date_modified")
    return Entry(
        legal(_text(item, "id")).strip(), absolute(_text(item, "url") or _text(item, "external_url"), base),
        plain(_text(item, "title")), content or summary, summary, _authors(item) or feed_authors,
        parse_date(raw), legal(raw), parse_date(_text(item, "date_modified")))


def _authors(item: Json) -> tuple[str, ...]:
    """``authors`` of version 1.1, else ``author`` of 1.0."""
    given = item.get("authors")
    listed = given if isinstance(given, list) else [item.get("author")]
    names = (plain(_text(author, "name")) for author in listed if isinstance(author, dict))
    return tuple(name for name in names if name)


def _text(item: Json, name: str) -> str:
    """A field as text: ids may be numbers, everything else that is no text counts as missing."""
    value = item.get(name)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""
