"""The collector's state as a file: its tables, how older files come to them, one transaction for many polls."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType

from pipeline.errors import NewsbeamError

VERSION = 2
_TABLES = (
    "CREATE TABLE IF NOT EXISTS entries (feed_id TEXT NOT NULL, entry_id TEXT NOT NULL, article_id TEXT NOT NULL, "
    "content TEXT NOT NULL, seen REAL NOT NULL, page INTEGER NOT NULL DEFAULT 0, "
    "PRIMARY KEY (feed_id, entry_id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS articles (article_id TEXT PRIMARY KEY, owner TEXT NOT NULL, content TEXT NOT NULL, "
    "revision INTEGER NOT NULL, at REAL NOT NULL, title TEXT NOT NULL DEFAULT '', updated INTEGER, "
    "quiet INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS entries_of_article ON entries (article_id)",
    "CREATE TABLE IF NOT EXISTS attempts (feed_id TEXT NOT NULL, slot INTEGER NOT NULL, at REAL NOT NULL, "
    "reason TEXT NOT NULL, status INTEGER NOT NULL, size INTEGER NOT NULL, seconds REAL NOT NULL, "
    "new INTEGER NOT NULL, revised INTEGER NOT NULL, PRIMARY KEY (feed_id, slot)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS holds (name TEXT PRIMARY KEY, until REAL NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID",
)
_ADDED = {
    "entries": {"page": "INTEGER NOT NULL DEFAULT 0"},
    "articles": {"title": "TEXT NOT NULL DEFAULT ''", "updated": "INTEGER", "quiet": "INTEGER NOT NULL DEFAULT 0"},
}


def open_state(path: str | Path, feed_columns: dict[str, str]) -> sqlite3.Connection:
    """The file, with today's tables; one of an older format is brought up, and keeps what it knows.

    ``feed_columns`` are the columns of ``feeds`` with their types, the first one its key. Raises NewsbeamError.
    """
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, timeout=30.0, isolation_level=None)
        # NORMAL: power loss may take back the last polls, never break the file; they are polled again.
        db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
        _prepare(db, path, feed_columns)
        return db
    except (sqlite3.Error, OSError) as error:
        raise NewsbeamError(f"{path}: the collector's state cannot be opened: {error}; moved away, it starts "
                            "afresh, and what feeds still show is published again under the same ids") from None


def _prepare(db: sqlite3.Connection, path: str | Path, feed_columns: dict[str, str]) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        db.close()
        raise NewsbeamError(f"{path}: written by a newer newsbeam (format {version}, this one knows {VERSION}); "
                            "upgrade, or choose another data folder")
    if version == VERSION and _columns(db, "feeds") >= set(feed_columns):
        return
    with Transaction(db):
        first = next(iter(feed_columns))
        listed = ", ".join(f"{name} {kind}" for name, kind in feed_columns.items())
        db.execute(f"CREATE TABLE IF NOT EXISTS feeds ({listed}, PRIMARY KEY ({first}))")
        for statement in _TABLES:
            db.execute(statement)
        for table, wanted in {"feeds": feed_columns, **_ADDED}.items():
            there = _columns(db, table)
            for name, kind in wanted.items():
                if name not in there:
                    db.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
        db.execute(f"PRAGMA user_version = {VERSION}")


def _columns(db: sqlite3.Connection, table: str) -> set[str]:
    return {row[1] for row in db.execute(f"PRAGMA table_info({table})")}


class Transaction:
    """BEGIN IMMEDIATE … COMMIT; anything raised inside takes all of it back. Inside another one, part of that."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._inner = False

    def __enter__(self) -> None:
        self._inner = self._db.in_transaction
        if not self._inner:
            self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._inner:
            return
        if kind is None:
            self._db.execute("COMMIT")
        elif self._db.in_transaction:
            self._db.execute("ROLLBACK")
