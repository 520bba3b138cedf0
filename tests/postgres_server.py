"""A real PostgreSQL server for tests: a cluster of its own in a temporary folder, on loopback, on a free port.

The binaries are the system's (PostgreSQL 12 or newer): ``pg_config --bindir``, ``/usr/lib/postgresql/*/bin`` or
PATH. PostgreSQL refuses to run as root, so that root starts it as the user ``postgres`` or ``nobody``. Without
binaries the tests are skipped, where CI=true they fail.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from deploy.local.probe import free_ports
from tests.missing import missing

READY_SECONDS = 60.0
USER, PASSWORD, DATABASE = "newsbeam", "open sesame/@:%&=?", "news"  # with characters that an address must quote

_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
dynamic_shared_memory_type = mmap
fsync = off
max_connections = 40
shared_buffers = 64MB
lc_messages = 'C'
"""  # without fsync only a power cut could lose what is committed, not kill -9


def postgres_binaries() -> Path:
    """The folder of ``initdb`` and ``postgres``; skips the test where there is none."""
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))]
    if shutil.which("pg_config"):
        found = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
        places.insert(0, Path(found))
    places += [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    return missing("PostgreSQL's server is missing (initdb, postgres): install the package postgresql")


def _as_user() -> dict[str, Any]:
    """Arguments of ``subprocess`` that run the server as somebody else than root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class PostgresServer:
    """A server with its own folder and port; it can be stopped, killed, frozen and started again."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        self._user = _as_user()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_ports(1)[0]
        folder.mkdir(parents=True, exist_ok=True)
        password = folder / "password"
        password.write_text(PASSWORD)
        for path in (folder, password):
            if self._user:
                os.chown(path, self._user["user"], self._user["group"])
        self._run("initdb", "--pgdata", str(folder / "data"), "--username", USER, "--pwfile", str(password),
                  "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.write(_SETTINGS + f"port = {self.port}\n")

    def url(self, database: str = DATABASE, user: str = USER, password: str | None = PASSWORD, **options: str) -> str:
        """The address of a database; without ``password`` one that has to find it elsewhere."""
        secret = "" if password is None else f":{quote(password, safe='')}"
        words = "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items())
        return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/{database}{'?' if words else ''}{words}"

    def ask(self, statement: str, *values: Any, database: str = DATABASE) -> list[tuple[Any, ...]]:
        """The rows of a statement, on a connection of its own that commits at once."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        """Start and wait until clients can connect, also after a crash."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if self._process is None or self._process.poll() is not None:  # the dead one's children may linger
                self._process = self._spawn()
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        tail = (self._folder / "server.txt").read_text(errors="replace")[-2000:]
        self.stop()
        pytest.fail(f"PostgreSQL was not ready after {READY_SECONDS:.0f} s:\n{tail}")

    def _spawn(self) -> subprocess.Popen[bytes]:
        with (self._folder / "server.txt").open("ab") as output:
            return subprocess.Popen([str(self._binaries / "postgres"), "-D", str(self._folder / "data")],
                                    stdout=output, stderr=output, cwd=self._folder, **self._user)

    def stop(self) -> None:
        """End it in order (SIGINT, "fast"): clients are cut off; by force after 20 s. Idempotent."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process = None

    def kill(self) -> None:
        """``kill -9`` of the server and of all its processes."""
        if self._process is not None:
            children = self._children()
            self._process.kill()
            for child in children:
                try:
                    os.kill(child, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            self._process.wait()
        self._process = None

    def _children(self) -> Sequence[int]:
        assert self._process is not None
        path = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(word) for word in path.read_text().split()] if path.exists() else []

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run([str(self._binaries / name), *arguments], check=False, capture_output=True, text=True,
                              timeout=120, cwd=self._folder, **self._user)
        if done.returncode:
            pytest.fail(f"{name} failed: {done.stdout[-1000:]}{done.stderr[-1000:]}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running server, shared by the whole session: tests use schemas of their own, or start it again."""
    # Not pytest's folder: only its owner may enter that one, and the server may be somebody else.
    folder = Path(tempfile.mkdtemp(prefix="newsbeam-postgres-"))
    folder.chmod(0o755)
    server = None
    try:
        server = PostgresServer(postgres_binaries(), folder / "cluster")
        server.start()
        server.ask(f"CREATE DATABASE {DATABASE}", database="postgres")
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
