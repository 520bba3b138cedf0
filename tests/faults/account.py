"""Counting what came of a stream: in the log, by the ledger, and in the sink's tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import orjson

from pipeline.ledger import ledger
from pipeline.log import Log
from pipeline.records import DEAD_LETTER, ENRICHED
from tests.faults.stream import Name, Sent


@dataclass(frozen=True)
class Stored:
    """What a sink holds: rows by address and revision, traces of dead letters. ``twice`` counts raw records that
    have more than one row."""

    articles: Counter[Name]
    dead: frozenset[str]
    twice: int


@dataclass(frozen=True)
class Account:
    """``lost``: sent, but without an end on the topics or without a row. ``repeated``: written again to a topic
    (at-least-once). ``rows_twice``: rows too many in the sink. ``unknown``: ends of records nobody sent."""

    sent: int
    enriched: int
    dead: int
    lost: int
    repeated: int
    rows_twice: int
    unknown: int
    balanced: bool

    @property
    def good(self) -> bool:
        """Nothing lost, no row too many, the ledger balanced."""
        return self.balanced and not (self.lost or self.rows_twice or self.unknown)


@dataclass
class Accountant:
    """Remembers what was sent, and how far the topics have been read."""

    expected: set[Name] = field(default_factory=set)
    poison: set[str] = field(default_factory=set)
    sent: int = 0
    _ended: Counter[Name] = field(default_factory=Counter)
    _dead: Counter[str] = field(default_factory=Counter)
    _read: dict[tuple[str, int], int] = field(default_factory=dict)

    def note(self, records: Iterable[Sent]) -> None:
        """These have been sent."""
        for sent in records:
            self.sent += 1
            if sent.name is None:
                self.poison.add(sent.trace)
            else:
                self.expected.add(sent.name)

    def settle(self, log: Log, stored: Stored) -> Account:
        """The account as the log and the sink stand now."""
        self._follow(log, ENRICHED, self._enriched)
        self._follow(log, DEAD_LETTER, self._letter)
        found = ledger(log)
        lost = ((self.expected - self._ended.keys()) | (self.expected - stored.articles.keys()),
                (self.poison - self._dead.keys()) | (self.poison - stored.dead))
        surplus = sum(stored.articles.values()) - len(stored.articles)
        unknown = (self._ended.keys() | stored.articles.keys()) - self.expected
        strangers = (self._dead.keys() | stored.dead) - self.poison
        return Account(
            self.sent, sum(p.enriched for p in found.partitions), sum(p.dead_letter for p in found.partitions),
            sum(len(each) for each in lost), sum(p.repeated for p in found.partitions), surplus + stored.twice,
            len(unknown) + len(strangers), found.balanced)

    def _follow(self, log: Log, topic: str, note: Callable[[bytes], None]) -> None:
        for partition in range(log.partitions(topic)):
            offset = self._read.get((topic, partition), 0)
            while records := log.read(topic, partition, offset, 1000):
                for record in records:
                    note(record.value)
                offset = records[-1].offset + 1
            self._read[topic, partition] = offset

    def _enriched(self, value: bytes) -> None:
        article = orjson.loads(value)
        self._ended[article["url"], article["revision"]] += 1

    def _letter(self, value: bytes) -> None:
        self._dead[orjson.loads(value)["trace_id"]] += 1
