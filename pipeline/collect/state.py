"""What the collector remembers between polls and runs: one SQLite file.

Saved only after the log holds what it speaks of: a crash in between publishes an entry again, under the
same id and revision, and never loses one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.errors import NewsbeamError

KEPT = 30 * 86_400.0
"""Seconds that an entry is remembered after it left its feed; feeds show old entries again after weeks."""
FORGOTTEN = 90 * 86_400.0
"""Seconds after which a feed that is no longer polled is forgotten."""


@dataclass(slots=True)
class FeedState:
    """One feed's past. Times are Unix seconds, None for never.

    ``status`` is new, ok, failing or gone; ``reason`` and ``explanation`` say why it fails, ``warning`` what
    is wrong with a feed that works. ``whole_at`` is when the server last sent a whole document,
    ``parsed_at`` when that was last a new one.
    """

    feed_id: str
    url: str = ""
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    next_attempt: float = 0.0
    status: str = "new"
    reason: str = ""
    explanation: str = ""
    warning: str = ""
    failures: int = 0
    polled_at: float | None = None
    ok_at: float | None = None
    whole_at: float | None = None
    parsed_at: float | None = None
    new_at: float | None = None
    polls: int = 0
    unchanged: int = 0
    errors: int = 0
    published: int = 0
    title: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """An entry as this feed last showed it."""

    entry_id: str
    article_id: str
    content: str


@dataclass(frozen=True, slots=True)
class Published:
    """An article as it was last published; ``owner`` is the feed that makes its revisions."""

    article_id: str
    owner: str
    content: str
    revision: int
    at: float


_COLUMNS = tuple(field.name for field in fields(FeedState))
_TEXTS = frozenset(field.name for field in fields(FeedState) if field.type == "str")
_VERSION = 1
_FEED_COLUMNS = ", ".join(f"{name} {'TEXT NOT NULL' if name in _TEXTS else 'NUMERIC'}" for name in _COLUMNS)
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS feeds ({_FEED_COLUMNS}, PRIMARY KEY (feed_id));
CREATE TABLE IF NOT EXISTS entries (
    feed_id TEXT NOT NULL, entry_id TEXT NOT NULL, article_id TEXT NOT NULL, content TEXT NOT NULL,
    seen REAL NOT NULL, PRIMARY KEY (feed_id, entry_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS articles (
    article_id TEXT PRIMARY KEY, owner TEXT NOT NULL, content TEXT NOT NULL, revision INTEGER NOT NULL,
    at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_of_article ON entries (article_id);
PRAGMA user_version = {_VERSION};
"""
_SAVE_FEED = (f"INSERT OR REPLACE INTO feeds ({', '.join(_COLUMNS)}) "  # noqa: S608 - names of our own fields
              f"VALUES ({', '.join('?' * len(_COLUMNS))})")
_CHUNK = 500


class CollectState:
    """Belongs to one thread. Raises NewsbeamError where the file cannot be opened, sqlite3.Error where it
    cannot be used later (a full disk, say)."""

    def __init__(self, path: str | Path) -> None:
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=30.0, isolation_level=None)
            self._prepare(path)
        except (sqlite3.Error, OSError) as error:
            raise NewsbeamError(f"{path}: the collector's state cannot be opened: {error}; moved away, it starts "
                                "afresh, and what feeds still show is published again under the same ids") from None

    def _prepare(self, path: str | Path) -> None:
        # NORMAL: power loss may take back the last polls, never break the file; they are polled again.
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise NewsbeamError(f"{path}: written by a newer newsbeam (format {version}, this one knows {_VERSION}); "
                                "upgrade, or choose another data folder")
        if version < _VERSION:
            self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Idempotent."""
        self._db.close()

    def feeds(self) -> dict[str, FeedState]:
        """All feeds that were ever polled, by id."""
        rows = self._db.execute(f"SELECT {', '.join(_COLUMNS)} FROM feeds")  # noqa: S608 - our own names
        return {row[0]: FeedState(*row) for row in rows}

    def known(self, feed_id: str, entry_ids: Sequence[str]) -> dict[str, Known]:
        """Of these entries of a feed those seen before, by entry id."""
        found = self._chosen("SELECT entry_id, article_id, content FROM entries "
                             "WHERE feed_id = ? AND entry_id", entry_ids, feed_id)
        return {row[0]: Known(*row) for row in found}

    def articles(self, article_ids: Sequence[str]) -> dict[str, Published]:
        """Of these articles those published before, by article id."""
        found = self._chosen("SELECT article_id, owner, content, revision, at FROM articles WHERE article_id",
                             article_ids)
        return {row[0]: Published(*row) for row in found}

    def save(self, feed: FeedState, seen: Iterable[Known] = (), published: Iterable[Published] = (),
             at: float = 0.0) -> None:
        """A feed's poll in one transaction: its state, the entries it showed, the articles published."""
        with self._transaction():
            self._db.execute(_SAVE_FEED, astuple(feed))
            self._db.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)", (
                (feed.feed_id, entry.entry_id, entry.article_id, entry.content, at) for entry in seen))
            self._db.executemany("INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?)",
                                 map(astuple, published))

    def prune(self, now: float) -> int:
        """Forget feeds long unpolled and entries long gone from their feed; how many entries that were.

        What a feed still showed when it was last read stays, however long it shows it.
        """
        with self._transaction():
            self._db.execute("DELETE FROM feeds WHERE polled_at < ?", (now - FORGOTTEN,))
            gone = self._db.execute(
                "DELETE FROM entries WHERE seen < ? AND seen < coalesce((SELECT parsed_at FROM feeds "
                "WHERE feeds.feed_id = entries.feed_id), 9e18)", (now - KEPT,)).rowcount
            self._db.execute("DELETE FROM articles WHERE at < ? AND article_id NOT IN "
                             "(SELECT article_id FROM entries)", (now - KEPT,))
        return gone

    def _chosen(self, query: str, chosen: Sequence[str], *first: str) -> list[tuple[Any, ...]]:
        """``query`` for the chosen ids, in chunks: SQLite limits the variables of one statement."""
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(chosen), _CHUNK):
            chunk = chosen[start:start + _CHUNK]
            marks = ", ".join("?" * len(chunk))
            rows += self._db.execute(f"{query} IN ({marks})", (*first, *chunk))
        return rows

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)


class _Transaction:
    """BEGIN IMMEDIATE … COMMIT; anything raised inside takes all of it back."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None:
            self._db.execute("COMMIT")
        elif self._db.in_transaction:
            self._db.execute("ROLLBACK")
