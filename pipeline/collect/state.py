"""What the collector remembers between polls and runs: one SQLite file.

Saved only after the log holds what it speaks of: a crash in between publishes an entry again, under the
same id and revision, and never loses one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any

from pipeline.collect.state_file import Transaction, open_state

KEPT = 30 * 86_400.0
"""Seconds that an entry is remembered after it left its feed; feeds show old entries again after weeks."""
FORGOTTEN = 90 * 86_400.0
"""Seconds after which a feed that is no longer polled is forgotten."""
SEEN_EVERY = 43_200.0
"""Seconds after which it is written down again that an entry is still in its feed."""
ATTEMPTS = 20
"""Polls of a feed that are kept in detail."""


@dataclass(slots=True)
class FeedState:
    """One feed's past. Times are Unix seconds, None for never.

    ``status`` is new, ok, failing, gone or disabled; ``reason`` and ``explanation`` say why it fails,
    ``warning`` what is wrong with a feed that works. ``whole_at`` is when the server last sent a whole document,
    ``parsed_at`` when that was last a new one, ``new_at`` when something was last published from it.
    ``failures`` counts failures in a row, ``weight`` weighs them (``schedule.weight``).

    ``interval`` is the learned time between two polls (0: none yet), ``on_time`` the good polls in a row that
    were made when they were due, ``gap`` the usual time between two entries (0: unknown), ``hinted`` the
    longest time the feed itself asks for, ``skip`` the hours and days when it does not want to be read.
    ``address`` is where it moved for good, if not ``url``; ``moved_*`` the proof of a move so far.
    ``parent`` is the sitemap index that lists it. ``pending`` counts entries whose page is tried again.
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
    weight: float = 0.0
    interval: float = 0.0
    on_time: int = 0
    gap: float = 0.0
    hinted: float = 0.0
    skip: str = ""
    address: str = ""
    moved_to: str = ""
    moved_polls: int = 0
    moved_since: float | None = None
    parent: str = ""
    pending: int = 0
    outlet: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """An entry as this feed last showed it, at ``seen``. ``page``: how often its page could not be had for now;
    0 if it was, or is not wanted."""

    entry_id: str
    article_id: str
    content: str
    seen: float = 0.0
    page: int = 0


