"""What has been replayed already: read from the headers of the raw records themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.dead_letters.letter import MARGIN, Letter, letter_of, place_of
from pipeline.log import Headers, Log, Record
from pipeline.log.offset_set import Place, PlaceSet
from pipeline.log.whole_topic import read_topic
from pipeline.records import DEAD_LETTER, LANES, raw_of

REPLAY_OF = "replay_of"
"""Header of a raw record that was replayed: the raw record that died before it, as ``news.raw/0/17``."""
LETTER = "dead_letter"
"""Header of a raw record that was replayed: its dead letter, as ``news.dead-letter/0/3``."""
REPLAYS = "replays"
"""Header of a raw record that was replayed: how often by now, counting this time."""

State = Literal["open", "replayed", "died-again"]
STATES: tuple[State, ...] = ("open", "replayed", "died-again")


def replay_of(record: Record) -> Place | None:
    """The raw record that this one is a replay of; None if it is none."""
    found = dict(record.headers).get(REPLAY_OF)
    return None if found is None else place_of(found.decode("utf-8", "replace"))


def replays_so_far(headers: Headers) -> int:
    """How often a raw record has been replayed, by its own headers; 0 for one that never was."""
    found = dict(headers).get(REPLAYS, b"")
    return int(found) if found.isdigit() and len(found) < 9 else 0


def replays(log: Log, since: float) -> Iterator[tuple[Place, Place]]:
    """(raw record that was sent again, raw record that had died) of every replay since then (Unix seconds)."""
    for topic in LANES:
        for record in read_topic(log, topic, since - MARGIN):
            died = replay_of(record)
            if died is not None:
                yield (record.topic, record.partition, record.offset), died


@dataclass(frozen=True, slots=True)
class History:
    """What became of dead letters, by the raw record that died. A bit a record: a million take 250 kB."""

    replayed: PlaceSet
    again: PlaceSet

    def state(self, letter: Letter) -> State:
        """``open``, ``replayed``, or ``died-again``: the replay has a dead letter of its own."""
        if letter.raw is None or letter.raw not in self.replayed:
            return "open"
        return "died-again" if letter.raw in self.again else "replayed"


def history(log: Log, since: float) -> History:
    """The replays of letters that died since then (Unix seconds). Raises LogError.

    A replay is written after the death, so earlier raw records need not be read.
    """
    found = History(PlaceSet(log, LANES), PlaceSet(log, LANES))
    dead = PlaceSet(log, LANES)
    for record in read_topic(log, DEAD_LETTER, since - MARGIN):
        raw = _raw(record)
        if raw is not None:
            dead.add(raw)
    if len(dead):
        for sent, died in replays(log, since):
            found.replayed.add(died)
            if sent in dead:
                found.again.add(died)
    return found


def _raw(record: Record) -> Place | None:
    try:
        return raw_of(record) or letter_of(record).raw
    except ValueError:  # a header that is not ours
        return letter_of(record).raw
