"""The Kafka log: the only module that imports kafka-python.

What was decided, and why:

- **Writing**: idempotent producer, acks=all; ``append`` returns when the broker has confirmed every record.
  After an error the producer is thrown away with all it still held, so that nothing of a failed batch can
  slip in behind records that were appended later.
- **Reading**: one consumer per instance, partitions assigned and sought by hand, ``read_committed``. Records
  fetched and not yet passed are kept, so that reading on, or reading the same again, fetches nothing twice.
- **Groups**: offsets are stored and read through the admin interface; nobody joins a group, so there are no
  rebalances. Kafka drops a group's offsets when it has not committed for ``offsets.retention.minutes``
  (7 days unless set otherwise), and its retention does not wait for readers.
- **Bounded waiting**: unless ``LogOptions.kafka`` says otherwise, 10 s for the first contact, 20 s for a
  request, 60 s for the delivery of a record. A broker that is away for less goes unnoticed.
- Topics created here allow records of 8 MiB (Kafka's own default is 1 MiB, less than a long article needs as
  a dead letter).
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

import kafka.errors
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.codec import has_lz4, has_snappy, has_zstd
from kafka.errors import BrokerResponseError, KafkaError, RetriableError
from kafka.protocol.consumer import IsolationLevel
from kafka.structs import OffsetAndMetadata

from pipeline.errors import LogError, WrongUsage
from pipeline.log import LogOptions, NewRecord, Record, milliseconds
from pipeline.log.kafka_settings import (
    CONSUMER,
    LARGEST_RECORD,
    OVERHEAD,
    PRODUCER,
    Secret,
    checked,
    codec,
    with_secrets,
)

Answer = TypeVar("Answer")
_RETRY_SECONDS = 0.1
_logger = logging.getLogger(__name__)


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


class KafkaLog:
    """See ``pipeline.log.Log``. ``servers`` is ``host:port[,host:port]``.

    Raises LogError if no broker answers within ``bootstrap_timeout_ms`` (10 s), WrongUsage for settings that
    cannot be used.
    """

    def __init__(self, servers: str, options: LogOptions | None = None) -> None:
        self._servers = servers
        self._options = with_secrets(options or LogOptions())
        self._settings = checked(self._options.kafka, {
            *KafkaAdminClient.DEFAULT_CONFIG, *KafkaProducer.DEFAULT_CONFIG, *KafkaConsumer.DEFAULT_CONFIG})
        self._codec = codec(self._options.compression, {
            "zstd": has_zstd(), "lz4": has_lz4(), "snappy": has_snappy(), "gzip": True, "none": True})
        self._topics: dict[str, int] = {}
        self._fetched: dict[TopicPartition, _Fetched] = {}
        self._producer: KafkaProducer | None = None
        self._consumer: KafkaConsumer | None = None
        self._admin: KafkaAdminClient | None = None
        self._closed = False
        self._thread = threading.get_ident()
        if any(isinstance(value, Secret) for value in self._settings.values()):
            for name in ("kafka.net", "kafka.protocol"):  # at DEBUG they show what SASL sends, in clear
                logging.getLogger(name).setLevel(logging.INFO)
        self._admin = self._started(KafkaAdminClient, {})

    def _started(self, client: Any, own: Mapping[str, Any]) -> Any:
        """A client with newsbeam's settings; those in the options win, and each client gets what it knows."""
        settings = {name: value for name, value in (dict(own) | self._settings).items()
                    if name in client.DEFAULT_CONFIG}
        servers = [server.strip() for server in self._servers.split(",") if server.strip()]
        if not servers:
            raise WrongUsage("the log's address names no broker: kafka://host:9092")
        with self._explained("reach"):
            return client(bootstrap_servers=servers, **settings)

    @contextmanager
    def _explained(self, purpose: str) -> Iterator[None]:
        if self._closed:
            raise LogError(f"the log {self._servers} is closed; open it again")
        if threading.get_ident() != self._thread:
            raise LogError(f"the log {self._servers} was opened in another thread; each thread opens its own")
        try:
            yield
        except kafka.errors.AuthorizationError as error:
            raise LogError(f"Kafka at {self._servers} does not allow to {purpose} ({_told(error)}); "
                           "ask for the right, or create the topic there") from error
        except (kafka.errors.SaslAuthenticationFailedError,
                kafka.errors.UnsupportedSaslMechanismError) as error:
            raise LogError(f"Kafka at {self._servers} refused to log newsbeam in ({type(error).__name__}); "
                           "check sasl_mechanism, user and password") from error
        except (KafkaError, OSError, ValueError, RuntimeError, AssertionError) as error:
            refused = isinstance(error, BrokerResponseError) and not isinstance(error, RetriableError)
            way_out = ("the broker refused it, see the settings of the topic and the broker" if refused else
                       "check the address, that the broker runs, and security_protocol, user and password")
            raise LogError(f"cannot {purpose} Kafka at {self._servers}: {_told(error)}; {way_out}") from error

    def partitions(self, topic: str) -> int:
        """See ``Log``; asks the broker each time, as partitions may be added there."""
        with self._explained(f"look up the topic {topic} in"):
            found = self._ask(lambda admin: admin.describe_topics([topic]))
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
        with self._explained(f"create the topic {topic} in"):
            with suppress(kafka.errors.TopicAlreadyExistsError):  # another process was quicker
                self._ask(lambda admin: admin.create_topics({topic: shape}))
            self._ask(lambda admin: admin.wait_for_topics([topic]))

    def _ask(self, question: Callable[[Any], Answer]) -> Answer:
        """An answer by the admin's connection; what may pass by itself is asked again for a while."""
        until = time.monotonic() + self._settings["request_timeout_ms"] / 1000
        while True:
            try:
                return question(self._admin)
            except RetriableError:
                if time.monotonic() > until:
                    raise
                time.sleep(_RETRY_SECONDS)

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
            with self._explained(f"append {len(records):,} records of {topic} to"):
                self._send(topic, records)
        except BaseException:
            self._drop_producer()
            raise

    def _check_sizes(self, topic: str, records: Sequence[NewRecord]) -> None:
        """LogError before anything is sent, if one record is larger than the producer may send."""
        most = int(self._settings.get("max_request_size", LARGEST_RECORD)) - OVERHEAD
        for record in records:
            size = len(record.key) + len(record.value) + sum(len(n) + len(v) + 16 for n, v in record.headers)
            if size > most:
                raise LogError(f"a record of {size:,} bytes is too large for {topic} in Kafka at "
                               f"{self._servers}: the limit (max_request_size) is {most:,}; nothing was "
                               f"sent, key {record.key[:80]!r}")

    def _send(self, topic: str, records: Sequence[NewRecord]) -> None:
        if self._producer is None:
            self._producer = self._started(KafkaProducer, PRODUCER | {"compression_type": self._codec})
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
             wait: float = 0.0) -> list[Record]:
        """See ``Log``. With ``wait`` 0 too a record that is there is returned: the broker is asked."""
        if limit < 1:
            return []
        where = self._partition(topic, partition)
        with self._explained(f"read {topic} from"):
            fetched = self._fetched.get(where)
            if fetched is None or not fetched.reach(offset):
                fetched = self._seek(where, max(offset, 0))
            if fetched is not None and not fetched.records:
                self._fetch_surely(where, limit, offset, wait)
        kept = self._fetched.get(where)
        return [record for record, _ in zip(kept.records, range(limit), strict=False)] if kept else []

    def _seek(self, where: TopicPartition, offset: int) -> _Fetched:
        """Stand at ``offset``, or at the oldest record left if retention has passed it."""
        offset = max(offset, self._bound(where, OffsetSpec.EARLIEST))
        consumer = self._reader()
        if where not in self._fetched:
            consumer.assign([*self._fetched, where])
        consumer.seek(where, offset)
        consumer.resume(where)
        self._fetched[where] = _Fetched(offset, offset)
        return self._fetched[where]

    def _reader(self) -> Any:
        if self._consumer is None:
            self._consumer = self._started(KafkaConsumer, CONSUMER)
        return self._consumer

    def _fetch_surely(self, where: TopicPartition, limit: int, offset: int, wait: float) -> None:
        """A consumer that has seen its broker go may rest longer than a request may take: a new one asks afresh."""
        try:
            self._fetch(where, limit, time.monotonic() + wait)
        except _NoneCame:
            self._drop_consumer()
            self._seek(where, max(offset, 0))
            self._fetch(where, limit, time.monotonic() + wait)

    def _drop_consumer(self) -> None:
        self._fetched.clear()
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            with suppress(KafkaError):
                consumer.close()

    def _fetch(self, where: TopicPartition, limit: int, until: float) -> None:
        """Poll until this partition has records, or time is up and it has none."""
        consumer, fetched = self._reader(), self._fetched[where]
        consumer.resume(where)
        most = max(limit, 500)
        latest = until + consumer.config["request_timeout_ms"] / 1000
        end: int | None = None
        while not fetched.records:
            left = until - time.monotonic()
            self._poll(where, max(left, 0.0) if end is None else 0.1, most)
            if fetched.records or until > time.monotonic():
                continue
            end = self._bound(where, OffsetSpec.LATEST) if end is None else end
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
            beginning = self._bound(where, OffsetSpec.EARLIEST)
            if fetched.after < beginning:
                _logger.warning("retention removed %s/%s up to offset %d before it was read from %d on",
                                where.topic, where.partition, beginning, fetched.after)
                self._seek(where, beginning)
            else:
                self._reader().pause(where)

    def _bound(self, where: TopicPartition, spec: int) -> int:
        # By the admin's connection: the consumer's may be held by a fetch that waits for records.
        found = self._ask(lambda admin: admin.list_partition_offsets(
            {where: spec}, isolation_level=IsolationLevel.READ_COMMITTED))
        return int(found[where].offset)

    def beginning(self, topic: str, partition: int) -> int:
        """See ``Log``."""
        where = self._partition(topic, partition)
        with self._explained(f"look up the beginning of {topic}/{partition} in"):
            return self._bound(where, OffsetSpec.EARLIEST)

    def end(self, topic: str, partition: int) -> int:
        """See ``Log``; records of open transactions of other producers do not count yet."""
        where = self._partition(topic, partition)
        with self._explained(f"look up the end of {topic}/{partition} in"):
            return self._bound(where, OffsetSpec.LATEST)

    def offset_at(self, topic: str, partition: int, timestamp: float) -> int:
        """See ``Log``."""
        where = self._partition(topic, partition)
        with self._explained(f"look up a time in {topic}/{partition} in"):
            found = self._bound(where, max(milliseconds(timestamp), 0))
            return found if found >= 0 else self._bound(where, OffsetSpec.LATEST)

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """See ``Log``."""
        with self._explained(f"read the offsets of the group {group} from"):
            found = self._ask(lambda admin: admin.list_group_offsets({group: None}))[group]
            return {where.partition: stored.offset for where, stored in found.items()
                    if where.topic == topic and stored.offset >= 0}

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """See ``Log``. LogError if another program has joined the group: Kafka then refuses."""
        if not offsets:
            return
        wanted = {self._partition(topic, partition): OffsetAndMetadata(offset, "", -1)
                  for partition, offset in offsets.items()}
        with self._explained(f"store the offsets of the group {group} in"):
            self._ask(lambda admin: _all_stored(admin.alter_group_offsets(group, wanted)))

    def close(self) -> None:
        """See ``Log``."""
        self._closed = True
        self._drop_producer()
        consumer, admin = self._consumer, self._admin
        self._consumer = self._admin = None
        self._fetched.clear()
        for client in (consumer, admin):
            if client is not None:
                with suppress(KafkaError):
                    client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


def _all_stored(results: Mapping[TopicPartition, type[KafkaError]]) -> None:
    for where, error in results.items():
        if error is not kafka.errors.NoError:
            raise error(f"{where.topic}/{where.partition}")


def _told(error: BaseException) -> str:
    """What went wrong in one line, with the name: kafka-python often gives only one of both."""
    text = " ".join(str(error).split())
    name = type(error).__name__
    return text if name in text else f"{name}: {text}".rstrip(": ")


def _record(found: Any) -> Record:
    return Record(found.topic, found.partition, found.offset, found.key or b"", found.value or b"",
                  tuple(found.headers), found.timestamp / 1000)