@dataclass(frozen=True, slots=True)
class Published:
    """An article as it was last published; ``owner`` is the feed that makes its revisions.

    ``title`` is the title's hash, ``updated`` when the feed said it was changed, ``quiet`` how many revisions
    changed without a word: neither another title nor a later time.
    """

    article_id: str
    owner: str
    content: str
    revision: int
    at: float
    title: str = ""
    updated: int | None = None
    quiet: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One poll. ``reason`` is new, unchanged, 304, all-duplicates or why it failed; ``status`` HTTP's, 0 without
    an answer; ``size`` in bytes as decoded; ``seconds`` from asking to the answer; what it brought."""

    at: float
    reason: str
    status: int = 0
    size: int = 0
    seconds: float = 0.0
    new: int = 0
    revised: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """A domain or host (``name``) that is left alone ``until`` then, and why."""

    name: str
    until: float
    reason: str


_COLUMNS = tuple(field.name for field in fields(FeedState))
_KINDS = {"str": "TEXT NOT NULL DEFAULT ''", "int": "INTEGER NOT NULL DEFAULT 0", "float": "REAL NOT NULL DEFAULT 0",
          "float | None": "REAL"}
_FEED_COLUMNS = {field.name: _KINDS[str(field.type)] for field in fields(FeedState)}
_ROW = attrgetter(*_COLUMNS)
_SAVE_FEED = (f"INSERT OR REPLACE INTO feeds ({', '.join(_COLUMNS)}) "  # noqa: S608 - names of our own fields
              f"VALUES ({', '.join('?' * len(_COLUMNS))})")
_CHUNK = 500


class CollectState:
    """Belongs to one thread. Raises NewsbeamError where the file cannot be opened, sqlite3.Error where it
    cannot be used later (a full disk, say)."""

    def __init__(self, path: str | Path) -> None:
        self._db = open_state(path, _FEED_COLUMNS)

    def close(self) -> None:
        """Idempotent."""
        self._db.close()

    def together(self) -> Transaction:
        """``with state.together():`` everything inside is saved at once, or not at all."""
        return Transaction(self._db)

    def feeds(self) -> dict[str, FeedState]:
        """All feeds that were ever polled, by id."""
        rows = self._db.execute(f"SELECT {', '.join(_COLUMNS)} FROM feeds")  # noqa: S608 - our own names
        return {row[0]: FeedState(*row) for row in rows}

    def totals(self) -> tuple[int, int, int, int]:
        """How many feeds there are, how many of them fail, how often they were polled, what they published."""
        count, failing, polls, published = self._db.execute(
            "SELECT count(*), total(failures > 0), total(polls), total(published) FROM feeds").fetchone()
        return count, int(failing), int(polls), int(published)

    def troubles(self) -> dict[str, int]:
        """How many feeds fail for each reason, the most frequent first."""
        return dict(self._db.execute("SELECT reason, count(*) FROM feeds WHERE failures > 0 GROUP BY reason "
                                     "ORDER BY 2 DESC, 1"))

    def known(self, feed_id: str, entry_ids: Sequence[str]) -> dict[str, Known]:
        """Of these entries of a feed those seen before, by entry id."""
        found = self._chosen("SELECT entry_id, article_id, content, seen, page FROM entries "
                             "WHERE feed_id = ? AND entry_id", entry_ids, feed_id)
        return {row[0]: Known(*row) for row in found}

    def articles(self, article_ids: Sequence[str]) -> dict[str, Published]:
        """Of these articles those published before, by article id."""
        found = self._chosen("SELECT article_id, owner, content, revision, at, title, updated, quiet FROM articles "
                             "WHERE article_id", article_ids)
        return {row[0]: Published(*row) for row in found}

    def feeds_of(self, article_ids: Sequence[str]) -> dict[str, list[str]]:
        """For each of these articles the feeds that showed it, in the order of their ids."""
        shown: dict[str, list[str]] = {}
        for article, feed in sorted(set(self._chosen(
                "SELECT article_id, feed_id FROM entries WHERE article_id", article_ids))):
            shown.setdefault(article, []).append(feed)
        return shown

    def attempts(self, feed_id: str) -> list[Attempt]:
        """A feed's latest polls, the newest first."""
        rows = self._db.execute("SELECT at, reason, status, size, seconds, new, revised FROM attempts "
                                "WHERE feed_id = ? ORDER BY at DESC", (feed_id,))
        return [Attempt(*row) for row in rows]

    def latest_attempts(self) -> dict[str, list[Attempt]]:
        """Every feed's latest polls, the newest first, by feed id."""
        found: dict[str, list[Attempt]] = {}
        for name, *row in self._db.execute("SELECT feed_id, at, reason, status, size, seconds, new, revised "
                                           "FROM attempts ORDER BY feed_id, at DESC"):
            found.setdefault(name, []).append(Attempt(*row))
        return found

    def last_attempts(self) -> dict[str, list[Attempt]]:
        """Every feed's last poll alone, by feed id: a twentieth of ``latest_attempts``."""
        rows = self._db.execute("SELECT feed_id, max(at), reason, status, size, seconds, new, revised FROM attempts "
                                "GROUP BY feed_id")  # SQLite takes the other columns from the row of the maximum
        return {name: [Attempt(*row)] for name, *row in rows}

    def holds(self, now: float) -> list[Hold]:
        """What is still to be left alone."""
        return [Hold(*row) for row in self._db.execute("SELECT name, until, reason FROM holds WHERE until > ?", (now,))]

    def hold(self, hold: Hold) -> None:
        """Remember it beyond this run."""
        self._db.execute("INSERT OR REPLACE INTO holds VALUES (?, ?, ?)", (hold.name, hold.until, hold.reason))

    def save(self, feed: FeedState | None, seen: Iterable[Known] = (), published: Iterable[Published] = (),
             attempt: Attempt | None = None, feed_id: str = "") -> None:
        """A feed's poll in one transaction: its state (None: as it is), entries it showed, articles published."""
        name = feed.feed_id if feed else feed_id
        with self.together():
            if feed is not None:
                self._db.execute(_SAVE_FEED, _ROW(feed))
            if feed is not None and attempt is not None:
                self._db.execute("INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (
                    name, feed.polls % ATTEMPTS, attempt.at, attempt.reason, attempt.status, attempt.size,
                    attempt.seconds, attempt.new, attempt.revised))
            self._db.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?)", (
                (name, entry.entry_id, entry.article_id, entry.content, entry.seen, entry.page) for entry in seen))
            self._db.executemany("INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (
                (item.article_id, item.owner, item.content, item.revision, item.at, item.title, item.updated,
                 item.quiet) for item in published))

    def prune(self, now: float) -> int:
        """Forget feeds long unpolled and entries long gone from their feed; how many entries that were.

        What a feed still showed when it was last read stays, however long it shows it.
        """
        with self.together():
            self._db.execute("DELETE FROM feeds WHERE polled_at < ?", (now - FORGOTTEN,))
            gone = self._db.execute(
                "DELETE FROM entries WHERE seen < ? AND seen < coalesce((SELECT parsed_at FROM feeds "
                "WHERE feeds.feed_id = entries.feed_id), 9e18) - ?", (now - KEPT, SEEN_EVERY)).rowcount
            self._db.execute("DELETE FROM articles WHERE at < ? AND article_id NOT IN "
                             "(SELECT article_id FROM entries)", (now - KEPT,))
            self._db.execute("DELETE FROM attempts WHERE feed_id NOT IN (SELECT feed_id FROM feeds)")
            self._db.execute("DELETE FROM holds WHERE until < ?", (now,))
        return gone

    def _chosen(self, query: str, chosen: Sequence[str], *first: str) -> list[tuple[Any, ...]]:
        """``query`` for the chosen ids, in chunks: SQLite limits the variables of one statement."""
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(chosen), _CHUNK):
            chunk = chosen[start:start + _CHUNK]
            marks = ", ".join("?" * len(chunk))
            rows += self._db.execute(f"{query} IN ({marks})", (*first, *chunk))
        return rows
