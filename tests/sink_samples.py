"""Records as the topics hold them, with whatever a test changes."""

from __future__ import annotations

import base64
from typing import Any

import orjson

from pipeline.log import Record
from pipeline.records import ALERTS, DEAD_LETTER, ENRICHED, SOURCES


def article(article_id: str = "a1", revision: int = 1, **changes: Any) -> dict[str, Any]:
    """An enriched record's value."""
    return {
        "schema_version": 1, "article_id": article_id, "revision": revision, "source_id": None, "lane": "live",
        "url": f"https://one.example/{article_id}", "canonical_url": f"https://one.example/{article_id}",
        "outlet": "one.example", "feed_id": "f1", "title": "Dam opened", "text": "The minister opened the dam today.",
        "summary": "", "authors": ["A. Writer"], "dateline": None, "credit": None, "removed": [],
        "removed_count": 0,
        "published": "2025-11-07T00:51:08Z", "published_certain": True, "fetched": "2025-11-07T01:00:00Z",
        "event_time": "2025-11-07T00:51:08Z",
        "language": {"code": "en", "confidence": 0.99, "script": "Latn", "method": "voices"},
        "duplicate": None, "story": {"id": "s1", "score": 1.0, "runner_up": None, "runner_up_score": 0.0},
        "entities": [], "raw": {"topic": "news.raw", "partition": 0, "offset": 17}, "trace_id": "t1", **changes}


def entity(entity_id: str = "country:KZ", salience: float = 0.8, **changes: Any) -> dict[str, Any]:
    """An entity of a record."""
    return {"id": entity_id, "kind": entity_id.partition(":")[0], "name": "Kazakhstan", "wikidata": "Q232",
            "salience": salience, "mentions": [{"start": 0, "end": 3, "text": "Dam", "in": "title"}], **changes}


def alert(alert_id: str = "x1", **changes: Any) -> dict[str, Any]:
    """An alert's value."""
    return {"schema_version": 1, "alert_id": alert_id, "kind": "entity", "topic": "Kazakhstan",
            "topic_id": "country:KZ", "event": "started", "started_at": "2025-11-07T00:51:08Z", "score": 9.1,
            "observed": 14, "expected": 1.2, "outlets": ["one.example"], "languages": ["en"],
            "articles": ["a1"], **changes}


def dead_letter(payload: bytes = b"\xff\x00bad", offset: int = 3, **changes: Any) -> dict[str, Any]:
    """A dead letter's value."""
    return {"schema_version": 1, "raw": {"topic": "news.raw", "partition": 0, "offset": offset}, "trace_id": "t3",
            "stage": "Read", "reason": "not-json", "explanation": "unexpected end", "trace": "",
            "at": "2025-11-07T01:00:00Z", "payload": base64.b64encode(payload).decode(),
            "payload_encoding": "base64", **changes}


def record(value: dict[str, Any] | bytes, offset: int = 0, topic: str = ENRICHED, partition: int = 0,
           timestamp: float = 1762477268.25) -> Record:
    """The value as a record of a topic."""
    payload = value if isinstance(value, bytes) else orjson.dumps(value)
    return Record(topic, partition, offset, b"key", payload, (), timestamp)


__all__ = ["ALERTS", "DEAD_LETTER", "ENRICHED", "SOURCES", "alert", "article", "dead_letter", "entity", "record"]
