"""Send dead letters again: the original bytes to the raw topic they came from, in their old order.

Each death is replayed once. What died again has a dead letter of its own, and that one can be replayed.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

import numpy as np

from pipeline.dead_letters.letter import Letter, Wanted, letter_of, letters, named
from pipeline.dead_letters.replays import LETTER, REPLAY_OF, REPLAYS, history, replays_so_far
from pipeline.fields import any_object
from pipeline.input_line import is_line, published_in
from pipeline.log import Headers, Log, NewRecord, Record
from pipeline.log.offset_set import PlaceSet
from pipeline.records import CLOCK, DEAD_LETTER, LANES, headers
from transforms.dead_letter import Rejected

BATCH = 200
"""Records sent at once."""

Action = Literal["send", "replayed", "repeated", "cannot"]


@dataclass(frozen=True, slots=True)
class Step:
    """What is done about one dead letter; ``record`` is what is sent, ``why`` says why nothing can be."""

    letter: Letter
    action: Action
    record: NewRecord | None = None
    why: str = ""


@dataclass(slots=True)
class Replayed:
    """The account of a replay, by action and by (topic, stage, reason) of what was sent."""

    actions: Counter[Action] = field(default_factory=Counter)
    groups: Counter[tuple[str, str, str]] = field(default_factory=Counter)


def replay(log: Log, wanted: Wanted, go: bool, limit: int | None = None,
           told: Callable[[Step], None] = lambda step: None) -> Replayed:
    """Replay the wanted dead letters, or with ``go`` False only say what would be sent (to ``told``).

    What was sent is known from the log alone: after a crash the same call sends the rest. Raises LogError.
    """
    done = Replayed()
    steps = _steps(log, wanted, limit)
    while batch := list(islice(steps, BATCH)):
        if go:
            for topic in LANES:
                log.append(topic, [step.record for step in batch
                                   if step.record is not None and step.letter.raw and step.letter.raw[0] == topic])
        for step in batch:
            _count(done, step)
            told(step)
    return done


def _count(done: Replayed, step: Step) -> None:
    done.actions[step.action] += 1
    if step.action == "send" and step.letter.raw is not None:
        done.groups[step.letter.raw[0], step.letter.stage, step.letter.reason] += 1


def _steps(log: Log, wanted: Wanted, limit: int | None) -> Iterator[Step]:
    """One step a wanted letter. First those that name no record, then the others in the order of the raw topics,
    so that an article's revisions keep theirs."""
    found, oldest, homeless = _sorted_places(log, wanted)
    for place in homeless:
        letter = _letter_at(log, *place)
        yield Step(letter, "cannot", why="it names no record of a raw topic")
    if oldest is None:
        return
    known, sent, left = history(log, oldest), PlaceSet(log, LANES), limit
    for topic, partition, raws, partitions, offsets in found:
        for raw, in_letters, at in zip(raws.tolist(), partitions.tolist(), offsets.tolist(), strict=True):
            if left == 0:
                return
            step = _step(log, _letter_at(log, in_letters, at), (topic, partition, raw) in known.replayed, sent)
            left = left if left is None or step.action != "send" else left - 1
            yield step


_Found = list[tuple[str, int, "np.ndarray[tuple[int], np.dtype[np.int64]]",
                    "np.ndarray[tuple[int], np.dtype[np.int64]]", "np.ndarray[tuple[int], np.dtype[np.int64]]"]]


def _sorted_places(log: Log, wanted: Wanted) -> tuple[_Found, int | None, list[tuple[int, int]]]:
    """Where the wanted letters stand (24 bytes each) by raw partition and in raw order; the time of the oldest;
    those that name no record of a raw topic."""
    columns: dict[tuple[str, int], tuple[array[int], array[int], array[int]]] = {}
    homeless, oldest = [], None
    for letter in letters(log, wanted):
        if letter.raw is None or letter.raw[0] not in LANES:
            homeless.append((letter.partition, letter.offset))
            continue
        oldest = letter.at if oldest is None else min(oldest, letter.at)
        column = columns.setdefault(letter.raw[:2], (array("q"), array("q"), array("q")))
        for values, value in zip(column, (letter.raw[2], letter.partition, letter.offset), strict=True):
            values.append(value)
    found: _Found = []
    for (topic, partition), column in sorted(columns.items()):
        raws, partitions, offsets = (np.frombuffer(values, np.int64) for values in column)
        order = np.lexsort((offsets, partitions, raws))
        found.append((topic, partition, raws[order], partitions[order], offsets[order]))
    return found, oldest, homeless


def _letter_at(log: Log, partition: int, offset: int) -> Letter:
    found = log.read(DEAD_LETTER, partition, offset, limit=1)
    if not found or found[0].offset != offset:  # retention took it since it was listed
        return Letter(partition, offset, None, "", "-", "gone", "", "", 0, b"")
    return letter_of(found[0])


def _step(log: Log, letter: Letter, replayed: bool, sent: PlaceSet) -> Step:
    if letter.raw is None:
        return Step(letter, "cannot", why="retention removed the dead letter while this ran")
    if replayed:
        return Step(letter, "replayed")
    if letter.raw in sent:  # an end that was written twice (at-least-once)
        return Step(letter, "repeated")
    raw = raw_record(log, letter)
    if raw is None and not letter.payload:
        return Step(letter, "cannot", why="it has no original bytes, and retention has removed the raw record")
    sent.add(letter.raw)
    return Step(letter, "send", _again(letter, raw))


def raw_record(log: Log, letter: Letter) -> Record | None:
    """The record that died, as long as the log holds it; a topic that was made anew may have another one there.
    Raises LogError."""
    if letter.raw is None or letter.raw[0] not in LANES or letter.raw[1] >= log.partitions(letter.raw[0]):
        return None
    found = log.read(*letter.raw, limit=1)
    if not found or found[0].offset != letter.raw[2]:
        return None
    return found[0] if letter.payload in (b"", found[0].value) else None


def _again(letter: Letter, raw: Record | None) -> NewRecord:
    """The original bytes under the original key and headers, marked as a replay; the time is that of the append."""
    assert letter.raw is not None
    payload = letter.payload if raw is None else raw.value
    before = _headers(letter) if raw is None else raw.headers
    kept = tuple((name, value) for name, value in before if name not in {REPLAY_OF, LETTER, REPLAYS})
    marks = ((REPLAY_OF, named(letter.raw).encode()), (LETTER, named(letter.place).encode()),
             (REPLAYS, str(replays_so_far(before) + 1).encode()))
    return NewRecord(_key(letter) if raw is None else raw.key, payload, (*kept, *marks))


def _headers(letter: Letter) -> Headers:
    """The headers of a raw record that is gone. A line of a file needs its time to be read as one."""
    marks = headers(letter.trace_id)
    if not is_line(letter.payload):
        return marks
    return (*marks, (CLOCK, str(published_in(letter.payload) or letter.at).encode()))


def _key(letter: Letter) -> bytes:
    """The article's id where the payload has one, so that its revisions share a partition; else the trace."""
    try:
        found = any_object(letter.payload).get("article_id")
    except Rejected:
        found = None
    return (found if isinstance(found, str) and found else letter.trace_id).encode("utf-8", "surrogatepass")
