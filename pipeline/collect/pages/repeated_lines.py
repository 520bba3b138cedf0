"""Lines that an outlet repeats on its pages: learned over a window of event time, and taken out of texts.

A line is furniture where it stands on a large share of an outlet's pages. A sentence must also stand at the
texts' edges: background that reporters copy from story to story ("The war began in …"), an agency's phrase or
a quotation of the week stands within, and on few of all pages. What is learned lies in a small SQLite file of the
collector's; losing it costs some pages until it is learned again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from pipeline.collect.pages.blocks import GOOD, letters
from pipeline.collect.pages.lines import key_of
from pipeline.errors import NewsbeamError
from transforms.furniture import ENDS_SENTENCE

FILE = "collect-pages.db"
"""Its name in the data folder."""
WEEK = 7 * 24 * 3600
_VERSION = 1
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS pages (
    outlet TEXT, week INTEGER, pages INTEGER NOT NULL, PRIMARY KEY (outlet, week)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (
    outlet TEXT, article BLOB, week INTEGER NOT NULL, PRIMARY KEY (outlet, article)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lines (
    outlet TEXT, key BLOB, week INTEGER, pages INTEGER NOT NULL, edges INTEGER NOT NULL, first INTEGER NOT NULL,
    last INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (outlet, key, week)) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
"""


@dataclass(frozen=True, slots=True)
class Learning:
    """When a line is learned. ``weeks`` of event time are looked at; an outlet needs ``pages`` in them, a line
    ``sightings`` on a ``share`` of them. A sentence needs its ``edges`` share at the texts' edges, and ``span``
    seconds between its first and last sighting. ``lines`` are kept of an outlet and week at the most."""

    weeks: int = 4
    pages: int = 12
    sightings: int = 6
    share: float = 0.3
    edges: float = 0.8
    span: int = 6 * 3600
    lines: int = 4000


_EDGE = 3
"""Lines from a text's start, and its end, that are its edges."""
_LONGEST = 400
"""Letters of a line that can be furniture."""
_MOST_REMOVED = 0.4
"""A text that would lose more of its letters keeps them all."""


