"""The SQLite sink: one file that Datasette or any SQLite tool opens (tables and views: ``schema.sql``)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from pipeline.errors import SinkBusy, SinkError
from pipeline.log import Record
from pipeline.sink import Counts, Offsets, full_text
from pipeline.sink.batch import missed_row, read_batch
from pipeline.sink.rows import Row, moment
from pipeline.sink.store_articles import store_articles

SCRIPTS = ("schema.sql", "story_aliases.sql")
"""Applied in this order; their number is the schema's version."""
_APPLICATION_ID = 0x6E627331
"""Marks the file as this sink's ("nbs1"), so that no other database is taken for it."""

_ANEW = "name a new file for the sink, which fills it from the log"


class SqliteSink:
    """Rows and offsets in one transaction: each record is there exactly once, whatever was killed when.

    ``path`` is created if absent; ``clock`` gives Unix seconds for ``stored_at``. Commits wait for the
    disk only at checkpoints (``synchronous=NORMAL``): a power cut may undo the last transactions, rows and
    offsets together, and the log then gives their records again. Raises SinkError.
    """

    name = "sqlite"

    def __init__(self, path: str | Path, clock: Callable[[], float] = time.time,
                 busy_seconds: float = 5.0) -> None:
        self.path = Path(path)
        self._clock = clock
        with self._explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self.path, timeout=busy_seconds, isolation_level=None)
        try:
            with self._explained():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        """Create the tables in a new file; refuse a file of another program or of a newer newsbeam."""
        run = self._connection.execute
        empty = run("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if not empty and run("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
            raise SinkError(f"{self.path} is another program's database; name a new file for the sink")
        run("PRAGMA journal_mode = WAL")
        for setting in ("synchronous = NORMAL", "temp_store = MEMORY", "cache_size = -65536"):
            run(f"PRAGMA {setting}")
        with self._transaction():
            self._migrate(run("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0)

    def _migrate(self, new: bool) -> None:
        found = 0 if new else int(self._meta("schema_version"))
        if found > len(SCRIPTS):
            raise SinkError(f"{self.path} was written by a newer newsbeam (its schema is {found}, this one "
                            f"knows {len(SCRIPTS)}); upgrade newsbeam or name a new file for the sink")
        for script in SCRIPTS[found:]:
            self._apply(script)
        if new:
            self._connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            self._set_meta("word_rules", full_text.rules())
        if found < len(SCRIPTS):
            self._set_meta("schema_version", str(len(SCRIPTS)))
        self._keep_words_in_step()

    def _apply(self, script: str) -> None:
        """Statement by statement: ``executescript`` would commit."""
        schema, statement = files("pipeline.sink").joinpath(script).read_text(encoding="utf-8"), ""
        for line in schema.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                self._connection.execute(statement)
                statement = ""

    def _keep_words_in_step(self) -> None:
        if self._meta("word_rules") != full_text.rules():
            full_text.rebuild(self._connection)
            self._set_meta("word_rules", full_text.rules())

    def _meta(self, key: str) -> str:
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise SinkError(f"{self.path} is damaged: it has no {key}; {_ANEW}")
        return str(row[0])

    def _set_meta(self, key: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def offsets(self) -> Offsets:
        """Per (topic, partition) the next offset to store."""
        with self._explained():
            rows = self._connection.execute("SELECT topic, partition, next_offset FROM offsets").fetchall()
        return {(topic, partition): offset for topic, partition, offset in rows}

    def write(self, records: Sequence[Record]) -> Counts:
        """Store the records and the offsets after them in one transaction."""
        batch = read_batch(records, self._clock())
        with self._explained(), self._transaction():
            store_articles(self._connection, batch.articles)
            for table, stored in batch.rows.items():
                self._replace(table, stored)
            self._advance(batch.offsets, moment(self._clock()))
        return batch.counts

    def missed(self, topic: str, partition: int, start: int, end: int) -> None:
        """Keep note of offsets that retention took before they were stored."""
        row = missed_row(topic, partition, start, end, moment(self._clock()))
        with self._explained(), self._transaction():
            self._replace("unreadable", [row])

    def restart(self, topic: str, partition: int, offset: int) -> None:
        """Go on at ``offset`` of a log that was replaced."""
        with self._explained(), self._transaction():
            self._advance({(topic, partition): offset}, moment(self._clock()))

    def _replace(self, table: str, rows: list[Row]) -> None:
        if rows:
            names = ", ".join(f'"{name}"' for name in rows[0])
            values = ", ".join(f":{name}" for name in rows[0])
            self._connection.executemany(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({values})", rows)  # noqa: S608

    def _advance(self, offsets: Offsets, now: str) -> None:
        self._connection.executemany("INSERT OR REPLACE INTO offsets VALUES (?, ?, ?, ?)", [
            (topic, partition, offset, now) for (topic, partition), offset in offsets.items()])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk has rolled back already
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise sink_error(self.path, error) from error

    def close(self) -> None:
        """Close the file; idempotent."""
        self._connection.close()

    def __enter__(self) -> SqliteSink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def sink_error(path: Path, error: sqlite3.Error | OSError) -> SinkError:
    """The failure in words, with the way out; SinkBusy where waiting may help."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return SinkBusy(f"{path} is locked by another program; close what writes to it")
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR) or getattr(error, "errno", None) == 28:
        return SinkBusy(f"{path} cannot grow ({error}); free some disk space")
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return SinkError(f"{path} is damaged or no SQLite database ({error}); {_ANEW}")
    return SinkError(f"{path}: {error}; check that the folder exists and can be written to")
