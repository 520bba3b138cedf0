"""The embedded log's SQLite file: opened safely, all-or-nothing transactions, errors with a way out."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.errors import LogError, LogFull

APPLICATION_ID = 0x6E776C67  # "nwlg", in the file's header, where `file` and other programs look
FORM = 1
"""Version of the file's tables (``PRAGMA user_version``)."""
BUSY_SECONDS = 30.0
"""How long a writer waits for another process's transaction; a batch of 500 records takes some 20 ms."""

_PAGE = 8192  # three records of 2.5 kB fill it to 93 %; with 4096 bytes, one would leave 38 % empty


class LogFile:
    """A connection to a log's file, for one thread. The folder is created, and the tables by ``schema``.

    WAL with synchronous=FULL: what is committed survives a power cut (NORMAL may lose the last commits in
    WAL mode: https://sqlite.org/pragma.html#pragma_synchronous).

    Raises LogError if the file cannot be opened, is something else, or was written by a newer release.
    """

    def __init__(self, path: Path, schema: tuple[str, ...]) -> None:
        self.path = path
        self._thread = threading.get_ident()
        self._open: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Own check of the thread: sqlite3's would also refuse a close() from elsewhere.
            self._open = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None,
                                         check_same_thread=False, cached_statements=256)
            self._prepare(self._open, schema)
        except OSError as error:
            raise LogError(f"cannot create the folder of the log {path}: {error.strerror}; "
                           "choose another place or see to the folder's rights") from error
        except sqlite3.Error as error:
            self.close()
            raise self._explained(error, "open the log") from error
        except LogError:
            self.close()
            raise

    def _prepare(self, connection: sqlite3.Connection, schema: tuple[str, ...]) -> None:
        self._check_identity(connection)
        connection.execute(f"PRAGMA page_size = {_PAGE}")
        self._use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA journal_size_limit = {64 << 20}")  # a burst's WAL is cut back afterwards
        with self.transaction("set up the log"):
            if not self._check_identity(connection):
                for statement in schema:
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {FORM}")

    @staticmethod
    def _use_wal(connection: sqlite3.Connection) -> None:
        """Two processes may open a new file at once; SQLite then refuses one of them without waiting."""
        for attempt in range(100):
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == 99:
                    raise
                time.sleep(0.02)
            else:
                return

    def _check_identity(self, connection: sqlite3.Connection) -> bool:
        """Whether the file is a log already; LogError if it is something else."""
        identity = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if identity != APPLICATION_ID:
            if identity or version or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise LogError(f"{self.path} is an SQLite database of something else, not newsbeam's log; "
                               "name another file")
            return False
        if version != FORM:
            raise LogError(f"the log {self.path} has the form {version}, this newsbeam reads "
                           f"{FORM}; use the release that wrote it, or start with another file")
        return True

    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            raise LogError(f"the log {self.path} is closed; open it again")
        if threading.get_ident() != self._thread:
            raise LogError(f"the log {self.path} was opened in another thread; each thread opens its own")
        return self._open

    def query(self, sql: str, *values: object) -> list[Any]:
        """All rows of one statement."""
        connection = self._connection()
        try:
            return connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._explained(error, "read the log") from error

    @contextmanager
    def transaction(self, purpose: str) -> Iterator[sqlite3.Connection]:
        """All or nothing; takes the write lock at once, since a later upgrade could not wait for it."""
        connection = self._connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise self._explained(error, purpose) from error
            raise

    def _explained(self, error: sqlite3.Error, purpose: str) -> LogError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        start = f"cannot {purpose} {self.path}: "
        if code == sqlite3.SQLITE_FULL:
            free = shutil.disk_usage(self.path.parent).free / 1e6
            return LogFull(f"{start}no space is left ({free:,.1f} MB free), nothing of it was written; free "
                           "space or shorten the retention, then go on")
        ways_out = {
            sqlite3.SQLITE_BUSY: f"another process held it for {BUSY_SECONDS:.0f} s; "
                                 "`fuser` on the file names which",
            sqlite3.SQLITE_NOTADB: "it is no SQLite database; name another file",
            sqlite3.SQLITE_CORRUPT: "it is damaged; stop newsbeam, then restore a copy, or save what is left "
                                    "with `sqlite3 FILE .recover`",
            sqlite3.SQLITE_CANTOPEN: "see to the rights of the file and its folder",
            sqlite3.SQLITE_READONLY: "see to the rights of the file and its folder",
        }
        return LogError(f"{start}{error}; {ways_out.get(code, 'see to the disk and the file')}")

    def close(self) -> None:
        """Idempotent; may be called from any thread."""
        if self._open is not None:
            connection, self._open = self._open, None
            connection.close()
