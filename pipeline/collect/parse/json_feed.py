"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1), read as leniently as the specification asks."""

from __future__ import annotations

from typing import Any

import orjson

from pipeline.collect.parse.dates import parse_date, read_date
from pipeline.collect.parse.entry import (
    Entry,
    Media,
    ParsedFeed,
    absolute,
    as_html,
    identified,
    legal,
    media_of,
    plain,
    settled,
    terms,
)
from pipeline.collect.parse.sanitise import safe_html
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
    language, home = _text(document, "language"), absolute(_text(document, "home_page_url"), base)
    found = [_entry(item, home or base, _authors(document)) for item in items]
    entries, warnings = identified(settled([entry for entry in found if entry is not None], language))
    hub = next((absolute(_text(hub, "url"), base) for hub in _listed(document, "hubs") if
                _text(hub, "type").lower() == "websub"), "")
    return ParsedFeed(plain(_text(document, "title")), home, language, "json", encoding, entries, tuple(warnings),
                      hub=hub, topic=absolute(_text(document, "feed_url"), base))


def _entry(item: Json, base: str, feed_authors: tuple[str, ...]) -> Entry | None:
    """None for an item whose id is blank: the specification has it dropped, as miniflux does. One without any is
    read all the same."""
    name = legal(_text(item, "id")).strip()
    if not name and "id" in item:
        return None
    content = safe_html(legal(_text(item, "content_html")), base) or as_html(legal(_text(item, "content_text")))
    summary = as_html(legal(_text(item, "summary")))
    raw = legal(_text(item, "date_published") or _text(item, "date_modified")).strip()
    moment, dated = read_date(raw)
    tags = item.get("tags")
    return Entry(
        name, absolute(_text(item, "url") or _text(item, "external_url"), base), plain(_text(item, "title")),
        content or summary, summary, _authors(item) or feed_authors, moment, raw,
        parse_date(_text(item, "date_modified")), _media(item, base),
        terms(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (), dated)


def _media(item: Json, base: str) -> tuple[Media, ...]:
    given: list[tuple[Any, Any, Any, Any]] = [(_text(item, name), "image", 0, 0) for name in ("image", "banner_image")]
    given += [(_text(attached, "url"), _text(attached, "mime_type"), 0, 0) for attached in _listed(item, "attachments")]
    return media_of(given, base)


def _listed(item: Json, name: str) -> list[Json]:
    value = item.get(name)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


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
