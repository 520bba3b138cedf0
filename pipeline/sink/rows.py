"""Records of the topics as rows of tables.

What a table cannot take is refused here, before the transaction.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from pipeline.envelope import iso
from pipeline.fields import Fields, JsonObject, json_object
from pipeline.log import Record
from transforms.dead_letter import Rejected

LONG = ("title", "summary", "text")
"""Fields that have their own column and are set to null in the column ``record``."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ArticleRows:
    """One revision of an article: its row, its entities by id with salience and mentions, and the stories that it
    shows to be the same as its own."""

    row: Row
    entities: dict[str, JsonObject]
    merged: tuple[str, ...] = ()


def moment(seconds: float) -> str:
    """Unix seconds as ISO 8601 with milliseconds, UTC: ``2025-11-07T00:51:08.250Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def dumps(value: Any) -> str:
    """JSON text; the bytes that the topics use."""
    return orjson.dumps(value).decode()


def article_rows(record: Record) -> ArticleRows:
    """A record of ``news.enriched`` as rows. Raises Rejected."""
    value = json_object(record.value)
    fields = Fields(value)
    row: Row = {
        "article_id": _filled(fields, "article_id"), "revision": _whole(value, "revision"),
        "lane": fields.text("lane", "live", none=True), "outlet": fields.text("outlet", "", none=True),
        "event_time": _time(fields, "event_time"), "published": iso(fields.time("published")),
        "published_certain": _flag(value, "published_certain"), "fetched": iso(fields.time("fetched")),
        **_decisions(value), "title": fields.text("title", "", none=True),
        **{name: fields.optional_text(name) for name in
           ("url", "canonical_url", "source_id", "feed_id", "dateline", "credit", "trace_id")},
        "authors": dumps(fields.texts("authors")), **_raw(value),
        "appended_at": moment(record.timestamp), "summary": fields.text("summary", "", none=True),
        "text": fields.text("text", "", none=True),
        "record": dumps({**value, **{name: None for name in LONG if value.get(name)}}),
    }
    return ArticleRows(row, _entities(value), tuple(_part(value, "story").texts("merged")))


def _decisions(value: JsonObject) -> Row:
    language, story, duplicate = (_part(value, name) for name in ("language", "story", "duplicate"))
    return {
        "language": language.text("code", "und"), "language_confidence": _real(language.value, "confidence"),
        "script": language.optional_text("script"), "language_method": language.optional_text("method"),
        "story_id": story.optional_text("id"), "story_score": _real(story.value, "score"),
        "story_runner_up": story.optional_text("runner_up"),
        "story_runner_up_score": _real(story.value, "runner_up_score"),
        "duplicate_of": duplicate.optional_text("of"), "duplicate_kind": duplicate.optional_text("kind"),
        "duplicate_score": _real(duplicate.value, "score"),
    }


def _raw(value: JsonObject) -> Row:
    raw = _part(value, "raw")
    return {"raw_topic": raw.optional_text("topic"),
            "raw_partition": _whole(raw.value, "partition", 0) if raw.value else None,
            "raw_offset": _whole(raw.value, "offset", 0) if raw.value else None}


def _entities(value: JsonObject) -> dict[str, JsonObject]:
    """By id. One that is listed twice keeps its highest salience and the mentions of both."""
    found: dict[str, JsonObject] = {}
    listed = value.get("entities") or []
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise Rejected("wrong-type", "'entities' must be a list of objects")
    for item in listed:
        fields = Fields(item)
        entity: JsonObject = {"entity_id": _filled(fields, "id"), "kind": fields.text("kind", "", none=True),
                  "name": fields.text("name", "", none=True), "wikidata": fields.optional_text("wikidata"),
                  "salience": _real(item, "salience") or 0.0, "mentions": _mentions(item)}
        before = found.get(entity["entity_id"])
        if before:
            entity["salience"] = max(entity["salience"], before["salience"])
            entity["mentions"] = before["mentions"] + entity["mentions"]
        found[entity["entity_id"]] = entity
    return found


def _mentions(entity: JsonObject) -> list[JsonObject]:
    listed = entity.get("mentions") or []
    if not isinstance(listed, list) or not all(
            isinstance(item, dict) and isinstance(item.get("text"), str) and isinstance(item.get("in"), str)
            and type(item.get("start")) is int and type(item.get("end")) is int for item in listed):
        raise Rejected("wrong-type", "'mentions' must be a list of objects with start, end, text and in")
    return listed


def alert_row(record: Record) -> Row:
    """A record of ``news.alerts`` as a row. Raises Rejected."""
    value = json_object(record.value)
    fields = Fields(value)
    return {
        "alert_id": _filled(fields, "alert_id"), **{name: fields.text(name, "", none=True) for name in
                                                    ("kind", "topic", "topic_id", "event")},
        "started_at": _time(fields, "started_at"), "score": _real(value, "score"),
        "observed": _real(value, "observed"), "expected": _real(value, "expected"),
        **{name: dumps(fields.texts(name)) for name in ("outlets", "languages", "articles")},
        "appended_at": moment(record.timestamp), "record": dumps(value),
    }


def dead_letter_row(record: Record) -> Row:
    """A record of ``news.dead-letter`` as a row, its payload in the original bytes. Raises Rejected."""
    value = json_object(record.value)
    fields = Fields(value)
    try:
        given = fields.text("payload", "", none=True, longest=len(record.value))  # a third longer than any raw record
        payload = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Rejected("wrong-type", f"'payload' is no base64: {error}") from None
    raw = _raw(value)
    if raw["raw_topic"] is None:
        raise Rejected("wrong-type", "'raw' does not say which record this was")
    return {**raw, "trace_id": fields.optional_text("trace_id"),
            **{name: fields.text(name, "", none=True) for name in ("stage", "reason", "explanation", "trace")},
            "at": iso(fields.time("at")), "appended_at": moment(record.timestamp), "payload": payload}


def source_row(record: Record) -> Row:
    """A record of ``news.sources`` as a row: the feed and its report. Raises Rejected."""
    value = json_object(record.value)
    fields = Fields(value)
    return {"feed_id": _filled(fields, "feed_id"),
            **{name: fields.optional_text(name) for name in
               ("outlet", "url", "title", "status", "reason", "explanation", "warning")},
            "failures": fields.number("failures", 0),
            **{name: iso(fields.time(name)) for name in ("at", "ok_at", "next_attempt")},
            "appended_at": moment(record.timestamp),
            "record": dumps(value)}


def _part(value: JsonObject, name: str) -> Fields:
    found = value.get(name)
    if found is not None and not isinstance(found, dict):
        raise Rejected("wrong-type", f"{name!r} must be an object or null, not {found!r:.60}")
    return Fields(found or {})


def _filled(fields: Fields, name: str) -> str:
    found = fields.text(name)
    if not found:
        raise Rejected("wrong-type", f"{name!r} is empty")
    return found


def _time(fields: Fields, name: str) -> str:
    found = iso(fields.time(name))
    if found is None:
        raise Rejected("wrong-time", f"{name!r} is missing")
    return found


def _whole(value: JsonObject, name: str, least: int = 1) -> int:
    found = value.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not least <= found < 2**63:
        raise Rejected("wrong-type", f"{name!r} must be a whole number from {least}, not {found!r:.60}")
    return found


def _real(value: JsonObject, name: str) -> float | None:
    found = value.get(name)
    if found is None:
        return None
    if not isinstance(found, int | float) or isinstance(found, bool) or abs(found) >= 2**63:
        raise Rejected("wrong-type", f"{name!r} must be a number, not {found!r:.60}")
    return found


def _flag(value: JsonObject, name: str) -> bool | None:
    found = value.get(name)
    if found is not None and not isinstance(found, bool):
        raise Rejected("wrong-type", f"{name!r} must be true or false, not {found!r:.60}")
    return found
