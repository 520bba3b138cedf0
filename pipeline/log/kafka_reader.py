"""Reading Kafka: one consumer per instance, partitions assigned and sought by hand, ``read_committed``.

Records fetched and not yet passed are kept, so that reading on, or reading the same again, fetches nothing
twice. Nobody joins a group, so there are no rebalances.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import kafka.errors
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError
from kafka.protocol.consumer import IsolationLevel

from pipeline.log import Record
from pipeline.log.kafka_client import Connection
from pipeline.log.kafka_settings import CONSUMER

_logger = logging.getLogger(__name__)


ASKED = 2.0
"""Seconds between two questions to the broker whether there really is nothing, for those who ask often."""
POLLED = 0.05
"""Seconds for which one poll, which takes what has come for all partitions, answers for each of them there."""
STILL = 5.0
"""Seconds that a consumer may stand still before records that the broker says it has: a fetch takes one."""


@dataclass(slots=True)
class _Fetched:
    """Records of one partition from ``start`` up to ``after``, where the consumer stands."""

    start: int
    after: int
    records: deque[Record] = field(default_factory=deque)

    def reach(self, offset: int) -> bool:
        """Pass over what lies before ``offset``; False if it lies outside."""
        if not self.start <= offset <= self.after:
            return False
        while self.records and self.records[0].offset < offset:
            self.records.popleft()
        self.start = offset
        return True


class _NoneCame(KafkaError):
    """The broker says that there are records, the consumer does not get them."""


class Reader:
    """Reads partitions in any order, from any offset. Methods raise what kafka-python raises."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._fetched: dict[TopicPartition, _Fetched] = {}
        self._asked: dict[TopicPartition, float] = {}
        self._polled = 0.0
        self._consumer: KafkaConsumer | None = None

    def read(self, where: TopicPartition, offset: int, limit: int, wait: float, sure: bool = True) -> list[Record]:
        """Up to ``limit`` records from the first one at or after ``offset``; waits at most ``wait`` seconds."""
        if sure:
            self._asked.pop(where, None)
        fetched = self._fetched.get(where)
        if fetched is None or not fetched.reach(offset):
            fetched = self._seek(where, max(offset, 0))
        if not fetched.records and (sure or wait or not self._answered(where)):
            self._fetch_surely(where, limit, offset, wait)
        kept = self._fetched.get(where)
        return [record for record, _ in zip(kept.records, range(limit), strict=False)] if kept else []

    def _answered(self, where: TopicPartition) -> bool:
        """Whether a poll of a moment ago would have brought this partition's records, too."""
        now = time.monotonic()
        return (now < self._polled + POLLED and now < self._asked.get(where, -ASKED) + ASKED
                and where not in self._reader().paused())

    def _seek(self, where: TopicPartition, offset: int) -> _Fetched:
        """Stand at ``offset``, or at the oldest record left if retention has passed it."""
        offset = max(offset, self.bound(where, OffsetSpec.EARLIEST))
        consumer = self._reader()
        if where not in self._fetched:
            consumer.assign([*self._fetched, where])
        consumer.seek(where, offset)
        consumer.resume(where)
        self._fetched[where] = _Fetched(offset, offset)
        return self._fetched[where]

    def _reader(self) -> Any:
        if self._consumer is None:
            self._consumer = self._connection.started(KafkaConsumer, CONSUMER)
        return self._consumer

    def _fetch_surely(self, where: TopicPartition, limit: int, offset: int, wait: float) -> None:
        """A consumer that has seen its broker go may rest longer than a request may take: a new one asks afresh.

        It gets a request's time, so that a slow network with large records gets through.
        """
        try:
            self._fetch(where, limit, time.monotonic() + wait, STILL)
        except _NoneCame as stood_still:
            _logger.info("%s; asking again with a new consumer", stood_still)
            self.close()
            self._seek(where, max(offset, 0))
            self._fetch(where, limit, time.monotonic() + wait, self._reader().config["request_timeout_ms"] / 1000)

    def close(self) -> None:
        """Forget everything; reading on starts afresh."""
        self._fetched.clear()
        self._asked.clear()
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            with suppress(KafkaError):
                consumer.close()

    def _fetch(self, where: TopicPartition, limit: int, until: float, patience: float) -> None:
        """Poll until this partition has records, or time is up and it has none. If it has some and they do not come
        for ``patience`` seconds more, _NoneCame."""
        consumer, fetched = self._reader(), self._fetched[where]
        consumer.resume(where)
        most = max(limit, 500)
        latest = until + patience
        end: int | None = None
        while not fetched.records:
            left = until - time.monotonic()
            self._poll(where, max(left, 0.0) if end is None else 0.1, most)
            if fetched.records or until > time.monotonic():
                continue
            if end is None:
                if time.monotonic() < self._asked.get(where, -ASKED) + ASKED:
                    return
                end, self._asked[where] = self.bound(where, OffsetSpec.LATEST), time.monotonic()
            if (consumer.position(where, timeout_ms=1000) or 0) >= end:
                return
            if time.monotonic() > latest:
                raise _NoneCame(f"{where.topic}/{where.partition} has records up to {end:,}, but none came")

    def _poll(self, where: TopicPartition, seconds: float, most: int) -> None:
        """Take what the consumer has; a partition that has records kept rests until they are read."""
        consumer = self._reader()
        try:
            batches = consumer.poll(timeout_ms=int(seconds * 1000), max_records=most)
        except kafka.errors.OffsetOutOfRangeError as error:
            self._out_of_range(error)
            return
        self._polled = time.monotonic()
        for source, batch in batches.items():
            fetched = self._fetched[source]
            fetched.records.extend(_record(each) for each in batch)
            fetched.after = batch[-1].offset + 1
            if source != where:
                consumer.pause(source)

    def _out_of_range(self, error: KafkaError) -> None:
        """Retention has overtaken a reader: go on with the oldest record left; behind the end, stand."""
        for where in error.args[0]:
            fetched = self._fetched[where]
            beginning = self.bound(where, OffsetSpec.EARLIEST)
            if fetched.after < beginning:
                _logger.warning("retention removed %s/%s up to offset %d before it was read from %d on",
                                where.topic, where.partition, beginning, fetched.after)
                self._seek(where, beginning)
            else:
                self._reader().pause(where)

    def bound(self, where: TopicPartition, spec: int) -> int:
        """The offset that ``spec`` (an OffsetSpec, or Unix milliseconds) stands for; -1 for no such time."""
        # By the admin's connection: the consumer's may be held by a fetch that waits for records.
        found = self._connection.ask(lambda admin: admin.list_partition_offsets(
            {where: spec}, isolation_level=IsolationLevel.READ_COMMITTED))
        return int(found[where].offset)


def _record(found: Any) -> Record:
    return Record(found.topic, found.partition, found.offset, found.key or b"", found.value or b"",
                  tuple(found.headers), found.timestamp / 1000)
