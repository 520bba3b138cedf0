"""What people want of single feeds while the collector runs: rest, go on, ask again now.

A table beside the collector's state, in its file: the commands write it, the collector reads it. Both may
run at once, for each access is one short transaction (SQLite's WAL).
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import NewsbeamError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS wishes (
    feed_id TEXT PRIMARY KEY, disabled_at REAL, retry_at REAL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """``disabled_at``: since when the feed rests (Unix seconds), None if it does not. ``retry_at``: when
    somebody asked for a poll that was not made yet, None if nobody did."""

    feed_id: str
    disabled_at: float | None = None
    retry_at: float | None = None


class Wishes:
    """Belongs to one thread. Raises NewsbeamError where the file cannot be opened, sqlite3.Error later.

    The collector calls ``news`` every second or two (it costs microseconds where nobody wrote), takes
    disabled feeds out of its queue and puts others back, makes those with ``retry_at`` due now with their
    failures forgotten, and then calls ``granted``.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=30.0, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise NewsbeamError(f"{path}: the collector's state cannot be opened: {error}; is this the data folder "
                                "(--data) of a newsbeam, and may you write there?") from None
        self._seen = -1

    def close(self) -> None:
        """Idempotent."""
        self._db.close()

    def news(self) -> dict[str, Wish] | None:
        """All wishes if another connection wrote to the file since the last call, else None; at first all."""
        version = int(self._db.execute("PRAGMA data_version").fetchone()[0])
        if version == self._seen:
            return None
        self._seen = version
        return self.all()

    def all(self) -> dict[str, Wish]:
        """Every wish there is, by feed id."""
        rows = self._db.execute("SELECT feed_id, disabled_at, retry_at FROM wishes")
        return {row[0]: Wish(*row) for row in rows}

    def disable(self, feed_id: str, now: float) -> None:
        """Let the feed rest until it is enabled again; the first moment counts."""
        self._db.execute("INSERT INTO wishes VALUES (?, ?, NULL) ON CONFLICT (feed_id) DO UPDATE SET "
                         "disabled_at = coalesce(disabled_at, excluded.disabled_at), retry_at = NULL", (feed_id, now))

    def enable(self, feed_id: str) -> None:
        """Take back ``disable``."""
        self._db.execute("UPDATE wishes SET disabled_at = NULL WHERE feed_id = ?", (feed_id,))
        self._db.execute("DELETE FROM wishes WHERE disabled_at IS NULL AND retry_at IS NULL")

    def retry(self, feed_id: str, now: float) -> None:
        """Have the feed asked as soon as its site's budget allows, whatever happened before."""
        self._db.execute("INSERT INTO wishes VALUES (?, NULL, ?) ON CONFLICT (feed_id) DO UPDATE SET "
                         "retry_at = excluded.retry_at", (feed_id, now))

    def granted(self, wish: Wish) -> None:
        """The collector has put ``wish.retry_at`` into its queue; a wish made since stays."""
        self._db.execute("UPDATE wishes SET retry_at = NULL WHERE feed_id = ? AND retry_at = ?",
                         (wish.feed_id, wish.retry_at))
        self._db.execute("DELETE FROM wishes WHERE disabled_at IS NULL AND retry_at IS NULL")
