"""The ledger: proves from the log alone that every raw record ended, once, in one of the two ways.

Every output names in its header ``raw`` the record that it ends. Three bits per raw record (enriched, dead
letter, replayed) are kept, so a million records take 375 kB. Counted are raw records that the log still holds.

A replayed record is a new raw record with an end of its own; the one that died stays a dead letter, for that
was its end. How many of these were sent again is said beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import orjson
from rich.table import Table

from pipeline.dead_letters.replays import replays
from pipeline.log import Log, Record
from pipeline.log.offset_set import OffsetSet
from pipeline.log.whole_topic import read_range, read_topic
from pipeline.records import DEAD_LETTER, ENRICHED, LANES, raw_of

OUTPUTS = (ENRICHED, DEAD_LETTER)


@dataclass(frozen=True, slots=True)
class PartitionLedger:
    """The account of one raw partition over offsets ``[first, end)``.

    ``open`` are ranges ``[start, end)`` of records that have no end yet; ``both`` offsets that ended as
    enriched and as dead letter; ``repeated`` counts outputs that were written again (at-least-once);
    ``replayed`` the dead letters that were sent again since.
    """

    topic: str
    partition: int
    first: int
    end: int
    records: int
    enriched: int
    dead_letter: int
    replayed: int
    repeated: int
    open: tuple[tuple[int, int], ...]
    both: tuple[int, ...]

    @property
    def open_records(self) -> int:
        """How many records have no end yet."""
        return sum(end - start for start, end in self.open)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The accounts of all raw partitions; ``unattributed`` counts outputs that name no raw record."""

    partitions: tuple[PartitionLedger, ...]
    unattributed: int

    @property
    def balanced(self) -> bool:
        """Nothing is open and nothing ended both ways."""
        return not any(part.open or part.both for part in self.partitions)

    def as_json(self) -> str:
        """One line: the totals first, then each partition."""
        parts = self.partitions
        return orjson.dumps({
            "in": sum(p.records for p in parts), "enriched": sum(p.enriched for p in parts),
            "dead_letter": sum(p.dead_letter for p in parts), "open": sum(p.open_records for p in parts),
            "balanced": self.balanced, "replayed": sum(p.replayed for p in parts),
            "repeated": sum(p.repeated for p in parts),
            "both": sum(len(p.both) for p in parts), "unattributed": self.unattributed,
            "partitions": [{
                "topic": p.topic, "partition": p.partition, "first": p.first, "end": p.end, "in": p.records,
                "enriched": p.enriched, "dead_letter": p.dead_letter, "replayed": p.replayed, "repeated": p.repeated,
                "open": p.open, "both": p.both} for p in parts]}).decode()

    def as_table(self) -> Table:
        """For people; partitions that never held a record are left out."""
        table = Table("Raw partition", "Offsets", "In", "Enriched", "Dead letter", "Replayed", "Repeated", "Open",
                      "Both ways", title="Ledger: " + ("balanced" if self.balanced else "NOT balanced"))
        for p in self.partitions:
            if p.end:
                counts = (f"{count:,}" for count in (p.records, p.enriched, p.dead_letter, p.replayed, p.repeated))
                table.add_row(f"{p.topic}/{p.partition}", f"{p.first}..{p.end - 1}", *counts, _ranges(p.open),
                              _listed([*map(str, p.both)]))
        if self.unattributed:
            table.caption = f"{self.unattributed:,} outputs name no raw record: another program wrote them"
        return table


def _ranges(ranges: Sequence[tuple[int, int]]) -> str:
    return _listed([f"{start}..{end - 1}" if end - start > 1 else str(start) for start, end in ranges])


def _listed(items: list[str], most: int = 8) -> str:
    more = f" and {len(items) - most:,} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more or "-"


def ledger(log: Log, topics: Sequence[str] = tuple(LANES)) -> Ledger:
    """Account for the raw ``topics`` as they stand when this is called. Raises LogError.

    Records that arrive during the count are left out; their ends, which come later still, are too.
    """
    accounts = {(topic, partition): _Account(log.beginning(topic, partition), log.end(topic, partition))
                for topic in topics for partition in range(log.partitions(topic))}
    unattributed, first_death = 0, None
    for way, topic in enumerate(OUTPUTS):
        for record in read_topic(log, topic):
            if topic == DEAD_LETTER:
                first_death = min(record.timestamp, first_death or record.timestamp)
            origin = _origin(record)
            if origin is None:
                unattributed += 1
            elif (account := accounts.get(origin[:2])) is not None:
                account.ended(origin[2], way)
    if first_death is not None:
        for _, (raw, partition, offset) in replays(log, first_death):
            if (account := accounts.get((raw, partition))) is not None:
                account.replayed.add(offset)
    return Ledger(tuple(account.settle(log, *place) for place, account in accounts.items()), unattributed)


def _origin(record: Record) -> tuple[str, int, int] | None:
    try:
        return raw_of(record)
    except ValueError:  # a header that is not ours
        return None


@dataclass(slots=True)
class _Account:
    """Which raw records ended, and how, and which were sent again."""

    first: int
    end: int
    repeated: int = 0
    ways: tuple[OffsetSet, OffsetSet] = field(init=False)
    replayed: OffsetSet = field(init=False)

    def __post_init__(self) -> None:
        self.ways = OffsetSet(self.first, self.end), OffsetSet(self.first, self.end)
        self.replayed = OffsetSet(self.first, self.end)

    def ended(self, offset: int, way: int) -> None:
        """Note an output; records outside ``[first, end)`` are not counted."""
        if self.first <= offset < self.end:
            self.repeated += not self.ways[way].add(offset)

    def settle(self, log: Log, topic: str, partition: int) -> PartitionLedger:
        """The account of this partition, once all outputs are noted."""
        enriched, dead = map(int, self.ways)
        replayed = int(self.replayed) & dead
        count = self.end - self.first
        unended = ~(enriched | dead) & ((1 << count) - 1)
        left, gone = [], 0
        for start, end in _runs(unended, self.first):
            present = list(_present(log, topic, partition, start, end))
            left += present
            gone += end - start - sum(b - a for a, b in present)
        both = enriched & dead
        return PartitionLedger(topic, partition, self.first, self.end, count - gone, enriched.bit_count(),
                               dead.bit_count(), replayed.bit_count(), self.repeated, tuple(left),
                               tuple(at for a, b in _runs(both, self.first) for at in range(a, b)))


def _runs(bits: int, first: int) -> Iterator[tuple[int, int]]:
    """The ranges ``[start, end)`` of offsets whose bit is set; bit 0 stands for offset ``first``."""
    text = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    start = None
    for at, byte in enumerate(text):
        if (byte == 0 and start is None) or (byte == 255 and start is not None):
            continue
        for bit in range(8):
            offset = first + at * 8 + bit
            if byte >> bit & 1:
                start = offset if start is None else start
            elif start is not None:
                yield start, offset
                start = None
    if start is not None:
        yield start, first + len(text) * 8


def _present(log: Log, topic: str, partition: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a range that hold records: compaction and retention leave gaps."""
    run: tuple[int, int] | None = None
    for record in read_range(log, topic, partition, start, end):
        if run and run[1] == record.offset:
            run = run[0], record.offset + 1
        else:
            if run:
                yield run
            run = record.offset, record.offset + 1
    if run:
        yield run
