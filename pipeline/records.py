"""What travels on topics, in both directions: JSON (orjson) at the edges, typed rows inside.

Each topic's JSON Schema is shipped in ``pipeline/schemas`` and checked by the tests; decoding checks (``fields``)
what the graph relies on, quickly, and says what is wrong with the rest.
"""

from __future__ import annotations

import base64

import orjson

from pipeline.envelope import (
    ALERTS,
    DEAD_LETTER,
    ENRICHED,
    RAW,
    RAW_BACKFILL,
    SCHEMA_VERSION,
    SOURCES,
    headers,
    iso,
    seconds,
)
from pipeline.fields import Fields, JsonObject, json_object
from pipeline.log import Headers, Record
from transforms.article import (
    Alert,
    Article,
    DeadLetter,
    Duplicate,
    Entity,
    Language,
    Mention,
    Origin,
    OtherLanguage,
    Removed,
    Story,
)
from transforms.dead_letter import Rejected
from transforms.event_time import settle_event_time

__all__ = [
    "ALERTS",
    "CLOCK",
    "DEAD_LETTER",
    "ENRICHED",
    "LANES",
    "LONGEST_EXPLANATION",
    "LONGEST_TRACE",
    "NO_TIME",
    "RAW",
    "RAW_BACKFILL",
    "SCHEMA_VERSION",
    "SOURCES",
    "JsonObject",
    "clock_of",
    "decode_enriched",
    "decode_raw",
    "encode_alert",
    "encode_dead_letter",
    "encode_enriched",
    "headers",
    "iso",
    "raw_of",
    "seconds",
    "trace_of",
]

LANES = {RAW: "live", RAW_BACKFILL: "backfill"}

LONGEST_TRACE = 200
"""Characters of a trace id that are kept: it stands in every record's headers, in dead letters even as the key."""

LONGEST_EXPLANATION = 5_000
"""Characters of a dead letter's explanation and of its trace: an error may quote all that it was given."""

def raw_of(record: Record) -> tuple[str, int, int] | None:
    """(topic, partition, offset) of the raw record that an output record ends; None if it names none."""
    given = dict(record.headers).get("raw") or b""  # Kafka allows headers without a value
    try:
        topic, partition, offset = given.decode().rsplit("/", 2)
        return topic, int(partition), int(offset)
    except ValueError:  # none of ours
        return None


CLOCK = "clock"
"""Header of a raw record that is a line of a file: what time it was in the file, Unix seconds."""


NO_TIME = -1
"""What a header holds that should hold a time and does not: whoever decodes the record refuses it. The reader may
not: an error there would end the run, and the next one, and the next."""


def clock_of(record: Record) -> int | None:
    """The file's time at this record; None for what the collector published, ``NO_TIME`` for what is no time."""
    found = dict(record.headers).get(CLOCK)
    if found is None:
        return None
    return int(found) if found.isdigit() and len(found) <= 10 and int(found) < 2**32 else NO_TIME


def trace_of(origin: Origin, record_headers: Headers) -> str:
    """The trace id in the headers, else one made of where the record stands."""
    given = (dict(record_headers).get("trace_id") or b"")[:LONGEST_TRACE].decode("ascii", "replace")
    return given or f"{origin.topic}-{origin.partition}-{origin.offset}"


def decode_raw(payload: bytes, origin: Origin, trace_id: str) -> Article:
    """A record of ``news.raw`` as an article before the first stage. Raises Rejected."""
    fields = Fields(json_object(payload))
    published, fetched = fields.time("published"), fields.time("fetched")
    if fetched is None:
        raise Rejected("wrong-time", "'fetched' is missing")
    event_time = fields.time("event_time")
    certain = bool(fields.value.get("published_certain", published is not None))
    if event_time is None:
        event_time, plausible = settle_event_time(published, fetched, LANES.get(origin.topic, "live"))
        certain = certain and plausible
    return Article(
        article_id=fields.identifier("article_id"), lane=LANES.get(origin.topic, "live"),
        url=fields.text("url", ""), canonical_url=fields.text("canonical_url", ""),
        outlet=fields.text("outlet", ""), title=fields.text("title", ""), text=fields.text("text", ""),
        summary=fields.text("summary", ""), authors=fields.texts("authors"),
        published=published, published_certain=certain, fetched=fetched, event_time=event_time,
        origin=origin, trace_id=(fields.optional_text("trace_id") or trace_id)[:LONGEST_TRACE],
        source_id=fields.optional_text("source_id"),
        feed_id=fields.identifier("feed_id") if fields.value.get("feed_id") else None,
        language_hint=fields.optional_text("language_hint"), markup=fields.text("markup", "text"),
        raw_revision=fields.number("revision", 0))


