"""The log: topics of partitions of records, appended once and read from any offset.

One small interface, chosen by URL: ``sqlite:///path`` (one machine, no server) or
``kafka://host:9092[,host:9092]`` (production). One contract test suite runs over both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from pipeline.errors import WrongUsage

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to append. Records of one key share a partition, so they keep their order.

    ``timestamp`` is Unix time in seconds (kept to the millisecond), None for the time of the append. Kafka
    refuses one more than an hour ahead, and its retention goes by it: give times of fetching, not of events.
    """

    key: bytes
    value: bytes
    headers: Headers = ()
    timestamp: float | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A record as read; ``timestamp`` is Unix time in seconds."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Headers
    timestamp: float


def milliseconds(timestamp: float) -> int:
    """Unix seconds as whole milliseconds, the finest that logs keep."""
    return round(timestamp * 1000)


class Log(Protocol):
    """What every log can do. Methods raise ``LogError``; one thread at a time uses an instance.

    ``moves``: whether that may be another thread than the one that opened it.
    """

    @property
    def moves(self) -> bool: ...

    def append(self, topic: str, records: Sequence[NewRecord]) -> None:
        """Append all records durably, or raise and leave nothing of them that is half-written.

        Order is kept per key. After an error some whole records may be in the log (Kafka) or none
        (SQLite): appending all of them again is safe, since every record's key makes it idempotent.
        """

    def read(self, topic: str, partition: int, offset: int, limit: int = 500,
             wait: float = 0.0, sure: bool = True) -> list[Record]:
        """Up to ``limit`` records from the first one at or after ``offset``.

        Waits at most ``wait`` seconds for the first one; an empty list says there was none, or, unless ``sure``, that
        none older than two seconds was there: for those who ask again and again. An offset that retention has passed
        reads from the oldest record left.
        """

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has; a topic unknown so far is created with the log's default."""

    def beginning(self, topic: str, partition: int) -> int:
        """The offset of the oldest record left (the end if there is none)."""

    def end(self, topic: str, partition: int) -> int:
        """The offset that the next record will get."""

    def offset_at(self, topic: str, partition: int, timestamp: float) -> int:
        """The offset of the first record with this timestamp (Unix seconds) or a later one, else the end."""

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """Per partition the next offset that ``group`` has to read; partitions never committed are absent."""

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """Store ``group``'s next offsets durably; a lower one than before makes the group read again."""

    def close(self) -> None:
        """Release files and connections; idempotent."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None: ...


@dataclass(frozen=True, slots=True)
class LogOptions:
    """How a log is opened. ``kafka`` passes through to kafka-python (security_protocol, sasl_*, ssl_*).

    Options that travel (in a pickled graph) go without their secrets: ``withheld`` names those, ``launch`` the
    launch that knows them (``pipeline.log.kafka_settings.without_secrets``).

    ``partitions`` and ``retention_hours`` shape topics that the embedded log creates; Kafka's own topics
    keep their settings, topics missing there are created with ``partitions`` and ``replication`` (-1: as many
    replicas as the broker's default).
    """

    partitions: int = 4
    retention_hours: float = 24.0 * 14
    replication: int = -1
    compression: str = "zstd"
    kafka: Mapping[str, str | int | bool] = field(default_factory=dict, repr=False)
    withheld: tuple[str, ...] = ()
    launch: str = ""


def open_log(url: str, options: LogOptions | None = None) -> Log:
    """Open the log that ``url`` names.

    Raises WrongUsage for an address that is neither ``sqlite:///path`` nor ``kafka://host:port``, LogError
    where it cannot be reached or opened.
    """
    options = options or LogOptions()
    if url.startswith("sqlite:///"):
        from pipeline.log.embedded import EmbeddedLog

        return EmbeddedLog(url.removeprefix("sqlite:///"), options)
    if url.startswith("kafka://"):
        from pipeline.log.kafka import KafkaLog

        return KafkaLog(url.removeprefix("kafka://"), options)
    raise WrongUsage(f"log address {url!r} is neither sqlite:///path nor kafka://host:port[,host:port]")
