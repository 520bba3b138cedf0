"""Sinks: where enriched records come to rest and can be queried.

A sink consumes topics on its own, beside the graph: a slow database never stops enrichment. It keeps the
offsets that it has stored next to the rows, in one transaction, so that each row is there exactly once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.errors import WrongUsage
from pipeline.log import Record

Offsets = dict[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class Counts:
    """What one or more writes stored."""

    articles: int = 0
    alerts: int = 0
    dead_letters: int = 0
    sources: int = 0
    unreadable: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.articles + other.articles, self.alerts + other.alerts,
                      self.dead_letters + other.dead_letters, self.sources + other.sources,
                      self.unreadable + other.unreadable)


class Sink(Protocol):
    """What every sink can do. Methods raise ``SinkError``; an instance belongs to one thread."""

    name: str
    """Short and stable; part of the consumer group that shows this sink's lag."""

    def offsets(self) -> Offsets:
        """Per (topic, partition) the next offset to store; partitions never stored are absent."""

    def write(self, records: Sequence[Record]) -> Counts:
        """Store the records and, in the same transaction, the offsets that follow them; all or nothing.

        Storing a record again changes nothing. A record that cannot be used is kept as unreadable.
        """

    def missed(self, topic: str, partition: int, start: int, end: int) -> None:
        """Keep note that offsets ``[start, end)`` left the log before they were stored."""

    def restart(self, topic: str, partition: int, offset: int) -> None:
        """Go on at ``offset``, because the log that the stored offset belongs to was replaced."""

    def close(self) -> None:
        """Release files and connections; idempotent."""


def without_password(url: str) -> str:
    """An address as it may be shown: whatever stands before its last @ could be a password."""
    scheme, slashes, rest = url.partition("://")
    return f"{scheme}{slashes}***@{rest.rpartition('@')[2]}" if "@" in rest else url


def open_sink(url: str) -> Sink:
    """Open the sink that ``url`` names, creating it if need be.

    Raises WrongUsage for an address that no sink takes, SinkError where it cannot be opened.
    """
    if url.startswith("sqlite:///"):
        from pipeline.sink.sqlite import SqliteSink

        return SqliteSink(url.removeprefix("sqlite:///"))
    if url.startswith(("postgresql://", "postgres://")):
        from pipeline.sink.postgres.write import PostgresSink

        return PostgresSink(url)
    if url.startswith("parquet:///"):
        from pipeline.sink.parquet.sink import open_parquet

        return open_parquet(url.removeprefix("parquet:///"))
    raise WrongUsage(f"sink address {without_password(url)!r} is none of sqlite:///path, postgresql://…, parquet:///folder")
