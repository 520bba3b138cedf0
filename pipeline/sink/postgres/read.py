"""Looking into the PostgreSQL sink: sessions that cannot write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from pipeline.errors import SinkAbsent
from pipeline.records import JsonObject
from pipeline.sink.postgres.address import Address, parse_address
from pipeline.sink.postgres.connect import READING, Connection, connect, explained
from pipeline.sink.postgres.holdable import storable_text
from pipeline.sink.postgres.words import negative, positive
from pipeline.sink.read import FOUND, TABLES, State, Totals, Wanted, restored

MOST_RANKED = 5_000
"""A rank reads an article's words from disk; of a query that finds more, the newest are ranked."""
_PAGE = 500
_ISO = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
_COLUMNS = ", ".join(_ISO.format(name) if name == "event_time" else name for name in FOUND)
_WEIGHTS = "'{0.1, 0.1, 0.25, 1.0}'"  # of D, C, B, A: forms, nothing, text, title; as bm25(4, 1, 0.4) for SQLite
_TOTALS = ("SELECT count(*), count(duplicate_kind), count(DISTINCT story_id), count(DISTINCT language), "
           "(SELECT count(*) FROM alerts) FROM articles WHERE latest")


@contextmanager
def reading_postgres(url: str) -> Iterator[PostgresReading]:
    """The PostgreSQL sink, opened for reading. Raises SinkAbsent, SinkError, WrongUsage."""
    with read_only(url) as (address, connection):
        yield PostgresReading(address, connection)


@contextmanager
def read_only(url: str) -> Iterator[tuple[Address, Connection]]:
    """A connection that cannot write, to a schema that holds something. Raises SinkAbsent, SinkError, WrongUsage."""
    address = parse_address(url)
    with explained(address):
        connection = connect(address, "newsbeam", READING)
        try:
            [(there,)] = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (f'"{address.schema}".articles',))
            if not there:
                raise SinkAbsent(f"{address.place} holds nothing yet; run `newsbeam up` or `newsbeam sink` first")
            yield address, connection
        finally:
            connection.close()


class PostgresReading:
    """``Reading`` of the PostgreSQL sink; ranks are ``-ts_rank`` with the length taken off."""

    def __init__(self, address: Address, connection: Connection) -> None:
        self._address = address
        self._connection = connection

    def find(self, wanted: Wanted) -> list[tuple[Any, ...]]:
        """The best articles, best first."""
        statement, values = _statement(wanted)
        return self._connection.execute(statement.encode(), values).fetchall()

    def records(self, since: str | None, all_revisions: bool) -> Iterator[JsonObject]:
        """The records as on the topic, page by page from a cursor of the server."""
        conditions = ["true" if all_revisions else "latest", *(["event_time >= %(since)s"] if since else [])]
        with self._connection.transaction(), self._connection.cursor("records") as cursor:
            cursor.itersize = _PAGE
            cursor.execute(f"SELECT record::text, story_id, title, summary, text FROM articles "  # noqa: S608
                           f"WHERE {' AND '.join(conditions)} ORDER BY id".encode(), {"since": since})
            for record, story_id, *long in cursor:
                yield restored(record, story_id, long)

    def state(self, alerts: int) -> State:
        """The sink's contents."""
        counts = {}
        for table in TABLES:  # ``revisions`` has a row for each article, and short ones
            counted = sql.Identifier("revisions" if table == "articles" else table)
            [(counts[table],)] = self._connection.execute(sql.SQL("SELECT count(*) FROM {}").format(counted))
        with self._connection.cursor(row_factory=dict_row) as cursor:
            letters = cursor.execute(
                f"SELECT stage, reason, count(*), {_ISO.format('max(at)')} AS last FROM dead_letters "  # noqa: S608
                "GROUP BY stage, reason ORDER BY count(*) DESC".encode()).fetchall()
            newest = cursor.execute(
                f"SELECT {_ISO.format('started_at')} AS started_at, topic, kind, event, observed, expected, score "  # noqa: S608
                "FROM alerts ORDER BY alerts.started_at DESC LIMIT %s".encode(), (alerts,)).fetchall()
        return State(counts, tuple(letters), tuple(newest))

    def totals(self) -> Totals:
        """The figures of the live screen."""
        row = self._connection.execute(_TOTALS).fetchone()
        return Totals() if row is None else Totals._make(row)


def _statement(wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """Matches are found by the index, the newest of them ranked, the long rows of the best ones read."""
    wants, refuses = positive(wanted.query), negative(wanted.query)
    conditions = {
        "words @@ %(wants)s::tsquery": wants, "NOT words @@ %(refuses)s::tsquery": refuses,
        "language = %(language)s": wanted.language, "event_time >= %(since)s": wanted.since,
        "story_id = %(story)s": wanted.story,
        "EXISTS (SELECT FROM mentions WHERE article = articles.id AND mentions.event_time = articles.event_time "
        "AND entity_id = %(entity)s AND mentions.latest)": wanted.entity}
    where = " AND ".join(["latest", *(condition for condition, value in conditions.items() if value is not None)])
    values = {name: None if value is None else storable_text(value) for name, value in (
        ("wants", wants), ("refuses", refuses), ("language", wanted.language), ("since", wanted.since),
        ("story", wanted.story), ("entity", wanted.entity))} | {"limit": wanted.limit, "ranked": MOST_RANKED}
    if wants is None:
        return (f"SELECT {_COLUMNS}, 0.0::float8 FROM articles WHERE {where} "  # noqa: S608 - our own conditions
                "ORDER BY articles.event_time DESC, id DESC LIMIT %(limit)s", values)
    return (f"WITH found AS MATERIALIZED (SELECT id, event_time FROM articles WHERE {where} "  # noqa: S608
            "ORDER BY event_time DESC LIMIT %(ranked)s), "
            "best AS MATERIALIZED (SELECT id, articles.event_time, "
            f"-ts_rank({_WEIGHTS}, words, %(wants)s::tsquery, 1)::float8 AS rank "
            "FROM found JOIN articles USING (id, event_time) ORDER BY rank, event_time DESC LIMIT %(limit)s) "
            f"SELECT {_COLUMNS.replace('event_time', 'articles.event_time')}, rank "
            "FROM best JOIN articles USING (id, event_time) ORDER BY rank, articles.event_time DESC", values)
