"""What all records have in common: their topics, version and headers, and how times are written and read.

Apart from ``records``, which knows articles and with them Beam: 150 MB that the collector has no use for.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.log import Headers

if TYPE_CHECKING:
    from transforms.article import Origin

SCHEMA_VERSION = 1

RAW = "news.raw"
RAW_BACKFILL = "news.raw.backfill"
ENRICHED = "news.enriched"
ALERTS = "news.alerts"
DEAD_LETTER = "news.dead-letter"
SOURCES = "news.sources"


def iso(seconds: int | None) -> str | None:
    """Unix seconds as ``2025-11-07T00:51:08Z`` (RFC 3339)."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str | None) -> int | None:
    """Unix seconds of an RFC 3339 time; one without an offset is taken as UTC. ValueError if it is none."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def headers(trace_id: str, origin: Origin | None = None) -> Headers:
    """The headers of every record: schema version, trace id and, behind the graph, where it came from."""
    common = (("schema_version", str(SCHEMA_VERSION).encode()), ("trace_id", trace_id.encode()))
    if origin is None:
        return common
    return (*common, ("raw", f"{origin.topic}/{origin.partition}/{origin.offset}".encode()))
