"""A file of articles as input: one JSON object a line, the line itself kept as the raw record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from pipeline.fields import Fields, any_object
from pipeline.log import NewRecord
from pipeline.records import CLOCK, LANES, NO_TIME, headers, seconds
from transforms.article import Article, Origin
from transforms.dead_letter import Rejected
from transforms.event_time import settle_event_time
from transforms.identify import article_id, canonical_url


def line_records(lines: Iterable[bytes], clock: int) -> Iterator[NewRecord]:
    """Each line as a raw record, untouched. The file is its own clock: the newest ``published`` so far is now.

    ``clock`` (Unix seconds) is the time until the first date; blank lines hold nothing and are skipped.
    """
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if not stripped:
            continue
        clock = max(clock, published_in(stripped) or clock)
        marks = (*headers(f"line-{number}"), (CLOCK, str(clock).encode()))
        yield NewRecord(str(number).encode(), stripped, marks, timestamp=float(clock))


def first_clock(lines: Iterable[bytes], otherwise: int) -> int:
    """The first publication time in a file; ``otherwise`` (Unix seconds) if it has none."""
    return next((time for line in lines if (time := published_in(line)) is not None), otherwise)


def published_in(line: bytes) -> int | None:
    """The publication time of one line, None where there is none to be read."""
    try:
        value = orjson.loads(line)
        time = seconds(value["published"])
    except (ValueError, KeyError, TypeError, OverflowError):
        return None  # the graph gives the line its dead letter, with the reason
    return time if time is not None and 0 <= time < 2**32 else None


def decode_line(payload: bytes, origin: Origin, trace_id: str, clock: int) -> Article:
    """A line as an article: ``published`` is taken as it stands, however old. Raises Rejected.

    In the backfill lane only one that ``clock`` has reached counts: a wild one ahead of all others would make the
    lane forget what it remembers.
    """
    fields = Fields(any_object(payload))
    if clock == NO_TIME:
        raise Rejected("wrong-time", f"the header {CLOCK!r} must hold Unix seconds")
    url, outlet, source_id = fields.text("url", "", none=True), fields.text("outlet", "", none=True), _id(fields)
    published, canonical = fields.time("published"), canonical_url(url) if url else ""
    lane = LANES.get(origin.topic, "live")
    event_time, plausible = (clock if published is None else published), published is not None
    if lane == "backfill":
        event_time, plausible = settle_event_time(published, clock, lane)
    return Article(
        article_id=article_id(outlet, canonical, "line", source_id or trace_id), lane=lane,
        url=url, canonical_url=canonical, outlet=outlet,
        title=fields.text("title", "", none=True), text=fields.text("text", "", none=True),
        summary=fields.text("summary", "", none=True), authors=fields.texts("authors"),
        published=published, published_certain=plausible, fetched=clock,
        event_time=event_time, origin=origin, trace_id=trace_id,
        source_id=source_id, language_hint=fields.optional_text("language_hint"),
        markup=fields.text("markup", "text"))


def _id(fields: Fields) -> str | None:
    found = fields.value.get("id")
    return str(found) if isinstance(found, int) else fields.optional_text("id")


def is_line(payload: bytes) -> bool:
    """Whether bytes are a line in the input form, no record of ours: an object without ``schema_version``."""
    try:
        return "schema_version" not in any_object(payload)
    except Rejected:
        return False
