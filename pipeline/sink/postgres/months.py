"""Months as partitions: made when the first article of a month comes, dropped by whoever wants the space."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import sql

from pipeline.sink.postgres.connect import Connection

TABLES = ("articles", "mentions")


def months_of(times: Iterable[str]) -> set[str]:
    """The months (``2025-11``) of ISO 8601 times in UTC."""
    return {time[:7] for time in times}


class Months:
    """The partitions that are there, remembered between batches."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def forget(self) -> None:
        """Look again: after a failure, or when somebody else may have dropped one."""
        self._known.clear()

    def ensure(self, connection: Connection, wanted: set[str]) -> None:
        """Make the partitions of these months that are missing. Raises psycopg.Error."""
        if wanted <= self._known:
            return
        there = _there(connection)
        for month in sorted(wanted):
            for table in TABLES:
                if f"{table}_{month.replace('-', '_')}" not in there:
                    _make(connection, table, month)
        self._known |= wanted


def _there(connection: Connection) -> set[str]:
    rows = connection.execute("SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
                              "WHERE inhparent IN ('articles'::regclass, 'mentions'::regclass)")
    return {name for name, in rows}


def _make(connection: Connection, table: str, month: str) -> None:
    """Made apart, then attached: ``CREATE … PARTITION OF`` would wait for, and hold up, every reader of the table."""
    year, number = map(int, month.split("-"))
    after = f"{year + number // 12:04d}-{number % 12 + 1:02d}"
    names = {"parent": sql.Identifier(table), "part": sql.Identifier(f"{table}_{month.replace('-', '_')}"),
             "start": f"{month}-01T00:00:00Z", "end": f"{after}-01T00:00:00Z"}
    with connection.transaction():
        connection.execute(sql.SQL("CREATE TABLE {part} (LIKE {parent} INCLUDING ALL)").format(**names))
        connection.execute(sql.SQL("ALTER TABLE {parent} ATTACH PARTITION {part} FOR VALUES FROM ({start}) TO ({end})")
                           .format(**names))
