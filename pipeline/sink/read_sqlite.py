"""Looking into the SQLite sink."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.errors import SinkAbsent
from pipeline.records import JsonObject
from pipeline.sink.read import FOUND, TABLES, State, Totals, Wanted, restored
from pipeline.sink.rows import LONG
from pipeline.sink.sqlite import sink_error

_COLUMNS = ", ".join(FOUND)
_TOTALS = ("SELECT count(*), count(duplicate_kind), count(DISTINCT story_id), count(DISTINCT language), "
           "(SELECT count(*) FROM alerts) FROM articles WHERE latest = 1")


@contextmanager
def read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """The sink's file, opened so that nothing can be changed. Raises SinkError."""
    if not path.is_file():
        raise SinkAbsent(f"{path} does not exist yet; run `newsbeam up` or `newsbeam sink` first")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)
        try:
            connection.execute("PRAGMA cache_size = -65536")
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise sink_error(path, error) from error


@contextmanager
def reading_sqlite(path: Path) -> Iterator[SqliteReading]:
    """The SQLite sink, opened for reading."""
    with read_only(path) as connection:
        yield SqliteReading(connection)


class SqliteReading:
    """``Reading`` of the SQLite sink; ranks are BM25 as SQLite gives it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, wanted: Wanted) -> list[tuple[Any, ...]]:
        """The best articles, best first."""
        statement, values = _statement(wanted)
        return self._connection.execute(statement, values).fetchall()

    def records(self, since: str | None, all_revisions: bool) -> Iterator[JsonObject]:
        """The records as on the topic."""
        conditions = (["latest = 1"] if not all_revisions else []) + (["event_time >= ?"] if since else [])
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        rows = self._connection.execute(
            f"SELECT record, story_id, {', '.join(LONG)} FROM articles {where} ORDER BY id",  # noqa: S608
            [since] if since else [])
        for record, story_id, *long in rows:
            yield restored(record, story_id, long)

    def state(self, alerts: int) -> State:
        """The sink's contents."""
        self._connection.row_factory = sqlite3.Row
        ask = self._connection.execute
        counts = {table: ask(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}  # noqa: S608
        letters = ask("SELECT stage, reason, count(*) AS count, max(at) AS last FROM dead_letters "
                      "GROUP BY stage, reason ORDER BY count DESC").fetchall()
        newest = ask("SELECT started_at, topic, kind, event, observed, expected, score FROM alerts "
                     "ORDER BY started_at DESC LIMIT ?", (alerts,)).fetchall()
        return State(counts, tuple(map(dict, letters)), tuple(map(dict, newest)))

    def totals(self) -> Totals:
        """The figures of the live screen."""
        return Totals._make(self._connection.execute(_TOTALS).fetchone())


def _statement(wanted: Wanted) -> tuple[str, list[str | int]]:
    """Ids are filtered and ranked before the long rows are read."""
    query = wanted.query
    conditions = {
        "latest = ?": 1, "language = ?": wanted.language, "event_time >= ?": wanted.since,
        "story_id = ?": wanted.story,
        "id IN (SELECT article FROM mentions WHERE entity_id = ? AND latest = 1)": wanted.entity}
    if query.positive is None:
        conditions["id NOT IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?)"] = query.negative
    used = {condition: value for condition, value in conditions.items() if value is not None}
    where, values = " AND ".join(used), list(used.values())
    if query.positive is None:
        return (f"SELECT {_COLUMNS}, 0.0 FROM articles WHERE {where} "  # noqa: S608 - our own conditions
                "ORDER BY event_time DESC LIMIT ?", [*values, wanted.limit])
    match = f"({query.positive}) NOT ({query.negative})" if query.negative else query.positive
    # The plus keeps SQLite from asking the full-text index once for each id that passes the filters.
    filtered = f" AND +rowid IN (SELECT id FROM articles WHERE {where})" if len(used) > 1 else ""  # noqa: S608
    ranked = ("SELECT rowid, rank AS score FROM articles_fts "  # noqa: S608
              f"WHERE articles_fts MATCH ?{filtered} ORDER BY rank LIMIT ?")
    return (f"SELECT {_COLUMNS}, score FROM ({ranked}) AS found "  # noqa: S608
            "JOIN articles ON articles.id = found.rowid ORDER BY score, event_time DESC",
            [match, *(values if filtered else []), wanted.limit])
