"""The embedded log: topics in one SQLite file, for one machine and several processes at once.

What was decided, and why:

- **WAL with synchronous=FULL, one commit per batch.** Once ``append`` returns, the records survive a power
  cut: the collector then stores a feed's validators and never asks for these entries again.
- **One table per partition, its rowid the offset.** Records lie on disk in the order of reading, every
  append is at the right edge of a tree, and no second index is needed.
- **Offsets are counted in the partition's row**, so that none is used twice when retention has emptied it.
- **Retention goes by the time of the append**, not by a record's own timestamp: a backfill of last year's
  news stays as long as today's. **It never removes what a consumer group has yet to read**: as soon as a
  group has committed one partition of a topic, every record from its committed offset on (from the beginning
  in partitions it never committed) is kept, however old. A group that is gone for good holds records back
  until ``forget`` is called. Freed pages are used again; the file does not shrink.
"""

from __future__ import annotations

import sqlite3
import struct
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pipeline.errors import LogError, LogFull, WrongUsage
from pipeline.log import Headers, LogOptions, NewRecord, Record, milliseconds
from pipeline.log.log_file import LogFile

EXPIRE_EVERY = 300.0
"""Seconds between two looks for records past their age."""
CHUNK = 500
"""Records removed in one transaction: short enough that no other writer notices."""
LOOK_EVERY = 0.01
"""Seconds between two looks of a waiting reader; each costs some microseconds."""

_LARGEST = 2**63 - 1
_SCHEMA = (
    "CREATE TABLE partition (id INTEGER PRIMARY KEY, topic TEXT NOT NULL, number INTEGER NOT NULL, "
    "first INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL DEFAULT 0, newest INTEGER NOT NULL DEFAULT 0, "
    "UNIQUE (topic, number))",
    "CREATE TABLE committed (consumers TEXT NOT NULL, topic TEXT NOT NULL, number INTEGER NOT NULL, "
    "next INTEGER NOT NULL, PRIMARY KEY (consumers, topic, number)) WITHOUT ROWID",
)
# Times are Unix milliseconds. `newest` is the latest timestamp up to and including the record: it never
# falls with the offset, so `offset_at` can search by halves. The value comes last: the rest is on the page.
_RECORDS = ("CREATE TABLE records_{id} (offset INTEGER PRIMARY KEY, timestamp INTEGER NOT NULL, "
            "newest INTEGER NOT NULL, appended INTEGER NOT NULL, key BLOB NOT NULL, headers BLOB, "
            "value BLOB NOT NULL)")
_UNREAD = ("SELECT min(coalesce(c.next, 0)) "
           "FROM (SELECT DISTINCT consumers FROM committed WHERE topic = ?1) g "
           "LEFT JOIN committed c ON c.consumers = g.consumers AND c.topic = ?1 AND c.number = ?2")
_SIZES = struct.Struct("!II")


def pack_headers(headers: Headers) -> bytes | None:
    """Headers as bytes: for each the sizes of name and value, then both; None if there are none."""
    parts: list[bytes] = []
    for name, value in headers:
        encoded = name.encode()
        parts += (_SIZES.pack(len(encoded), len(value)), encoded, value)
    return b"".join(parts) or None


