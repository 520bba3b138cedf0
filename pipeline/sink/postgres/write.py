"""The PostgreSQL sink: rows and offsets in one transaction, on one connection that comes back by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import psycopg
from psycopg import sql

from pipeline.errors import SinkBusy
from pipeline.log import Record
from pipeline.sink import Counts, Offsets
from pipeline.sink.batch import Batch, missed_row, read_batch, unreadable_row
from pipeline.sink.postgres.address import parse_address
from pipeline.sink.postgres.connect import REFUSED_VALUE, WRITING, Connection, connect, explained
from pipeline.sink.postgres.holdable import check_identifiers, holdable
from pipeline.sink.postgres.months import Months, months_of
from pipeline.sink.postgres.schema import lock_key, migrate
from pipeline.sink.postgres.store_articles import store_articles
from pipeline.sink.postgres.words import keep_in_step
from pipeline.sink.rows import Row, moment

_KEYS = {"alerts": ("alert_id",), "dead_letters": ("raw_topic", "raw_partition", "raw_offset"),
         "sources": ("feed_id",), "unreadable": ("topic", "partition", "offset")}


class PostgresSink:
    """Each record is there exactly once, whatever was killed when: sink, server or the connection between.

    ``url`` is read by ``parse_address``; the schema is made if absent; ``clock`` gives Unix seconds for
    ``stored_at``. One sink writes to a schema: it holds an advisory lock, and a second one is SinkBusy until the
    first is gone, so that it can wait as a stand-by. A lost connection is SinkBusy too; the next call opens it
    again. Raises WrongUsage, SinkError.
    """

    name = "postgresql"

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._address = parse_address(url)
        self._clock = clock
        self._months = Months()
        self._connection: Connection | None = None
        self._closed = False
        with explained(self._address):
            self._connected()

    def _connected(self) -> Connection:
        """The connection, opened again if it was lost."""
        if self._connection is not None and not self._connection.closed:
            return self._connection
        if self._closed:
            raise SinkBusy(f"{self._address.place}: this sink was closed; open a new one")
        self._months.forget()
        connection = connect(self._address, "newsbeam sink", WRITING)
        try:
            self._take(connection)
            migrate(self._address, connection)
            keep_in_step(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _take(self, connection: Connection) -> None:
        """Become the one writer. The lock ends with the connection."""
        key = lock_key(self._address.schema)
        [(ours,)] = connection.execute(f"SELECT pg_try_advisory_lock({key})".encode())
        if not ours:
            holder = connection.execute(
                "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "  # noqa: S608
                f"AND ((classid::bigint << 32) | objid::bigint) = {key}".encode()).fetchone()
            who = f"process {holder[0]} of the server" if holder else "another connection"
            raise SinkBusy(f"{self._address.place} has a writer already ({who}); stop that sink, or leave this one "
                           "waiting to take over")

    def offsets(self) -> Offsets:
        """Per (topic, partition) the next offset to store."""
        with explained(self._address):
            rows = self._connected().execute("SELECT topic, partition, next_offset FROM offsets").fetchall()
        return {(topic, partition): offset for topic, partition, offset in rows}

    def write(self, records: Sequence[Record]) -> Counts:
        """Store the records and the offsets after them in one transaction."""
        if not records:
            return Counts()
        batch = read_batch(records, self._clock(), check_identifiers)
        with explained(self._address):
            connection = self._connected()
            try:
                self._months.ensure(connection, months_of(article.row["event_time"] for article in batch.articles))
                with connection.transaction():
                    self._store(connection, batch)
                    self._advance(connection, batch.offsets)
            except REFUSED_VALUE:
                self._months.forget()
                batch = self._store_each(connection, records)
            except psycopg.Error:
                self._months.forget()
                raise
        return batch.counts

    def _store_each(self, connection: Connection, records: Sequence[Record]) -> Batch:
        """One by one, still in one transaction: what PostgreSQL refuses becomes unreadable."""
        now, whole = self._clock(), Batch()
        with connection.transaction():
            for record in records:
                batch = read_batch([record], now, check_identifiers)
                try:
                    with connection.transaction():
                        self._months.ensure(connection, months_of(one.row["event_time"] for one in batch.articles))
                        self._store(connection, batch)
                except REFUSED_VALUE as error:
                    self._months.forget()
                    reason = error.diag.message_primary or type(error).__name__
                    batch = Batch(offsets=batch.offsets)
                    batch.rows["unreadable"].append(unreadable_row(record, "unstorable", reason, moment(now)))
                    self._store(connection, batch)
                whole.add(batch)
            self._advance(connection, whole.offsets)
        return whole

    def _store(self, connection: Connection, batch: Batch) -> None:
        store_articles(connection, batch.articles)
        for table, rows in batch.rows.items():
            self._replace(connection, table, [holdable(row) for row in rows])

    def _replace(self, connection: Connection, table: str, rows: list[Row]) -> None:
        if rows:
            names = list(rows[0])
            others = [name for name in names if name not in _KEYS[table]]
            statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}").format(
                sql.Identifier(table), _names(names), sql.SQL(", ").join([sql.Placeholder()] * len(names)),
                _names(_KEYS[table]), sql.SQL(", ").join(
                    sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in others))
            connection.cursor().executemany(statement, [[row[name] for name in names] for row in rows])

    def _advance(self, connection: Connection, offsets: Offsets) -> None:
        now = moment(self._clock())
        connection.cursor().executemany(
            "INSERT INTO offsets VALUES (%s, %s, %s, %s) ON CONFLICT (topic, partition) DO UPDATE "
            "SET next_offset = excluded.next_offset, stored_at = excluded.stored_at",
            [(topic, partition, offset, now) for (topic, partition), offset in offsets.items()])

    def missed(self, topic: str, partition: int, start: int, end: int) -> None:
        """Keep note of offsets that retention took before they were stored."""
        row = missed_row(topic, partition, start, end, moment(self._clock()))
        with explained(self._address):
            connection = self._connected()
            with connection.transaction():
                self._replace(connection, "unreadable", [row])

    def restart(self, topic: str, partition: int, offset: int) -> None:
        """Go on at ``offset`` of a log that was replaced."""
        with explained(self._address):
            connection = self._connected()
            with connection.transaction():
                self._advance(connection, {(topic, partition): offset})

    def close(self) -> None:
        """Give back the connection and the lock; idempotent."""
        self._closed = True
        if self._connection is not None:
            self._connection.close()

    def __enter__(self) -> PostgresSink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _names(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
