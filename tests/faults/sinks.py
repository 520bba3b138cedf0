"""Looking into a sink from outside: what it holds, how far it is. Reads only, with the database's own client."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import psycopg

from tests.faults.account import Stored

_ROWS = "SELECT url, revision FROM articles"
_TWICE = ("SELECT count(*) FROM (SELECT 1 FROM articles GROUP BY raw_topic, raw_partition, raw_offset "
          "HAVING count(*) > 1) AS repeated")
_LETTERS = "SELECT trace_id FROM dead_letters"
_OFFSETS = "SELECT topic, partition, next_offset FROM offsets"
_ENDS = "SELECT (SELECT count(*) FROM articles) + (SELECT count(*) FROM dead_letters)"


class View(Protocol):
    """A sink seen from outside. Methods raise OSError while it is away."""

    def ask(self, query: str) -> Sequence[tuple[Any, ...]]: ...


class SqliteView:
    """The SQLite sink's file; before the sink has made it, it is away."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def ask(self, query: str) -> Sequence[tuple[Any, ...]]:
        """The rows of a query."""
        try:
            db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=1)
            try:
                return db.execute(query).fetchall()
            finally:
                db.close()
        except sqlite3.Error as error:
            raise OSError(str(error)) from error


class PostgresView:
    """The PostgreSQL sink's tables."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, query: str) -> Sequence[tuple[Any, ...]]:
        """The rows of a query."""
        try:
            with psycopg.connect(self.url, autocommit=True, connect_timeout=2,
                                 options="-c search_path=newsbeam") as connection:
                return connection.execute(query).fetchall()
        except psycopg.Error as error:
            raise OSError(str(error)) from error


def view_of(url: str) -> View:
    """A view of the sink with this address."""
    if url.startswith("postgresql://"):
        return PostgresView(url)
    return SqliteView(Path(url.removeprefix("sqlite:///")))


def stored(view: View) -> Stored:
    """What the sink holds."""
    articles = Counter((url, revision) for url, revision in view.ask(_ROWS))
    return Stored(articles, frozenset(trace for trace, in view.ask(_LETTERS)), view.ask(_TWICE)[0][0])


def rows(view: View) -> int:
    """How many records have ended in the sink."""
    return int(view.ask(_ENDS)[0][0])


def offsets(view: View) -> dict[tuple[str, int], int]:
    """Per partition the next offset that the sink will store."""
    return {(topic, partition): offset for topic, partition, offset in view.ask(_OFFSETS)}