def encode_enriched(article: Article) -> bytes:
    """An enriched article as a record of ``news.enriched``."""
    language, duplicate, story = article.language, article.duplicate, article.story
    return orjson.dumps({
        "schema_version": SCHEMA_VERSION, "article_id": article.article_id, "revision": article.revision,
        "source_id": article.source_id, "lane": article.lane, "url": article.url,
        "canonical_url": article.canonical_url, "outlet": article.outlet, "feed_id": article.feed_id,
        "title": article.title, "text": article.text, "summary": article.summary, "authors": article.authors,
        "dateline": article.dateline, "credit": article.credit,
        "removed": [{"rule": one.rule, "in": one.where, "text": one.text} for one in article.removed],
        "removed_count": article.removed_count,
        "published": iso(article.published), "published_certain": article.published_certain,
        "fetched": iso(article.fetched), "event_time": iso(article.event_time),
        "language": language and {"code": language.code, "confidence": round(language.confidence, 4),
                                  "script": language.script, "method": language.method,
                                  "also": [{"code": other.code, "share": round(other.share, 4)}
                                           for other in language.also]},
        "duplicate": duplicate and vars(duplicate),
        "story": story and {"id": story.id, "score": round(story.score, 4), "runner_up": story.runner_up,
                            "runner_up_score": round(story.runner_up_score, 4), "how": story.how,
                            "threshold": round(story.threshold, 4), "merged": story.merged},
        "entities": [_entity_json(entity) for entity in article.entities],
        "raw": {"topic": article.origin.topic, "partition": article.origin.partition,
                "offset": article.origin.offset},
        "trace_id": article.trace_id})


def _entity_json(entity: Entity) -> JsonObject:
    return {"id": entity.id, "kind": entity.kind, "name": entity.name, "wikidata": entity.wikidata,
            "salience": round(entity.salience, 4),
            "mentions": [{"start": m.start, "end": m.end, "text": m.text, "in": m.where}
                         for m in entity.mentions],
            **({"listed": False, "model": entity.model} if entity.model else {})}


def decode_enriched(payload: bytes) -> Article:
    """A record of ``news.enriched`` as the article it was, with its decisions."""
    value = json_object(payload)
    language, duplicate, story, raw = (value[name] for name in ("language", "duplicate", "story", "raw"))
    fetched, event_time = seconds(value["fetched"]), seconds(value["event_time"])
    assert fetched is not None
    assert event_time is not None
    return Article(
        article_id=value["article_id"], lane=value["lane"], url=value["url"],
        canonical_url=value["canonical_url"], outlet=value["outlet"], title=value["title"],
        text=value["text"], summary=value["summary"], authors=tuple(value["authors"]),
        published=seconds(value["published"]), published_certain=value["published_certain"],
        fetched=fetched, event_time=event_time,
        origin=Origin(raw["topic"], raw["partition"], raw["offset"], raw["offset"]),
        trace_id=value["trace_id"], source_id=value["source_id"], feed_id=value["feed_id"],
        revision=value["revision"], dateline=value["dateline"], credit=value["credit"],
        language=_language(language) if language else None,
        duplicate=Duplicate(**duplicate) if duplicate else None,
        story=Story(**story) if story else None,
        entities=tuple(_entity(entity) for entity in value["entities"]),
        removed=tuple(Removed(one["rule"], one["in"], one["text"]) for one in value.get("removed", ())),
        removed_count=value.get("removed_count", 0))


def _language(value: JsonObject) -> Language:
    """Records that earlier versions wrote have no ``also``."""
    also = tuple(OtherLanguage(one["code"], one["share"]) for one in value.get("also", ()))
    return Language(value["code"], value["confidence"], value["script"], value["method"], also)


def _entity(value: JsonObject) -> Entity:
    mentions = tuple(Mention(m["start"], m["end"], m["text"], m["in"]) for m in value["mentions"])
    return Entity(value["id"], value["kind"], value["name"], value["wikidata"], value["salience"], mentions,
                  value.get("model"))


def encode_alert(alert: Alert) -> bytes:
    """An alert as a record of ``news.alerts``."""
    return orjson.dumps({
        "schema_version": SCHEMA_VERSION, "alert_id": alert.alert_id, "kind": alert.kind,
        "topic": alert.topic, "topic_id": alert.topic_id, "event": alert.event,
        "started_at": iso(alert.started_at), "score": round(alert.score, 3), "observed": alert.observed,
        "expected": round(alert.expected, 3), "outlets": alert.outlets, "languages": alert.languages,
        "articles": alert.articles})


def encode_dead_letter(letter: DeadLetter, payload: bytes, at: int) -> bytes:
    """A dead letter with its original bytes (base64: they need not be text). ``at`` is Unix seconds."""
    return orjson.dumps({
        "schema_version": SCHEMA_VERSION,
        "raw": {"topic": letter.origin.topic, "partition": letter.origin.partition,
                "offset": letter.origin.offset},
        "trace_id": letter.trace_id, "stage": letter.stage, "reason": letter.reason,
        "explanation": letter.explanation[:LONGEST_EXPLANATION].encode("utf-8", "replace").decode(),
        "trace": letter.trace[-LONGEST_EXPLANATION:].encode("utf-8", "replace").decode(),
        "at": iso(at), "payload": base64.b64encode(payload).decode(), "payload_encoding": "base64"})
