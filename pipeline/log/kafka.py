"""The Kafka log. kafka-python is imported by the ``pipeline.log.kafka…`` modules alone.

What was decided, and why:

- **Writing**: idempotent producer, acks=all; ``append`` returns when the broker has confirmed every record.
  After an error the producer is thrown away with all it still held, so that nothing of a failed batch can
  slip in behind records that were appended later.
- **Reading**: see ``pipeline.log.kafka_reader``.
- **Groups**: offsets are stored and read through the admin interface; nobody joins a group, so there are no
  rebalances. Kafka drops a partition's offset when the group has not committed it for
  ``offsets.retention.minutes`` (7 days unless set otherwise), and its retention does not wait for readers.
- Topics created here have the broker's replication, and allow records of 8 MiB (Kafka's own default is 1 MiB,
  less than a long article needs as a dead letter). ``newsbeam topics apply`` makes them as declared, beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import kafka.errors
from kafka import KafkaProducer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.codec import has_lz4, has_snappy, has_zstd
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from pipeline.errors import LogError
from pipeline.log import LogOptions, NewRecord, Record, milliseconds
from pipeline.log.kafka_client import Connection
from pipeline.log.kafka_reader import Reader
from pipeline.log.kafka_settings import LARGEST_RECORD, OVERHEAD, PRODUCER, codec


class KafkaLog:
    """See ``pipeline.log.Log``. ``servers`` is ``host:port[,host:port]``. Raises as ``Connection`` does."""

    moves = True
    """kafka-python's clients do all their work in threads of their own; no call may run beside another."""

    def __init__(self, servers: str, options: LogOptions | None = None) -> None:
        self._servers = servers
        self._options = options or LogOptions()
        self._codec = codec(self._options.compression, {
            "zstd": has_zstd(), "lz4": has_lz4(), "snappy": has_snappy(), "gzip": True, "none": True})
        self._topics: dict[str, int] = {}
        self._producer: KafkaProducer | None = None
        self._connection = Connection(servers, self._options)
        self._reader = Reader(self._connection)

    def partitions(self, topic: str) -> int:
        """See ``Log``; asks the broker each time, as partitions may be added there."""
        with self._connection.explained(f"look up the topic {topic} in"):
            found = self._connection.ask(lambda admin: admin.describe_topics([topic]))
            count = len(found[0]["partitions"]) if found and not found[0]["error_code"] else 0
            if found and found[0]["error_code"] not in (0, kafka.errors.UnknownTopicOrPartitionError.errno):
                raise kafka.errors.for_code(found[0]["error_code"])(topic)
        if not count:
            self._create(topic)
            count = self._options.partitions
        self._topics[topic] = count
        return count

    def _create(self, topic: str) -> None:
        shape = {"num_partitions": self._options.partitions, "replication_factor": self._options.replication,
                 "configs": {"max.message.bytes": str(LARGEST_RECORD + OVERHEAD)}}
        with self._connection.explained(f"create the topic {topic} in"):
            with suppress(kafka.errors.TopicAlreadyExistsError):  # another process was quicker
                self._connection.ask(lambda admin: admin.create_topics({topic: shape}))
            self._connection.ask(lambda admin: admin.wait_for_topics([topic]))

    def _partition(self, topic: str, partition: int) -> TopicPartition:
        if topic not in self._topics or partition >= self._topics[topic]:  # it may have been added since
            self.partitions(topic)
        if not 0 <= partition < self._topics[topic]:
            raise LogError(f"Kafka at {self._servers} has no partition {partition} of {topic}, "
                           f"only 0 to {self._topics[topic] - 1}")
        return TopicPartition(topic, partition)

    def append(self, topic: str, records: Sequence[NewRecord]) -> None:
        """Waits until the broker has confirmed every record. See ``Log`` for what an error leaves."""
        if not records:
            return
        self._check_sizes(topic, records)
        if topic not in self._topics:
            self.partitions(topic)
        try:
            with self._connection.explained(f"append {len(records):,} records of {topic} to"):
                self._send(topic, records)
        except BaseException:
            self._drop_producer()
            raise

    def _check_sizes(self, topic: str, records: Sequence[NewRecord]) -> None:
        """LogError before anything is sent, if one record is larger than the producer may send."""
        most = int(self._connection.settings.get("max_request_size", LARGEST_RECORD)) - OVERHEAD
        for record in records:
            size = len(record.key) + len(record.value) + sum(len(n) + len(v) + 16 for n, v in record.headers)
            if size > most:
                raise LogError(f"a record of {size:,} bytes is too large for {topic} in Kafka at "
                               f"{self._servers}: the limit (max_request_size) is {most:,}; nothing was "
                               f"sent, key {record.key[:80]!r}")

    def _send(self, topic: str, records: Sequence[NewRecord]) -> None:
        if self._producer is None:
            self._producer = self._connection.started(KafkaProducer, PRODUCER | {"compression_type": self._codec})
        producer = self._producer
        futures = [producer.send(topic, key=record.key, value=record.value, headers=list(record.headers),
                                 timestamp_ms=None if record.timestamp is None
                                 else milliseconds(record.timestamp))
                   for record in records]
        patience = producer.config["delivery_timeout_ms"] / 1000 + 5
        producer.flush(timeout=patience)
        for future in futures:
            future.get(timeout=1)

    def _drop_producer(self) -> None:
        if self._producer is not None:
            producer, self._producer = self._producer, None
            with suppress(KafkaError):  # what it still held has been reported as not appended
                producer.close(timeout=0)

    def read(self, topic: str, partition: int, offset: int, limit: int = 500,
             wait: float = 0.0, sure: bool = True) -> list[Record]:
        """See ``Log``. With ``wait`` 0 too a record that is there is returned: the broker is asked, but if not
        ``sure`` at most every two seconds."""
        if limit < 1:
            return []
        where = self._partition(topic, partition)
        with self._connection.explained(f"read {topic} from"):
            return self._reader.read(where, offset, limit, wait, sure)

    def beginning(self, topic: str, partition: int) -> int:
        """See ``Log``."""
        where = self._partition(topic, partition)
        with self._connection.explained(f"look up the beginning of {topic}/{partition} in"):
            return self._reader.bound(where, OffsetSpec.EARLIEST)

    def end(self, topic: str, partition: int) -> int:
        """See ``Log``; records of open transactions of other producers do not count yet."""
        where = self._partition(topic, partition)
        with self._connection.explained(f"look up the end of {topic}/{partition} in"):
            return self._reader.bound(where, OffsetSpec.LATEST)

    def offset_at(self, topic: str, partition: int, timestamp: float) -> int:
        """See ``Log``."""
        where = self._partition(topic, partition)
        with self._connection.explained(f"look up a time in {topic}/{partition} in"):
            found = self._reader.bound(where, max(milliseconds(timestamp), 0))
            return found if found >= 0 else self._reader.bound(where, OffsetSpec.LATEST)

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """See ``Log``."""
        with self._connection.explained(f"read the offsets of the group {group} from"):
            found = self._connection.ask(lambda admin: admin.list_group_offsets({group: None}))[group]
            return {where.partition: stored.offset for where, stored in found.items()
                    if where.topic == topic and stored.offset >= 0}

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """See ``Log``. LogError if another program has joined the group: Kafka then refuses."""
        if not offsets:
            return
        wanted = {self._partition(topic, partition): OffsetAndMetadata(offset, "", -1)
                  for partition, offset in offsets.items()}
        with self._connection.explained(f"store the offsets of the group {group} in"):
            self._connection.ask(lambda admin: _all_stored(admin.alter_group_offsets(group, wanted)))

    def close(self) -> None:
        """See ``Log``."""
        self._drop_producer()
        self._reader.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


def _all_stored(results: Mapping[TopicPartition, type[KafkaError]]) -> None:
    for where, error in results.items():
        if error is not kafka.errors.NoError:
            raise error(f"{where.topic}/{where.partition}")
