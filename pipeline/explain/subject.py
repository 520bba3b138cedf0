"""One article to be explained: what the graph would read of it, and what was decided when it was."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.log import Record
from pipeline.read_log import Payload
from pipeline.records import JsonObject, clock_of, trace_of
from transforms.article import Origin


@dataclass(frozen=True)
class Stored:
    """An article as it was decided. ``record`` is the enriched one; ``place`` is where it stands in the log, None
    where it has left it (or was never looked for there); ``sink`` is the address that holds it, "" for none.

    ``story_id`` is the present name of its story, ``written`` and ``sunk`` are ISO 8601 times, None if unknown.
    """

    record: JsonObject
    place: tuple[str, int, int] | None = None
    written: str | None = None
    sink: str = ""
    sunk: str | None = None
    story_id: str | None = None
    moment: float | None = None


@dataclass(frozen=True)
class Subject:
    """What was asked for, as one article.

    ``payload`` is the raw record, as the graph reads it; None where only the enriched one is left. ``found_as``:
    ``url``, ``page``, ``entry``, ``text``, ``line``, ``record``, ``article`` or ``raw``. ``letters`` are the dead
    letters that the record ended as.
    """

    asked: str
    found_as: str
    place: str
    payload: Payload | None
    stored: Stored | None = None
    letters: tuple[JsonObject, ...] = field(default=())


def payload_of(record: Record) -> Payload:
    """A record of the log as the reader hands it on."""
    origin = Origin(record.topic, record.partition, record.offset, record.offset)
    return Payload(origin, trace_of(origin, record.headers), record.value, clock_of(record))
