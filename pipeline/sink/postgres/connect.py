"""Connections to PostgreSQL, and what its failures mean for whoever waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors, sql

from pipeline.errors import SinkBusy, SinkError
from pipeline.sink.postgres.address import Address

Connection = psycopg.Connection[tuple[Any, ...]]

OLDEST_SERVER = 13
COMMON = {
    "timezone": "UTC", "lock_timeout": "10s",
    # A machine that is switched off says nothing: the server gives up its connection, and its lock, in a minute.
    "tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3",
    "default_toast_compression": "lz4",  # where the server has it; several times as fast as its own
}
WRITING = {**COMMON, "statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s"}
READING = {**COMMON, "statement_timeout": "60s", "default_transaction_read_only": "on"}
_CONNECT = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
            "tcp_user_timeout": 60_000}
# What an address's own ``options`` set, and values that this server does not know, stay as they are.
_SET = """SELECT set_config(wanted.name, wanted.value, false)
FROM unnest(%s::text[], %s::text[]) AS wanted (name, value) JOIN pg_settings USING (name)
WHERE source <> 'client' AND (enumvals IS NULL OR wanted.value = ANY (enumvals))"""


def connect(address: Address, application: str, settings: dict[str, str]) -> Connection:
    """A connection that commits by itself, with ``settings`` where the address's ``options`` say nothing else.

    Raises psycopg.Error, SinkError for a server that cannot serve as a sink.
    """
    given = psycopg.conninfo.conninfo_to_dict(address.conninfo)
    defaults = {name: value for name, value in _CONNECT.items() if name not in given}
    connection: Connection = psycopg.connect(
        address.conninfo, autocommit=True, client_encoding="utf8",
        **{"application_name": application, **defaults})  # type: ignore[arg-type]
    try:
        _check(address, connection)
        connection.execute(_SET, [list(settings), list(settings.values())])
        connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(address.schema)))
    except BaseException:
        connection.close()
        raise
    return connection


def _check(address: Address, connection: Connection) -> None:
    if connection.info.server_version < OLDEST_SERVER * 10_000:
        raise SinkError(f"{address.place} is PostgreSQL {connection.info.server_version // 10_000}; newsbeam needs "
                        f"{OLDEST_SERVER} or newer: upgrade the server")
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise SinkError(f"{address.place} has the encoding {encoding}, which cannot hold all scripts; create a "
                        "database with ENCODING 'UTF8' TEMPLATE template0")


@contextmanager
def explained(address: Address) -> Iterator[None]:
    """Errors of PostgreSQL become SinkError or SinkBusy, with the way out and without secrets."""
    try:
        yield
    except (psycopg.Error, UnicodeError) as error:
        raise sink_error(address, error) from None  # its text and its traceback may hold the address


_LOST = ("the connection was lost ({}); it is opened again as soon as the server answers")
_WAIT: dict[str, str] = {
    "08": _LOST, "57P": _LOST, "58": "the server could not read or write its files ({}); look at its disk",
    "53100": "the server's disk is full ({}); free some space or drop old months",
    "53300": "the server has no connection left ({}); raise max_connections or close some",
    "53": "the server has too little of something ({}); see its log", "40": "another transaction came first ({})",
    "55P03": "a table is locked by another program ({}); end what holds it",
    "57014": "a statement took too long ({}); see what slows the server, or raise statement_timeout by "
             "?options=-c%20statement_timeout=5min in the address",
    "25006": "the server only reads ({}), as a stand-by does; name the primary, or both hosts with "
             "target_session_attrs=read-write",
    "23514": "a month was dropped while it was written ({}); it is made again",
    "25P03": _LOST,
}
_END: dict[str, str] = {
    "42501": "this role may not do it ({}); let the database's owner run: GRANT CREATE ON DATABASE … TO role, or "
             "CREATE SCHEMA … AUTHORIZATION role",
    "XX": "the server reports damage ({}); restore a back-up, or name a new schema, which is filled from the log",
    "42P01": "a table is missing ({}); restore it, or name a new schema, which is filled from the log",
}
# libpq gives no code for a refused connection, and its words are in the server's language: what is not known
# here is waited for, and said.
_REFUSED = {
    "password": "check user and password (PGPASSWORD, ~/.pgpass)",
    "no pg_hba.conf entry": "allow this host and user in the server's pg_hba.conf",
    "does not exist": "create it first", "not permitted to log in": "let the role log in",
    "permission denied": "let the owner run GRANT CONNECT ON DATABASE … TO role",
    "certificate": "check sslmode and sslrootcert", "does not support SSL": "check sslmode",
    "invalid sslmode": "check sslmode"}


def sink_error(address: Address, error: Exception) -> SinkError:
    """The failure in words; SinkBusy where waiting may help."""
    words = " ".join(address.hide(str(error)).split())
    state = getattr(error, "sqlstate", None)
    if state is None:
        return _without_state(address, words, error)
    for table, kind in ((_WAIT, SinkBusy), (_END, SinkError)):
        for length in (5, 3, 2):
            if state[:length] in table:
                return kind(f"{address.place}: {table[state[:length]].format(words)}")
    return SinkError(f"{address.place}: {words} (SQLSTATE {state}); see the server's log")


def _without_state(address: Address, words: str, error: Exception) -> SinkError:
    if isinstance(error, psycopg.OperationalError):
        for part, way_out in _REFUSED.items():
            if part in words and "Connection refused" not in words:
                return SinkError(f"{address.place} refuses: {words}; {way_out}")
        return SinkBusy(f"{address.place} is away ({words}); newsbeam goes on when it answers: check that it runs, "
                        "host and port")
    return SinkError(f"{address.place}: {words}; check the address of the sink")


REFUSED_VALUE = (errors.DataError, errors.ProgramLimitExceeded, errors.IntegrityError, errors.SyntaxError)
"""What PostgreSQL raises for a row that it cannot hold; a literal that it cannot read is a syntax error too."""