class RepeatedLines:
    """One file of what was learned; ``:memory:`` for one that ends with the process. Not thread-safe.

    Raises NewsbeamError where the file cannot be opened or is of a later version.
    """

    def __init__(self, path: Path | str, learning: Learning | None = None) -> None:
        self._learning = learning or Learning()
        try:
            self._database = sqlite3.connect(path, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            version = self._database.execute("PRAGMA user_version").fetchone()[0]
            if version > _VERSION:
                raise NewsbeamError(f"{path} was written by a later version of newsbeam; delete it to learn anew")
            self._database.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise NewsbeamError(f"{path} cannot be used: {error}; delete it to learn anew") from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def clean(self, outlet: str, article: str, lines: Sequence[str],
              at: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(the lines that stay, those taken out) of an article of ``outlet`` published ``at`` (Unix seconds).

        The article itself is counted, once: another version of it, or another try, counts no more. A file that
        fails (disk full, locked) teaches nothing, and takes nothing out.
        """
        try:
            self._learn(outlet, article, lines, at)
            learned = self._learned(outlet, lines, at)
        except sqlite3.Error:
            return tuple(lines), ()
        removed = tuple(line for line in lines if _key(line) in learned)
        if sum(map(len, removed)) > _MOST_REMOVED * sum(map(len, lines)):
            return tuple(lines), ()
        return tuple(line for line in lines if _key(line) not in learned), removed

    def learned(self, outlet: str, at: int) -> list[tuple[str, int, int, int]]:
        """(line, pages it stands on, first and last sighting) of all that is taken out of an outlet's texts."""
        texts = [text for (text,) in self._database.execute(
            "SELECT DISTINCT text FROM lines WHERE outlet = ?", (outlet,))]
        keys = self._learned(outlet, texts, at)
        with closing(self._database.execute(
                "SELECT min(text), sum(pages), min(first), max(last), key FROM lines WHERE outlet = ? GROUP BY key "
                "ORDER BY 2 DESC, 1", (outlet,))) as rows:
            return [(text, pages, first, last) for text, pages, first, last, key in rows if key in keys]

    def _learn(self, outlet: str, article: str, lines: Sequence[str], at: int) -> None:
        week, name = at // WEEK, blake2b(article.encode("utf-8", "surrogatepass"), digest_size=12).digest()
        newest = self._database.execute("SELECT max(week) FROM pages WHERE outlet = ?", (outlet,)).fetchone()[0]
        oldest = max(newest or week, week) - self._learning.weeks
        if week <= oldest:
            return
        with self._transaction():
            if not self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (outlet, name, week)).rowcount:
                return
            self._database.execute("INSERT INTO pages VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET pages = pages + 1",
                                   (outlet, week))
            self._database.executemany(
                "INSERT INTO lines VALUES (?, ?, ?, 1, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET pages = pages + 1, "
                "edges = edges + excluded.edges, first = min(first, excluded.first), last = max(last, excluded.last)",
                [(outlet, key, week, edge, at, at, text) for key, (edge, text) in _countable(lines).items()])
            self._forget(outlet, week, oldest)

    def _transaction(self) -> sqlite3.Connection:
        self._database.execute("BEGIN")
        return self._database

    def _forget(self, outlet: str, week: int, oldest: int) -> None:
        """Weeks behind the window, and lines seen once where there are too many."""
        for table in ("pages", "seen", "lines"):
            self._database.execute(f"DELETE FROM {table} WHERE outlet = ? AND week <= ?", (outlet, oldest))  # noqa: S608
        count = self._database.execute(
            "SELECT count(*) FROM lines WHERE outlet = ? AND week = ?", (outlet, week)).fetchone()[0]
        if count > self._learning.lines:
            self._database.execute(
                "DELETE FROM lines WHERE outlet = ?1 AND week = ?2 AND pages = 1 AND last <= "
                "(SELECT avg(last) FROM lines WHERE outlet = ?1 AND week = ?2 AND pages = 1)", (outlet, week))

    def _learned(self, outlet: str, lines: Sequence[str], at: int) -> frozenset[bytes]:
        rules, now = self._learning, at // WEEK
        window = (outlet, now - rules.weeks, now + rules.weeks)
        counted = "SELECT coalesce(sum(pages), 0) FROM pages WHERE outlet = ? AND week > ? AND week < ?"
        pages = self._database.execute(counted, window).fetchone()[0]
        if pages < rules.pages:
            return frozenset()
        found = set()
        for key, (_, text) in _countable(lines).items():
            seen, edges, first, last = self._database.execute(
                "SELECT coalesce(sum(pages), 0), coalesce(sum(edges), 0), min(first), max(last) FROM lines "
                "WHERE outlet = ? AND week > ? AND week < ? AND key = ?", (*window, key)).fetchone()
            if seen >= max(rules.sightings, rules.share * pages) and (
                    _is_label(text) or (edges >= rules.edges * seen and last - first >= rules.span)):
                found.add(key)
        return frozenset(found)


def _countable(lines: Sequence[str]) -> dict[bytes, tuple[int, str]]:
    """key -> (1 where the line stands at an edge, the line), each once."""
    found: dict[bytes, tuple[int, str]] = {}
    for index, line in enumerate(lines):
        if letters(line) <= _LONGEST and any(map(str.isalpha, line)):
            edge = int(index < _EDGE or index >= len(lines) - _EDGE)
            found.setdefault(_key(line), (edge, line))
    return found


def _key(line: str) -> bytes:
    return blake2b(key_of(line).encode("utf-8", "surrogatepass"), digest_size=12).digest()


def _is_label(line: str) -> bool:
    """Whether a line is no sentence: a button, a heading, a caption."""
    return letters(line) < GOOD and not ENDS_SENTENCE.search(line)