def unpack_headers(packed: bytes | None) -> Headers:
    """What ``pack_headers`` was given."""
    headers, at = [], 0
    while packed and at < len(packed):
        name, value = _SIZES.unpack_from(packed, at)
        at += _SIZES.size
        headers.append((packed[at:at + name].decode(), packed[at + name:at + name + value]))
        at += name + value
    return tuple(headers)


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key: CRC-32 modulo the number, the same in every process and release."""
    return zlib.crc32(key) % partitions


class EmbeddedLog:
    """See ``pipeline.log.Log``. ``clock`` gives Unix time in seconds (of appends, for retention).

    Raises WrongUsage without a path; LogError if the file cannot be opened, is no log of newsbeam's, or was
    written by a newer release. The folder is created.
    """

    moves = False
    """SQLite's connections stay in their thread."""

    def __init__(self, path: str, options: LogOptions | None = None, *,
                 clock: Callable[[], float] = time.time) -> None:
        if not path:
            raise WrongUsage("the log's address names no file: sqlite:///folder/log.db")
        self._options = options or LogOptions()
        self._clock = clock
        self._tables: dict[str, list[int]] = {}
        self._next_expiry = 0.0
        self._file = LogFile(Path(path), _SCHEMA)

    def _partition_tables(self, topic: str) -> list[int]:
        """Per partition the number of its table; creates the topic if need be. Neither ever changes."""
        tables = self._tables.get(topic)
        if tables is None:
            tables = self._known_tables(topic) or self._create(topic)
            self._tables[topic] = tables
        return tables

    def _known_tables(self, topic: str) -> list[int]:
        return [row[0] for row in
                self._file.query("SELECT id FROM partition WHERE topic = ? ORDER BY number", topic)]

    def _create(self, topic: str) -> list[int]:
        with self._file.transaction(f"create the topic {topic} in") as connection:
            if not self._known_tables(topic):  # another process may have been quicker
                for number in range(self._options.partitions):
                    row = connection.execute("INSERT INTO partition (topic, number) VALUES (?, ?)",
                                             (topic, number))
                    connection.execute(_RECORDS.format(id=row.lastrowid))
        return self._known_tables(topic)

    def _table(self, topic: str, partition: int) -> int:
        tables = self._partition_tables(topic)
        if not 0 <= partition < len(tables):
            raise LogError(f"{self._file.path} has no partition {partition} of {topic}, "
                           f"only 0 to {len(tables) - 1}")
        return tables[partition]

    def _bounds(self, table: int) -> tuple[int, int]:
        first, after = self._file.query("SELECT first, next FROM partition WHERE id = ?", table)[0]
        return first, after

    def append(self, topic: str, records: Sequence[NewRecord]) -> None:
        """One transaction: after an error (LogFull, LogError) none of the records is in the log."""
        if not records:
            return
        tables = self._partition_tables(topic)
        self._expire_when_due()
        shares: dict[int, list[NewRecord]] = defaultdict(list)
        for record in records:
            shares[tables[partition_of(record.key, len(tables))]].append(record)
        now = milliseconds(self._clock())
        with self._file.transaction(f"append {len(records):,} records of {topic} to") as connection:
            for table, share in shares.items():
                self._append_share(connection, table, share, now)

    @staticmethod
    def _append_share(connection: sqlite3.Connection, table: int, share: list[NewRecord], now: int) -> None:
        offset, newest = connection.execute("SELECT next, newest FROM partition WHERE id = ?",
                                            (table,)).fetchone()
        rows = []
        for offset, record in enumerate(share, offset):  # noqa: B020 - goes on from the stored one
            timestamp = now if record.timestamp is None else milliseconds(record.timestamp)
            newest = max(newest, timestamp)
            rows.append((offset, timestamp, newest, now, record.key, pack_headers(record.headers),
                         record.value))
        connection.executemany(f"INSERT INTO records_{table} VALUES (?, ?, ?, ?, ?, ?, ?)", rows)  # noqa: S608
        connection.execute("UPDATE partition SET next = ?, newest = ? WHERE id = ?",
                           (offset + 1, newest, table))

    def read(self, topic: str, partition: int, offset: int, limit: int = 500,
             wait: float = 0.0, sure: bool = True) -> list[Record]:
        """Always sure. A waiting reader looks every 10 ms whether any process has committed, then reads again."""
        sql = (f"SELECT offset, key, value, headers, timestamp FROM records_{self._table(topic, partition)} "  # noqa: S608
               "WHERE offset >= ? ORDER BY offset LIMIT ?")
        until = time.monotonic() + wait
        while True:
            seen = self._file.query("PRAGMA data_version")
            rows = self._file.query(sql, min(offset, _LARGEST), max(limit, 0))
            if rows or not self._changed(seen, until):
                return [Record(topic, partition, at, key, value, unpack_headers(headers), timestamp / 1000)
                        for at, key, value, headers, timestamp in rows]

    def _changed(self, seen: list[Any], until: float) -> bool:
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_EVERY))
            if self._file.query("PRAGMA data_version") != seen:
                return True
        return False

    def partitions(self, topic: str) -> int:
        """Fixed when the topic is created, whatever the options say later: a key must keep its partition."""
        return len(self._partition_tables(topic))

    def beginning(self, topic: str, partition: int) -> int:
        """See ``Log``."""
        return self._bounds(self._table(topic, partition))[0]

    def end(self, topic: str, partition: int) -> int:
        """See ``Log``."""
        return self._bounds(self._table(topic, partition))[1]

    def offset_at(self, topic: str, partition: int, timestamp: float) -> int:
        """By halves; only where a removed record was newer, the first ones left are looked through."""
        table = self._table(topic, partition)
        first, end = self._bounds(table)
        wanted, low, high = milliseconds(timestamp), first, end
        while low < high:
            middle = (low + high) // 2
            found = self._file.query(f"SELECT newest FROM records_{table} WHERE offset = ?", middle)  # noqa: S608
            if not found or found[0][0] < wanted:  # not found: retention has just removed it
                low = middle + 1
            else:
                high = middle
        rows = self._file.query(f"SELECT offset FROM records_{table} WHERE offset >= ? AND timestamp >= ? "  # noqa: S608
                           "ORDER BY offset LIMIT 1", low, wanted)
        return int(rows[0][0]) if rows else end

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """See ``Log``."""
        return dict(self._file.query("SELECT number, next FROM committed WHERE consumers = ? AND topic = ?",
                                group, topic))

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """See ``Log``. Lower offsets than before are stored too: that is how a group reads again."""
        for partition in offsets:
            self._table(topic, partition)
        if offsets:
            with self._file.transaction(f"commit {group}'s offsets to") as connection:
                connection.executemany("INSERT OR REPLACE INTO committed VALUES (?, ?, ?, ?)",
                                       [(group, topic, *item) for item in offsets.items()])

    def forget(self, group: str) -> None:
        """Drop all of a group's offsets, so that it no longer keeps records from retention."""
        with self._file.transaction(f"forget {group} in") as connection:
            connection.execute("DELETE FROM committed WHERE consumers = ?", (group,))

    def expire(self, now: float, at_most: int | None = None) -> int:
        """Remove what is past its age at ``now`` (Unix seconds) and read by all groups; says how many.

        Appending does so by itself every few minutes. ``at_most`` bounds the records looked at.
        """
        cutoff = milliseconds(now - self._options.retention_hours * 3600)
        total = 0
        for table, topic, number in self._file.query("SELECT id, topic, number FROM partition"):
            while at_most is None or total < at_most:
                removed = self._expire_chunk(table, topic, number, cutoff)
                total += removed
                if removed < CHUNK:
                    break
        return total

    def _expire_chunk(self, table: int, topic: str, number: int, cutoff: int) -> int:
        with self._file.transaction("remove old records from") as connection:
            first, end = self._bounds(table)
            stop = min(end, first + CHUNK)
            young = self._file.query(f"SELECT offset FROM records_{table} WHERE offset < ? AND appended >= ? "  # noqa: S608
                                "ORDER BY offset LIMIT 1", stop, cutoff)
            unread = self._file.query(_UNREAD, topic, number)[0][0]
            stop = min([stop, *(row[0] for row in young), *([] if unread is None else [unread])])
            if stop > first:
                connection.execute(f"DELETE FROM records_{table} WHERE offset < ?", (stop,))  # noqa: S608
                connection.execute("UPDATE partition SET first = ? WHERE id = ?", (stop, table))
            return int(max(stop - first, 0))

    def _expire_when_due(self) -> None:
        now = self._clock()
        if now >= self._next_expiry:
            most = 10 * CHUNK  # an append must not stand still for a backlog: the next one goes on with it
            with suppress(LogFull):  # the append that follows says so itself
                self._next_expiry = now + (EXPIRE_EVERY if self.expire(now, most) < most else 0.0)

    def close(self) -> None:
        """See ``Log``; may be called from any thread."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()
