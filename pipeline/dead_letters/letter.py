"""A record of ``news.dead-letter`` as this program reads it, and which ones somebody wants."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.fields import Fields, JsonObject, any_object
from pipeline.log import Log, Record
from pipeline.log.offset_set import Place
from pipeline.log.whole_topic import read_topic
from pipeline.records import DEAD_LETTER
from transforms.dead_letter import Rejected

MARGIN = 3600.0
"""Seconds by which the clocks of writers and log may differ when a time is looked up by the log's own."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. ``raw`` is the record that died, None where it names none; ``at`` is Unix seconds.

    One that another program wrote in another form has the reason ``unreadable`` and its own bytes as payload.
    """

    partition: int
    offset: int
    raw: Place | None
    trace_id: str
    stage: str
    reason: str
    explanation: str
    trace: str
    at: int
    payload: bytes

    @property
    def place(self) -> Place:
        """Where the letter itself stands."""
        return DEAD_LETTER, self.partition, self.offset


def named(place: Place) -> str:
    """``news.raw/0/17``, as the header ``raw`` has it."""
    return "/".join(map(str, place))


def place_of(text: str) -> Place | None:
    """The place that ``news.raw/0/17`` names; None for other texts."""
    parts = text.rsplit("/", 2)
    digits = len(parts) == 3 and all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts[1:])
    return (parts[0], int(parts[1]), int(parts[2])) if digits else None


def letter_of(record: Record) -> Letter:
    """The dead letter in a record; never refuses one."""
    try:
        value = any_object(record.value)
        return _read(record, value, Fields(value))
    except (Rejected, binascii.Error, ValueError) as error:
        return Letter(record.partition, record.offset, None, "", "-", "unreadable",
                      f"no dead letter of newsbeam's: {error}", "", int(record.timestamp), record.value)


def _read(record: Record, value: JsonObject, fields: Fields) -> Letter:
    raw = value.get("raw")
    origin = Fields(raw if isinstance(raw, dict) else {})
    at = fields.time("at")
    return Letter(
        record.partition, record.offset,
        (origin.text("topic"), _offset(origin.value, "partition"), _offset(origin.value, "offset")),
        fields.text("trace_id", "", none=True), fields.text("stage"), fields.text("reason"),
        fields.text("explanation", "", none=True), fields.text("trace", "", none=True),
        int(record.timestamp) if at is None else at,
        base64.b64decode(_payload(value), validate=True))


def _offset(value: JsonObject, name: str) -> int:
    found = value.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 2**62:
        raise Rejected("wrong-type", f"'raw.{name}' must be a whole number from 0, not {found!r:.60}")
    return found


def _payload(value: JsonObject) -> str:
    found = value.get("payload")
    if not isinstance(found, str) or value.get("payload_encoding") != "base64":
        raise Rejected("wrong-type", "'payload' must be a text in base64")
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which dead letters: all of what is given must hold; empty fields ask for nothing.

    ``ids`` are trace ids or places, of the letter or of the raw record; ``since`` and ``until`` (Unix seconds,
    the second not included) are about the time of death.
    """

    reasons: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    since: int | None = None
    until: int | None = None

    def admits(self, letter: Letter) -> bool:
        """Whether a letter is one of these."""
        return ((not self.reasons or letter.reason in self.reasons)
                and (not self.stages or letter.stage in self.stages)
                and (self.since is None or letter.at >= self.since)
                and (self.until is None or letter.at < self.until)
                and (not self.ids or not self.ids.isdisjoint(_names(letter))))


def _names(letter: Letter) -> tuple[str, ...]:
    return letter.trace_id, named(letter.place), "" if letter.raw is None else named(letter.raw)


def letters(log: Log, wanted: Wanted) -> Iterator[Letter]:
    """The wanted dead letters, partition after partition, one in memory at a time. Raises LogError."""
    since = None if wanted.since is None else wanted.since - MARGIN
    return filter(wanted.admits, map(letter_of, read_topic(log, DEAD_LETTER, since)))
