"""The schema of the PostgreSQL sink: made, found, moved on to the next version; never one of another program."""

from __future__ import annotations

from importlib.resources import files

from psycopg import sql

from pipeline.errors import SinkError
from pipeline.sink.postgres.address import Address
from pipeline.sink.postgres.connect import Connection

MIGRATIONS: tuple[str, ...] = ("schema.sql", "story_aliases.sql")
"""Scripts in the order in which they are applied; their number is the schema's version."""

_META = "CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL)"


def lock_key(schema: str) -> str:
    """SQL for the advisory lock's number: one writer to a schema of a database."""
    return f"hashtextextended('newsbeam sink {schema}', 0)"


def migrate(address: Address, connection: Connection) -> None:
    """Bring the schema to this version, in one transaction; the caller holds the schema's lock.

    Raises SinkError for tables of another program or of a newer newsbeam, psycopg.Error.
    """
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 0")
        version = _version(address, connection)
        if version > len(MIGRATIONS):
            raise SinkError(f"{address.place} was written by a newer newsbeam (its schema is {version}, this one "
                            f"knows {len(MIGRATIONS)}); upgrade newsbeam or name a new schema")
        for script in MIGRATIONS[version:]:
            connection.execute(read_script(script))
        if version < len(MIGRATIONS):
            set_meta(connection, "schema_version", str(len(MIGRATIONS)))


def read_script(name: str) -> bytes:
    """A script of ``MIGRATIONS``."""
    return files("pipeline.sink.postgres").joinpath(name).read_bytes()


def _version(address: Address, connection: Connection) -> int:
    """The version that is there; 0 after the schema and the table ``meta`` were made."""
    name = sql.Identifier(address.schema)
    [(schema,)] = connection.execute("SELECT to_regnamespace(%s)::oid", (f'"{address.schema}"',))
    if schema is None:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
    [(tables, ours)] = connection.execute(
        "SELECT count(*), count(*) FILTER (WHERE relname = 'meta') FROM pg_class WHERE relnamespace = %s::regnamespace",
        (f'"{address.schema}"',))
    found = meta(connection, "schema_version") if ours else None
    if tables and found is None:
        raise SinkError(f"the schema {address.schema} of {address.place} belongs to another program; name a new one")
    if not tables:
        connection.execute(_META)
    return int(found or 0)


def meta(connection: Connection, key: str) -> str | None:
    """A value that newsbeam noted about its schema."""
    row = connection.execute("SELECT value FROM meta WHERE key = %s", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(connection: Connection, key: str, value: str) -> None:
    """Note a value."""
    connection.execute("INSERT INTO meta VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                       (key, value))
