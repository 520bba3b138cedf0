"""What is remembered about sites between runs, beside the feeds' own state: robots.txt, WebSub subscriptions.

A file of its own: it is written from the event loop, which must not wait for the desk's transactions. Losing it
costs a few requests, never news.
"""

from __future__ import annotations

import sqlite3
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from pipeline.errors import NewsbeamError

FILE = "collect-web.db"
"""Its name in the data folder."""
_VERSION = 1
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS robots (
    origin TEXT PRIMARY KEY, rules TEXT, checked REAL NOT NULL, failing_since REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS subscriptions (
    feed_id TEXT PRIMARY KEY, hub TEXT NOT NULL, topic TEXT NOT NULL, path TEXT NOT NULL UNIQUE,
    secret TEXT NOT NULL, state TEXT NOT NULL, since REAL NOT NULL, lease_ends REAL, next_request REAL NOT NULL,
    failures INTEGER NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
"""


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """One origin's robots.txt. ``rules`` is None where none was ever read; ``checked`` and ``failing_since``
    are Unix seconds, the latter None while the site answers."""

    origin: str
    rules: str | None
    checked: float
    failing_since: float | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed's subscription at its hub. ``state``: pending, active, denied or ended; times in Unix seconds.

    ``path`` is the unguessable end of the callback's address, ``secret`` what the hub signs with.
    """

    feed_id: str
    hub: str
    topic: str
    path: str
    secret: str
    state: str
    since: float
    lease_ends: float | None
    next_request: float
    failures: int = 0
    reason: str = ""


class WebMemory:
    """Belongs to one thread. Raises NewsbeamError where the file cannot be opened, sqlite3.Error later."""

    def __init__(self, path: str | Path = ":memory:") -> None:
        try:
            if path != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=5.0, isolation_level=None)
            self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version > _VERSION:
                raise NewsbeamError(f"{path}: written by a newer newsbeam (format {version}, this one knows "
                                    f"{_VERSION}); upgrade, or choose another data folder")
            self._db.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise NewsbeamError(f"{path}: what is remembered about sites cannot be opened: {error}; moved away, "
                                "it starts afresh") from None

    def close(self) -> None:
        """Idempotent."""
        self._db.close()

    def robots(self, origin: str) -> RobotsFile | None:
        """What is known of an origin's robots.txt."""
        row = self._db.execute("SELECT * FROM robots WHERE origin = ?", (origin,)).fetchone()
        return RobotsFile(*row) if row else None

    def save_robots(self, found: RobotsFile) -> None:
        """Remember an origin's robots.txt."""
        self._db.execute("INSERT OR REPLACE INTO robots VALUES (?, ?, ?, ?)", astuple(found))

    def forget_robots(self, before: float) -> None:
        """Drop what was last checked before a time (Unix seconds)."""
        self._db.execute("DELETE FROM robots WHERE checked < ?", (before,))

    def subscriptions(self) -> list[Subscription]:
        """Every subscription that is wanted, or that a hub may still believe in."""
        return [Subscription(*row) for row in self._db.execute("SELECT * FROM subscriptions ORDER BY feed_id")]

    def save_subscription(self, subscription: Subscription) -> None:
        """Remember a subscription; one a feed."""
        marks = ", ".join("?" * len(fields(Subscription)))
        self._db.execute(f"INSERT OR REPLACE INTO subscriptions VALUES ({marks})",  # noqa: S608 - marks alone
                         astuple(subscription))

    def drop_subscription(self, feed_id: str) -> None:
        """Forget a subscription."""
        self._db.execute("DELETE FROM subscriptions WHERE feed_id = ?", (feed_id,))
